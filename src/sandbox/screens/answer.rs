//! The customer's answer, and the last page, which leads back to the client.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::accounts::{by_fip, fip_name};
use super::closed;
use super::page::Page;
use super::redirect::{Outcome, leads_to};
use super::step::Step;
use super::terms::terms;
use super::visit::Visit;
use super::{Next, Scene, words};
use crate::sandbox::decision::{Decision, DecisionError, decide};
use crate::sandbox::domain::consent::ConsentStatus;
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::customer::{Account, Choice};
use crate::sandbox::gateway::World;

pub(super) fn review_page(scene: &Scene<'_>, visit: &Visit) -> Page {
    let id = &scene.consent.id;
    let review_at = scene
        .consent
        .terms
        .context_value(ContextKey::ConsentReviewAt);
    Page::new("Do you approve?")
        .aggregator(scene.aggregator())
        .step(Step::Review)
        .body(html! {
            @if review_at == Some("first") {
                p { "You share these accounts with " b { (scene.client) } ", as in "
                    a href=(Step::Request.path(id)) { "the request that you have read" } "." }
            } @else {
                (terms(scene))
            }
            h2 { "Accounts" }
            (account_list(scene, visit.chosen()))
            form method="post" action=(Step::Review.path(id)) {
                div.buttons {
                    button type="submit" { "Approve" }
                    a.second href=(Step::Accounts.path(id)) { "Other accounts" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

fn account_list(scene: &Scene<'_>, accounts: &[Account]) -> Markup {
    html! {
        @for (fip_id, accounts) in by_fip(accounts) {
            h3 { (fip_name(scene.world, fip_id)) }
            ul.accounts { @for (_, account) in accounts { li { (words::account(account)) } } }
        }
    }
}

pub(super) fn approve(world: &mut World, id: &str) -> Next {
    let Some(visit) = world.visits.get_mut(id) else {
        return Next::On;
    };
    let names = visit
        .chosen()
        .iter()
        .map(|account| account.masked_number.clone())
        .collect();
    match decide(world, id, &Decision::approval(Choice::Named(names))) {
        Ok(_) => Next::Go(Step::Done),
        // A FIP has gone since the accounts were chosen, so they are to be chosen again.
        Err(DecisionError::Choice(_)) => {
            if let Some(visit) = world.visits.get_mut(id) {
                visit.choose(Vec::new());
            }
            Next::On
        }
        Err(_) => Next::Go(Step::Done),
    }
}

/// The last page, made from the consent alone: the visit is over.
pub(super) fn done(scene: &Scene<'_>) -> Response {
    let consent = scene.consent;
    let reason = consent.reason.as_deref().unwrap_or_default();
    let (title, text, outcome) = match consent.status(scene.now) {
        ConsentStatus::Active => (
            "You approved",
            "can now fetch the data that you share.",
            Outcome::Approved,
        ),
        ConsentStatus::Rejected => (
            "You rejected the request",
            "gets no data.",
            Outcome::Rejected(reason),
        ),
        ConsentStatus::Failed => (
            "No accounts were found",
            "gets no data.",
            Outcome::Rejected(reason),
        ),
        ConsentStatus::Initiated | ConsentStatus::Pending => (
            "You cancelled",
            "gets no data. You can still answer the request: its link stays good.",
            Outcome::Cancelled(reason),
        ),
        ConsentStatus::Paused | ConsentStatus::Revoked | ConsentStatus::Expired => {
            return closed::answered(scene);
        }
    };
    let is_open = scene.is_open();
    Page::new(title)
        .aggregator(scene.aggregator())
        .body(html! {
            p { b { (scene.client) } " " (text) }
            @if !consent.accounts.is_empty() {
                h2 { "What you share" }
                (account_list(scene, &consent.accounts))
            }
            @match leads_to(consent, &outcome) {
                Some(url) => {
                    div.buttons {
                        a.button #return href=(url) rel="noreferrer" { "Return to " (scene.client) }
                        @if is_open { a.second href=(Step::Mobile.path(&consent.id)) { "Answer it after all" } }
                    }
                    p.small { "Leads to " code { (url) } }
                }
                None => {
                    p { "There is nowhere to return to: " code { (consent.redirect_url) } " is no URL that a page may lead to." }
                }
            }
        })
        .respond(StatusCode::OK)
}

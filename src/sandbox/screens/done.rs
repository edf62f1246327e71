//! The last page, which says what came of it and leads back to the client. It is made from the consents alone: the
//! visit is over.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::answer::account_list;
use super::page::Page;
use super::redirect::{Outcome, leads_to};
use super::request::{heading, name};
use super::step::Step;
use super::{Scene, closed};
use crate::sandbox::domain::consent::{Consent, ConsentStatus};

/// What came of a request.
struct Came<'a> {
    title: &'static str,
    /// What it means for the client, whose name goes before.
    text: &'static str,
    outcome: Outcome<'a>,
}

/// None for what is no answer of the customer's.
fn came_of<'a>(scene: &Scene<'_>, consent: &'a Consent) -> Option<Came<'a>> {
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
        ConsentStatus::Initiated | ConsentStatus::Pending if consent.reason.is_some() => (
            "You cancelled",
            "gets no data. You can still answer the request: its link stays good.",
            Outcome::Cancelled(reason),
        ),
        _ => return None,
    };
    Some(Came {
        title,
        text,
        outcome,
    })
}

pub(super) fn page(scene: &Scene<'_>) -> Response {
    if scene.asks_for_several() {
        return several(scene);
    }
    let consent = scene.first.consent;
    let Some(came) = came_of(scene, consent) else {
        return closed::answered(scene);
    };
    Page::new(came.title)
        .aggregator(scene.aggregator())
        .body(html! {
            p { b { (scene.client) } " " (came.text) }
            @if !consent.accounts.is_empty() {
                h2 { "What you share" }
                (account_list(scene, &consent.accounts))
            }
            (way_back(scene, consent, &came.outcome, None))
            @if scene.is_open() { (after_all(scene)) }
        })
        .respond(StatusCode::OK)
}

/// What came of each request, and the way back with each: clients may want them at different places.
fn several(scene: &Scene<'_>) -> Response {
    Page::new(title(scene))
        .aggregator(scene.aggregator())
        .body(html! {
            @for (number, asked) in scene.requests().enumerate() {
                section.request {
                    (heading(number, asked))
                    (one_of_several(scene, number, asked.consent))
                }
            }
            @if scene.is_open() { (after_all(scene)) }
        })
        .respond(StatusCode::OK)
}

/// What the page of several requests is called: the one outcome of all of them, if there is one.
fn title(scene: &Scene<'_>) -> &'static str {
    let all = |wanted: &[ConsentStatus]| {
        scene
            .requests()
            .all(|asked| wanted.contains(&asked.consent.status(scene.now)))
    };
    if scene.was_cancelled() {
        "You cancelled"
    } else if all(&[ConsentStatus::Active]) {
        "You approved"
    } else if all(&[ConsentStatus::Rejected]) {
        "You rejected the requests"
    } else if all(&[ConsentStatus::Failed]) {
        "No accounts were found"
    } else if all(&[ConsentStatus::Active, ConsentStatus::Rejected]) {
        "You approved a part"
    } else {
        "How the requests stand"
    }
}

fn one_of_several(scene: &Scene<'_>, number: usize, consent: &Consent) -> Markup {
    html! {
        @match came_of(scene, consent) {
            Some(came) => {
                p { (standing(consent.status(scene.now), true)) " " b { (scene.client) } " " (short(&came)) }
                (account_list(scene, &consent.accounts))
                (way_back(scene, consent, &came.outcome, Some(number)))
            }
            None => p { (standing(consent.status(scene.now), false)) }
        }
        @if !scene.is_open() && consent.status(scene.now).is_open() {
            p { a href=(Step::Mobile.path(&consent.id)) { "Answer " (name(number).to_lowercase()) " on its own" } }
        }
    }
}

/// Several requests are answered after all with one link, which stands at the end.
fn short(came: &Came<'_>) -> &'static str {
    match came.outcome {
        Outcome::Cancelled(_) => "gets no data.",
        Outcome::Approved | Outcome::Rejected(_) => came.text,
    }
}

fn standing(status: ConsentStatus, was_cancelled: bool) -> &'static str {
    match status {
        ConsentStatus::Initiated | ConsentStatus::Pending if was_cancelled => "You cancelled.",
        ConsentStatus::Initiated | ConsentStatus::Pending => "It has not been answered.",
        ConsentStatus::Active => "You approved it.",
        ConsentStatus::Paused => "You approved it, and it is paused.",
        ConsentStatus::Rejected => "You rejected it.",
        ConsentStatus::Failed => "No accounts were found for it.",
        ConsentStatus::Revoked => "It has been revoked.",
        ConsentStatus::Expired => "It has expired.",
    }
}

/// The link to the client. One of several says which request it is about.
fn way_back(
    scene: &Scene<'_>,
    consent: &Consent,
    outcome: &Outcome<'_>,
    number: Option<usize>,
) -> Markup {
    let anchor = number.map_or_else(
        || "return".to_owned(),
        |number| format!("return-{}", number + 1),
    );
    html! {
        @match leads_to(consent, outcome) {
            Some(url) => {
                div.buttons {
                    a.button id=(anchor) href=(url) rel="noreferrer" {
                        "Return to " (scene.client)
                        @if let Some(number) = number { ", " (name(number).to_lowercase()) }
                    }
                }
                p.small.leads { "Leads to " code { (url) } }
            }
            None => {
                p { "There is nowhere to return to: " code { (consent.redirect_url) } " is no URL that a page may lead to." }
            }
        }
    }
}

fn after_all(scene: &Scene<'_>) -> Markup {
    let it = if scene.asks_for_several() {
        "them"
    } else {
        "it"
    };
    html! {
        div.buttons { a.second href=(Step::Mobile.path(scene.id)) { "Answer " (it) " after all" } }
    }
}

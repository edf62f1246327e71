//! Everything once more, and the customer's answer.

use maud::{Markup, html};

use super::accounts::{by_fip, fip_name};
use super::page::Page;
use super::request::heading;
use super::sign_in::all_reviewed;
use super::step::Step;
use super::terms::terms;
use super::visit::Visit;
use super::{Form, Next, Scene, words};
use crate::sandbox::decision::{Asked, Decision, DecisionError, decide, offered};
use crate::sandbox::domain::customer::{Account, Choice};
use crate::sandbox::gateway::World;

/// What the form says when the optional request is left out.
const WITHOUT_OPTIONAL: &str = "without_optional";
/// Setu's word for why it is.
const NOT_WANTED: &str = "reject_not_want_to_share";

/// What the customer would give to one request.
struct Share<'a> {
    asked: &'a Asked<'a>,
    accounts: Vec<Account>,
    /// There is nothing that could be given, so approving makes it fail.
    is_hopeless: bool,
}

fn shares<'a>(scene: &'a Scene<'a>, visit: &Visit) -> Vec<Share<'a>> {
    let share = |asked: &'a Asked<'a>| {
        let offered = offered(scene.world, asked.consent);
        Share {
            asked,
            is_hopeless: offered.is_empty(),
            accounts: visit
                .chosen()
                .iter()
                .filter(|account| offered.contains(account))
                .cloned()
                .collect(),
        }
    };
    scene.requests().map(share).collect()
}

pub(super) fn review_page(scene: &Scene<'_>, visit: &Visit) -> Page {
    let id = scene.id;
    let shares = shares(scene, visit);
    let asked: Vec<Asked<'_>> = scene.requests().copied().collect();
    let was_read = all_reviewed(&asked, "first");
    Page::new("Do you approve?")
        .aggregator(scene.aggregator())
        .step(Step::Review)
        .body(html! {
            @if was_read {
                p { "You share these accounts with " b { (scene.client) } ", as in "
                    a href=(Step::Request.path(id)) { (scene.the_request()) " that you have read" } "." }
            }
            @for (number, share) in shares.iter().enumerate() {
                @if scene.asks_for_several() { (heading(number, share.asked)) }
                @if !was_read { (terms(scene.client, share.asked.consent)) }
                @if !scene.asks_for_several() { h2 { "Accounts" } }
                (shared(scene, share))
            }
            form method="post" action=(Step::Review.path(id)) {
                div.buttons {
                    (approvals(scene, &shares))
                    a.second href=(Step::Accounts.path(id)) { "Other accounts" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

fn shared(scene: &Scene<'_>, share: &Share<'_>) -> Markup {
    html! {
        @if !share.accounts.is_empty() {
            (account_list(scene, &share.accounts))
        } @else if share.is_hopeless {
            p { "There is no account that it could be for, so it fails." }
        } @else {
            p { "You chose no account for it, so it is rejected." }
        }
    }
}

/// The ways to say yes: to all of it if every request gets something, and without what is optional.
fn approvals(scene: &Scene<'_>, shares: &[Share<'_>]) -> Markup {
    let is_left_out = |share: &Share<'_>| {
        share.asked.is_optional && share.accounts.is_empty() && !share.is_hopeless
    };
    let takes_all = !shares.iter().any(is_left_out);
    let has_optional = shares.iter().any(|share| share.asked.is_optional);
    html! {
        @if takes_all {
            button type="submit" { @if scene.asks_for_several() { "Approve all" } @else { "Approve" } }
        }
        @if has_optional {
            button.quiet[takes_all] type="submit" name="answer" value=(WITHOUT_OPTIONAL) { "Approve without the optional request" }
        }
    }
}

pub(super) fn account_list(scene: &Scene<'_>, accounts: &[Account]) -> Markup {
    html! {
        @for (fip_id, accounts) in by_fip(accounts) {
            h3 { (fip_name(scene.world, fip_id)) }
            ul.accounts { @for (_, account) in accounts { li { (words::account(account)) } } }
        }
    }
}

pub(super) fn approve(world: &mut World, id: &str, form: &Form) -> Next {
    let Some(visit) = world.visits.get_mut(id) else {
        return Next::On;
    };
    let names = visit.chosen().iter().map(Account::full_name).collect();
    let with_optional = form.text("answer") != WITHOUT_OPTIONAL;
    let decision = Decision {
        with_optional,
        reason: (!with_optional).then(|| NOT_WANTED.to_owned()),
        ..Decision::approval(Choice::Named(names))
    };
    match decide(world, id, &decision) {
        // A FIP has gone since the accounts were chosen, so they are to be chosen again.
        Err(DecisionError::Choice(_)) => {
            if let Some(visit) = world.visits.get_mut(id) {
                visit.choose(Vec::new());
            }
            Next::On
        }
        // If somebody else was quicker, the last page says what came of it.
        Ok(()) | Err(_) => Next::Go(Step::Done),
    }
}

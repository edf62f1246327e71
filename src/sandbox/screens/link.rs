//! Linking the chosen accounts: each FIP asks for a code of its own.

use maud::html;

use super::accounts::fip_name;
use super::page::{Page, Problem};
use super::sign_in::{Tried, code_field, take_code, wrong_code};
use super::step::Step;
use super::visit::Visit;
use super::{Form, Next, Scene, words};
use crate::sandbox::gateway::World;

pub(super) fn page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    let fip_id = visit.fip_to_link().unwrap_or_default();
    let name = fip_name(scene.world, fip_id);
    let accounts = visit
        .chosen()
        .iter()
        .filter(|account| account.fip_id == fip_id);
    let wrong = wrong_code(visit);
    let problem = problem.or(wrong.as_ref());
    Page::new(format!("Link your accounts at {name}"))
        .aggregator(scene.aggregator())
        .step(Step::Link)
        .problem(problem)
        .body(html! {
            ul.accounts { @for account in accounts { li { (words::account(account)) } } }
            p { (name) " would now send a code to " b { (scene.mobile()) } "." }
            form method="post" action=(Step::Link.path(id)) novalidate {
                input type="hidden" name="fip" value=(fip_id);
                (code_field(visit, problem))
                div.buttons {
                    button type="submit" { "Link" }
                    a.second href=(Step::Accounts.path(id)) { "Other accounts" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

pub(super) fn take(world: &mut World, id: &str, form: &Form) -> Next {
    let fip_id = form.text("fip");
    let is_next = world
        .visits
        .get(id)
        .is_some_and(|visit| visit.fip_to_link() == Some(fip_id));
    // A form of an earlier FIP that is sent again.
    if !is_next {
        return Next::On;
    }
    if let Tried::Wrong(next) = take_code(world, id, form) {
        return next;
    }
    if let Some(visit) = world.visits.get_mut(id) {
        visit.link(fip_id);
    }
    Next::On
}

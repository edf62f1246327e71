//! Where the customer has accounts, and which of them to share.

use maud::{Markup, html};

use super::page::{Page, Problem, described_by, field_error};
use super::step::Step;
use super::visit::Visit;
use super::{Form, Next, Scene, words};
use crate::sandbox::decision::{Decision, decide, offered, select_fip};
use crate::sandbox::domain::consent::Consent;
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::customer::{
    Account, Choice, ChoiceError, Selection, choose, selection,
};
use crate::sandbox::domain::fip::Fip;
use crate::sandbox::gateway::World;

/// The FIPs that a customer may look for accounts at: those that have what is asked for and that the client lets be
/// asked, and any others where there is something to find.
fn fips<'a>(world: &'a World, consent: &Consent) -> Vec<&'a Fip> {
    let terms = &consent.terms;
    let found = offered(world, consent);
    let listed = |ids: &str, fip: &Fip| ids.split(',').any(|id| id.trim() == fip.id);
    let is_asked = |fip: &Fip| {
        let only = terms.context_value(ContextKey::FipId);
        let never = terms.context_value(ContextKey::ExcludeFipIds);
        only.is_none_or(|ids| listed(ids, fip)) && never.is_none_or(|ids| !listed(ids, fip))
    };
    let has_some = |fip: &Fip| {
        fip.fi_types
            .iter()
            .any(|fi_type| terms.fi_types.contains(fi_type))
    };
    world
        .setup
        .fips
        .iter()
        .filter(|fip| {
            found.iter().any(|account| account.fip_id == fip.id) || has_some(fip) && is_asked(fip)
        })
        .collect()
}

/// The accounts that are found at the FIPs of a visit.
fn found(world: &World, consent: &Consent, visit: &Visit) -> Vec<Account> {
    let at = visit.fips().unwrap_or_default();
    offered(world, consent)
        .into_iter()
        .filter(|account| at.contains(&account.fip_id))
        .collect()
}

pub(super) fn fips_page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let id = &scene.consent.id;
    let fips = fips(scene.world, scene.consent);
    let is_checked = |fip: &Fip| {
        visit
            .fips()
            .is_none_or(|chosen| chosen.iter().any(|id| id == fip.id))
    };
    Page::new("Where do you have accounts?")
        .aggregator(scene.aggregator())
        .step(Step::Fips)
        .problem(problem)
        .body(html! {
            form method="post" action=(Step::Fips.path(id)) {
                fieldset #fip aria-describedby=(described_by("fip", problem)) tabindex="-1" {
                    legend { "Institutions" }
                    p.hint #fip-hint { "Accounts of " (scene.consent.vua.mobile) " are looked for at those that you choose." }
                    (field_error(problem))
                    @for (number, fip) in fips.iter().enumerate() {
                        (choice("checkbox", "fip", number, fip.id, fip.is_active() && is_checked(fip), fip.is_active(), html! {
                            (fip.name)
                            @if !fip.is_active() { span.note { "Does not answer at the moment" } }
                        }))
                    }
                }
                div.buttons {
                    button type="submit" { "Find accounts" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

pub(super) fn take_fips(world: &mut World, id: &str, form: &Form) -> Next {
    let Some(consent) = world.consents.get(id) else {
        return Next::On;
    };
    let fips = fips(world, consent);
    let sent = form.all("fip");
    let chosen: Vec<String> = fips
        .iter()
        .filter(|fip| fip.is_active() && sent.iter().any(|id| id == fip.id))
        .map(|fip| fip.id.to_owned())
        .collect();
    // Where nobody answers there is nothing to choose, and so nothing will be found.
    if chosen.is_empty() && fips.iter().any(|fip| fip.is_active()) {
        return Next::Again(Problem::new("fip", "Choose at least one institution"));
    }
    if let Some(visit) = world.visits.get_mut(id) {
        visit.choose_fips(chosen);
    }
    select_fip(world, id);
    Next::Go(Step::Accounts)
}

pub(super) fn accounts_page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let found = found(scene.world, scene.consent, visit);
    let page = |title: &str| {
        Page::new(title)
            .aggregator(scene.aggregator())
            .step(Step::Accounts)
            .problem(problem)
    };
    if found.is_empty() {
        return page("No accounts were found").body(nothing_found(scene, visit));
    }
    let id = &scene.consent.id;
    let is_single = selection(&scene.consent.terms) == Selection::One;
    let kind = if is_single { "radio" } else { "checkbox" };
    let hint = if is_single {
        "You can share one account."
    } else {
        "You can share one or several."
    };
    page("Which accounts do you want to share?").body(html! {
        form method="post" action=(Step::Accounts.path(id)) {
            fieldset #account aria-describedby=(described_by("account", problem)) tabindex="-1" {
                legend { "Accounts of " (scene.consent.vua.mobile) }
                p.hint #account-hint { (hint) }
                (field_error(problem))
                @for (fip_id, accounts) in by_fip(&found) {
                    h2 { (fip_name(scene.world, fip_id)) }
                    @for (number, account) in accounts {
                        (choice(kind, "account", number, &account.masked_number,
                            is_preselected(scene, visit, &found, account), true,
                            html! { (words::account(account)) }))
                    }
                }
            }
            div.buttons {
                button type="submit" { "Continue" }
                @if !visit.is_guided() {
                    a.second href=(Step::Fips.path(id)) { "Other institutions" }
                }
                a.second href=(Step::Reject.path(id)) { "Reject" }
            }
        }
    })
}

fn is_preselected(scene: &Scene<'_>, visit: &Visit, found: &[Account], account: &Account) -> bool {
    if !visit.chosen().is_empty() {
        return visit.chosen().contains(account);
    }
    let mode = scene
        .consent
        .terms
        .context_value(ContextKey::AccountSelectionMode);
    mode == Some("multi-opt-out") || found.len() == 1
}

fn nothing_found(scene: &Scene<'_>, visit: &Visit) -> Markup {
    let id = &scene.consent.id;
    let is_hopeless = offered(scene.world, scene.consent).is_empty();
    html! {
        p { "There are no accounts of " b { (scene.consent.vua.mobile) } " that this request could be for"
            @if is_hopeless { "." } @else { " at the institutions that you chose." } }
        @if is_hopeless {
            p { (scene.client) " will be told that no accounts were found." }
        }
        form method="post" action=(Step::Accounts.path(id)) {
            div.buttons {
                @if is_hopeless {
                    button type="submit" { "End here" }
                }
                @if !visit.is_guided() {
                    a.second href=(Step::Fips.path(id)) { "Other institutions" }
                }
                a.second href=(Step::Reject.path(id)) { "Reject" }
            }
        }
    }
}

pub(super) fn take_accounts(world: &mut World, id: &str, form: &Form) -> Next {
    let (Some(consent), Some(visit)) = (world.consents.get(id), world.visits.get(id)) else {
        return Next::On;
    };
    if offered(world, consent).is_empty() {
        // Approving what is not there is how a consent fails; whatever comes of it, the last page says it.
        let _ = decide(world, id, &Decision::approval(Choice::All));
        return Next::Go(Step::Done);
    }
    let choice = Choice::Named(form.all("account"));
    let chosen = choose(
        found(world, consent, visit),
        &choice,
        selection(&consent.terms),
    );
    match chosen {
        Ok(accounts) => {
            if let Some(visit) = world.visits.get_mut(id) {
                visit.choose(accounts);
            }
            // Where the client says which FIPs are asked, the customer has chosen one only now.
            select_fip(world, id);
            Next::On
        }
        Err(error) => Next::Again(choice_problem(&error)),
    }
}

/// What is wrong with the accounts that were chosen.
fn choice_problem(error: &ChoiceError) -> Problem {
    let text = match error {
        ChoiceError::Empty => "Choose at least one account",
        ChoiceError::MoreThanOne => "Choose one account only",
        ChoiceError::Unknown(_) => "One of these accounts is not offered any more: choose again",
    };
    Problem::new("account", text)
}

/// The accounts in the order of their FIPs, numbered through.
pub(super) fn by_fip(accounts: &[Account]) -> Vec<(&str, Vec<(usize, &Account)>)> {
    let mut groups: Vec<(&str, Vec<(usize, &Account)>)> = Vec::new();
    for (number, account) in accounts.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|(fip_id, _)| *fip_id == account.fip_id)
        {
            Some((_, group)) => group.push((number, account)),
            None => groups.push((&account.fip_id, vec![(number, account)])),
        }
    }
    groups
}

pub(super) fn fip_name<'a>(world: &'a World, fip_id: &'a str) -> &'a str {
    world.setup.fip(fip_id).map_or(fip_id, |fip| fip.name)
}

/// A checkbox or radio button with its label.
fn choice(
    kind: &str,
    name: &str,
    number: usize,
    value: &str,
    is_checked: bool,
    is_enabled: bool,
    label: Markup,
) -> Markup {
    let id = format!("{name}-{number}");
    html! {
        div.choice {
            input id=(id) type=(kind) name=(name) value=(value) checked[is_checked] disabled[!is_enabled];
            label for=(id) { (label) }
        }
    }
}

//! Where the customer has accounts, and which of them to share.

use maud::{Markup, html};

use super::page::{Page, Problem, described_by, field_error};
use super::request::name;
use super::step::Step;
use super::visit::Visit;
use super::wants::{Want, meant_for, takes_one, wants};
use super::{Form, Next, Scene, words};
use crate::sandbox::decision::{
    Asked, Decision, asked, decide, offered, offered_together, select_fip,
};
use crate::sandbox::domain::consent::Consent;
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::customer::{
    Account, Choice, ChoiceError, Selection, choose, selection,
};
use crate::sandbox::domain::fip::Fip;
use crate::sandbox::gateway::World;

/// The FIPs that a customer may look for accounts at: those that have what is asked for and that the client lets be
/// asked, and any others where there is something to find.
fn fips<'a>(world: &'a World, asked: &[Asked<'_>]) -> Vec<&'a Fip> {
    let of_each: Vec<Vec<&Fip>> = asked
        .iter()
        .map(|asked| fips_of(world, asked.consent))
        .collect();
    let is_of_any = |fip: &Fip| of_each.iter().flatten().any(|known| known.id == fip.id);
    world
        .setup
        .fips
        .iter()
        .filter(|fip| is_of_any(fip))
        .collect()
}

fn fips_of<'a>(world: &'a World, consent: &Consent) -> Vec<&'a Fip> {
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
fn found(world: &World, asked: &[Asked<'_>], visit: &Visit) -> Vec<Account> {
    let at = visit.fips().unwrap_or_default();
    offered_together(world, asked)
        .into_iter()
        .filter(|account| at.contains(&account.fip_id))
        .collect()
}

pub(super) fn fips_page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    let fips = fips(scene.world, &asked(scene.world, id));
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
                    p.hint #fip-hint { "Accounts of " (scene.mobile()) " are looked for at those that you choose." }
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
    let fips = fips(world, &asked(world, id));
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
    let asked: Vec<Asked<'_>> = scene.requests().copied().collect();
    let found = found(scene.world, &asked, visit);
    let page = |title: &str| {
        Page::new(title)
            .aggregator(scene.aggregator())
            .step(Step::Accounts)
            .problem(problem)
    };
    if found.is_empty() {
        return page("No accounts were found").body(nothing_found(scene, visit));
    }
    let id = scene.id;
    let wants = wants(scene, &asked, &found);
    let kind = if takes_one(&wants, &found) {
        "radio"
    } else {
        "checkbox"
    };
    page("Which accounts do you want to share?").body(html! {
        form method="post" action=(Step::Accounts.path(id)) {
            fieldset #account aria-describedby=(described_by("account", problem)) tabindex="-1" {
                legend { "Accounts of " (scene.mobile()) }
                div.hint #account-hint { @for want in &wants { p { (want.words(scene.asks_for_several())) } } }
                (field_error(problem))
                @for (fip_id, accounts) in by_fip(&found) {
                    h2 { (fip_name(scene.world, fip_id)) }
                    @for (number, account) in accounts {
                        (choice(kind, "account", number, &account.masked_number,
                            is_preselected(&wants, visit, &found, account), true,
                            html! {
                                (words::account(account))
                                @if scene.asks_for_several() { span.note { (meant_for(&wants, account)) } }
                            }))
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

fn is_preselected(wants: &[Want<'_>], visit: &Visit, found: &[Account], account: &Account) -> bool {
    if !visit.chosen().is_empty() {
        return visit.chosen().contains(account);
    }
    let begins_with_all = |want: &Want<'_>| {
        let terms = &want.asked.consent.terms;
        let mode = terms.context_value(ContextKey::AccountSelectionMode);
        mode == Some("multi-opt-out") && want.found.contains(account)
    };
    found.len() == 1 || wants.iter().any(begins_with_all)
}

fn nothing_found(scene: &Scene<'_>, visit: &Visit) -> Markup {
    let id = scene.id;
    let is_hopeless = offered_together(scene.world, &asked(scene.world, id)).is_empty();
    html! {
        p { "There are no accounts of " b { (scene.mobile()) } " that " (scene.the_request()) " could be for"
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
    let Some(visit) = world.visits.get(id) else {
        return Next::On;
    };
    let asked = asked(world, id);
    if offered_together(world, &asked).is_empty() {
        // Approving what is not there is how a consent fails; whatever comes of it, the last page says it.
        let _ = decide(world, id, &Decision::approval(Choice::All));
        return Next::Go(Step::Done);
    }
    let sent = Choice::Named(form.all("account"));
    let found = found(world, &asked, visit);
    let chosen = choose(found, &sent, Selection::Several)
        .map_err(|error| choice_problem(&error, None))
        .and_then(|chosen| suits_all(world, &asked, chosen));
    match chosen {
        Ok(accounts) => {
            if let Some(visit) = world.visits.get_mut(id) {
                visit.choose(accounts);
            }
            // Where the client says which FIPs are asked, the customer has chosen one only now.
            select_fip(world, id);
            Next::On
        }
        Err(problem) => Next::Again(problem),
    }
}

/// The chosen accounts, if each request can do with what it gets of them: those that it offers. An optional one can do
/// with none, and so can one that never finds any: it fails whatever is chosen.
fn suits_all(
    world: &World,
    asked: &[Asked<'_>],
    chosen: Vec<Account>,
) -> Result<Vec<Account>, Problem> {
    for (number, one) in asked.iter().enumerate() {
        let offered = offered(world, one.consent);
        let count = chosen
            .iter()
            .filter(|account| offered.contains(account))
            .count();
        let error = match (count, selection(&one.consent.terms)) {
            (0, _) if !one.is_optional && !offered.is_empty() => ChoiceError::Empty,
            (2.., Selection::One) => ChoiceError::MoreThanOne,
            _ => continue,
        };
        let number = (asked.len() > 1).then_some(number);
        return Err(choice_problem(&error, number));
    }
    Ok(chosen)
}

/// What is wrong with the accounts that were chosen, for one of several requests or for all that is asked for.
fn choice_problem(error: &ChoiceError, number: Option<usize>) -> Problem {
    let whose = number.map_or_else(String::new, |number| {
        format!(" for {}", name(number).to_lowercase())
    });
    let text = match error {
        ChoiceError::Empty => format!("Choose at least one account{whose}"),
        ChoiceError::MoreThanOne => format!("Choose one account only{whose}"),
        ChoiceError::Unknown(_) => {
            "One of these accounts is not offered any more: choose again".to_owned()
        }
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

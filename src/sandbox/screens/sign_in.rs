//! The customer says who they are: the mobile number, then the code that would be sent to it.

use maud::{Markup, html};

use super::page::{Page, Problem, described_by, field_error};
use super::step::Step;
use super::visit::{MOST_TRIES, Visit};
use super::{Form, Next, Scene};
use crate::sandbox::decision::{Asked, asked};
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::vua::is_mobile;
use crate::sandbox::gateway::World;

/// The code of everyone and of every FIP. Setu's second test FIP has this one always.
pub(super) const OTP: &str = "123456";
const LONGEST_SHOWN: usize = 40;

pub(super) fn mobile_page(scene: &Scene<'_>, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    Page::new("Sign in")
        .aggregator(scene.aggregator())
        .step(Step::Mobile)
        .problem(problem)
        .body(html! {
            p { b { (scene.client) } " asks to see data from your accounts. Sign in to read " (scene.the_request()) " and to answer " (if scene.asks_for_several() { "them together" } else { "it" }) "." }
            form method="post" action=(Step::Mobile.path(id)) novalidate {
                (mobile_field(scene, problem))
                div.buttons {
                    button type="submit" { "Send a code" }
                    a.second href=(Step::Cancel.path(id)) { "Cancel" }
                }
            }
            (small_print(scene))
        })
}

/// The field for the mobile number, which begins with the right one.
fn mobile_field(scene: &Scene<'_>, problem: Option<&Problem>) -> Markup {
    let value = problem.map_or(scene.mobile(), |problem| problem.entered.as_str());
    html! {
        div.field {
            label for="mobile" { "Mobile number" }
            p.hint #mobile-hint { "The one that the request was made for." }
            (field_error(problem))
            input #mobile name="mobile" type="tel" inputmode="numeric" autocomplete="tel-national" maxlength="20"
                value=(value) required aria-describedby=(described_by("mobile", problem))
                aria-invalid=[problem.map(|_| "true")];
        }
    }
}

/// How what is asked for stands, for whoever builds against the sandbox.
fn small_print(scene: &Scene<'_>) -> Markup {
    html! {
        @for asked in scene.requests() {
            p.small {
                "Request " code { (asked.consent.id) } ", " (asked.consent.status(scene.now).name())
                ", for " (asked.consent.shown_vua())
            }
        }
    }
}

pub(super) fn take_mobile(world: &mut World, id: &str, form: &Form) -> Next {
    let asked = asked(world, id);
    let Some(first) = asked.first() else {
        return Next::On;
    };
    if let Some(problem) = mobile_problem(&first.consent.vua.mobile, form) {
        return Next::Again(problem);
    }
    let token = world.next_id("visit");
    world.visits.put(id.to_owned(), Visit::new(token.clone()));
    Next::Begin(token)
}

/// What is wrong with the mobile number of a form, if it is not this one.
fn mobile_problem(theirs: &str, form: &Form) -> Option<Problem> {
    let mobile = form.digits("mobile");
    if mobile == theirs {
        return None;
    }
    let text = if mobile.is_empty() {
        "Enter your mobile number"
    } else if is_mobile(&mobile) {
        "This request was made for another mobile number"
    } else {
        "Enter a mobile number of ten digits"
    };
    Some(Problem {
        field: "mobile",
        text: text.to_owned(),
        entered: form.text("mobile").chars().take(LONGEST_SHOWN).collect(),
    })
}

pub(super) fn otp_page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    let wrong = wrong_code(visit);
    let problem = problem.or(wrong.as_ref());
    Page::new("Enter the code")
        .aggregator(scene.aggregator())
        .step(Step::Otp)
        .problem(problem)
        .body(html! {
            p { "A code would now be sent to " b { (scene.mobile()) } "." }
            form method="post" action=(Step::Otp.path(id)) novalidate {
                (code_field(visit, problem))
                div.buttons {
                    button type="submit" { "Continue" }
                    a.second href=(Step::Mobile.path(id)) { "Back" }
                    a.second href=(Step::Cancel.path(id)) { "Cancel" }
                }
            }
        })
}

/// The field for a code. It carries how many wrong ones there were, so that a form that is sent twice is one try.
pub(super) fn code_field(visit: &Visit, problem: Option<&Problem>) -> Markup {
    html! {
        input type="hidden" name="attempt" value=(visit.wrong_codes);
        div.field {
            label for="otp" { "Code" }
            p.hint #otp-hint { "Six digits. The sandbox sends no messages: the code is " code { (OTP) } "." }
            (field_error(problem))
            input.code #otp name="otp" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="8"
                required aria-describedby=(described_by("otp", problem)) aria-invalid=[problem.map(|_| "true")];
        }
    }
}

/// What is wrong after a wrong code.
pub(super) fn wrong_code(visit: &Visit) -> Option<Problem> {
    let left = MOST_TRIES.saturating_sub(visit.wrong_codes);
    let tries = if left == 1 { "try" } else { "tries" };
    (visit.wrong_codes > 0).then(|| {
        Problem::new(
            "otp",
            format!("That is not the code. You have {left} {tries} left"),
        )
    })
}

/// What became of a code that was sent.
pub(super) enum Tried {
    Right,
    Wrong(Next),
}

/// Takes a code. One that cannot be a code is no try.
pub(super) fn take_code(world: &mut World, id: &str, form: &Form) -> Tried {
    let code = form.digits("otp");
    let Some(visit) = world.visits.get_mut(id) else {
        return Tried::Wrong(Next::On);
    };
    if code.len() != OTP.len() || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Tried::Wrong(Next::Again(Problem::new(
            "otp",
            "Enter the six digits of the code",
        )));
    }
    if code == OTP {
        return Tried::Right;
    }
    if form.text("attempt") != visit.wrong_codes.to_string() {
        return Tried::Wrong(Next::On);
    }
    visit.wrong_codes += 1;
    if visit.wrong_codes < MOST_TRIES {
        return Tried::Wrong(Next::On);
    }
    world.visits.remove(id);
    Tried::Wrong(Next::TooManyTries)
}

pub(super) fn take_otp(world: &mut World, id: &str, form: &Form) -> Next {
    if let Tried::Wrong(next) = take_code(world, id, form) {
        return next;
    }
    let asked = asked(world, id);
    let reviews_last = all_reviewed(&asked, "last");
    let guided_to = guided_to(&asked);
    if let Some(visit) = world.visits.get_mut(id) {
        visit.sign_in();
        if reviews_last {
            visit.mark_read();
        }
        if let Some(fips) = guided_to {
            visit.guide_to(fips);
        }
    }
    Next::On
}

/// Whether all that is asked for is to be read at this end of the way alone.
pub(super) fn all_reviewed(asked: &[Asked<'_>], end: &str) -> bool {
    asked.iter().all(|asked| {
        asked
            .consent
            .terms
            .context_value(ContextKey::ConsentReviewAt)
            == Some(end)
    })
}

/// The FIPs that the client names, if it names them for all that is asked for.
fn guided_to(asked: &[Asked<'_>]) -> Option<Vec<String>> {
    let named: Option<Vec<&str>> = asked
        .iter()
        .map(|asked| asked.consent.terms.context_value(ContextKey::FipId))
        .collect();
    let ids = named?
        .iter()
        .flat_map(|ids| ids.split(','))
        .map(|id| id.trim().to_owned())
        .collect();
    Some(ids)
}

//! The page of a collection: all its requests in words, and one answer to all of them. It has no steps: who answers
//! signs in with the same form, and what is approved is approved for all accounts that are found.

use axum::response::Response;
use maud::{Markup, html};

use super::page::{Page, Problem, described_by, field_error, see_other};
use super::reasons::{CANCELLATIONS, REJECTIONS};
use super::sign_in::{OTP, code_input, mobile_field, mobile_problem};
use super::step::Step;
use super::terms::terms;
use super::{Form, Scene, closed, scene};
use crate::sandbox::decision::{Decision, decide};
use crate::sandbox::domain::collection::Collection;
use crate::sandbox::domain::consent::{Action, ConsentStatus};
use crate::sandbox::domain::customer::Choice;
use crate::sandbox::gateway::{Gateway, World};

const APPROVE: &str = "approve";
const APPROVE_WHAT_MUST_BE: &str = "approve_mandatory";

/// The page, if the link is a collection's.
pub(super) fn show(world: &World, id: &str, gateway: &Gateway) -> Response {
    respond(world, id, gateway, None)
}

fn respond(world: &World, id: &str, gateway: &Gateway, problem: Option<&Problem>) -> Response {
    let Some(collection) = world.collections.get(id) else {
        return closed::unknown();
    };
    let scenes = scenes(world, collection, gateway);
    let (Some(first), true) = (
        scenes.first(),
        scenes.len() == collection.consents().count(),
    ) else {
        return closed::unknown();
    };
    let (title, body) = if scenes.iter().all(Scene::is_open) {
        (
            "What is asked of you",
            open(&scenes, first, collection, problem),
        )
    } else {
        (
            "These requests have been answered",
            answered(&scenes, collection),
        )
    };
    Page::new(title)
        .aggregator(first.aggregator())
        .problem(problem)
        .body(body)
        .respond(Problem::status(problem))
}

fn scenes<'a>(world: &'a World, collection: &Collection, gateway: &'a Gateway) -> Vec<Scene<'a>> {
    collection
        .consents()
        .filter_map(|id| world.consents.get(id))
        .map(|consent| scene(world, consent, gateway))
        .collect()
}

/// What a request of the collection is called.
fn name(collection: &Collection, scene: &Scene<'_>) -> &'static str {
    if collection.optional.contains(&scene.consent.id) {
        "An optional request"
    } else {
        "A request that must be given"
    }
}

fn open(
    scenes: &[Scene<'_>],
    first: &Scene<'_>,
    collection: &Collection,
    problem: Option<&Problem>,
) -> Markup {
    let at = |field: &str| problem.filter(|problem| problem.field == field);
    let was_cancelled = first.consent.reason.is_some();
    html! {
        p { b { (first.client) } " asks for this together, and one answer counts for all of it." }
        @if was_cancelled {
            p { "You cancelled. You can still answer: the link stays good. "
                a href=(Step::Done.path(&first.consent.id)) { "See what came of it" } }
        }
        @for scene in scenes {
            h2 { (name(collection, scene)) }
            (terms(scene))
        }
        form method="post" action=(Step::Mobile.path(&collection.id)) novalidate {
            input type="hidden" name="cancellations" value=(first.consent.cancellations);
            h2 { "Your answer" }
            p { "Here you do not choose accounts: approving shares every account that is found and that a request can be for, and where a request takes one account only, the first. A request for which none is found fails." }
            (mobile_field(first, at("mobile")))
            (code_input(at("otp")))
            (answers(collection, first.client, at("answer")))
            div.buttons { button type="submit" { "Answer" } }
        }
    }
}

fn answers(collection: &Collection, client: &str, problem: Option<&Problem>) -> Markup {
    let yes = if collection.consents().count() > 1 {
        "Yes to all of it"
    } else {
        "Yes"
    };
    let no = REJECTIONS
        .iter()
        .map(|(word, text)| (*word, format!("No. {text}")));
    let later = CANCELLATIONS
        .iter()
        .map(|(word, text)| (*word, format!("Cancel. {text}")));
    html! {
        fieldset #answer aria-describedby=(described_by("answer", problem)) tabindex="-1" {
            legend { "Do you approve?" }
            p.hint #answer-hint { (client) " is told the reason of a no." }
            (field_error(problem))
            (choice(APPROVE, yes))
            @if !collection.optional.is_empty() {
                (choice(APPROVE_WHAT_MUST_BE, "Yes, but no to the optional request"))
            }
            @for (word, text) in no.chain(later) { (choice(word, &text)) }
        }
    }
}

fn choice(word: &str, text: &str) -> Markup {
    html! {
        div.choice {
            input id=(word) type="radio" name="answer" value=(word);
            label for=(word) { (text) }
        }
    }
}

/// How each request stands, which may be otherwise for each: they have pages of their own as well.
fn answered(scenes: &[Scene<'_>], collection: &Collection) -> Markup {
    html! {
        @for scene in scenes {
            h2 { (name(collection, scene)) }
            p { (standing(scene.consent.status(scene.now))) }
            p {
                @if scene.is_open() {
                    a href=(Step::Mobile.path(&scene.consent.id)) { "Answer it on its own" }
                } @else {
                    a href=(Step::Done.path(&scene.consent.id)) { "See what came of it" }
                }
            }
        }
    }
}

fn standing(status: ConsentStatus) -> &'static str {
    match status {
        ConsentStatus::Initiated | ConsentStatus::Pending => "It has not been answered.",
        ConsentStatus::Active => "You approved it.",
        ConsentStatus::Paused => "You approved it, and it is paused.",
        ConsentStatus::Rejected => "You rejected it.",
        ConsentStatus::Failed => "No accounts were found for it.",
        ConsentStatus::Revoked => "It has been revoked.",
        ConsentStatus::Expired => "It has expired.",
    }
}

/// Takes the one answer. Sent twice, it counts once.
pub(super) fn take(world: &mut World, id: &str, gateway: &Gateway, form: &Form) -> Response {
    let Some(collection) = world.collections.get(id) else {
        return closed::unknown();
    };
    let members = scenes(world, collection, gateway);
    let Some(first) = members.first() else {
        return closed::unknown();
    };
    let back = see_other(&Step::Mobile.path(id));
    if !members.iter().all(Scene::is_open) {
        return back;
    }
    let decision = match read(first, collection, form) {
        Ok(decision) => decision,
        Err(problem) => return respond(world, id, gateway, Some(&problem)),
    };
    let is_current = form.text("cancellations") == first.consent.cancellations.to_string();
    if decision.action != Action::Cancel || is_current {
        // If somebody else was quicker, the page says what came of it.
        let _ = decide(world, id, &decision);
    }
    back
}

fn read(first: &Scene<'_>, collection: &Collection, form: &Form) -> Result<Decision, Problem> {
    if let Some(problem) = mobile_problem(&first.consent.vua.mobile, form) {
        return Err(problem);
    }
    if form.digits("otp") != OTP {
        return Err(Problem::new("otp", "That is not the code"));
    }
    let word = form.text("answer");
    let has = |reasons: &[(&str, &str)]| reasons.iter().any(|(known, _)| *known == word);
    let no = |action| Decision::without_accounts(action, Some(word.to_owned()));
    match word {
        APPROVE => Ok(Decision::approval(Choice::All)),
        APPROVE_WHAT_MUST_BE if !collection.optional.is_empty() => Ok(Decision {
            with_optional: false,
            ..Decision::approval(Choice::All)
        }),
        _ if has(REJECTIONS) => Ok(no(Action::Reject)),
        _ if has(CANCELLATIONS) => Ok(no(Action::Cancel)),
        _ => Err(Problem::new("answer", "Choose an answer")),
    }
}

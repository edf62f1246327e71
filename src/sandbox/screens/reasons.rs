//! No, with a reason: before signing in the customer cancels, after it the customer rejects. The words for the reasons
//! are the ones that Setu documents for its notifications.

use maud::{Markup, html};

use super::page::{Page, Problem, described_by, field_error};
use super::step::Step;
use super::visit::Visit;
use super::{Form, Next, Scene, cancellations};
use crate::sandbox::decision::{Decision, asked, decide};
use crate::sandbox::domain::consent::Action;
use crate::sandbox::gateway::World;

type Reasons = &'static [(&'static str, &'static str)];

const REJECTIONS: Reasons = &[
    ("reject_not_understand", "I do not understand the request"),
    (
        "reject_not_want_to_share",
        "I do not want to share this data",
    ),
    ("reject_accounts_not_found", "My accounts were not found"),
    ("reject_other", "Something else"),
];
const CANCELLATIONS: Reasons = &[
    ("cancel_not_understand", "I do not understand the request"),
    ("cancel_will_share_later", "I will answer later"),
    ("cancel_not_want_to_share", "I do not want to share my data"),
];

pub(super) fn reject_page(scene: &Scene<'_>, visit: &Visit, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    Page::new(format!("Why do you reject {}?", scene.the_request()))
        .aggregator(scene.aggregator())
        .problem(problem)
        .body(html! {
            form method="post" action=(Step::Reject.path(id)) {
                (choices(REJECTIONS, scene.client, problem))
                div.buttons {
                    button.danger type="submit" { "Reject " (scene.the_request()) }
                    a.second href=(visit.next().path(id)) { "Back" }
                }
            }
        })
}

pub(super) fn cancel_page(scene: &Scene<'_>, problem: Option<&Problem>) -> Page {
    let id = scene.id;
    Page::new("Why do you cancel?")
        .aggregator(scene.aggregator())
        .problem(problem)
        .body(html! {
            p { "You can still answer " (scene.the_request()) " later: the link stays good." }
            form method="post" action=(Step::Cancel.path(id)) {
                input type="hidden" name="cancellations" value=(scene.cancellations());
                (choices(CANCELLATIONS, scene.client, problem))
                div.buttons {
                    button.danger type="submit" { "Cancel" }
                    a.second href=(Step::Mobile.path(id)) { "Back" }
                }
            }
        })
}

fn choices(reasons: Reasons, client: &str, problem: Option<&Problem>) -> Markup {
    html! {
        fieldset #reason aria-describedby=(described_by("reason", problem)) tabindex="-1" {
            legend { "Reason" }
            p.hint #reason-hint { (client) " is told this reason." }
            (field_error(problem))
            @for (word, text) in reasons {
                div.choice {
                    input id=(word) type="radio" name="reason" value=(word);
                    label for=(word) { (text) }
                }
            }
        }
    }
}

/// The reason that was chosen, if it is one of these.
fn reason(form: &Form, reasons: Reasons) -> Option<String> {
    let word = form.text("reason");
    reasons
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(known, _)| (*known).to_owned())
}

fn no_reason() -> Next {
    Next::Again(Problem::new("reason", "Choose a reason"))
}

pub(super) fn reject(world: &mut World, id: &str, form: &Form) -> Next {
    let Some(reason) = reason(form, REJECTIONS) else {
        return no_reason();
    };
    // If somebody else was quicker, the last page says what came of it.
    let _ = decide(
        world,
        id,
        &Decision::without_accounts(Action::Reject, Some(reason)),
    );
    Next::Go(Step::Done)
}

/// Cancelling leaves what is asked for pending, so the form carries how many cancellations it knew of: sent twice, it counts once.
pub(super) fn cancel(world: &mut World, id: &str, form: &Form) -> Next {
    let Some(reason) = reason(form, CANCELLATIONS) else {
        return no_reason();
    };
    let known = cancellations(asked(world, id).iter());
    if form.text("cancellations") == known.to_string() {
        let _ = decide(
            world,
            id,
            &Decision::without_accounts(Action::Cancel, Some(reason)),
        );
    }
    Next::Go(Step::Done)
}

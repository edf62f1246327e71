//! The pages before the first question and after the last.

use maud::{Markup, html};

use super::frame::{Parts, key, page};
use super::{WebFrame, WebTally};
use crate::report::text::plural;

/// While snapshots are still compared. The browser asks again by itself.
pub fn waiting(frame: &WebFrame<'_>, compared: usize, total: usize) -> String {
    let main = html! {
        div.head { h1 { "Comparing" } }
        p.lead role="status" { (compared) " of " (plural(total, "snapshot")) " compared." }
        progress max=(total) value=(compared) aria-label="Compared" {}
    };
    let parts = Parts {
        title: "Comparing",
        aside: None,
        main,
        bar: None,
        is_going_on: true,
        again_after: Some("0"),
    };
    page(frame, parts)
}

/// Where nothing is left but what was skipped.
pub fn nothing_left(frame: &WebFrame<'_>) -> String {
    let skipped = frame.tally.skipped;
    let main = html! {
        div.head { h1 { "Only what you skipped is left" } }
        p.lead { (plural(skipped, "snapshot")) @if skipped == 1 { " is" } @else { " are" } " still pending." }
        div.buttons {
            form method="post" action=(frame.view.address(frame.base, "again", &[])) {
                button type="submit" data-key="j" aria-keyshortcuts="j" { "Go through them again" (key('j')) }
            }
            form method="post" action=(format!("{}/finish", frame.base)) {
                button.quiet type="submit" { "Leave them pending" }
            }
        }
    };
    let parts = Parts {
        title: "Only what you skipped is left",
        aside: None,
        main,
        bar: None,
        is_going_on: true,
        again_after: None,
    };
    page(frame, parts)
}

/// The end. Nothing is served after this page.
pub fn ended(frame: &WebFrame<'_>) -> String {
    let tally = &frame.tally;
    let title = if tally.pending() == 0 {
        "Everything is decided"
    } else {
        "The review has ended"
    };
    let main = html! {
        div.head { h1 { (title) } }
        (table(tally))
        @if tally.pending() > 0 {
            p.lead { "What is pending is asked about again by " code { "sammati review" } "." }
        }
        p.hint { "This page can be closed. What was decided is on disk." }
    };
    let parts = Parts {
        title,
        aside: None,
        main,
        bar: None,
        is_going_on: false,
        again_after: None,
    };
    page(frame, parts)
}

fn table(tally: &WebTally) -> Markup {
    html! {
        dl.counts {
            @for (count, word) in [
                (tally.accepted, "accepted"),
                (tally.rejected, "rejected"),
                (tally.elsewhere, "decided elsewhere"),
                (tally.pending(), "still pending"),
            ] {
                @if count > 0 || word != "decided elsewhere" {
                    div { dt { (word) } dd { (count) } }
                }
            }
        }
    }
}

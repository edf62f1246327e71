//! What every page has around it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{SCRIPT, STYLE, WebFrame, WebNotice, WebNoticeKind};
use crate::report::text::visible_line;

/// The parts of a page.
pub(super) struct Parts<'a> {
    /// What stands in the browser's tab.
    pub(super) title: &'a str,
    /// The list beside the page, where there is room.
    pub(super) aside: Option<Markup>,
    /// The page.
    pub(super) main: Markup,
    /// What stays in sight at the lower edge.
    pub(super) bar: Option<Markup>,
    /// Whether the review goes on.
    pub(super) is_going_on: bool,
    /// After how many seconds the browser asks again.
    pub(super) again_after: Option<&'a str>,
}

/// The whole page.
pub(super) fn page(frame: &WebFrame<'_>, parts: Parts<'_>) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = parts.again_after {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (parts.title) " – Sammati review" }
                // Browsers ask for one elsewhere otherwise.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body class=[parts.aside.is_some().then_some("has-aside")] {
                (header(frame, &parts))
                @if let Some(aside) = &parts.aside { (aside) }
                main {
                    (notices(frame.notices))
                    (parts.main)
                }
                @if let Some(bar) = &parts.bar { (bar) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

fn header(frame: &WebFrame<'_>, parts: &Parts<'_>) -> Markup {
    let tally = &frame.tally;
    let done = tally.total - tally.left();
    html! {
        header {
            p.brand { "Sammati " span { "review" } }
            @if tally.total > 0 {
                p.tally {
                    strong { (tally.left()) " left" }
                    @for (count, word) in [
                        (tally.accepted, "accepted"),
                        (tally.rejected, "rejected"),
                        (tally.skipped, "skipped"),
                        (tally.elsewhere, "decided elsewhere"),
                    ] {
                        @if count > 0 { span class=(word) { (count) " " (word) } }
                    }
                }
                progress max=(tally.total) value=(done) aria-label="What was looked at" {}
            }
            @if parts.is_going_on {
                form method="post" action=(format!("{}/finish", frame.base)) {
                    button.quiet type="submit" data-key="q" aria-keyshortcuts="q" {
                        "Finish" (key('q'))
                    }
                }
            }
        }
    }
}

fn notices(notices: &[WebNotice]) -> Markup {
    html! {
        @for notice in notices {
            @let is_done = notice.kind == WebNoticeKind::Done;
            div.notice.trouble[!is_done] role=(if is_done { "status" } else { "alert" }) {
                p { (visible_line(&notice.text)) }
                @if !notice.details.is_empty() {
                    ul {
                        @for line in &notice.details { li { (visible_line(line)) } }
                    }
                }
            }
        }
    }
}

/// The key that does the same, for the eye: whoever hears the page hears it as the element's shortcut.
pub(super) fn key(key: char) -> Markup {
    html! { kbd aria-hidden="true" { (key) } }
}

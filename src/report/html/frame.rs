//! The page around what the script draws. The totals are in it, so that it says something without the script too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::super::facts::RunFacts;
use super::super::summary;
use super::super::text::visible_line;
use crate::model::duration;
use crate::model::outcome::{RunOutcome, Status};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("text.js"),
    include_str!("drawing.js"),
    include_str!("calls.js"),
    include_str!("case.js"),
    include_str!("page.js"),
);

/// All that comes before the blocks of the cases.
pub(super) fn head(facts: &RunFacts) -> String {
    // Nothing is loaded and nothing but this script runs, whatever stands in the page.
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    let head = html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            meta name="generator" content=(concat!("sammati ", env!("CARGO_PKG_VERSION")));
            title { "Sammati report: " (visible_line(&facts.target)) }
            // Without an icon of its own a browser would ask for one.
            link rel="icon" href="data:,";
            style { (PreEscaped(STYLE)) }
        }
    };
    format!(
        "{}<html lang=\"en\">{}\n<body>\n",
        DOCTYPE.into_string(),
        head.into_string()
    )
}

fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// All that comes behind them.
pub(super) fn body(outcome: &RunOutcome, facts: &RunFacts) -> String {
    let body = html! {
        a.skip href="#cases" { "To the cases" }
        header.top {
            p.brand { "Sammati" }
            p.run-of { "run on " strong { (visible_line(&facts.target)) } }
            div.tools {
                button #theme type="button" { "Theme: auto" }
                button #print type="button" { "Print" }
            }
        }
        main {
            div #overview {
                h1 { (summary::heading(outcome)) }
                (run_facts(outcome, facts))
                (totals(outcome))
                noscript {
                    p.notice { "The cases are drawn by this page's own script, and scripts are off. It loads nothing from elsewhere." }
                }
                div #drawings {}
            }
            section #cases aria-labelledby="cases-heading" tabindex="-1" {}
            article #case tabindex="-1" hidden {}
            section #printed aria-hidden="true" {}
        }
        footer {
            p {
                kbd { "/" } " searches, " kbd { "j" } " and " kbd { "k" } " go to the next and the previous case, "
                kbd { "Esc" } " goes back to the list."
            }
            p { "Written by sammati " (env!("CARGO_PKG_VERSION")) ". Secrets are hidden." }
        }
        p #said.unseen role="status" {}
        script { (PreEscaped(SCRIPT)) }
    };
    format!("{}\n</body></html>\n", body.into_string())
}

fn run_facts(outcome: &RunOutcome, facts: &RunFacts) -> Markup {
    let started = facts.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! {
        dl.facts {
            div { dt { "Took" } dd { (duration::display(outcome.duration)) } }
            div { dt { "Started" } dd { time datetime=(facts.started) { (started) } } }
            div { dt { "Target" } dd { (visible_line(&facts.target)) } }
            div {
                dt { "Seed" }
                dd {
                    @match facts.seed {
                        Some(seed) => (seed),
                        None => "one for each shard",
                    }
                }
            }
            @if let Some((index, count)) = facts.shard {
                div { dt { "Shard" } dd { (index) " of " (count) } }
            }
            @if let Some(cut) = summary::cut(outcome) {
                div.bad { dt { "Ended" } dd { "before its end: " (cut) } }
            }
        }
    }
}

fn totals(outcome: &RunOutcome) -> Markup {
    let flaky = outcome.cases.iter().filter(|case| case.is_flaky()).count();
    let counts = [
        ("passed", outcome.count(|status| *status == Status::Passed)),
        ("failed", outcome.count(|status| *status == Status::Failed)),
        (
            "errored",
            outcome.count(|status| *status == Status::Errored),
        ),
        ("flaky", flaky),
        (
            "skipped",
            outcome.count(|status| matches!(status, Status::Skipped(_))),
        ),
        (
            "not run",
            outcome.count(|status| matches!(status, Status::NotRun(_))),
        ),
    ];
    let requests: usize = outcome.cases.iter().map(|case| case.counts.requests).sum();
    let snapshots: usize = outcome.cases.iter().map(|case| case.counts.snapshots).sum();
    html! {
        ul.totals {
            @for (word, count) in counts {
                @if count > 0 {
                    li class=(word.replace(' ', "_")) { strong { (count) } " " (word) }
                }
            }
            li.plain { strong { (requests) } " " (if requests == 1 { "request" } else { "requests" }) }
            @if snapshots > 0 {
                li.plain { strong { (snapshots) } " " (if snapshots == 1 { "snapshot" } else { "snapshots" }) }
            }
        }
    }
}

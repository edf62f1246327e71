//! The last line: how many ended how.

use std::time::Duration;

use super::style::{Palette, paint};
use super::text::{plural, visible_line};
use crate::model::duration;
use crate::model::outcome::{
    CaseOutcome, DiffLine, RunOutcome, SnapshotOutcome, Status, StepOutcome,
};

/// How many flaky steps of a case are named.
const MOST_FLAKY: usize = 5;

/// `12 scenarios: 10 passed (1 flaky), 1 failed, 1 skipped; 84 requests, 31 snapshots, in 1.2s`.
pub(super) fn line(outcome: &RunOutcome, palette: &Palette) -> String {
    let flaky = outcome.cases.iter().filter(|case| case.is_flaky()).count();
    let mut parts: Vec<String> = Vec::new();
    for (count, word, style) in [
        (
            outcome.count(|status| *status == Status::Passed),
            "passed",
            palette.good,
        ),
        (
            outcome.count(|status| *status == Status::Failed),
            "failed",
            palette.bad,
        ),
        (
            outcome.count(|status| *status == Status::Errored),
            "errored",
            palette.bad,
        ),
        (
            outcome.count(|status| matches!(status, Status::Skipped(_))),
            "skipped",
            palette.warn,
        ),
        (
            outcome.count(|status| matches!(status, Status::NotRun(_))),
            "not run",
            palette.warn,
        ),
    ] {
        if count > 0 {
            parts.push(paint(style, format!("{count} {word}")));
        }
        if word == "passed" && flaky > 0 {
            let part = paint(palette.warn, format!("({flaky} flaky)"));
            parts.last_mut().into_iter().for_each(|passed| {
                passed.push(' ');
                passed.push_str(&part);
            });
        }
    }
    if parts.is_empty() {
        parts.push("nothing to run".into());
    }
    // Those of attempts that failed were sent too.
    let requests: usize = outcome
        .cases
        .iter()
        .flat_map(|case| case.earlier.iter().chain([case]))
        .map(|case| case.counts.requests)
        .sum();
    let snapshots: usize = outcome.cases.iter().map(|case| case.counts.snapshots).sum();
    let mut done = plural(requests, "request");
    if snapshots > 0 {
        done.push_str(&format!(", {}", plural(snapshots, "snapshot")));
    }
    let cut = cut(outcome).map_or(String::new(), |cut| format!("{cut}; "));
    format!(
        "{}: {cut}{}; {done}, in {}",
        paint(palette.strong, subject(outcome)),
        parts.join(", "),
        duration::display(outcome.duration)
    )
}

/// Why a run did not come to its end, if it did not.
pub(super) fn cut(outcome: &RunOutcome) -> Option<&'static str> {
    if outcome.interrupted {
        Some("interrupted")
    } else {
        outcome.is_stopped().then_some("stopped (--fail-fast)")
    }
}

/// A run that ends sooner has no case that is worth a look for its time.
const LONG: Duration = Duration::from_secs(5);
/// How many slow cases are named.
const MOST_SLOW: usize = 3;
/// How many flaky cases are named.
const MOST_FLAKY_CASES: usize = 10;

/// The cases that took longest, where a run took long and had others: `slowest: 3.2s a.yaml, 2.1s b.yaml [x]`.
pub(super) fn slowest(outcome: &RunOutcome) -> Option<String> {
    let mut cases: Vec<&CaseOutcome> = outcome.cases.iter().map(AsRef::as_ref).collect();
    if outcome.duration < LONG || cases.len() <= MOST_SLOW {
        return None;
    }
    cases.sort_by_key(|case| std::cmp::Reverse(case.duration));
    let named = cases.iter().take(MOST_SLOW);
    let named = named.map(|case| format!("{} {}", duration::display(case.duration), which(case)));
    Some(format!("slowest: {}", named.collect::<Vec<_>>().join(", ")))
}

/// The flaky cases by name, so that nobody must look for them among the others.
pub(super) fn flaky_cases(outcome: &RunOutcome) -> Option<String> {
    let flaky: Vec<&CaseOutcome> = outcome
        .cases
        .iter()
        .map(AsRef::as_ref)
        .filter(|case| case.is_flaky())
        .collect();
    let mut named: Vec<String> = flaky
        .iter()
        .take(MOST_FLAKY_CASES)
        .map(|case| which(case))
        .collect();
    if flaky.len() > named.len() {
        named.push(format!("{} more", flaky.len() - named.len()));
    }
    (!named.is_empty()).then(|| named.join(", "))
}

fn which(case: &CaseOutcome) -> String {
    let about = &case.about;
    let mut which = visible_line(&about.path);
    if let Some(case) = &about.case {
        which.push_str(&format!(" [{}]", visible_line(case)));
    }
    which
}

/// Why a case is flaky: `attempt 2`, or the steps that were retried.
pub(super) fn flaky(case: &CaseOutcome) -> String {
    let mut reasons = Vec::new();
    if !case.earlier.is_empty() {
        reasons.push(format!("attempt {}", case.earlier.len() + 1));
    }
    if !case.flaky.is_empty() {
        reasons.push(flaky_steps(case));
    }
    reasons.join(", ")
}

/// The steps that passed only after a retry, with their tries: `login (try 3), pay (try 2)`.
fn flaky_steps(case: &CaseOutcome) -> String {
    let mut shown: Vec<String> = case
        .flaky
        .iter()
        .take(MOST_FLAKY)
        .map(|step| format!("{} (try {})", step.label, step.tries))
        .collect();
    if case.flaky.len() > MOST_FLAKY {
        shown.push(format!("{} more", case.flaky.len() - MOST_FLAKY));
    }
    shown.join(", ")
}

/// What was counted: `12 scenarios`, or `40 cases of 12 scenarios`.
fn subject(outcome: &RunOutcome) -> String {
    let mut paths: Vec<&str> = outcome
        .cases
        .iter()
        .map(|case| case.about.path.as_str())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let named = outcome.cases.iter().any(|case| case.about.case.is_some());
    cases_of(outcome.cases.len(), paths.len(), named)
}

/// `12 scenarios`, or `40 cases of 12 scenarios` where some scenario says that it has cases.
pub(super) fn cases_of(cases: usize, scenarios: usize, named: bool) -> String {
    let scenarios = plural(scenarios, "scenario");
    if named {
        format!("{} of {scenarios}", plural(cases, "case"))
    } else {
        scenarios
    }
}

/// The first thing that went wrong, in a line.
pub(super) fn message(outcome: &CaseOutcome) -> String {
    if let Status::NotRun(reason) = &outcome.status {
        return format!("not run: {}", visible_line(reason));
    }
    let in_steps = outcome.failed.iter().find_map(|step| {
        let failure = step.failures.first()?;
        Some((Some(step.label.as_str()), failure))
    });
    let outside = outcome.failures.first().map(|failure| (None, failure));
    let Some((step, failure)) = outside.or(in_steps) else {
        return "failed".into();
    };
    let mut message = step.map(|step| format!("{step}: ")).unwrap_or_default();
    message.push_str(&failure.message);
    if let Some(expected) = &failure.expected {
        message.push_str(&format!(", expected {expected}"));
    }
    if let Some(actual) = &failure.actual {
        message.push_str(&format!(", got {actual}"));
    }
    visible_line(&message)
}

/// The lines that differ from the step's snapshot, so many of them, each with its sign.
pub(super) fn changed(step: &StepOutcome, most: usize) -> Vec<String> {
    let Some(SnapshotOutcome::Different { diff, .. }) = &step.snapshot else {
        return Vec::new();
    };
    let signed = |sign: &str, line: &str| format!("{sign} {}", visible_line(line.trim()));
    let mut lines: Vec<String> = diff
        .iter()
        .filter_map(|line| match line {
            DiffLine::Removed(line) => Some(signed("-", line)),
            DiffLine::Added(line) => Some(signed("+", line)),
            DiffLine::Same(_) | DiffLine::Folded(_) => None,
        })
        .collect();
    if lines.len() > most {
        let more = lines.split_off(most).len();
        lines.push(format!("… {}", plural(more, "more line")));
    }
    lines
}

/// How many snapshots wait for a review.
pub(super) fn pending(outcome: &RunOutcome) -> usize {
    outcome
        .cases
        .iter()
        .flat_map(|case| &case.failed)
        .filter(|step| {
            matches!(
                step.snapshot,
                Some(
                    SnapshotOutcome::New {
                        pending: Some(_),
                        ..
                    } | SnapshotOutcome::Different {
                        pending: Some(_),
                        ..
                    }
                )
            )
        })
        .count()
}

/// What came of the run, as a heading: `2 of 12 cases failed`.
pub(super) fn heading(outcome: &RunOutcome) -> String {
    let all = outcome.cases.len();
    let bad = outcome
        .count(|status| matches!(status, Status::Failed | Status::Errored | Status::NotRun(_)));
    let passed = outcome.count(|status| *status == Status::Passed);
    match (all, bad, passed) {
        (0, _, _) => "No case was run".into(),
        (all, 0, 0) => format!("{} skipped, nothing ran", plural(all, "case")),
        (_, 0, 1) => "1 case passed".into(),
        (all, 0, passed) if passed == all => format!("All {passed} cases passed"),
        (_, 0, passed) => format!("All {passed} cases that ran passed"),
        (1, _, _) => "1 case did not pass".into(),
        (all, bad, _) => format!("{bad} of {all} cases did not pass"),
    }
}

//! A failure in full: where it comes from, what was expected, what came, and how to see it again.

use std::fmt::Write as _;
use std::path::Path;

use super::excerpt::Excerpt;
use super::exchange;
use super::facts::RunFacts;
use super::style::{Palette, paint};
use super::text::{plural, shell_word, shown_path, visible, visible_line};
use crate::model::outcome::{
    CaseOutcome, DiffLine, Failure, FailureKind, SnapshotOutcome, Status, StepOutcome,
};

/// What a failure is shown with.
pub(super) struct Context<'a> {
    pub(super) palette: Palette,
    pub(super) facts: &'a RunFacts,
    /// How many lines of a failing step's answer are shown.
    pub(super) answer_lines: usize,
    /// How many columns a terminal has.
    pub(super) columns: Option<usize>,
}

/// How a note begins that has the answer in it already.
const ANSWER_NOTE: &str = "the answer says: ";
/// A diff's lines beyond these are counted where a pending file has them all.
const MOST_DIFF_LINES: usize = 120;
/// The same for a snapshot that is new, of which all lines are.
const MOST_NEW_LINES: usize = 24;
/// Without a pending file this is the only place to see what changed.
const MOST_DIFF_LINES_WITHOUT_FILE: usize = 1000;
/// The same for what is new.
const MOST_NEW_LINES_WITHOUT_FILE: usize = 60;

/// All that went wrong in a case.
pub(super) fn case(outcome: &CaseOutcome, context: &Context<'_>) -> String {
    let mut text = String::new();
    let palette = &context.palette;
    let _ = writeln!(
        text,
        "{}  {}",
        paint(palette.bad, status_word(&outcome.status)),
        title(outcome, palette)
    );
    for failure in &outcome.failures {
        text.push('\n');
        let word = kind_word(failure.kind);
        let place = failure
            .span
            .map(|span| format!(" ({})", visible_line(&context.facts.sources.place(span))))
            .unwrap_or_default();
        // All else that goes wrong outside of steps is an error.
        let which = if outcome.status == Status::Failed {
            "flaky"
        } else {
            "outside its steps"
        };
        let _ = writeln!(text, "  {}: {which}{place}", paint(palette.bad, word));
        failures_at_one_place(&mut text, &[failure], context);
    }
    for step in &outcome.failed {
        if matches!(step.status, Status::Failed | Status::Errored) {
            text.push('\n');
            step_lines(&mut text, step, context);
        }
    }
    text.push('\n');
    if !outcome.not_run.is_empty() {
        let labels: Vec<String> = outcome
            .not_run
            .iter()
            .map(|label| visible_line(label))
            .collect();
        let _ = writeln!(
            text,
            "  {} {}",
            paint(palette.dim, "not run:"),
            labels.join(", ")
        );
    }
    let _ = writeln!(
        text,
        "  {}   {}",
        paint(palette.dim, "rerun:"),
        paint(palette.accent, context.facts.rerun(&outcome.about))
    );
    text
}

/// `Consent to data (scenarios/consent_to_data.yaml)`, the case in brackets if there are several.
pub(super) fn title(outcome: &CaseOutcome, palette: &Palette) -> String {
    let about = &outcome.about;
    let name = visible_line(&about.title());
    format!(
        "{} {}",
        paint(palette.strong, name),
        paint(palette.dim, format!("({})", visible_line(&about.path)))
    )
}

/// The word for how a case or step ended.
pub(super) fn status_word(status: &Status) -> &'static str {
    match status {
        Status::Passed => "ok",
        Status::Failed => "FAILED",
        Status::Errored => "ERROR",
        Status::Skipped(_) => "skipped",
        Status::NotRun(_) => "not run",
    }
}

fn kind_word(kind: FailureKind) -> &'static str {
    if kind.is_failed() {
        "failed"
    } else {
        "errored"
    }
}

fn step_lines(text: &mut String, step: &StepOutcome, context: &Context<'_>) {
    let palette = &context.palette;
    let word = if step.status == Status::Failed {
        "failed"
    } else {
        "errored"
    };
    let mut header = format!(
        "  {}: step `{}` {}",
        paint(palette.bad, word),
        paint(palette.strong, visible_line(&step.label)),
        paint(
            palette.accent,
            format!(
                "({})",
                visible_line(&context.facts.sources.place(step.span))
            )
        )
    );
    // A step without an id is called by what it does, which need not be said twice.
    let summary = step
        .summary
        .strip_prefix(&step.label)
        .unwrap_or(&step.summary)
        .trim_start();
    if !summary.is_empty() {
        let _ = write!(header, ", {}", visible_line(summary));
    }
    let _ = writeln!(text, "{header}");
    let told: Vec<&Failure> = step
        .failures
        .iter()
        .filter(|failure| {
            // The diff below says it better.
            failure.kind != FailureKind::Snapshot || !step.snapshot.as_ref().is_some_and(has_diff)
        })
        .collect();
    // The line is not shown twice where two things are wrong with the same value.
    for failures in told.chunk_by(|left, right| left.span.is_some() && left.span == right.span) {
        text.push('\n');
        let elsewhere = failures[0].span.filter(|span| span.file != step.span.file);
        if let Some(span) = elsewhere {
            let place = visible_line(&context.facts.sources.place(span));
            let _ = writeln!(text, "    {}", paint(palette.accent, format!("at {place}")));
        }
        failures_at_one_place(text, failures, context);
    }
    for picture in step.pages.iter().filter_map(|page| page.picture.as_ref()) {
        let shown = shown_path(picture, &context.facts.working_folder);
        let _ = writeln!(
            text,
            "\n    {} {}",
            paint(palette.dim, "the page:"),
            paint(palette.accent, visible_line(&shown))
        );
    }
    if let Some(snapshot) = &step.snapshot {
        snapshot_lines(text, snapshot, context);
    }
    let is_told = |note: &String| note.starts_with(ANSWER_NOTE) && !note.contains('…');
    let answered_wrongly = step
        .failures
        .iter()
        .any(|failure| matches!(failure.kind, FailureKind::Mismatch | FailureKind::Timeout));
    if let Some(last) = step.exchanges.last()
        && answered_wrongly
        && !told.iter().any(|failure| failure.notes.iter().any(is_told))
        && context.answer_lines > 0
    {
        let answer = exchange::answer(last, "      ", context.answer_lines);
        if !answer.is_empty() {
            let what = if last.response.is_notification() {
                "the notification was"
            } else {
                "the answer was"
            };
            let _ = writeln!(text, "\n    {}", paint(palette.dim, what));
            text.push_str(&answer);
        }
    }
}

fn failures_at_one_place(text: &mut String, failures: &[&Failure], context: &Context<'_>) {
    let palette = &context.palette;
    let excerpt = failures
        .first()
        .and_then(|failure| failure.span)
        .map(|span| Excerpt::of(&context.facts.sources, span, context.columns));
    let said: Vec<String> = failures
        .iter()
        .flat_map(|failure| said(failure, excerpt.as_ref()))
        .collect();
    let gutter = excerpt.as_ref().map_or(4, Excerpt::gutter);
    match &excerpt {
        Some(excerpt) => excerpt.write(text, &said, palette),
        None => {
            for line in &said {
                let _ = writeln!(text, "    {}", paint(palette.bad, line));
            }
        }
    }
    for note in failures.iter().flat_map(|failure| &failure.notes) {
        let mut sign = paint(palette.dim, "=");
        for line in note.lines() {
            let _ = writeln!(text, "{:gutter$} {sign} {}", "", visible(line));
            sign = " ".into();
        }
    }
}

/// What a failure has to say, a line each, expected and actual under each other. The message is
/// left out where the line of the file says the same.
fn said(failure: &Failure, excerpt: Option<&Excerpt>) -> Vec<String> {
    let mut said = Vec::new();
    match (&failure.expected, &failure.actual) {
        (Some(expected), Some(actual)) => {
            said.push(format!("expected {}", visible_line(expected)));
            said.push(format!("got      {}", visible_line(actual)));
        }
        (Some(expected), None) => said.push(format!("expected {}", visible_line(expected))),
        (None, Some(actual)) => said.push(format!("got {}", visible_line(actual))),
        (None, None) => {}
    }
    let is_obvious = !said.is_empty()
        && excerpt.is_some_and(|excerpt| excerpt.text.contains(failure.message.as_str()));
    if !is_obvious {
        said.splice(0..0, failure.message.lines().map(visible_line));
    }
    said
}

fn has_diff(snapshot: &SnapshotOutcome) -> bool {
    matches!(
        snapshot,
        SnapshotOutcome::New { .. } | SnapshotOutcome::Different { .. }
    )
}

fn snapshot_lines(text: &mut String, snapshot: &SnapshotOutcome, context: &Context<'_>) {
    let palette = &context.palette;
    let (path, pending, diff, what, most, most_without_file) = match snapshot {
        SnapshotOutcome::Same | SnapshotOutcome::Updated(_) => return,
        SnapshotOutcome::New {
            path,
            pending,
            diff,
        } => (
            path,
            pending,
            diff,
            "there is no snapshot yet",
            MOST_NEW_LINES,
            MOST_NEW_LINES_WITHOUT_FILE,
        ),
        SnapshotOutcome::Different {
            path,
            pending,
            diff,
        } => (
            path,
            pending,
            diff,
            "the response differs from its snapshot",
            MOST_DIFF_LINES,
            MOST_DIFF_LINES_WITHOUT_FILE,
        ),
    };
    let shown = |path: &Path| visible_line(&shown_path(path, &context.facts.working_folder));
    let _ = writeln!(
        text,
        "\n    {} {}",
        paint(palette.bad, format!("{what}:")),
        shown(path)
    );
    let most = if pending.is_some() {
        most
    } else {
        most_without_file
    };
    for line in diff.iter().take(most) {
        let _ = writeln!(text, "    {}", diff_line(line, palette).trim_end());
    }
    if diff.len() > most {
        let _ = writeln!(
            text,
            "      {}",
            paint(
                palette.dim,
                format!("… {}", plural(diff.len() - most, "more line"))
            )
        );
    }
    if let Some(pending) = pending {
        let _ = writeln!(
            text,
            "    {} {}",
            paint(palette.dim, "pending:"),
            shown(pending)
        );
        // Files elsewhere are decided on together.
        if context.facts.pending_folder.is_none() {
            let _ = writeln!(
                text,
                "    {}  {}",
                paint(palette.dim, "accept:"),
                paint(
                    palette.accent,
                    format!("sammati accept {}", shell_word(&shown(pending)))
                )
            );
        }
    }
}

/// A line of a diff with its sign.
pub(super) fn diff_line(line: &DiffLine, palette: &Palette) -> String {
    match line {
        DiffLine::Same(line) => format!("  {}", paint(palette.dim, visible_line(line.trim_end()))),
        DiffLine::Removed(line) => paint(
            palette.removed,
            format!("- {}", visible_line(line.trim_end_matches(['\r', '\n']))),
        ),
        DiffLine::Added(line) => paint(
            palette.good,
            format!("+ {}", visible_line(line.trim_end_matches(['\r', '\n']))),
        ),
        DiffLine::Folded(lines) => {
            format!(
                "  {}",
                paint(palette.dim, format!("… {}", plural(*lines, "equal line")))
            )
        }
    }
}

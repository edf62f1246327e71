//! A failure in full: where it comes from, what was expected, what came, and how to see it again.

use std::fmt::Write as _;
use std::path::Path;

use super::exchange;
use super::style::{Palette, paint};
use super::text::{plural, shell_word, shown_path, visible, visible_columns, visible_line};
use crate::model::outcome::{
    CaseOutcome, DiffLine, Failure, FailureKind, SnapshotOutcome, Status, StepOutcome,
};
use crate::model::source::{Sources, Span};

/// What a failure is shown with.
pub(super) struct Context<'a> {
    pub(super) palette: Palette,
    pub(super) sources: &'a Sources,
    /// Where paths are seen from.
    pub(super) working_folder: &'a Path,
    /// What follows the path in the command that runs the case again.
    pub(super) rerun_options: &'a str,
    /// How many lines of a failing step's answer are shown.
    pub(super) answer_lines: usize,
}

/// A longer line is cut around the place that it is shown for.
const LONGEST_LINE: usize = 120;
/// Text beside the marks is put under them where it would reach beyond this column.
const WIDTH: usize = 100;
/// A diff's lines beyond these are counted where a pending file has them all.
const MOST_DIFF_LINES: usize = 120;
/// The same for a snapshot that is new, of which all lines are.
const MOST_NEW_LINES: usize = 24;
/// Without a pending file this is the only place to see them.
const MOST_LINES_WITHOUT_FILE: usize = 1000;

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
            .map(|span| format!(" ({})", visible_line(&context.sources.place(span))))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}: outside its steps{place}",
            paint(palette.bad, word)
        );
        failure_lines(&mut text, failure, None, context);
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
        paint(palette.accent, rerun(outcome, context))
    );
    text
}

/// `Consent to data (scenarios/consent_to_data.yaml)`, the case in brackets if there are several.
pub(super) fn title(outcome: &CaseOutcome, palette: &Palette) -> String {
    let about = &outcome.about;
    let mut name = visible_line(&about.scenario);
    if let Some(case) = &about.case {
        let _ = write!(name, " [{}]", visible_line(case));
    }
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

/// The command that runs just this case again. Secrets are never in it.
fn rerun(outcome: &CaseOutcome, context: &Context<'_>) -> String {
    let about = &outcome.about;
    let mut command = format!("sammati run {}", shell_word(&visible_line(&about.path)));
    if let Some(case) = &about.case {
        let _ = write!(command, " --filter {}", shell_word(&visible_line(case)));
    }
    command.push_str(context.rerun_options);
    command
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
            format!("({})", visible_line(&context.sources.place(step.span)))
        )
    );
    if !step.summary.is_empty() {
        let _ = write!(header, ", {}", visible_line(&step.summary));
    }
    let _ = writeln!(text, "{header}");
    let mut before = None;
    for failure in &step.failures {
        if failure.kind == FailureKind::Snapshot && step.snapshot.as_ref().is_some_and(has_diff) {
            continue;
        }
        // The line is not shown twice where two things are wrong with the same value.
        if failure.span.is_none() || failure.span != before {
            text.push('\n');
        }
        failure_lines(text, failure, before, context);
        before = failure.span;
    }
    if let Some(snapshot) = &step.snapshot {
        snapshot_lines(text, snapshot, context);
    }
    let answered_wrongly = step
        .failures
        .iter()
        .any(|failure| matches!(failure.kind, FailureKind::Mismatch | FailureKind::Timeout));
    if let Some(last) = step.exchanges.last()
        && answered_wrongly
        && context.answer_lines > 0
    {
        let answer = exchange::answer(last, "      ", context.answer_lines);
        if !answer.is_empty() {
            let _ = writeln!(text, "\n    {}", paint(palette.dim, "the answer was"));
            text.push_str(&answer);
        }
    }
}

fn failure_lines(
    text: &mut String,
    failure: &Failure,
    before: Option<Span>,
    context: &Context<'_>,
) {
    let palette = &context.palette;
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
    let excerpt = failure.span.map(|span| Excerpt::of(context.sources, span));
    let obvious = excerpt
        .as_ref()
        .is_some_and(|excerpt| !said.is_empty() && excerpt.text.contains(failure.message.as_str()));
    if !obvious {
        let lines: Vec<String> = failure.message.lines().map(visible_line).collect();
        said.splice(0..0, lines);
    }
    let gutter = excerpt.as_ref().map_or(4, |excerpt| excerpt.gutter());
    let bar = paint(palette.dim, '|');
    if let Some(excerpt) = &excerpt {
        let marks = "^".repeat(excerpt.length);
        let room = " ".repeat(excerpt.column);
        let widest = said
            .iter()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        let mut lines = said.iter();
        if failure.span != before {
            let _ = writeln!(
                text,
                "{} {bar} {}",
                paint(palette.dim, format!("{:>gutter$}", excerpt.line)),
                excerpt.text
            );
        }
        if gutter + 3 + excerpt.column + excerpt.length + 1 + widest <= WIDTH {
            let room_for_marks = " ".repeat(excerpt.length);
            if failure.span == before {
                for line in lines {
                    let _ = writeln!(
                        text,
                        "{:gutter$} {bar} {room}{room_for_marks} {}",
                        "",
                        paint(palette.bad, line)
                    );
                }
            } else {
                let first = lines.next().map_or("", String::as_str);
                let marked = format!("{marks} {first}");
                let _ = writeln!(
                    text,
                    "{:gutter$} {bar} {room}{}",
                    "",
                    paint(palette.bad, marked.trim_end())
                );
                for line in lines {
                    let _ = writeln!(
                        text,
                        "{:gutter$} {bar} {room}{room_for_marks} {}",
                        "",
                        paint(palette.bad, line)
                    );
                }
            }
        } else {
            if failure.span != before {
                let _ = writeln!(
                    text,
                    "{:gutter$} {bar} {room}{}",
                    "",
                    paint(palette.bad, marks)
                );
            }
            for line in lines {
                let _ = writeln!(text, "{:gutter$} {bar} {}", "", paint(palette.bad, line));
            }
        }
    } else {
        for line in said {
            let _ = writeln!(text, "    {}", paint(palette.bad, line));
        }
    }
    for note in &failure.notes {
        let mut lines = note.lines();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:gutter$} {} {}",
            "",
            paint(palette.dim, "="),
            visible(first)
        );
        for line in lines {
            let _ = writeln!(text, "{:gutter$}   {}", "", visible(line));
        }
    }
}

fn has_diff(snapshot: &SnapshotOutcome) -> bool {
    matches!(
        snapshot,
        SnapshotOutcome::New { .. } | SnapshotOutcome::Different { .. }
    )
}

fn snapshot_lines(text: &mut String, snapshot: &SnapshotOutcome, context: &Context<'_>) {
    let palette = &context.palette;
    let (path, pending, diff, what, most) = match snapshot {
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
        ),
    };
    let shown = |path: &Path| visible_line(&shown_path(path, context.working_folder));
    let _ = writeln!(
        text,
        "\n    {} {}",
        paint(palette.bad, format!("{what}:")),
        shown(path)
    );
    let most = if pending.is_some() {
        most
    } else {
        MOST_LINES_WITHOUT_FILE
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

/// A line of a diff with its sign.
pub(super) fn diff_line(line: &DiffLine, palette: &Palette) -> String {
    match line {
        DiffLine::Same(line) => format!("  {}", paint(palette.dim, visible_line(line.trim_end()))),
        DiffLine::Removed(line) => paint(
            palette.bad,
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

/// The source line of a place, and which of its columns the place covers.
struct Excerpt {
    line: usize,
    text: String,
    column: usize,
    length: usize,
}

impl Excerpt {
    fn of(sources: &Sources, span: Span) -> Excerpt {
        let position = sources.position(span);
        let source = &sources.get(span.file).text;
        let line = source
            .split('\n')
            .nth(position.line - 1)
            .unwrap_or_default()
            .trim_end_matches('\r');
        let mut characters: Vec<char> = visible_columns(line).chars().collect();
        let mut column = (position.column - 1).min(characters.len());
        let covered = source
            .get(span.start as usize..span.end as usize)
            .and_then(|part| part.lines().next())
            .map_or(1, |part| part.trim_end().chars().count());
        let mut length = covered.min(characters.len() - column).max(1);
        if characters.len() > LONGEST_LINE {
            let from = column.saturating_sub(LONGEST_LINE / 3);
            let to = (from + LONGEST_LINE).min(characters.len());
            let (head, tail) = (from > 0, to < characters.len());
            characters = characters[from..to].to_vec();
            column -= from;
            length = length.min(characters.len() - column).max(1);
            if head {
                characters[0] = '…';
            }
            if tail {
                characters.push('…');
            }
        }
        Excerpt {
            line: position.line,
            text: characters
                .into_iter()
                .collect::<String>()
                .trim_end()
                .to_owned(),
            column,
            length,
        }
    }

    fn gutter(&self) -> usize {
        self.line.to_string().len().max(2) + 4
    }
}

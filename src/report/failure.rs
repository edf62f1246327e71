//! A failure in full: where it comes from, what was expected, what came, and how to see it again.

use std::fmt::Write as _;
use std::path::Path;

use super::exchange;
use super::facts::RunFacts;
use super::style::{Palette, paint};
use super::text::{plural, shell_word, shown_path, visible, visible_columns, visible_line};
use super::width;
use crate::model::outcome::{
    CaseOutcome, DiffLine, Failure, FailureKind, SnapshotOutcome, Status, StepOutcome,
};
use crate::model::source::{Sources, Span};

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
/// A longer line is cut around the place that it is shown for.
const LONGEST_LINE: usize = 120;
/// So much of it is shown in the narrowest window.
const SHORTEST_LINE: usize = 20;
/// Text beside the marks is put under them where it would reach beyond this column.
const WIDTH: usize = 100;
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
        let _ = writeln!(
            text,
            "  {}: outside its steps{place}",
            paint(palette.bad, word)
        );
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

/// The source line of a place, and which of a terminal's columns the place covers.
struct Excerpt {
    line: usize,
    text: String,
    column: usize,
    length: usize,
    /// Up to where text may stand beside the marks.
    width: usize,
}

impl Excerpt {
    fn of(sources: &Sources, span: Span, columns: Option<usize>) -> Excerpt {
        let position = sources.position(span);
        let source = &sources.get(span.file).text;
        let line = sources.line(span.file, position.line);
        let mut characters: Vec<char> = visible_columns(line).chars().collect();
        let mut start = (position.column - 1).min(characters.len());
        let covered = source
            .get(span.start as usize..span.end as usize)
            .and_then(|part| part.lines().next())
            .map_or(1, |part| part.trim_end().chars().count());
        let room = columns.map_or(LONGEST_LINE, |columns| {
            let before = gutter_of(position.line) + " | …".chars().count();
            LONGEST_LINE.min(columns.saturating_sub(before).max(SHORTEST_LINE))
        });
        if taken(&characters) > room {
            let (from, to) = around(&characters, start, room);
            let (head, tail) = (from > 0, to < characters.len());
            characters = characters[from..to].to_vec();
            start -= from;
            if head {
                characters[0] = '…';
            }
            if tail {
                characters.push('…');
            }
        }
        let end = (start + covered).min(characters.len()).max(start);
        let (column, length) = (taken(&characters[..start]), taken(&characters[start..end]));
        let length = length.max(1);
        Excerpt {
            line: position.line,
            text: characters
                .into_iter()
                .collect::<String>()
                .trim_end()
                .to_owned(),
            column,
            length,
            width: WIDTH.min(columns.unwrap_or(WIDTH)),
        }
    }

    /// The line, the marks under it, and what is said beside the marks, or under them where that is too wide.
    fn write(&self, text: &mut String, said: &[String], palette: &Palette) {
        let gutter = self.gutter();
        let bar = paint(palette.dim, '|');
        let number = paint(palette.dim, format!("{:>gutter$}", self.line));
        let _ = writeln!(text, "{number} {bar} {}", self.text);
        let (room, marks) = (" ".repeat(self.column), "^".repeat(self.length));
        let widest = said
            .iter()
            .map(|line| width::columns(line))
            .max()
            .unwrap_or(0);
        let is_wide = gutter + 4 + self.column + self.length + widest > self.width;
        let (beside, under) = said.split_at(if is_wide { 0 } else { said.len().min(1) });
        let first = format!("{marks} {}", beside.concat());
        let first = paint(palette.bad, first.trim_end());
        let _ = writeln!(text, "{:gutter$} {bar} {room}{first}", "");
        let indent = if is_wide {
            0
        } else {
            self.column + self.length + 1
        };
        for line in under {
            let line = paint(palette.bad, line);
            let _ = writeln!(text, "{:gutter$} {bar} {:indent$}{line}", "", "");
        }
    }

    fn gutter(&self) -> usize {
        gutter_of(self.line)
    }
}

fn gutter_of(line: usize) -> usize {
    line.to_string().len().max(2) + 4
}

/// How many columns characters take.
fn taken(characters: &[char]) -> usize {
    characters.iter().copied().map(width::of).sum()
}

/// The part of a line around a character that fits into so many columns: a third of them before it.
fn around(characters: &[char], start: usize, room: usize) -> (usize, usize) {
    let (mut from, mut before) = (start, 0);
    while from > 0 && before + width::of(characters[from - 1]) <= room / 3 {
        from -= 1;
        before += width::of(characters[from]);
    }
    let (mut to, mut after) = (from, 0);
    while to < characters.len() && after + width::of(characters[to]) <= room {
        after += width::of(characters[to]);
        to += 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str, wrong: &str, columns: Option<usize>) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", line);
        let start = line.find(wrong).unwrap();
        let place = |at: usize| u32::try_from(at).unwrap();
        let span = Span {
            file,
            start: place(start),
            end: place(start + wrong.len()),
        };
        let mut text = String::new();
        let said = ["expected x".to_owned(), "got      y".to_owned()];
        let palette = Palette::new(crate::model::diagnostic::Color::Plain);
        Excerpt::of(&sources, span, columns).write(&mut text, &said, &palette);
        text.lines().map(str::to_owned).collect()
    }

    /// The columns that a part of a line takes in a terminal.
    fn place(line: &str, part: &str) -> (usize, usize) {
        let at = line
            .find(part)
            .unwrap_or_else(|| panic!("no {part} in {line}"));
        (width::columns(&line[..at]), width::columns(part))
    }

    #[test]
    fn marks_stand_under_what_they_mean_whatever_is_before_it() {
        let before = "\u{905}\u{928}\u{941}\u{92e}\u{924}\u{93f} \u{540c}\u{610f} ".repeat(20);
        for (line, wrong) in [
            ("a: \u{540c}\u{610f}, b: no".to_owned(), "no"),
            ("a: b, c: \u{540c}\u{610f}".to_owned(), "\u{540c}\u{610f}"),
            (format!("a: {before}, b: wrong, c: {before}"), "wrong"),
        ] {
            for columns in [None, Some(40), Some(60), Some(80), Some(200)] {
                let drawn = drawn(&line, wrong, columns);
                let marks = "^".repeat(width::columns(wrong));
                assert_eq!(
                    place(&drawn[0], wrong),
                    place(&drawn[1], &marks),
                    "{drawn:#?}"
                );
                for row in &drawn {
                    assert!(
                        width::columns(row) <= columns.unwrap_or(140),
                        "{columns:?}: {row}"
                    );
                }
            }
        }
    }
}

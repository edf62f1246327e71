//! Diagnostics as text: for people, for programs, and as annotations of GitHub Actions.

use std::fmt::Write as _;

use serde_json::json;

use super::text::{plural, visible};
use super::width::wrapped;
use crate::model::diagnostic::{Color, Diagnostic, Severity};
use crate::model::source::{Sources, Span};

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Like a compiler's, with the source line, and a last line that counts them.
    Human,
    /// One JSON array.
    Json,
    /// Workflow commands, which GitHub Actions shows at the line they speak of.
    Github,
}

/// All diagnostics as one text, in the order in which they are given. `columns` is how many a terminal has.
pub fn diagnostics(
    found: &[Diagnostic],
    sources: &Sources,
    format: Format,
    color: Color,
    columns: Option<usize>,
) -> String {
    match format {
        Format::Human => human(found, sources, color, columns),
        Format::Json => json(found, sources),
        Format::Github => github(found, sources),
    }
}

fn human(found: &[Diagnostic], sources: &Sources, color: Color, columns: Option<usize>) -> String {
    let mut text = String::new();
    for diagnostic in found {
        let shown = match columns {
            None => diagnostic.render(sources, color),
            Some(columns) => {
                within(diagnostic, sources, columns).render_within(sources, color, columns)
            }
        };
        let _ = writeln!(text, "{shown}");
    }
    if !found.is_empty() {
        text.push_str(&totals(found));
        text.push('\n');
    }
    text
}

/// With its hint in rows that fit below each other.
fn within(diagnostic: &Diagnostic, sources: &Sources, columns: usize) -> Diagnostic {
    let line = sources.position(diagnostic.span).line;
    let before = line.to_string().len() + " = help: ".len();
    let room = columns.saturating_sub(before).max(NARROWEST_HINT);
    let hint = diagnostic.hint.as_ref();
    Diagnostic {
        hint: hint.map(|hint| wrapped(hint, room).join("\n")),
        ..diagnostic.clone()
    }
}

/// A hint takes so many columns in the narrowest window.
const NARROWEST_HINT: usize = 20;

/// `3 errors and 1 warning in 2 files`.
fn totals(found: &[Diagnostic]) -> String {
    let errors = found
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .count();
    let warnings = found.len() - errors;
    let mut files: Vec<_> = found
        .iter()
        .map(|diagnostic| diagnostic.span.file)
        .collect();
    files.sort_unstable();
    files.dedup();
    let counts = match (errors, warnings) {
        (_, 0) => plural(errors, "error"),
        (0, _) => plural(warnings, "warning"),
        _ => format!(
            "{} and {}",
            plural(errors, "error"),
            plural(warnings, "warning")
        ),
    };
    format!("{counts} in {}", plural(files.len(), "file"))
}

fn json(found: &[Diagnostic], sources: &Sources) -> String {
    let list: Vec<_> = found
        .iter()
        .map(|diagnostic| {
            let (start, end) = (
                sources.position(diagnostic.span),
                sources.position(end(diagnostic.span)),
            );
            json!({
                "path": sources.get(diagnostic.span.file).path,
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
                "severity": word(diagnostic.severity),
                "message": diagnostic.message,
                "hint": diagnostic.hint,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list).expect("JSON of texts and numbers");
    text.push('\n');
    text
}

fn github(found: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in found {
        let (start, end) = (
            sources.position(diagnostic.span),
            sources.position(end(diagnostic.span)),
        );
        let mut message = diagnostic.message.clone();
        if let Some(hint) = &diagnostic.hint {
            let _ = write!(message, "\nhelp: {hint}");
        }
        // GitHub wants columns only where both are on one line.
        let columns = if start.line == end.line {
            format!(",col={},endColumn={}", start.column, end.column)
        } else {
            format!(",endLine={}", end.line)
        };
        let _ = writeln!(
            text,
            "::{word} file={path},line={line}{columns}::{message}",
            word = word(diagnostic.severity),
            path = property(&sources.get(diagnostic.span.file).path),
            line = start.line,
            message = command_data(&message),
        );
    }
    text
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The place just behind.
fn end(span: Span) -> Span {
    Span {
        start: span.end.max(span.start),
        ..span
    }
}

/// A workflow command is one line, in which `%` begins an escape.
pub(super) fn command_data(text: &str) -> String {
    visible(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

pub(super) fn property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Sources, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("scenarios/a.yaml", "name: A\nsteps:\n  - gett: /x\n");
        let span = Span {
            file,
            start: 19,
            end: 23,
        };
        let found = vec![
            Diagnostic::error(span, "unknown key `gett`, 100% wrong").hint("did you mean `get`?"),
            Diagnostic::warning(
                Span {
                    file,
                    start: 0,
                    end: 12,
                },
                "odd",
            ),
        ];
        (sources, found)
    }

    #[test]
    fn for_people() {
        let (sources, found) = sample();
        insta::assert_snapshot!(diagnostics(
            &found,
            &sources,
            Format::Human,
            Color::Plain,
            None
        ));
        assert_eq!(
            diagnostics(&[], &sources, Format::Human, Color::Plain, None),
            ""
        );
    }

    #[test]
    fn in_a_narrow_window_lines_are_cut_and_hints_wrapped() {
        let mut sources = Sources::default();
        let line = format!("- {}get: wrong{}\n", "a, ".repeat(60), ", b".repeat(60));
        let file = sources.add("a.yaml", line.as_str());
        let start = u32::try_from(line.find("wrong").unwrap()).unwrap();
        let span = Span {
            file,
            start,
            end: start + 5,
        };
        let hint = "known here: `one`, `two`, `three`, `four`, `five`, `six`";
        let found = [Diagnostic::error(span, "odd").hint(hint)];
        for columns in [34, 60, 80, 120] {
            let text = diagnostics(&found, &sources, Format::Human, Color::Plain, Some(columns));
            assert!(text.contains("wrong"), "{text}");
            for row in text.lines() {
                assert!(
                    super::super::width::columns(row) <= columns,
                    "{columns}: {row}"
                );
            }
            let (marks, words): (Vec<_>, Vec<_>) = (
                text.lines().filter_map(|row| row.find("^^^^^")).collect(),
                text.lines().filter_map(|row| row.find("wrong")).collect(),
            );
            assert_eq!(marks, words, "{text}");
        }
    }

    #[test]
    fn for_programs() {
        let (sources, found) = sample();
        insta::assert_snapshot!(diagnostics(
            &found,
            &sources,
            Format::Json,
            Color::Plain,
            None
        ));
        assert_eq!(
            diagnostics(&[], &sources, Format::Json, Color::Plain, None),
            "[]\n"
        );
    }

    #[test]
    fn for_github() {
        let (sources, found) = sample();
        insta::assert_snapshot!(diagnostics(&found, &sources, Format::Github, Color::Plain, None), @r"
        ::error file=scenarios/a.yaml,line=3,col=5,endColumn=9::unknown key `gett`, 100%25 wrong%0Ahelp: did you mean `get`?
        ::warning file=scenarios/a.yaml,line=1,endLine=2::odd
        ");
    }
}

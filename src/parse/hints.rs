//! What people get wrong in YAML itself, in words that say what to write.

use crate::model::diagnostic::Diagnostic;
use crate::model::source::{FileId, Span};

/// What `serde_yaml` says of a text that is no YAML, at its place, with a hint where the cause is known.
pub(super) fn explain(error: &serde_yaml::Error, text: &str, file: FileId) -> Diagnostic {
    let at = error.location().map_or(0, |location| {
        byte_of(text, location.line(), location.column())
    });
    if let Some((range, template)) = unquoted_template(text, at) {
        return Diagnostic::error(
            Span {
                file,
                start: range.0,
                end: range.1,
            },
            "a template must be in quotes, because `{` begins a map in YAML",
        )
        .hint(format!("write \"{}\"", template.replace('"', "'")));
    }
    if let Some((start, end, path)) = unquoted_path(text, at) {
        return Diagnostic::error(
            Span { file, start, end },
            "a path with brackets must be in quotes inside `{ }`",
        )
        .hint(format!("write \"{path}\""));
    }
    let message = plain_words(&error.to_string());
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        file,
        start: at,
        end: at + 1,
    };
    Diagnostic::error(span, message).maybe_hint(cause(text, at as usize))
}

/// A key that is a map or a list: nearly always a template that is not in quotes.
pub(super) fn key_is_no_text(text: &str, span: Span) -> Diagnostic {
    let start = span.start as usize;
    let before = text[..start].trim_end();
    if before.ends_with('{') {
        let open = before.len() - 1;
        let end = text[open..]
            .find("}}")
            .map_or(span.end as usize, |close| open + close + 2);
        let template = text[open..end].replace('"', "'");
        let span = Span {
            file: span.file,
            start: u32::try_from(open).unwrap_or(span.start),
            end: u32::try_from(end).unwrap_or(span.end),
        };
        return Diagnostic::error(
            span,
            "a template must be in quotes, because `{` begins a map in YAML",
        )
        .hint(format!("write \"{template}\""));
    }
    Diagnostic::error(span, "a key must be text").hint("put the key in quotes")
}

/// The byte of a line and column, both counted from one.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let rest = &text[start.min(text.len())..];
    let offset = rest
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(rest.len(), |(offset, _)| offset);
    start + offset
}

/// The lines on which the cause of a mistake at that byte may stand: its own and the two before.
fn nearby_lines(text: &str, at: usize) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > at {
            break;
        }
        lines.push((start, line));
        start += line.len();
    }
    lines.reverse();
    lines.truncate(3);
    lines
}

/// A `{{ … }}` that begins a value without a quote before it.
fn unquoted_template(text: &str, at: usize) -> Option<((u32, u32), String)> {
    for (start, line) in nearby_lines(text, at) {
        for (open, _) in line.match_indices("{{") {
            let before = line[..open].trim_end();
            let begins_value = before.is_empty() || before.ends_with([':', '-', ',', '[', '{']);
            if !begins_value || is_comment(line, open) {
                continue;
            }
            let rest = line[open..].trim_end();
            let value = rest.split(" #").next().unwrap_or(rest).trim_end();
            let value = value
                .split_inclusive("}}")
                .take_while(|_| true)
                .collect::<String>();
            let end = open + value.len();
            let range = (
                u32::try_from(start + open).ok()?,
                u32::try_from(start + end).ok()?,
            );
            return Some((range, value));
        }
    }
    None
}

/// A JSONPath with brackets that stands unquoted in a `{ … }`.
fn unquoted_path(text: &str, at: usize) -> Option<(u32, u32, String)> {
    for (start, line) in nearby_lines(text, at) {
        for (open, _) in line.match_indices('$') {
            let before = line[..open].trim_end();
            let in_flow = before.matches(['{', '[']).count() > before.matches(['}', ']']).count();
            if !in_flow || !before.ends_with(['{', ',', '[', ':']) {
                continue;
            }
            let path: String = {
                let rest = &line[open..];
                let end = rest
                    .find(": ")
                    .or_else(|| rest.find(['}', ',']))
                    .unwrap_or(rest.trim_end().len());
                rest[..end].trim_end().to_owned()
            };
            if path.contains(['[', '*']) {
                let from = start + open;
                return Some((
                    u32::try_from(from).ok()?,
                    u32::try_from(from + path.len()).ok()?,
                    path,
                ));
            }
        }
    }
    None
}

fn is_comment(line: &str, at: usize) -> bool {
    line[..at].trim_start().starts_with('#') || line[..at].contains(" #")
}

/// The parser's message without its own place, which the diagnostic has already.
fn plain_words(message: &str) -> String {
    if message.contains("recursion limit") {
        return "this is nested too deeply".into();
    }
    if message.contains("repetition limit") {
        return "its aliases stand for far more than is written: this is too large".into();
    }
    if message.contains("more than one document") {
        return "a second document begins in this file".into();
    }
    let message = match message.find(" at line ") {
        Some(end) => &message[..end],
        None => message,
    };
    format!("this is not YAML: {message}")
}

fn cause(text: &str, at: usize) -> Option<String> {
    let at = at.min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    if line.starts_with('\t') || line.trim_start_matches(' ').starts_with('\t') {
        return Some("indent with spaces: YAML allows no tabs here".into());
    }
    if line.matches(": ").count() > 1 && !line.contains('{') {
        return Some("put a value that has `: ` in it in quotes".into());
    }
    let trimmed = line.trim_start().trim_start_matches("- ");
    let value = trimmed.split_once(": ").map_or(trimmed, |(_, value)| value);
    if value.starts_with(['@', '`', '%', '*', '&', '!']) {
        let first = &value[..1];
        return Some(format!("put a value that begins with `{first}` in quotes"));
    }
    if line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1 {
        return Some("is a quote missing?".into());
    }
    None
}

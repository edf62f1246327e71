//! What people get wrong in YAML itself, in words that say what to write.

use crate::model::diagnostic::Diagnostic;
use crate::model::source::{FileId, Span};

/// What `serde_yaml` says of a text that is no YAML, at its place, with a hint where the cause is known.
pub(super) fn explain(error: &serde_yaml::Error, text: &str, file: FileId) -> Vec<Diagnostic> {
    let message = error.to_string();
    let Some(location) = error.location() else {
        let span = Span {
            file,
            start: 0,
            end: 0,
        };
        return vec![Diagnostic::error(span, plain_words(&message))];
    };
    let at = byte_of(text, location.line(), location.column());
    let span = |start: usize, end: usize| Span {
        file,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    };
    if unquoted_template(&nearby_lines(text, at)).is_some() {
        // Where one is not quoted the others are told too: YAML would end at each of them in turn.
        let all: Vec<(usize, &str)> = lines(text).collect();
        return all
            .iter()
            .filter_map(|line| unquoted_template(std::slice::from_ref(line)))
            .map(|(start, template)| {
                template_diagnostic(span(start, start + template.len()), template)
            })
            .collect();
    }
    if let Some((start, path)) = unquoted_path(&nearby_lines(text, at)) {
        let message = "a path with brackets must be in quotes inside `{ }`";
        let hint = format!("write \"{path}\"");
        return vec![Diagnostic::error(span(start, start + path.len()), message).hint(hint)];
    }
    if let Some((line, column)) = open_quote(&message) {
        let at = byte_of(text, line, column);
        return vec![
            Diagnostic::error(span(at, at + 1), "this quote is never closed")
                .hint("write the same quote at the end of the text"),
        ];
    }
    let hint = cause(text, at).or_else(|| indentation(text, at, &message));
    vec![Diagnostic::error(span(at, at + 1), plain_words(&message)).maybe_hint(hint)]
}

/// What is wrong with where a line begins, or with what is open before it.
fn indentation(text: &str, at: usize, message: &str) -> Option<String> {
    if let Some((_, wanted)) = message.split_once("did not find expected ',' or ") {
        let bracket = wanted.chars().nth(1)?;
        return Some(format!("is a `,` missing, or a `{bracket}` before it?"));
    }
    let at = at.min(text.len());
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or("");
    if line.trim().is_empty() {
        let is_open = message.contains("node content") && text.contains(['[', '{']);
        return is_open.then(|| "a `[` or a `{` is never closed".into());
    }
    let depth = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let above = text[..start]
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))?;
    let key = line.trim_start().split(':').next().unwrap_or("").trim();
    if depth(line) > depth(above) && !above.trim_end().ends_with(':') {
        return Some(format!(
            "`{key}` is indented further than the line above it, which is complete: begin both at the same column"
        ));
    }
    let begins_at_its_column = |earlier: &str| depth(earlier) == depth(line);
    if depth(line) < depth(above) && !text[..start].lines().any(begins_at_its_column) {
        return Some(format!(
            "no line above begins where `{key}` does: begin it below the key that it stands beside"
        ));
    }
    None
}

fn template_diagnostic(span: Span, template: &str) -> Diagnostic {
    Diagnostic::error(
        span,
        "a template must be in quotes, because `{` begins a map in YAML",
    )
    .hint(format!("write \"{}\"", template.replace('"', "'")))
}

/// Where the quote stands that the parser was still looking for the end of.
fn open_quote(message: &str) -> Option<(usize, usize)> {
    let place = message
        .split_once("while scanning a quoted scalar at line ")?
        .1;
    let (line, rest) = place.split_once(" column ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, digits.parse().ok()?))
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
        let span = Span {
            file: span.file,
            start: u32::try_from(open).unwrap_or(span.start),
            end: u32::try_from(end).unwrap_or(span.end),
        };
        return template_diagnostic(span, &text[open..end]);
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

/// All lines, each with the byte at which it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        start += line.len();
        (start - line.len(), line)
    })
}

/// The lines on which the cause of a mistake at that byte may stand: its own and the two before.
fn nearby_lines(text: &str, at: usize) -> Vec<(usize, &str)> {
    let mut near: Vec<_> = lines(text).take_while(|(start, _)| *start <= at).collect();
    near.reverse();
    near.truncate(3);
    near
}

/// A `{{ … }}` that begins a value without a quote before it, and where.
fn unquoted_template<'t>(lines: &[(usize, &'t str)]) -> Option<(usize, &'t str)> {
    lines.iter().find_map(|(start, line)| {
        line.match_indices("{{").find_map(|(open, _)| {
            let before = line[..open].trim_end();
            let begins_value = before.is_empty() || before.ends_with([':', '-', ',', '[', '{']);
            if !begins_value || is_comment(line, open) {
                return None;
            }
            let rest = line[open..].trim_end();
            Some((
                start + open,
                rest.split(" #").next().unwrap_or(rest).trim_end(),
            ))
        })
    })
}

/// A JSONPath with brackets that stands unquoted in a `{ … }`, and where.
fn unquoted_path<'t>(lines: &[(usize, &'t str)]) -> Option<(usize, &'t str)> {
    lines.iter().find_map(|(start, line)| {
        line.match_indices('$').find_map(|(open, _)| {
            let before = line[..open].trim_end();
            let in_flow = before.matches(['{', '[']).count() > before.matches(['}', ']']).count();
            if !in_flow || !before.ends_with(['{', ',', '[', ':']) {
                return None;
            }
            let rest = &line[open..];
            let end = rest
                .find(": ")
                .or_else(|| rest.find(['}', ',']))
                .unwrap_or(rest.trim_end().len());
            let path = rest[..end].trim_end();
            path.contains(['[', '*']).then_some((start + open, path))
        })
    })
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
    if message.contains("unknown anchor") {
        return "there is no anchor of that name".into();
    }
    if message.contains("as u128") || message.contains("as i128") {
        return "this integer has more than 64 bits".into();
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
    if text[at..].starts_with('*') {
        return Some("name a value with `&name` before it is used as `*name`".into());
    }
    if text[at..].starts_with(|first: char| first.is_ascii_digit()) {
        return Some("put it in quotes: as text it has no limit".into());
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

//! Files of rows, each of which is a case: CSV, JSON and YAML.

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;

use super::cases::NAME;
use super::fields::Reader;
use super::{csv, yaml};
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{NodeKind, Text};
use crate::model::scenario::{Cell, Row};
use crate::model::source::{FileId, Span};

/// After so many mistakes a file is read no further.
pub(super) const MOST_MISTAKES: usize = 50;
/// What is said of a file with nothing in it.
pub(super) const NO_ROWS: (&str, &str) = (
    "there are no rows in this file",
    "with no case, nothing would run",
);

/// How a file of rows is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFormat {
    /// Comma-separated values, the first row with the names.
    Csv,
    /// A list of objects.
    Json,
    /// A list of maps.
    Yaml,
}

impl RowFormat {
    /// The format of a file by its path's ending.
    pub fn of(path: &str) -> Option<RowFormat> {
        let (_, ending) = path.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(RowFormat::Csv),
            "json" => Some(RowFormat::Json),
            "yaml" | "yml" => Some(RowFormat::Yaml),
            _ => None,
        }
    }
}

/// Reads the rows; all that is wrong with them, up to a number of mistakes.
pub(super) fn read(
    text: &str,
    file: FileId,
    format: RowFormat,
) -> Result<Vec<Row>, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let rows = match format {
        RowFormat::Csv => csv::read(&mut reader, text, file),
        RowFormat::Json => read_json(&mut reader, text, file),
        RowFormat::Yaml => read_yaml(&mut reader, text, file)?,
    };
    reader.finish(Some(rows))
}

fn read_yaml(reader: &mut Reader, text: &str, file: FileId) -> Result<Vec<Row>, Vec<Diagnostic>> {
    let node = yaml::read(text, file)?;
    let items = match &node.kind {
        NodeKind::List(items) if !items.is_empty() => items.as_slice(),
        NodeKind::List(_) | NodeKind::Null => {
            reader.error(node.span.part(0..0), NO_ROWS.0, NO_ROWS.1);
            &[]
        }
        _ => {
            let hint = "write `- ` before each row";
            reader.expected(&node, "a list of rows", hint);
            &[]
        }
    };
    let mut rows = Vec::new();
    for item in items {
        if reader.mistakes() >= MOST_MISTAKES {
            break;
        }
        if let Some(fields) = reader.any_fields(item, "a row") {
            let mut row = Row {
                span: item.span,
                name: None,
                values: Vec::new(),
            };
            for entry in fields.entries {
                let value = entry.value.to_json();
                add(reader, &mut row, &entry.key, entry.value.span, value);
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Adds a value that has a type, or takes it as the case's name.
fn add(reader: &mut Reader, row: &mut Row, key: &Text, span: Span, value: Value) {
    if key.value == NAME {
        let name = match &value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => {
                reader.error(span, "a case's name is text", "write text");
                return;
            }
        };
        row.name = Some(Text {
            value: name,
            span,
            verbatim_at: None,
        });
        return;
    }
    reader.variable_name(key);
    row.values.push((key.clone(), Cell::Data(span, value)));
}

fn read_json(reader: &mut Reader, text: &str, file: FileId) -> Vec<Row> {
    let (text, skipped) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, '\u{feff}'.len_utf8()),
        None => (text, 0),
    };
    let place = |start: usize, end: usize| Span {
        file,
        start: offset(start + skipped),
        end: offset(end + skipped),
    };
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let at = byte_of(text, error.line(), error.column());
        let what = error.to_string();
        // The place stands before the message already.
        let what = what
            .rfind(" at line ")
            .map_or(what.as_str(), |end| &what[..end]);
        reader.mistake(Diagnostic::error(
            place(at, at),
            format!("this is no JSON: {what}"),
        ));
        return Vec::new();
    }
    let Some(start) = text.find(|character: char| !character.is_ascii_whitespace()) else {
        return Vec::new();
    };
    if !text[start..].starts_with('[') {
        reader.error(
            place(start, start + 1),
            "the rows must be a list",
            "write `[{ … }, { … }]`",
        );
        return Vec::new();
    }
    let mut rows = Vec::new();
    let mut at = start + 1;
    while let Some(next) = next_item(text, at)
        && reader.mistakes() < MOST_MISTAKES
    {
        let mut stream = serde_json::Deserializer::from_str(&text[next..]).into_iter::<Value>();
        let Some(Ok(value)) = stream.next() else {
            break;
        };
        at = next + stream.byte_offset();
        let span = place(next, at);
        match (value, members(&text[next..at])) {
            (Value::Object(_), Some(members)) => rows.push(json_row(reader, span, members)),
            (value, _) => {
                let what = kind(&value);
                reader.error(
                    span,
                    format!("a row is an object, not {what}"),
                    "write `{ \"name\": value }`",
                );
            }
        }
    }
    if rows.is_empty() && reader.mistakes() == 0 {
        reader.error(place(start, at), NO_ROWS.0, NO_ROWS.1);
    }
    rows
}

/// Where the next item of a list begins, after white space and the comma.
fn next_item(text: &str, from: usize) -> Option<usize> {
    let rest = &text[from..];
    let next = rest.find(|character: char| !character.is_ascii_whitespace() && character != ',')?;
    (!rest[next..].starts_with(']')).then_some(from + next)
}

fn json_row(reader: &mut Reader, span: Span, members: Vec<(String, Value)>) -> Row {
    let mut row = Row {
        span,
        name: None,
        values: Vec::new(),
    };
    let mut seen = HashSet::new();
    for (name, value) in members {
        if !seen.insert(name.clone()) {
            let message = format!("`{name}` is in this row twice");
            reader.error(span, message, "leave one of them out");
            continue;
        }
        let key = Text {
            value: name,
            span,
            verbatim_at: None,
        };
        add(reader, &mut row, &key, span, value);
    }
    row
}

/// The members of an object in the order in which they are written, repeated ones too.
fn members(text: &str) -> Option<Vec<(String, Value)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text)
        .deserialize_map(Members)
        .ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The byte at a line and a column, both counted from one, the column in bytes.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// A place in a file, of which at most 8 MiB are read.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

//! Rows of comma-separated values, as RFC 4180 has them; the first row has the names.
//!
//! `csv-core` reads anything as something, so what it was given is looked at once more: a quote
//! that is not closed would otherwise swallow the rest of the file.

use csv_core::ReadFieldResult;
use std::collections::HashSet;

use super::cases::NAME;
use super::fields::Reader;
use super::rows::{MOST_MISTAKES, NO_ROWS, offset};
use crate::model::node::Text;
use crate::model::scenario::{Cell, Row};
use crate::model::source::{FileId, Span};

/// One value with its place.
struct Field {
    value: String,
    span: Span,
    fault: Option<Fault>,
}

/// What is wrong with the quotes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NotClosed,
    TextBehind,
    Inside,
}

/// Reads the rows.
pub(super) fn read(reader: &mut Reader, text: &str, file: FileId) -> Vec<Row> {
    let mut records = Records::new(text, file);
    let Some(names) = records.next() else {
        let span = records.span(0, 0);
        reader.error(
            span,
            "this file is empty",
            "its first line must have the names of the variables",
        );
        return Vec::new();
    };
    if !header(reader, &names) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for record in records {
        if reader.mistakes() >= MOST_MISTAKES {
            break;
        }
        rows.extend(row(reader, &names, record));
    }
    if rows.is_empty() && reader.mistakes() == 0 {
        let span = names.first().map_or(
            Span {
                file,
                start: 0,
                end: 0,
            },
            |name| name.span,
        );
        reader.error(span, NO_ROWS.0, NO_ROWS.1);
    }
    rows
}

/// Whether the names are names, each there once.
fn header(reader: &mut Reader, names: &[Field]) -> bool {
    let before = reader.mistakes();
    let mut seen = HashSet::new();
    for name in names {
        if reader.mistakes() >= MOST_MISTAKES {
            break;
        }
        if note_fault(reader, name) {
            continue;
        }
        if name.value.is_empty() {
            let hint = "write the variable's name, or leave the column out";
            reader.error(name.span, "this column has no name", hint);
        } else if !seen.insert(name.value.as_str()) {
            let message = format!("another column is called `{}` already", name.value);
            reader.error(name.span, message, "give this one a name of its own");
        } else if names.len() == 1 && name.value.contains([';', '\t']) {
            reader.error(
                name.span,
                "the columns are not separated by commas",
                "write `,` between the values: `months,unit`",
            );
        } else if name.value.trim() != name.value {
            let message = format!("the name `{}` begins or ends with a space", name.value);
            reader.error(name.span, message, "write no spaces around the commas");
        } else if name.value != NAME {
            reader.variable_name(&text(name));
        }
    }
    reader.mistakes() == before
}

fn row(reader: &mut Reader, names: &[Field], record: Vec<Field>) -> Option<Row> {
    let span = match (record.first(), record.last()) {
        (Some(first), Some(last)) => Span {
            end: last.span.end,
            ..first.span
        },
        _ => return None,
    };
    let mut is_sound = true;
    for field in &record {
        is_sound &= !note_fault(reader, field);
    }
    if !is_sound {
        return None;
    }
    if record.len() != names.len() {
        let values = match record.len() {
            1 => "1 value".to_owned(),
            count => format!("{count} values"),
        };
        let message = format!(
            "this row has {values}, the first line has {} names",
            names.len()
        );
        let hint = if record.len() > names.len() {
            "a value with a comma in it stands in quotes: `\"a,b\"`"
        } else {
            "give it one for each name; a value may be empty, its comma stays"
        };
        reader.error(span, message, hint);
        return None;
    }
    let mut row = Row {
        span,
        name: None,
        values: Vec::new(),
    };
    for (name, field) in names.iter().zip(&record) {
        if name.value != NAME {
            row.values.push((text(name), Cell::Untyped(text(field))));
        } else if !field.value.is_empty() {
            row.name = Some(text(field));
        }
    }
    Some(row)
}

fn text(field: &Field) -> Text {
    Text {
        value: field.value.clone(),
        span: field.span,
        verbatim_at: None,
    }
}

fn note_fault(reader: &mut Reader, field: &Field) -> bool {
    let (message, hint) = match field.fault {
        None => return false,
        Some(Fault::NotClosed) => (
            "this quote is not closed",
            "write `\"` behind the value; a quote in it is written twice",
        ),
        Some(Fault::TextBehind) => (
            "there is text behind the closing quote",
            "a quote in a quoted value is written twice",
        ),
        Some(Fault::Inside) => (
            "there is a quote in a value that is not quoted",
            "put the whole value in quotes, with no space before them, and write each quote in it twice",
        ),
    };
    reader.error(field.span, message, hint);
    true
}

/// The records of a text. Lines with nothing in them are none.
struct Records<'t> {
    text: &'t str,
    file: FileId,
    reader: csv_core::Reader,
    /// How far the text is read.
    at: usize,
    /// What a field is written to: as long as the text, so that any fits.
    output: Vec<u8>,
}

impl<'t> Records<'t> {
    fn new(text: &'t str, file: FileId) -> Self {
        Records {
            text,
            file,
            reader: csv_core::Reader::new(),
            at: 0,
            output: vec![0; text.len() + 1],
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: offset(start),
            end: offset(end),
        }
    }

    /// The next value, and whether it ends its record. Before the first of a record may stand lines that are none.
    fn field(&mut self, is_first: bool) -> Option<(Field, bool)> {
        let mut start = self.at;
        let mut written = 0;
        loop {
            let input = &self.text.as_bytes()[self.at..];
            let (result, read, more) = self.reader.read_field(input, &mut self.output[written..]);
            self.at += read;
            written += more;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull | ReadFieldResult::End => return None,
                ReadFieldResult::Field { record_end } => {
                    let value = String::from_utf8_lossy(&self.output[..written]).into_owned();
                    if is_first {
                        let rest = &self.text[start..self.at];
                        start = self.at - rest.trim_start_matches(['\u{feff}', '\r', '\n']).len();
                    }
                    return Some((self.located(start, value, record_end), record_end));
                }
            }
        }
    }

    fn located(&self, start: usize, value: String, ends_record: bool) -> Field {
        let raw = &self.text[start..self.at];
        let raw = if ends_record {
            raw.trim_end_matches(['\r', '\n'])
        } else {
            raw.strip_suffix(',').unwrap_or(raw)
        };
        Field {
            value,
            span: self.span(start, start + raw.len()),
            fault: fault(raw),
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<Field>;

    fn next(&mut self) -> Option<Vec<Field>> {
        let mut record = Vec::new();
        while let Some((field, is_last)) = self.field(record.is_empty()) {
            record.push(field);
            if is_last {
                break;
            }
        }
        (!record.is_empty()).then_some(record)
    }
}

/// What is wrong with the quotes of a value as it is written.
fn fault(raw: &str) -> Option<Fault> {
    let Some(inner) = raw.strip_prefix('"') else {
        return raw.contains('"').then_some(Fault::Inside);
    };
    // Two quotes stand for one, so that what is left has only the closing one.
    let rest = inner.replace("\"\"", "");
    match rest.find('"') {
        Some(at) if at + 1 == rest.len() => None,
        Some(_) => Some(Fault::TextBehind),
        None => Some(Fault::NotClosed),
    }
}

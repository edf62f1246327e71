//! A YAML text as a located [`Node`]: `serde_yaml` reads the values, `places` says where they stand.

use serde_yaml::Value;

use super::hints;
use super::places::{self, Place, PlaceKind, Places};
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::source::{FileId, Span};

/// Reads one document; all that is wrong with it as YAML.
pub(super) fn read(text: &str, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let span = |start: u32, end: u32| Span { file, start, end };
    let too_deep = |start: u32| {
        Diagnostic::error(span(start, start + 1), "this is nested too deeply")
            .hint("no scenario needs more than a hundred levels")
    };
    if let Some(start) = places::far_too_deep(text) {
        return Err(vec![too_deep(start)]);
    }
    let (value, places) = read_twice(text);
    let mut diagnostics: Vec<Diagnostic> = places
        .duplicates
        .iter()
        .map(|(start, end, key)| {
            Diagnostic::error(span(*start, *end), format!("`{key}` is here twice"))
                .hint("keep one of the two")
        })
        .collect();
    if let Some((start, end)) = places.second_document {
        diagnostics.push(
            Diagnostic::error(span(start, end), "a second document begins here")
                .hint("one document a file: put each scenario in a file of its own"),
        );
        return Err(diagnostics);
    }
    if let Some(start) = places.too_deep {
        diagnostics.push(too_deep(start));
        return Err(diagnostics);
    }
    let value = match value {
        Ok(value) => value,
        // The index names the second of two equal keys; serde_yaml only their map.
        Err(_) if !diagnostics.is_empty() => return Err(diagnostics),
        Err(error) => return Err(hints::explain(&error, text, file)),
    };
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut zipper = Zipper {
        text,
        file,
        diagnostics,
    };
    let whole = span(0, end);
    let root = zipper.node(value, places.root.as_deref(), whole);
    if zipper.diagnostics.is_empty() {
        Ok(root)
    } else {
        Err(zipper.diagnostics)
    }
}

/// Shorter texts are read faster than a thread starts.
const WORTH_A_THREAD: usize = 256 * 1024;

/// The values and their places; of a long text both at once.
fn read_twice(text: &str) -> (Result<Value, serde_yaml::Error>, Places) {
    if text.len() < WORTH_A_THREAD {
        return (serde_yaml::from_str(text), places::read(text));
    }
    std::thread::scope(|scope| {
        let places = scope.spawn(|| places::read(text));
        let value = serde_yaml::from_str(text);
        (value, places.join().expect("reading places does not panic"))
    })
}

struct Zipper<'t> {
    text: &'t str,
    file: FileId,
    diagnostics: Vec<Diagnostic>,
}

impl Zipper<'_> {
    fn node(&mut self, value: Value, place: Option<&Place>, parent: Span) -> Node {
        let span = place.map_or(parent, |place| self.span(place));
        let kind = match value {
            Value::Null => NodeKind::Null,
            Value::Bool(value) => NodeKind::Bool(value),
            Value::Number(number) => self.number(&number, span),
            Value::String(value) => NodeKind::Text(self.text(value, span)),
            Value::Sequence(values) => {
                let places = match place.map(|place| &place.kind) {
                    Some(PlaceKind::List(items)) if items.len() == values.len() => Some(items),
                    _ => None,
                };
                NodeKind::List(
                    values
                        .into_iter()
                        .enumerate()
                        .map(|(index, value)| {
                            let place = places.map(|items| &*items[index]);
                            self.node(value, place, span)
                        })
                        .collect(),
                )
            }
            Value::Mapping(mapping) => self.map(mapping, place, span),
            Value::Tagged(tagged) => {
                self.diagnostics.push(
                    Diagnostic::error(span, format!("the tag `{}` means nothing here", tagged.tag))
                        .hint("leave it out, or put the text in quotes if the `!` belongs to it"),
                );
                NodeKind::Null
            }
        };
        Node { span, kind }
    }

    fn map(&mut self, mapping: serde_yaml::Mapping, place: Option<&Place>, span: Span) -> NodeKind {
        let places = match place.map(|place| &place.kind) {
            Some(PlaceKind::Map(entries)) if entries.len() == mapping.len() => Some(entries),
            _ => None,
        };
        let mut entries = Vec::with_capacity(mapping.len());
        let mut merged = Vec::new();
        for (index, (key, value)) in mapping.into_iter().enumerate() {
            let (key_place, value_place) = match places {
                Some(places) => (Some(&*places[index].0), Some(&*places[index].1)),
                None => (None, None),
            };
            let key_span = key_place.map_or(span, |place| self.span(place));
            let is_plain = matches!(
                key_place.map(|place| &place.kind),
                Some(PlaceKind::Scalar { is_plain: true, .. })
            );
            let key = match self.key(key, key_place, key_span) {
                Some(key) => key,
                None => continue,
            };
            let value = self.node(value, value_place, key_span);
            if is_plain && key.value == "<<" {
                self.merge(value, &mut merged);
            } else {
                entries.push(Entry { key, value });
            }
        }
        for entry in merged {
            if !entries
                .iter()
                .any(|known: &Entry| known.key.value == entry.key.value)
            {
                entries.push(entry);
            }
        }
        NodeKind::Map(entries)
    }

    /// What `<<` stands for; the first of several maps wins, as YAML's merge keys have it.
    fn merge(&mut self, value: Node, merged: &mut Vec<Entry>) {
        match value.kind {
            NodeKind::Map(entries) => {
                for entry in entries {
                    if !merged
                        .iter()
                        .any(|known| known.key.value == entry.key.value)
                    {
                        merged.push(entry);
                    }
                }
            }
            NodeKind::List(items) => {
                for item in items {
                    self.merge(item, merged);
                }
            }
            _ => self.diagnostics.push(
                Diagnostic::error(
                    value.span,
                    format!("`<<` merges maps, not {}", value.describe()),
                )
                .hint("give it an alias of a map: `<<: *name`"),
            ),
        }
    }

    fn key(&mut self, key: Value, place: Option<&Place>, span: Span) -> Option<Text> {
        let written = match place.map(|place| &place.kind) {
            Some(PlaceKind::Scalar { text, .. }) => Some(text.clone()),
            _ => None,
        };
        let value = match key {
            Value::String(text) => text,
            Value::Mapping(_) | Value::Sequence(_) => {
                self.diagnostics
                    .push(hints::key_is_no_text(self.text, span));
                return None;
            }
            Value::Null => written.unwrap_or_else(|| "null".into()),
            Value::Bool(value) => written.unwrap_or_else(|| value.to_string()),
            Value::Number(value) => written.unwrap_or_else(|| value.to_string()),
            Value::Tagged(tagged) => {
                self.diagnostics.push(Diagnostic::error(
                    span,
                    format!("the tag `{}` means nothing here", tagged.tag),
                ));
                return None;
            }
        };
        Some(self.text(value, span))
    }

    fn number(&mut self, number: &serde_yaml::Number, span: Span) -> NodeKind {
        let json = if let Some(value) = number.as_i64() {
            Some(value.into())
        } else if let Some(value) = number.as_u64() {
            Some(value.into())
        } else {
            number.as_f64().and_then(serde_json::Number::from_f64)
        };
        match json {
            Some(number) => NodeKind::Number(number),
            None => {
                self.diagnostics.push(
                    Diagnostic::error(span, format!("`{number}` is no number that JSON has"))
                        .hint("put it in quotes if it is meant as text"),
                );
                NodeKind::Null
            }
        }
    }

    /// A text, and where it stands in the file just as it reads.
    fn text(&self, value: String, span: Span) -> Text {
        let written = &self.text[span.start as usize..span.end as usize];
        let offset = if written.starts_with(value.as_str()) {
            Some(0)
        } else if written.starts_with(['"', '\'']) && written[1..].starts_with(value.as_str()) {
            Some(1)
        } else if written.starts_with(['|', '>']) {
            // A block of one line stands there as it reads, save for its indentation and line end.
            let line = value.trim_end_matches('\n');
            (!line.is_empty() && !line.contains('\n'))
                .then(|| written.find(line))
                .flatten()
        } else {
            None
        };
        let verbatim_at = offset.map(|offset| span.start + u32::try_from(offset).unwrap_or(0));
        Text {
            value,
            span,
            verbatim_at,
        }
    }

    fn span(&self, place: &Place) -> Span {
        Span {
            file: self.file,
            start: place.start,
            end: place.end,
        }
    }
}

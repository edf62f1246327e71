//! Where everything in a YAML text stands: the same text read as events, for their places alone.
//!
//! `serde_yaml` is the judge of what the text says; its values carry no place. This index only
//! says where, so where the two disagree the value wins and the place is the parent's.

use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;
use std::sync::Arc;

/// Where a value stands.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: PlaceKind,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(super) enum PlaceKind {
    Scalar { text: String, is_plain: bool },
    List(Arc<Vec<Arc<Place>>>),
    Map(Arc<Vec<(Arc<Place>, Arc<Place>)>>),
}

/// All places of a text.
#[derive(Debug)]
pub(super) struct Places {
    /// The first document's value; none if it could not be read to its end.
    pub(super) root: Option<Arc<Place>>,
    /// Where a second document begins.
    pub(super) second_document: Option<(u32, u32)>,
    /// Where keys stand that their map has already, with the key.
    pub(super) duplicates: Vec<(u32, u32, String)>,
    /// Where the nesting goes deeper than is read.
    pub(super) too_deep: Option<u32>,
}

/// Deeper nesting is no scenario, and would only cost stack.
const DEEPEST: usize = 120;

/// Reads the places of a text. What cannot be read is left out: `serde_yaml` tells what is wrong.
pub(super) fn read(text: &str) -> Places {
    let mut builder = Builder::new(text);
    let mut too_deep = None;
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let start = builder.byte(span.start.index());
        let end = builder.byte(span.end.index());
        if !builder.note(event, start, end.max(start)) {
            break;
        }
        if builder.open.len() > DEEPEST {
            too_deep = Some(start);
            break;
        }
    }
    Places {
        too_deep,
        root: builder.root,
        second_document: builder.second_document,
        duplicates: builder.duplicates,
    }
}

/// So many brackets that are not closed stand in no scenario, not even in its texts; both YAML
/// readers take time quadratic in their number.
const MOST_OPEN_BRACKETS: usize = 1000;

/// Where a text goes so deep that it must not be given to a reader at all.
pub(super) fn far_too_deep(text: &str) -> Option<u32> {
    brackets_too_deep(text).or_else(|| {
        let at = text.find(&"- ".repeat(2 * DEEPEST))?;
        u32::try_from(at).ok()
    })
}

/// Where there are too many open brackets, whether in texts or not.
fn brackets_too_deep(text: &str) -> Option<u32> {
    let mut depth: usize = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_OPEN_BRACKETS {
            return u32::try_from(at).ok();
        }
    }
    None
}

enum Open {
    List {
        start: u32,
        anchor: usize,
        items: Vec<Arc<Place>>,
    },
    Map {
        start: u32,
        anchor: usize,
        entries: Vec<(Arc<Place>, Arc<Place>)>,
        key: Option<Arc<Place>>,
        seen: HashMap<(String, bool), ()>,
    },
}

struct Builder<'t> {
    text: &'t str,
    /// The byte of each character, where the two differ.
    bytes: Option<Vec<u32>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Arc<Place>>,
    documents: usize,
    root: Option<Arc<Place>>,
    second_document: Option<(u32, u32)>,
    duplicates: Vec<(u32, u32, String)>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let bytes = (!text.is_ascii()).then(|| {
            text.char_indices()
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        });
        Builder {
            text,
            bytes,
            open: Vec::new(),
            anchors: HashMap::new(),
            documents: 0,
            root: None,
            second_document: None,
            duplicates: Vec::new(),
        }
    }

    fn byte(&self, index: usize) -> u32 {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(end),
            None => u32::try_from(index).unwrap_or(u32::MAX).min(end),
        }
    }

    /// Takes an event; false ends the reading.
    fn note(&mut self, event: Event<'_>, start: u32, end: u32) -> bool {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.second_document = Some((start, end));
                    return false;
                }
            }
            Event::Alias(anchor) => {
                let kind = self.anchors.get(&anchor).map(|place| place.kind.clone());
                if let Some(kind) = kind {
                    self.add(Arc::new(Place { start, end, kind }), 0);
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                let kind = PlaceKind::Scalar {
                    text: text.into_owned(),
                    is_plain: style == ScalarStyle::Plain,
                };
                self.add(Arc::new(Place { start, end, kind }), anchor);
            }
            Event::SequenceStart(anchor, _) => self.open.push(Open::List {
                start,
                anchor,
                items: Vec::new(),
            }),
            Event::MappingStart(anchor, _) => self.open.push(Open::Map {
                start,
                anchor,
                entries: Vec::new(),
                key: None,
                seen: HashMap::new(),
            }),
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            _ => {}
        }
        true
    }

    fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let (start, anchor, kind, last) = match open {
            Open::List {
                start,
                anchor,
                items,
            } => {
                let last = items.last().map(|item| item.end);
                (start, anchor, PlaceKind::List(Arc::new(items)), last)
            }
            Open::Map {
                start,
                anchor,
                entries,
                ..
            } => {
                let last = entries.last().map(|(_, value)| value.end);
                (start, anchor, PlaceKind::Map(Arc::new(entries)), last)
            }
        };
        // A block ends where its last value does; the event comes only at the next token.
        let is_flow = matches!(self.text.as_bytes().get(start as usize), Some(b'{' | b'['));
        let end = if is_flow { end } else { last.unwrap_or(end) };
        self.add(
            Arc::new(Place {
                start,
                end: end.max(start),
                kind,
            }),
            anchor,
        );
    }

    fn add(&mut self, place: Arc<Place>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&place));
        }
        match self.open.last_mut() {
            None => self.root = Some(place),
            Some(Open::List { items, .. }) => items.push(place),
            Some(Open::Map {
                entries, key, seen, ..
            }) => match key.take() {
                Some(key) => entries.push((key, place)),
                None => {
                    if let PlaceKind::Scalar { text, is_plain } = &place.kind
                        && seen
                            .insert((text.clone(), *is_plain && !is_text(text)), ())
                            .is_some()
                    {
                        self.duplicates.push((place.start, place.end, text.clone()));
                    }
                    *key = Some(place);
                }
            },
        }
    }
}

/// Whether a plain scalar is text in YAML 1.2's core schema, so that quoting it changes nothing.
fn is_text(plain: &str) -> bool {
    !matches!(
        plain,
        "" | "~"
            | "null"
            | "Null"
            | "NULL"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
    ) && !plain.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
}

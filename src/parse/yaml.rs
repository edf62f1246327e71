//! A YAML text as a located [`Node`].
//!
//! One pass over the events of `saphyr-parser`, which say where everything stands. What they mean is
//! what `serde_yaml` reads: the tests hold the two against each other, and where a text is no YAML,
//! `serde_yaml` says what is wrong with it.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

use super::hints;
use super::scalar::{self, Scalar};
use super::yaml_map::OpenMap;
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::source::{FileId, Span};

/// Deeper nesting is no scenario, and would only cost stack.
const DEEPEST: usize = 120;

/// So many brackets that are not closed stand in no scenario, not even in its texts; YAML
/// readers take time quadratic in their number.
const MOST_OPEN_BRACKETS: usize = 1000;

/// So many values may aliases stand for, beside those that are written.
const MOST_REPEATED: usize = 100_000;

/// Reads one document; all that is wrong with it as YAML.
pub(super) fn read(text: &str, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder::new(text, file);
    if let Some(start) = far_too_deep(text) {
        return Err(vec![builder.too_deep(start)]);
    }
    for event in Parser::new_from_str(text) {
        match event {
            Err(error) => return Err(builder.no_yaml(&error)),
            Ok((event, span)) => {
                let start = builder.byte(span.start.index());
                let end = builder.byte(span.end.index()).max(start);
                if !builder.note(event, builder.span(start, end)) {
                    break;
                }
            }
        }
    }
    if !builder.diagnostics.is_empty() {
        return Err(builder.diagnostics);
    }
    let nothing = Node {
        span: builder.span(0, builder.length()),
        kind: NodeKind::Null,
    };
    Ok(builder.root.unwrap_or(nothing))
}

/// A scalar's text as long as it is: the parser's are made with room for a hundred characters more, and all are kept.
fn exact(written: Cow<'_, str>) -> String {
    let mut text = written.into_owned();
    text.shrink_to_fit();
    text
}

/// Where a text goes so deep that it must not be given to a reader at all.
fn far_too_deep(text: &str) -> Option<u32> {
    brackets_too_deep(text).or_else(|| {
        // The long text takes a while to get ready to be searched for, and hardly any file has the beginning of it.
        let first = text.find("- - - - - - - - ")?;
        let at = first + text[first..].find(&"- ".repeat(2 * DEEPEST))?;
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

/// A list or a map that is not at its end yet.
struct Open {
    start: Span,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map(OpenMap),
}

struct Builder<'t> {
    text: &'t str,
    file: FileId,
    /// The byte of each character, where the two differ.
    bytes: Option<Vec<u32>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    repeated: usize,
    documents: usize,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, file: FileId) -> Self {
        let bytes = (!text.is_ascii()).then(|| {
            text.char_indices()
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        });
        Builder {
            text,
            file,
            bytes,
            open: Vec::new(),
            anchors: HashMap::new(),
            repeated: 0,
            documents: 0,
            root: None,
            diagnostics: Vec::new(),
        }
    }

    fn length(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn byte(&self, character: usize) -> u32 {
        let byte = match &self.bytes {
            Some(bytes) => bytes.get(character).copied(),
            None => u32::try_from(character).ok(),
        };
        byte.map_or(self.length(), |byte| byte.min(self.length()))
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            file: self.file,
            start,
            end,
        }
    }

    /// Takes an event; false ends the reading.
    fn note(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::DocumentStart(_) => return self.document(span),
            Event::Alias(anchor) => return self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span);
                self.add(node, anchor, style == ScalarStyle::Plain);
            }
            Event::SequenceStart(anchor, tag) => {
                return self.begin(OpenKind::List(Vec::new()), anchor, tag.as_deref(), span);
            }
            Event::MappingStart(anchor, tag) => {
                let map = OpenKind::Map(OpenMap::default());
                return self.begin(map, anchor, tag.as_deref(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            _ => {}
        }
        true
    }

    fn document(&mut self, span: Span) -> bool {
        self.documents += 1;
        if self.documents > 1 {
            self.diagnostics.push(
                Diagnostic::error(span, "a second document begins here")
                    .hint("one document a file: put each scenario in a file of its own"),
            );
        }
        self.documents == 1
    }

    fn alias(&mut self, anchor: usize, span: Span) -> bool {
        let Some(node) = self.anchors.get(&anchor) else {
            self.diagnostics.push(
                Diagnostic::error(span, "this alias stands in the value that it names")
                    .hint("a value cannot be a part of itself"),
            );
            return false;
        };
        self.repeated += size(node);
        if self.repeated > MOST_REPEATED {
            self.diagnostics.push(Diagnostic::error(
                span,
                "its aliases stand for far more than is written: this is too large",
            ));
            return false;
        }
        let node = Node {
            span,
            kind: node.kind.clone(),
        };
        self.add(node, 0, false);
        true
    }

    fn scalar(
        &mut self,
        written: Cow<'_, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Node {
        let is_plain = style == ScalarStyle::Plain;
        let is_key = match self.open.last().map(|open| &open.kind) {
            Some(OpenKind::Map(map)) => map.is_at_key(),
            _ => false,
        };
        let meaning = match tag {
            None if is_plain && !is_key => scalar::resolve(&written),
            None => Scalar::Text,
            Some(tag) => self.tagged(tag, &written, span),
        };
        let kind = match meaning {
            Scalar::Null => NodeKind::Null,
            Scalar::Bool(value) => NodeKind::Bool(value),
            Scalar::Number(number) => NodeKind::Number(number),
            Scalar::Text => NodeKind::Text(self.located(exact(written), span)),
            Scalar::NoJsonNumber => {
                self.diagnostics.push(
                    Diagnostic::error(span, format!("`{written}` is no number that JSON has"))
                        .hint("put it in quotes if it is meant as text"),
                );
                NodeKind::Null
            }
            Scalar::TooLarge => {
                self.diagnostics.push(
                    Diagnostic::error(span, "this integer has more than 64 bits")
                        .hint("put it in quotes: as text it has no limit"),
                );
                NodeKind::Null
            }
        };
        Node { span, kind }
    }

    /// The meaning of a scalar with a tag: of YAML's own only those that say what stands there anyway.
    fn tagged(&mut self, tag: &Tag, written: &str, span: Span) -> Scalar {
        let meaning = scalar::resolve(written);
        let suffix = tag.is_yaml_core_schema().then_some(tag.suffix.as_str());
        let is_so = match (suffix, &meaning) {
            (Some("str"), _) => return Scalar::Text,
            (Some("null"), Scalar::Null) | (Some("bool"), Scalar::Bool(_)) => true,
            (Some("int"), Scalar::Number(number)) => !number.is_f64(),
            (Some("float"), Scalar::Number(_)) => true,
            _ => false,
        };
        if is_so {
            return meaning;
        }
        self.meaningless(tag, span);
        Scalar::Text
    }

    fn meaningless(&mut self, tag: &Tag, span: Span) {
        let shown = match tag.is_yaml_core_schema() {
            true => format!("!!{}", tag.suffix),
            false => format!("{}{}", tag.handle, tag.suffix),
        };
        self.diagnostics.push(
            Diagnostic::error(span, format!("the tag `{shown}` means nothing here"))
                .hint("leave it out, or put the text in quotes if the `!` belongs to it"),
        );
    }

    fn begin(&mut self, kind: OpenKind, anchor: usize, tag: Option<&Tag>, span: Span) -> bool {
        let own = match kind {
            OpenKind::List(_) => "seq",
            OpenKind::Map(_) => "map",
        };
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == own) => {
                self.meaningless(tag, span);
            }
            _ => {}
        }
        self.open.push(Open {
            start: span,
            anchor,
            kind,
        });
        let is_too_deep = self.open.len() > DEEPEST;
        if is_too_deep {
            self.diagnostics.push(self.too_deep(span.start));
        }
        !is_too_deep
    }

    fn end(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let start = open.start.start;
        let (kind, last) = match open.kind {
            OpenKind::List(mut items) => {
                items.shrink_to_fit();
                let last = items.last().map(|item| item.span.end);
                (NodeKind::List(items), last)
            }
            OpenKind::Map(map) => {
                let last = map.end();
                (NodeKind::Map(map.whole()), last)
            }
        };
        // A block ends where its last value does; the event comes only at the next token.
        let is_flow = matches!(self.text.as_bytes().get(start as usize), Some(b'{' | b'['));
        let end = if is_flow { end } else { last.unwrap_or(end) };
        let span = self.span(start, end.max(start));
        self.add(Node { span, kind }, open.anchor, false);
    }

    /// Puts a value where it belongs: it is the root, an item, a key, or the value of the key before it.
    fn add(&mut self, node: Node, anchor: usize, is_plain: bool) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let (text, diagnostics) = (self.text, &mut self.diagnostics);
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map(map)) => map.add(node, is_plain, text, diagnostics),
        }
    }

    /// A text, and where it stands in the file just as it reads.
    fn located(&self, value: String, span: Span) -> Text {
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

    fn too_deep(&self, start: u32) -> Diagnostic {
        Diagnostic::error(self.span(start, start + 1), "this is nested too deeply")
            .hint("no scenario needs more than a hundred levels")
    }

    /// What `serde_yaml` says of a text that ends the reading; where it reads it, what was said here.
    fn no_yaml(mut self, error: &ScanError) -> Vec<Diagnostic> {
        let told = match serde_yaml::from_str::<serde_yaml::Value>(self.text) {
            Err(judged) => hints::explain(&judged, self.text, self.file),
            Ok(_) => {
                let at = self.byte(error.marker().index());
                let message = format!("this is not YAML: {}", error.info());
                vec![Diagnostic::error(self.span(at, at + 1), message)]
            }
        };
        self.diagnostics.extend(told);
        self.diagnostics
    }
}

/// How many values a value is made of.
fn size(node: &Node) -> usize {
    1 + match &node.kind {
        NodeKind::List(items) => items.iter().map(size).sum(),
        NodeKind::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
        _ => 0,
    }
}

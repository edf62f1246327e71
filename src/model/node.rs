//! A YAML value in which everything knows its place.

use serde_json::Value;
use std::ops::Range;

use super::source::Span;

/// A text with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text as YAML reads it.
    pub value: String,
    /// The whole scalar in the file, quotes included.
    pub span: Span,
    /// Where the text itself begins, if it stands in the file just as it reads (no escapes, no folding).
    pub verbatim_at: Option<u32>,
}

/// A located YAML value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of YAML values of the core schema.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as JSON has it.
    Number(serde_json::Number),
    /// A text.
    Text(Text),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order in which it is written.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; one that is not text reads as it is written.
    pub key: Text,
    /// The value.
    pub value: Node,
}

impl Text {
    /// The place of a part of this text: exact where the text stands verbatim in the file, else the whole scalar.
    pub fn part(&self, range: Range<usize>) -> Span {
        match self.verbatim_at {
            Some(start) => Span {
                file: self.span.file,
                start: start + u32::try_from(range.start).unwrap_or(0),
                end: start + u32::try_from(range.end).unwrap_or(0),
            },
            None => self.span,
        }
    }
}

impl Node {
    /// What the value is called in messages: `a map`, `text`, `the number 4`.
    pub fn describe(&self) -> String {
        match &self.kind {
            NodeKind::Null => "null".into(),
            NodeKind::Bool(value) => format!("the boolean {value}"),
            NodeKind::Number(value) => format!("the number {value}"),
            NodeKind::Text(_) => "text".into(),
            NodeKind::List(_) => "a list".into(),
            NodeKind::Map(_) => "a map".into(),
        }
    }

    /// The value with its places forgotten.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(value) => Value::Number(value.clone()),
            NodeKind::Text(text) => Value::String(text.value.clone()),
            NodeKind::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            NodeKind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.value.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }

    /// The value under that key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(entries) => entries
                .iter()
                .find(|entry| entry.key.value == key)
                .map(|entry| &entry.value),
            _ => None,
        }
    }
}

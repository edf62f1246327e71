//! Reading a located value key by key, with every mistake noted and none of them final.

use super::definition::Map;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::scenario::{Named, Unread};
use crate::model::source::Span;

/// Notes mistakes while a file is read.
#[derive(Default)]
pub(super) struct Reader {
    diagnostics: Vec<Diagnostic>,
    unread: Unread,
}

/// The keys of one map.
pub(super) struct Fields<'n> {
    pub(super) span: Span,
    pub(super) entries: &'n [Entry],
}

impl Reader {
    /// Notes that something which may make any name could not be read.
    pub(super) fn lose(&mut self) {
        self.unread.any = true;
    }

    /// Whether something was lost that may make any name. It is forgotten: whoever asks knows where that was.
    pub(super) fn take_loss(&mut self) -> bool {
        std::mem::take(&mut self.unread.any)
    }

    /// Notes that a step was lost which may make any name for the steps from that one on.
    pub(super) fn lose_from(&mut self, step: usize) {
        self.unread.any_from.get_or_insert(step);
    }

    /// Notes that what makes this name could not be read.
    pub(super) fn lose_name(&mut self, name: &str) {
        self.unread.names.push(name.to_owned());
    }

    /// What could not be read so far.
    pub(super) fn unread(&self) -> Unread {
        self.unread.clone()
    }

    /// How many mistakes were noted.
    pub(super) fn mistakes(&self) -> usize {
        self.diagnostics.len()
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match value {
            Some(value) if self.diagnostics.is_empty() => Ok(value),
            _ => Err(self.diagnostics),
        }
    }

    pub(super) fn mistake(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn error(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        self.mistake(Diagnostic::error(span, message).hint(hint));
    }

    /// Says that something else was expected here.
    pub(super) fn expected(&mut self, node: &Node, what: &str, hint: &str) {
        let message = format!("{what} is expected here, not {}", node.describe());
        self.mistake(Diagnostic::error(node.span, message).hint(hint));
    }

    /// The keys of a map, after every one that its definition does not have has been noted.
    pub(super) fn defined<'n>(&mut self, node: &'n Node, map: &Map) -> Option<Fields<'n>> {
        let fields = self.any_fields(node, map.what)?;
        for entry in fields.entries {
            if !map.has(&entry.key.value) {
                self.judge_key(&entry.key, map.what, &map.names());
            }
        }
        Some(fields)
    }

    /// The keys of a map in which any key may stand.
    pub(super) fn any_fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Fields {
                span: node.span,
                entries,
            }),
            _ => {
                let message = format!("{what} is a map, not {}", node.describe());
                self.mistake(
                    Diagnostic::error(node.span, message).hint("write `key: value` lines"),
                );
                None
            }
        }
    }

    /// Notes a key that is not among those known; `what` is the map's name in messages.
    pub(super) fn judge_key(&mut self, key: &Text, what: &str, known: &[&str]) {
        let name = key.value.as_str();
        if known.contains(&name) {
            return;
        }
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", list(known)),
        };
        self.mistake(Diagnostic::error(key.span, format!("{what} has no key `{name}`")).hint(hint));
    }

    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Text> {
        match &node.kind {
            NodeKind::Text(text) => Some(text.clone()),
            // What YAML reads as a number or a boolean is still what was written.
            NodeKind::Number(number) => Some(Text {
                value: number.to_string(),
                span: node.span,
                verbatim_at: None,
            }),
            NodeKind::Bool(value) => Some(Text {
                value: value.to_string(),
                span: node.span,
                verbatim_at: None,
            }),
            _ => {
                self.expected(node, what, "write text");
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, node: &Node) -> bool {
        match node.kind {
            NodeKind::Bool(value) => value,
            _ => {
                self.expected(node, "a boolean", "write `true` or `false`");
                false
            }
        }
    }

    /// A list of texts; one text alone is a list of one.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Vec<Text> {
        match &node.kind {
            NodeKind::List(items) => items
                .iter()
                .filter_map(|item| self.text(item, what))
                .collect(),
            NodeKind::Text(text) => vec![text.clone()],
            _ => {
                self.expected(node, &format!("a list, each {what},"), "write `[one, two]`");
                Vec::new()
            }
        }
    }

    /// A map of names to any values, in the order in which they are written.
    pub(super) fn named(&mut self, node: &Node, what: &str) -> Vec<Named> {
        match self.any_fields(node, what) {
            Some(fields) => fields
                .entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .collect(),
            None => {
                self.lose();
                Vec::new()
            }
        }
    }

    /// A map of variable names, each of which must be one that a template can read.
    pub(super) fn variables(&mut self, node: &Node, what: &str) -> Vec<Named> {
        let named = self.named(node, what);
        for (name, _) in &named {
            self.variable_name(name);
        }
        named
    }

    /// Notes a variable's name that no template could read, or that always means something else.
    pub(super) fn variable_name(&mut self, name: &Text) {
        let value = name.value.as_str();
        if !is_identifier(value) {
            self.error(
                name.span,
                format!("`{value}` cannot be the name of a variable"),
                "use letters, digits and `_`, and begin with a letter",
            );
        } else if RESERVED.contains(&value) {
            self.error(
                name.span,
                format!("`{value}` always means something else in a template"),
                "choose another name",
            );
        }
    }
}

/// Names that templates always have, and words of the expression language.
const RESERVED: [&str; 22] = [
    "env", "target", "scenario", "case", "steps", "true", "false", "none", "True", "False", "None",
    "and", "or", "not", "in", "is", "if", "else", "now", "today", "uuid", "file",
];

/// Whether a template can read a variable of that name.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

impl<'n> Fields<'n> {
    /// The keys of a value that is known to be a map.
    pub(super) fn of(node: &'n Node) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Fields {
                span: node.span,
                entries,
            }),
            _ => None,
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}

/// Names in backticks with commas between them.
pub(super) fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

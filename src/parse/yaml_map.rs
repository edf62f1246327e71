//! A map while it is read: its keys, told twice or not, and what is merged into it.

use std::collections::HashSet;

use super::hints;
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Entry, Node, NodeKind, Text};

/// A map that is not at its end yet.
#[derive(Default)]
pub(super) struct OpenMap {
    entries: Entries,
    merged: Entries,
    key: Key,
}

/// Entries in their order, of which no two have the same key.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    /// The keys, once they are too many to be gone through.
    names: HashSet<String>,
}

/// Fewer keys are compared one by one faster than they are hashed.
const WORTH_HASHING: usize = 24;

/// As many entries most maps have at most, so that they need not grow; what is left over is given back at a map's end.
const USUAL_ENTRIES: usize = 8;

/// What was read of an entry before its value.
#[derive(Default)]
enum Key {
    #[default]
    None,
    Text(Text),
    Merge,
    /// A key that was told to be wrong; its value is left out.
    Wrong,
}

impl OpenMap {
    pub(super) fn is_at_key(&self) -> bool {
        matches!(self.key, Key::None)
    }

    /// Where the last value ends.
    pub(super) fn end(&self) -> Option<u32> {
        self.entries.list.last().map(|entry| entry.value.span.end)
    }

    /// Takes a key or, after a key, its value.
    pub(super) fn add(
        &mut self,
        node: Node,
        is_plain: bool,
        text: &str,
        told: &mut Vec<Diagnostic>,
    ) {
        match std::mem::take(&mut self.key) {
            Key::None => self.key = self.begin(node, is_plain, text, told),
            Key::Text(key) => self.entries.push(Entry { key, value: node }),
            Key::Merge => self.merge(node, told),
            Key::Wrong => {}
        }
    }

    fn begin(&self, node: Node, is_plain: bool, text: &str, told: &mut Vec<Diagnostic>) -> Key {
        let NodeKind::Text(key) = node.kind else {
            told.push(hints::key_is_no_text(text, node.span));
            return Key::Wrong;
        };
        if is_plain && key.value == "<<" {
            return Key::Merge;
        }
        if self.entries.has(&key.value) {
            told.push(
                Diagnostic::error(key.span, format!("`{}` is here twice", key.value))
                    .hint("keep one of the two"),
            );
            return Key::Wrong;
        }
        Key::Text(key)
    }

    /// What `<<` stands for; the first of several maps wins, as YAML's merge keys have it.
    fn merge(&mut self, value: Node, told: &mut Vec<Diagnostic>) {
        match value.kind {
            NodeKind::Map(entries) => self.merged.extend(entries),
            NodeKind::List(items) => {
                for item in items {
                    self.merge(item, told);
                }
            }
            _ => told.push(
                Diagnostic::error(
                    value.span,
                    format!("`<<` merges maps, not {}", value.describe()),
                )
                .hint("give it an alias of a map: `<<: *name`"),
            ),
        }
    }

    /// The entries, with those merged in that the map has not itself.
    pub(super) fn whole(mut self) -> Vec<Entry> {
        self.entries.extend(self.merged.list);
        self.entries.list.shrink_to_fit();
        self.entries.list
    }
}

impl Entries {
    fn has(&self, key: &str) -> bool {
        match self.names.is_empty() {
            true => self.list.iter().any(|entry| entry.key.value == key),
            false => self.names.contains(key),
        }
    }

    fn push(&mut self, entry: Entry) {
        if !self.names.is_empty() {
            self.names.insert(entry.key.value.clone());
        }
        if self.list.is_empty() {
            self.list.reserve_exact(USUAL_ENTRIES);
        }
        self.list.push(entry);
        if self.list.len() == WORTH_HASHING {
            let keys = self.list.iter().map(|entry| entry.key.value.clone());
            self.names = keys.collect();
        }
    }

    /// Adds those whose key is not there yet.
    fn extend(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if !self.has(&entry.key.value) {
                self.push(entry);
            }
        }
    }
}

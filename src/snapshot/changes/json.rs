//! What differs between two JSON values, by path.

use std::fmt::Write as _;

use super::align::{Effort, Pair, align};
use super::numbered;
use super::{added, push_changed, removed};
use crate::model::change::Change;
use crate::snapshot::exact::{Exact, Member};

/// Adds the differences, in the order of the old value.
pub(super) fn compare<'a>(old: &'a Exact<'a>, new: &'a Exact<'a>, found: &mut Vec<Change>) {
    let mut walk = Walk {
        path: "$".into(),
        found: Vec::new(),
        renumbered: Vec::new(),
        equal: Vec::new(),
        effort: Effort::new(),
    };
    walk.compare(old, new);
    numbered::settle(&mut walk.found, walk.renumbered, &walk.equal);
    found.append(&mut walk.found);
}

struct Walk<'a> {
    path: String,
    found: Vec<Change>,
    /// Which of those found are texts that differ in the numbers of placeholders alone.
    renumbered: Vec<usize>,
    /// What is the same on both sides.
    equal: Vec<&'a Exact<'a>>,
    effort: Effort,
}

impl<'a> Walk<'a> {
    fn compare(&mut self, old: &'a Exact<'a>, new: &'a Exact<'a>) {
        match (old, new) {
            _ if old == new => self.equal.push(old),
            (Exact::Map(old), Exact::Map(new)) => self.members(old, new),
            (Exact::List(old), Exact::List(new)) => self.items(old, new),
            (Exact::Text(old_text), Exact::Text(new_text)) => {
                if numbered::loose(old_text) == numbered::loose(new_text) {
                    self.renumbered.push(self.found.len());
                }
                self.changed(old, new);
            }
            _ => self.changed(old, new),
        }
    }

    fn changed(&mut self, old: &Exact, new: &Exact) {
        let place = self.path.clone();
        push_changed(place, &compact(old), &compact(new), &mut self.found);
    }

    /// Both are sorted by key.
    fn members(&mut self, old: &'a [Member<'a>], new: &'a [Member<'a>]) {
        let (mut left, mut right) = (old.iter().peekable(), new.iter().peekable());
        let length = self.path.len();
        loop {
            let (key, old, new) = match (left.peek(), right.peek()) {
                (None, None) => return,
                (Some((key, old)), Some((other, new))) if key == other => {
                    (key, Some(old), Some(new))
                }
                (Some((key, old)), Some((other, _))) if key < other => (key, Some(old), None),
                (_, Some((other, new))) => (other, None, Some(new)),
                (Some((key, old)), None) => (key, Some(old), None),
            };
            if old.is_some() {
                left.next();
            }
            if new.is_some() {
                right.next();
            }
            push_key(&mut self.path, key);
            self.pair(old, new);
            self.path.truncate(length);
        }
    }

    fn items(&mut self, old: &'a [Exact<'a>], new: &'a [Exact<'a>]) {
        let length = self.path.len();
        for Pair(left, right) in align(old, new, &mut self.effort) {
            let Some(index) = right.or(left) else {
                continue;
            };
            let _ = write!(self.path, "[{index}]");
            self.pair(
                left.and_then(|at| old.get(at)),
                right.and_then(|at| new.get(at)),
            );
            self.path.truncate(length);
        }
    }

    fn pair(&mut self, old: Option<&'a Exact<'a>>, new: Option<&'a Exact<'a>>) {
        let place = || self.path.clone();
        match (old, new) {
            (Some(old), Some(new)) => self.compare(old, new),
            (Some(old), None) => self.found.push(removed(place(), &compact(old))),
            (None, Some(new)) => self.found.push(added(place(), &compact(new))),
            (None, None) => {}
        }
    }
}

/// `.key`, or `['a key']` where it must be quoted.
fn push_key(path: &mut String, key: &str) {
    let plain = |character: char| character.is_alphanumeric() || "_-@".contains(character);
    let first = key.chars().next();
    if first.is_some_and(|first| !first.is_numeric()) && key.chars().all(plain) {
        let _ = write!(path, ".{key}");
    } else {
        let key = key.replace('\\', "\\\\").replace('\'', "\\'");
        let _ = write!(path, "['{key}']");
    }
}

/// The value on one line.
pub(super) fn compact(value: &Exact) -> String {
    let mut text = String::new();
    write_compact(value, &mut text);
    text
}

fn write_compact(value: &Exact, text: &mut String) {
    match value {
        Exact::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write_compact(item, text);
            }
            text.push(']');
        }
        Exact::Map(members) => {
            text.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                Exact::Text(key.clone()).print(text);
                text.push_str(": ");
                write_compact(value, text);
            }
            text.push('}');
        }
        other => other.print(text),
    }
}

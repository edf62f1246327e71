//! What differs between two bodies, and what kind of rule would hide it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::plan::SnapshotRules;
use crate::snapshot::changes::loose;
use crate::snapshot::exact::{Exact, Member};

/// From this many varying fields of its items on, a list may be random as a whole.
const RANDOM_FIELDS: usize = 3;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    /// The index, in a list of so many.
    Item {
        index: usize,
        of: usize,
    },
}

/// What kind of rule is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// The value varies.
    Value,
    /// It is not always there.
    Remove,
    /// A list's order varies.
    Sort,
    /// A list varies, items, number and all.
    Shape,
    /// It varies in a way that leaves nothing to compare.
    Whole,
    /// A header varies.
    Header,
}

/// Something that varied.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) path: Vec<Step>,
    pub(super) need: Need,
    pub(super) old: Exact<'static>,
    pub(super) new: Exact<'static>,
    /// The name that both values were captured under.
    pub(super) captured: Option<String>,
}

impl Finding {
    pub(super) fn header(name: &str, old: String, new: String) -> Finding {
        Finding {
            path: vec![Step::Key(name.to_owned())],
            need: Need::Header,
            old: Exact::Text(old.into()),
            new: Exact::Text(new.into()),
            captured: None,
        }
    }

    /// The keys on the way to it.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item { .. } => None,
        })
    }
}

/// What varied between two bodies under these rules.
pub(super) fn findings(
    old: &Exact,
    new: &Exact,
    rules: &SnapshotRules,
    captured: &dyn Fn(&str, &str) -> Option<String>,
) -> Vec<Finding> {
    let mut walk = Walk {
        path: Vec::new(),
        found: Vec::new(),
        counts: rules.only.is_none(),
        is_sorted: !rules.sort.is_empty(),
        captured,
    };
    walk.compare(old, new);
    walk.found
}

struct Walk<'a> {
    path: Vec<Step>,
    found: Vec<Finding>,
    /// Whether what is walked through is compared at all.
    counts: bool,
    /// Whether items may stand elsewhere than they were sent, so that their numbers mean nothing.
    is_sorted: bool,
    captured: &'a dyn Fn(&str, &str) -> Option<String>,
}

impl Walk<'_> {
    fn compare(&mut self, old: &Exact, new: &Exact) {
        match (old, new) {
            _ if old == new => {}
            (Exact::Kept(old), Exact::Kept(new)) => {
                let before = std::mem::replace(&mut self.counts, true);
                self.compare(old, new);
                self.counts = before;
            }
            (Exact::Map(old), Exact::Map(new)) => self.maps(old, new),
            (Exact::List(left), Exact::List(right)) => self.lists(old, new, left, right),
            (Exact::Removed, _) | (_, Exact::Removed) => self.note(Need::Remove, old, new),
            _ => self.note(Need::Value, old, new),
        }
    }

    fn note(&mut self, need: Need, old: &Exact, new: &Exact) {
        if !self.counts {
            return;
        }
        let captured = match (scalar(old), scalar(new)) {
            (Some(old), Some(new)) => (self.captured)(old, new),
            _ => None,
        };
        self.found.push(Finding {
            path: self.path.clone(),
            need,
            old: old.clone().into_owned(),
            new: new.clone().into_owned(),
            captured,
        });
    }

    fn maps(&mut self, old: &[Member], new: &[Member]) {
        let keys = |members: &[Member]| -> BTreeSet<String> {
            members.iter().map(|(key, _)| key.to_string()).collect()
        };
        let (left, right) = (keys(old), keys(new));
        let common = left.intersection(&right).count();
        let nested = left.is_subset(&right) || right.is_subset(&left);
        if !nested && common * 2 < left.len().max(right.len()) {
            let (old, new) = (Exact::Map(old.to_vec()), Exact::Map(new.to_vec()));
            return self.note(Need::Whole, &old, &new);
        }
        for key in left.union(&right) {
            self.path.push(Step::Key(key.clone()));
            match (value_of(old, key), value_of(new, key)) {
                (Some(old), Some(new)) => self.compare(&old, &new),
                (old, new) => {
                    let (old, new) = (old.unwrap_or(Exact::Removed), new.unwrap_or(Exact::Removed));
                    if old != new {
                        self.note(Need::Remove, &old, &new);
                    }
                }
            }
            self.path.pop();
        }
    }

    fn lists(&mut self, old: &Exact, new: &Exact, left: &[Exact], right: &[Exact]) {
        if left.len() != right.len() {
            return self.note(Need::Shape, old, new);
        }
        let blank = BTreeSet::new();
        if sorted(left, &blank) == sorted(right, &blank)
            && printed(left, &blank) != printed(right, &blank)
        {
            return self.note(Need::Sort, old, new);
        }
        let varying = varying(left, right);
        let (one, other) = (sorted(left, &varying), sorted(right, &varying));
        let is_random = one != other || is_mostly(&varying, left);
        if left.len() > 1 && is_random && !varying.contains(&Vec::new()) {
            return self.note(Need::Shape, old, new);
        }
        if printed(left, &varying) != printed(right, &varying) {
            // The same items but for what varies in each, in another order.
            self.note(Need::Sort, old, new);
            return self.partners(left, right, &varying);
        }
        self.items(left.iter().zip(right), left.len());
    }

    /// Compares each item with the one that is the same but for what varies.
    fn partners(&mut self, left: &[Exact], right: &[Exact], varying: &BTreeSet<Vec<String>>) {
        let mut others: BTreeMap<String, Vec<&Exact>> = BTreeMap::new();
        for item in right.iter().rev() {
            others.entry(print(item, varying)).or_default().push(item);
        }
        let pairs: Vec<(&Exact, &Exact)> = (left.iter())
            .filter_map(|item| {
                let other = others.get_mut(&print(item, varying))?.pop()?;
                Some((item, other))
            })
            .collect();
        self.items(pairs.into_iter(), left.len());
    }

    fn items<'e, 't: 'e>(
        &mut self,
        pairs: impl Iterator<Item = (&'e Exact<'t>, &'e Exact<'t>)>,
        of: usize,
    ) {
        let of = if self.is_sorted { 1 } else { of };
        for (index, (old, new)) in pairs.enumerate() {
            self.path.push(Step::Item { index, of });
            self.compare(old, new);
            self.path.pop();
        }
    }
}

fn value_of<'t>(members: &[Member<'t>], key: &str) -> Option<Exact<'t>> {
    let found = members.iter().find(|(known, _)| known == key);
    found.map(|(_, value)| value.clone())
}

/// A text or number as it stands there.
pub(super) fn scalar<'v>(value: &'v Exact<'_>) -> Option<&'v str> {
    match value {
        Exact::Text(text) | Exact::Number(text) => Some(text),
        _ => None,
    }
}

/// The paths inside the items, lists in them without index, at which all items together have other values.
fn varying(left: &[Exact], right: &[Exact]) -> BTreeSet<Vec<String>> {
    let (one, other) = (leaves(left), leaves(right));
    let paths: BTreeSet<&Vec<String>> = one.keys().chain(other.keys()).collect();
    paths
        .into_iter()
        .filter(|path| one.get(*path) != other.get(*path))
        .cloned()
        .collect()
}

/// Whether most fields of a list's items vary, so that it is random as a whole.
fn is_mostly(varying: &BTreeSet<Vec<String>>, items: &[Exact]) -> bool {
    varying.len() >= RANDOM_FIELDS && varying.len() * 2 > leaves(items).len()
}

/// The values at each path inside the items, sorted.
fn leaves(items: &[Exact]) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut found: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for item in items {
        each_leaf(item, &mut Vec::new(), &mut |path, text| {
            found.entry(path.to_vec()).or_default().push(text);
        });
    }
    found.values_mut().for_each(|values| values.sort());
    found
}

fn each_leaf(value: &Exact, path: &mut Vec<String>, act: &mut dyn FnMut(&[String], String)) {
    match value {
        Exact::Map(members) => {
            for (key, value) in members {
                path.push(key.to_string());
                each_leaf(value, path, act);
                path.pop();
            }
        }
        Exact::List(items) => {
            path.push("[*]".into());
            items.iter().for_each(|item| each_leaf(item, path, act));
            path.pop();
        }
        Exact::Kept(inside) => each_leaf(inside, path, act),
        Exact::Removed => {}
        leaf => act(path, plain(leaf)),
    }
}

fn plain(leaf: &Exact) -> String {
    let mut text = String::new();
    leaf.print(&mut text);
    loose(&text)
}

/// An item without what varies and without the numbers of placeholders.
fn print(item: &Exact, varying: &BTreeSet<Vec<String>>) -> String {
    let mut text = String::new();
    each_leaf(item, &mut Vec::new(), &mut |path, leaf| {
        if !varying.contains(path) {
            text.push_str(&format!("{path:?}={leaf};"));
        }
    });
    text
}

fn printed(items: &[Exact], varying: &BTreeSet<Vec<String>>) -> Vec<String> {
    items.iter().map(|item| print(item, varying)).collect()
}

fn sorted(items: &[Exact], varying: &BTreeSet<Vec<String>>) -> Vec<String> {
    let mut all = printed(items, varying);
    all.sort();
    all
}

//! What was seen to vary in a step, and the rules that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use super::values::replacement;
use super::walk::{Finding, Need, Step};
use super::{Replacement, Rule};
use crate::snapshot::exact::Exact;

/// A path without the numbers of items.
type General = Vec<Option<String>>;

/// All that is known of one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    places: BTreeMap<General, Seen>,
    headers: BTreeMap<String, Seen>,
}

/// What was seen at one path.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    need: Need,
    values: Vec<(Exact<'static>, Exact<'static>)>,
    pub(super) snapshots: BTreeSet<String>,
    /// For each list on the way, which items, and of how many.
    items: Vec<(BTreeSet<usize>, usize)>,
    /// The name that all values were captured under.
    captured: Option<String>,
}

impl Evidence {
    /// Takes note of what varied in a snapshot.
    pub(super) fn add(&mut self, finding: Finding, snapshot: &str) {
        let general: General = finding
            .path
            .iter()
            .map(|step| match step {
                Step::Key(key) => Some(key.clone()),
                Step::Item { .. } => None,
            })
            .collect();
        if let ([Some(name)], Need::Header) = (general.as_slice(), finding.need) {
            let name = name.clone();
            return see(&mut self.headers, name, finding, snapshot);
        }
        // What still varies inside what a rule covers already needs a stronger one there.
        let covering = (0..=general.len()).find(|length| {
            let seen = self.places.get(&general[..*length]);
            seen.is_some_and(|seen| matches!(seen.need, Need::Shape | Need::Whole))
        });
        if let Some(seen) = covering.and_then(|length| self.places.get_mut(&general[..length])) {
            seen.need = Need::Whole;
            seen.snapshots.insert(snapshot.to_owned());
            return;
        }
        if matches!(finding.need, Need::Shape | Need::Whole | Need::Remove) {
            self.places.retain(|path, _| {
                path.len() <= general.len() || !path.starts_with(general.as_slice())
            });
        }
        see(&mut self.places, general, finding, snapshot);
    }

    /// The rules that follow.
    pub(super) fn rules(&self) -> Vec<Rule> {
        self.seen().map(|(rule, _)| rule).collect()
    }

    /// The rules that follow, each with what was seen.
    pub(super) fn seen(&self) -> impl Iterator<Item = (Rule, &Seen)> {
        let places = self.places.iter().flat_map(|(general, seen)| {
            let path = self.path(general, &seen.items);
            seen.rules(general, path).map(move |rule| (rule, seen))
        });
        let headers =
            (self.headers.iter()).map(|(name, seen)| (Rule::WithoutHeader(name.clone()), seen));
        places.chain(headers)
    }

    /// The path as JSONPath: one item by its number where it alone varied, in a list that keeps its order.
    fn path(&self, general: &General, items: &[(BTreeSet<usize>, usize)]) -> String {
        let mut text = "$".to_owned();
        let mut items = items.iter();
        for (depth, step) in general.iter().enumerate() {
            match step {
                Some(key) => push_key(&mut text, key),
                None => {
                    let is_sorted = (self.places.get(&general[..depth]))
                        .is_some_and(|seen| seen.need == Need::Sort);
                    match items.next() {
                        Some((numbers, of)) if numbers.len() == 1 && *of > 1 && !is_sorted => {
                            numbers
                                .iter()
                                .for_each(|number| text.push_str(&format!("[{number}]")));
                        }
                        _ => text.push_str("[*]"),
                    }
                }
            }
        }
        text
    }
}

fn see<K: Ord>(places: &mut BTreeMap<K, Seen>, key: K, finding: Finding, snapshot: &str) {
    let items: Vec<(usize, usize)> = finding
        .path
        .iter()
        .filter_map(|step| match step {
            Step::Item { index, of } => Some((*index, *of)),
            Step::Key(_) => None,
        })
        .collect();
    let seen = places.entry(key).or_insert_with(|| Seen {
        need: finding.need,
        values: Vec::new(),
        snapshots: BTreeSet::new(),
        items: vec![(BTreeSet::new(), 0); items.len()],
        captured: finding.captured.clone(),
    });
    seen.need = seen.need.max(finding.need);
    seen.values.push((finding.old, finding.new));
    seen.snapshots.insert(snapshot.to_owned());
    for ((numbers, most), (index, of)) in seen.items.iter_mut().zip(items) {
        numbers.insert(index);
        *most = (*most).max(of);
    }
    if seen.captured != finding.captured {
        seen.captured = None;
    }
}

impl Seen {
    fn rules(&self, general: &General, path: String) -> impl Iterator<Item = Rule> {
        let name = self.captured.clone().or_else(|| {
            let key = general.iter().rev().flatten().next();
            key.map(|key| {
                key.chars()
                    .filter(|letter| !"[]".contains(*letter))
                    .collect()
            })
        });
        let name = name.filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "varies".into());
        let rule = match self.need {
            Need::Value if self.captured.is_some() => {
                Rule::Redact(path, Replacement::Text(format!("[{name}]")))
            }
            Need::Value => Rule::Redact(path, replacement(&name, &self.values)),
            Need::Remove => Rule::Redact(path, Replacement::Remove),
            Need::Whole => Rule::Redact(path, Replacement::Text(format!("[{name}]"))),
            Need::Sort => Rule::Sort(path),
            Need::Shape => Rule::Shape(path),
            Need::Header => Rule::WithoutHeader(name),
        };
        std::iter::once(rule)
    }

    /// What was seen in the one run and in the other.
    pub(super) fn example(&self) -> (String, String) {
        let show = |value: &Exact| match value {
            Exact::Removed => "nothing".to_owned(),
            Exact::Text(text) if self.need == Need::Header => text.to_string(),
            Exact::List(items) if self.need == Need::Shape => match items.len() {
                1 => "1 item".to_owned(),
                count => format!("{count} items"),
            },
            other => {
                let mut text = String::new();
                other.print(&mut text);
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            }
        };
        self.values
            .first()
            .map(|(old, new)| (show(old), show(new)))
            .unwrap_or_default()
    }
}

/// A key as JSONPath has it.
fn push_key(path: &mut String, key: &str) {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = key
        .chars()
        .next()
        .is_some_and(|first| !first.is_ascii_digit());
    if begins && key.chars().all(plain) {
        path.push('.');
        path.push_str(key);
        return;
    }
    path.push_str("['");
    for letter in key.chars() {
        match letter {
            '\\' | '\'' => path.extend(['\\', letter]),
            _ if letter.is_control() => path.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => path.push(letter),
        }
    }
    path.push_str("']");
}

//! Which rules would make two runs equal: what varied, what to do about it, and the smallest place for that.
//!
//! Nothing is proposed that was not tried: both runs are normalised again under the proposed rules, until they
//! are equal or nothing more can be done, which is said then.

mod evidence;
mod place;
mod values;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Tapes;
use super::tape::{Inside, Seen, Taken, Tape};
use crate::model::jsonpath::Query;
use crate::model::plan::{RedactRule, Redaction, SnapshotRules};
use crate::model::source::{FileId, Span};
use evidence::Evidence;
use walk::Finding;

/// What two runs tell.
#[derive(Debug, Default)]
pub struct Suggestions {
    /// The rules that make them equal, by place.
    pub rules: Vec<Suggestion>,
    /// What no rule makes equal.
    pub unsolved: Vec<Unsolved>,
    /// How many snapshots there were in both.
    pub compared: usize,
    /// How many of them differed.
    pub differed: usize,
}

/// One rule, at its place.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// Where it belongs.
    pub place: Place,
    /// What it is.
    pub rule: Rule,
    /// What was seen in the one run and in the other.
    pub values: (String, String),
    /// The snapshots in which it was seen.
    pub snapshots: Vec<String>,
    /// Whether a rule for the same path stands there already, which it takes the place of.
    pub replaces: bool,
}

/// Where a rule belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the project file.
    Project,
    /// In the project file, in the target that was run on.
    Target,
    /// At the top of a file.
    File(FileId),
    /// In a step, by its `snapshot` key.
    Step(Span),
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// `redact`, with its path.
    Redact(String, Replacement),
    /// `sort`.
    Sort(String),
    /// `shape`.
    Shape(String),
    /// `headers`, in place of the list that is there.
    Headers(Vec<String>),
    /// The header is not kept.
    WithoutHeader(String),
}

/// What takes a value's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// A text in brackets.
    Text(String),
    /// Its shape.
    Mask,
    /// Nothing.
    Remove,
    /// A number with so many decimals.
    Round(u32),
    /// A text, where the value has the form that both had.
    IfMatches {
        /// The form.
        pattern: String,
        /// The text.
        text: String,
    },
}

/// What no rule makes equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsolved {
    /// The snapshot.
    pub snapshot: String,
    /// What varied in it, and why no rule helps.
    pub why: String,
}

/// What is known of each step.
type Known = BTreeMap<Span, Evidence>;

/// Looks for rules that make two runs equal. Those that hold for everything go to the project file if `is_whole`:
/// if all of the project has run.
pub fn suggest(first: &Tapes, second: &Tapes, is_whole: bool) -> Suggestions {
    let (pairs, alone) = pairs(first.all(), second.all());
    let mut study = Study::default();
    for (one, other) in &pairs {
        study.count(one, other);
    }
    while pairs
        .iter()
        .fold(false, |any, (one, other)| study.learn(one, other) || any)
    {}
    let mut unsolved = study.unsolved(&pairs);
    for tape in &alone {
        unsolved.extend(tape.responses().map(|taken| lonely(&taken.name())));
    }
    unsolved.sort();
    unsolved.dedup();
    Suggestions {
        rules: place::placed(&study.known, &pairs, is_whole),
        unsolved,
        compared: study.compared,
        differed: study.differed,
    }
}

/// Tapes of the same case, and those that have no other.
fn pairs(first: Vec<Tape>, second: Vec<Tape>) -> (Vec<(Tape, Tape)>, Vec<Tape>) {
    let name = |tape: &Tape| tape.responses().next().map(|taken| taken.name());
    let mut others: HashMap<Option<String>, Vec<Tape>> = HashMap::new();
    for tape in second.into_iter().rev() {
        others.entry(name(&tape)).or_default().push(tape);
    }
    let (mut pairs, mut alone) = (Vec::new(), Vec::new());
    for tape in first {
        match others.get_mut(&name(&tape)).and_then(Vec::pop) {
            Some(other) => pairs.push((tape, other)),
            None => alone.push(tape),
        }
    }
    alone.extend(others.into_values().flatten());
    pairs.sort_by_key(|(tape, _)| name(tape));
    (pairs, alone)
}

fn lonely(snapshot: &str) -> Unsolved {
    Unsolved {
        snapshot: snapshot.to_owned(),
        why: "only one of the two runs made it".into(),
    }
}

/// Responses of both runs that are the same snapshot, by their places.
fn matched(one: &[Seen], other: &[Seen]) -> Vec<(usize, usize)> {
    let places: HashMap<String, usize> = (other.iter().enumerate())
        .map(|(index, seen)| (seen.taken.name(), index))
        .collect();
    (one.iter().enumerate())
        .filter_map(|(index, seen)| Some((index, *places.get(&seen.taken.name())?)))
        .collect()
}

#[derive(Default)]
struct Study {
    known: Known,
    /// The snapshots of which nothing more can be learned.
    stuck: BTreeSet<String>,
    compared: usize,
    differed: usize,
}

impl Study {
    fn replay(&self, tape: &Tape) -> Vec<Seen> {
        tape.replay(&|taken| self.rules(taken))
    }

    /// A response's own rules with the proposed ones.
    fn rules(&self, taken: &Taken) -> SnapshotRules {
        let mut rules = taken.rules.clone();
        if let Some(evidence) = rules.span.and_then(|span| self.known.get(&span)) {
            for rule in evidence.rules() {
                add(&mut rules, &rule);
            }
        }
        rules
    }

    fn count(&mut self, one: &Tape, other: &Tape) {
        let (one, other) = (self.replay(one), self.replay(other));
        for (left, right) in matched(&one, &other) {
            self.compared += 1;
            if one[left].contents != other[right].contents {
                self.differed += 1;
            }
        }
    }

    /// Learns from the first snapshot that still differs: what comes after it may differ in the numbers of its
    /// placeholders alone. Says whether there may be more to learn.
    fn learn(&mut self, one: &Tape, other: &Tape) -> bool {
        let (left_seen, right_seen) = (self.replay(one), self.replay(other));
        let next = matched(&left_seen, &right_seen)
            .into_iter()
            .find(|(left, right)| {
                let (left, right) = (&left_seen[*left], &right_seen[*right]);
                left.contents != right.contents && !self.stuck.contains(&left.taken.name())
            });
        let Some((left, right)) = next else {
            return false;
        };
        let name = left_seen[left].taken.name();
        let found = {
            let rules = |taken: &Taken| self.rules(taken);
            let insides = one.look(left, &rules).zip(other.look(right, &rules));
            let mut found = headers(&left_seen[left], &right_seen[right]);
            if let Some((old, new)) = insides
                && let (Some(old_body), Some(new_body)) = (&old.body, &new.body)
            {
                let own = self.rules(&left_seen[left].taken);
                let name = |one: &str, other: &str| captured(one, other, &old, &new);
                found.extend(walk::findings(old_body, new_body, &own, &name));
            }
            let (old, new) = (&left_seen[left].taken, &right_seen[right].taken);
            // A rule for what stands at a secret would have to say it.
            found.retain(|finding| {
                !(finding.keys()).any(|key| old.is_secret(key) || new.is_secret(key))
            });
            for finding in &mut found {
                old.hide_keys(&mut finding.old);
                new.hide_keys(&mut finding.new);
            }
            found
        };
        let is_new = left_seen[left].taken.rules.span.is_some_and(|span| {
            let evidence = self.known.entry(span).or_default();
            let before = evidence.rules();
            for finding in found {
                evidence.add(finding, &name);
            }
            evidence.rules() != before
        });
        if !is_new {
            self.stuck.insert(name);
        }
        true
    }

    fn unsolved(&self, pairs: &[(Tape, Tape)]) -> Vec<Unsolved> {
        let mut unsolved = Vec::new();
        for (one, other) in pairs {
            let (one, other) = (self.replay(one), self.replay(other));
            let both = matched(&one, &other);
            for (left, right) in &both {
                let (left, right) = (&one[*left], &other[*right]);
                if left.contents != right.contents {
                    unsolved.push(Unsolved {
                        snapshot: left.taken.name(),
                        why: why(left, right),
                    });
                }
            }
            for (seen, is_left) in [(&one, true), (&other, false)] {
                for (index, seen) in seen.iter().enumerate() {
                    let has_other = both
                        .iter()
                        .any(|pair| index == if is_left { pair.0 } else { pair.1 });
                    if !has_other {
                        unsolved.push(lonely(&seen.taken.name()));
                    }
                }
            }
        }
        unsolved
    }
}

/// The name under which both values were captured.
fn captured(one: &str, other: &str, old: &Inside, new: &Inside) -> Option<String> {
    let has = |inside: &Inside, name: &str, value: &str| {
        (inside.captures.iter()).any(|(known, found)| known == name && found == value)
    };
    let (name, _) =
        (old.captures.iter()).find(|(name, value)| value == one && has(new, name, other))?;
    Some(name.clone())
}

/// Adds a rule as it would stand in the step.
fn add(rules: &mut SnapshotRules, rule: &Rule) {
    let compiled = |path: &str| Query::compile(path).ok();
    match rule {
        Rule::Redact(path, replacement) => {
            let redaction =
                match replacement {
                    Replacement::Text(text) => Some(Redaction::Text(text.clone())),
                    Replacement::Mask => Some(Redaction::Mask),
                    Replacement::Remove => Some(Redaction::Remove),
                    Replacement::Round(decimals) => Some(Redaction::Round(*decimals)),
                    Replacement::IfMatches { pattern, text } => regex::Regex::new(pattern)
                        .ok()
                        .map(|pattern| Redaction::IfMatches {
                            pattern,
                            text: text.clone(),
                        }),
                };
            let span = rules.span;
            if let (Some(query), Some(redaction), Some(span)) = (compiled(path), redaction, span) {
                rules.redact.retain(|known| known.query.source() != path);
                rules.redact.push(RedactRule {
                    span,
                    query,
                    redaction,
                });
            }
        }
        Rule::Sort(path) => rules.sort.extend(compiled(path)),
        Rule::Shape(path) => rules.shape.extend(compiled(path)),
        Rule::Headers(names) => rules.headers.clone_from(names),
        Rule::WithoutHeader(name) => rules.headers.retain(|kept| kept != name),
    }
}

/// The status and the headers on one side, the body on the other.
fn head(contents: &str) -> &str {
    contents
        .split_once("\n\n")
        .map_or(contents, |(head, _)| head)
}

/// The kept headers that differ.
fn headers(left: &Seen, right: &Seen) -> Vec<Finding> {
    let values = |seen: &Seen, name: &str| -> Vec<String> {
        head(&seen.contents)
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value.to_owned())
            .collect()
    };
    let differing = left.taken.rules.headers.iter().filter_map(|name| {
        let (old, new) = (values(left, name), values(right, name));
        let text = |values: Vec<String>| match values.is_empty() {
            true => "nothing".to_owned(),
            false => values.join(", "),
        };
        (old != new).then(|| Finding::header(name, text(old), text(new)))
    });
    differing.collect()
}

/// Why two responses are not made equal.
fn why(left: &Seen, right: &Seen) -> String {
    let status = |seen: &Seen| head(&seen.contents).lines().next().map(str::to_owned);
    let (old, new) = (status(left), status(right));
    if old != new {
        return format!(
            "the status was {}, then {}, which no rule hides",
            old.unwrap_or_default(),
            new.unwrap_or_default()
        );
    }
    let is_json = |seen: &Seen| seen.taken.exchange.response.json().is_ok();
    if is_json(left) && is_json(right) {
        "it differs in a way that no rule makes equal".into()
    } else {
        "the body is not JSON, where no rule applies".into()
    }
}

//! The smallest place for each rule: the step that needs it, the file if all its steps do, the project file if all
//! that ran do.
//!
//! A rule moves up only where it applies to every snapshot below and is needed in each, so that it hides nothing that
//! did not vary and warns nowhere that it matches nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::{Known, Place, Rule, Suggestion};
use crate::model::plan::{SnapshotLevel, SnapshotRules};
use crate::model::source::{FileId, Span};
use crate::snapshot::tape::Tape;

/// The steps that ran, by their files, each with its own rules.
type Steps<'a> = BTreeMap<FileId, BTreeMap<Span, &'a SnapshotRules>>;

/// All rules at their places.
pub(super) fn placed(known: &Known, pairs: &[(Tape, Tape)], is_whole: bool) -> Vec<Suggestion> {
    let steps = steps(pairs);
    let count: usize = steps.values().map(BTreeMap::len).sum();
    let mut needed: BTreeMap<Rule, BTreeSet<Span>> = BTreeMap::new();
    for (span, evidence) in known {
        for rule in evidence.rules() {
            needed.entry(rule).or_default().insert(*span);
        }
    }
    let mut all: BTreeMap<(Place, Rule), Suggestion> = BTreeMap::new();
    for (span, evidence) in known {
        let Some(own) = steps.get(&span.file).and_then(|file| file.get(span)) else {
            continue;
        };
        for (rule, seen) in evidence.seen() {
            let who = &needed[&rule];
            let in_file = who.iter().filter(|other| other.file == span.file).count();
            let is_everywhere = who.len() == count && steps.len() > 1;
            let replaces = has_rule(own, &rule);
            let place = match &rule {
                Rule::WithoutHeader(_) => continue,
                _ if is_whole && is_everywhere && !any_has(known, &steps, &rule) => Place::Project,
                _ if in_file > 1
                    && in_file == steps[&span.file].len()
                    && !any_has_in(known, &steps, span.file, &rule) =>
                {
                    Place::File(span.file)
                }
                _ => Place::Step(*span),
            };
            let suggestion = all
                .entry((place, rule.clone()))
                .or_insert_with(|| Suggestion {
                    place,
                    rule: rule.clone(),
                    values: seen.example(),
                    snapshots: Vec::new(),
                    replaces,
                });
            suggestion.snapshots.extend(seen.snapshots.iter().cloned());
        }
    }
    let mut all: Vec<Suggestion> = all.into_values().collect();
    all.extend(headers(known, &steps));
    all.sort_by_key(|suggestion| suggestion.place);
    for suggestion in &mut all {
        suggestion.snapshots.sort();
        suggestion.snapshots.dedup();
    }
    all
}

fn steps(pairs: &[(Tape, Tape)]) -> Steps<'_> {
    let mut steps = Steps::new();
    for taken in pairs.iter().flat_map(|(tape, _)| tape.responses()) {
        if let Some(span) = taken.rules.span {
            let file = steps.entry(span.file).or_default();
            file.insert(span, &taken.rules);
        }
    }
    steps
}

/// Whether a rule for the same path is there already: a stronger one would win over that.
fn has_rule(own: &SnapshotRules, rule: &Rule) -> bool {
    matches!(rule, Rule::Redact(path, _) if own.redact.iter().any(|known| known.query.source() == path))
}

fn any_has(known: &BTreeMap<Span, Evidence>, steps: &Steps<'_>, rule: &Rule) -> bool {
    (known.keys()).any(|span| any_has_in(known, steps, span.file, rule))
}

fn any_has_in(known: &Known, steps: &Steps<'_>, file: FileId, rule: &Rule) -> bool {
    known
        .keys()
        .filter(|span| span.file == file)
        .filter_map(|span| steps.get(&file)?.get(span))
        .any(|own| has_rule(own, rule))
}

/// The lists of headers without those that vary, each where it stands.
fn headers(known: &Known, steps: &Steps<'_>) -> Vec<Suggestion> {
    let mut lists: BTreeMap<Place, Suggestion> = BTreeMap::new();
    for (span, evidence) in known {
        let own = steps.get(&span.file).and_then(|file| file.get(span));
        let Some(own) = own else {
            continue;
        };
        for (rule, seen) in evidence.seen() {
            let Rule::WithoutHeader(name) = &rule else {
                continue;
            };
            for asked in own.header_places.iter().filter(|asked| asked.name == *name) {
                let place = match asked.level {
                    SnapshotLevel::Project => Place::Project,
                    SnapshotLevel::Target => Place::Target,
                    SnapshotLevel::File => Place::File(span.file),
                    SnapshotLevel::Step => Place::Step(*span),
                };
                let list = lists.entry(place).or_insert_with(|| Suggestion {
                    place,
                    rule: Rule::Headers(listed(own, asked.level)),
                    values: seen.example(),
                    snapshots: Vec::new(),
                    replaces: true,
                });
                if let Rule::Headers(kept) = &mut list.rule {
                    kept.retain(|kept| kept != name);
                }
                list.snapshots.extend(seen.snapshots.iter().cloned());
            }
        }
    }
    lists.into_values().collect()
}

/// The headers that are asked for at a level.
fn listed(own: &SnapshotRules, level: SnapshotLevel) -> Vec<String> {
    let at_level = own
        .header_places
        .iter()
        .filter(|asked| asked.level == level);
    at_level.map(|asked| asked.name.clone()).collect()
}

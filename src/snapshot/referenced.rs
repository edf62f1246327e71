//! Which snapshots the steps of a plan make, on any target.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;

use super::Subject;
use super::name::{ENDING, LONGEST, replaced};
use crate::model::plan::{Action, Plan, SnapshotRules, Step};

/// The snapshots that a plan's steps make.
#[derive(Debug, Default)]
pub struct Referenced {
    /// As they are spelt: there are thousands, and paths are compared part by part.
    paths: HashSet<OsString>,
    /// The names of steps in loops, by what stands around them. Nobody knows how many turns a loop has.
    loops: HashMap<Around, Vec<String>>,
    sources: BTreeSet<String>,
}

/// What stands around a step's name in a snapshot's path: the folder, and the ending `@case~target.snap`.
type Around = (OsString, String);

/// Where a step stands.
struct Place<'a> {
    stem: &'a str,
    case: Option<&'a String>,
    in_loop: bool,
}

impl Referenced {
    /// Those of all cases, on the default target and on each of `targets`.
    pub fn of(plan: &Plan, targets: &[String]) -> Referenced {
        let mut found = Referenced::default();
        for scenario in &plan.scenarios {
            found.sources.insert(scenario.path.clone());
            for case in &scenario.cases {
                let place = Place {
                    stem: &scenario.stem,
                    case: case.name.as_ref(),
                    in_loop: false,
                };
                found.walk(&scenario.steps, &place, targets);
            }
        }
        found
    }

    /// Whether some step makes the snapshot at that path below the snapshots' folder.
    pub fn has(&self, below: &Path) -> bool {
        self.paths.contains(below.as_os_str()) || self.has_turn(below)
    }

    /// Whether the plan was made from that file, so that it speaks for the file's snapshots.
    pub fn speaks_for(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    fn walk(&mut self, steps: &[Step], place: &Place<'_>, targets: &[String]) {
        for step in steps {
            let place = Place {
                in_loop: place.in_loop || step.each.is_some(),
                ..*place
            };
            if let Some(rules) = &step.snapshot {
                self.add(rules, &place, None);
                for target in targets {
                    self.add(rules, &place, Some(target));
                }
            }
            if let Action::Use(used) = &step.action {
                self.sources.insert(used.path.clone());
                self.walk(&used.steps, &place, targets);
            }
        }
    }

    fn add(&mut self, rules: &SnapshotRules, place: &Place<'_>, target: Option<&String>) {
        let mut subject = Subject {
            stem: place.stem.to_owned(),
            name: rules.name.clone(),
            case: place.case.cloned(),
            target: target.cloned(),
            source: String::new(),
            expression: String::new(),
        };
        if let Some(owner) = &rules.owner {
            subject.stem.clone_from(&owner.stem);
            subject.case = None;
            self.sources.insert(owner.path.clone());
        }
        let path = subject.path();
        if place.in_loop
            && let Some((around, _)) = taken_apart(&path)
        {
            self.loops.entry(around).or_default().push(subject.name);
        }
        // The turns around a fragment that is shared do not count in it.
        if !place.in_loop || rules.owner.is_some() {
            self.paths.insert(path.into_os_string());
        }
    }

    fn has_turn(&self, below: &Path) -> bool {
        if self.loops.is_empty() {
            return false;
        }
        taken_apart(below).is_some_and(|(around, head)| {
            let names = self.loops.get(&around);
            names.is_some_and(|names| names.iter().any(|name| is_turn(&head, name)))
        })
    }
}

/// What stands around the name in a snapshot's path, and the name. Neither `@` nor `~` is ever in a name.
fn taken_apart(path: &Path) -> Option<(Around, String)> {
    let file = path.file_name()?.to_str()?;
    let end = file
        .find(['@', '~'])
        .or_else(|| file.len().checked_sub(ENDING.len()))?;
    let (head, tail) = file.split_at_checked(end)?;
    let folder = path.parent()?.as_os_str().to_owned();
    Some(((folder, tail.to_owned()), head.to_owned()))
}

/// Whether that is how the snapshot of a loop's turn is called, whose step has that name.
fn is_turn(head: &str, name: &str) -> bool {
    let is_turn = head
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|turn| {
            turn.bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
        });
    // Behind a name that had to be changed stands a hash of it and the turn. Rather one too many than too few.
    let shown = replaced(name);
    let is_changed = shown != name || shown.len() + MOST_DIGITS > LONGEST;
    is_turn || (is_changed && head.starts_with(&shown))
}

/// How much the numbers of turns take in a file's name, with loops in loops.
const MOST_DIGITS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the steps of a loop make.
    fn turns(name: &str, case: Option<&str>) -> Referenced {
        let case = case.map(String::from);
        let place = Place {
            stem: "a/b",
            case: case.as_ref(),
            in_loop: true,
        };
        let rules = SnapshotRules {
            name: name.into(),
            ..SnapshotRules::default()
        };
        let mut referenced = Referenced::default();
        referenced.add(&rules, &place, None);
        referenced
    }

    #[test]
    fn the_turns_of_a_loop_are_known_and_nothing_else_is() {
        for (name, case, below, expected) in [
            ("fip", None, "a/b/fip-1.snap", true),
            ("fip", None, "a/b/fip-12-3.snap", true),
            ("fip", None, "a/b/fip.snap", false),
            ("fip", None, "a/b/fip-x.snap", false),
            ("fip", None, "a/b/fips-1.snap", false),
            ("fip", None, "a/fip-1.snap", false),
            ("fip", None, "a/b/fip-1@x.snap", false),
            ("fip", Some("x"), "a/b/fip-1@x.snap", true),
            ("fip", Some("x"), "a/b/fip-1.snap", false),
        ] {
            let found = turns(name, case).has(Path::new(below));
            assert_eq!(found, expected, "{name} {case:?} {below}");
        }
        for name in ["a name", "a/b/../c", &"x".repeat(60), &"x".repeat(300), ""] {
            let turn = Subject {
                stem: "a/b".into(),
                name: format!("{name}-7"),
                case: None,
                target: None,
                source: String::new(),
                expression: String::new(),
            };
            assert!(turns(name, None).has(&turn.path()), "{name}");
        }
    }
}

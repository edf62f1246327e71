//! Which snapshots the steps of a plan make, on any target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Subject;
use super::name::{ENDING, LONGEST, replaced};
use crate::model::plan::{Action, Plan, SnapshotRules, Step};

/// The snapshots that a plan's steps make.
#[derive(Debug, Default)]
pub struct Referenced {
    paths: BTreeSet<PathBuf>,
    loops: Vec<Turns>,
    sources: BTreeSet<String>,
}

/// The snapshots of a step in a loop: one for each turn, and nobody knows how many there will be.
#[derive(Debug)]
struct Turns {
    folder: PathBuf,
    name: String,
    /// What stands behind the turn's number: `@case~target.snap`.
    tail: String,
}

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
        self.paths.contains(below) || self.loops.iter().any(|turns| turns.has(below))
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
        // The turns around a fragment that is shared do not count in it.
        if !place.in_loop || rules.owner.is_some() {
            self.paths.insert(subject.path());
        }
        if place.in_loop {
            self.loops.push(Turns::of(subject));
        }
    }
}

impl Turns {
    fn of(subject: Subject) -> Turns {
        let name = subject.name.clone();
        let path = Subject {
            name: "x".into(),
            ..subject
        }
        .path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        Turns {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            name,
            tail: file.strip_prefix('x').unwrap_or(ENDING).to_owned(),
        }
    }

    fn has(&self, below: &Path) -> bool {
        let file = below.file_name().unwrap_or_default().to_string_lossy();
        let Some(head) = file.strip_suffix(&self.tail) else {
            return false;
        };
        if below.parent() != Some(&self.folder) {
            return false;
        }
        let is_turn = head
            .strip_prefix(&self.name)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|turn| {
                turn.bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
            });
        // Behind a name that had to be changed stands a hash of it and the turn. Rather one too many than too few.
        let shown = replaced(&self.name);
        let is_changed = shown != self.name || shown.len() + MOST_DIGITS > LONGEST;
        is_turn || (is_changed && head.starts_with(&shown))
    }
}

/// How much the numbers of turns take in a file's name, with loops in loops.
const MOST_DIGITS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(name: &str, case: Option<&str>) -> Turns {
        Turns::of(Subject {
            stem: "a/b".into(),
            name: name.into(),
            case: case.map(String::from),
            target: None,
            source: String::new(),
            expression: String::new(),
        })
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

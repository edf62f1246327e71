//! What a review asks, in which order, and what an answer decides.
//!
//! A change that several snapshots have is asked about once. A snapshot is decided by that only if it has no other
//! change; else it is asked about by itself, later.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::change::Change;

/// The questions of a review.
#[derive(Debug)]
pub struct Agenda {
    snapshots: Vec<Snapshot>,
    /// Changes that the same snapshots have, and which snapshots those are; those of most first.
    shared: Vec<(Vec<Change>, Vec<usize>)>,
    /// How many of the shared ones have been asked about.
    asked: usize,
}

#[derive(Debug)]
struct Snapshot {
    changes: Vec<Change>,
    accepted: BTreeSet<Change>,
    is_open: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The changes in question; none where a snapshot is new or cannot be compared.
    pub changes: Vec<Change>,
    /// The snapshots that have them, by their places in what the agenda was made of.
    pub members: Vec<Member>,
}

/// A snapshot that a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its place.
    pub index: usize,
    /// How many other changes it has that nobody has accepted yet: it stays open then.
    pub others: usize,
    /// How many of its changes were accepted before.
    pub accepted: usize,
}

/// What a person says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is right.
    Accept,
    /// It is wrong.
    Reject,
    /// It stays pending.
    Skip,
}

impl Agenda {
    /// A review of snapshots with these changes.
    pub fn new(changes: Vec<Vec<Change>>) -> Agenda {
        let mut owners: BTreeMap<&Change, Vec<usize>> = BTreeMap::new();
        for (index, changes) in changes.iter().enumerate() {
            for change in changes.iter().collect::<BTreeSet<_>>() {
                owners.entry(change).or_default().push(index);
            }
        }
        let mut together: BTreeMap<&Vec<usize>, Vec<Change>> = BTreeMap::new();
        // In the order in which the first of them has them, which is that of the response.
        let mut seen = BTreeSet::new();
        for change in changes.iter().flatten() {
            if let Some(members) = owners.get(change).filter(|members| members.len() > 1)
                && seen.insert(change)
            {
                together.entry(members).or_default().push(change.clone());
            }
        }
        let mut shared: Vec<(Vec<Change>, Vec<usize>)> = together
            .into_iter()
            .map(|(members, changes)| (changes, members.clone()))
            .collect();
        shared.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
        let snapshots = changes
            .into_iter()
            .map(|changes| Snapshot {
                changes,
                accepted: BTreeSet::new(),
                is_open: true,
            })
            .collect();
        Agenda {
            snapshots,
            shared,
            asked: 0,
        }
    }

    /// How many snapshots are not decided on or skipped yet.
    pub fn open(&self) -> usize {
        self.snapshots.iter().filter(|it| it.is_open).count()
    }

    /// The next question, if there is one.
    pub fn next_question(&mut self) -> Option<Question> {
        while let Some((changes, members)) = self.shared.get(self.asked) {
            self.asked += 1;
            let members: Vec<Member> = members
                .iter()
                .filter(|index| self.snapshots[**index].is_open)
                .map(|index| self.member(*index, changes))
                .collect();
            if members.len() > 1 {
                return Some(Question {
                    changes: changes.clone(),
                    members,
                });
            }
        }
        let index = self.snapshots.iter().position(|it| it.is_open)?;
        let snapshot = &self.snapshots[index];
        let changes: Vec<Change> = snapshot
            .changes
            .iter()
            .filter(|change| !snapshot.accepted.contains(change))
            .cloned()
            .collect();
        let members = vec![self.member(index, &changes)];
        Some(Question { changes, members })
    }

    /// Takes note of an answer, and gives the snapshots that it decides as a whole.
    pub fn answer(&mut self, question: &Question, answer: Answer) -> Vec<usize> {
        let mut decided = Vec::new();
        for member in &question.members {
            let snapshot = &mut self.snapshots[member.index];
            if answer == Answer::Accept {
                snapshot.accepted.extend(question.changes.iter().cloned());
            }
            if member.others > 0 {
                continue;
            }
            snapshot.is_open = false;
            // Nothing of it was left out: what was rejected or skipped before would be one of the others.
            decided.push(member.index);
        }
        decided
    }

    fn member(&self, index: usize, asked: &[Change]) -> Member {
        let snapshot = &self.snapshots[index];
        let others = snapshot
            .changes
            .iter()
            .filter(|change| !asked.contains(change) && !snapshot.accepted.contains(change))
            .count();
        Member {
            index,
            others,
            accepted: snapshot.accepted.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::What;

    fn change(name: char) -> Change {
        Change {
            place: name.into(),
            what: What::Rewritten,
        }
    }

    /// Asks everything; `answers` has a letter a question. Gives a line a question and what became of each.
    fn review(snapshots: &[&str], answers: &str) -> (Vec<String>, String) {
        let changes = snapshots
            .iter()
            .map(|names| names.chars().map(change).collect())
            .collect();
        let mut agenda = Agenda::new(changes);
        let (mut asked, mut fate) = (Vec::new(), vec!['?'; snapshots.len()]);
        let mut answers = answers.chars();
        while let Some(question) = agenda.next_question() {
            let names: String = question
                .changes
                .iter()
                .map(|change| change.place.as_str())
                .collect();
            let members: String = question
                .members
                .iter()
                .map(|member| member.index.to_string())
                .collect();
            asked.push(format!("{names}@{members}"));
            let letter = answers.next().expect("an answer");
            let answer = match letter {
                'a' => Answer::Accept,
                'r' => Answer::Reject,
                _ => Answer::Skip,
            };
            for index in agenda.answer(&question, answer) {
                assert_eq!(fate[index], '?');
                fate[index] = letter;
            }
        }
        assert_eq!((answers.next(), agenda.open()), (None, 0));
        (asked, fate.into_iter().collect())
    }

    #[test]
    fn shared_changes_are_asked_once_and_hide_no_other() {
        for (snapshots, answers, questions, fate) in [
            (vec!["x"], "a", vec!["x@0"], "a"),
            (vec!["x", "x", "x"], "a", vec!["x@012"], "aaa"),
            (vec!["x", "x", "x"], "r", vec!["x@012"], "rrr"),
            // One hides a second change.
            (vec!["x", "xy", "x"], "aa", vec!["x@012", "y@1"], "aaa"),
            (vec!["x", "xy", "x"], "ar", vec!["x@012", "y@1"], "ara"),
            (vec!["x", "xy", "x"], "as", vec!["x@012", "y@1"], "asa"),
            // What was not accepted is asked about again with the rest.
            (vec!["x", "xy", "x"], "ra", vec!["x@012", "xy@1"], "rar"),
            (vec!["x", "xy", "x"], "sa", vec!["x@012", "xy@1"], "sas"),
            // Every change was accepted, each with others.
            (vec!["xy", "x", "y"], "aa", vec!["x@01", "y@02"], "aaa"),
            (
                vec!["xy", "x", "y"],
                "rar",
                vec!["x@01", "y@02", "x@0"],
                "rra",
            ),
            // New ones and those that cannot be compared have no changes.
            (vec!["", "", "x"], "ars", vec!["@0", "@1", "x@2"], "ars"),
            (vec!["xyz", "xyz"], "a", vec!["xyz@01"], "aa"),
        ] {
            let expected: Vec<String> = questions.into_iter().map(str::to_owned).collect();
            assert_eq!(
                review(&snapshots, answers),
                (expected, fate.to_owned()),
                "{snapshots:?} {answers}"
            );
        }
    }

    #[test]
    fn a_question_says_what_else_there_is() {
        let changes = ["x", "xyz"].map(|names| names.chars().map(change).collect());
        let mut agenda = Agenda::new(changes.to_vec());
        let question = agenda.next_question().expect("a question");
        assert_eq!(
            (question.members[0].others, question.members[1].others),
            (0, 2)
        );
        assert_eq!(agenda.answer(&question, Answer::Accept), [0]);
        let question = agenda.next_question().expect("a question");
        assert_eq!(
            (question.members[0].others, question.members[0].accepted),
            (0, 1)
        );
    }
}

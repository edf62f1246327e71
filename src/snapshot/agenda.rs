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
    /// Changes that the same snapshots have; those of most first.
    shared: Vec<Shared>,
}

#[derive(Debug)]
struct Snapshot {
    changes: Vec<Change>,
    accepted: BTreeSet<Change>,
    state: State,
}

#[derive(Debug)]
struct Shared {
    changes: Vec<Change>,
    /// Which snapshots have them.
    members: Vec<usize>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Skipped,
    Decided,
}

/// What a question is about; the order is that in which questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// Changes that several snapshots have, by their number.
    Shared(usize),
    /// A snapshot by itself.
    Snapshot(usize),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// What it is about.
    pub stop: Stop,
    /// The changes in question; none where a snapshot is new or cannot be compared.
    pub changes: Vec<Change>,
    /// The snapshots that have them, by their places in what the agenda was made of.
    pub members: Vec<Member>,
}

/// A snapshot that a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let own: Vec<(usize, Vec<&Change>)> = changes
            .iter()
            .enumerate()
            .map(|(index, changes)| (index, changes.iter().collect()))
            .collect();
        let shared = together(&own);
        let snapshots = changes.into_iter().map(Snapshot::new).collect();
        Agenda { snapshots, shared }
    }

    /// Takes up snapshots that became pending meanwhile, behind the others. They are asked about with those where they
    /// have all that is asked and nobody has answered it, and with each other.
    pub fn add(&mut self, changes: Vec<Vec<Change>>) {
        let first = self.snapshots.len();
        let mut own: Vec<(usize, Vec<&Change>)> = Vec::new();
        for (index, changes) in (first..).zip(&changes) {
            let found: BTreeSet<&Change> = changes.iter().collect();
            let mut joined: BTreeSet<&Change> = BTreeSet::new();
            for shared in self.shared.iter_mut().filter(|it| it.answer.is_none()) {
                if shared.changes.iter().all(|change| found.contains(change)) {
                    shared.members.push(index);
                    let asked = shared.changes.iter();
                    joined.extend(asked.filter_map(|change| found.get(change).copied()));
                }
            }
            let left = changes.iter().filter(|change| !joined.contains(change));
            own.push((index, left.collect()));
        }
        self.shared.extend(together(&own));
        self.snapshots
            .extend(changes.into_iter().map(Snapshot::new));
    }

    /// Whether nobody has decided on a snapshot yet; a skipped one is among those.
    pub fn is_undecided(&self, index: usize) -> bool {
        self.snapshots
            .get(index)
            .is_some_and(Snapshot::is_undecided)
    }

    /// How many snapshots are not decided on or skipped yet.
    pub fn open(&self) -> usize {
        self.snapshots.iter().filter(|it| it.is_open()).count()
    }

    /// The next question, if there is one: the same until it is answered.
    pub fn next_question(&self) -> Option<Question> {
        (0..self.shared.len())
            .find_map(|number| self.open_shared(number))
            .or_else(|| {
                let index = self.snapshots.iter().position(Snapshot::is_open)?;
                self.question(Stop::Snapshot(index))
            })
    }

    /// The question at a stop, also if it was skipped; none where nothing is left to ask.
    pub fn question(&self, stop: Stop) -> Option<Question> {
        match stop {
            Stop::Shared(number) => {
                let shared = self.shared.get(number)?;
                match shared.answer {
                    None => self.open_shared(number),
                    Some(Answer::Skip) => self.shared_question(number, Snapshot::is_undecided),
                    Some(_) => None,
                }
            }
            Stop::Snapshot(index) => {
                let snapshot = self.snapshots.get(index).filter(|it| it.is_undecided())?;
                let changes: Vec<Change> = snapshot.left().cloned().collect();
                let members = vec![self.member(index, 0)];
                Some(Question {
                    stop,
                    changes,
                    members,
                })
            }
        }
    }

    /// All that is still to be asked, in its order. A snapshot all of whose changes are asked about with others is not
    /// among them by itself.
    pub fn stops(&self) -> Vec<Stop> {
        let open: Vec<usize> = (0..self.shared.len())
            .filter(|number| self.open_shared(*number).is_some())
            .collect();
        let asked: BTreeSet<&Change> = open
            .iter()
            .flat_map(|number| &self.shared[*number].changes)
            .collect();
        let is_covered = |snapshot: &Snapshot| {
            !snapshot.changes.is_empty() && snapshot.left().all(|change| asked.contains(change))
        };
        let alone = self
            .snapshots
            .iter()
            .enumerate()
            .filter(|(_, snapshot)| snapshot.is_open() && !is_covered(snapshot))
            .map(|(index, _)| Stop::Snapshot(index));
        open.iter()
            .map(|number| Stop::Shared(*number))
            .chain(alone)
            .collect()
    }

    /// How many changes are shared, whatever became of them.
    pub fn shared(&self) -> usize {
        self.shared.len()
    }

    /// Shared changes and the snapshots that have them, whatever became of them.
    pub fn shared_changes(&self, number: usize) -> Option<(&[Change], &[usize])> {
        let shared = self.shared.get(number)?;
        Some((&shared.changes, &shared.members))
    }

    /// The changes of a snapshot that were accepted with others, while it stayed open.
    pub fn accepted(&self, index: usize) -> impl Iterator<Item = &Change> {
        let snapshot = self.snapshots.get(index);
        snapshot.into_iter().flat_map(|it| &it.accepted)
    }

    /// Takes note of an answer, and gives the snapshots that it decides as a whole.
    pub fn answer(&mut self, question: &Question, answer: Answer) -> Vec<usize> {
        if let Stop::Shared(number) = question.stop {
            self.shared[number].answer = Some(answer);
        }
        let mut decided = Vec::new();
        for member in &question.members {
            let snapshot = &mut self.snapshots[member.index];
            if answer == Answer::Accept {
                snapshot.accepted.extend(question.changes.iter().cloned());
            }
            if member.others > 0 {
                continue;
            }
            snapshot.state = if answer == Answer::Skip {
                State::Skipped
            } else {
                State::Decided
            };
            // Nothing of it was left out: what was rejected or skipped before would be one of the others.
            decided.push(member.index);
        }
        decided
    }

    /// Asks again about what was skipped.
    pub fn ask_again(&mut self) {
        for snapshot in &mut self.snapshots {
            if snapshot.state == State::Skipped {
                snapshot.state = State::Open;
            }
        }
        for shared in &mut self.shared {
            if shared.answer == Some(Answer::Skip) {
                shared.answer = None;
            }
        }
    }

    /// Asks no more about a snapshot: somebody else decided on it.
    pub fn close(&mut self, index: usize) {
        self.snapshots[index].state = State::Decided;
    }

    /// Asks anew about a snapshot that has other changes now. It is asked about with others only where it has all that
    /// they have and nobody has answered that.
    pub fn replace(&mut self, index: usize, changes: Vec<Change>) {
        let found: BTreeSet<&Change> = changes.iter().collect();
        for shared in &mut self.shared {
            let has_all = shared.changes.iter().all(|change| found.contains(change));
            if !has_all {
                shared.members.retain(|member| *member != index);
            }
        }
        self.snapshots[index] = Snapshot::new(changes);
    }

    fn open_shared(&self, number: usize) -> Option<Question> {
        let is_new = self.shared[number].answer.is_none();
        is_new.then(|| self.shared_question(number, Snapshot::is_open))?
    }

    /// A question about several snapshots; none where that is one or none.
    fn shared_question(
        &self,
        number: usize,
        is_asked: impl Fn(&Snapshot) -> bool,
    ) -> Option<Question> {
        let shared = &self.shared[number];
        let asked: BTreeSet<&Change> = shared.changes.iter().collect();
        let members: Vec<Member> = shared
            .members
            .iter()
            .filter(|index| is_asked(&self.snapshots[**index]))
            .map(|index| {
                let left = self.snapshots[*index].left();
                let others = left.filter(|change| !asked.contains(change)).count();
                self.member(*index, others)
            })
            .collect();
        (members.len() > 1).then(|| Question {
            stop: Stop::Shared(number),
            changes: shared.changes.clone(),
            members,
        })
    }

    fn member(&self, index: usize, others: usize) -> Member {
        Member {
            index,
            others,
            accepted: self.snapshots[index].accepted.len(),
        }
    }
}

/// The changes that several of these snapshots have, those of most first.
fn together(own: &[(usize, Vec<&Change>)]) -> Vec<Shared> {
    let mut owners: BTreeMap<&Change, Vec<usize>> = BTreeMap::new();
    for (index, changes) in own {
        for change in changes.iter().copied().collect::<BTreeSet<_>>() {
            owners.entry(change).or_default().push(*index);
        }
    }
    let mut together: BTreeMap<&Vec<usize>, Vec<Change>> = BTreeMap::new();
    // In the order in which the first of them has them, which is that of the response.
    let mut seen = BTreeSet::new();
    for &change in own.iter().flat_map(|(_, changes)| changes) {
        if let Some(members) = owners.get(change).filter(|members| members.len() > 1)
            && seen.insert(change)
        {
            together.entry(members).or_default().push(change.clone());
        }
    }
    let mut shared: Vec<Shared> = together
        .into_iter()
        .map(|(members, changes)| Shared {
            changes,
            members: members.clone(),
            answer: None,
        })
        .collect();
    shared.sort_by_key(|shared| std::cmp::Reverse(shared.members.len()));
    shared
}

impl Snapshot {
    fn new(changes: Vec<Change>) -> Snapshot {
        Snapshot {
            changes,
            accepted: BTreeSet::new(),
            state: State::Open,
        }
    }

    fn is_open(&self) -> bool {
        self.state == State::Open
    }

    fn is_undecided(&self) -> bool {
        self.state != State::Decided
    }

    /// What nobody has accepted yet.
    fn left(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| !self.accepted.contains(change))
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
            assert!(agenda.stops().contains(&question.stop));
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
    fn many_changes_are_asked_about_in_time() {
        let many = |from: usize| -> Vec<Change> {
            (from..from + 100_000)
                .map(|number| Change {
                    place: format!("$.items[{number}].of_a_long_path_that_all_begin_with"),
                    what: What::Rewritten,
                })
                .collect()
        };
        let begun = std::time::Instant::now();
        let mut agenda = Agenda::new(vec![many(0), many(10), many(1_000_000)]);
        let mut members = Vec::new();
        while let Some(question) = agenda.next_question() {
            agenda.replace(2, many(1_000_001));
            agenda.answer(&question, Answer::Accept);
            members.push((question.changes.len(), question.members.len()));
            if question.stop == Stop::Snapshot(2) {
                agenda.close(2);
            }
        }
        assert_eq!(members, [(99_990, 2), (10, 1), (10, 1), (100_000, 1)]);
        // Each with each would take minutes.
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
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

    #[test]
    fn questions_can_be_asked_in_any_order() {
        let changes = ["x", "xy", "x", ""].map(|names| names.chars().map(change).collect());
        let mut agenda = Agenda::new(changes.to_vec());
        let [shared, two, new] = [Stop::Shared(0), Stop::Snapshot(1), Stop::Snapshot(3)];
        assert_eq!(agenda.stops(), [shared, two, new]);
        let members = |agenda: &Agenda, stop| agenda.question(stop).expect("a question").members;
        assert_eq!(members(&agenda, shared).len(), 3);
        let question = agenda.question(two).expect("a question");
        assert_eq!(question.changes.len(), 2);
        assert_eq!(agenda.answer(&question, Answer::Reject), [1]);
        assert_eq!(agenda.question(two), None);
        assert_eq!(members(&agenda, shared).len(), 2);
        // One that is asked about with another can be asked about by itself, and the other then is.
        let question = agenda.question(Stop::Snapshot(0)).expect("a question");
        assert_eq!(agenda.answer(&question, Answer::Accept), [0]);
        assert_eq!(agenda.question(shared), None);
        assert_eq!(agenda.stops(), [Stop::Snapshot(2), new]);
    }

    #[test]
    fn what_was_skipped_can_be_asked_again() {
        let changes = ["x", "xy", "x"].map(|names| names.chars().map(change).collect());
        let mut agenda = Agenda::new(changes.to_vec());
        for _ in 0..2 {
            let question = agenda.next_question().expect("a question");
            agenda.answer(&question, Answer::Skip);
        }
        assert_eq!((agenda.next_question(), agenda.open()), (None, 0));
        assert!(agenda.stops().is_empty());
        let question = agenda.question(Stop::Shared(0)).expect("it was skipped");
        assert_eq!(question.members.len(), 3);
        agenda.ask_again();
        assert_eq!(agenda.stops(), [Stop::Shared(0), Stop::Snapshot(1)]);
        assert_eq!(agenda.answer(&question, Answer::Accept), [0, 2]);
        agenda.ask_again();
        assert_eq!(agenda.stops(), [Stop::Snapshot(1)]);
    }

    #[test]
    fn what_became_pending_meanwhile_is_asked_with_those_like_it() {
        let named = |names: &str| names.chars().map(change).collect::<Vec<_>>();
        let mut agenda = Agenda::new(["x", "x", "y", "y"].map(named).to_vec());
        let asked = agenda.next_question().expect("a question");
        assert_eq!(agenda.answer(&asked, Answer::Accept), [0, 1]);
        agenda.add(["y", "yz", "z", "x", "w"].map(named).to_vec());
        let mut left = Vec::new();
        while let Some(question) = agenda.next_question() {
            let names = question.changes.iter().map(|change| change.place.as_str());
            let members = question.members.iter().map(|member| member.index);
            left.push((names.collect::<String>(), members.collect::<Vec<_>>()));
            agenda.answer(&question, Answer::Accept);
        }
        let with = |names: &str, members: &[usize]| (names.to_owned(), members.to_vec());
        let expected = [
            with("y", &[2, 3, 4, 5]),
            with("z", &[5, 6]),
            // Answered before it came.
            with("x", &[7]),
            with("w", &[8]),
        ];
        assert_eq!(left, expected);
        assert!(!agenda.is_undecided(8) && !agenda.is_undecided(9));
    }

    #[test]
    fn what_changed_meanwhile_is_asked_anew() {
        let named = |names: &str| names.chars().map(change).collect::<Vec<_>>();
        let mut agenda = Agenda::new(["x", "x", "x", "x"].map(named).to_vec());
        agenda.replace(1, named("xz"));
        agenda.replace(2, named("z"));
        agenda.close(3);
        let question = agenda.next_question().expect("a question");
        let members: Vec<_> = question.members.iter().map(|it| it.index).collect();
        assert_eq!((members, question.members[1].others), (vec![0, 1], 1));
        assert_eq!(agenda.answer(&question, Answer::Accept), [0]);
        // What was accepted before does not hold for what came later.
        agenda.replace(0, named("x"));
        let stops = [0, 1, 2].map(Stop::Snapshot);
        assert_eq!(agenda.stops(), stops);
        assert_eq!(
            agenda.question(stops[0]).expect("a question").changes.len(),
            1
        );
    }
}

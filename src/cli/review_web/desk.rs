//! The state of a review in a browser: what was decided, what is asked next, what changed on disk meanwhile.
//!
//! Several windows may show the same review, and other programs may write to the same files. An answer holds only for
//! what was shown; everything else is told, and asked again.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::item::{Item, News};
use crate::cli::review::shortened;
use crate::cli::source::Source;
use crate::model::natural;
use crate::report::{WebNotice, WebNoticeKind, WebOrder, WebState, WebTally, plural, shown_path};
use crate::snapshot::StoreError;
use crate::snapshot::agenda::{Agenda, Answer, Question, Stop};
use crate::snapshot::decision;
use crate::snapshot::pending::Pending;

/// So many snapshots are named that a decision was about.
const MOST_NAMED: usize = 8;

/// A review.
pub(super) struct Desk {
    pub(super) items: Vec<Item>,
    pub(super) agenda: Agenda,
    /// The items by scenario.
    pub(super) by_scenario: Vec<usize>,
    source: Source,
    /// Those that became pending meanwhile, and were not told yet.
    new: Vec<usize>,
    root: PathBuf,
    folder: PathBuf,
    notices: Vec<Vec<WebNotice>>,
    failed: BTreeSet<usize>,
    /// Whether the review is being stopped: what is not decided by then stays pending.
    is_stopping: Arc<AtomicBool>,
}

/// What an answer led to.
pub(super) struct Done {
    /// Where it is told.
    pub(super) number: usize,
    /// What is asked next, if anything is.
    pub(super) next: Option<Stop>,
}

impl Desk {
    pub(super) fn new(
        items: Vec<Item>,
        source: Source,
        root: PathBuf,
        folder: PathBuf,
        is_stopping: Arc<AtomicBool>,
    ) -> Desk {
        let agenda = Agenda::new(
            items
                .iter()
                .map(|item| item.entry.changes.clone())
                .collect(),
        );
        Desk {
            by_scenario: by_scenario(&items),
            items,
            agenda,
            source,
            new: Vec::new(),
            root,
            folder,
            notices: Vec::new(),
            failed: BTreeSet::new(),
            is_stopping,
        }
    }

    /// Takes up what became pending meanwhile.
    pub(super) fn take_up(&mut self) {
        let undecided = self.items.iter().filter(|item| item.is_undecided());
        let known: HashSet<&Path> = undecided
            .map(|item| item.entry.pending.path.as_path())
            .collect();
        self.source.look();
        let new = self
            .source
            .new_ones(|listed| !known.contains(listed.path.as_path()));
        let new: Vec<Item> = new.into_iter().filter_map(Item::new).collect();
        if new.is_empty() {
            return;
        }
        let changes = new.iter().map(|item| item.entry.changes.clone());
        self.agenda.add(changes.collect());
        self.new.extend((self.items.len()..).take(new.len()));
        self.items.extend(new);
        self.by_scenario = by_scenario(&self.items);
    }

    /// What became pending meanwhile, to be told once.
    pub(super) fn new_ones(&mut self) -> Option<WebNotice> {
        let new = std::mem::take(&mut self.new);
        (!new.is_empty()).then(|| WebNotice {
            kind: WebNoticeKind::Trouble,
            text: "Pending since this review began, and asked about as well:".into(),
            details: named(new.into_iter().map(|index| self.shown(index)).collect()),
        })
    }

    pub(super) fn tally(&self) -> WebTally {
        let mut tally = WebTally {
            total: self.items.len(),
            ..WebTally::default()
        };
        for item in &self.items {
            match item.state {
                WebState::Open => {}
                WebState::Skipped => tally.skipped += 1,
                WebState::Accepted => tally.accepted += 1,
                WebState::Rejected => tally.rejected += 1,
                WebState::Elsewhere => tally.elsewhere += 1,
            }
        }
        tally
    }

    /// Whether something could not be written, and still is not.
    pub(super) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// What is told of an answer.
    pub(super) fn notices(&self, number: usize) -> &[WebNotice] {
        self.notices.get(number).map_or(&[], Vec::as_slice)
    }

    /// What tells a question as it stands from the same question at another time.
    pub(super) fn seen(&self, question: &Question) -> String {
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        for member in &question.members {
            self.items[member.index].version.hash(&mut hasher);
        }
        format!("{:x}", hasher.finish())
    }

    /// The question at a stop as it stands on disk now, and what is new there.
    pub(super) fn question(&mut self, stop: Stop) -> (Option<Question>, Vec<WebNotice>) {
        let Some(question) = self.agenda.question(stop) else {
            return (None, Vec::new());
        };
        let (changed, news) = self.look_again(&question);
        if changed.is_empty() {
            return (Some(question), news);
        }
        (self.agenda.question(stop), news)
    }

    /// What is asked, in the order of the list.
    pub(super) fn sequence(&self, order: WebOrder) -> Vec<Stop> {
        match order {
            WebOrder::Change => self.agenda.stops(),
            WebOrder::Scenario => self
                .by_scenario
                .iter()
                .filter(|index| self.items[**index].state == WebState::Open)
                .map(|index| Stop::Snapshot(*index))
                .collect(),
        }
    }

    /// Takes an answer to what was seen, and puts it on disk.
    pub(super) fn answer(
        &mut self,
        stop: Stop,
        answer: Answer,
        seen: &str,
        order: WebOrder,
    ) -> Done {
        let before = self.sequence(order);
        let notices = match self.agenda.question(stop) {
            None => vec![trouble("This was decided already: nothing was done.")],
            Some(question) if self.seen(&question) != seen => {
                let text = "This is not what it was when it was shown: another window has decided on part of it, \
                            or it changed on disk. Nothing was done; look at it again.";
                self.notices.push(vec![trouble(text)]);
                return self.done(Some(stop));
            }
            Some(question) => self.settle(question, answer),
        };
        self.notices.push(notices);
        let next = self.after(stop, &before, order);
        self.done(next)
    }

    fn done(&self, next: Option<Stop>) -> Done {
        Done {
            number: self.notices.len() - 1,
            next,
        }
    }

    /// The first that is still asked of those that came after, else the first of all.
    fn after(&self, stop: Stop, before: &[Stop], order: WebOrder) -> Option<Stop> {
        let now = self.sequence(order);
        let open: BTreeSet<Stop> = now.iter().copied().collect();
        let from = match before.iter().position(|it| *it == stop) {
            Some(at) => at + 1,
            None => before.iter().position(|it| *it > stop).unwrap_or(0),
        };
        before[from..]
            .iter()
            .find(|it| open.contains(it))
            .or(now.first())
            .copied()
    }

    fn settle(&mut self, mut question: Question, answer: Answer) -> Vec<WebNotice> {
        let (changed, mut notices) = self.look_again(&question);
        question
            .members
            .retain(|member| !changed.contains(&member.index));
        if question.members.is_empty() {
            return notices;
        }
        let decided = self.agenda.answer(&question, answer);
        let (mut done_to, mut errors) = (Vec::new(), Vec::new());
        for batch in decided.chunks(decision::BATCH) {
            if self.is_stopping.load(Ordering::Relaxed) {
                batch.iter().for_each(|index| self.reopen(*index));
                continue;
            }
            for (done, index) in self.decide(batch, answer).into_iter().zip(batch) {
                match self.note(*index, answer, done) {
                    Ok(()) => done_to.push(self.shown(*index)),
                    Err(error) => errors.push(error),
                }
            }
        }
        let follow = question.members.len() - decided.len();
        notices.insert(0, told(answer, done_to, follow));
        if !errors.is_empty() {
            notices.push(WebNotice {
                kind: WebNoticeKind::Trouble,
                text: "This could not be done:".into(),
                details: errors,
            });
        }
        notices
    }

    /// Puts a decision on disk.
    fn decide(&self, batch: &[usize], answer: Answer) -> Vec<Result<(), StoreError>> {
        let all: Vec<&Pending> = batch
            .iter()
            .map(|index| &self.items[*index].entry.pending)
            .collect();
        match answer {
            Answer::Accept => decision::accept(&all),
            Answer::Reject => decision::reject(&all),
            Answer::Skip => vec![Ok(()); all.len()],
        }
    }

    /// Takes note of what came of it.
    fn note(
        &mut self,
        index: usize,
        answer: Answer,
        done: Result<(), StoreError>,
    ) -> Result<(), String> {
        let item = &mut self.items[index];
        let state = match answer {
            Answer::Accept => WebState::Accepted,
            Answer::Reject => WebState::Rejected,
            Answer::Skip => WebState::Skipped,
        };
        match done {
            Ok(()) => {
                item.state = state;
                self.failed.remove(&index);
                Ok(())
            }
            Err(error) => {
                // Whatever the clock of the files says, they are read before they are shown again.
                item.doubt();
                self.reopen(index);
                self.failed.insert(index);
                Err(self.shortened(&error.to_string()))
            }
        }
    }

    /// Asks about a snapshot as it is now.
    fn reopen(&mut self, index: usize) {
        let item = &mut self.items[index];
        item.state = WebState::Open;
        self.agenda.replace(index, item.entry.changes.clone());
    }

    /// A message with paths as they are seen from the working folder.
    pub(super) fn shortened(&self, message: &str) -> String {
        shortened(message, &self.folder)
    }

    /// Asks again about what was skipped.
    pub(super) fn ask_again(&mut self) {
        for item in &mut self.items {
            if item.state == WebState::Skipped {
                item.state = WebState::Open;
            }
        }
        self.agenda.ask_again();
    }

    /// Looks at the files of a question's snapshots: those whose files were written since, and what to tell of it.
    fn look_again(&mut self, question: &Question) -> (BTreeSet<usize>, Vec<WebNotice>) {
        let mut changed = BTreeSet::new();
        let (mut rewritten, mut accepted, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for member in &question.members {
            let index = member.index;
            let news = self.items[index].look_again();
            let told = match news {
                News::None => continue,
                News::Changed => {
                    self.reopen(index);
                    &mut rewritten
                }
                News::Accepted => &mut accepted,
                News::Gone => &mut gone,
            };
            told.push(self.shown(index));
            if !matches!(news, News::Changed) {
                self.items[index].state = WebState::Elsewhere;
                self.failed.remove(&index);
                self.agenda.close(index);
            }
            changed.insert(index);
        }
        let notices = [
            (
                "Changed on disk since it was shown, and to be looked at again:",
                rewritten,
            ),
            ("Accepted meanwhile, outside of this review:", accepted),
            (
                "Gone meanwhile: it was rejected, or a later run passed:",
                gone,
            ),
        ]
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty())
        .map(|(text, paths)| WebNotice {
            kind: WebNoticeKind::Trouble,
            text: text.into(),
            details: named(paths),
        })
        .collect();
        (changed, notices)
    }

    /// Where an accepted snapshot stands, as it is shown.
    pub(super) fn shown(&self, index: usize) -> String {
        let below = &self.items[index].entry.pending.below;
        shown_path(&self.root.join(below), &self.folder)
    }
}

/// The numbers of the items by scenario.
fn by_scenario(items: &[Item]) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..items.len()).collect();
    numbers.sort_by(|left, right| {
        natural::compare(items[*left].entry.source(), items[*right].entry.source())
    });
    numbers
}

fn trouble(text: &str) -> WebNotice {
    WebNotice {
        kind: WebNoticeKind::Trouble,
        text: text.to_owned(),
        details: Vec::new(),
    }
}

/// What was done, in words.
fn told(answer: Answer, done_to: Vec<String>, follow: usize) -> WebNotice {
    let word = match answer {
        Answer::Accept => "Accepted",
        Answer::Reject => "Rejected",
        Answer::Skip => "Skipped",
    };
    let mut text = match done_to.len() {
        0 => format!("{word}."),
        count => format!("{word} {}.", plural(count, "snapshot")),
    };
    match follow {
        0 => {}
        1 => text.push_str(" 1 has another change as well, and follows by itself."),
        _ => text.push_str(&format!(
            " {follow} have other changes as well, and follow by themselves."
        )),
    }
    WebNotice {
        kind: WebNoticeKind::Done,
        text,
        details: named(done_to),
    }
}

/// The paths, if they are few enough to be read.
fn named(mut paths: Vec<String>) -> Vec<String> {
    let more = paths.len().saturating_sub(MOST_NAMED);
    paths.truncate(MOST_NAMED);
    if more > 0 {
        paths.push(format!("… {more} more"));
    }
    paths
}

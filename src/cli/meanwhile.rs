//! What becomes of pending snapshots while they are reviewed: runs write them, and others decide on them.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::review::{Entry, Material};
use super::source::{Source, Stamp};
use crate::report::{Palette, plural};
use crate::snapshot::agenda::{Agenda, Question, Stop};
use crate::snapshot::pending::{self, Listed, Pending};

/// So many snapshots are named of which the same is told.
const MOST_NAMED: usize = 8;

/// Whether a snapshot that is pending no more was accepted as it was shown; else it was rejected, or a run passed.
pub(super) fn is_taken(shown: &Pending) -> bool {
    match (shown.old(), &shown.file) {
        (Ok(Some(old)), Ok(shown)) => old.contents == shown.contents,
        _ => false,
    }
}

/// The files under a review in a terminal.
pub(super) struct Watch {
    source: Source,
    /// What they were when they were first waited for, by the numbers of the snapshots.
    stamps: Vec<Stamp>,
    /// Their numbers by their paths; of one that became pending again, the last.
    numbers: HashMap<PathBuf, usize>,
    /// Whether all that was there when the folders were looked into last is taken up.
    is_settled: bool,
}

/// What came meanwhile, by the numbers of the snapshots.
#[derive(Default)]
pub(super) struct News {
    new: Vec<usize>,
    changed: Vec<usize>,
    accepted: Vec<usize>,
    gone: Vec<usize>,
}

impl Watch {
    pub(super) fn new(source: Source) -> Watch {
        Watch {
            source,
            stamps: Vec::new(),
            numbers: HashMap::new(),
            is_settled: false,
        }
    }

    /// Takes note of the files, once. The first page is there before: of thousands of files this takes a moment.
    pub(super) fn note(&mut self, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate().skip(self.stamps.len()) {
            self.stamps.push(Stamp::of(&entry.pending.listed()));
            self.numbers.insert(entry.pending.path.clone(), index);
        }
    }

    /// Whether something is new that the question or the number of those that are left would show.
    pub(super) fn has_news(
        &mut self,
        material: &Material<'_>,
        agenda: &Agenda,
        question: &Question,
        failed: &BTreeSet<usize>,
    ) -> bool {
        let members = question.members.iter();
        let mut written = members.filter(|member| self.was_written(material, member.index));
        if written.next().is_some() {
            return true;
        }
        let (new, gone) = self.difference(material, agenda, failed);
        !(new.is_empty() && gone.is_empty())
    }

    /// Takes up what is new, asks no more about what is gone, and anew about what changed of the question that is kept, if
    /// it is still one, or else of the next.
    pub(super) fn catch_up(
        &mut self,
        material: &mut Material<'_>,
        agenda: &mut Agenda,
        failed: &BTreeSet<usize>,
        kept: Option<Stop>,
    ) -> News {
        let mut news = News::default();
        self.is_settled = false;
        let (new, gone) = self.difference(material, agenda, failed);
        for index in gone {
            news.lose(material, agenda, index);
        }
        let first = material.entries.len();
        material.entries.extend(self.read(new));
        let new = material.entries[first..].iter();
        agenda.add(new.map(|entry| entry.changes.clone()).collect());
        news.new.extend(first..material.entries.len());
        let next = |agenda: &Agenda| {
            let kept = kept.and_then(|stop| agenda.question(stop));
            kept.or_else(|| agenda.next_question())
        };
        while let Some(question) = next(agenda) {
            let before = (news.changed.len(), news.gone.len() + news.accepted.len());
            self.look_again(material, agenda, &question, &mut news);
            if before == (news.changed.len(), news.gone.len() + news.accepted.len()) {
                break;
            }
        }
        news
    }

    /// Reads what is new, as far as there is anything to decide. What it was before that is noted: it may still be written.
    fn read(&mut self, new: Vec<Listed>) -> Vec<Entry> {
        let stamps = new.iter().map(|it| (it.path.clone(), Stamp::of(it)));
        let stamps: HashMap<PathBuf, Stamp> = stamps.collect();
        let new: Vec<Pending> = new.into_iter().filter_map(Listed::read).collect();
        let compared = pending::compare_all(new).into_iter();
        let entries: Vec<Entry> = compared
            .map(Entry::compared)
            .filter(Entry::is_left)
            .collect();
        for entry in &entries {
            let path = &entry.pending.path;
            self.numbers.insert(path.clone(), self.stamps.len());
            self.stamps.push(stamps[path]);
        }
        entries
    }

    /// Takes those out of a question that are pending no more: there is nothing to decide.
    pub(super) fn without_gone(
        &self,
        material: &Material<'_>,
        agenda: &mut Agenda,
        question: &mut Question,
    ) -> News {
        let mut news = News::default();
        question.members.retain(|member| {
            let is_gone = is_gone(&material.entries[member.index].pending.path);
            if is_gone {
                news.lose(material, agenda, member.index);
            }
            !is_gone
        });
        news
    }

    /// Reads those of a question whose files were written since.
    fn look_again(
        &mut self,
        material: &mut Material<'_>,
        agenda: &mut Agenda,
        question: &Question,
        news: &mut News,
    ) {
        for index in question.members.iter().map(|member| member.index) {
            if !self.was_written(material, index) {
                continue;
            }
            let entry = &mut material.entries[index];
            let listed = entry.pending.listed();
            self.stamps[index] = Stamp::of(&listed);
            match listed.read().map(Entry::new) {
                None => news.lose(material, agenda, index),
                Some(now) if now.is_as(entry) => {}
                Some(now) => {
                    agenda.replace(index, now.changes.clone());
                    *entry = now;
                    news.changed.push(index);
                }
            }
        }
    }

    fn was_written(&self, material: &Material<'_>, index: usize) -> bool {
        let stamp = self.stamps.get(index);
        stamp.is_some_and(|stamp| *stamp != Stamp::of(&material.entries[index].pending.listed()))
    }

    /// What is pending and not asked about, and what is asked about and not pending.
    fn difference(
        &mut self,
        material: &Material<'_>,
        agenda: &Agenda,
        failed: &BTreeSet<usize>,
    ) -> (Vec<Listed>, Vec<usize>) {
        if !self.source.look() && self.is_settled {
            return (Vec::new(), Vec::new());
        }
        let mut is_there = vec![false; material.entries.len()];
        let new = self.source.new_ones(|listed| {
            let number = self.numbers.get(&listed.path);
            // What could not be written is not asked about for ever.
            let is_known = |it: &&usize| agenda.is_undecided(**it) || failed.contains(*it);
            let known = number.filter(is_known);
            known.map(|index| is_there[*index] = true).is_none()
        });
        let is_lost = |index: &usize| {
            let path = &material.entries[*index].pending.path;
            agenda.is_undecided(*index) && !is_there[*index] && is_gone(path)
        };
        let gone: Vec<usize> = (0..is_there.len()).filter(is_lost).collect();
        self.is_settled = new.is_empty() && gone.is_empty();
        (new, gone)
    }
}

/// Whether a file is there no more; one that cannot be looked at may be.
fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

impl News {
    fn lose(&mut self, material: &Material<'_>, agenda: &mut Agenda, index: usize) {
        agenda.close(index);
        if is_taken(&material.entries[index].pending) {
            self.accepted.push(index);
        } else {
            self.gone.push(index);
        }
    }

    /// Those on which somebody else has decided.
    pub(super) fn lost(&self) -> impl Iterator<Item = usize> {
        self.accepted.iter().chain(&self.gone).copied()
    }

    /// Whether a snapshot is another than the one that was shown.
    pub(super) fn has_changed(&self, index: usize) -> bool {
        self.changed.contains(&index)
    }

    /// Says it; nothing if there is none.
    pub(super) fn told(&self, material: &Material<'_>, palette: &Palette) -> String {
        let kinds = [
            ("gone meanwhile", &self.gone),
            ("accepted meanwhile", &self.accepted),
            ("changed meanwhile", &self.changed),
            ("new meanwhile", &self.new),
        ];
        let mut text = String::new();
        for (word, indices) in kinds {
            let shown = indices
                .iter()
                .map(|at| material.shown(&material.entries[*at]));
            let shown: Vec<String> = shown.collect();
            let style = palette.warn;
            text.push_str(&naming(&format!("{style}{word}{style:#}"), &shown));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// Names the snapshots of which a word holds, if they are few enough to be read.
pub(super) fn naming(word: &str, paths: &[String]) -> String {
    if paths.len() > MOST_NAMED {
        return format!("   {word} {}\n", plural(paths.len(), "snapshot"));
    }
    let lines = paths.iter().map(|path| format!("   {word} {path}\n"));
    lines.collect()
}

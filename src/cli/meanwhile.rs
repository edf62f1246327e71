//! What becomes of pending snapshots while they are reviewed: runs write them, and others decide on them.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::decide;
use super::review::{Entry, Material};
use crate::report::{Palette, plural};
use crate::snapshot::agenda::{Agenda, Question};
use crate::snapshot::pending::{self, Listed, Pending};

/// So many snapshots are named of which the same is told.
const MOST_NAMED: usize = 8;

/// Where the snapshots of a review are found.
pub(super) struct Source {
    paths: Vec<PathBuf>,
    root: PathBuf,
}

impl Source {
    pub(super) fn new(paths: &[PathBuf], root: &Path) -> Source {
        Source {
            paths: paths.to_vec(),
            root: root.to_owned(),
        }
    }

    /// What is pending now. What cannot be listed any more is no news: a path at which everything is decided chooses
    /// nothing.
    pub(super) fn listed(&self) -> Vec<Listed> {
        if self.paths.is_empty() {
            return pending::listed(&self.root).unwrap_or_default();
        }
        let chosen = self.paths.iter().filter_map(|path| {
            let path = std::slice::from_ref(path);
            decide::choose(path, false, &self.root).ok()
        });
        let mut seen = HashSet::new();
        let listed = chosen.flatten().map(|pending| pending.listed());
        listed
            .filter(|listed| seen.insert(listed.path.clone()))
            .collect()
    }
}

/// When both files of a pending snapshot were written, and how long they are. It is looked at before they are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pending: Option<(SystemTime, u64)>,
    accepted: Option<(SystemTime, u64)>,
}

impl Stamp {
    pub(super) fn of(listed: &Listed) -> Stamp {
        let look = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Stamp {
            pending: look(&listed.path),
            accepted: look(&listed.accepted),
        }
    }
}

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
        }
    }

    /// Takes note of the files that are new. The first page is there before: of thousands of files this takes a moment.
    pub(super) fn note(&mut self, entries: &[Entry]) {
        let new = entries.iter().skip(self.stamps.len());
        self.stamps
            .extend(new.map(|entry| Stamp::of(&entry.pending.listed())));
    }

    /// Whether something is new that the question or the number of those that are left would show.
    pub(super) fn has_news(
        &self,
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

    /// Takes up what is new, asks no more about what is gone, and anew about what changed of the next question.
    pub(super) fn catch_up(
        &mut self,
        material: &mut Material<'_>,
        agenda: &mut Agenda,
        failed: &BTreeSet<usize>,
    ) -> News {
        let mut news = News::default();
        let (new, gone) = self.difference(material, agenda, failed);
        for index in gone {
            news.lose(material, agenda, index);
        }
        let new: Vec<Pending> = new.into_iter().filter_map(Listed::read).collect();
        let compared = pending::compare_all(new).into_iter();
        let mut new: Vec<Entry> = compared
            .map(Entry::compared)
            .filter(Entry::is_left)
            .collect();
        let first = material.entries.len();
        agenda.add(new.iter().map(|entry| entry.changes.clone()).collect());
        material.entries.append(&mut new);
        news.new.extend(first..material.entries.len());
        while let Some(question) = agenda.next_question() {
            let before = (news.changed.len(), news.gone.len() + news.accepted.len());
            self.look_again(material, agenda, &question, &mut news);
            if before == (news.changed.len(), news.gone.len() + news.accepted.len()) {
                break;
            }
        }
        news
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
        &self,
        material: &Material<'_>,
        agenda: &Agenda,
        failed: &BTreeSet<usize>,
    ) -> (Vec<Listed>, Vec<usize>) {
        let mut new = self.source.listed();
        let there: HashSet<PathBuf> = new.iter().map(|listed| listed.path.clone()).collect();
        let entries = material.entries.iter().enumerate();
        let (mut known, mut gone) = (HashSet::new(), Vec::new());
        for (index, entry) in entries {
            let path = entry.pending.path.as_path();
            let is_asked = agenda.is_undecided(index);
            // What could not be written is not asked about for ever.
            if is_asked || failed.contains(&index) {
                known.insert(path);
            }
            if is_asked && !there.contains(path) && is_gone(path) {
                gone.push(index);
            }
        }
        new.retain(|listed| !known.contains(listed.path.as_path()));
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

    /// Says it.
    pub(super) fn tell(
        &self,
        material: &Material<'_>,
        palette: &Palette,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let kinds = [
            ("gone meanwhile", &self.gone),
            ("accepted meanwhile", &self.accepted),
            ("changed meanwhile", &self.changed),
            ("new meanwhile", &self.new),
        ];
        let mut is_any = false;
        for (word, indices) in kinds {
            let shown = indices
                .iter()
                .map(|at| material.shown(&material.entries[*at]));
            let shown: Vec<String> = shown.collect();
            let style = palette.warn;
            name_all(out, &format!("{style}{word}{style:#}"), &shown)?;
            is_any |= !shown.is_empty();
        }
        if is_any {
            writeln!(out)?;
        }
        Ok(())
    }
}

/// Names the snapshots of which a word holds, if they are few enough to be read.
pub(super) fn name_all(out: &mut impl Write, word: &str, paths: &[String]) -> io::Result<()> {
    if paths.len() > MOST_NAMED {
        return writeln!(out, "   {word} {}", plural(paths.len(), "snapshot"));
    }
    paths
        .iter()
        .try_for_each(|path| writeln!(out, "   {word} {path}"))
}

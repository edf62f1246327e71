//! Comparing with what was accepted, and leaving behind what the mode says.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::outcome::SnapshotOutcome;

use super::agreement;
use super::ahead::Ahead;
use super::claims::{Claimant, Claims};
use super::diff::diff;
use super::disk::{self, Lock};
use super::file::{self, SnapshotFile};
use super::name::pending_beside;
use super::repeated::Repeated;
use super::updates::{Update, Updates};
use super::{Mode, Normalised, Normaliser, Received, StoreError, Subject, Surroundings, Tapes};

/// The snapshots' folder. Cheap to clone; safe to use from several tasks and several processes at once.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    mode: Mode,
    /// Where the responses go instead of being compared.
    tapes: Option<Tapes>,
    /// Who compared with which file in this run.
    claims: Mutex<Claims>,
    /// What was written to each file while updating.
    written: Mutex<HashMap<PathBuf, Box<str>>>,
    updates: Updates,
    repeated: Repeated,
    /// The paths of the rules that are for all responses, and whether they have done anything yet.
    rules_of_all: Mutex<BTreeMap<String, bool>>,
}

impl Store {
    /// The snapshots under that folder, which need not exist yet.
    pub fn new(root: PathBuf, mode: Mode) -> Store {
        Store::with(root, mode, None)
    }

    /// Compares nothing and touches no file: all responses are taken down.
    pub fn taping(tapes: Tapes) -> Store {
        Store::with(PathBuf::new(), Mode::Check { output: None }, Some(tapes))
    }

    fn with(root: PathBuf, mode: Mode, tapes: Option<Tapes>) -> Store {
        Store {
            shared: Arc::new(Shared {
                root,
                mode,
                tapes,
                claims: Mutex::default(),
                written: Mutex::default(),
                updates: Updates::default(),
                repeated: Repeated::default(),
                rules_of_all: Mutex::default(),
            }),
        }
    }

    /// What makes the responses of a case comparable.
    pub fn normaliser(&self, surroundings: Surroundings) -> Normaliser {
        match &self.shared.tapes {
            Some(tapes) => tapes.normaliser(surroundings),
            None => Normaliser::new(surroundings),
        }
    }

    /// Whether anything is compared at all.
    pub fn is_off(&self) -> bool {
        self.shared.mode == Mode::Off
    }

    /// The paths of the rules for all responses that have done nothing to any of those that were compared.
    pub fn idle_rules(&self) -> Vec<String> {
        let rules = lock(&self.shared.rules_of_all);
        let idle = rules.iter().filter(|(_, has_done)| !**has_done);
        idle.map(|(path, _)| path.clone()).collect()
    }

    /// Whether a response was compared with the file at that path below the snapshots' folder.
    pub fn has_compared(&self, below: &Path) -> bool {
        let path = below.to_str();
        path.is_some_and(|path| lock(&self.shared.claims).first(path).is_some())
    }

    fn note_rules(&self, normalised: &Normalised) {
        // Most projects have none.
        if normalised.rules_of_all.is_empty() {
            return;
        }
        let mut known = lock(&self.shared.rules_of_all);
        for (path, does) in &normalised.rules_of_all {
            match known.get_mut(path) {
                Some(has_done) => *has_done |= does,
                None => drop(known.insert(path.clone(), *does)),
            }
        }
    }

    /// What can be said with one look at the accepted file: the response is as that has it, or may not be compared.
    /// Nothing, where there is more to find out or anything to write; that is for [`Store::compare`].
    pub fn glance(
        &self,
        subject: &Arc<Subject>,
        normalised: &Normalised,
    ) -> Option<Result<SnapshotOutcome, StoreError>> {
        if self.is_off() {
            return Some(Ok(SnapshotOutcome::Same));
        }
        self.note_rules(normalised);
        let below = subject.path();
        if let Err(error) = self.claim(&below, subject) {
            return Some(Err(error));
        }
        if self.shared.tapes.is_some() {
            return Some(Ok(SnapshotOutcome::Same));
        }
        let is_written = file::is_written(&self.shared.root.join(&below), subject, normalised);
        if !is_written || self.is_stale_left(&below) {
            return None;
        }
        let noted = self.note_written(&below, subject, &normalised.contents);
        Some(noted.map(|()| SnapshotOutcome::Same))
    }

    /// The same, and without making the response's text. Nothing, where that takes more, or what is compared is kept.
    pub fn glimpse(
        &self,
        subject: &Arc<Subject>,
        normaliser: &mut Normaliser,
        received: &Received<'_>,
    ) -> Option<Result<SnapshotOutcome, StoreError>> {
        let shared = &self.shared;
        if shared.tapes.is_some() || shared.mode == Mode::Update || !agreement::may_agree(received)
        {
            return None;
        }
        let below = subject.path();
        let agrees = self.agrees(&below, subject, normaliser, received);
        if !agrees? || self.is_stale_left(&below) {
            return None;
        }
        let claimed = self.claim(&below, subject);
        Some(claimed.map(|()| SnapshotOutcome::Same))
    }

    /// Reads what the snapshots of those names of the same case hold, once a case.
    pub fn read_ahead<'n>(
        &self,
        subject: &Subject,
        normaliser: &mut Normaliser,
        names: impl FnOnce() -> Vec<&'n str>,
    ) {
        let is_read = self.shared.tapes.is_none() && self.shared.mode != Mode::Update;
        if is_read && normaliser.ahead.is_none() {
            let path = |name: &str| self.shared.root.join(subject.path_of(name));
            normaliser.ahead = Some(Ahead::read(names().into_iter().map(path)));
        }
    }

    fn agrees(
        &self,
        below: &Path,
        subject: &Subject,
        normaliser: &mut Normaliser,
        received: &Received<'_>,
    ) -> Option<bool> {
        let path = self.shared.root.join(below);
        let ahead = normaliser.ahead.as_mut();
        let read = ahead.and_then(|ahead| ahead.take(&path));
        let bytes = read.or_else(|| file::read_bytes(&path))?;
        let method = &received.request.method;
        let contents = |url: &str| file::contents(&bytes, subject, method, url);
        let placeholders = &mut normaliser.placeholders;
        let step = self.shared.repeated.step(subject);
        Some(agreement::agrees(placeholders, received, step, contents))
    }

    /// Compares, and leaves behind what the mode says. Two subjects that would share a file are an error.
    pub fn compare(
        &self,
        subject: &Arc<Subject>,
        normalised: &Normalised,
    ) -> Result<SnapshotOutcome, StoreError> {
        if let Some(known) = self.glance(subject, normalised) {
            return known;
        }
        let below = subject.path();
        let root = &self.shared.root;
        let path = root.join(&below);
        let new = SnapshotFile::new(subject, normalised);
        let old = file::read(&path)?;
        if old.as_ref().is_some_and(|old| old.contents == new.contents) {
            if let Some(place) = self.pending_place() {
                remove_stale(place, &below)?;
            }
            self.note_written(&below, subject, &new.contents)?;
            return Ok(SnapshotOutcome::Same);
        }
        if old
            .as_ref()
            .is_some_and(|old| file::has_conflict(&old.contents))
        {
            return Err(file::conflict(&path));
        }
        let pending = match &self.shared.mode {
            Mode::Update => {
                self.note_written(&below, subject, &new.contents)?;
                let update = Update {
                    path: path.clone(),
                    text: new.text(),
                };
                self.shared.updates.write(root, update)?;
                return Ok(SnapshotOutcome::Updated(path));
            }
            Mode::Review => Some(leave_pending(root, &below, &new)?),
            Mode::Check {
                output: Some(output),
            } => Some(leave_pending(output, &below, &new)?),
            Mode::Check { output: None } | Mode::Off => None,
        };
        Ok(match old {
            None => SnapshotOutcome::New {
                path,
                pending,
                diff: diff("", &new.contents),
            },
            Some(old) => SnapshotOutcome::Different {
                path,
                pending,
                diff: diff(&old.contents, &new.contents),
            },
        })
    }

    /// The folder that pending files go to, if any.
    fn pending_place(&self) -> Option<&Path> {
        match &self.shared.mode {
            Mode::Review | Mode::Update => Some(&self.shared.root),
            Mode::Check { output } => output.as_deref(),
            Mode::Off => None,
        }
    }

    fn is_stale_left(&self, below: &Path) -> bool {
        self.pending_place()
            .is_some_and(|place| is_pending(&pending_beside(&place.join(below))))
    }

    fn claim(&self, below: &Path, subject: &Subject) -> Result<(), StoreError> {
        let path = below.to_string_lossy();
        let mut claims = lock(&self.shared.claims);
        let Err(first) = claims.claim(&path, subject.into()) else {
            return Ok(());
        };
        let about = |claimant: Claimant<'_>| {
            let case = claimant.case.iter();
            let case: String = case.map(|case| format!(", case `{case}`")).collect();
            format!("`{}` of {}{case}", claimant.expression, claimant.source)
        };
        Err(StoreError {
            message: format!(
                "the snapshot `{path}` is made by {} and by {}: give one of them another `name`",
                about(first),
                about(subject.into()),
            ),
        })
    }

    /// While updating, a file that is written twice in a run would keep whatever came last, and nobody would know.
    fn note_written(
        &self,
        below: &Path,
        subject: &Subject,
        contents: &str,
    ) -> Result<(), StoreError> {
        if self.shared.mode != Mode::Update {
            return Ok(());
        }
        let mut all = lock(&self.shared.written);
        let written = all
            .entry(below.to_owned())
            .or_insert_with(|| contents.into());
        if **written == *contents {
            return Ok(());
        }
        Err(StoreError {
            message: format!(
                "`{}` of {} gave two different responses for the snapshot `{}` in this run: give it another `name`, or redact what varies",
                subject.expression,
                subject.source,
                below.display()
            ),
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn leave_pending(root: &Path, below: &Path, new: &SnapshotFile) -> Result<PathBuf, StoreError> {
    let path = pending_beside(&root.join(below));
    let text = new.text();
    // Most failing runs fail as the one before did.
    if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(path);
    }
    let lock = Lock::take(root)?;
    disk::write(&lock, &path, &text)?;
    Ok(path)
}

fn is_pending(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

fn remove_stale(root: &Path, below: &Path) -> Result<(), StoreError> {
    let pending = pending_beside(&root.join(below));
    // Asked first, because most comparisons pass and leave the lock alone.
    if is_pending(&pending) {
        let _lock = Lock::take(root)?;
        // Left by a review that was killed.
        disk::remove_staged(&root.join(below))?;
        disk::remove(&pending)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;

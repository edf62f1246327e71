//! What waits for a person's decision, and the decision.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::model::change::Change;
use crate::model::natural;
use crate::model::outcome::DiffLine;

use super::disk;
use super::file::{self, SnapshotFile};
use super::name::{ENDING, PENDING, pending_beside};
use super::{StoreError, changes, diff, diff_with_context, many};

/// A snapshot that a run left for review.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The pending file.
    pub path: PathBuf,
    /// The file that accepting makes.
    pub accepted: PathBuf,
    /// The accepted file's path below the snapshots' folder.
    pub below: PathBuf,
    /// What the pending file says, or why it cannot be read; then it can only be rejected.
    pub file: Result<SnapshotFile, StoreError>,
    /// The folder that accepting writes to, which is locked meanwhile.
    pub(super) root: PathBuf,
    /// What it was compared with, if it was.
    pub(super) beside: Option<Beside>,
}

/// What was accepted when a pending snapshot was compared with it, so that nobody decides on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// A response, by its hash: thousands of them may be under review.
    Accepted(u64),
}

impl Beside {
    pub(super) fn of(accepted: Option<&SnapshotFile>) -> Beside {
        let Some(accepted) = accepted else {
            return Beside::Nothing;
        };
        let mut hasher = DefaultHasher::new();
        accepted.contents.hash(&mut hasher);
        Beside::Accepted(hasher.finish())
    }
}

/// A pending snapshot that was found, and not read yet.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The pending file.
    pub path: PathBuf,
    /// The file that accepting makes.
    pub accepted: PathBuf,
    below: PathBuf,
    root: PathBuf,
}

impl Listed {
    /// What its file says; nothing where another review decided on it since the folder was listed.
    pub fn read(self) -> Option<Pending> {
        let file = file::read(&self.path).transpose()?;
        Some(Pending {
            path: self.path,
            accepted: self.accepted,
            below: self.below,
            file,
            root: self.root,
            beside: None,
        })
    }
}

/// A pending snapshot beside the accepted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// There is no accepted one.
    New,
    /// What differs; nothing where the same response was accepted meanwhile.
    Changed(Vec<Change>),
}

/// What is pending under a snapshots' folder, sorted by path.
pub fn pending(root: &Path) -> Result<Vec<Pending>, StoreError> {
    pending_in(root, root)
}

/// What is pending under `folder`, as `--snapshots check --output` left it, to be accepted under `root`.
pub fn pending_in(folder: &Path, root: &Path) -> Result<Vec<Pending>, StoreError> {
    let listed = listed_in(folder, root)?;
    Ok(many::map(listed, Listed::read)
        .into_iter()
        .flatten()
        .collect())
}

/// The same without reading any of it, which takes most of the time.
pub fn listed(root: &Path) -> Result<Vec<Listed>, StoreError> {
    listed_in(root, root)
}

fn listed_in(folder: &Path, root: &Path) -> Result<Vec<Listed>, StoreError> {
    let ending = format!("{ENDING}{PENDING}");
    let files = files_with_ending(folder, &ending)?.into_iter();
    let list = |below: PathBuf| {
        let path = folder.join(&below);
        let below = below.with_extension("");
        Listed {
            path,
            accepted: root.join(&below),
            below,
            root: root.to_owned(),
        }
    };
    Ok(files.map(list).collect())
}

/// What accepting each of them would change; an error where one can only be rejected.
pub fn compare_all(pending: Vec<Pending>) -> Vec<(Pending, Result<Comparison, StoreError>)> {
    many::map(pending, |mut pending| {
        let comparison = pending.compare();
        (pending, comparison)
    })
}

/// Those that a person's words choose: the path of a snapshot, pending or accepted, or of a folder, what stands
/// under the snapshots' folder by such a name, or a scenario's file. Words that choose none are an error.
pub fn select(pending: Vec<Pending>, words: &[String]) -> Result<Vec<Pending>, StoreError> {
    let mut chosen = vec![false; pending.len()];
    for word in words {
        let mut any = false;
        for (index, pending) in pending.iter().enumerate() {
            if pending.is_meant_by(word) {
                chosen[index] = true;
                any = true;
            }
        }
        if !any {
            return Err(StoreError {
                message: format!("nothing is pending at `{word}`"),
            });
        }
    }
    Ok(pending
        .into_iter()
        .zip(chosen)
        .filter_map(|(pending, chosen)| chosen.then_some(pending))
        .collect())
}

/// The accepted snapshot, if there is one. A file that is no snapshot, or one that a merge left undecided, is not
/// written over.
pub(super) fn unburied(accepted: &Path) -> Result<Option<SnapshotFile>, StoreError> {
    match file::read(accepted)? {
        Some(old) if file::has_conflict(&old.contents) => Err(file::conflict(accepted)),
        old => Ok(old),
    }
}

impl Pending {
    /// Where it was found, to be read again.
    pub fn listed(&self) -> Listed {
        Listed {
            path: self.path.clone(),
            accepted: self.accepted.clone(),
            below: self.below.clone(),
            root: self.root.clone(),
        }
    }

    /// What is accepted so far.
    pub fn old(&self) -> Result<Option<SnapshotFile>, StoreError> {
        file::read(&self.accepted)
    }

    /// What accepting would change, by place. An error where it can only be rejected. From now on it is accepted only in
    /// place of what it was compared with.
    pub fn compare(&mut self) -> Result<Comparison, StoreError> {
        let new = self.file.as_ref().map_err(Clone::clone)?;
        let old = unburied(&self.accepted)?;
        self.beside = Some(Beside::of(old.as_ref()));
        Ok(match old {
            Some(old) => Comparison::Changed(changes(&old.contents, &new.contents)),
            None => Comparison::New,
        })
    }

    /// Whether it is the same response, compared with the same one.
    pub fn is_as(&self, other: &Pending) -> bool {
        self.file == other.file && self.beside == other.beside
    }

    /// The lines that accepting would change, with so many equal ones around them.
    pub fn diff_with_context(&self, context: usize) -> Result<Vec<DiffLine>, StoreError> {
        let new = self.file.as_ref().map_err(Clone::clone)?;
        let old = self.old()?.unwrap_or_default();
        Ok(diff_with_context(&old.contents, &new.contents, context))
    }

    /// What accepting would change.
    pub fn diff(&self) -> Result<Vec<DiffLine>, StoreError> {
        let new = self.file.as_ref().map_err(Clone::clone)?;
        let old = self.old()?.unwrap_or_default();
        Ok(diff(&old.contents, &new.contents))
    }

    fn is_meant_by(&self, word: &str) -> bool {
        if self.file.as_ref().is_ok_and(|file| file.source == word) {
            return true;
        }
        // What an unset variable of a shell leaves must not choose everything.
        if word.is_empty() {
            return false;
        }
        let Ok(path) = self.path.canonicalize() else {
            return false;
        };
        let given = Path::new(word);
        let under_root = self.folder().join(word);
        [
            given.to_owned(),
            pending_beside(given),
            under_root.clone(),
            pending_beside(&under_root),
        ]
        .into_iter()
        .filter_map(|candidate| candidate.canonicalize().ok())
        .any(|candidate| path.starts_with(candidate))
    }

    /// The folder that it was found under.
    fn folder(&self) -> PathBuf {
        let depth = self.below.components().count();
        self.path
            .ancestors()
            .nth(depth)
            .unwrap_or(&self.root)
            .to_owned()
    }
}

/// The files under a folder with that ending, by their paths below it, sorted; none if there is no such folder.
pub(super) fn files_with_ending(root: &Path, ending: &str) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    each_file(root, &mut |file| {
        if has_ending(&file, ending) {
            found.push(file);
        }
    })?;
    found.sort_by(|left, right| natural::compare_paths(left, right));
    Ok(found)
}

/// Each file under a folder, by its path below it, in no order.
pub(super) fn each_file(root: &Path, act: &mut dyn FnMut(PathBuf)) -> Result<(), StoreError> {
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let folder = root.join(&below);
        let failed = |error: std::io::Error| disk::failure("read", &folder, &error);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let path = below.join(entry.file_name());
            // Links to folders are not followed: they may lead round in a circle.
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
            } else {
                act(path);
            }
        }
    }
    Ok(())
}

/// Whether the path ends in that, whatever stands before it.
pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.ends_with(ending.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::testing::{names, put};

    #[test]
    fn words_choose_by_path_folder_stem_and_scenario() {
        let root = tempfile::tempdir().unwrap();
        for name in [
            "a/one.snap.new",
            "a/two.snap.new",
            "ab/one.snap.new",
            "a/two.snap",
        ] {
            put(root.path(), name, "200 OK");
        }
        let found = pending(root.path()).unwrap();
        let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        for (words, expected) in [
            (vec![at("a/one.snap.new")], vec!["a/one.snap"]),
            (vec![at("a/one.snap")], vec!["a/one.snap"]),
            (
                vec![at("a/two.snap"), at("a/one.snap")],
                vec!["a/one.snap", "a/two.snap"],
            ),
            (vec![at("a")], vec!["a/one.snap", "a/two.snap"]),
            (vec!["a".into()], vec!["a/one.snap", "a/two.snap"]),
            (vec!["ab/one.snap".into()], vec!["ab/one.snap"]),
            (
                vec!["scenarios/s.yaml".into()],
                vec!["a/one.snap", "a/two.snap", "ab/one.snap"],
            ),
        ] {
            assert_eq!(
                names(&select(found.clone(), &words).unwrap()),
                expected,
                "{words:?}"
            );
        }
        for word in ["b", "a/three.snap", "scenarios/t.yaml", ""] {
            let error = select(found.clone(), &[word.to_owned()]).unwrap_err();
            assert!(error.message.contains(word), "{error}");
        }
    }
}

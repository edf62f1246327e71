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
use super::name::{ENDING, PENDING};
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
    pub(super) below: PathBuf,
    root: PathBuf,
}

impl Listed {
    /// A file under a folder, by its path below it, to be accepted under `root`.
    pub fn new(folder: &Path, file: &Path, root: &Path) -> Listed {
        let below = file.with_extension("");
        Listed {
            path: folder.join(file),
            accepted: root.join(&below),
            below,
            root: root.to_owned(),
        }
    }

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
    let mut files = found_in(folder)?;
    files.sort_by(|left, right| natural::compare_paths(left, right));
    Ok(files
        .into_iter()
        .map(|file| Listed::new(folder, &file, root))
        .collect())
}

/// The pending files under a folder, by their paths below it, in the order of the folders, which stays as long as
/// nothing comes or goes. It takes no more than a look into each folder.
pub fn found_in(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let ending = format!("{ENDING}{PENDING}");
    let mut found = Vec::new();
    each_file(folder, &mut |file| {
        if has_ending(&file, &ending) {
            found.push(file);
        }
    })?;
    Ok(found)
}

/// What accepting each of them would change; an error where one can only be rejected.
pub fn compare_all(pending: Vec<Pending>) -> Vec<(Pending, Result<Comparison, StoreError>)> {
    many::map(pending, |mut pending| {
        let comparison = pending.compare();
        (pending, comparison)
    })
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

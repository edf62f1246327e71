//! All snapshots of a project, those that no step makes, and their end.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{self, Lock};
use super::file::{self, SnapshotFile};
use super::name::{ENDING, PENDING, pending_beside};
use super::pending::{each_file, has_ending};
use super::{Referenced, StoreError};
use crate::model::natural;

/// How far a snapshot has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person took it, and nothing else came since.
    Accepted,
    /// A person took it, and a later response differs.
    Changed,
    /// Nobody has looked at it yet.
    New,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The accepted file's path below the snapshots' folder, whether or not there is one yet.
    pub below: PathBuf,
    /// How far it has come.
    pub standing: Standing,
    /// What the accepted file says, else the pending one, or why it cannot be read.
    pub file: Result<SnapshotFile, StoreError>,
}

impl Entry {
    /// Whether something waits for a decision.
    pub fn is_pending(&self) -> bool {
        self.standing != Standing::Accepted
    }

    /// The file that the entry is about.
    pub fn path(&self, root: &Path) -> PathBuf {
        let accepted = root.join(&self.below);
        match self.standing {
            Standing::New => pending_beside(&accepted),
            Standing::Accepted | Standing::Changed => accepted,
        }
    }
}

/// All snapshots under a folder, accepted and pending, sorted by path.
pub fn all(root: &Path) -> Result<Vec<Entry>, StoreError> {
    Ok(standings(root, |_| true)?
        .into_iter()
        .filter_map(|(below, standing)| entry(root, below, standing))
        .collect())
}

/// Those that no step makes. A file that is no snapshot of ours is not among them, nor is one whose scenario is
/// still there by what `exists` says, yet not in the plan. Which are `known` to be made is asked first: to find out what
/// steps make takes more than a whole listing.
pub fn unreferenced(
    root: &Path,
    known: impl Fn(&Path) -> bool,
    referenced: &LazyCell<Referenced, impl FnOnce() -> Referenced>,
    exists: impl Fn(&str) -> bool,
) -> Result<Vec<Entry>, StoreError> {
    let ours = |file: &SnapshotFile| {
        !file.method.is_empty() && (referenced.speaks_for(&file.source) || !exists(&file.source))
    };
    Ok(
        standings(root, |below| !known(below) && !referenced.has(below))?
            .into_iter()
            .filter_map(|(below, standing)| entry(root, below, standing))
            .filter(|entry| {
                entry
                    .file
                    .as_ref()
                    .is_ok_and(|file| ours(file) && !file::has_conflict(&file.contents))
            })
            .collect(),
    )
}

/// Deletes a snapshot and what is pending for it, and the folders that are empty then.
pub fn delete(root: &Path, entry: &Entry) -> Result<(), StoreError> {
    let _lock = Lock::take(root)?;
    let path = root.join(&entry.below);
    disk::remove(&path)?;
    disk::remove(&pending_beside(&path))?;
    for folder in path.ancestors().skip(1).take_while(|it| *it != root) {
        // One that is not empty stays, and so does what is around it.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Those that are wanted by their paths, sorted by these.
fn standings(
    root: &Path,
    is_wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<(PathBuf, Standing)>, StoreError> {
    let (mut found, mut pending) = (HashMap::new(), Vec::new());
    let ending_of_pending = format!("{ENDING}{PENDING}");
    each_file(root, &mut |file| {
        if has_ending(&file, ENDING) {
            if is_wanted(&file) {
                found.insert(file, Standing::Accepted);
            }
        } else if has_ending(&file, &ending_of_pending) {
            pending.push(file.with_extension(""));
        }
    })?;
    for below in pending.into_iter().filter(|below| is_wanted(below)) {
        found
            .entry(below)
            .and_modify(|standing| *standing = Standing::Changed)
            .or_insert(Standing::New);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(left, _), (right, _)| natural::compare_paths(left, right));
    Ok(found)
}

fn entry(root: &Path, below: PathBuf, standing: Standing) -> Option<Entry> {
    let mut entry = Entry {
        below,
        standing,
        file: Ok(SnapshotFile::default()),
    };
    // One that is gone since the folder was listed was decided on by another review.
    entry.file = file::read(&entry.path(root)).transpose()?;
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, name: &str, source: &str, info: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("---\nsource: {source}\nexpression: e\n{info}---\n200 OK\n");
        fs::write(path, text).unwrap();
    }

    const OURS: &str = "info:\n  method: GET\n  url: /\n";

    fn names(entries: &[Entry]) -> Vec<String> {
        entries
            .iter()
            .map(|entry| entry.below.to_string_lossy().replace('\\', "/"))
            .collect()
    }

    #[test]
    fn all_are_listed_with_what_they_wait_for() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a/one.snap", "s.yaml", OURS);
        put(root.path(), "a/two.snap", "s.yaml", OURS);
        put(root.path(), "a/two.snap.new", "s.yaml", OURS);
        put(root.path(), "b/three@x=1.5.snap.new", "s.yaml", OURS);
        let found = all(root.path()).unwrap();
        assert_eq!(
            names(&found),
            ["a/one.snap", "a/two.snap", "b/three@x=1.5.snap"]
        );
        let standings: Vec<Standing> = found.iter().map(|entry| entry.standing).collect();
        assert_eq!(
            standings,
            [Standing::Accepted, Standing::Changed, Standing::New]
        );
        assert!(found.iter().all(|entry| entry.file.is_ok()));
        assert!(all(&root.path().join("missing")).unwrap().is_empty());
    }

    #[test]
    fn only_ours_of_scenarios_that_are_gone_are_unreferenced() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a/gone.snap", "scenarios/gone.yaml", OURS);
        put(root.path(), "a/gone.snap.new", "scenarios/gone.yaml", OURS);
        put(
            root.path(),
            "a/b/late.snap.new",
            "scenarios/gone.yaml",
            OURS,
        );
        put(root.path(), "elsewhere.snap", "other/there.yaml", OURS);
        put(root.path(), "theirs.snap", "src/lib.rs", "");
        fs::write(root.path().join("broken.snap"), "notes").unwrap();
        fs::write(root.path().join("a/readme.md"), "notes").unwrap();
        let unreferenced = |known: &str| {
            let known = |below: &Path| below == Path::new(known);
            let referenced = LazyCell::new(Referenced::default);
            let exists = |source: &str| source == "other/there.yaml";
            unreferenced(root.path(), known, &referenced, exists).unwrap()
        };
        let without = unreferenced("a/gone.snap");
        assert_eq!(names(&without), ["a/b/late.snap"]);
        let found = unreferenced("");
        assert_eq!(names(&found), ["a/b/late.snap", "a/gone.snap"]);
        for entry in &found {
            delete(root.path(), entry).unwrap();
        }
        assert!(!root.path().join("a/b").exists());
        assert!(root.path().join("a/readme.md").exists());
        assert_eq!(
            names(&all(root.path()).unwrap()),
            ["broken.snap", "elsewhere.snap", "theirs.snap"]
        );
    }
}

//! What a person's words choose among pending snapshots.
//!
//! Thousands of files may be named, and thousands may be pending: each word is looked up on the disk once, and what it
//! chooses is found by its path.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::name::pending_beside;
use super::pending::{Listed, Pending};

/// Words, each of which is the path of a snapshot, pending or accepted, or of a folder, what stands under the
/// snapshots' folder by such a name, or a scenario's file.
#[derive(Debug)]
pub struct Selection {
    words: Vec<String>,
    /// Which words, by their numbers, are a path.
    by_path: HashMap<PathBuf, Vec<usize>>,
    by_text: HashMap<String, Vec<usize>>,
    /// The snapshots' folder without links.
    root: PathBuf,
    /// The words that choose all in a folder of the one that was asked about last: most come folder by folder.
    folder: Option<(PathBuf, Vec<usize>)>,
}

impl Selection {
    /// Looks up what the words are. What a word names may come later.
    pub fn new(words: &[String], root: &Path) -> Selection {
        let mut selection = Selection {
            words: words.to_vec(),
            by_path: HashMap::new(),
            by_text: HashMap::new(),
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
            folder: None,
        };
        let mut folders = HashMap::new();
        for (number, word) in words.iter().enumerate() {
            // What an unset variable of a shell leaves must not choose everything.
            if word.is_empty() {
                continue;
            }
            let given = names(Path::new(word), &mut folders);
            // No scenario has its place among the snapshots.
            let is_at_home = |path: &PathBuf| path.starts_with(&selection.root);
            if !given.iter().flatten().any(is_at_home) {
                let by_text = selection.by_text.entry(word.clone());
                by_text.or_default().push(number);
            }
            let is_relative = Path::new(word).is_relative();
            let under_root = is_relative.then(|| names(&root.join(word), &mut folders));
            let under_root = under_root.into_iter().flatten();
            for path in given.into_iter().chain(under_root).flatten() {
                selection.by_path.entry(path).or_default().push(number);
            }
        }
        selection
    }

    /// Whether a word may be a scenario's file, so that pending files have to be read.
    pub fn may_be_scenarios(&self) -> bool {
        !self.by_text.is_empty()
    }

    /// The numbers of the words that choose a snapshot by where it stands.
    pub fn by_place(&mut self, listed: &Listed) -> Vec<usize> {
        let accepted = self.root.join(&listed.below);
        let folder = accepted.parent().unwrap_or(&self.root);
        let is_known = |(known, _): &(PathBuf, Vec<usize>)| known == folder;
        if !self.folder.as_ref().is_some_and(is_known) {
            let around = folder.ancestors().filter_map(|it| self.by_path.get(it));
            let words = around.flatten().copied().collect();
            self.folder = Some((folder.to_owned(), words));
        }
        let around = self.folder.iter().flat_map(|(_, words)| words);
        let own = [
            self.by_path.get(&pending_beside(&accepted)),
            self.by_path.get(&accepted),
        ];
        around
            .chain(own.into_iter().flatten().flatten())
            .copied()
            .collect()
    }

    /// The numbers of the words that choose the snapshots of a scenario.
    pub fn by_scenario(&self, source: &str) -> &[usize] {
        self.by_text.get(source).map_or(&[], Vec::as_slice)
    }
}

/// Those that a person's words choose. Words that choose none are an error.
pub fn select(
    pending: Vec<Pending>,
    words: &[String],
    root: &Path,
) -> Result<Vec<Pending>, StoreError> {
    let mut selection = Selection::new(words, root);
    let mut is_of_use = vec![false; words.len()];
    let mut chosen = Vec::new();
    for pending in pending {
        let mut by = selection.by_place(&pending.listed());
        if let Ok(file) = &pending.file {
            by.extend(selection.by_scenario(&file.source));
        }
        let is_chosen = !by.is_empty();
        for number in by {
            is_of_use[number] = true;
        }
        if is_chosen {
            chosen.push(pending);
        }
    }
    match selection.words.iter().zip(is_of_use).find(|(_, it)| !it) {
        None => Ok(chosen),
        Some((word, _)) => Err(StoreError {
            message: format!("nothing is pending at `{word}`"),
        }),
    }
}

/// A path without links, and the name that it has in its folder, where that is a link or not there yet.
fn names(path: &Path, folders: &mut HashMap<PathBuf, Option<PathBuf>>) -> [Option<PathBuf>; 2] {
    let real = path.canonicalize().ok();
    let named = path.file_name().and_then(|name| {
        let folder = path.parent()?;
        let known = folders.get(folder).cloned();
        let folder = known.unwrap_or_else(|| {
            let found = real_folder(folder);
            folders.insert(folder.to_owned(), found.clone());
            found
        });
        Some(folder?.join(name))
    });
    let named = named.filter(|named| real.as_ref() != Some(named));
    [real, named]
}

/// A folder without links; the part of its path that is not there yet stays as it is.
fn real_folder(folder: &Path) -> Option<PathBuf> {
    if folder.as_os_str().is_empty() {
        return Path::new(".").canonicalize().ok();
    }
    folder.canonicalize().ok().or_else(|| {
        let name = folder.file_name()?;
        Some(real_folder(folder.parent()?)?.join(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::pending::pending;
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
        let all = ["a/one.snap", "a/two.snap", "ab/one.snap"];
        for (words, expected) in [
            (vec![at("a/one.snap.new")], &all[..1]),
            (vec![at("a/one.snap")], &all[..1]),
            (vec![at("a/two.snap"), at("a/one.snap")], &all[..2]),
            (vec![at("a")], &all[..2]),
            (vec![at("ab/../a/")], &all[..2]),
            (vec!["a".into()], &all[..2]),
            (vec!["ab/one.snap".into()], &all[2..]),
            (vec!["scenarios/s.yaml".into()], &all[..]),
            (vec![at("")], &all[..]),
            (vec![at("a/../..")], &all[..]),
            (vec![at("ab"), "a".into(), at("ab/one.snap")], &all[..]),
        ] {
            assert_eq!(
                names(&select(found.clone(), &words, root.path()).unwrap()),
                expected,
                "{words:?}"
            );
        }
        for word in ["b", "a/three.snap", "scenarios/t.yaml", "", "a/two"] {
            let words = [at("a"), word.to_owned()];
            let error = select(found.clone(), &words, root.path()).unwrap_err();
            assert!(error.message.contains(&format!("`{word}`")), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_choose_what_they_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("snapshots");
        put(&root, "a/one.snap.new", "200 OK");
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(folder.path().join(to), folder.path().join(name)).unwrap();
        };
        link("snapshots", "linked");
        link("snapshots/a", "there");
        put(&folder.path().join("elsewhere"), "two.snap.new", "200 OK");
        link("elsewhere/two.snap.new", "snapshots/a/two.snap.new");
        for root in [root.clone(), folder.path().join("linked")] {
            let found = pending(&root).unwrap();
            for (word, expected) in [
                ("snapshots/a/one.snap", vec!["a/one.snap"]),
                ("linked/a/one.snap", vec!["a/one.snap"]),
                ("there/one.snap", vec!["a/one.snap"]),
                ("there", vec!["a/one.snap", "a/two.snap"]),
                ("there/two.snap.new", vec!["a/two.snap"]),
            ] {
                let word = folder.path().join(word).to_str().unwrap().to_owned();
                let chosen = select(found.clone(), &[word], &root).unwrap();
                assert_eq!(names(&chosen), expected);
            }
        }
    }

    #[test]
    fn what_a_word_names_may_come_later() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        let words = [at("a/one.snap"), at("b"), "c/one.snap".into()];
        let mut selection = Selection::new(&words, root.path());
        for name in [
            "a/one.snap.new",
            "b/one.snap.new",
            "c/one.snap.new",
            "d.snap.new",
        ] {
            put(root.path(), name, "200 OK");
        }
        let found = pending(root.path()).unwrap();
        let by: Vec<Vec<usize>> = found
            .iter()
            .map(|pending| selection.by_place(&pending.listed()))
            .collect();
        assert_eq!(by, [vec![0], vec![1], vec![2], vec![]]);
    }
}

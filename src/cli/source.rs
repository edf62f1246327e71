//! Where the pending snapshots of a review are found, again and again while it goes on.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::decide;
use crate::model::natural;
use crate::snapshot::pending::{self, Listed};
use crate::snapshot::selection::Selection;

/// Where the snapshots of a review are found.
pub(super) struct Source {
    root: PathBuf,
    /// What the person's paths choose; none where all is meant.
    chosen: Option<Chosen>,
    /// What was in the folders when they were looked into last.
    seen: Vec<Vec<PathBuf>>,
    listed: Vec<Listed>,
}

/// What paths choose. None of them is looked up again: there may be thousands.
struct Chosen {
    selection: Selection,
    /// Folders of what runs left elsewhere, each with the number of the path that it is.
    elsewhere: Vec<(usize, PathBuf)>,
    /// The scenarios of pending files. A file is made for one scenario, which is in its path, and is read once.
    scenarios: HashMap<PathBuf, String>,
    /// Whether a file could not be read, or not yet.
    is_unsure: bool,
}

impl Source {
    pub(super) fn new(paths: &[PathBuf], root: &Path) -> Source {
        Source {
            root: root.to_owned(),
            chosen: (!paths.is_empty()).then(|| Chosen::new(paths, root)),
            seen: Vec::new(),
            listed: Vec::new(),
        }
    }

    /// Looks into the folders, and says whether something came or went since the last time. What cannot be listed any
    /// more is no news: a path at which everything is decided chooses nothing.
    pub(super) fn look(&mut self) -> bool {
        let elsewhere = self.chosen.iter().flat_map(|it| &it.elsewhere);
        let folders = std::iter::once(&self.root).chain(elsewhere.map(|(_, folder)| folder));
        let seen: Vec<Vec<PathBuf>> = folders
            .map(|folder| pending::found_in(folder).unwrap_or_default())
            .collect();
        let is_unsure = self.chosen.as_ref().is_some_and(|it| it.is_unsure);
        if seen == self.seen && !is_unsure {
            return false;
        }
        let mut found: Vec<Listed> = listed(&self.root, &seen[0], &self.root).collect();
        if let Some(chosen) = &mut self.chosen {
            found = chosen.of(found, &seen[1..]);
            for ((_, folder), files) in chosen.elsewhere.iter().zip(&seen[1..]) {
                found.extend(listed(folder, files, &self.root));
            }
        }
        self.listed = found;
        self.seen = seen;
        true
    }

    /// Those of what was pending then that are new to the caller, in the order of their paths, each once.
    pub(super) fn new_ones(&self, is_new: impl FnMut(&&Listed) -> bool) -> Vec<Listed> {
        let mut new: Vec<Listed> = self.listed.iter().filter(is_new).cloned().collect();
        new.sort_by(|left, right| natural::compare_paths(&left.path, &right.path));
        new.dedup_by(|left, right| left.path == right.path);
        new
    }
}

fn listed<'a>(
    folder: &'a Path,
    files: &'a [PathBuf],
    root: &'a Path,
) -> impl Iterator<Item = Listed> + 'a {
    files
        .iter()
        .map(move |file| Listed::new(folder, file, root))
}

impl Chosen {
    fn new(paths: &[PathBuf], root: &Path) -> Chosen {
        Chosen {
            selection: Selection::new(&decide::as_words(paths), root),
            elsewhere: decide::elsewhere(paths, root),
            scenarios: HashMap::new(),
            is_unsure: false,
        }
    }

    /// Those at home that are meant. A folder elsewhere means what is in it; if that is nothing, what it names here.
    fn of(&mut self, mut at_home: Vec<Listed>, elsewhere: &[Vec<PathBuf>]) -> Vec<Listed> {
        let full = self.elsewhere.iter().zip(elsewhere);
        let full = full.filter(|(_, files)| !files.is_empty());
        let full: HashSet<usize> = full.map(|((number, _), _)| *number).collect();
        let means = |by: &[usize]| by.iter().any(|number| !full.contains(number));
        self.is_unsure = false;
        let may_be_scenarios = self.selection.may_be_scenarios();
        at_home.retain(|listed| {
            if means(&self.selection.by_place(listed)) {
                return true;
            }
            let source = may_be_scenarios.then(|| self.scenario(listed)).flatten();
            source.is_some_and(|source| means(self.selection.by_scenario(&source)))
        });
        at_home
    }

    fn scenario(&mut self, listed: &Listed) -> Option<String> {
        if let Some(known) = self.scenarios.get(&listed.path) {
            return Some(known.clone());
        }
        let file = listed.clone().read()?.file;
        self.is_unsure |= file.is_err();
        let source = file.ok()?.source;
        self.scenarios.insert(listed.path.clone(), source.clone());
        Some(source)
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Review {
        folder: tempfile::TempDir,
        source: Source,
    }

    impl Review {
        fn of(names: &[&str], paths: &[&str]) -> Review {
            let folder = tempfile::tempdir().unwrap();
            let at = |path: &str| folder.path().join(path);
            fs::create_dir(at("snapshots")).unwrap();
            fs::create_dir(at("out")).unwrap();
            for name in names {
                put(&at(name));
            }
            // A scenario is called by its path below the project.
            let given = paths.iter().map(|path| match *path {
                SCENARIO => SCENARIO.into(),
                path => at(path),
            });
            let given: Vec<PathBuf> = given.collect();
            let source = Source::new(&given, &at("snapshots"));
            Review { folder, source }
        }

        fn put(&self, name: &str) {
            put(&self.folder.path().join(name));
        }

        /// What is found in new folders; nothing where they are as they were.
        fn look(&mut self) -> Option<String> {
            let is_news = self.source.look();
            is_news.then(|| {
                let new = self.source.new_ones(|_| true).into_iter();
                let below = new.map(|it| {
                    let path = it.path.strip_prefix(self.folder.path()).unwrap();
                    path.to_string_lossy().replace('\\', "/")
                });
                below.collect::<Vec<_>>().join(" ")
            })
        }
    }

    const SCENARIO: &str = "scenarios/s.yaml";

    fn put(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("---\nsource: {SCENARIO}\nexpression: e\n---\n200 OK\n");
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_comes_later_is_chosen_as_what_was_there() {
        for (paths, first, then) in [
            (
                vec![],
                "snapshots/a/1.snap.new snapshots/b/1.snap.new",
                "snapshots/a/1.snap.new snapshots/a/2.snap.new snapshots/b/1.snap.new",
            ),
            (
                vec!["snapshots/a"],
                "snapshots/a/1.snap.new",
                "snapshots/a/1.snap.new snapshots/a/2.snap.new",
            ),
            (
                vec!["snapshots/a/2.snap", "snapshots/a/1.snap.new"],
                "snapshots/a/1.snap.new",
                "snapshots/a/1.snap.new snapshots/a/2.snap.new",
            ),
            (
                vec![SCENARIO, "snapshots/b"],
                "snapshots/a/1.snap.new snapshots/b/1.snap.new",
                "snapshots/a/1.snap.new snapshots/a/2.snap.new snapshots/b/1.snap.new",
            ),
            (
                vec!["out", "out/c", "snapshots/b"],
                "snapshots/b/1.snap.new",
                "out/c/1.snap.new snapshots/b/1.snap.new",
            ),
        ] {
            let names = ["snapshots/b/1.snap.new", "snapshots/a/1.snap.new"];
            let mut review = Review::of(&names, &paths);
            assert_eq!(review.look().as_deref(), Some(first), "{paths:?}");
            assert_eq!(review.look(), None, "{paths:?}");
            review.put("snapshots/a/2.snap.new");
            review.put("out/c/1.snap.new");
            assert_eq!(review.look().as_deref(), Some(then), "{paths:?}");
            assert_eq!(review.look(), None, "{paths:?}");
        }
    }

    #[test]
    fn a_file_that_is_still_being_written_is_read_again() {
        let mut review = Review::of(&[], &[SCENARIO]);
        let path = review.folder.path().join("snapshots/a.snap.new");
        fs::write(&path, "").unwrap();
        assert_eq!(review.look().as_deref(), Some(""));
        put(&path);
        assert_eq!(review.look().as_deref(), Some("snapshots/a.snap.new"));
        assert_eq!(review.look(), None);
    }
}

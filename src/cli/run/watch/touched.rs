//! Which files there are to watch, and which scenarios a change touches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::environment::World;
use crate::cli::load::SCENARIOS;
use crate::cli::prepare::Prepared;
use crate::cli::project::{self, PROJECT_FILE};
use crate::cli::run::arguments::Arguments;
use crate::model::plan::{Action, Body, PartValue, Step};
use crate::model::source::FileId;
use crate::model::template::Template;
use crate::run::ProjectFiles;

/// Everything on which what runs depends.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Folders in which scenarios may come to be.
    folders: BTreeSet<PathBuf>,
    /// Files that concern all scenarios.
    common: BTreeSet<PathBuf>,
    /// All other files that something depends on.
    files: BTreeSet<PathBuf>,
    /// What each scenario is made of, by the path under which it is shown.
    scenarios: BTreeMap<String, Made>,
}

/// What a scenario is made of.
#[derive(Debug, Default)]
struct Made {
    /// Its file and those of its fragments.
    files: BTreeSet<PathBuf>,
    /// Their texts, in which the names of other files stand.
    texts: Vec<std::sync::Arc<str>>,
}

impl Reach {
    /// What the command line names.
    pub(super) fn of_paths(arguments: &Arguments, world: &World) -> Reach {
        let root = project::root(&world.folder);
        let mut reach = Reach::default();
        for name in [PROJECT_FILE, ".env"] {
            reach.common.insert(real(&root.join(name)));
        }
        let vars_files = arguments.inputs.vars_files.iter();
        reach
            .common
            .extend(vars_files.map(|path| real(&world.folder.join(path))));
        let mut paths: Vec<PathBuf> = arguments
            .inputs
            .paths
            .iter()
            .map(|path| world.folder.join(path))
            .collect();
        if paths.is_empty() {
            paths.push(root.join(SCENARIOS));
        }
        for path in paths {
            if is_scenario(&path) {
                reach.files.insert(real(&path));
            } else {
                reach.folders.insert(real(&path));
            }
        }
        reach
    }

    /// These too, of which nobody knows what they belong to.
    pub(super) fn with_files(mut self, files: &[PathBuf]) -> Reach {
        self.files.extend(files.iter().map(|file| real(file)));
        self
    }

    /// What a plan was made of, and the files that it sends.
    pub(super) fn with_plan(mut self, prepared: &Prepared) -> Reach {
        let texts = &prepared.texts;
        self = self.with_files(&texts.files);
        let files = ProjectFiles::new(prepared.base.clone(), texts.files.clone().into());
        for scenario in &prepared.plan.scenarios {
            let own = texts.sources.iter().zip(0..);
            let own = own.filter(|(source, _)| source.path == scenario.path);
            let mut ids: BTreeSet<FileId> = own.map(|(_, number)| FileId(number)).collect();
            let mut sent = BTreeSet::new();
            look(&scenario.steps, &files, &mut ids, &mut sent);
            self.files.extend(sent.iter().map(|file| real(file)));
            let made = Made {
                files: ids
                    .iter()
                    .filter_map(|id| texts.files.get(id.0 as usize))
                    .map(|file| real(file))
                    .collect(),
                texts: ids
                    .iter()
                    .map(|id| std::sync::Arc::clone(&texts.sources.get(*id).text))
                    .collect(),
            };
            self.scenarios.insert(scenario.path.clone(), made);
        }
        self
    }

    /// The folders to watch, each with whether what is deep inside counts too.
    pub(super) fn folders(&self) -> BTreeSet<(PathBuf, bool)> {
        let files = self.files.iter().chain(&self.common).chain(&self.folders);
        let parents: BTreeSet<&Path> = files.filter_map(|file| file.parent()).collect();
        let is_inside = |folder: &Path| self.folders.iter().any(|all| folder.starts_with(all));
        let deep = self.folders.iter().map(|folder| (folder.clone(), true));
        let flat = parents
            .into_iter()
            .filter(|folder| !is_inside(folder))
            .map(|folder| (folder.to_owned(), false));
        deep.chain(flat)
            .filter(|(folder, _)| folder.is_dir())
            .collect()
    }

    /// Whether something may depend on a file.
    pub(super) fn matters(&self, path: &Path) -> bool {
        self.files.contains(path)
            || self.common.contains(path)
            || self.folders.contains(path)
            || (self.folders.iter().any(|folder| path.starts_with(folder))
                && (is_scenario(path) || self.scenarios.values().any(|made| made.names(path))))
    }

    /// Whether a scenario is another because of these changes.
    pub(super) fn touches(&self, scenario: &str, changed: &BTreeSet<PathBuf>) -> bool {
        changed.iter().any(|path| {
            self.common.contains(path)
                || self
                    .scenarios
                    .get(scenario)
                    .is_none_or(|made| made.files.contains(path) || made.names(path))
        })
    }

    /// All files, for when nobody knows what has changed.
    pub(super) fn everything(&self) -> Vec<PathBuf> {
        self.files.iter().chain(&self.common).cloned().collect()
    }
}

impl Made {
    /// Whether the file's name stands in a text, as a body, rows or a schema: one too many does no harm.
    fn names(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        // `data.yaml` does not name `a.yaml`.
        let begins = |text: &str, at| {
            !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_-.".contains(before))
        };
        let stands_in =
            |name: &str, text: &str| text.match_indices(name).any(|(at, _)| begins(text, at));
        name.is_some_and(|name| self.texts.iter().any(|text| stands_in(name, text)))
    }
}

/// The files in which steps stand, and those that they send.
fn look(
    steps: &[Step],
    files: &ProjectFiles,
    ids: &mut BTreeSet<FileId>,
    sent: &mut BTreeSet<PathBuf>,
) {
    for step in steps {
        ids.insert(step.span.file);
        let mut add = |path: &Template| {
            if let Some(text) = path.as_literal() {
                sent.insert(files.path(path.span().file, text));
            }
        };
        match &step.action {
            Action::Use(used) => look(&used.steps, files, ids, sent),
            Action::Http(request) => match &request.body {
                Some(Body::File(path)) => add(path),
                Some(Body::Multipart(parts)) => {
                    for (_, part) in parts {
                        if let PartValue::File(file) = part {
                            add(&file.path);
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn is_scenario(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("yaml" | "yml"))
}

/// A path with the links in its folder followed, as the system tells it; the file itself may be gone.
pub(super) fn real(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_and_what_a_change_touches() {
        let made = |files: &[&str], text: &str| Made {
            files: files.iter().map(PathBuf::from).collect(),
            texts: vec![text.into()],
        };
        let reach = Reach {
            folders: [PathBuf::from("/p/scenarios")].into(),
            common: [PathBuf::from("/p/sammati.yaml")].into(),
            files: [PathBuf::from("/p/shared/_b.yaml")].into(),
            scenarios: [
                (
                    "a",
                    made(&["/p/scenarios/a.yaml", "/p/shared/_b.yaml"], "file: x.pdf"),
                ),
                ("c", made(&["/p/scenarios/c.yaml"], "")),
            ]
            .map(|(name, made)| (name.to_owned(), made))
            .into(),
        };
        for (path, matters, a, c) in [
            ("/p/sammati.yaml", true, true, true),
            ("/p/shared/_b.yaml", true, true, false),
            ("/p/scenarios/c.yaml", true, false, true),
            ("/p/scenarios/new.yaml", true, false, false),
            ("/p/scenarios/deep/x.pdf", true, true, false),
            ("/p/scenarios/notes.txt", false, false, false),
            ("/p/snapshots/a/get.snap.new", false, false, false),
            ("/p/other.yaml", false, false, false),
        ] {
            let path = PathBuf::from(path);
            let changed = BTreeSet::from([path.clone()]);
            assert_eq!(reach.matters(&path), matters, "{path:?}");
            assert_eq!(reach.touches("a", &changed), a, "{path:?}");
            assert_eq!(reach.touches("c", &changed), c, "{path:?}");
        }
        assert!(reach.touches("new", &BTreeSet::from(["/p/x".into()])));
    }
}

//! Finding and reading files.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::project::PROJECT_FILE;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::natural;
use crate::model::source::{FileId, Sources, Span};
use crate::report::shown_path;

/// A larger file is no scenario, and would only fill the memory.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;
/// The folder that is looked in if no path is given.
pub(super) const SCENARIOS: &str = "scenarios";
/// The path that stands for standard input.
const STDIN: &str = "-";

/// All texts that were read, and what is wrong with them.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) sources: Sources,
    /// Where each of them stands, by its number.
    pub(super) files: Vec<PathBuf>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Texts {
    /// Reads a file that is shown under that path. One that cannot be used becomes a diagnostic.
    pub(super) fn read(&mut self, path: &Path, shown: &str) -> Option<FileId> {
        let bytes = if path == Path::new(STDIN) {
            limited(io::stdin().lock(), 0)
        } else {
            std::fs::File::open(path).and_then(|file| {
                let length = file.metadata().map_or(0, |metadata| metadata.len());
                limited(file, length)
            })
        };
        match bytes {
            Ok(Some(bytes)) => self.decode(path, shown, bytes),
            Ok(None) => {
                self.refuse(
                    path,
                    shown,
                    "the file is larger than 8 MiB, the most that is read",
                );
                None
            }
            Err(error) => {
                self.refuse(path, shown, &format!("the file cannot be read: {error}"));
                None
            }
        }
    }

    /// Keeps a name without a text, for a mistake that concerns the file as a whole.
    pub(super) fn refuse(&mut self, path: &Path, shown: &str, message: &str) {
        let file = self.add(path, shown, "");
        let span = Span {
            file,
            start: 0,
            end: 0,
        };
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    fn decode(&mut self, path: &Path, shown: &str, bytes: Vec<u8>) -> Option<FileId> {
        match String::from_utf8(bytes) {
            Ok(text) => Some(self.add(path, shown, &text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                // What cannot be decoded is shown as U+FFFD, three bytes from the same place on.
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let file = self.add(path, shown, &text);
                let start = u32::try_from(at).unwrap_or(u32::MAX);
                let span = Span {
                    file,
                    start,
                    end: start.saturating_add(3),
                };
                self.diagnostics.push(
                    Diagnostic::error(
                        span,
                        format!("the file is not UTF-8: byte 0x{byte:02x} at offset {at}"),
                    )
                    .hint("save it as UTF-8"),
                );
                None
            }
        }
    }

    /// Keeps a text that stands in no file, as if it stood there.
    pub(super) fn add(&mut self, path: &Path, shown: &str, text: &str) -> FileId {
        self.files.push(path.to_owned());
        self.sources.add(shown, text)
    }
}

/// All bytes, unless there are more than is read. The length that is expected saves growing.
fn limited(reader: impl Read, length: u64) -> io::Result<Option<Vec<u8>>> {
    let room = usize::try_from(length.min(LARGEST_FILE)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(room + 1);
    reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LARGEST_FILE).then_some(bytes))
}

/// A file that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selected {
    /// Where it stands.
    pub(super) path: PathBuf,
    /// The path under which it is shown.
    pub(super) shown: String,
    /// Where it is in its project's folder, with `/` between the parts.
    pub(super) key: String,
}

/// The files that the paths of a command line mean.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Scenarios, each once, in the order of the paths, sorted inside folders with numbers as numbers.
    pub(super) scenarios: Vec<Selected>,
    /// Fragments that stand in the folders among them.
    pub(super) fragments: Vec<Selected>,
    /// What `use` and `file(path)` stay inside: the project's folder, or that of a file outside it.
    pub(super) base: PathBuf,
    /// Paths that are wrong.
    pub(super) mistakes: Vec<String>,
}

/// Finds what the paths mean; with none, the scenarios of the project.
pub(super) fn select(paths: &[PathBuf], root: &Path, working_folder: &Path) -> Selection {
    let mut found = Found::default();
    let mut mistakes = Vec::new();
    if paths.is_empty() {
        let folder = root.join(SCENARIOS);
        if folder.is_dir() {
            walk(&folder, &folder, &mut found, &mut mistakes);
        }
    }
    for path in paths {
        if let Err(mistake) = add_path(path, working_folder, &mut found, &mut mistakes) {
            mistakes.push(mistake);
        }
    }
    let mut selection = Selection {
        base: root.to_owned(),
        mistakes,
        ..Selection::default()
    };
    selection.scenarios = located(&found.scenarios, root, working_folder, &mut selection);
    selection.fragments = located(&found.fragments, root, working_folder, &mut selection);
    selection
}

/// Files with the folder that each was found through.
#[derive(Default)]
struct Found {
    scenarios: Vec<(PathBuf, PathBuf)>,
    fragments: Vec<(PathBuf, PathBuf)>,
}

fn add_path(
    path: &Path,
    working_folder: &Path,
    found: &mut Found,
    mistakes: &mut Vec<String>,
) -> Result<(), String> {
    if path == Path::new(STDIN) {
        found
            .scenarios
            .push((working_folder.to_owned(), PathBuf::from(STDIN)));
        return Ok(());
    }
    let shown = path.display();
    let whole = plain(&working_folder.join(path));
    let about = match std::fs::metadata(&whole) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let meant = beside(path, &whole);
            let meant = meant.map(|path| format!("; did you mean `{}`?", path.display()));
            let meant = meant.unwrap_or_default();
            return Err(format!("there is no file or folder `{shown}`{meant}"));
        }
        Err(error) => return Err(format!("`{shown}` cannot be read: {error}")),
    };
    if about.is_dir() {
        walk(&whole, &whole, found, mistakes);
        return Ok(());
    }
    if whole.file_name() == Some(OsStr::new(PROJECT_FILE)) {
        return Err(format!("`{shown}` is the project file, not a scenario"));
    }
    if is_fragment(&whole) {
        return Err(format!(
            "`{shown}` is a fragment, as the `_` before its name says: it is run by the scenarios that use it"
        ));
    }
    let folder = whole.parent().unwrap_or(&whole).to_owned();
    found.scenarios.push((folder, whole));
    Ok(())
}

/// The scenario or folder beside a path that is not there whose name is near, with or without its ending.
fn beside(path: &Path, whole: &Path) -> Option<PathBuf> {
    let name = whole.file_name()?.to_str()?;
    let entries = std::fs::read_dir(whole.parent()?).ok()?;
    let names: Vec<String> = entries
        .flatten()
        .filter(|entry| has_ending(&entry.path()) || entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|known| !known.starts_with(['.', '_']) && known != PROJECT_FILE)
        .collect();
    let stem = |name: &str| Path::new(name).with_extension("").display().to_string();
    let same = names.iter().find(|known| stem(known) == name);
    let near = same.map(String::as_str);
    let near = near.or_else(|| nearest(name, names.iter().map(String::as_str)));
    near.map(|near| path.with_file_name(near))
}

/// Everything under a folder, sorted. Each folder is walked once, by its own path before any link
/// to it, so that links which go round in a circle end.
fn walk(folder: &Path, through: &Path, found: &mut Found, mistakes: &mut Vec<String>) {
    let (mut scenarios, mut fragments) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    let mut links: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop().or_else(|| links.pop()) {
        let entries = match std::fs::canonicalize(&folder) {
            Ok(real) => {
                if !seen.insert(real) {
                    continue;
                }
                std::fs::read_dir(&folder)
            }
            Err(error) => Err(error),
        };
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                mistakes.push(cannot_be_read(&folder, &error));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    mistakes.push(cannot_be_read(&folder, &error));
                    break;
                }
            };
            let name = entry.file_name();
            let path = entry.path();
            if name.as_encoded_bytes().starts_with(b".") || name == PROJECT_FILE {
                continue;
            }
            // What a link leads to decides.
            let about = match std::fs::metadata(&path) {
                Ok(about) => about,
                Err(error) => {
                    mistakes.extend(unreachable(&path, &error));
                    continue;
                }
            };
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match (about.is_dir(), is_link) {
                (true, true) => links.push(path),
                (true, false) => folders.push(path),
                (false, _) if !about.is_file() || !has_ending(&path) => {}
                (false, _) if is_fragment(&path) => fragments.push(path),
                (false, _) => scenarios.push(path),
            }
        }
        // The last is taken first.
        links.sort_by(|left, right| right.cmp(left));
    }
    for (paths, into) in [
        (&mut scenarios, &mut found.scenarios),
        (&mut fragments, &mut found.fragments),
    ] {
        paths.sort_by(|left, right| natural::compare_paths(left, right));
        into.extend(paths.drain(..).map(|path| (through.to_owned(), path)));
    }
}

fn cannot_be_read(path: &Path, error: &io::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}

/// What is said of a name that leads to nothing, if there should be a scenario, a fragment or a folder of them: a run
/// without them would pass and not have run them.
fn unreachable(path: &Path, error: &io::Error) -> Option<String> {
    let is_missed = has_ending(path) || path.extension().is_none();
    is_missed.then(|| match std::fs::read_link(path) {
        Ok(target) => format!(
            "`{}` is a link to `{}`, which cannot be read: {error}",
            path.display(),
            target.display()
        ),
        Err(_) => cannot_be_read(path, error),
    })
}

fn has_ending(path: &Path) -> bool {
    matches!(
        path.extension().and_then(OsStr::to_str),
        Some("yaml" | "yml")
    )
}

fn is_fragment(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"_"))
}

/// The files, each once, with their keys.
fn located(
    files: &[(PathBuf, PathBuf)],
    root: &Path,
    working_folder: &Path,
    selection: &mut Selection,
) -> Vec<Selected> {
    let mut seen = BTreeSet::new();
    let mut located = Vec::new();
    for (folder, path) in files {
        if !seen.insert(path) {
            continue;
        }
        if path == Path::new(STDIN) {
            located.push(Selected {
                path: path.clone(),
                shown: "<stdin>".into(),
                key: format!("{SCENARIOS}/stdin.yaml"),
            });
            continue;
        }
        let shown = shown_path(path, working_folder);
        let inside = key(path, root);
        if inside.is_none() && selection.base != *folder {
            // Names and `use` would mean two things at once.
            if selection.base != *root {
                selection.mistakes.push(format!(
                    "`{shown}` is outside the project's folder, and so is `{}`: run the two by themselves",
                    shown_path(&selection.base, working_folder)
                ));
                continue;
            }
            selection.base.clone_from(folder);
        }
        let Some(key) = inside.or_else(|| key(path, folder)) else {
            selection
                .mistakes
                .push(format!("the path `{shown}` is not UTF-8"));
            continue;
        };
        located.push(Selected {
            path: path.clone(),
            shown,
            key,
        });
    }
    if selection.base != *root
        && let Some(file) = located.iter().find(|file| key(&file.path, root).is_some())
    {
        selection.mistakes.push(format!(
            "`{}` is outside the project's folder, and `{}` is in it: run the two by themselves",
            shown_path(&selection.base, working_folder),
            file.shown
        ));
    }
    located
}

/// The path inside a folder, with `/` between its parts.
fn key(path: &Path, folder: &Path) -> Option<String> {
    let inside = match path.strip_prefix(folder) {
        Ok(inside) => inside.to_owned(),
        // The two may be the same place by different names.
        Err(_) => std::fs::canonicalize(path)
            .ok()?
            .strip_prefix(std::fs::canonicalize(folder).ok()?)
            .ok()?
            .to_owned(),
    };
    let parts: Option<Vec<&str>> = inside
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    Some(parts?.join("/"))
}

/// The path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

/// Where the file with a key stands, if it is there and in that folder.
pub(super) fn by_key(base: &Path, key: &str) -> Result<Option<PathBuf>, String> {
    let path = base.join(key);
    if !path.is_file() {
        return Ok(None);
    }
    let is_inside = match (std::fs::canonicalize(&path), std::fs::canonicalize(base)) {
        (Ok(path), Ok(base)) => path.starts_with(base),
        _ => false,
    };
    if is_inside {
        Ok(Some(path))
    } else {
        Err("the file is a link that leads out of the project's folder".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "steps: []\n").unwrap();
        }
        folder
    }

    fn shown(selection: &Selection) -> Vec<&str> {
        selection
            .scenarios
            .iter()
            .map(|file| file.shown.as_str())
            .collect()
    }

    #[test]
    fn the_default_folder_sorted_without_what_is_no_scenario() {
        let folder = project(&[
            "scenarios/b.yaml",
            "scenarios/a/z.yml",
            "scenarios/a/_part.yaml",
            "scenarios/.hidden.yaml",
            "scenarios/.hidden/c.yaml",
            "scenarios/sammati.yaml",
            "scenarios/rows.csv",
            "other.yaml",
        ]);
        let selection = select(&[], folder.path(), folder.path());
        assert_eq!(shown(&selection), ["scenarios/a/z.yml", "scenarios/b.yaml"]);
        assert_eq!(selection.scenarios[0].key, "scenarios/a/z.yml");
        assert_eq!(selection.fragments.len(), 1);
        assert_eq!(selection.mistakes, Vec::<String>::new());
    }

    #[test]
    fn numbers_in_names_are_sorted_as_numbers() {
        let folder = project(&[
            "scenarios/10.yaml",
            "scenarios/9.yaml",
            "scenarios/9/a.yaml",
        ]);
        let selection = select(&[], folder.path(), folder.path());
        let expected = ["9/a.yaml", "9.yaml", "10.yaml"].map(|name| format!("scenarios/{name}"));
        assert_eq!(shown(&selection), expected);
    }

    #[test]
    fn paths_are_kept_in_order_each_once() {
        let folder = project(&["scenarios/a.yaml", "scenarios/b.yaml", "other.yaml"]);
        let paths =
            ["scenarios/b.yaml", "./scenarios", "scenarios/../other.yaml"].map(PathBuf::from);
        let selection = select(&paths, folder.path(), folder.path());
        assert_eq!(
            shown(&selection),
            ["scenarios/b.yaml", "scenarios/a.yaml", "other.yaml"]
        );
    }

    #[test]
    fn wrong_paths_are_all_told() {
        let folder = project(&["scenarios/_part.yaml", "sammati.yaml"]);
        let paths = ["gone.yaml", "scenarios/_part.yaml", "sammati.yaml"].map(PathBuf::from);
        let selection = select(&paths, folder.path(), folder.path());
        assert_eq!(selection.mistakes.len(), 3);
        assert!(selection.mistakes[0].ends_with("no file or folder `gone.yaml`"));
        assert!(selection.mistakes[1].contains("fragment"));
        assert!(selection.mistakes[2].contains("project file"));
    }

    #[test]
    fn a_path_that_is_near_is_named() {
        let folder = project(&["scenarios/first.yaml", "scenarios/consents/b.yaml"]);
        for (given, meant) in [
            ("scenarios/frist.yaml", "scenarios/first.yaml"),
            ("scenarios/first", "scenarios/first.yaml"),
            ("scenarios/first.yml", "scenarios/first.yaml"),
            ("./scenarios/consent", "./scenarios/consents"),
            ("scenario", "scenarios"),
        ] {
            let selection = select(&[given.into()], folder.path(), folder.path());
            let told = format!("there is no file or folder `{given}`; did you mean `{meant}`?");
            assert_eq!(selection.mistakes, [told]);
        }
    }

    #[test]
    fn files_outside_have_a_base_of_their_own() {
        let (inside, outside) = (project(&["a.yaml"]), project(&["x/b.yaml", "x/y/c.yaml"]));
        let one = select(&[outside.path().join("x")], inside.path(), inside.path());
        assert_eq!(one.base, outside.path().join("x"));
        assert_eq!(one.scenarios[0].key, "b.yaml");
        assert_eq!(one.scenarios[1].key, "y/c.yaml");
        let mixed = [outside.path().join("x/b.yaml"), PathBuf::from("a.yaml")];
        let mixed = select(&mixed, inside.path(), inside.path());
        assert_eq!(mixed.mistakes.len(), 1, "{:?}", mixed.mistakes);
        let two = [
            outside.path().join("x/b.yaml"),
            outside.path().join("x/y/c.yaml"),
        ];
        let two = select(&two, inside.path(), inside.path());
        assert_eq!(two.mistakes.len(), 1, "{:?}", two.mistakes);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let folder = project(&["scenarios/real/a.yaml"]);
        let scenarios = folder.path().join("scenarios");
        std::os::unix::fs::symlink(&scenarios, scenarios.join("real/loop")).unwrap();
        std::os::unix::fs::symlink(scenarios.join("real"), scenarios.join("alias")).unwrap();
        let selection = select(&[], folder.path(), folder.path());
        assert_eq!(shown(&selection), ["scenarios/real/a.yaml"]);
        assert_eq!(selection.mistakes, [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nowhere_is_no_scenario_fewer() {
        let folder = project(&["scenarios/a.yaml"]);
        let scenarios = folder.path().join("scenarios");
        for link in ["gone.yaml", "_gone.yml", "folder"] {
            std::os::unix::fs::symlink("../lost", scenarios.join(link)).unwrap();
            let selection = select(&[], folder.path(), folder.path());
            let [mistake] = &selection.mistakes[..] else {
                panic!("{link}: {:?}", selection.mistakes);
            };
            let told = format!("{link}` is a link to `../lost`, which cannot be read");
            assert!(mistake.contains(&told), "{mistake}");
            std::fs::remove_file(scenarios.join(link)).unwrap();
        }
        // What editors leave, and data that a step will miss by itself.
        for link in [".#a.yaml", "rows.csv"] {
            std::os::unix::fs::symlink("../lost", scenarios.join(link)).unwrap();
        }
        let selection = select(&[], folder.path(), folder.path());
        assert_eq!(selection.mistakes, [""; 0]);
    }

    #[test]
    fn bytes_that_are_no_text_and_files_that_are_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, b"name: caf\xe9\n").unwrap();
        let mut texts = Texts::default();
        assert_eq!(texts.read(&path, "a.yaml"), None);
        let diagnostic = &texts.diagnostics[0];
        assert_eq!(texts.sources.place(diagnostic.span), "a.yaml:1:10");
        assert!(diagnostic.message.contains("offset 9"));
        let large = std::fs::File::create(&path).unwrap();
        large.set_len(LARGEST_FILE + 1).unwrap();
        assert_eq!(texts.read(&path, "a.yaml"), None);
        assert!(texts.diagnostics[1].message.contains("8 MiB"));
        assert_eq!(texts.read(&folder.path().join("b"), "b"), None);
        assert!(texts.diagnostics[2].message.contains("cannot be read"));
        assert_eq!(texts.files.len(), 3);
    }
}

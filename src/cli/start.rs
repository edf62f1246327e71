//! `sammati init` and `sammati new`: something that runs, to change.

use clap::Args;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::environment::World;
use super::exit::Exit;
use super::load::SCENARIOS;
use super::{project, terminal};
use crate::report::shown_path;

const PROJECT: &str = include_str!("start/sammati.yaml");
const LOGIN: &str = include_str!("start/_login.yaml");
const SCENARIO: &str = include_str!("start/scenario.yaml");
const FRAGMENT: &str = include_str!("start/fragment.yaml");
const IGNORED: &str = include_str!("start/gitignore");
const LOGIN_NAME: &str = "_login.yaml";

/// Make a project to start from: sammati.yaml, and a first scenario that passes
#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(super) struct InitArguments {
    /// Where; the working folder if not given
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

const INIT_EXAMPLES: &str = "\
Examples:
  sammati init              in this folder
  sammati init consents     in a folder of its own

Nothing that is there already is touched. What it makes runs as it is, on the sandbox that is built in:
  sammati run";

/// Make a scenario to start from, that passes
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub(super) struct NewArguments {
    /// What it is called: letters, digits, `_` and `-`, with `/` for folders
    #[arg(value_name = "NAME")]
    name: String,
}

const NEW_EXAMPLES: &str = "\
Examples:
  sammati new consent_rejected           scenarios/consent_rejected.yaml
  sammati new consents/rejected          scenarios/consents/rejected.yaml
  sammati new _approved                  a fragment, for others to use";

/// A file to be made.
struct New {
    path: PathBuf,
    text: String,
}

/// Makes a project.
pub(super) fn init(arguments: &InitArguments, world: &World) -> Exit {
    let folder = match &arguments.folder {
        Some(folder) => world.folder.join(folder),
        None => world.folder.clone(),
    };
    let scenarios = folder.join(SCENARIOS);
    let mut files = vec![
        New {
            path: folder.join("sammati.yaml"),
            text: PROJECT.to_owned(),
        },
        New {
            path: scenarios.join(LOGIN_NAME),
            text: LOGIN.to_owned(),
        },
        New {
            path: scenarios.join("first_consent.yaml"),
            text: scenario("First consent", LOGIN_NAME),
        },
    ];
    let ignored = folder.join(".gitignore");
    let is_ignored_already = ignored.exists();
    if !is_ignored_already {
        files.push(New {
            path: ignored,
            text: IGNORED.to_owned(),
        });
    }
    let exit = make(&files, world);
    if exit == Exit::Passed && is_ignored_already {
        world.warning("there is a `.gitignore` already: see that it names `.env` and `*.snap.new`");
    }
    if exit == Exit::Passed {
        let place = match &arguments.folder {
            Some(folder) => format!("cd {} && ", folder.display()),
            None => String::new(),
        };
        say(&format!("Now run it: {place}sammati run"));
    }
    exit
}

/// Makes a scenario or a fragment.
pub(super) fn new(arguments: &NewArguments, world: &World) -> Exit {
    let name = arguments
        .name
        .strip_suffix(".yaml")
        .unwrap_or(&arguments.name);
    let parts: Vec<&str> = name.split('/').collect();
    if !parts.iter().all(|part| is_name(part)) {
        world.error(&format!(
            "`{}` cannot be a scenario's name: use letters, digits, `_` and `-`, with `/` for folders",
            arguments.name
        ));
        return Exit::WrongInput;
    }
    let scenarios = project::root(&world.folder).join(SCENARIOS);
    let path = scenarios.join(format!("{name}.yaml"));
    let stem = parts.last().copied().unwrap_or(name);
    let mut files = Vec::new();
    if stem.starts_with('_') {
        let text = FRAGMENT.replace("NAME", &title(stem));
        files.push(New { path, text });
    } else {
        let login = format!("{}{LOGIN_NAME}", "../".repeat(parts.len() - 1));
        let text = scenario(&title(stem), &login);
        files.push(New { path, text });
        let login = scenarios.join(LOGIN_NAME);
        if !login.exists() {
            files.push(New {
                path: login,
                text: LOGIN.to_owned(),
            });
        }
    }
    make(&files, world)
}

fn scenario(name: &str, login: &str) -> String {
    SCENARIO.replace("NAME", name).replace("LOGIN", login)
}

fn is_name(part: &str) -> bool {
    let is_fine = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    !part.is_empty() && !part.starts_with('-') && part.chars().all(is_fine)
}

/// `consent_rejected` as a person would write it: `Consent rejected`.
fn title(stem: &str) -> String {
    let words = stem.trim_start_matches('_').replace(['_', '-'], " ");
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => "Scenario".to_owned(),
    }
}

/// Makes all of them, or none if one of them is there already.
fn make(files: &[New], world: &World) -> Exit {
    let shown = |path: &Path| shown_path(path, &world.folder);
    let present: Vec<String> = files
        .iter()
        .filter(|file| file.path.symlink_metadata().is_ok())
        .map(|file| format!("`{}`", shown(&file.path)))
        .collect();
    if !present.is_empty() {
        let verb = if present.len() == 1 { "is" } else { "are" };
        world.error(&format!(
            "{} {verb} there already, and nothing was made",
            present.join(", ")
        ));
        return Exit::WrongInput;
    }
    for file in files {
        if let Err(error) = write(file) {
            world.error(&format!("`{}` cannot be made: {error}", shown(&file.path)));
            return Exit::CouldNotRun;
        }
        say(&format!("made {}", shown(&file.path)));
    }
    Exit::Passed
}

/// Writes a file that is not there; one that has come in the meantime stays as it is.
fn write(file: &New) -> io::Result<()> {
    if let Some(folder) = file.path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file.path)?;
    whole(&file.path, opened.write_all(file.text.as_bytes()))
}

/// A file that could not be written to its end is no file: the next run would read it, and the next try find it there.
fn whole(path: &Path, written: io::Result<()>) -> io::Result<()> {
    if written.is_err() {
        // Why it could not be written is what is told.
        let _ = std::fs::remove_file(path);
    }
    written
}

fn say(line: &str) {
    // A reader that has gone does not want to know.
    let _ = writeln!(terminal::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        for full in [false, true] {
            std::fs::write(&path, "name: A").unwrap();
            let written = match full {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            };
            assert_eq!(whole(&path, written).is_err(), full);
            assert_eq!(path.exists(), !full);
        }
    }
}

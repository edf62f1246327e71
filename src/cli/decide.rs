//! `sammati accept` and `sammati reject`: the decision on pending snapshots, for scripts and for those who have
//! seen the diff in the run already.

use clap::Args;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::environment::World;
use super::exit::Exit;
use super::project;
use super::review::shortened;
use super::terminal;
use crate::report::{plural, shown_path};
use crate::snapshot::decision;
use crate::snapshot::pending::{self, Pending};
use crate::snapshot::selection::select;

/// Which pending snapshots are decided on.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Pending files, snapshots, folders of them, scenarios, or the folder of a run's --output
    #[arg(
        value_name = "PATH",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    paths: Vec<PathBuf>,
    /// All that is pending
    #[arg(long)]
    all: bool,
}

pub(super) const ACCEPT_EXAMPLES: &str = "\
Examples:
  sammati accept --all                                     everything that is pending
  sammati accept snapshots/consent_to_data/fi_data.snap    one snapshot
  sammati accept scenarios/consent_to_data.yaml            those of a scenario";

pub(super) const REJECT_EXAMPLES: &str = "\
Examples:
  sammati reject --all                                     everything that is pending
  sammati reject snapshots/consent_to_data                 those in a folder";

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Accept,
    Reject,
}

/// Decides on each, and says so. One that cannot be decided on stays pending and does not keep the others.
pub(super) fn decide(arguments: &Arguments, decided_as: Decision, world: &World) -> Exit {
    let root = project::root(&world.folder).join("snapshots");
    let chosen = match choose(&arguments.paths, arguments.all, &root) {
        Ok(chosen) => chosen,
        Err(message) => {
            world.error(&message);
            return Exit::WrongInput;
        }
    };
    let mut text = String::new();
    let mut decided = 0;
    let mut failures = Vec::new();
    let all: Vec<&Pending> = chosen.iter().collect();
    let done = match decided_as {
        Decision::Accept => decision::accept(&all),
        Decision::Reject => decision::reject(&all),
    };
    for (done, pending) in done.into_iter().zip(&chosen) {
        match done {
            Ok(()) => {
                decided += 1;
                let word = decided_as.past();
                // What there is now, and what there is no longer.
                let path = match decided_as {
                    Decision::Accept => &pending.accepted,
                    Decision::Reject => &pending.path,
                };
                let _ = writeln!(text, "{word} {}", shown_path(path, &world.folder));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    tell_failures(&failures, world);
    if chosen.is_empty() {
        text.push_str("nothing is pending\n");
    } else {
        let _ = writeln!(
            text,
            "{} {}",
            plural(decided, "snapshot"),
            decided_as.past()
        );
    }
    let mut stdout = terminal::stdout();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    if !failures.is_empty() || written.is_err() {
        Exit::CouldNotRun
    } else {
        Exit::Passed
    }
}

/// So many snapshots with the same trouble are told one by one.
const MOST_ALIKE: usize = 3;

/// Says which snapshots could not be decided on and why; where many have the same trouble, a full disk, how many more.
pub(super) fn tell_failures(failures: &[String], world: &World) {
    let mut told: Vec<(String, usize)> = Vec::new();
    for failure in failures {
        let trouble = without_path(failure);
        let known = told.iter_mut().find(|(known, _)| *known == trouble);
        let count = match known {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                told.push((trouble, 1));
                1
            }
        };
        if count <= MOST_ALIKE {
            world.error(&shortened(failure, &world.folder));
        }
    }
    for (trouble, count) in told {
        if let Some(more) = count.checked_sub(MOST_ALIKE).filter(|more| *more > 0) {
            world.error(&format!("{more} more like it: {trouble}"));
        }
    }
}

/// A message with a mark in place of the file that it begins with.
fn without_path(message: &str) -> String {
    let mut parts = message.splitn(3, '`');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(before), Some(_), Some(after)) => format!("{before}…{after}"),
        _ => message.to_owned(),
    }
}

impl Decision {
    fn past(self) -> &'static str {
        match self {
            Decision::Accept => "accepted",
            Decision::Reject => "rejected",
        }
    }
}

/// What the paths choose. A folder outside the snapshots is what `--output` left somewhere: all in it is meant.
pub(super) fn choose(paths: &[PathBuf], is_all: bool, root: &Path) -> Result<Vec<Pending>, String> {
    let all = || pending::pending(root).map_err(|error| error.to_string());
    if is_all {
        return all();
    }
    let (mut chosen, mut words) = (Vec::new(), as_words(paths));
    let mut is_of_use = Vec::new();
    for (number, folder) in elsewhere(paths, root) {
        let there = pending::pending_in(&folder, root).map_err(|error| error.to_string())?;
        if !there.is_empty() {
            is_of_use.push(number);
        }
        chosen.extend(there);
    }
    let mut numbers = 0..;
    words.retain(|_| !numbers.next().is_some_and(|it| is_of_use.contains(&it)));
    if !words.is_empty() {
        let at_home = select(all()?, &words, root).map_err(|error| error.to_string())?;
        chosen.extend(at_home);
    }
    let mut seen = HashSet::new();
    chosen.retain(|pending| seen.insert(pending.path.clone()));
    Ok(chosen)
}

/// The paths as the words that they were given as.
pub(super) fn as_words(paths: &[PathBuf]) -> Vec<String> {
    let words = paths.iter().map(|path| path.to_string_lossy().into_owned());
    words.collect()
}

/// The paths, with their numbers, that are folders which neither are the snapshots' folder, nor in it, nor around it.
pub(super) fn elsewhere(paths: &[PathBuf], root: &Path) -> Vec<(usize, PathBuf)> {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let numbered = paths.iter().cloned().enumerate();
    let folders = numbered.filter(|(_, path)| path.is_dir());
    folders
        .filter(|(_, path)| {
            let path = path.canonicalize();
            path.is_ok_and(|path| !path.starts_with(&root) && !root.starts_with(&path))
        })
        .collect()
}

//! `sammati accept` and `sammati reject`: the decision on pending snapshots, for scripts and for those who have
//! seen the diff in the run already.

use clap::Args;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use super::environment::World;
use super::exit::Exit;
use super::project;
use super::terminal;
use crate::report::{plural, shown_path};
use crate::snapshot::pending::{self, Pending};

/// Which pending snapshots are decided on.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Pending files, snapshots, folders of them, or scenarios
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
pub(super) fn decide(arguments: &Arguments, decision: Decision, world: &World) -> Exit {
    let root = project::root(&world.folder).join("snapshots");
    let chosen = match choose(arguments, &root) {
        Ok(chosen) => chosen,
        Err(message) => {
            world.error(&message);
            return Exit::WrongInput;
        }
    };
    let mut text = String::new();
    let mut decided = 0;
    let mut failed = false;
    for pending in &chosen {
        let done = match decision {
            Decision::Accept => pending::accept(pending),
            Decision::Reject => pending::reject(pending),
        };
        match done {
            Ok(()) => {
                decided += 1;
                let word = decision.past();
                let _ = writeln!(
                    text,
                    "{word} {}",
                    shown_path(&pending.accepted, &world.folder)
                );
            }
            Err(error) => {
                failed = true;
                world.error(&error.to_string());
            }
        }
    }
    if chosen.is_empty() {
        text.push_str("nothing is pending\n");
    } else {
        let _ = writeln!(text, "{} {}", plural(decided, "snapshot"), decision.past());
    }
    let mut stdout = terminal::stdout();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    if failed || written.is_err() {
        Exit::CouldNotRun
    } else {
        Exit::Passed
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

fn choose(arguments: &Arguments, root: &std::path::Path) -> Result<Vec<Pending>, String> {
    let all = pending::pending(root).map_err(|error| error.to_string())?;
    if arguments.all {
        return Ok(all);
    }
    let words: Vec<String> = arguments
        .paths
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    pending::select(all, &words).map_err(|error| error.to_string())
}

//! The flags of `sammati run`, and what they mean.

use clap::{ArgAction, Args, ValueEnum};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::browser;
use crate::cli::environment::{self, World};
use crate::cli::portion::{Portion, one_or_more};
use crate::cli::prepare::Inputs;
use crate::cli::reports::{self, Wanted};
use crate::cli::select::Choice;
use crate::model::duration;
use crate::report::Verbosity;
use crate::run::FlakyPolicy;
use crate::snapshot::Mode;

/// Run scenarios
///
/// A line a scenario as it ends, then failures in full, then one summary line. Of cases that fail in
/// the same way ten are shown in full, and all of them with -v. Nothing is sent if anything is wrong
/// in any of the files.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    #[command(flatten)]
    pub(super) choice: Choice,
    #[command(flatten)]
    pub(super) portion: Portion,
    /// How many cases run at once [default: the target's `jobs`, else the processors, at least 4]
    #[arg(short, long, value_name = "N", value_parser = one_or_more::<NonZeroUsize>, help_heading = "Running")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// The longest that a case may take, like 30s; a file's own `timeout` may be shorter
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, help_heading = "Running")]
    pub(super) timeout: Option<Duration>,
    /// Stop all cases as soon as one has failed
    #[arg(long, help_heading = "Running")]
    pub(super) fail_fast: bool,
    /// Runs a case that failed again, up to N times; one that passes then is flaky
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Running"
    )]
    pub(super) rerun: u32,
    /// What a flaky case does: pass (and is told of), or fail
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t = Flaky::Pass,
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Running"
    )]
    pub(super) flaky: Flaky,
    /// Who answers consents [default: auto]
    #[arg(long, value_enum, value_name = "WHO", help_heading = "Running")]
    pub(super) consent: Option<ConsentChoice>,
    /// Opens the pages of consents that a person answers in the default browser
    #[arg(long, conflicts_with = "dry_run", help_heading = "Running")]
    pub(super) open: bool,
    #[command(flatten)]
    pub(super) browser: browser::Driving,
    /// Repeats what was random in the run that printed this seed
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub(super) seed: Option<u64>,
    /// Prints what would be sent as curl commands, secrets hidden, and sends nothing
    #[arg(long, conflicts_with = "reports", help_heading = "Running")]
    pub(super) dry_run: bool,
    /// Runs again what a change of a file touches, until Ctrl-C
    #[arg(long, conflicts_with = "dry_run", help_heading = "Running")]
    pub(super) watch: bool,
    /// What a new or different snapshot does [default: review, or check where CI is set]
    #[arg(long, value_enum, value_name = "MODE", help_heading = "Snapshots")]
    pub(super) snapshots: Option<SnapshotMode>,
    /// Where pictures of pages go, and the pending files of `--snapshots check` [default: .sammati, and none]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,
    /// Also writes a report: html, junit, json, ndjson, tap, har or github, to a file, or to stdout; repeatable
    #[arg(
        long = "report",
        value_name = "KIND[=FILE]",
        value_parser = reports::parse,
        help_heading = "Output"
    )]
    pub(super) reports: Vec<Wanted>,
    /// Also show each step; twice: whole requests and responses, secrets hidden
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Output")]
    pub(super) verbose: u8,
    /// Show only failures and the summary
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  sammati run                                      the scenarios of this project
  sammati run scenarios/consent.yaml -v            one file, with its steps
  sammati run --target setu --tag smoke            some, on another target
  sammati run --var months=5 --snapshots check     try a value, leave nothing behind
  sammati run --filter reject -vv                  see what is sent and received
  sammati run --filter reject --dry-run            the same as curl commands, nothing is sent
  sammati run scenarios/consent.yaml --watch       again each time that a file of it is saved
  sammati run --failed                             only what failed when it last ran
  sammati run --repeat 20 --filter login           find out how often a case fails
  sammati run --shard 2/5 --rerun 1                one of five machines; tell flaky cases apart
  sammati run --report junit=junit.xml             a file for CI, beside the report for people
  sammati run --report json | jq .totals           a report on stdout; the one for people is on stderr";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Flaky {
    /// It has passed
    #[default]
    Pass,
    /// It has failed
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ConsentChoice {
    /// As the target has it: the sandbox itself, or a person if one is there
    Auto,
    /// A driven browser, by the target's flow or by the one that is built in
    Browser,
    /// A person who is shown the page, also where CI is set or stderr is no terminal
    Manual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SnapshotMode {
    /// Fails the case and leaves a pending file
    Review,
    /// Fails the case and writes nothing
    Check,
    /// Accepts what it finds
    Update,
    /// Compares nothing
    Off,
}

impl Arguments {
    /// What is asked for with paths, a target, and how snapshots are treated; nothing where more is said, or it wrongly.
    pub(in crate::cli) fn of_usual(words: &[OsString]) -> Option<Self> {
        let is_value = |word: &&OsString| {
            let bytes = word.as_encoded_bytes();
            !bytes.is_empty() && !bytes.starts_with(b"-")
        };
        let mut arguments = Arguments::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let given_before = match word.to_str() {
                Some("--snapshots") => {
                    let mode = words.next()?.to_str()?;
                    let mode = SnapshotMode::from_str(mode, false).ok()?;
                    arguments.snapshots.replace(mode).is_some()
                }
                Some("--target") => {
                    let name = words.next().filter(is_value)?.to_str()?;
                    arguments.inputs.target.replace(name.into()).is_some()
                }
                Some("-q" | "--quiet") => std::mem::replace(&mut arguments.quiet, true),
                _ => {
                    let path = Some(word).filter(is_value)?;
                    arguments.inputs.paths.push(path.into());
                    false
                }
            };
            if given_before {
                return None;
            }
        }
        Some(arguments)
    }

    /// How much the report for people says.
    pub(super) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Cases,
            (false, 1) => Verbosity::Steps,
            (false, _) => Verbosity::Exchanges,
        }
    }

    /// What a flaky case does.
    pub(super) fn flaky_policy(&self) -> FlakyPolicy {
        match self.flaky {
            Flaky::Pass => FlakyPolicy::Pass,
            Flaky::Fail => FlakyPolicy::Fail,
        }
    }

    /// The folder of `--output`.
    pub(super) fn pending_folder(&self, world: &World) -> Option<PathBuf> {
        let folder = self.output.as_ref();
        folder.map(|folder| world.folder.join(folder))
    }

    /// What a new or different snapshot does.
    pub(super) fn snapshot_mode(&self, world: &World) -> Mode {
        let mode = self.snapshots.unwrap_or_else(|| {
            if environment::is_ci() {
                SnapshotMode::Check
            } else {
                SnapshotMode::Review
            }
        });
        match mode {
            SnapshotMode::Review => Mode::Review,
            SnapshotMode::Check => Mode::Check {
                output: self.pending_folder(world),
            },
            SnapshotMode::Update => Mode::Update,
            SnapshotMode::Off => Mode::Off,
        }
    }

    /// What the command that runs a case again says beside what it is to run.
    pub(super) fn again(&self) -> String {
        let consent = match self.consent {
            Some(ConsentChoice::Manual) => " --consent manual",
            Some(ConsentChoice::Browser) => " --consent browser",
            _ => "",
        };
        let timeout = self.timeout.map_or_else(String::new, |timeout| {
            format!(" --timeout {}ms", timeout.as_millis())
        });
        format!("{consent}{timeout}{}", self.portion.again())
    }

    /// Whether everything that there is runs, as it is written.
    pub(super) fn is_everything(&self) -> bool {
        self.inputs.paths.is_empty() && self.is_whole_files()
    }

    /// Whether all cases of the files that were chosen run, as they are written.
    pub(super) fn is_whole_files(&self) -> bool {
        let inputs = &self.inputs;
        inputs.vars.is_empty()
            && inputs.vars_files.is_empty()
            && self.choice.is_everything()
            && self.portion.is_everything()
    }
}

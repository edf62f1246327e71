//! `sammati snapshots`: what there is, what no step makes any longer, and its end.

use clap::{Args, ValueEnum};
use std::cell::LazyCell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::check::tell;
use super::environment::World;
use super::exit::Exit;
use super::prepare::{self, Inputs, Prepared, Purpose};
use super::project;
use super::suggest;
use super::terminal;
use crate::model::plan::Plan;
use crate::report::{self, ListFormat, SnapshotLine, plural, shown_path};
use crate::snapshot::catalogue::{self, Entry, Standing};
use crate::snapshot::{Referenced, StoreError};

/// List snapshots, find those that no step makes, and delete them
///
/// A file under snapshots/ that is not one of sammati's is never counted and never touched.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Only those that no step of the project's scenarios makes, on any target
    #[arg(long)]
    unreferenced: bool,
    /// Deletes those, and says which
    #[arg(long, conflicts_with = "format")]
    prune: bool,
    /// Runs the scenarios twice, and proposes rules for what varied, as YAML to paste
    #[arg(long, conflicts_with_all = ["unreferenced", "prune", "format"])]
    suggest: bool,
    /// The seed of the first run; the second has the next
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        requires = "suggest",
        help_heading = "Input"
    )]
    seed: u64,
    #[command(flatten)]
    inputs: Inputs,
    /// How the list is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Human)]
    format: FormatName,
}

const EXAMPLES: &str = "\
Examples:
  sammati snapshots                  each with its scenario, its step, and whether it is pending
  sammati snapshots --unreferenced   what a removed or renamed step left behind
  sammati snapshots --prune          delete that
  sammati snapshots --suggest        which rules make two runs equal; leaves nothing behind
  sammati snapshots --format json    for a program";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people
    Human,
    /// One JSON array of {path, standing, pending, scenario, step, case, request, problem}
    Json,
}

/// Lists, deletes, or proposes rules.
pub(super) fn snapshots(arguments: &Arguments, world: &World) -> Exit {
    if arguments.suggest {
        return suggest::propose(&arguments.inputs, arguments.seed, world);
    }
    if arguments.inputs.is_anything() {
        world.error("paths, a target and values go with `snapshots --suggest`");
        return Exit::WrongInput;
    }
    let root = project::root(&world.folder).join("snapshots");
    let entries = if arguments.unreferenced || arguments.prune {
        match prepare::prepare(&Inputs::default(), Purpose::Check, world) {
            Ok(prepared) => unreferenced(&prepared, world),
            Err(refusal) => {
                tell(&refusal.diagnostics, &refusal.sources, world);
                for message in refusal.messages {
                    world.error(&message);
                }
                world.error("which snapshots are made by steps is not known");
                return refusal.exit;
            }
        }
    } else {
        catalogue::all(&root)
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            world.error(&error.to_string());
            return Exit::CouldNotRun;
        }
    };
    let (text, exit) = if arguments.prune {
        prune(&entries, &root, world)
    } else {
        let lines: Vec<SnapshotLine> = entries
            .iter()
            .map(|entry| line(entry, &root, world))
            .collect();
        let format = match arguments.format {
            FormatName::Human => ListFormat::Human(world.terminal.stdout),
            FormatName::Json => ListFormat::Json,
        };
        let word = if arguments.unreferenced {
            "unreferenced "
        } else {
            ""
        };
        (report::snapshots(&lines, word, format), Exit::Passed)
    };
    let mut stdout = terminal::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => exit,
        Err(error) => {
            world.error(&format!("the list cannot be written: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// The snapshots of a project that no step makes.
fn unreferenced(prepared: &Prepared, world: &World) -> Result<Vec<Entry>, StoreError> {
    let makers = Makers {
        plan: &prepared.plan,
        targets: &prepared.target_names,
        root: &prepared.root,
    };
    makers.unreferenced(world, |_| false)
}

/// All that a project has that makes snapshots.
pub(super) struct Makers<'p> {
    pub(super) plan: &'p Plan,
    /// The names of all its targets.
    pub(super) targets: &'p [String],
    /// The project's folder.
    pub(super) root: &'p Path,
}

impl Makers<'_> {
    /// The snapshots that no step makes, none that is `known` to be made.
    pub(super) fn unreferenced(
        &self,
        world: &World,
        known: impl Fn(&Path) -> bool,
    ) -> Result<Vec<Entry>, StoreError> {
        let referenced = LazyCell::new(|| Referenced::of(self.plan, self.targets));
        // A scenario outside the project's folder of them is not in its plan, and its snapshots are not lost.
        let exists = |source: &str| {
            !source.is_empty()
                && [&world.folder, self.root]
                    .iter()
                    .any(|folder| folder.join(source).is_file())
        };
        catalogue::unreferenced(&self.root.join("snapshots"), known, &referenced, exists)
    }
}

fn prune(entries: &[Entry], root: &Path, world: &World) -> (String, Exit) {
    let (mut text, mut exit) = (String::new(), Exit::Passed);
    let mut deleted = 0;
    for entry in entries {
        match catalogue::delete(root, entry) {
            Ok(()) => {
                deleted += 1;
                let path = shown_path(&entry.path(root), &world.folder);
                let _ = writeln!(text, "deleted {path}");
            }
            Err(error) => {
                world.error(&error.to_string());
                exit = Exit::CouldNotRun;
            }
        }
    }
    let _ = match (deleted, exit) {
        (0, Exit::Passed) => writeln!(text, "every snapshot is made by a step"),
        _ => writeln!(text, "{} deleted", plural(deleted, "snapshot")),
    };
    (text, exit)
}

fn line(entry: &Entry, root: &Path, world: &World) -> SnapshotLine {
    let (file, problem) = match &entry.file {
        Ok(file) => (file.clone(), None),
        Err(error) => (Default::default(), Some(error.to_string())),
    };
    SnapshotLine {
        path: shown_path(&entry.path(root), &world.folder),
        standing: match entry.standing {
            Standing::Accepted => "accepted",
            Standing::Changed => "changed",
            Standing::New => "new",
        },
        is_pending: entry.is_pending(),
        scenario: file.source,
        step: file.expression,
        case: file.case,
        request: format!("{} {}", file.method, file.url),
        problem,
    }
}

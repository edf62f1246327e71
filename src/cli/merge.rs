//! `sammati report merge`: one report from the JSON reports of several shards.

use clap::{Args, Subcommand};
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::World;
use super::exit::{self, Exit, Surroundings};
use super::reports::{self, Reports, Wanted};
use super::terminal;
use crate::report::{
    Merged, Part, Reporter as _, Terminal, TerminalSettings, Verbosity, merge, shown_path,
};

/// Work with reports of runs
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One report from the JSON reports of several shards
    ///
    /// Each shard writes one with `--report json=FILE`. All shards must be there, each once; the exit status is that
    /// of a run of them all.
    #[command(after_help = EXAMPLES)]
    Merge(MergeArguments),
}

#[derive(Debug, Args)]
struct MergeArguments {
    /// Folders with JSON reports, looked through to their depths; or the files
    #[arg(value_name = "DIR", required = true)]
    paths: Vec<PathBuf>,
    /// Writes a report: html, junit, json, ndjson, tap, har or github, to a file, or to stdout; repeatable
    #[arg(long = "report", value_name = "KIND[=FILE]", value_parser = reports::parse)]
    reports: Vec<Wanted>,
    /// Show only failures and the summary
    #[arg(short, long)]
    quiet: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  sammati report merge shards                              what came of all shards, for people
  sammati report merge shards --report html=report.html    one page of them all
  sammati report merge a b c --report junit=junit.xml -q   from several folders";

/// A folder that is deeper than this is no folder of reports.
const DEEPEST: usize = 16;
/// What each JSON report begins with.
const BEGINNING: &[u8] = b"{\"format\":";

/// Does what the subcommand says.
pub(super) fn report(arguments: &Arguments, world: &World) -> Exit {
    let Command::Merge(arguments) = &arguments.command;
    let merged = reports::clash(&arguments.reports)
        .map_err(str::to_owned)
        .and_then(|()| read(&arguments.paths, world));
    let merged = match merged {
        Ok(merged) => merged,
        Err(message) => {
            world.error(&message);
            return Exit::WrongInput;
        }
    };
    match write(arguments, merged, world) {
        Ok(exit) => {
            if exit == Exit::NothingRan {
                world.error("nothing ran: there is no case, or every one was skipped");
            }
            exit
        }
        Err(message) => {
            world.error(&message);
            Exit::CouldNotRun
        }
    }
}

fn read(paths: &[PathBuf], world: &World) -> Result<Merged, String> {
    let mut parts = Vec::new();
    for path in paths {
        let before = parts.len();
        let shown = |path: &Path| shown_path(path, &world.folder);
        let place = world.folder.join(path);
        let mut files = Vec::new();
        find(&place, 0, &mut files)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
        for file in files {
            let text = fs::read(&file)
                .map_err(|error| format!("`{}` cannot be read: {error}", shown(&file)))?;
            // Other JSON may lie beside the reports; what is empty was to be something.
            if file != place && !text.is_empty() && !text.starts_with(BEGINNING) {
                continue;
            }
            parts.push(Part::read(shown(&file), &text)?);
        }
        if parts.len() == before {
            return Err(format!(
                "there is no report in `{}`: each shard writes one with `--report json=FILE`",
                path.display()
            ));
        }
    }
    merge(parts, world.folder.clone())
}

/// The files that may be reports, in the order of their names. A file that is given itself is one.
fn find(place: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::metadata(place)?.is_dir() {
        files.push(place.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(place)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        let is_hidden = entry
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // Links are not followed, so that no way leads in circles.
        let about = fs::symlink_metadata(&entry)?;
        if is_hidden || (about.is_dir() && depth == DEEPEST) {
            continue;
        }
        let is_json = entry.extension().is_some_and(|ending| ending == "json");
        if about.is_dir() || (about.is_file() && is_json) {
            find(&entry, depth + 1, files)?;
        }
    }
    Ok(())
}

fn write(arguments: &MergeArguments, merged: Merged, world: &World) -> Result<Exit, String> {
    let facts = Arc::new(merged.facts.clone());
    let mut reports = Reports::open(&arguments.reports, &facts, world)?;
    let outputs = &world.terminal;
    let (human, color, columns) = if reports.have_stdout() {
        (terminal::stderr(), outputs.stderr, outputs.stderr_columns)
    } else {
        (terminal::stdout(), outputs.stdout, outputs.stdout_columns)
    };
    let verbosity = if arguments.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Cases
    };
    let mut report = Terminal::new(
        BufWriter::new(human),
        TerminalSettings {
            color,
            verbosity,
            facts,
            columns,
        },
    );
    let mut broken: Option<String> = None;
    let cannot = |error: io::Error| format!("the report cannot be written: {error}");
    merged.tell(|event| {
        let written = report.on_event(event).map_err(cannot);
        if let Err(error) = written.and(reports.on_event(event)) {
            broken.get_or_insert(error);
        }
    });
    let written = report.on_end(&merged.outcome).map_err(cannot);
    if let Err(error) = written.and(reports.end(&merged.outcome)) {
        broken.get_or_insert(error);
    }
    match broken {
        Some(message) => Err(message),
        None => Ok(exit::of_run(&merged.outcome, Surroundings::Sound, None)),
    }
}

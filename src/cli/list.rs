//! `sammati list`: what there is to run.

use clap::{Args, ValueEnum};
use std::io::{self, Write as _};

use super::check::tell;
use super::environment::World;
use super::exit::Exit;
use super::prepare::{self, Inputs, Purpose};
use super::select::Choice;
use super::terminal;
use crate::report::{self, ListFormat};

/// List scenarios with their cases, tags and targets
///
/// Nothing is sent. What is listed is what `run` would run with the same paths and the same selection.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    choice: Choice,
    /// How the list is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Human)]
    format: FormatName,
}

const EXAMPLES: &str = "\
Examples:
  sammati list                               the scenarios of this project
  sammati list --tag smoke --filter reject   what a run with the same flags would run
  sammati list --format json                 for a program";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people
    Human,
    /// One JSON array of {path, name, tags, targets, cases}
    Json,
}

/// Lists; files that are wrong are told as `check` tells them.
pub(super) fn list(arguments: &Arguments, world: &World) -> Exit {
    let mut prepared = match prepare::prepare(&arguments.inputs, Purpose::Check, world) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            tell(&refusal.diagnostics, &refusal.sources, world);
            for message in refusal.messages {
                world.error(&message);
            }
            return refusal.exit;
        }
    };
    if let Err(message) = arguments.choice.choose(&mut prepared.plan) {
        world.error(&message);
        return Exit::NothingRan;
    }
    let format = match arguments.format {
        FormatName::Human => ListFormat::Human(world.terminal.stdout),
        FormatName::Json => ListFormat::Json,
    };
    match write(&report::list(
        &prepared.plan,
        format,
        world.terminal.stdout_columns,
    )) {
        Ok(()) => Exit::Passed,
        Err(error) => {
            world.error(&format!("the list cannot be written: {error}"));
            Exit::CouldNotRun
        }
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = terminal::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

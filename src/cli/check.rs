//! `sammati check`: every mistake that can be found without sending a request.

use clap::{Args, ValueEnum};
use std::io::Write as _;

use super::environment::World;
use super::exit::Exit;
use super::prepare::{self, Inputs, Purpose, Refusal};
use super::terminal;
use crate::model::diagnostic::{Color, Diagnostic};
use crate::model::source::Sources;
use crate::report::{self, Format, plural};

/// Find every mistake without sending a request
///
/// All mistakes of all files are told at once, each with its place; names are looked up in files whose keys are right.
/// Secrets need not be set.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    /// What counts as wrong, beside errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// How mistakes are written; json and github go to standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatName::Human)]
    format: FormatName,
}

const EXAMPLES: &str = "\
Examples:
  sammati check                                  the scenarios of this project
  sammati check scenarios/consent.yaml           one file
  sammati check --target setu --deny warnings    as they would run on `setu`, warnings too
  sammati check --format json                    for an editor";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// For people, on stderr
    Human,
    /// One JSON array of {path, line, column, end_line, end_column, severity, message, hint}
    Json,
    /// Annotations of GitHub Actions
    Github,
}

/// Checks, and says how many are right if all are.
pub(super) fn check(arguments: &Arguments, world: &World) -> Exit {
    let (exit, right) = match prepare::prepare(&arguments.inputs, Purpose::Check, world) {
        Ok(prepared) => {
            let found = &prepared.texts.diagnostics;
            if write(arguments.format, found, &prepared.texts.sources, world).is_err() {
                return Exit::CouldNotRun;
            }
            if arguments.deny == Some(Deny::Warnings) && !found.is_empty() {
                (Exit::WrongInput, None)
            } else {
                (Exit::Passed, Some(prepared.plan.scenarios.len()))
            }
        }
        Err(Refusal {
            diagnostics,
            sources,
            messages,
            exit,
            ..
        }) => {
            if write(arguments.format, &diagnostics, &sources, world).is_err() {
                return Exit::CouldNotRun;
            }
            for message in messages {
                world.error(&message);
            }
            (exit, None)
        }
    };
    if let (FormatName::Human, Some(count)) = (arguments.format, right) {
        let verb = if count == 1 { "is" } else { "are" };
        if writeln!(
            terminal::stdout(),
            "{} {verb} right",
            plural(count, "scenario")
        )
        .is_err()
        {
            return Exit::CouldNotRun;
        }
    }
    exit
}

fn write(
    format: FormatName,
    found: &[Diagnostic],
    sources: &Sources,
    world: &World,
) -> std::io::Result<()> {
    let mut stdout = terminal::stdout();
    let format = match format {
        FormatName::Human => {
            tell(found, sources, world);
            return Ok(());
        }
        FormatName::Json => Format::Json,
        FormatName::Github => Format::Github,
    };
    let text = report::diagnostics(found, sources, format, Color::Plain, None);
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Diagnostics for people, on stderr.
pub(super) fn tell(found: &[Diagnostic], sources: &Sources, world: &World) {
    let terminal = &world.terminal;
    let text = report::diagnostics(
        found,
        sources,
        Format::Human,
        terminal.stderr,
        terminal.stderr_columns,
    );
    // There is nowhere left to report to if this fails; the exit status still tells.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

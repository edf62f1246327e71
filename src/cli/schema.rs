//! `sammati schema`: the JSON Schemas, for editors and for programs.

use clap::{Args, ValueEnum};
use std::io::Write as _;

use super::exit::Exit;
use super::terminal;
use crate::parse::{self, Document};
use crate::report::SCHEMA;

/// Print the JSON Schema of scenario files, of sammati.yaml or of the JSON report
///
/// Editors that know it complete keys, say what each means, and mark what cannot stand where it does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Which files
    #[arg(value_enum, value_name = "FILES", default_value_t = Files::Scenario)]
    files: Files,
}

const EXAMPLES: &str = "\
Examples:
  sammati schema > scenario.schema.json            of scenarios and fragments
  sammati schema project > project.schema.json     of sammati.yaml

In a file, for editors that run the YAML language server:
  # yaml-language-server: $schema=../scenario.schema.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Files {
    /// Scenarios and fragments
    Scenario,
    /// The project file
    Project,
    /// What `--report json` writes; its `$defs/line` is a line of `--report ndjson`
    Report,
}

/// Prints the schema.
pub(super) fn schema(arguments: &Arguments) -> Exit {
    let schema = match arguments.files {
        Files::Scenario => format!("{:#}", parse::schema(Document::Scenario)),
        Files::Project => format!("{:#}", parse::schema(Document::Project)),
        Files::Report => SCHEMA.trim_end().to_owned(),
    };
    match writeln!(terminal::stdout(), "{schema}") {
        Ok(()) => Exit::Passed,
        Err(_) => Exit::CouldNotRun,
    }
}

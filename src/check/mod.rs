//! [`Scenario`] -> [`Plan`], or everything that is wrong.

use serde_json::Value;
use std::collections::BTreeMap;

use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;
use crate::model::project::{Project, Target};
use crate::model::scenario::Scenario;

/// What is checked.
pub struct Input<'a> {
    /// The scenarios to be run, in the order in which they are shown.
    pub scenarios: &'a [Scenario],
    /// All fragments that could be read, by their keys.
    pub fragments: &'a BTreeMap<String, Scenario>,
    /// Keys of fragments that exist but could not be read: their own mistakes are told already.
    pub broken_fragments: &'a [String],
    /// The project file, or the defaults.
    pub project: &'a Project,
    /// What the scenarios will run on.
    pub target: &'a Target,
    /// The folder of scenarios in the project's folder: `scenarios`.
    pub scenarios_folder: &'a str,
    /// Variables from `--vars-file`, which have types, then from `--var`.
    pub overrides: &'a [Override],
    /// Names of the environment's variables that may be read as `env.NAME`.
    pub environment: &'a [String],
}

/// A variable from outside.
pub struct Override {
    /// Its name.
    pub name: String,
    /// Its value; text from `--var`, which the file's `vars` may give a type.
    pub value: Value,
    /// Whether it came from `--var`, so that it must be known to some file and is read as the type declared there.
    pub from_command_line: bool,
}

/// A plan, and what is not wrong but hardly meant so.
pub struct Checked {
    /// What will be run.
    pub plan: Plan,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// Why nothing can be run.
#[derive(Default)]
pub struct Mistakes {
    /// Mistakes in files, warnings among them.
    pub diagnostics: Vec<Diagnostic>,
    /// Mistakes on the command line: a `--var` that nothing knows.
    pub arguments: Vec<String>,
}

/// The paths of the fragments that a scenario uses, resolved to keys: what must be read before [`check`].
pub fn used_fragments(_scenario: &Scenario) -> Vec<String> {
    unimplemented!()
}

/// Compiles everything and resolves every name.
pub fn check(_input: &Input<'_>) -> Result<Checked, Mistakes> {
    unimplemented!()
}

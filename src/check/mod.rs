//! [`Scenario`] -> [`Plan`], or everything that is wrong.
//!
//! Compiles templates, paths and matchers, follows which names exist at each step, and puts
//! fragments in their places. All mistakes of all files are told in one pass; nothing is sent.

mod body;
mod browser;
mod capture;
mod case_names;
mod cases;
mod compiler;
mod expectations;
mod flow;
mod flows;
mod fragments;
mod made;
mod matrix;
mod names;
mod notification;
mod overrides;
mod repeat;
mod request;
mod rows;
mod scenario;
mod schemas;
mod snapshot_rules;
mod step;
mod tls;
mod variables;

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::files::Files;
use crate::model::node::Node;
use crate::model::plan::Plan;
use crate::model::project::{Project, Target};
use crate::model::scenario::{Row, Scenario};
pub use cases::rows_file;
use compiler::Compiler;
pub use flows::Flow;
pub use fragments::used_fragments;
pub use schemas::used_schemas;

/// What is checked.
pub struct Input<'a> {
    /// The scenarios to be run, in the order in which they are shown.
    pub scenarios: &'a [Scenario],
    /// All fragments that could be read, by their keys.
    pub fragments: &'a BTreeMap<String, Scenario>,
    /// Keys of fragments that exist but could not be read: their own mistakes are told already.
    pub broken_fragments: &'a [String],
    /// The schemas that stand in files, by their keys; nothing for one whose mistakes are told already.
    pub schemas: &'a BTreeMap<String, Option<Node>>,
    /// The rows of all files of cases that could be read, by their keys.
    pub rows: &'a BTreeMap<String, Vec<Row>>,
    /// Keys of files of cases that exist but could not be read: their own mistakes are told already.
    pub broken_rows: &'a [String],
    /// The project file, or the defaults.
    pub project: &'a Project,
    /// What the scenarios will run on.
    pub target: &'a Target,
    /// The folder of scenarios in the project's folder: `scenarios`.
    pub scenarios_folder: &'a str,
    /// Variables from `--vars-file`, which have types, then from `--var`.
    pub overrides: &'a [Override],
    /// The files that requests send, and certificates: a path that is no template must be right.
    pub files: &'a dyn Files,
    /// How consents are given, where a driven browser gives them.
    pub flow: Option<Flow<'a>>,
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

/// Compiles everything and resolves every name.
pub fn check(input: &Input<'_>) -> Result<Checked, Mistakes> {
    let mut compiler = Compiler::new(input);
    let scenarios: Vec<_> = input
        .scenarios
        .iter()
        .map(|scenario| scenario::compile(&mut compiler, scenario))
        .collect();
    let arguments = overrides::judge(&mut compiler);
    let (engine, diagnostics) = compiler.finish();
    let is_wrong = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    // A scenario that could not be compiled has told why.
    let scenarios: Option<Vec<_>> = scenarios.into_iter().collect();
    match scenarios {
        Some(scenarios) if !is_wrong && arguments.is_empty() => Ok(Checked {
            plan: Plan {
                scenarios,
                engine: Arc::new(engine),
            },
            warnings: diagnostics,
        }),
        _ => Err(Mistakes {
            diagnostics,
            arguments,
        }),
    }
}

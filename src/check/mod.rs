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
mod extent;
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
use crate::model::plan::{Plan, ScenarioPlan};
use crate::model::project::{Project, Target};
use crate::model::scenario::{Row, Scenario};
use crate::model::source::FileId;
pub use cases::rows_file;
use compiler::{Compiler, State};
pub use flows::Flow;
pub use fragments::used_fragments;
pub use schemas::used_schemas;

/// What scenarios are checked with.
pub struct Input<'a> {
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

/// Checks scenarios one after the other: each can be dropped as soon as it is planned, so that thousands of files do
/// not stand in memory at once.
#[derive(Default)]
pub struct Checker {
    state: State,
    /// The plans, with the text that each was read from; nothing for one that could not be compiled, which has told why.
    plans: Vec<(FileId, Option<ScenarioPlan>)>,
}

impl Checker {
    /// Compiles a scenario and resolves every name in it. Plans keep the order in which this is called.
    pub fn add(&mut self, input: &Input<'_>, scenario: &Scenario) {
        let mut compiler = Compiler::new(input, std::mem::take(&mut self.state), Some(scenario));
        let plan = scenario::compile(&mut compiler, scenario);
        self.plans.push((scenario.file, plan));
        self.state = compiler.finish();
    }

    /// Forgets a scenario and what was wrong with it: its file was none.
    pub fn forget(&mut self, file: FileId) {
        self.plans.retain(|(of, _)| *of != file);
        self.state
            .diagnostics
            .retain(|diagnostic| diagnostic.span.file != file);
    }

    /// All that will be run, or everything that is wrong.
    pub fn finish(self, input: &Input<'_>) -> Result<Checked, Mistakes> {
        let mut compiler = Compiler::new(input, self.state, None);
        let arguments = overrides::judge(&mut compiler);
        let State {
            engine,
            diagnostics,
            ..
        } = compiler.finish();
        let is_wrong = diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);
        let scenarios: Option<Vec<_>> = self.plans.into_iter().map(|(_, plan)| plan).collect();
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
}

/// Checks scenarios that are all there, in the order in which they are shown.
pub fn check(input: &Input<'_>, scenarios: &[Scenario]) -> Result<Checked, Mistakes> {
    let mut checker = Checker::default();
    for scenario in scenarios {
        checker.add(input, scenario);
    }
    checker.finish(input)
}

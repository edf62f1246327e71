//! Scenarios run from a Rust test: the same as `sammati run`, without a process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

use super::browser;
use super::environment::World;
use super::exit::{self, Exit, Surroundings};
use super::prepare::{self, Inputs, Prepared, Purpose};
use super::run::{customer, launcher, notifications};
use super::terminal::Terminal as Outputs;
use crate::model::diagnostic::Color;
use crate::model::outcome::{Keep, RunOutcome};
use crate::report::{Reporter as _, RunFacts, Terminal, TerminalSettings, Verbosity};
use crate::run::{self, FlakyPolicy, Interrupt, Settings};
use crate::snapshot::{Mode, Store};

/// Runs a project's scenarios from a Rust test.
///
/// ```no_run
/// # async fn test() {
/// sammati::Harness::new(env!("CARGO_MANIFEST_DIR"))
///     .variable("months", "6")
///     .run(["scenarios"])
///     .await
///     .assert_passed();
/// # }
/// ```
///
/// Snapshots are compared and nothing is written, unless [`Harness::snapshots`] says otherwise.
#[derive(Clone, Debug)]
pub struct Harness {
    folder: PathBuf,
    target: Option<String>,
    variables: Vec<String>,
    secrets: Vec<String>,
    snapshots: Mode,
    jobs: usize,
    seed: u64,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// How each case ended; none if the files were wrong and nothing was sent.
    pub outcome: RunOutcome,
    /// What `sammati run` would have printed, without colour: mistakes in the files or the report of the run.
    pub text: String,
    /// The exit status that `sammati run` would have ended with.
    pub exit_status: u8,
}

impl Harness {
    /// For the project in that folder: where `sammati.yaml` is, or `scenarios`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Harness {
            folder: folder.into(),
            target: None,
            variables: Vec::new(),
            secrets: Vec::new(),
            snapshots: Mode::Check { output: None },
            jobs: 4,
            seed: 0,
        }
    }

    /// On that target, not the project's default one.
    pub fn target(mut self, name: impl Into<String>) -> Self {
        self.target = Some(name.into());
        self
    }

    /// With a variable's value, as `--var` gives it.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push(format!("{name}={value}"));
        self
    }

    /// With a secret, as `--secret` gives it.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.push(format!("{name}={value}"));
        self
    }

    /// With another way to treat snapshots that are new or different.
    pub fn snapshots(mut self, mode: Mode) -> Self {
        self.snapshots = mode;
        self
    }

    /// With so many cases at once; 4 if not given.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// With a seed for everything random; 0 if not given.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Runs scenario files and folders, given relative to the project's folder; all of the project's if none is given.
    /// Needs a tokio runtime.
    pub async fn run(self, paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Report {
        let world = World {
            folder: self.folder.clone(),
            terminal: Outputs {
                stdout: Color::Plain,
                stderr: Color::Plain,
                stderr_is_terminal: false,
                stderr_is_live: false,
                can_ask: false,
                stdout_columns: None,
                stderr_columns: None,
            },
        };
        let inputs = Inputs {
            paths: paths
                .into_iter()
                .map(|path| path.as_ref().to_owned())
                .collect(),
            target: self.target.clone(),
            vars: self.variables.clone(),
            vars_files: Vec::new(),
            secrets: self.secrets.clone(),
        };
        match prepare::prepare(&inputs, Purpose::Run, &world) {
            Ok(prepared) => self.perform(prepared).await,
            Err(refusal) => {
                let mut text: String = refusal
                    .diagnostics
                    .iter()
                    .map(|diagnostic| diagnostic.render(&refusal.sources, Color::Plain))
                    .collect();
                text.extend(
                    refusal
                        .messages
                        .iter()
                        .map(|message| format!("error: {message}\n")),
                );
                Report {
                    outcome: RunOutcome::default(),
                    text,
                    exit_status: refusal.exit.code(),
                }
            }
        }
    }

    async fn perform(self, prepared: Prepared) -> Report {
        let notifications = match notifications(prepared.notifications).await {
            Ok(notifications) => notifications,
            Err(message) => {
                return Report {
                    outcome: RunOutcome::default(),
                    text: format!("error: {message}\n"),
                    exit_status: Exit::CouldNotRun.code(),
                };
            }
        };
        let pending_folder = match &self.snapshots {
            Mode::Check { output } => output.clone(),
            _ => None,
        };
        // Nobody interrupts; the sender must live as long as the run.
        let (_sender, interrupt) = watch::channel(Interrupt::None);
        let target = prepared.target.name.clone();
        let settings = Settings {
            jobs: self.jobs,
            keep: Keep::Failures,
            write: None,
            root: prepared.base,
            files: prepared.texts.files.into(),
            environment: prepared.environment,
            snapshots: Store::new(prepared.root.join("snapshots"), self.snapshots),
            seed: self.seed,
            reruns: 0,
            flaky: FlakyPolicy::Pass,
            customer: customer(
                None,
                &prepared.target,
                prepared.manual,
                Some("this is a test"),
            ),
            notifications,
            target: prepared.target,
            launch_sandbox: Some(launcher(Arc::default())),
            launch_browser: Some(browser::launcher(
                browser::Driving::default().options(&prepared.pages, &self.folder),
            )),
            pages: prepared.pages,
            pictures: prepared.root.join(browser::FOLDER).join(browser::PICTURES),
            interrupt,
            stop_at_failure: None,
            grace: run::GRACE,
        };
        let mut text = Vec::new();
        let mut report = Terminal::new(
            &mut text,
            TerminalSettings {
                color: Color::Plain,
                verbosity: Verbosity::Cases,
                facts: Arc::new(RunFacts {
                    sources: Arc::new(prepared.texts.sources),
                    working_folder: self.folder,
                    target,
                    seed: Some(self.seed),
                    pending_folder,
                    ..RunFacts::default()
                }),
                columns: None,
            },
        );
        // Writing to memory cannot fail.
        let outcome = run::run(Arc::new(prepared.plan), settings, |event| {
            let _ = report.on_event(event);
        })
        .await;
        let _ = report.on_end(&outcome);
        drop(report);
        let exit_status = exit::of_run(&outcome, Surroundings::Sound, None).code();
        Report {
            outcome,
            text: String::from_utf8_lossy(&text).into_owned(),
            exit_status,
        }
    }
}

impl Report {
    /// Panics with the whole report unless something ran and all of it passed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(
            self.exit_status == 0,
            "the scenarios did not pass:\n\n{}",
            self.text
        );
    }
}

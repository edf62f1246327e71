//! Running: plans made from YAML, against servers on loopback that answer well and badly.

mod anew;
mod bodies;
mod cases;
mod cleaning;
mod clock;
mod consent;
mod flow;
mod loops;
mod notifications;
mod notifications_of_target;
mod polling;
mod rate;
mod redirects;
mod renewal;
mod resolve;
mod retries;
mod secrets;
pub(crate) mod server;
mod sharing;
mod tls;
mod transport;
mod uses;
mod xml;

use sammati::check::{self, Input};
use sammati::model::diagnostic::{Color, Diagnostic};
use sammati::model::outcome::{
    CaseOutcome, Event, Failure, FailureKind, Keep, RunOutcome, Status, StepOutcome,
};
use sammati::model::plan::Plan;
use sammati::model::project::{Project, Target, TargetKind};
use sammati::model::scenario::{RequestOptions, Scenario, SnapshotOptions};
use sammati::model::secret::Secret;
use sammati::model::source::Sources;
use sammati::parse;
use sammati::run::{
    self, Customer, FlakyPolicy, Interrupt, Notifications, Pages, ProjectFiles, Settings, WriteStep,
};
use sammati::snapshot::{Mode, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a run told.
#[derive(Debug)]
struct Told {
    outcome: RunOutcome,
    events: Vec<Event>,
}

impl Told {
    fn case(&self, index: usize) -> &CaseOutcome {
        &self.outcome.cases[index]
    }

    fn status(&self) -> &Status {
        &self.case(0).status
    }

    /// The one failure of a run that has just one.
    fn failure(&self) -> &Failure {
        let case = self.case(0);
        let mut failures = case
            .failures
            .iter()
            .chain(case.failed.iter().flat_map(|step| &step.failures));
        let first = failures
            .next()
            .unwrap_or_else(|| panic!("nothing failed: {case:?}"));
        assert_eq!(failures.next(), None, "only one thing fails");
        first
    }

    fn steps(&self) -> Vec<&StepOutcome> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::StepFinished { step, .. } => Some(step.as_ref()),
                _ => None,
            })
            .collect()
    }

    /// Each step with a letter for how it ended: `login +`, `pay F`.
    fn story(&self) -> String {
        self.steps()
            .iter()
            .map(|step| {
                let mark = match step.status {
                    Status::Passed => "+",
                    Status::Failed => "F",
                    Status::Errored => "E",
                    Status::Skipped(_) => "s",
                    Status::NotRun(_) => "-",
                };
                format!("{} {mark}", step.label)
            })
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn printed(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Printed { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// A run that is being put together.
struct Bench {
    target: Target,
    files: Vec<(String, String)>,
    /// Whether `_flow.yaml` is how consents are given.
    has_flow: bool,
    /// The project's folder, if there are files in it.
    folder: Option<tempfile::TempDir>,
    jobs: usize,
    keep: Keep,
    write: Option<WriteStep>,
    snapshots: Store,
    environment: Vec<(String, Secret)>,
    customer: Customer,
    notifications: Option<Arc<Notifications>>,
    interrupt: watch::Receiver<Interrupt>,
    grace: Duration,
    // Without it nobody could interrupt, which is another thing than nobody doing so.
    interrupter: Arc<watch::Sender<Interrupt>>,
}

impl Bench {
    fn new(base_url: &str) -> Self {
        let (interrupter, interrupt) = watch::channel(Interrupt::None);
        Bench {
            target: Target {
                name: "here".into(),
                is_default: true,
                kind: TargetKind::Remote(base_url.into()),
                vars: Vec::new(),
                secrets: Vec::new(),
                hosts: Vec::new(),
                resolve: Vec::new(),
                rate: None,
            },
            files: Vec::new(),
            has_flow: false,
            folder: None,
            jobs: 1,
            keep: Keep::Failures,
            write: None,
            snapshots: Store::new(PathBuf::from("nowhere"), Mode::Off),
            environment: Vec::new(),
            customer: Customer::Sandbox,
            notifications: None,
            interrupt,
            grace: run::GRACE,
            interrupter: Arc::new(interrupter),
        }
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.into(), text.into()));
        self
    }

    /// A file of the project that is no scenario.
    fn data(mut self, name: &str, bytes: &[u8]) -> Self {
        let folder = self
            .folder
            .get_or_insert_with(|| tempfile::tempdir().unwrap());
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    fn secret(mut self, name: &str, value: &str) -> Self {
        self.target.secrets.push((name.into(), Secret::new(value)));
        self
    }

    fn plan(&self) -> Plan {
        let mut sources = Sources::default();
        let mut read = |name: &str, text: &str| {
            let file = sources.add(name, text);
            let read = parse::scenario(&sources, file, name);
            assert!(
                read.diagnostics.is_empty(),
                "{}",
                render(&read.diagnostics, &sources)
            );
            read.scenario
                .expect("a file without mistakes is a scenario")
        };
        let mut scenarios: Vec<Scenario> = Vec::new();
        let mut fragments = BTreeMap::new();
        for (name, text) in &self.files {
            let scenario = read(name, text);
            if name.starts_with('_') {
                fragments.insert(name.clone(), scenario);
            } else {
                scenarios.push(scenario);
            }
        }
        let environment: Vec<String> = self
            .environment
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let files = ProjectFiles::new(self.root(), self.paths());
        let checked = check::check(
            &Input {
                files: &files,
                fragments: &fragments,
                broken_fragments: &[],
                schemas: &BTreeMap::new(),
                rows: &BTreeMap::new(),
                broken_rows: &[],
                project: &Project {
                    file: None,
                    target: None,
                    targets: Vec::new(),
                    defaults: RequestOptions::default(),
                    snapshot: SnapshotOptions::default(),
                },
                target: &self.target,
                scenarios_folder: "",
                overrides: &[],
                flow: self.has_flow.then(|| check::Flow {
                    file: fragments.get("_flow.yaml"),
                }),
                environment: &environment,
            },
            &scenarios,
        );
        match checked {
            Ok(checked) => checked.plan,
            Err(mistakes) => panic!(
                "{}{:?}",
                render(&mistakes.diagnostics, &sources),
                mistakes.arguments
            ),
        }
    }

    fn root(&self) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.path().to_owned(),
            None => PathBuf::from("."),
        }
    }

    /// Where the files would stand.
    fn paths(&self) -> Arc<[PathBuf]> {
        let path = |(name, _): &(String, String)| self.root().join(name);
        self.files.iter().map(path).collect()
    }

    fn settings(&self) -> Settings {
        Settings {
            target: self.target.clone(),
            jobs: self.jobs,
            keep: self.keep,
            write: self.write.clone(),
            root: self.root(),
            files: self.paths(),
            environment: self.environment.clone(),
            snapshots: self.snapshots.clone(),
            seed: 0,
            reruns: 0,
            flaky: FlakyPolicy::Pass,
            customer: self.customer.clone(),
            notifications: self.notifications.clone(),
            launch_sandbox: None,
            launch_browser: None,
            pages: Pages::default(),
            pictures: self.root().join("pictures"),
            interrupt: self.interrupt.clone(),
            stop_at_failure: None,
            grace: self.grace,
        }
    }

    async fn run(&self) -> Told {
        let mut events = Vec::new();
        let outcome = run::run(Arc::new(self.plan()), self.settings(), |event| {
            events.push(event.clone());
        })
        .await;
        Told { outcome, events }
    }
}

/// Runs one scenario against a server.
async fn run(base_url: &str, scenario: &str) -> Told {
    Bench::new(base_url).file("a.yaml", scenario).run().await
}

/// Tries something in ever longer times: in a short one a busy machine may not come to what is looked for. What is told
/// of the last one counts.
async fn in_some_time(attempt: impl AsyncFn(&str) -> Result<(), String>) {
    let mut why = String::new();
    for time in ["60ms", "600ms", "6s"] {
        match attempt(time).await {
            Ok(()) => return,
            Err(lacking) => why = lacking,
        }
    }
    panic!("{why}");
}

/// That both are equal, as an attempt says it.
fn same<T: PartialEq + std::fmt::Debug>(actual: &T, expected: &T) -> Result<(), String> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("{actual:?} is not {expected:?}"))
}

fn render(mistakes: &[Diagnostic], sources: &Sources) -> String {
    let rendered = mistakes
        .iter()
        .map(|mistake| mistake.render(sources, Color::Plain));
    rendered.collect::<Vec<_>>().join("\n")
}

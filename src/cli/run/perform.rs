//! A plan that is run, with everybody who listens to it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, BufWriter, Stderr, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

use super::arguments::Arguments;
use super::canvas;
use super::idle;
use super::means::{customer, launcher, notifications};
use super::open::Opener;
use crate::cli::browser;
use crate::cli::environment::{self, World};
use crate::cli::exit::{self, Exit, Surroundings};
use crate::cli::interrupt::Armed;
use crate::cli::last_run::Known;
use crate::cli::portion;
use crate::cli::prepare::Prepared;
use crate::cli::report_file;
use crate::cli::reports::{self, Reports};
use crate::cli::rerun;
use crate::cli::shard::Shard;
use crate::cli::snapshots::Makers;
use crate::cli::terminal::{self, Patient};
use crate::model::outcome::{Event, Keep, RunOutcome, Status};
use crate::model::plan::Plan;
use crate::report::{
    Canvas, Live, Reporter as _, RunFacts, Screen, Terminal, TerminalSettings, Verbosity,
};
use crate::run::{self, Interrupt, Notifications, Settings};
use crate::snapshot::{Mode, Store};

/// What `run` has decided.
pub(super) struct How {
    pub(super) mode: Mode,
    pub(super) jobs: usize,
    pub(super) known: Known,
    pub(super) shard: Option<Shard>,
}

/// Runs a plan, and gives the status that the run has earned.
pub(super) async fn perform(
    arguments: &Arguments,
    world: &World,
    prepared: Prepared,
    how: How,
    (armed, screen): (&Armed, &Screen),
) -> Exit {
    let notifications = match notifications(prepared.notifications).await {
        Ok(notifications) => notifications,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    let (root, targets) = (prepared.root.clone(), prepared.target_names.clone());
    let are_compared = how.mode != Mode::Off;
    let seed = arguments.seed.unwrap_or_else(any_seed);
    let notes = Notes::of(&prepared, how.known, &how.mode);
    let sandbox_failed = Arc::new(AtomicBool::new(false));
    let (plan, settings, facts) = split(
        arguments,
        world,
        prepared,
        Means {
            mode: how.mode,
            jobs: how.jobs,
            shard: how.shard,
            seed,
            notifications,
            sandbox_failed: Arc::clone(&sandbox_failed),
            interrupt: armed.receiver.clone(),
            stop_at_failure: arguments.fail_fast.then(|| armed.sender.clone()),
        },
    );
    let mut listeners = match Listeners::open(arguments, world, facts, screen) {
        Ok(listeners) => listeners,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    let store = settings.snapshots.clone();
    let mut outcome = run::run(Arc::clone(&plan), settings, |event| {
        let is_broken = listeners.on_event(event).is_err();
        // A run whose report is lost is not worth its requests.
        if is_broken {
            armed.ask(Interrupt::Stop);
        }
    })
    .await;
    if arguments.is_everything() && are_compared && all_ran(&outcome) {
        let (plan, targets, root) = (&plan, &targets, &root);
        let makers = Makers {
            plan,
            targets,
            root,
        };
        let found = makers.unreferenced(world, |below| store.has_compared(below));
        // A folder that cannot be read has been told by the comparisons already.
        outcome.unreferenced = found.ok().map(|found| found.len());
    }
    if none_was_left_out(&outcome) {
        outcome.idle_rules = store.idle_rules();
        idle::retain_certain(&mut outcome.idle_rules, &plan, arguments);
    }
    let broken = listeners.end(&outcome);
    notes.keep(&outcome, world);
    if let Some(message) = &broken {
        world.error(message);
    }
    let surroundings = if broken.is_some() || sandbox_failed.load(Ordering::SeqCst) {
        Surroundings::Broken
    } else {
        Surroundings::Sound
    };
    match exit::of_run(&outcome, surroundings, armed.signal()) {
        // A part in which nothing is to be run is no mistake.
        Exit::NothingRan if arguments.portion.is_shard() => Exit::Passed,
        Exit::NothingRan => {
            world.error("nothing ran: every scenario was skipped");
            Exit::NothingRan
        }
        exit => exit,
    }
}

/// What a run is done with, beside the plan and the command line.
pub(super) struct Means {
    pub(super) mode: Mode,
    pub(super) jobs: usize,
    pub(super) shard: Option<Shard>,
    pub(super) seed: u64,
    pub(super) notifications: Option<Arc<Notifications>>,
    pub(super) sandbox_failed: Arc<AtomicBool>,
    pub(super) interrupt: watch::Receiver<Interrupt>,
    pub(super) stop_at_failure: Option<watch::Sender<Interrupt>>,
}

/// What runs, how, and what is told of it.
pub(super) fn split(
    arguments: &Arguments,
    world: &World,
    prepared: Prepared,
    means: Means,
) -> (Arc<Plan>, Settings, Arc<RunFacts>) {
    let again = arguments.again();
    let facts = Arc::new(RunFacts {
        rerun_options: rerun::options(&arguments.inputs, &again, means.seed, &prepared),
        sources: Arc::new(prepared.texts.sources),
        working_folder: world.folder.clone(),
        target: prepared.target.name.clone(),
        seed: Some(means.seed),
        started: jiff::Timestamp::now(),
        shard: means.shard.map(Shard::numbers),
        rerun_commands: HashMap::new(),
        pending_folder: arguments.pending_folder(world),
        picture: Some(report_file::picture),
    });
    let absent = if environment::is_ci() {
        Some("CI is set")
    } else {
        (!world.terminal.stderr_is_terminal).then_some("standard error is no terminal")
    };
    let keep = if arguments.verbosity() == Verbosity::Exchanges {
        Keep::Exchanges
    } else if reports::show_exchanges(&arguments.reports) {
        Keep::Written
    } else {
        Keep::Failures
    };
    let settings = Settings {
        customer: customer(arguments.consent, &prepared.target, prepared.manual, absent),
        target: prepared.target,
        jobs: means.jobs,
        keep,
        write: reports::writer(&arguments.reports, &facts),
        root: prepared.base,
        files: prepared.texts.files.into(),
        environment: prepared.environment,
        snapshots: Store::new(prepared.root.join("snapshots"), means.mode),
        seed: means.seed,
        reruns: arguments.rerun,
        flaky: arguments.flaky_policy(),
        notifications: means.notifications,
        launch_sandbox: Some(launcher(means.sandbox_failed)),
        launch_browser: Some(browser::launcher(
            arguments.browser.options(&prepared.pages, &world.folder),
        )),
        pages: prepared.pages,
        pictures: arguments
            .pending_folder(world)
            .unwrap_or_else(|| prepared.root.join(browser::FOLDER))
            .join(browser::PICTURES),
        interrupt: means.interrupt,
        stop_at_failure: means.stop_at_failure,
        grace: run::GRACE,
    };
    let plan = Arc::new(prepared.plan);
    if !arguments.watch {
        // The process ends with this run: to take the plan apart piece by piece would only cost time.
        std::mem::forget(Arc::clone(&plan));
    }
    (plan, settings, facts)
}

/// Everybody who is told what happens.
struct Listeners<'s> {
    live: Live<Patient<Stderr>>,
    people: Terminal<BufWriter<Patient<Box<dyn Write + Send>>>>,
    reports: Reports,
    opener: Opener,
    screen: &'s Screen,
    /// Why a report is lost, if one is.
    broken: Option<String>,
}

impl<'s> Listeners<'s> {
    fn open(
        arguments: &Arguments,
        world: &World,
        facts: Arc<RunFacts>,
        screen: &'s Screen,
    ) -> Result<Self, String> {
        let verbosity = arguments.verbosity();
        let reports = Reports::open(&arguments.reports, &facts, world)?;
        let (human, color, columns) = if reports.have_stdout() {
            let columns = world.terminal.stderr_columns;
            (terminal::stderr(), world.terminal.stderr, columns)
        } else {
            let columns = world.terminal.stdout_columns;
            (terminal::stdout(), world.terminal.stdout, columns)
        };
        let live = Live::new(
            Patient::new(io::stderr()),
            world.terminal.stderr,
            (world.terminal.stderr_is_live && verbosity == Verbosity::Cases).then_some(Canvas {
                target: canvas::stderr,
                size: || console::Term::stderr().size(),
            }),
            screen.clone(),
            world.terminal.stderr_is_live,
        );
        let settings = TerminalSettings {
            color,
            verbosity,
            facts,
            columns,
        };
        Ok(Listeners {
            live,
            people: Terminal::new(BufWriter::new(human), settings),
            reports,
            opener: Opener::new(arguments.open),
            screen,
            broken: None,
        })
    }

    /// Tells everybody; an error if that is no longer possible.
    fn on_event(&mut self, event: &Event) -> Result<(), ()> {
        let written = self
            .live
            .on_event(event)
            .and_then(|()| self.screen.aside(|| self.people.on_event(event)))
            .map_err(unwritten)
            .and(self.screen.aside(|| self.reports.on_event(event)));
        if let Err(why) = self.opener.on_event(event) {
            // The link has been shown just now.
            let note = format!("warning: {why}\n");
            let _ = self
                .screen
                .aside(|| io::stderr().write_all(note.as_bytes()));
        }
        written.map_err(|error| {
            self.broken.get_or_insert(error);
        })
    }

    /// Tells everybody how it ended. Why a report is lost, if one is.
    fn end(&mut self, outcome: &RunOutcome) -> Option<String> {
        self.live.end();
        let people = self.people.on_end(outcome).map_err(unwritten);
        if let Err(message) = people.and(self.reports.end(outcome)) {
            self.broken.get_or_insert(message);
        }
        self.broken.take()
    }
}

fn unwritten(error: io::Error) -> String {
    format!("the report cannot be written: {error}")
}

/// What failed, for the next run.
struct Notes {
    root: PathBuf,
    target: String,
    known: Known,
    stems: Vec<String>,
    /// `--snapshots check` leaves nothing behind.
    are_kept: bool,
}

impl Notes {
    fn of(prepared: &Prepared, known: Known, mode: &Mode) -> Notes {
        Notes {
            root: prepared.root.clone(),
            target: prepared.target.name.clone(),
            known,
            stems: portion::stems(&prepared.plan),
            are_kept: !matches!(mode, Mode::Check { .. }),
        }
    }

    fn keep(&self, outcome: &RunOutcome, world: &World) {
        if self.are_kept {
            let place = (self.root.as_path(), self.target.as_str());
            portion::note(place, &self.known, &self.stems, outcome, world);
        }
    }
}

fn all_ran(outcome: &RunOutcome) -> bool {
    let has_run = |status: &Status| !matches!(status, Status::NotRun(_));
    !outcome.interrupted
        && !outcome.is_stopped()
        && outcome.cases.iter().all(|case| has_run(&case.status))
}

/// Whether each case came to its end, so that no rule waits for a response of one that did not.
fn none_was_left_out(outcome: &RunOutcome) -> bool {
    let has_ended = |status: &Status| matches!(status, Status::Passed | Status::Failed);
    !outcome.interrupted && outcome.cases.iter().all(|case| has_ended(&case.status))
}

/// A seed that is short enough to be typed.
pub(super) fn any_seed() -> u64 {
    let state = std::hash::RandomState::new();
    u64::from(u32::try_from(state.build_hasher().finish() >> 40).unwrap_or(0))
}

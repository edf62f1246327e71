//! `sammati run`: runs scenarios and reports.

use clap::{ArgAction, Args, ValueEnum};
use indicatif::ProgressDrawTarget;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, BufWriter};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::check::tell;
use super::environment::{self, World};
use super::exit::{self, Exit, Surroundings};
use super::interrupt;
use super::last_run::Known;
use super::portion::{self, Portion};
use super::prepare::{self, Inputs, Prepared, Purpose};
use super::reports::{self, Reports, Wanted};
use super::rerun;
use super::select::Choice;
use super::shard::Shard;
use super::snapshots;
use super::terminal;
use crate::model::duration;
use crate::model::outcome::{Event, Keep, RunOutcome, Status};
use crate::model::plan::{DurationTemplate, ScenarioPlan};
use crate::model::project::Target;
use crate::report::{Live, Reporter as _, RunFacts, Screen, Terminal, TerminalSettings, Verbosity};
use crate::run::{
    self, Customer, FlakyPolicy, Interrupt, LaunchSandbox, Notifications, RunningSandbox, Settings,
};
use crate::sandbox::{Options, Sandbox};
use crate::snapshot::{Mode, Store};

/// Run scenarios
///
/// A line a scenario as it ends, then failures in full, then one summary line. Nothing is sent
/// if anything is wrong in any of the files.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    portion: Portion,
    /// How many cases run at once [default: the target's `jobs`, else the processors, at least 4]
    #[arg(short, long, value_name = "N", help_heading = "Running")]
    jobs: Option<NonZeroUsize>,
    /// The longest that a case may take, like 30s; a file's own `timeout` may be shorter
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, help_heading = "Running")]
    timeout: Option<Duration>,
    /// Stop all cases as soon as one has failed
    #[arg(long, help_heading = "Running")]
    fail_fast: bool,
    /// Runs a case that failed again, up to N times; one that passes then is flaky
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Running"
    )]
    rerun: u32,
    /// What a flaky case does: pass (and is told of), or fail
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t = Flaky::Pass,
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "Running"
    )]
    flaky: Flaky,
    /// Who answers consents [default: auto]
    #[arg(long, value_enum, value_name = "WHO", help_heading = "Running")]
    consent: Option<ConsentChoice>,
    /// Repeats what was random in the run that printed this seed
    #[arg(long, value_name = "N", help_heading = "Running")]
    seed: Option<u64>,
    /// What a new or different snapshot does [default: review, or check where CI is set]
    #[arg(long, value_enum, value_name = "MODE", help_heading = "Snapshots")]
    snapshots: Option<SnapshotMode>,
    /// Where `--snapshots check` leaves pending files
    #[arg(long, value_name = "DIR", help_heading = "Snapshots")]
    output: Option<PathBuf>,
    /// Also writes a report: html, junit, json, ndjson, tap, har or github, to a file, or to stdout; repeatable
    #[arg(
        long = "report",
        value_name = "KIND[=FILE]",
        value_parser = reports::parse,
        help_heading = "Output"
    )]
    reports: Vec<Wanted>,
    /// Also show each step; twice: whole requests and responses, secrets hidden
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Output")]
    verbose: u8,
    /// Show only failures and the summary
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  sammati run                                      the scenarios of this project
  sammati run scenarios/consent.yaml -v            one file, with its steps
  sammati run --target setu --tag smoke            some, on another target
  sammati run --var months=5 --snapshots check     try a value, leave nothing behind
  sammati run --filter reject -vv                  see what is sent and received
  sammati run --failed                             only what failed when it last ran
  sammati run --repeat 20 --filter login           find out how often a case fails
  sammati run --shard 2/5 --rerun 1                one of five machines; tell flaky cases apart
  sammati run --report junit=junit.xml             a file for CI, beside the report for people
  sammati run --report json | jq .totals           a report on stdout; the one for people is on stderr";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Flaky {
    /// It has passed
    Pass,
    /// It has failed
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConsentChoice {
    /// As the target has it: the sandbox itself, or a person if one is there
    Auto,
    /// A driven browser (not in this version)
    Browser,
    /// A person who is shown the page, also where CI is set or stderr is no terminal
    Manual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SnapshotMode {
    /// Fails the case and leaves a pending file
    Review,
    /// Fails the case and writes nothing
    Check,
    /// Accepts what it finds
    Update,
    /// Compares nothing
    Off,
}

/// Runs, and gives the status that the run has earned.
pub(super) fn run(arguments: &Arguments, world: &World) -> Exit {
    let checked = reports::clash(&arguments.reports)
        .and_then(|()| mode(arguments, world))
        .map_err(str::to_owned)
        .and_then(|mode| Ok((mode, arguments.portion.shard()?)));
    let (mode, shard) = match checked {
        Ok(checked) => checked,
        Err(message) => {
            world.error(&message);
            return Exit::WrongInput;
        }
    };
    if arguments.consent == Some(ConsentChoice::Browser) {
        world.error("consent by a driven browser belongs to the language, but this version does not run it yet; there are `--consent auto` and `--consent manual`");
        return Exit::WrongInput;
    }
    let mut prepared = match prepare::prepare(&arguments.inputs, Purpose::Run, world) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            tell(&refusal.diagnostics, &refusal.sources, world);
            for message in refusal.messages {
                world.error(&message);
            }
            return refusal.exit;
        }
    };
    tell(&prepared.texts.diagnostics, &prepared.texts.sources, world);
    let known = Known::of(&prepared.plan);
    let chosen = arguments.choice.choose(&mut prepared.plan).and_then(|()| {
        let Prepared {
            plan, target, root, ..
        } = &mut prepared;
        arguments.portion.choose(plan, &target.name, root, shard)
    });
    if let Err(message) = chosen {
        world.error(&format!("nothing ran: {message}"));
        return Exit::NothingRan;
    }
    if let Some(longest) = arguments.timeout {
        for scenario in &mut prepared.plan.scenarios {
            cap(scenario, longest);
        }
    }
    let cases = prepared.plan.case_count();
    // Asking costs several files of the system's; a single case has no use for the answer.
    let processors = if cases > 1 {
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    } else {
        1
    };
    let jobs = arguments
        .jobs
        .map(NonZeroUsize::get)
        .or_else(|| prepared.target_jobs.map(|jobs| jobs.max(1) as usize))
        // Cases mostly wait.
        .unwrap_or_else(|| processors.max(4));
    let workers = jobs.min(cases).min(processors);
    let runtime = if workers <= 1 {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    } else {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
    };
    match runtime {
        Ok(runtime) => runtime.block_on(perform(
            arguments,
            world,
            prepared,
            How {
                mode,
                jobs,
                known,
                shard,
            },
        )),
        Err(error) => {
            world.error(&format!("the run cannot be started: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// What `run` has decided.
struct How {
    mode: Mode,
    jobs: usize,
    known: Known,
    shard: Option<Shard>,
}

async fn perform(arguments: &Arguments, world: &World, prepared: Prepared, how: How) -> Exit {
    let How {
        mode,
        jobs,
        known,
        shard,
    } = how;
    let notifications = match notifications(prepared.notifications).await {
        Ok(notifications) => notifications,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    let screen = Screen::default();
    let armed = match interrupt::arm(screen.clone()) {
        Ok(armed) => armed,
        Err(error) => {
            world.error(&format!("signals cannot be listened to: {error}"));
            return Exit::CouldNotRun;
        }
    };
    let unreferenced = unreferenced(arguments, &prepared, &mode, world);
    let verbosity = verbosity(arguments);
    let seed = arguments.seed.unwrap_or_else(any_seed);
    let target = prepared.target.name.clone();
    // `check` leaves nothing behind.
    let keeps_notes = !matches!(mode, Mode::Check { .. });
    let facts = Arc::new(RunFacts {
        rerun_options: rerun::options(&arguments.inputs, &again(arguments), seed, &prepared),
        sources: Arc::new(prepared.texts.sources),
        working_folder: world.folder.clone(),
        target: target.clone(),
        seed: Some(seed),
        started: jiff::Timestamp::now(),
        shard: shard.map(Shard::numbers),
        rerun_commands: HashMap::new(),
        pending_folder: arguments
            .output
            .as_ref()
            .map(|folder| world.folder.join(folder)),
    });
    let sandbox_failed = Arc::new(AtomicBool::new(false));
    let absent = if environment::is_ci() {
        Some("CI is set")
    } else {
        (!world.terminal.stderr_is_terminal).then_some("standard error is no terminal")
    };
    let settings = Settings {
        customer: customer(arguments.consent, &prepared.target, prepared.manual, absent),
        target: prepared.target,
        jobs,
        keep: if verbosity == Verbosity::Exchanges || reports::show_exchanges(&arguments.reports) {
            Keep::Exchanges
        } else {
            Keep::Failures
        },
        root: prepared.base,
        files: prepared.texts.files.into(),
        environment: prepared.environment,
        snapshots: Store::new(prepared.root.join("snapshots"), mode),
        seed,
        reruns: arguments.rerun,
        flaky: match arguments.flaky {
            Flaky::Pass => FlakyPolicy::Pass,
            Flaky::Fail => FlakyPolicy::Fail,
        },
        notifications,
        launch_sandbox: Some(launcher(Arc::clone(&sandbox_failed))),
        interrupt: armed.receiver.clone(),
    };
    let mut reports = match Reports::open(&arguments.reports, &facts, world) {
        Ok(reports) => reports,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    let (human, color) = if reports.have_stdout() {
        (terminal::stderr(), world.terminal.stderr)
    } else {
        (terminal::stdout(), world.terminal.stdout)
    };
    let mut report = Terminal::new(
        BufWriter::new(human),
        TerminalSettings {
            color,
            verbosity,
            facts,
        },
    );
    let mut live = Live::new(
        terminal::Patient::new(io::stderr()),
        world.terminal.stderr,
        (world.terminal.stderr_is_live && verbosity == Verbosity::Cases)
            .then_some(ProgressDrawTarget::stderr as fn() -> ProgressDrawTarget),
        screen.clone(),
        world.terminal.stderr_is_live,
    );
    let mut broken = None;
    let stems = portion::stems(&prepared.plan);
    let plan = Arc::new(prepared.plan);
    // The process ends with this run: to take the plan apart piece by piece would only cost time.
    std::mem::forget(Arc::clone(&plan));
    let mut outcome = run::run(plan, settings, |event| {
        let written = live
            .on_event(event)
            .and_then(|()| screen.aside(|| report.on_event(event)))
            .map_err(|error| format!("the report cannot be written: {error}"))
            .and(screen.aside(|| reports.on_event(event)));
        if let Err(error) = written {
            // A run whose report is lost is not worth its requests.
            armed.sender.send_replace(Interrupt::Stop);
            broken.get_or_insert(error);
        }
        if arguments.fail_fast && has_failed(event) {
            armed.sender.send_replace(Interrupt::Stop);
        }
    })
    .await;
    live.end();
    outcome.unreferenced = unreferenced.filter(|_| all_ran(&outcome));
    let written = report
        .on_end(&outcome)
        .map_err(|error| format!("the report cannot be written: {error}"))
        .and(reports.end(&outcome));
    if let Err(message) = written {
        broken.get_or_insert(message);
    }
    if keeps_notes {
        portion::note((&prepared.root, &target), &known, &stems, &outcome, world);
    }
    let exit = finish(
        world,
        &outcome,
        broken,
        sandbox_failed.load(Ordering::SeqCst),
        armed.signal(),
    );
    // A part in which nothing is to be run is no mistake.
    match exit {
        Exit::NothingRan if arguments.portion.is_shard() => Exit::Passed,
        Exit::NothingRan => {
            world.error("nothing ran: every scenario was skipped");
            exit
        }
        exit => exit,
    }
}

/// How many snapshots no step makes, where that is looked at: in a run of all that there is, as it is written.
fn unreferenced(
    arguments: &Arguments,
    prepared: &Prepared,
    mode: &Mode,
    world: &World,
) -> Option<usize> {
    let inputs = &arguments.inputs;
    let is_whole = inputs.paths.is_empty()
        && inputs.vars.is_empty()
        && inputs.vars_files.is_empty()
        && arguments.choice.is_everything()
        && arguments.portion.is_everything();
    if !is_whole || *mode == Mode::Off {
        return None;
    }
    // A folder that cannot be read has been told by the comparisons already.
    let found = snapshots::unreferenced(prepared, world).ok()?;
    Some(found.len())
}

fn all_ran(outcome: &RunOutcome) -> bool {
    let has_run = |status: &Status| !matches!(status, Status::NotRun(_));
    !outcome.interrupted && outcome.cases.iter().all(|case| has_run(&case.status))
}

/// Who answers consents. `absent` is why no person would see the link, if that is so.
pub(super) fn customer(
    choice: Option<ConsentChoice>,
    target: &Target,
    manual: bool,
    absent: Option<&'static str>,
) -> Customer {
    let is_asked_for = choice == Some(ConsentChoice::Manual);
    if target.has_sandbox() && !manual && !is_asked_for {
        return Customer::Sandbox;
    }
    match absent {
        Some(why) if !is_asked_for => Customer::Nobody(why),
        _ => Customer::Person,
    }
}

/// Receives the target's notifications, if it says where.
pub(super) async fn notifications(
    address: Option<SocketAddr>,
) -> Result<Option<Arc<Notifications>>, String> {
    let Some(address) = address else {
        return Ok(None);
    };
    match Notifications::listen(address).await {
        Ok(listening) => Ok(Some(Arc::new(listening))),
        Err(error) => Err(format!(
            "notifications cannot be received at {address}: {error}"
        )),
    }
}

/// How a case gets a sandbox of its own; notes if it cannot have one.
pub(super) fn launcher(failed: Arc<AtomicBool>) -> LaunchSandbox {
    Arc::new(move || {
        let failed = Arc::clone(&failed);
        Box::pin(async move {
            match Sandbox::start(Options::default()).await {
                Ok(sandbox) => Ok(RunningSandbox {
                    origin: sandbox.origin().to_owned(),
                    keep: Box::new(sandbox),
                }),
                Err(error) => {
                    failed.store(true, Ordering::SeqCst);
                    Err(error)
                }
            }
        })
    })
}

/// Says what else went wrong, and decides how the process ends.
fn finish(
    world: &World,
    outcome: &RunOutcome,
    broken: Option<String>,
    sandbox_failed: bool,
    signal: Option<Exit>,
) -> Exit {
    if let Some(message) = &broken {
        world.error(message);
    }
    let surroundings = if broken.is_some() || sandbox_failed {
        Surroundings::Broken
    } else {
        Surroundings::Sound
    };
    exit::of_run(outcome, surroundings, signal)
}

fn has_failed(event: &Event) -> bool {
    matches!(event, Event::CaseFinished { outcome, .. }
        if matches!(outcome.status, Status::Failed | Status::Errored))
}

fn verbosity(arguments: &Arguments) -> Verbosity {
    match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Cases,
        (false, 1) => Verbosity::Steps,
        (false, _) => Verbosity::Exchanges,
    }
}

fn mode(arguments: &Arguments, world: &World) -> Result<Mode, &'static str> {
    let mode = arguments.snapshots.unwrap_or_else(|| {
        if environment::is_ci() {
            SnapshotMode::Check
        } else {
            SnapshotMode::Review
        }
    });
    if arguments.output.is_some() && mode != SnapshotMode::Check {
        return Err("`--output` goes with `--snapshots check`");
    }
    Ok(match mode {
        SnapshotMode::Review => Mode::Review,
        SnapshotMode::Check => Mode::Check {
            output: arguments
                .output
                .as_ref()
                .map(|folder| world.folder.join(folder)),
        },
        SnapshotMode::Update => Mode::Update,
        SnapshotMode::Off => Mode::Off,
    })
}

/// A limit that templates compute is not known yet, so that the given one takes its place.
fn cap(scenario: &mut ScenarioPlan, longest: Duration) {
    let limit = match &scenario.timeout {
        Some(DurationTemplate::Fixed(limit)) => (*limit).min(longest),
        _ => longest,
    };
    scenario.timeout = Some(DurationTemplate::Fixed(limit));
}

/// What the command that runs a case again says beside what it is to run.
fn again(arguments: &Arguments) -> String {
    let manual = match arguments.consent {
        Some(ConsentChoice::Manual) => " --consent manual",
        _ => "",
    };
    format!("{manual}{}", arguments.portion.again())
}

/// A seed that is short enough to be typed.
fn any_seed() -> u64 {
    let state = std::hash::RandomState::new();
    u64::from(u32::try_from(state.build_hasher().finish() >> 40).unwrap_or(0))
}

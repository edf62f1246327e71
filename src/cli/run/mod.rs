//! `sammati run`: runs scenarios and reports.
//!
//! From the command line to a plan that is ready stands here; `perform` runs it.

mod arguments;
mod canvas;
mod dry;
mod idle;
mod means;
mod open;
mod perform;
mod watch;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

pub(super) use arguments::Arguments;
use arguments::ConsentChoice;
pub(super) use means::{customer, launcher, notifications};
use perform::{How, perform};

use super::check::tell;
use super::environment::World;
use super::exit::Exit;
use super::interrupt;
use super::last_run::Known;
use super::prepare::{self, Prepared, Purpose};
use super::reports;
use super::shard::Shard;
use crate::model::plan::{DurationTemplate, ScenarioPlan};
use crate::report::Screen;
use crate::snapshot::Mode;

/// Runs, and gives the status that the run has earned.
pub(super) fn run(arguments: &Arguments, world: &World) -> Exit {
    let Decided { mode, shard } = match decide(arguments, world) {
        Ok(decided) => decided,
        Err(message) => {
            world.error(&message);
            return Exit::WrongInput;
        }
    };
    if arguments.watch {
        return watch::watch(arguments, &mode, shard, world);
    }
    let (prepared, known) = match ready(arguments, shard, world) {
        Ok(ready) => ready,
        Err(unready) => return unready.exit,
    };
    if arguments.dry_run {
        return dry::show(arguments, world, prepared);
    }
    let (jobs, workers) = room(arguments, &prepared);
    match runtime(workers) {
        Ok(runtime) => {
            let how = How {
                mode,
                jobs,
                known,
                shard,
            };
            runtime.block_on(once(arguments, world, prepared, how))
        }
        Err(error) => {
            world.error(&format!("the run cannot be started: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// Runs, while signals are listened to.
async fn once(arguments: &Arguments, world: &World, prepared: Prepared, how: How) -> Exit {
    let screen = Screen::default();
    match interrupt::arm(screen.clone()) {
        Ok(armed) => perform(arguments, world, prepared, how, (&armed, &screen)).await,
        Err(error) => {
            world.error(&format!("signals cannot be listened to: {error}"));
            Exit::CouldNotRun
        }
    }
}

/// What the command line says by itself.
struct Decided {
    mode: Mode,
    shard: Option<Shard>,
}

fn decide(arguments: &Arguments, world: &World) -> Result<Decided, String> {
    reports::clash(&arguments.reports)?;
    let mode = arguments.snapshot_mode(world);
    let shard = arguments.portion.shard()?;
    Ok(Decided { mode, shard })
}

/// Why there is nothing to run, which has been said.
struct Unready {
    exit: Exit,
    /// The files that were read.
    files: Vec<PathBuf>,
}

/// The plan of what is to run, with all the cases that the project has; or says what is wrong.
fn ready(
    arguments: &Arguments,
    shard: Option<Shard>,
    world: &World,
) -> Result<(Prepared, Known), Unready> {
    let purpose = match arguments.consent {
        Some(ConsentChoice::Browser) => Purpose::RunDriven,
        Some(ConsentChoice::Manual) => Purpose::RunUndriven,
        Some(ConsentChoice::Auto) | None => Purpose::Run,
    };
    let mut prepared = prepare::prepare(&arguments.inputs, purpose, world).map_err(|refusal| {
        tell(&refusal.diagnostics, &refusal.sources, world);
        for message in refusal.messages {
            world.error(&message);
        }
        Unready {
            exit: refusal.exit,
            files: refusal.files,
        }
    })?;
    tell(&prepared.texts.diagnostics, &prepared.texts.sources, world);
    if let Err(message) = reports::spare(&arguments.reports, &prepared.texts.files) {
        world.error(&message);
        return Err(Unready {
            exit: Exit::WrongInput,
            files: prepared.texts.files,
        });
    }
    let known = Known::of(&prepared.plan);
    let chosen = arguments.choice.choose(&mut prepared.plan).and_then(|()| {
        let Prepared {
            plan, target, root, ..
        } = &mut prepared;
        arguments.portion.choose(plan, &target.name, root, shard)
    });
    if let Err(message) = chosen {
        world.error(&format!("nothing ran: {message}"));
        return Err(Unready {
            exit: Exit::NothingRan,
            files: prepared.texts.files,
        });
    }
    if let Some(longest) = arguments.timeout {
        for scenario in &mut prepared.plan.scenarios {
            cap(scenario, longest);
        }
    }
    Ok((prepared, known))
}

/// How many cases run at once, and on how many threads.
fn room(arguments: &Arguments, prepared: &Prepared) -> (usize, usize) {
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
    (jobs, jobs.min(cases).min(processors))
}

fn runtime(workers: usize) -> io::Result<Runtime> {
    if workers <= 1 {
        Builder::new_current_thread().enable_all().build()
    } else {
        Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
    }
}

/// A limit that templates compute is not known yet, so that the given one takes its place.
fn cap(scenario: &mut ScenarioPlan, longest: Duration) {
    let limit = match &scenario.timeout {
        Some(DurationTemplate::Fixed(limit)) => (*limit).min(longest),
        _ => longest,
    };
    scenario.timeout = Some(DurationTemplate::Fixed(limit));
}

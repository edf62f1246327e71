//! `--dry-run`: what would be sent, as curl commands.

use std::io::Write as _;
use std::mem;
use std::sync::Arc;
use tokio::sync::watch;

use super::arguments::Arguments;
use super::perform::{Means, any_seed, split};
use crate::cli::environment::World;
use crate::cli::exit::Exit;
use crate::cli::prepare::Prepared;
use crate::cli::terminal;
use crate::model::preview::{CasePreview, PreviewLine};
use crate::model::project::TargetKind;
use crate::report::{CurlSettings, curl};
use crate::run::{self, Interrupt, OWN_HEADERS};
use crate::snapshot::Mode;

/// Where `sammati sandbox` serves if it is not told otherwise.
const SANDBOX: &str = "http://127.0.0.1:4010";

/// Prints the commands, and gives the status that a run could end with at best.
pub(super) fn show(arguments: &Arguments, world: &World, mut prepared: Prepared) -> Exit {
    let sandbox = (prepared.target.kind == TargetKind::Embedded).then_some(SANDBOX);
    if let Some(origin) = sandbox {
        prepared.target.kind = TargetKind::RunningSandbox(origin.into());
    }
    let receives = prepared.notifications.is_some();
    let variables = mem::take(&mut prepared.secret_variables);
    // Nobody interrupts what takes no time; the sender must live as long as it is looked at.
    let (_sender, interrupt) = watch::channel(Interrupt::None);
    let seed = arguments.seed.unwrap_or_else(any_seed);
    let means = Means {
        mode: Mode::Off,
        jobs: 1,
        shard: None,
        seed,
        notifications: None,
        sandbox_failed: Arc::default(),
        interrupt,
        stop_at_failure: None,
    };
    let (plan, settings, facts) = split(arguments, world, prepared, means);
    let cases = run::preview(plan, settings, receives);
    let script = curl(
        &cases,
        &CurlSettings {
            color: world.terminal.stdout,
            verbosity: arguments.verbosity(),
            sources: &facts.sources,
            working_folder: &facts.working_folder,
            target: &facts.target,
            seed,
            sandbox,
            variables: &variables,
            own_headers: &OWN_HEADERS,
        },
    );
    let mut out = terminal::stdout();
    let written = out.write_all(script.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written {
        world.error(&format!("the commands cannot be written: {error}"));
        return Exit::CouldNotRun;
    }
    exit(arguments, &cases, world)
}

fn exit(arguments: &Arguments, cases: &[CasePreview], world: &World) -> Exit {
    let is_wrong = |line: &PreviewLine| matches!(line, PreviewLine::Wrong(_));
    if cases.iter().any(|case| case.lines.iter().any(is_wrong)) {
        return Exit::Failed;
    }
    if cases.iter().any(|case| case.skipped.is_none()) || arguments.portion.is_shard() {
        return Exit::Passed;
    }
    world.error("nothing would run: every scenario is skipped");
    Exit::NothingRan
}

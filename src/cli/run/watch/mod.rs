//! `--watch`: runs again what a change touches, until it is interrupted.

mod changes;
mod touched;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::arguments::Arguments;
use super::perform::{How, perform};
use super::{Unready, ready, room, runtime};
use crate::cli::environment::World;
use crate::cli::exit::Exit;
use crate::cli::interrupt::{self, Armed};
use crate::cli::shard::Shard;
use crate::report::{Palette, Screen, plural, shown_path, visible_line};
use crate::snapshot::Mode;
use changes::Changes;
use touched::{Reach, real};

/// How many changed files are named.
const MOST_NAMED: usize = 3;

/// Runs until a signal comes.
pub(super) fn watch(
    arguments: &Arguments,
    mode: &Mode,
    shard: Option<Shard>,
    world: &World,
) -> Exit {
    if arguments
        .inputs
        .paths
        .iter()
        .any(|path| path.as_os_str() == "-")
    {
        world.error("`--watch` cannot watch standard input; name files or folders");
        return Exit::WrongInput;
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match runtime(processors) {
        Ok(runtime) => runtime.block_on(rounds(arguments, mode, shard, world)),
        Err(error) => {
            world.error(&format!("the run cannot be started: {error}"));
            Exit::CouldNotRun
        }
    }
}

async fn rounds(arguments: &Arguments, mode: &Mode, shard: Option<Shard>, world: &World) -> Exit {
    let screen = Screen::default();
    let started = interrupt::arm(screen.clone())
        .map_err(|error| format!("signals cannot be listened to: {error}"))
        .and_then(|armed| Ok((armed, Changes::listen()?)));
    let (armed, mut changes) = match started {
        Ok(started) => started,
        Err(message) => {
            world.error(&message);
            return Exit::CouldNotRun;
        }
    };
    armed.set_busy(false);
    let mut watch = Watch {
        arguments,
        mode,
        shard,
        world,
        reach: Reach::of_paths(arguments, world),
        changed: None,
    };
    loop {
        // What changes while the files are read is seen, because the folders known so far are watched by then.
        if let Err(message) = changes.watch(&watch.reach) {
            world.error(&message);
            return Exit::CouldNotRun;
        }
        watch.round(&armed, &screen).await;
        if let Some(signal) = armed.signal() {
            return signal;
        }
        if let Err(message) = changes.watch(&watch.reach) {
            world.error(&message);
            return Exit::CouldNotRun;
        }
        watch.say_waiting();
        let mut signals = armed.receiver.clone();
        let changed = tokio::select! {
            changed = changes.next(&watch.reach) => changed,
            _ = signals.wait_for(|_| armed.signal().is_some()) => return armed.signal().unwrap_or(Exit::Interrupted),
        };
        watch.note(changed);
    }
}

/// What is watched, and what has changed since it was last run.
struct Watch<'a> {
    arguments: &'a Arguments,
    mode: &'a Mode,
    shard: Option<Shard>,
    world: &'a World,
    reach: Reach,
    /// None is everything, as at the start.
    changed: Option<BTreeSet<PathBuf>>,
}

impl Watch<'_> {
    /// Reads all files, and runs what the changes touch. Changes are kept until the files are right.
    async fn round(&mut self, armed: &Armed, screen: &Screen) {
        let (mut prepared, known) = match ready(self.arguments, self.shard, self.world) {
            Ok(ready) => ready,
            Err(Unready { files, .. }) => {
                self.reach = Reach::of_paths(self.arguments, self.world).with_files(&files);
                // Everything must be looked at once the first mistake is gone, or what had changed by then.
                return;
            }
        };
        self.reach = Reach::of_paths(self.arguments, self.world).with_plan(&prepared);
        if let Some(changed) = self.changed.replace(BTreeSet::new()) {
            let all = prepared.plan.scenarios.len();
            let reach = &self.reach;
            prepared
                .plan
                .scenarios
                .retain(|scenario| reach.touches(&scenario.path, &changed));
            let left = prepared.plan.scenarios.len();
            self.say(&format!("{left} of {} to run", plural(all, "scenario")));
            if left == 0 {
                return;
            }
        }
        let (jobs, _) = room(self.arguments, &prepared);
        let how = How {
            mode: self.mode.clone(),
            jobs,
            known,
            shard: self.shard,
        };
        armed.set_busy(true);
        perform(self.arguments, self.world, prepared, how, (armed, screen)).await;
        armed.set_busy(false);
    }

    fn note(&mut self, paths: BTreeSet<PathBuf>) {
        // Colours and cursors are for terminals alone.
        if self.world.terminal.stderr_is_live {
            let _ = io::stderr().write_all(b"\x1b[2J\x1b[H");
        }
        let folder = real(&self.world.folder);
        let mut names: Vec<String> = paths
            .iter()
            .take(MOST_NAMED)
            .map(|path| visible_line(&shown_path(path, &folder)))
            .collect();
        if paths.len() > MOST_NAMED {
            names.push(format!("{} more", paths.len() - MOST_NAMED));
        }
        self.say(&format!("changed: {}", names.join(", ")));
        if let Some(changed) = &mut self.changed {
            changed.extend(paths);
        }
    }

    fn say_waiting(&self) {
        self.say("watching for changes; Ctrl-C ends it");
    }

    fn say(&self, text: &str) {
        let dim = Palette::new(self.world.terminal.stderr).dim;
        let _ = writeln!(io::stderr(), "{dim}{text}{dim:#}");
    }
}

//! Changes of files, as the system tells them. The only file that knows `notify`.

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::touched::Reach;

/// An editor writes several files, or one in several steps: nothing may happen for so long.
const QUIET: Duration = Duration::from_millis(100);
/// Something that writes without end is not waited for.
const LONGEST: Duration = Duration::from_secs(2);

/// What the system tells.
pub(super) struct Changes {
    watcher: RecommendedWatcher,
    watched: BTreeSet<(PathBuf, bool)>,
    events: UnboundedReceiver<notify::Result<Event>>,
}

impl Changes {
    /// Listens, to nothing yet.
    pub(super) fn listen() -> Result<Changes, String> {
        let (sender, events) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens any more once the process ends.
            let _ = sender.send(event);
        })
        .map_err(|error| cannot(&error))?;
        Ok(Changes {
            watcher,
            watched: BTreeSet::new(),
            events,
        })
    }

    /// Watches these folders and no others. One that was made anew is watched anew.
    pub(super) fn watch(&mut self, reach: &Reach) -> Result<(), String> {
        let wanted = reach.folders();
        for (folder, _) in self.watched.difference(&wanted) {
            // It may be gone, and then nothing is to be done.
            let _ = self.watcher.unwatch(folder);
        }
        for (folder, inside) in &wanted {
            let mode = if *inside {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            self.watcher
                .watch(folder, mode)
                .map_err(|error| cannot(&error))?;
        }
        self.watched = wanted;
        Ok(())
    }

    /// Waits for a change that matters, and for those that come with it.
    pub(super) async fn next(&mut self, reach: &Reach) -> BTreeSet<PathBuf> {
        let mut changed = BTreeSet::new();
        while changed.is_empty() {
            match self.events.recv().await {
                Some(event) => changed.extend(relevant(event, reach)),
                // The watcher lives as long as this does.
                None => std::future::pending::<()>().await,
            }
        }
        let end = Instant::now() + LONGEST;
        while let Ok(Some(event)) =
            timeout_at(end.min(Instant::now() + QUIET), self.events.recv()).await
        {
            changed.extend(relevant(event, reach));
        }
        changed
    }
}

/// The files that an event is about, as far as something depends on them. To read a file is no change.
fn relevant(event: notify::Result<Event>, reach: &Reach) -> Vec<PathBuf> {
    let Ok(event) = event else {
        return Vec::new();
    };
    if event.need_rescan() {
        return reach.everything();
    }
    let is_change = match event.kind {
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Any => true,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
        EventKind::Access(_) | EventKind::Other => false,
    };
    let paths = event.paths.into_iter();
    paths
        .filter(|path| is_change && reach.matters(path))
        .collect()
}

fn cannot(error: &notify::Error) -> String {
    format!("files cannot be watched: {error}")
}

//! Reports in files, written by a thread of their own: cases do not wait for them.

use std::panic;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::reports::OpenReport;
use crate::model::outcome::{Event, RunOutcome};

/// How many facts may wait to be written before cases wait for that.
const WAITING: usize = 512;
/// How long the thread rests when it has written what there was. Else it would be woken for each fact, and that costs
/// the run more than the writing.
const REST: Duration = Duration::from_millis(5);

/// Reports that nobody sees before the run has ended.
pub(super) struct Apart {
    /// Those that no thread has: before the run begins, and when it has ended.
    reports: Vec<OpenReport>,
    thread: Option<Thread>,
}

struct Thread {
    events: SyncSender<Event>,
    /// Why a report is lost.
    broken: Receiver<String>,
    handle: JoinHandle<Vec<OpenReport>>,
}

impl Apart {
    /// Reports that are written once there is something to write.
    pub(super) fn new(reports: Vec<OpenReport>) -> Apart {
        Apart {
            reports,
            thread: None,
        }
    }

    /// Hands on a fact; says which report is lost, if that is known by now.
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), String> {
        if let Event::RunStarted { .. } = event {
            // What cannot be written at all is known before anything is sent.
            let begun = on_event(&mut self.reports, event).and(on_pause(&mut self.reports));
            if !self.reports.is_empty() {
                self.thread = Thread::start(std::mem::take(&mut self.reports))
                    .map_err(|error| format!("reports cannot be written: {error}"))
                    .map(Some)?;
            }
            return begun;
        }
        let Some(thread) = &self.thread else {
            return Ok(());
        };
        // Whoever rests with so much to do is woken. If it has ended by a bug, its end says so.
        if let Err(TrySendError::Full(event)) = thread.events.try_send(event.clone()) {
            thread.handle.thread().unpark();
            let _ = thread.events.send(event);
        }
        thread.broken.try_recv().map_or(Ok(()), Err)
    }

    /// Ends each when all that was told is written, and gives each file its name.
    pub(super) fn end(&mut self, outcome: &RunOutcome) -> Result<(), String> {
        let mut result = Ok(());
        if let Some(thread) = self.thread.take() {
            let Thread {
                events,
                broken,
                handle,
            } = thread;
            drop(events);
            handle.thread().unpark();
            match handle.join() {
                Ok(reports) => self.reports = reports,
                // A bug of ours fails the run.
                Err(panic) => panic::resume_unwind(panic),
            }
            result = broken.try_recv().map_or(Ok(()), Err);
        }
        for report in &mut self.reports {
            result = result.and(report.end(outcome));
        }
        result
    }
}

impl Drop for Apart {
    /// A run that ends by a bug waits for what it has begun to be removed.
    fn drop(&mut self) {
        if let Some(Thread { events, handle, .. }) = self.thread.take() {
            drop(events);
            handle.thread().unpark();
            drop(handle.join());
        }
    }
}

impl Thread {
    fn start(mut reports: Vec<OpenReport>) -> std::io::Result<Thread> {
        let (events, inbox) = mpsc::sync_channel::<Event>(WAITING);
        let (lost, broken) = mpsc::channel();
        let handle = thread::Builder::new()
            .name("reports".into())
            .spawn(move || {
                while let Ok(first) = inbox.recv() {
                    let mut written = on_event(&mut reports, &first);
                    while let Ok(event) = inbox.try_recv() {
                        written = written.and(on_event(&mut reports, &event));
                    }
                    if let Err(message) = written.and(on_pause(&mut reports)) {
                        // Nobody listens any more where the run has ended by a bug.
                        let _ = lost.send(message);
                    }
                    thread::park_timeout(REST);
                }
                reports
            })?;
        Ok(Thread {
            events,
            broken,
            handle,
        })
    }
}

/// Hands on a fact to each; one that cannot be written any more keeps no other from it.
pub(super) fn on_event(reports: &mut [OpenReport], event: &Event) -> Result<(), String> {
    let mut result = Ok(());
    for report in reports {
        result = result.and(report.on_event(event));
    }
    result
}

/// Lets what each has written be seen.
pub(super) fn on_pause(reports: &mut [OpenReport]) -> Result<(), String> {
    let mut result = Ok(());
    for report in reports {
        result = result.and(report.on_pause());
    }
    result
}

//! Reports in files, written by a thread of their own: cases do not wait for them.

use std::panic;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::reports::OpenReport;
use crate::model::outcome::{Event, RunOutcome};
use crate::report::Chronicle;

/// How many facts may wait to be written before cases wait for that.
const WAITING: usize = 512;
/// How long the thread rests when it has written what there was. Else it would be woken for each fact, and that costs
/// the run more than the writing.
const REST: Duration = Duration::from_millis(5);

/// Reports that are told the same.
pub(super) struct Group {
    reports: Vec<OpenReport>,
    chronicle: Chronicle,
}

/// Reports that nobody sees before the run has ended.
pub(super) struct Apart {
    /// None while the thread has them.
    reports: Option<Group>,
    thread: Option<Thread>,
}

struct Thread {
    events: SyncSender<Event>,
    /// Why a report is lost.
    broken: Receiver<String>,
    handle: JoinHandle<Group>,
}

impl Apart {
    /// Reports that are written once there is something to write.
    pub(super) fn new(reports: Group) -> Apart {
        Apart {
            reports: (!reports.reports.is_empty()).then_some(reports),
            thread: None,
        }
    }

    /// Hands on a fact; says which report is lost, if that is known by now.
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), String> {
        if let Event::RunStarted { .. } = event {
            let Some(mut reports) = self.reports.take() else {
                return Ok(());
            };
            // What cannot be written at all is known before anything is sent.
            let begun = reports.on_event(event).and(reports.on_pause());
            let thread = Thread::start(reports);
            let failed = |error| format!("reports cannot be written: {error}");
            self.thread = Some(thread.map_err(failed)?);
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
                Ok(reports) => self.reports = Some(reports),
                // A bug of ours fails the run.
                Err(panic) => panic::resume_unwind(panic),
            }
            result = broken.try_recv().map_or(Ok(()), Err);
        }
        match &mut self.reports {
            Some(reports) => result.and(reports.end(outcome)),
            None => result,
        }
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
    fn start(mut reports: Group) -> std::io::Result<Thread> {
        let (events, inbox) = mpsc::sync_channel::<Event>(WAITING);
        let (lost, broken) = mpsc::channel();
        let handle = thread::Builder::new()
            .name("reports".into())
            .spawn(move || {
                while let Ok(first) = inbox.recv() {
                    let mut written = reports.on_event(&first);
                    while let Ok(event) = inbox.try_recv() {
                        written = written.and(reports.on_event(&event));
                    }
                    if let Err(message) = written.and(reports.on_pause()) {
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

impl Group {
    /// These, none of which was told anything yet.
    pub(super) fn new(reports: Vec<OpenReport>) -> Group {
        Group {
            chronicle: Chronicle::new(reports.iter().map(OpenReport::reporter)),
            reports,
        }
    }

    /// Hands on a fact to each; one that cannot be written any more keeps no other from it.
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), String> {
        let noted = self.chronicle.note(event);
        self.each(|report| report.on_event(event, &noted))
    }

    /// Lets what each has written be seen.
    pub(super) fn on_pause(&mut self) -> Result<(), String> {
        self.each(OpenReport::on_pause)
    }

    /// Ends each, and gives its file its name.
    pub(super) fn end(&mut self, outcome: &RunOutcome) -> Result<(), String> {
        self.each(|report| report.end(outcome))
    }

    fn each(
        &mut self,
        mut act: impl FnMut(&mut OpenReport) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut result = Ok(());
        for report in &mut self.reports {
            result = result.and(act(report));
        }
        result
    }
}

//! Steps and fragments that are tried again as a whole.
//!
//! What the steps of a try have to tell waits until it is known whether it was the last one: a try that another has made up
//! for must not fail the case. It is told in a line instead.

use std::mem;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

use super::case::{Case, Frame};
use super::flow::{FAILED_BEFORE, Flow, Given};
use super::limits::Cut;
use super::record::Record;
use super::retry::Retrying;
use super::trouble::Trouble;
use crate::model::exchange::Exchange;
use crate::model::outcome::{Failure, FailureKind, Keep, PageSeen, Status, StepOutcome};
use crate::model::plan::{Retry, Step, Use};

/// A step that has ended and is not told of yet.
pub(super) struct Held {
    pub(super) outcome: StepOutcome,
    /// Why it failed, if it did.
    pub(super) trouble: Trouble,
}

impl Held {
    fn has_failed(&self) -> bool {
        matches!(self.outcome.status, Status::Failed | Status::Errored)
    }
}

/// What is kept of the tries of a fragment before the last.
struct Before {
    /// When the first began.
    started: Instant,
    /// How many there were.
    tries: usize,
    /// Where each failed, and why; those that failed in the same way one after the other are one, from its first try on.
    failed: Vec<(usize, String)>,
    exchanges: Vec<Arc<Exchange>>,
    pages: Vec<PageSeen>,
}

impl Before {
    fn new() -> Self {
        Before {
            started: Instant::now(),
            tries: 0,
            failed: Vec::new(),
            exchanges: Vec::new(),
            pages: Vec::new(),
        }
    }

    fn add(&mut self, held: Vec<Held>, keep: Keep) {
        self.tries += 1;
        let failed = held.iter().find(|held| held.has_failed());
        let why = failed.map_or_else(String::new, |held| why(&held.outcome));
        if self.failed.last().is_none_or(|(_, known)| *known != why) {
            self.failed.push((self.tries, why));
        }
        for Held { outcome, .. } in held {
            if keep != Keep::Failures {
                self.exchanges.extend(outcome.exchanges);
            }
            self.pages.extend(outcome.pages);
        }
    }

    /// `tries 1 to 3 failed at f.pay: …`.
    fn told(&self) -> Vec<String> {
        let ends = self.failed.iter().skip(1).map(|(first, _)| first - 1);
        let ends = ends.chain([self.tries]);
        let failed = self.failed.iter().zip(ends);
        failed
            .map(|((first, why), last)| match last - first {
                0 => format!("try {first} failed at {why}"),
                1 => format!("tries {first} and {last} failed at {why}"),
                _ => format!("tries {first} to {last} failed at {why}"),
            })
            .collect()
    }

    /// Gives what was seen to the step that tells of the tries.
    fn hand_over(self, outcome: &mut StepOutcome) {
        outcome.exchanges.splice(0..0, self.exchanges);
        outcome.pages.splice(0..0, self.pages);
    }
}

/// `f.pay: status: expected 200, got 503`.
fn why(outcome: &StepOutcome) -> String {
    let Some(failure) = outcome.failures.first() else {
        return outcome.label.clone();
    };
    let message = &failure.message;
    match (&failure.expected, &failure.actual) {
        (Some(expected), Some(actual)) => {
            format!(
                "{}: {message}: expected {expected}, got {actual}",
                outcome.label
            )
        }
        _ => format!("{}: {message}", outcome.label),
    }
}

impl<'run> Case<'run> {
    /// What a `retry` beside a step says, in that step's scope.
    pub(super) fn retrying(&self, retry: &Retry, frame: &Frame) -> Result<Retrying, Failure> {
        Retrying::new(retry, &self.run.plan.engine, &frame.scope)
    }

    /// Does what a step does, and again while it fails and its `retry` has tries left.
    pub(super) async fn act_again(
        &mut self,
        step: &'run Step,
        retry: &Retry,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        let mut retrying = match self.retrying(retry, frame) {
            Ok(retrying) => retrying,
            Err(failure) => {
                record.failures.push(failure);
                return Ok(());
            }
        };
        loop {
            record.tries += 1;
            self.act_in_time(step, frame, record).await?;
            let trouble = self.trouble(step, record, &frame.scope);
            let has_failed = !record.failures.is_empty();
            let pause = has_failed.then(|| retrying.pause_before(&[trouble]));
            let Some(pause) = pause.flatten() else {
                break;
            };
            record.failures.clear();
            record.errored = false;
            self.limits.bound(sleep(pause)).await?;
            record.retries += 1;
        }
        if record.retries > 0 {
            record.summary = format!("{} (try {})", record.summary, record.tries);
        }
        Ok(())
    }

    /// Runs a fragment, and again from its first step while it fails and the `retry` of its `use` has tries left.
    pub(super) async fn run_anew(
        &mut self,
        step: &'run Step,
        used: &'run Use,
        given: Given,
        mut retrying: Retrying,
        frame: &mut Frame,
    ) -> Flow {
        let mut before = Before::new();
        loop {
            // What a try that failed has captured is nobody's.
            let mut attempt = frame.beside();
            let mut record = Record::new();
            record.turn = frame.turn.told.clone();
            let outer = self.held.replace(Vec::new());
            let given = given.clone();
            let flow = self
                .run_fragment(step, used, given, &mut attempt, record)
                .await;
            let held = mem::replace(&mut self.held, outer).unwrap_or_default();
            if !self.is_tried_again(&mut retrying, flow, &held).await {
                for name in &attempt.assigned {
                    frame.assign(name, attempt.scope.get(name).unwrap_or_default());
                }
                self.tell_of_tries(step, used, frame, before, held, flow)
                    .await;
                return flow;
            }
            before.add(held, self.run.settings.keep);
        }
    }

    /// Whether a try is not the last one; the pause before the next is over then.
    async fn is_tried_again(&mut self, retrying: &mut Retrying, flow: Flow, held: &[Held]) -> bool {
        if !matches!(flow, Flow::On | Flow::Ended(FAILED_BEFORE)) {
            return false;
        }
        let failed = held.iter().filter(|held| held.has_failed());
        let troubles: Vec<Trouble> = failed.map(|held| held.trouble).collect();
        let Some(pause) = retrying.pause_before(&troubles) else {
            return false;
        };
        self.limits.bound(sleep(pause)).await.is_ok()
    }

    /// Tells of the last try's steps, and of the tries before it: at the step that failed, or else at the `use`.
    async fn tell_of_tries(
        &mut self,
        step: &Step,
        used: &Use,
        frame: &Frame,
        before: Before,
        mut held: Vec<Held>,
        flow: Flow,
    ) {
        let tries = before.tries + 1;
        if tries == 1 {
            return self.tell_all(held).await;
        }
        if let Some(failed) = held.iter_mut().find(|held| held.has_failed()) {
            if let Some(failure) = failed.outcome.failures.first_mut() {
                let this = format!("this was try {tries} of the fragment, as `retry` says");
                failure.notes.push(this);
                failure.notes.extend(before.told());
            }
            before.hand_over(&mut failed.outcome);
            return self.tell_all(held).await;
        }
        self.tell_all(held).await;
        let mut record = Record::new();
        record.started = before.started;
        record.turn = frame.turn.told.clone();
        record.tries = u32::try_from(tries).unwrap_or(u32::MAX);
        record.retries = record.tries - 1;
        let told = before.told().join("; ");
        record.summary = format!("use {} (try {tries}); {told}", used.path);
        if let Flow::Ended(why) = flow {
            record.ended = Some(Status::NotRun(why.to_owned()));
        }
        let mut outcome = self.outcome(step, frame.label(step), record);
        before.hand_over(&mut outcome);
        self.tell_of(Held {
            outcome,
            trouble: Trouble::Final,
        })
        .await;
    }

    async fn tell_all(&mut self, held: Vec<Held>) {
        for held in held {
            self.tell_of(held).await;
        }
    }

    /// How many steps have ended, as far as [`Case::failed_since`] counts.
    pub(super) fn mark(&self) -> usize {
        self.held.as_ref().map_or(self.failed.len(), Vec::len)
    }

    /// The kind of the first failure since then.
    pub(super) fn failed_since(&self, mark: usize) -> Option<FailureKind> {
        let kind = |step: &StepOutcome| step.failures.first().map(|failure| failure.kind);
        match &self.held {
            Some(held) => held[mark..].iter().find_map(|held| kind(&held.outcome)),
            None => self.failed[mark..].iter().find_map(|step| kind(step)),
        }
    }

    /// Says of the steps since then that no other try of this case does them again.
    pub(super) fn settle_since(&mut self, mark: usize) {
        for held in self.held.iter_mut().flat_map(|held| &mut held[mark..]) {
            held.trouble = Trouble::Final;
        }
    }
}

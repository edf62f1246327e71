//! The order of steps: what a failure ends, fragments, what is put aside for the end.

use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::anew::Held;
use super::case::{Case, Frame};
use super::limits::Cut;
use super::record::Record;
use super::request::{from_render, time};
use super::retry::Retrying;
use super::trouble::Trouble;
use crate::model::duration;
use crate::model::outcome::{Event, Failure, FailureKind, Keep, Status, StepOutcome};
use crate::model::plan::{Action, Step, Use};
use crate::model::template::RenderError;

/// A step that was put aside for the end of the case.
#[derive(Clone, Copy)]
pub(super) struct Deferred<'run> {
    step: &'run Step,
    frame: usize,
}

/// Whether the steps after this one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// They do.
    On,
    /// They do not, for this reason.
    Ended(&'static str),
}

/// Why steps after a failing one do not run.
pub(super) const FAILED_BEFORE: &str = "a step before it failed";

/// Why the steps of a fragment do not run whose `use` has no time left.
pub(super) const USE_OVER: &str = "the time of its `use` was up";

/// What a `use` says, evaluated in its caller's scope.
#[derive(Clone)]
pub(super) struct Given {
    /// The inputs that it gives, in their order.
    pub(super) inputs: Vec<Value>,
    /// How long the fragment may take.
    limit: Option<Duration>,
    /// How it is tried again.
    retry: Option<Retrying>,
}

impl<'run> Case<'run> {
    /// Runs steps in their order.
    pub(super) async fn steps(&mut self, steps: &'run [Step], frame: &mut Frame) -> Flow {
        for (index, step) in steps.iter().enumerate() {
            if step.defer {
                self.deferred.push(Deferred {
                    step,
                    frame: frame.number,
                });
                continue;
            }
            if let Flow::Ended(why) = self.step(step, frame).await {
                Box::pin(self.not_run(&steps[index + 1..], &frame.prefix, why)).await;
                return Flow::Ended(why);
            }
        }
        Flow::On
    }

    /// Runs the deferred steps, last put aside first, whatever failed.
    pub(super) async fn clean_up(&mut self, frame: Frame) {
        if self.deferred.is_empty() {
            return;
        }
        let cut_short = self.limits.cut_already().is_some();
        self.limits = self.limits.of_deferred(cut_short);
        self.cleaning_up = true;
        self.parked.insert(frame.number, frame);
        while let Some(Deferred { step, frame }) = self.deferred.pop() {
            let mut frame = self
                .parked
                .remove(&frame)
                .expect("a scope is parked for as long as it has deferred steps");
            self.step(step, &mut frame).await;
            self.parked.insert(frame.number, frame);
        }
    }

    /// Says of steps that they were not run, each of a fragment's too.
    pub(super) async fn not_run(&mut self, steps: &'run [Step], prefix: &str, why: &str) {
        for (step, label) in leaves(steps, prefix) {
            self.passed_over(step, label, Status::NotRun(why.to_owned()))
                .await;
        }
    }

    pub(super) async fn passed_over(&mut self, step: &Step, label: String, status: Status) {
        let mut record = Record::new();
        record.ended = Some(status);
        self.finish(step, label, record).await;
    }

    /// One step, in its loop if it has one, and what its end means for the steps after it.
    async fn step(&mut self, step: &'run Step, frame: &mut Frame) -> Flow {
        let mut record = Record::new();
        record.turn = frame.turn.told.clone();
        let begins = self.begins(step, frame, &mut record).await;
        let flow = match (begins, &step.each) {
            (Ok(true), None) => self.turn(step, frame, record).await,
            (Ok(true), Some(each)) => Box::pin(self.each(step, each, frame, record)).await,
            (begins, _) => Box::pin(self.not_begun(step, begins.map(|_| ()), frame, record)).await,
        };
        match flow {
            Flow::Ended(FAILED_BEFORE) if step.keep_going => Flow::On,
            flow => flow,
        }
    }

    /// A step's work, once; what fails ends the case or its loop.
    pub(super) async fn turn(
        &mut self,
        step: &'run Step,
        frame: &mut Frame,
        mut record: Record,
    ) -> Flow {
        if let Action::Use(used) = &step.action {
            return Box::pin(self.used(step, used, frame, record)).await;
        }
        let done = match &step.retry {
            None => self.act_in_time(step, frame, &mut record).await,
            Some(retry) => Box::pin(self.act_again(step, retry, frame, &mut record)).await,
        };
        let is_use_over = matches!(done, Err(Cut::UseOver(_)));
        if step.kept
            && let (Some(id), Some(answer)) = (&step.id, &record.last)
        {
            frame.scope.set_step(id, Arc::clone(&answer.response));
        }
        let flow = self.flow_after(step, done, &mut record);
        if is_use_over && matches!(step.action, Action::Browser(_)) {
            let failures = std::mem::take(&mut record.failures);
            let label = frame.label(step);
            Box::pin(self.witness(&label, failures, &mut record)).await;
        }
        if self.held.is_some() && !record.failures.is_empty() {
            record.trouble = Some(match is_use_over {
                true => Trouble::TimedOut,
                false => self.trouble(step, &record, &frame.scope),
            });
        }
        self.finish(step, frame.label(step), record).await;
        flow
    }

    /// Tells of a step that did not come to its work: its `if` was false, or something failed before it.
    pub(super) async fn not_begun(
        &mut self,
        step: &'run Step,
        done: Result<(), Cut>,
        frame: &Frame,
        mut record: Record,
    ) -> Flow {
        let flow = self.flow_after(step, done, &mut record);
        let Action::Use(used) = &step.action else {
            self.finish(step, frame.label(step), record).await;
            return flow;
        };
        record.summary = format!("use {}", used.path);
        let prefix = frame.prefix_of(used);
        if let (Flow::On, Some(status)) = (flow, &record.ended) {
            for (step, label) in leaves(&used.steps, &prefix) {
                self.passed_over(step, label, status.clone()).await;
            }
            return flow;
        }
        if !record.failures.is_empty() {
            self.finish(step, frame.label(step), record).await;
        }
        let why = match flow {
            Flow::Ended(why) => why,
            Flow::On => FAILED_BEFORE,
        };
        self.not_run(&used.steps, &prefix, why).await;
        flow
    }

    /// What the step does, dropped where it is if it takes longer than the step allows.
    pub(super) async fn act_in_time(
        &mut self,
        step: &'run Step,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        // What is done in a browser looks at the time itself, to say what it waited for.
        let limit = step
            .time_limit
            .as_ref()
            .filter(|_| !step.action.is_driven());
        let Some(limit) = limit else {
            return self.act(step, frame, record).await;
        };
        let limit = match time(limit, &self.run.plan.engine, &frame.scope) {
            Ok(limit) => limit,
            Err(error) => {
                record.failures.push(from_render(error, step.span));
                return Ok(());
            }
        };
        let act = Box::pin(self.act(step, frame, record));
        match tokio::time::timeout(limit, act).await {
            Ok(done) => done,
            Err(_) => {
                let message = format!("not done within {}", duration::display(limit));
                let failure = Failure::new(FailureKind::Timeout, Some(step.span), message);
                record.failures.push(failure);
                Ok(())
            }
        }
    }

    /// A `use`: it is told of only if it fails itself, else its steps speak for it.
    async fn used(
        &mut self,
        step: &'run Step,
        used: &'run Use,
        frame: &mut Frame,
        mut record: Record,
    ) -> Flow {
        let given = match self.given(step, used, frame) {
            Ok(given) => given,
            Err(failure) => {
                record.failures.push(failure);
                return self.not_begun(step, Ok(()), frame, record).await;
            }
        };
        if used.once {
            return self.once(step, used, given, frame, record).await;
        }
        self.run_used(step, used, given, frame, record).await
    }

    /// A fragment's steps with the inputs that they were given.
    pub(super) async fn run_used(
        &mut self,
        step: &'run Step,
        used: &'run Use,
        mut given: Given,
        frame: &mut Frame,
        record: Record,
    ) -> Flow {
        match given.retry.take().filter(Retrying::has_tries) {
            None => self.run_fragment(step, used, given, frame, record).await,
            Some(retry) => Box::pin(self.run_anew(step, used, given, retry, frame)).await,
        }
    }

    /// A fragment's steps, once.
    pub(super) async fn run_fragment(
        &mut self,
        step: &'run Step,
        used: &'run Use,
        given: Given,
        frame: &mut Frame,
        mut record: Record,
    ) -> Flow {
        let mut inner = match self.enter(used, given.inputs, frame) {
            Ok(inner) => inner,
            Err(error) => {
                record.failures.push(from_render(error, step.span));
                return self.not_begun(step, Ok(()), frame, record).await;
            }
        };
        let depth = self.limits.depth();
        if let Some(limit) = given.limit {
            self.limits.enter(limit, not_done(step, used, limit));
        }
        let flow = self.boxed_steps(&used.steps, &mut inner).await;
        self.limits.leave(depth);
        let flow = self.flow_after_use(flow);
        for name in &inner.assigned {
            if let Some(value) = inner.scope.get(name) {
                frame.assign(name, value);
            }
        }
        if self.deferred.iter().any(|put| put.frame == inner.number) {
            self.parked.insert(inner.number, inner);
        }
        flow
    }

    /// Where it was this `use` whose time was up, its caller sees a step that failed.
    fn flow_after_use(&self, flow: Flow) -> Flow {
        let is_outer_over = || matches!(self.limits.cut_already(), Some(Cut::UseOver(_)));
        match flow {
            Flow::Ended(USE_OVER) if !is_outer_over() => Flow::Ended(FAILED_BEFORE),
            flow => flow,
        }
    }

    fn given(&self, step: &Step, used: &Use, caller: &Frame) -> Result<Given, Failure> {
        let engine = &self.run.plan.engine;
        let wrong = |error| from_render(error, step.span);
        let limit = step.time_limit.as_ref();
        let limit = limit.map(|limit| time(limit, engine, &caller.scope));
        let retry = step.retry.as_ref();
        Ok(Given {
            inputs: self.inputs(used, caller).map_err(wrong)?,
            limit: limit.transpose().map_err(wrong)?,
            retry: retry
                .map(|retry| self.retrying(retry, caller))
                .transpose()?,
        })
    }

    /// The inputs that the caller gives, in their order.
    pub(super) fn inputs(&self, used: &Use, caller: &Frame) -> Result<Vec<Value>, RenderError> {
        used.inputs
            .iter()
            .filter(|input| !input.is_default)
            .map(|input| self.run.plan.engine.build(&input.value, &caller.scope))
            .collect()
    }

    /// A fragment's scope: the target's names, its inputs and its own variables, nothing of its caller's.
    pub(super) fn enter(
        &mut self,
        used: &Use,
        given: Vec<Value>,
        caller: &Frame,
    ) -> Result<Frame, RenderError> {
        let engine = &self.run.plan.engine;
        let mut scope = self.foundation.clone();
        let mut given = given.into_iter();
        for input in &used.inputs {
            let is_given = !input.is_default;
            let value = match is_given.then(|| given.next()).flatten() {
                Some(value) => value,
                None => engine.build(&input.value, &scope)?,
            };
            scope.set(&input.name, value);
        }
        for (name, value) in &used.vars {
            let value = engine.build(value, &scope)?;
            scope.set(name, value);
        }
        self.frames += 1;
        Ok(Frame {
            number: self.frames,
            scope,
            prefix: caller.prefix_of(used),
            assigned: Vec::new(),
            turn: caller.turn.inside(used.once),
        })
    }

    /// Fragments use fragments, so this future holds itself.
    pub(super) fn boxed_steps<'a>(
        &'a mut self,
        steps: &'run [Step],
        frame: &'a mut Frame,
    ) -> Pin<Box<dyn Future<Output = Flow> + Send + 'a>>
    where
        'run: 'a,
    {
        Box::pin(self.steps(steps, frame))
    }

    /// What a step's end means for those after it, if it does not keep going. A cut is noted in the record.
    fn flow_after(&mut self, step: &Step, done: Result<(), Cut>, record: &mut Record) -> Flow {
        if let Err(cut) = done {
            if cut == Cut::TimeUp && self.cleaning_up {
                let message = format!(
                    "there was no time left: deferred steps have {} once a case is cut short",
                    duration::display(self.run.settings.grace)
                );
                let failure = Failure::new(FailureKind::Timeout, Some(step.span), message);
                record.failures.push(failure);
                return Flow::Ended("the time for deferred steps was up");
            }
            if let Cut::UseOver(depth) = cut {
                // A flow's step may have told its consent already.
                let told = self.limits.told_of_use(depth);
                let told = told.filter(|failure| !record.failures.contains(failure));
                record.failures.extend(told);
                return Flow::Ended(USE_OVER);
            }
            let why = self.note_cut(cut);
            record.ended = Some(Status::NotRun(why.to_owned()));
            return Flow::Ended(why);
        }
        if record.ends_the_case() {
            Flow::Ended(FAILED_BEFORE)
        } else {
            Flow::On
        }
    }

    /// Has a step written here, where all of it is at hand. What nobody reads any more after that is not handed on.
    fn write(&self, outcome: &mut StepOutcome) {
        let settings = &self.run.settings;
        outcome.written = settings.write.as_ref().and_then(|write| write(outcome));
        let has_failed = matches!(outcome.status, Status::Failed | Status::Errored);
        if settings.keep == Keep::Written && outcome.written.is_some() && !has_failed {
            outcome.exchanges = Vec::new();
        }
    }

    /// Tells of a step that has ended.
    pub(super) async fn finish(&mut self, step: &Step, label: String, record: Record) {
        let trouble = record.trouble;
        let trouble = trouble.unwrap_or_else(|| Trouble::of(&record.failures));
        let outcome = self.outcome(step, label, record);
        self.tell_of(Held { outcome, trouble }).await;
    }

    pub(super) fn outcome(&self, step: &Step, label: String, record: Record) -> StepOutcome {
        let keep = self.run.settings.keep;
        record.into_outcome(step, label, &self.secrets, keep, self.run.started)
    }

    /// Counts a step that has ended and tells of it, unless that has to wait.
    pub(super) async fn tell_of(&mut self, step: Held) {
        if let Some(held) = &mut self.held {
            held.push(step);
            return;
        }
        let mut outcome = step.outcome;
        self.write(&mut outcome);
        let outcome = Arc::new(outcome);
        match &outcome.status {
            Status::Passed => {
                self.counts.passed += 1;
                if outcome.is_flaky() {
                    self.flaky.push(Arc::clone(&outcome));
                }
            }
            Status::Failed | Status::Errored => {
                self.counts.failed += 1;
                self.failed.push(Arc::clone(&outcome));
            }
            Status::Skipped(_) => self.counts.skipped += 1,
            Status::NotRun(_) => {
                self.counts.not_run += 1;
                self.not_run.push(outcome.label.clone());
            }
        }
        self.tell(Event::StepFinished {
            case: self.number,
            step: outcome,
        })
        .await;
    }
}

/// What is told of the step that the end of a `use`'s time stops.
fn not_done(step: &Step, used: &Use, limit: Duration) -> Failure {
    let message = format!(
        "{} was not done within {}, the `timeout` of its `use`",
        used.path,
        duration::display(limit)
    );
    Failure::new(FailureKind::Timeout, Some(step.span), message)
}

/// The labels of steps, a fragment's steps in its place.
pub(super) fn labels(steps: &[Step], prefix: &str) -> Vec<String> {
    leaves(steps, prefix)
        .into_iter()
        .map(|(_, label)| label)
        .collect()
}

fn leaves<'a>(steps: &'a [Step], prefix: &str) -> Vec<(&'a Step, String)> {
    let mut found = Vec::new();
    for step in steps {
        match &step.action {
            Action::Use(used) => {
                let prefix = format!("{prefix}{}.", used.prefix);
                found.extend(leaves(&used.steps, &prefix));
            }
            _ => found.push((step, format!("{prefix}{}", step.label))),
        }
    }
    found
}

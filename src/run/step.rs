//! One step: what it does, then what must hold, what is kept, and the snapshot.

use serde_json::Value;
use std::sync::Arc;
use tokio::time::sleep;

use super::capture;
use super::case::{Case, Frame};
use super::checks::{evaluate, refused};
use super::evaluate::Evaluate;
use super::limits::Cut;
use super::record::Record;
use super::request::{from_render, prepare, time};
use crate::model::duration;
use crate::model::exchange::Response;
use crate::model::outcome::{Event, Failure, FailureKind, Status};
use crate::model::plan::{Action, DurationTemplate, Request, Step};
use crate::model::source::Span;
use crate::model::template::{Template, ValueTemplate};

impl<'run> Case<'run> {
    /// Whether the step is to run: the clock is known, and its `if` is asked. Otherwise the record says why not.
    pub(super) async fn begins(
        &mut self,
        step: &Step,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<bool, Cut> {
        // What waits for nothing would go on.
        if let Some(cut @ Cut::UseOver(_)) = self.limits.cut_already() {
            return Err(cut);
        }
        if step.uses_clock
            && let Err(why) = Box::pin(self.read_clock()).await?
        {
            let failure = Failure::new(FailureKind::Transport, Some(step.span), why);
            record.failures.push(failure);
            return Ok(false);
        }
        let Some(condition) = &step.condition else {
            return Ok(true);
        };
        match self.run.plan.engine.decide(condition, &frame.scope) {
            Ok(true) => Ok(true),
            Ok(false) => {
                record.ended = Some(Status::Skipped("`if` was false".into()));
                Ok(false)
            }
            Err(error) => {
                record.failures.push(from_render(error, condition.span()));
                Ok(false)
            }
        }
    }

    /// Does what a step does that is no `use`.
    pub(super) async fn act(
        &mut self,
        step: &'run Step,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        match &step.action {
            Action::Http(request) => self.request(step, request, frame, record).await,
            Action::Consent(consent) => Box::pin(self.consent(step, consent, frame, record)).await,
            Action::Await(wanted) => {
                Box::pin(self.await_notification(step, wanted, frame, record)).await
            }
            Action::Browser(actions) => Box::pin(self.browse(step, actions, frame, record)).await,
            Action::Sandbox(setup) => {
                Box::pin(self.change_sandbox(step, setup, frame, record)).await
            }
            Action::Sleep(pause) => self.pause(step.span, pause, frame, record).await,
            Action::Print(line) => {
                self.print(step.span, line, frame, record).await;
                Ok(())
            }
            Action::Set(values) => {
                self.assign(step.span, values, frame, record);
                Ok(())
            }
            // A fragment's steps are steps of their own, run where the order of steps is known.
            Action::Use(_) => Ok(()),
        }
    }

    async fn request(
        &mut self,
        step: &Step,
        request: &Request,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        record.summary = request.method.clone();
        let evaluate = Evaluate {
            engine: &self.run.plan.engine,
            scope: &frame.scope,
            files: self.world.files(),
            span: request.url_span,
        };
        let prepared = match prepare(request, &self.base, &evaluate) {
            Ok(prepared) => prepared,
            Err(failure) => {
                record.failures.push(failure);
                return Ok(());
            }
        };
        if prepared.outgoing.url.path().starts_with("/_sandbox") {
            // Whoever talks to the control interface may move the clock.
            self.clock_known = false;
        }
        let answered = match &step.until {
            Some(until) => {
                Box::pin(self.poll(step, until, &prepared, &frame.scope, record)).await?
            }
            None => match self
                .persist(step, &prepared, &frame.scope, None, record)
                .await?
            {
                Ok(response) => Some(response),
                Err(unanswered) => {
                    record.lack = Some(unanswered.lack);
                    record.failures.push(unanswered.failure);
                    None
                }
            },
        };
        if step.until.is_none() && record.retries > 0 {
            record.summary = format!("{} (try {})", record.summary, record.tries);
        }
        if let Some(response) = answered {
            self.judge(step, &response, prepared.span, frame, record)
                .await?;
        }
        record.tell_note();
        Ok(())
    }

    /// The step's checks, and the snapshot if they hold.
    pub(super) async fn judge(
        &mut self,
        step: &Step,
        response: &Arc<Response>,
        span: Span,
        frame: &mut Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        self.check(step, response, span, frame, record);
        if record.failures.is_empty()
            && let Some(rules) = &step.snapshot
        {
            Box::pin(self.compare(step, rules, frame, record)).await?;
        }
        Ok(())
    }

    /// Everything that must hold, and everything that is kept; all that fails is shown.
    fn check(
        &mut self,
        step: &Step,
        response: &Arc<Response>,
        url_span: Span,
        frame: &mut Frame,
        record: &mut Record,
    ) {
        if step.success_expected {
            record.failures.extend(refused(response, url_span));
        }
        if step.expect.is_empty() && step.captures.is_empty() {
            return;
        }
        let engine = &self.run.plan.engine;
        let scope = frame.scope.with_response(Arc::clone(response));
        record
            .failures
            .extend(evaluate(&step.expect, response, engine, &scope));
        let captured: Vec<_> = step
            .captures
            .iter()
            .map(|wanted| capture::capture(wanted, response, engine, &scope))
            .collect();
        // The names are shared for as long as this copy of the scope lives, and would be copied by the first
        // that is set.
        drop(scope);
        for (wanted, captured) in step.captures.iter().zip(captured) {
            match captured {
                Ok(value) => {
                    if wanted.secret
                        && let Err(failure) = capture::hide(wanted, &value, &mut self.secrets)
                    {
                        record.failures.push(failure);
                    }
                    self.note_capture(&wanted.name, &value);
                    if let Some(learned) = &mut self.learned
                        && wanted.secret
                    {
                        // One that is too short was told above.
                        let is_hidden = capture::hide(wanted, &value, &mut learned.secrets);
                        if let (Ok(()), Some(token)) = (is_hidden, value.as_str()) {
                            learned.note_token(&wanted.name, token);
                        }
                    }
                    frame.assign(&wanted.name, value);
                }
                Err(failure) => record.failures.push(failure),
            }
        }
    }

    async fn change_sandbox(
        &mut self,
        step: &Step,
        setup: &ValueTemplate,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        record.summary = "change the sandbox".into();
        let engine = &self.run.plan.engine;
        let setup = match engine.build_json(setup, &frame.scope) {
            Ok(setup) => setup,
            Err(error) => {
                record.failures.push(from_render(error, step.span));
                return Ok(());
            }
        };
        let Some(control) = self.control.clone() else {
            // The case is skipped before it begins where there is no sandbox.
            record.ended = Some(Status::Skipped("a `sandbox` step needs a sandbox".into()));
            return Ok(());
        };
        self.clock_known = false;
        self.clock_fixed |= sets_clock(&setup);
        if let Err(why) = self
            .limits
            .bound(control.change(&self.run.http, setup))
            .await?
        {
            let failure = Failure::new(FailureKind::Transport, Some(step.span), why);
            record.failures.push(failure);
        }
        Ok(())
    }

    async fn pause(
        &mut self,
        span: Span,
        pause: &DurationTemplate,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        match time(pause, &self.run.plan.engine, &frame.scope) {
            Err(error) => record.failures.push(from_render(error, span)),
            Ok(pause) => {
                record.summary = format!("sleep {}", duration::display(pause));
                self.limits.bound(sleep(pause)).await?;
            }
        }
        Ok(())
    }

    async fn print(&self, span: Span, line: &Template, frame: &Frame, record: &mut Record) {
        record.summary = "print".into();
        match self.run.plan.engine.evaluate(line, &frame.scope) {
            Err(error) => record.failures.push(from_render(error, span)),
            Ok(value) => {
                let text = match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                let event = Event::Printed {
                    case: self.number,
                    text: self.secrets.hide(&text),
                };
                self.tell(event).await;
            }
        }
    }

    fn assign(
        &self,
        span: Span,
        values: &[(String, ValueTemplate)],
        frame: &mut Frame,
        record: &mut Record,
    ) {
        let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
        record.summary = format!("set {}", names.join(", "));
        for (name, value) in values {
            match self.run.plan.engine.build(value, &frame.scope) {
                Ok(value) => frame.assign(name, value),
                Err(error) => {
                    record.failures.push(from_render(error, span));
                    return;
                }
            }
        }
    }
}

/// Whether a set-up fixes the clock.
pub(super) fn sets_clock(setup: &str) -> bool {
    serde_json::from_str::<Value>(setup)
        .is_ok_and(|setup| setup.get("clock").is_some_and(|clock| !clock.is_null()))
}

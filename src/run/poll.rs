//! Polling: a request is repeated until what it waits for holds.

use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use super::case::Case;
use super::checks::{evaluate, refused};
use super::limits::Cut;
use super::pauses::Pauses;
use super::record::Record;
use super::request::{Prepared, from_render, time};
use super::send::{Lack, RATE_LEFT_NO_TIME, Unanswered};
use crate::model::duration;
use crate::model::exchange::Response;
use crate::model::outcome::{Event, Failure, FailureKind};
use crate::model::plan::{Step, Until};
use crate::model::source::Span;
use crate::model::template::{Engine, RenderError, Scope};

impl Case<'_> {
    /// Repeats a request until it gives what is waited for. Otherwise the record has the failure.
    pub(super) async fn poll(
        &mut self,
        step: &Step,
        until: &Until,
        prepared: &Prepared,
        scope: &Scope,
        record: &mut Record,
    ) -> Result<Option<Arc<Response>>, Cut> {
        let engine = &self.run.plan.engine;
        let (mut pauses, within) = match timing(until, engine, scope) {
            Ok(timing) => timing,
            Err(error) => {
                record.failures.push(from_render(error, until.span));
                return Ok(None);
            }
        };
        let started = Instant::now();
        let deadline = started + within;
        let mut lacking = Vec::new();
        let mut told = false;
        loop {
            let response = match self
                .persist(step, prepared, scope, Some(deadline), record)
                .await?
            {
                Ok(response) => response,
                Err(unanswered) => {
                    record.lack = Some(unanswered.lack);
                    let failure = match cut_off(&unanswered, deadline) {
                        None => unanswered.failure,
                        Some(why) => {
                            let mut failure = too_long(until, record.tries, within, lacking);
                            failure.notes.push(why.into());
                            failure
                        }
                    };
                    record.failures.push(failure);
                    return Ok(None);
                }
            };
            if until.success_expected
                && let Some(failure) = refused(&response, prepared.span)
            {
                record.failures.push(failure);
                return Ok(None);
            }
            let scope = scope.with_response(Arc::clone(&response));
            lacking = evaluate(&until.expectations, &response, engine, &scope);
            if lacking.is_empty() {
                if record.tries > 1 {
                    record.summary = format!("{} (try {})", record.summary, record.tries);
                }
                return Ok(Some(response));
            }
            if !until.give_up.is_empty()
                && evaluate(&until.give_up, &response, engine, &scope).is_empty()
            {
                record.failures.push(gave_up(until, record.tries, lacking));
                return Ok(None);
            }
            if let Some(status) = self.final_status(&response) {
                record.failures.push(ended(until, status, lacking));
                return Ok(None);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !std::mem::replace(&mut told, true) {
                let event = Event::Polling {
                    case: self.number,
                    span: step.span,
                    label: self.secrets.hide(&step.label),
                    left,
                };
                self.tell(event).await;
            }
            let Some(pause) = pauses.next(deadline.saturating_duration_since(Instant::now()))
            else {
                let failure = too_long(until, record.tries, within, lacking);
                record.failures.push(failure);
                return Ok(None);
            };
            drop(scope);
            drop(response);
            self.limits.bound(sleep(pause)).await?;
        }
    }
}

/// What became of a try that the end of the poll's time cut off; none if that is not what was wrong with it.
fn cut_off(unanswered: &Unanswered, deadline: Instant) -> Option<&'static str> {
    if unanswered.lack == Lack::NotSent {
        return Some(RATE_LEFT_NO_TIME);
    }
    let is_cut = unanswered.failure.kind == FailureKind::Transport && Instant::now() >= deadline;
    is_cut.then_some("the last try got no answer")
}

fn timing(
    until: &Until,
    engine: &Engine,
    scope: &Scope,
) -> Result<(Pauses, Duration), RenderError> {
    let pauses = Pauses::new(&until.every, engine, scope)?;
    Ok((pauses, time(&until.within, engine, scope)?))
}

fn too_long(until: &Until, tries: u32, within: Duration, lacking: Vec<Failure>) -> Failure {
    let tries = match tries {
        1 => "1 try".to_owned(),
        tries => format!("{tries} tries"),
    };
    let message = format!("not so within {}, after {tries}", duration::display(within));
    with_lacking(FailureKind::Timeout, until.span, message, lacking)
}

fn gave_up(until: &Until, tries: u32, lacking: Vec<Failure>) -> Failure {
    let message = format!("gave up at try {tries}, as `give_up` says");
    let mut failure = with_lacking(FailureKind::Mismatch, until.span, message, lacking);
    failure.span = until.give_up.first().map(|line| line.span).or(failure.span);
    failure
}

fn ended(until: &Until, status: &str, lacking: Vec<Failure>) -> Failure {
    let message = format!("the consent is {status}, and will not change again");
    with_lacking(FailureKind::Mismatch, until.span, message, lacking)
}

/// The failure with what the last answer lacked.
pub(super) fn with_lacking(
    kind: FailureKind,
    span: Span,
    message: String,
    lacking: Vec<Failure>,
) -> Failure {
    let first = lacking.first();
    Failure {
        kind,
        span: first.and_then(|failure| failure.span).or(Some(span)),
        message,
        expected: first.and_then(|failure| failure.expected.clone()),
        actual: first.and_then(|failure| failure.actual.clone()),
        notes: lacking.iter().flat_map(told).collect(),
    }
}

fn told(failure: &Failure) -> impl Iterator<Item = String> + '_ {
    let line = match (&failure.expected, &failure.actual) {
        (Some(expected), Some(actual)) => {
            format!("{}: expected {expected}, got {actual}", failure.message)
        }
        _ => failure.message.clone(),
    };
    std::iter::once(line).chain(failure.notes.iter().cloned())
}

//! A consent that a driven browser gives: its flow's steps, run inside the consent's own.

use std::mem;
use std::time::Duration;
use tokio::time::timeout;

use super::anew::Held;
use super::case::{Case, Frame};
use super::limits::Cut;
use super::record::Record;
use super::request::{from_render, time};
use crate::model::duration;
use crate::model::outcome::{Failure, FailureKind, Status};
use crate::model::plan::{Step, Use};

/// Longer than any flow may take: its steps have limits of their own.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl<'run> Case<'run> {
    /// Follows a flow in a tab of its own: the customer's browser is not the one that the scenario may be driving.
    pub(super) async fn follow(
        &mut self,
        step: &'run Step,
        flow: &'run Use,
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        let limit = match &step.time_limit {
            None => LONGEST,
            Some(limit) => match time(limit, &self.run.plan.engine, &frame.scope) {
                Ok(limit) => limit,
                Err(error) => {
                    record.failures.push(from_render(error, step.span));
                    return Ok(());
                }
            },
        };
        let entered = self
            .inputs(flow, frame)
            .and_then(|inputs| self.enter(flow, inputs, frame));
        let mut inner = match entered {
            Ok(inner) => inner,
            Err(error) => {
                record.failures.push(from_render(error, step.span));
                return Ok(());
            }
        };
        let tab = self.tab.take();
        let depth = self.limits.depth();
        let outer = self.held.replace(Vec::new());
        let ended = timeout(limit, self.boxed_steps(&flow.steps, &mut inner)).await;
        // What is dropped here may stand in the middle of a `use`.
        self.limits.leave(depth);
        let told = mem::replace(&mut self.held, outer).unwrap_or_default();
        record.summary = format!("{}, by {}", record.summary, flow.path);
        take(record, told);
        if ended.is_err() {
            let message = format!(
                "the flow {} was not done within {}",
                flow.path,
                duration::display(limit)
            );
            let failure = Failure::new(FailureKind::Timeout, Some(step.span), message);
            self.witness(&frame.label(step), vec![failure], record)
                .await;
        }
        self.tab = tab;
        match self.limits.cut_already() {
            Some(cut @ Cut::UseOver(_)) => Err(cut),
            Some(cut) if record.failures.is_empty() => Err(cut),
            _ => Ok(()),
        }
    }
}

/// What the flow's steps have to tell becomes the consent's.
fn take(record: &mut Record, told: Vec<Held>) {
    for Held { outcome: step, .. } in told {
        record.pages.extend(step.pages);
        record.errored |= step.status == Status::Errored;
        record.failures.extend(step.failures);
    }
}

//! An event a line, written when it happens: for whoever watches a run.

use std::io;
use std::sync::Arc;

use super::facts::RunFacts;
use super::object::{Object, Style, object};
use super::values::{Values, identity, seconds, shard, started, totals};
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome};

/// Writes the lines.
pub struct Ndjson<W> {
    out: W,
    facts: Arc<RunFacts>,
}

impl<W: io::Write> Ndjson<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Ndjson { out, facts }
    }

    fn line(&mut self, mut value: Vec<u8>) -> io::Result<()> {
        value.push(b'\n');
        self.out.write_all(&value)
    }

    fn event(&self, object: &mut Object<'_>, event: &Event) {
        let facts = &self.facts;
        let mut named = |name: &str, case: CaseNumber| {
            object.text("event", name);
            object.number("case", case);
        };
        match event {
            Event::RunStarted { cases, target } => {
                object.text("event", "run_started");
                object.number("format", 1);
                object.number("cases", *cases);
                object.text("target", target);
                object.maybe_number("seed", facts.seed);
                object.text("started", &started(facts));
                shard(object, facts);
            }
            Event::CaseStarted { case, about } => {
                named("case_started", *case);
                object.object("about", |object| identity(object, about));
            }
            Event::Printed { case, text } => {
                named("printed", *case);
                object.text("text", text);
            }
            Event::ConsentWanted {
                case,
                url,
                decision,
                reason,
            } => {
                named("consent_wanted", *case);
                object.text("url", url);
                object.text("decision", decision);
                object.maybe_text("reason", reason.as_deref());
            }
            Event::Polling {
                case, label, left, ..
            } => {
                named("polling", *case);
                object.text("step", label);
                object.fraction("seconds_left", seconds(*left));
            }
            Event::StepFinished { case, step } => {
                named("step_finished", *case);
                object.object("step", |object| Values::whole(facts).step(object, step));
            }
            Event::AttemptFailed { case, outcome } => {
                named("attempt_failed", *case);
                self.outcome(object, outcome);
            }
            Event::CaseFinished { case, outcome } => {
                named("case_finished", *case);
                self.outcome(object, outcome);
            }
        }
    }

    /// A case whose steps have had their lines.
    fn outcome(&self, object: &mut Object<'_>, outcome: &CaseOutcome) {
        object.object("outcome", |object| {
            Values::whole(&self.facts).case(object, outcome, &[], &[]);
        });
    }
}

impl<W: io::Write> super::Reporter for Ndjson<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        let line = object(Style::Whole, |object| self.event(object, event));
        self.line(line)
    }

    fn on_pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let line = object(Style::Whole, |object| {
            object.text("event", "run_finished");
            totals(object, outcome);
            object.flag("interrupted", outcome.interrupted);
            object.fraction("seconds", seconds(outcome.duration));
        });
        self.line(line)?;
        self.out.flush()
    }
}

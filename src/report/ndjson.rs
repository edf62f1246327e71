//! An event a line, written when it happens: for whoever watches a run.

use std::io;
use std::sync::Arc;

use super::chronicle::Step;
use super::facts::RunFacts;
use super::object::{Object, Style, write_object};
use super::values::{Values, identity, shard, started, totals};
use super::written;
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome};

/// Writes the lines.
pub struct Ndjson<W> {
    out: W,
    facts: Arc<RunFacts>,
    /// Room for a line.
    line: Vec<u8>,
}

impl<W: io::Write> Ndjson<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Ndjson {
            out,
            facts,
            line: Vec::new(),
        }
    }

    fn line(&mut self, write: impl FnOnce(&Self, &mut Object<'_>)) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        write_object(&mut line, Style::Whole, |object| write(self, object));
        line.push(b'\n');
        let written = self.out.write_all(&line);
        self.line = line;
        written
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
                object.seconds("seconds_left", *left);
            }
            Event::AttemptFailed { case, outcome } => {
                named("attempt_failed", *case);
                self.outcome(object, outcome);
            }
            Event::CaseFinished { case, outcome } => {
                named("case_finished", *case);
                self.outcome(object, outcome);
            }
            // It has a line with what comes with it.
            Event::StepFinished { .. } => {}
        }
    }

    /// A case whose steps have had their lines.
    fn outcome(&self, object: &mut Object<'_>, outcome: &CaseOutcome) {
        object.object("outcome", |object| {
            let steps = |object: &mut Object<'_>| object.jsons("steps", []);
            Values::whole(&self.facts).case(object, outcome, &steps, &[]);
        });
    }
}

impl<W: io::Write> super::Reporter for Ndjson<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::StepFinished { .. } = event {
            return Ok(());
        }
        self.line(|report, object| report.event(object, event))
    }

    fn on_step(&mut self, case: CaseNumber, step: &Step) -> io::Result<()> {
        self.line(|report, object| {
            object.text("event", "step_finished");
            object.number("case", case);
            object.json("step", written::json(step.written(&report.facts)));
        })
    }

    fn on_pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.line(|_, object| {
            object.text("event", "run_finished");
            totals(object, outcome);
            object.flag("interrupted", outcome.interrupted);
            object.seconds("seconds", outcome.duration);
        })?;
        self.out.flush()
    }
}

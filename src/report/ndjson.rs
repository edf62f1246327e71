//! An event a line, written when it happens: for whoever watches a run.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::blocks::Blocks;
use super::chronicle::Step;
use super::facts::RunFacts;
use super::object::{Object, Style, key, write_object};
use super::values::{Values, identity, shard, started, totals};
use super::written;
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome};

/// Writes the lines.
pub struct Ndjson<W> {
    out: Blocks<W>,
    facts: Arc<RunFacts>,
}

impl<W: io::Write> Ndjson<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Ndjson {
            out: Blocks::new(out),
            facts,
        }
    }

    fn line(&mut self, write: impl FnOnce(&RunFacts, &mut Object<'_>)) -> io::Result<()> {
        let text = self.out.gathered();
        write_object(text, Style::Whole, |object| write(&self.facts, object));
        text.push(b'\n');
        self.out.put_all()
    }
}

fn event(facts: &RunFacts, object: &mut Object<'_>, event: &Event) {
    let mut named = |name: &str, case: CaseNumber| {
        object.text(key!("event"), name);
        object.number(key!("case"), case);
    };
    match event {
        Event::RunStarted { cases, target } => {
            object.text(key!("event"), "run_started");
            object.number(key!("format"), 1_u32);
            object.number(key!("cases"), *cases);
            object.text(key!("target"), target);
            object.maybe_number(key!("seed"), facts.seed);
            object.text(key!("started"), &started(facts));
            shard(object, facts);
        }
        Event::CaseStarted { case, about } => {
            named("case_started", *case);
            object.object(key!("about"), |object| identity(object, about));
        }
        Event::Printed { case, text } => {
            named("printed", *case);
            object.text(key!("text"), text);
        }
        Event::ConsentWanted {
            case,
            url,
            decision,
            reason,
        } => {
            named("consent_wanted", *case);
            object.text(key!("url"), url);
            object.text(key!("decision"), decision);
            object.maybe_text(key!("reason"), reason.as_deref());
        }
        Event::Polling {
            case, label, left, ..
        } => {
            named("polling", *case);
            object.text(key!("step"), label);
            object.seconds(key!("seconds_left"), *left);
        }
        Event::AttemptFailed { case, outcome } => {
            named("attempt_failed", *case);
            ended(facts, object, outcome);
        }
        Event::CaseFinished { case, outcome } => {
            named("case_finished", *case);
            ended(facts, object, outcome);
        }
        // It has a line with what comes with it.
        Event::StepFinished { .. } => {}
    }
}

/// A case whose steps have had their lines.
fn ended(facts: &RunFacts, object: &mut Object<'_>, outcome: &CaseOutcome) {
    object.object(key!("outcome"), |object| {
        let steps = |object: &mut Object<'_>| object.jsons(key!("steps"), []);
        Values::whole(facts).case(object, outcome, &steps, &[]);
    });
}

impl<W: io::Write> super::Reporter for Ndjson<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::StepFinished { .. } = event {
            return Ok(());
        }
        self.line(|facts, object| self::event(facts, object, event))
    }

    fn on_step(&mut self, case: CaseNumber, step: &Step) -> io::Result<()> {
        self.line(|facts, object| {
            object.text(key!("event"), "step_finished");
            object.number(key!("case"), case);
            object.json(key!("step"), written::json(step.written(facts)));
        })
    }

    fn on_pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.line(|_, object| {
            object.text(key!("event"), "run_finished");
            totals(object, outcome);
            object.flag(key!("interrupted"), outcome.interrupted);
            object.seconds(key!("seconds"), outcome.duration);
        })?;
        self.out.flush()
    }
}

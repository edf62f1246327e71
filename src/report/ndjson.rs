//! An event a line, written when it happens: for whoever watches a run.

use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

use super::facts::RunFacts;
use super::values::{case, identity, seconds, shard, started, step, totals};
use crate::model::outcome::{Event, RunOutcome};

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

    fn line(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.out, "{value}")?;
        self.out.flush()
    }
}

impl<W: io::Write> super::Reporter for Ndjson<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        let facts = &self.facts;
        let value = match event {
            Event::RunStarted { cases, target } => json!({
                "event": "run_started",
                "format": 1,
                "cases": cases,
                "target": target,
                "seed": facts.seed,
                "started": started(facts),
                "shard": shard(facts),
            }),
            Event::CaseStarted { case, about } => {
                json!({ "event": "case_started", "case": case, "about": identity(about) })
            }
            Event::Printed { case, text } => {
                json!({ "event": "printed", "case": case, "text": text })
            }
            Event::ConsentWanted {
                case,
                url,
                decision,
                reason,
            } => {
                json!({ "event": "consent_wanted", "case": case, "url": url, "decision": decision, "reason": reason })
            }
            Event::Polling { case, label, left } => {
                json!({ "event": "polling", "case": case, "step": label, "seconds_left": seconds(*left) })
            }
            Event::StepFinished { case, step: ended } => {
                json!({ "event": "step_finished", "case": case, "step": step(ended, facts) })
            }
            // The steps have had their lines.
            Event::AttemptFailed {
                case: number,
                outcome,
            } => {
                json!({ "event": "attempt_failed", "case": number, "outcome": case(outcome, &[], &[], facts) })
            }
            Event::CaseFinished {
                case: number,
                outcome,
            } => {
                json!({ "event": "case_finished", "case": number, "outcome": case(outcome, &[], &[], facts) })
            }
        };
        self.line(&value)
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.line(&json!({
            "event": "run_finished",
            "totals": totals(outcome),
            "interrupted": outcome.interrupted,
            "seconds": seconds(outcome.duration),
        }))
    }
}

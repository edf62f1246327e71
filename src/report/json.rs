//! The whole outcome as one JSON document, each case written when its turn has come.

use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

use super::facts::RunFacts;
use super::ordered::{Ended, Ordered};
use super::values::{case, seconds, shard, started, totals};
use crate::model::outcome::{Event, RunOutcome};

/// The JSON Schema of the report, and of the lines of the one that is a stream.
pub const SCHEMA: &str = include_str!("../../schemas/report.schema.json");

/// Writes the document.
pub struct Json<W> {
    out: W,
    facts: Arc<RunFacts>,
    ordered: Ordered,
    written: usize,
}

impl<W: io::Write> Json<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Json {
            out,
            facts,
            ordered: Ordered::default(),
            written: 0,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let tool = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
        write!(self.out, "{{\"format\":1,\"tool\":{tool}")?;
        let target = Value::from(self.facts.target.as_str());
        let seed = json!(self.facts.seed);
        let (started, shard) = (Value::from(started(&self.facts)), shard(&self.facts));
        write!(
            self.out,
            ",\"target\":{target},\"seed\":{seed},\"started\":{started},\"shard\":{shard},\"cases\":["
        )
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let comma = if self.written == 0 { "" } else { "," };
        self.written += 1;
        let value = case(&ended.outcome, &ended.steps, &ended.printed, &self.facts);
        write!(self.out, "{comma}\n{value}")
    }
}

impl<W: io::Write> super::Reporter for Json<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { .. } = event {
            return self.begin();
        }
        for ended in self.ordered.take(event) {
            self.case(&ended)?;
        }
        Ok(())
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        writeln!(
            self.out,
            "\n],\"totals\":{},\"interrupted\":{},\"seconds\":{}}}",
            totals(outcome),
            outcome.interrupted,
            seconds(outcome.duration)
        )?;
        self.out.flush()
    }
}

//! The whole outcome as one JSON document, each case written when its turn has come.

use std::io;
use std::sync::Arc;

use super::chronicle::Ended;
use super::facts::RunFacts;
use super::object::{Object, Style, object, write_object};
use super::ordered::Ordered;
use super::values::{Values, shard, started, totals};
use super::written;
use crate::model::outcome::{Event, RunOutcome};

/// The JSON Schema of the report, and of the lines of the one that is a stream.
pub const SCHEMA: &str = include_str!("../../schemas/report.schema.json");

/// About so many bytes of a case are not its steps.
const ROOM: usize = 1024;

/// Writes the document.
pub struct Json<W> {
    out: W,
    facts: Arc<RunFacts>,
    /// Cases whose turn has not come, as they will be written: that is less than what they were.
    ordered: Ordered<Vec<u8>>,
    /// Room for a case whose turn has come.
    room: Vec<u8>,
    written: usize,
}

impl<W: io::Write> Json<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Json {
            out,
            facts,
            ordered: Ordered::default(),
            room: Vec::new(),
            written: 0,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let head = object(Style::Whole, |object| {
            object.number("format", 1);
            object.object("tool", |object| {
                object.text("name", env!("CARGO_PKG_NAME"));
                object.text("version", env!("CARGO_PKG_VERSION"));
            });
            object.text("target", &self.facts.target);
            object.maybe_number("seed", self.facts.seed);
            object.text("started", &started(&self.facts));
            shard(object, &self.facts);
        });
        // It goes on.
        self.out.write_all(&head[..head.len() - 1])?;
        self.out.write_all(b",\"cases\":[")?;
        // Where nothing can be written, nothing need be run.
        self.out.flush()
    }

    fn value(&self, value: &mut Vec<u8>, ended: &Ended) {
        let written =
            (ended.steps.iter()).map(|step| written::json(step.written(&self.facts)).len());
        value.reserve(ROOM + written.sum::<usize>());
        write_object(value, Style::Whole, |object| {
            let values = Values::whole(&self.facts);
            let steps = |object: &mut Object<'_>| {
                let steps = ended.steps.iter();
                object.jsons(
                    "steps",
                    steps.map(|step| written::json(step.written(&self.facts))),
                );
            };
            values.case(object, &ended.outcome, &steps, &ended.printed);
        });
    }

    fn case(&mut self, value: &[u8]) -> io::Result<()> {
        let comma: &[u8] = if self.written == 0 { b"\n" } else { b",\n" };
        self.written += 1;
        self.out.write_all(comma)?;
        self.out.write_all(value)
    }
}

impl<W: io::Write> super::Reporter for Json<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { .. } => self.begin(),
            _ => Ok(()),
        }
    }

    fn on_case(&mut self, ended: &Ended) -> io::Result<()> {
        if !self.ordered.is_next(ended.case) {
            let mut value = Vec::new();
            self.value(&mut value, ended);
            self.ordered.keep(ended.case, value);
            return Ok(());
        }
        let mut value = std::mem::take(&mut self.room);
        value.clear();
        self.value(&mut value, ended);
        let written = self.case(&value);
        self.room = value;
        written?;
        for due in self.ordered.next() {
            self.case(&due)?;
        }
        Ok(())
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let end = object(Style::Whole, |object| {
            totals(object, outcome);
            object.flag("interrupted", outcome.interrupted);
            object.seconds("seconds", outcome.duration);
        });
        self.out.write_all(b"\n],")?;
        // It has begun.
        self.out.write_all(&end[1..])?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

//! The whole outcome as one JSON document, each case written when its turn has come.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::blocks::Blocks;
use super::chronicle::Ended;
use super::facts::RunFacts;
use super::object::{Object, Style, key, object, write_object};
use super::ordered::Ordered;
use super::values::{Values, shard, started, totals};
use super::written;
use crate::model::outcome::{Event, RunOutcome};

/// The JSON Schema of the report, and of the lines of the one that is a stream.
pub const SCHEMA: &str = include_str!("../../schemas/report.schema.json");

/// Writes the document.
pub struct Json<W> {
    out: Blocks<W>,
    facts: Arc<RunFacts>,
    /// Cases whose turn has not come, as they will be written: that is less than what they were.
    ordered: Ordered<Vec<u8>>,
    has_cases: bool,
}

impl<W: io::Write> Json<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Json {
            out: Blocks::new(out),
            facts,
            ordered: Ordered::default(),
            has_cases: false,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let head = object(Style::Whole, |object| {
            object.number(key!("format"), 1_u32);
            object.object(key!("tool"), |object| {
                object.text(key!("name"), env!("CARGO_PKG_NAME"));
                object.text(key!("version"), env!("CARGO_PKG_VERSION"));
            });
            object.text(key!("target"), &self.facts.target);
            object.maybe_number(key!("seed"), self.facts.seed);
            object.text(key!("started"), &started(&self.facts));
            shard(object, &self.facts);
        });
        // It goes on.
        self.out.write_all(&head[..head.len() - 1])?;
        self.out.write_all(b",\"cases\":[")?;
        // Where nothing can be written, nothing need be run.
        self.out.flush()
    }

    /// Begins a case, whose turn has come.
    fn next(&mut self) -> &mut Vec<u8> {
        let text = self.out.gathered();
        text.extend_from_slice(if self.has_cases { b",\n" } else { b"\n" });
        self.has_cases = true;
        text
    }
}

/// Most cases have less beside their steps.
const AROUND_STEPS: usize = 1024;

fn write_case(text: &mut Vec<u8>, facts: &RunFacts, ended: &Ended) {
    let steps = ended
        .steps
        .iter()
        .map(|step| written::json(step.written(facts)));
    write_object(text, Style::Whole, |object| {
        let steps = |object: &mut Object<'_>| object.jsons(key!("steps"), steps.clone());
        Values::whole(facts).case(object, &ended.outcome, &steps, &ended.printed);
    });
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
            // Thousands may have to wait, and none of them with room for more.
            let steps = ended.steps.iter();
            let steps = steps.map(|step| written::json(step.written(&self.facts)).len());
            let mut text = Vec::with_capacity(AROUND_STEPS + steps.sum::<usize>());
            write_case(&mut text, &self.facts, ended);
            self.ordered.keep(ended.case, text);
            return Ok(());
        }
        let facts = Arc::clone(&self.facts);
        write_case(self.next(), &facts, ended);
        self.out.put()?;
        // All others may have waited for this one: they are not there twice.
        for due in self.ordered.next() {
            self.next().extend_from_slice(&due);
            self.out.put()?;
        }
        Ok(())
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let end = object(Style::Whole, |object| {
            totals(object, outcome);
            object.flag(key!("interrupted"), outcome.interrupted);
            object.seconds(key!("seconds"), outcome.duration);
        });
        self.out.write_all(b"\n],")?;
        // It has begun.
        self.out.write_all(&end[1..])?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reporter as _;
    use super::super::tests::{about, case, facts};
    use super::*;
    use crate::model::outcome::Status;
    use std::cell::Cell;

    /// Keeps how long the longest piece was.
    struct Longest<'a>(&'a Cell<usize>);

    impl io::Write for Longest<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.set(self.0.get().max(bytes.len()));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn cases_that_waited_are_not_gathered_once_more() {
        let longest = Cell::new(0);
        let mut json = Json::new(Longest(&longest), facts());
        let outcome = Arc::new(case(about("a.yaml", "A"), Status::Passed));
        for case in (1..=2000).chain([0]) {
            let ended = Ended {
                case,
                outcome: Arc::clone(&outcome),
                steps: Vec::new(),
                printed: vec!["x".repeat(1000)],
            };
            json.on_case(&ended).unwrap();
        }
        assert!(
            (1..512 * 1024).contains(&longest.get()),
            "{}",
            longest.get()
        );
    }
}

//! TAP 14: a line a case, with what went wrong as YAML beneath it. The plan stands first, so that a stream which
//! ends early is short of lines, which readers take for a failure.

use serde_json::Value;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::chronicle::Ended;
use super::facts::RunFacts;
use super::ordered::Ordered;
use super::summary;
use super::text::{plural, visible, visible_line};
use super::values::{diff_text, kind_word, seconds, status_word};
use crate::model::bytes::has_any;
use crate::model::outcome::{
    DiffLine, Event, Failure, FailureKind, RunOutcome, SnapshotOutcome, Status,
};

/// A longer difference is cut.
const MOST_DIFF_LINES: usize = 120;

/// Writes the lines.
pub struct Tap<W> {
    out: W,
    facts: Arc<RunFacts>,
    ordered: Ordered<String>,
}

impl<W: io::Write> Tap<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Tap {
            out,
            facts,
            ordered: Ordered::default(),
        }
    }

    fn case(&self, ended: &Ended) -> String {
        let outcome = &ended.outcome;
        let name = [outcome.about.path.as_str(), &outcome.about.title()].join(": ");
        let number = ended.case + 1;
        let name = escaped(&name);
        let word = match &outcome.status {
            Status::Passed => "ok",
            Status::Skipped(reason) => {
                return format!("ok {number} - {name} # SKIP {}\n", escaped(reason));
            }
            Status::Failed | Status::Errored | Status::NotRun(_) => "not ok",
        };
        let mut block = Block(format!("{word} {number} - {name}\n  ---\n"));
        self.diagnostics(&mut block, ended);
        block.0.push_str("  ...\n");
        block.0
    }

    /// The block of YAML. Texts are written as JSON writes them, which YAML reads the same.
    fn diagnostics(&self, block: &mut Block, ended: &Ended) {
        let outcome = &ended.outcome;
        block.line(1, "status", status_word(&outcome.status).into());
        block.line(1, "seconds", seconds(outcome.duration).into());
        if outcome.is_flaky() {
            block.line(1, "flaky", summary::flaky(outcome).into());
        }
        if let Status::NotRun(reason) = &outcome.status {
            block.line(1, "reason", reason.as_str().into());
        }
        if outcome.status != Status::Passed {
            block.open("failures");
            for failure in &outcome.failures {
                self.failure(block, None, failure);
            }
            for step in &outcome.failed {
                for failure in &step.failures {
                    self.failure(block, Some(&step.label), failure);
                    if failure.kind == FailureKind::Snapshot {
                        difference(block, step.snapshot.as_ref());
                    }
                }
            }
            block.line(1, "rerun", self.facts.rerun(&outcome.about).into());
        }
    }

    fn failure(&self, block: &mut Block, step: Option<&str>, failure: &Failure) {
        block.item("kind", kind_word(failure.kind).into());
        let place = failure.span.map(|span| self.facts.sources.place(span));
        let members = [
            ("step", step),
            ("at", place.as_deref()),
            ("message", Some(failure.message.as_str())),
            ("expected", failure.expected.as_deref()),
            ("actual", failure.actual.as_deref()),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                // YAML takes fewer characters than JSON does.
                block.line(3, name, visible(value).into());
            }
        }
        if !failure.notes.is_empty() {
            block.line(
                3,
                "notes",
                failure.notes.iter().map(|note| visible(note)).collect(),
            );
        }
    }
}

/// What differs from a snapshot, a line a text; of one that is new there is nothing else to be told.
fn difference(block: &mut Block, snapshot: Option<&SnapshotOutcome>) {
    let Some(SnapshotOutcome::Different { diff, .. }) = snapshot else {
        return;
    };
    block.0.push_str("      diff:\n");
    let mut lines: Vec<String> = diff
        .iter()
        .take(MOST_DIFF_LINES)
        .map(|line| match line {
            DiffLine::Folded(count) => format!("… {}", plural(*count, "equal line")),
            line => visible_line(&diff_text(line)),
        })
        .collect();
    if diff.len() > MOST_DIFF_LINES {
        let more = plural(diff.len() - MOST_DIFF_LINES, "more line");
        lines.push(format!("… {more}"));
    }
    for line in lines {
        block
            .0
            .push_str(&format!("        - {}\n", Value::from(line)));
    }
}

/// Lines of YAML.
struct Block(String);

impl Block {
    fn line(&mut self, depth: usize, name: &str, value: Value) {
        for _ in 0..depth {
            self.0.push_str("  ");
        }
        self.0.push_str(name);
        // Memory takes every text.
        let _ = writeln!(self.0, ": {value}");
    }

    fn open(&mut self, name: &str) {
        self.0.push_str(&format!("  {name}:\n"));
    }

    fn item(&mut self, name: &str, value: Value) {
        self.0.push_str(&format!("    - {name}: {value}\n"));
    }
}

/// A description is one line, in which `#` begins a directive.
fn escaped(text: &str) -> String {
    let text = visible_line(text);
    if !has_any(text.as_bytes(), b"\\#") {
        return text;
    }
    text.replace('\\', "\\\\").replace('#', "\\#")
}

impl<W: io::Write> super::Reporter for Tap<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { cases, .. } = event {
            let why = if *cases == 0 { " # SKIP no cases" } else { "" };
            return writeln!(self.out, "TAP version 14\n1..{cases}{why}");
        }
        Ok(())
    }

    fn on_case(&mut self, ended: &Ended) -> io::Result<()> {
        let lines = self.case(ended);
        for due in self.ordered.put(ended.case, lines) {
            self.out.write_all(due.as_bytes())?;
        }
        Ok(())
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        if let Some(cut) = summary::cut(outcome) {
            writeln!(self.out, "# {cut}")?;
        }
        self.out.flush()
    }
}

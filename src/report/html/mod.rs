//! One page for those who would rather look than read. It needs no network and no other file.
//!
//! What is told of a case is written when the case ends, as a block of JSON that no browser runs; a line of each is
//! kept for the list. The page is drawn from them by its script, which makes text of everything and markup of nothing.

mod frame;
mod room;

use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

use super::facts::RunFacts;
use super::ordered::{Ended, Running};
use super::summary;
use super::text::visible_line;
use super::values::{case, seconds, shard, started, status_word, totals};
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome, Status};
use room::Room;

/// Characters of what went wrong, in the list.
const LONGEST_REASON: usize = 240;

/// Writes the page.
pub struct Html<W> {
    out: W,
    facts: Arc<RunFacts>,
    running: Running,
    room: Room,
    /// The line of each case that has ended, as JSON.
    lines: Vec<(CaseNumber, String)>,
}

impl<W: io::Write> Html<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Html {
            out,
            facts,
            running: Running::default(),
            room: Room::default(),
            lines: Vec::new(),
        }
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let outcome = &ended.outcome;
        let mut value = case(outcome, &ended.steps, &ended.printed, &self.facts);
        self.room.fit(&mut value, outcome.status == Status::Passed);
        let block = safe(&value);
        self.room.note(block.len());
        let number = ended.case + 1;
        self.lines.push((ended.case, safe(&line(number, outcome))));
        writeln!(
            self.out,
            "<script type=\"application/json\" id=\"data-{number}\">{block}</script>"
        )
    }

    fn facts(&self, outcome: &RunOutcome) -> Value {
        json!({
            "target": self.facts.target,
            "seed": self.facts.seed,
            "started": started(&self.facts),
            "shard": shard(&self.facts),
            "version": env!("CARGO_PKG_VERSION"),
            "totals": totals(outcome),
            "interrupted": outcome.interrupted,
            "seconds": seconds(outcome.duration),
        })
    }
}

impl<W: io::Write> super::Reporter for Html<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { .. } = event {
            return write!(self.out, "{}", frame::head(&self.facts));
        }
        match self.running.take(event) {
            Some(ended) => self.case(&ended),
            None => Ok(()),
        }
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.lines.sort_unstable_by_key(|(number, _)| *number);
        let facts = safe(&self.facts(outcome));
        write!(
            self.out,
            "<script type=\"application/json\" id=\"data-run\">{{\"facts\":{facts},\"cases\":["
        )?;
        for (at, (_, line)) in self.lines.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(self.out, "{comma}\n{line}")?;
        }
        writeln!(self.out, "]}}</script>")?;
        write!(self.out, "{}", frame::body(outcome, &self.facts))?;
        self.out.flush()
    }
}

/// A case in the list.
fn line(number: usize, outcome: &CaseOutcome) -> Value {
    let why = match &outcome.status {
        Status::Passed => String::new(),
        Status::Skipped(reason) => visible_line(reason),
        _ => summary::message(outcome),
    };
    let why = match why.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &why[..end]),
        None => why,
    };
    let flaky = outcome.is_flaky().then(|| summary::flaky(outcome));
    let earlier = |earlier: &Arc<CaseOutcome>| {
        json!({
            "status": status_word(&earlier.status),
            "seconds": seconds(earlier.duration),
            "began": seconds(earlier.began),
        })
    };
    let mut line = json!({
        "n": number,
        "title": outcome.about.title(),
        "path": outcome.about.path,
        "status": status_word(&outcome.status),
        "seconds": seconds(outcome.duration),
        "began": seconds(outcome.began),
        "worker": outcome.worker,
        "flaky": flaky,
        "why": why,
        "earlier": outcome.earlier.iter().map(earlier).collect::<Vec<_>>(),
    });
    room::lean(&mut line);
    line
}

/// JSON that can stand in a page: nothing in it looks like the end of the block that it stands in, or like a comment.
fn safe(value: &Value) -> String {
    let text = value.to_string();
    // It can only stand in a text.
    if text.contains('<') {
        text.replace('<', "\\u003c")
    } else {
        text
    }
}

//! One page for those who would rather look than read. It needs no network and no other file.
//!
//! What is told of a case is written when the case ends, as a block of JSON that no browser runs; a line of each is
//! kept for the list. The page is drawn from them by its script, which makes text of everything and markup of nothing.

mod frame;
mod room;

use std::io::{self, Write as _};
use std::sync::Arc;

use super::blocks::Blocks;
use super::chronicle::Ended;
use super::facts::RunFacts;
use super::letters::digits;
use super::object::{Object, Style, key, object, write_object};
use super::summary;
use super::text::visible_line;
use super::values::{Known, Values, shard, started, status_word, totals};
use crate::model::bytes::has_any;
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, RunOutcome, Status};
use room::Length;

/// Characters of what went wrong, in the list.
const LONGEST_REASON: usize = 240;

/// Writes the page.
pub struct Html<W> {
    out: Blocks<W>,
    facts: Arc<RunFacts>,
    length: Length,
    /// The line of each case that has ended, as JSON.
    lines: Vec<(CaseNumber, Vec<u8>)>,
}

impl<W: io::Write> Html<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Html {
            out: Blocks::new(out),
            facts,
            length: Length::default(),
            lines: Vec::new(),
        }
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let outcome = &ended.outcome;
        let values = Values {
            facts: &self.facts,
            room: self.length.room(outcome.status == Status::Passed),
            known: Known::Nothing,
            has_pictures: self.length.has_room_for_pictures(),
        };
        let steps = |object: &mut Object<'_>| {
            object.objects(key!("steps"), &ended.steps, |object, step| {
                let known = step.if_written().map_or(Known::Nothing, Known::Written);
                Values { known, ..values }.step(object, &step.outcome);
            });
        };
        let number = ended.case + 1;
        let text = self.out.gathered();
        text.extend_from_slice(b"<script type=\"application/json\" id=\"data-");
        digits(text, number as u64);
        text.extend_from_slice(b"\">");
        let start = text.len();
        write_object(text, Style::Lean, |object| {
            values.case(object, outcome, &steps, &ended.printed);
        });
        make_safe(text, start);
        self.length.note(text.len() - start);
        text.extend_from_slice(b"</script>\n");
        let mut line = object(Style::Lean, |object| line(object, number, outcome));
        make_safe(&mut line, 0);
        self.lines.push((ended.case, line));
        self.out.put()
    }

    fn facts(&self, outcome: &RunOutcome) -> Vec<u8> {
        let mut facts = object(Style::Whole, |object| {
            object.text(key!("target"), &self.facts.target);
            object.maybe_number(key!("seed"), self.facts.seed);
            object.text(key!("started"), &started(&self.facts));
            shard(object, &self.facts);
            object.text(key!("version"), env!("CARGO_PKG_VERSION"));
            totals(object, outcome);
            object.flag(key!("interrupted"), outcome.interrupted);
            object.seconds(key!("seconds"), outcome.duration);
        });
        make_safe(&mut facts, 0);
        facts
    }
}

impl<W: io::Write> super::Reporter for Html<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { .. } = event {
            write!(self.out, "{}", frame::head(&self.facts))?;
            // Where nothing can be written, nothing need be run.
            return self.out.flush();
        }
        Ok(())
    }

    fn on_case(&mut self, ended: &Ended) -> io::Result<()> {
        self.case(ended)
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.lines.sort_unstable_by_key(|(number, _)| *number);
        self.out
            .write_all(b"<script type=\"application/json\" id=\"data-run\">{\"facts\":")?;
        self.out.write_all(&self.facts(outcome))?;
        self.out.write_all(b",\"cases\":[")?;
        for (at, (_, line)) in self.lines.iter().enumerate() {
            self.out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            self.out.write_all(line)?;
        }
        writeln!(self.out, "]}}</script>")?;
        write!(self.out, "{}", frame::body(outcome, &self.facts))?;
        self.out.flush()
    }
}

/// A case in the list.
fn line(object: &mut Object<'_>, number: usize, outcome: &CaseOutcome) {
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
    object.number(key!("n"), number);
    object.text(key!("title"), &outcome.about.title());
    object.text(key!("path"), &outcome.about.path);
    attempt(object, outcome);
    object.number(key!("worker"), outcome.worker);
    object.maybe_text(key!("flaky"), flaky.as_deref());
    object.text(key!("why"), &why);
    object.objects(key!("earlier"), &outcome.earlier, |object, earlier| {
        attempt(object, earlier);
    });
}

fn attempt(object: &mut Object<'_>, outcome: &CaseOutcome) {
    object.word(key!("status"), status_word(&outcome.status));
    object.seconds(key!("seconds"), outcome.duration);
    object.seconds(key!("began"), outcome.began);
}

/// Makes JSON, from there on, such that it can stand in a page: nothing in it looks like the end of the block that it
/// stands in, or like a comment.
fn make_safe(text: &mut Vec<u8>, start: usize) {
    // It can only stand in a text.
    if !has_any(&text[start..], b"<") {
        return;
    }
    let json = text.split_off(start);
    for part in json.split_inclusive(|byte| *byte == b'<') {
        match part.strip_suffix(b"<") {
            Some(before) => {
                text.extend_from_slice(before);
                text.extend_from_slice(b"\\u003c");
            }
            None => text.extend_from_slice(part),
        }
    }
}

//! HTTP Archive 1.2: what was sent and received, for programs that read archives of browsers. A page is a case.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::blocks::Blocks;
use super::chronicle::{Ended, Step};
use super::facts::RunFacts;
use super::har_entry::{Entries, comment};
use super::object::{Style, key, object};
use super::summary;
use super::text::visible_line;
use super::values::status_word;
use super::written::{self, Parts};
use crate::model::outcome::{CaseOutcome, Event, RunOutcome, Status, StepOutcome, Written};

/// Writes the archive, the exchanges of each case when it ends.
pub struct Har<W> {
    out: Blocks<W>,
    facts: Arc<RunFacts>,
    has_entries: bool,
    entries: Entries,
    /// Room for an entry.
    entry: Vec<u8>,
    /// The pages, which are small, as JSON.
    pages: Vec<(usize, Vec<u8>)>,
}

impl<W: io::Write> Har<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Har {
            out: Blocks::new(out),
            entries: Entries::new(&facts),
            facts,
            has_entries: false,
            entry: Vec::new(),
            pages: Vec::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let log = object(Style::Whole, |object| {
            object.text(key!("version"), "1.2");
            object.object(key!("creator"), |object| {
                object.text(key!("name"), env!("CARGO_PKG_NAME"));
                object.text(key!("version"), env!("CARGO_PKG_VERSION"));
            });
            let target = visible_line(&self.facts.target);
            object.text(key!("comment"), &format!("target: {target}"));
        });
        self.out.write_all(b"{\"log\":")?;
        // It goes on.
        self.out.write_all(&log[..log.len() - 1])?;
        self.out.write_all(b",\"entries\":[")?;
        // Where nothing can be written, nothing need be run.
        self.out.flush()
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let id = format!("case-{}", ended.case + 1);
        let outcome = &ended.outcome;
        self.pages.push((ended.case, self.page(&id, outcome)));
        for (attempt, earlier) in outcome.earlier.iter().enumerate() {
            for step in &earlier.failed {
                let comment = format!("{}, attempt {}", comment(step), attempt + 1);
                self.step(&id, step, None, &comment);
            }
        }
        for step in &ended.steps {
            self.told(&id, step);
        }
        self.out.put()
    }

    /// A step whose entries may have been written where it ran.
    fn told(&mut self, page: &str, step: &Step) {
        let written = step.if_written();
        let mut entries = written.into_iter().flat_map(written::entries).peekable();
        if entries.peek().is_some() {
            return entries.for_each(|entry| self.put(page, entry));
        }
        let outcome = &step.outcome;
        if !outcome.exchanges.is_empty() {
            self.step(page, outcome, written, &comment(outcome));
        }
    }

    fn step(&mut self, page: &str, step: &StepOutcome, written: Option<&Written>, comment: &str) {
        for (index, exchange) in step.exchanges.iter().enumerate() {
            let known = written.and_then(|written| written::pieces(written, index));
            let mut entry = std::mem::take(&mut self.entry);
            entry.clear();
            self.entries
                .write(&mut entry, exchange, known.map(Parts::from), comment);
            self.put(page, [&entry[..]]);
            self.entry = entry;
        }
    }

    /// Puts an entry on its page.
    fn put<'t>(&mut self, page: &str, entry: impl IntoIterator<Item = &'t [u8]>) {
        let text = self.out.gathered();
        text.extend_from_slice(if self.has_entries { b",\n" } else { b"\n" });
        self.has_entries = true;
        text.extend_from_slice(b"{\"pageref\":\"");
        // Pages are called by numbers, in which nothing is escaped.
        text.extend_from_slice(page.as_bytes());
        text.extend_from_slice(b"\",");
        // It has begun.
        let mut begun = 1;
        for part in entry {
            text.extend_from_slice(&part[begun..]);
            begun = 0;
        }
    }

    fn page(&self, id: &str, outcome: &CaseOutcome) -> Vec<u8> {
        let word = status_word(&outcome.status);
        let comment = match &outcome.status {
            Status::Passed if outcome.is_flaky() => format!("{word}, flaky"),
            Status::Passed => word.to_owned(),
            Status::Skipped(reason) => format!("{word}: {}", visible_line(reason)),
            _ => format!("{word}: {}", summary::message(outcome)),
        };
        object(Style::Whole, |object| {
            object.text(key!("startedDateTime"), &self.entries.moment(outcome.began));
            object.text(key!("id"), id);
            let title = format!("{} ({})", outcome.about.title(), outcome.about.path);
            object.text(key!("title"), &title);
            object.object(key!("pageTimings"), |object| {
                object.json(key!("onContentLoad"), b"-1");
                object.milliseconds(key!("onLoad"), outcome.duration);
            });
            object.text(key!("comment"), &comment);
        })
    }
}

impl<W: io::Write> super::Reporter for Har<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { .. } = event {
            return self.begin();
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
        self.pages.sort_unstable_by_key(|(number, _)| *number);
        write!(self.out, "\n],\"pages\":[")?;
        for (at, (_, page)) in self.pages.iter().enumerate() {
            self.out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            self.out.write_all(page)?;
        }
        let interrupted = outcome.interrupted;
        writeln!(self.out, "\n],\"_interrupted\":{interrupted}}}}}")?;
        self.out.flush()
    }
}

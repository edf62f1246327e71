//! For GitHub Actions: what failed, as annotations at the lines of the files, and a summary of the job.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diagnostics::{command_data, property};
use super::facts::RunFacts;
use super::summary;
use super::text::{shown_path, visible_line};
use crate::model::duration;
use crate::model::outcome::{CaseOutcome, Event, Failure, RunOutcome, Status};
use crate::model::source::Span;

/// Lines of a diff that an annotation has.
const MOST_CHANGED: usize = 20;
/// Lines of a failure's notes that it has.
const MOST_NOTES: usize = 10;

/// Writes workflow commands, as cases end.
pub struct Github<W> {
    out: W,
    facts: Arc<RunFacts>,
    /// The folder of the repository, which annotations count paths from.
    repository: PathBuf,
}

impl<W: io::Write> Github<W> {
    /// A report to that writer. Paths are seen from the repository's folder.
    pub fn new(out: W, facts: Arc<RunFacts>, repository: PathBuf) -> Self {
        Github {
            out,
            facts,
            repository,
        }
    }

    /// One annotation a step: GitHub shows ten of them and drops the rest.
    fn case(&mut self, outcome: &CaseOutcome) -> io::Result<()> {
        let title = outcome.about.title();
        let mut text = String::new();
        match &outcome.status {
            Status::Passed if outcome.is_flaky() => {
                let message = format!("flaky: {}", summary::flaky(outcome));
                self.command(&mut text, "warning", None, outcome, &title, &message);
            }
            Status::Passed | Status::Skipped(_) => {}
            Status::NotRun(reason) => {
                let message = format!("not run: {reason}");
                self.command(&mut text, "error", None, outcome, &title, &message);
            }
            Status::Failed | Status::Errored => self.failures(&mut text, outcome, &title),
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn failures(&self, text: &mut String, outcome: &CaseOutcome, title: &str) {
        let rerun = format!("rerun: {}", self.facts.rerun(&outcome.about));
        for failure in &outcome.failures {
            let message = format!("{}\n{rerun}", told(failure));
            self.command(text, "error", failure.span, outcome, title, &message);
        }
        for step in &outcome.failed {
            let span = step.failures.iter().find_map(|failure| failure.span);
            let mut lines: Vec<String> = step.failures.iter().map(told).collect();
            if lines.is_empty() {
                lines.push(step.summary.clone());
            }
            lines.extend(summary::changed(step, MOST_CHANGED));
            let message = format!("{}: {}\n{rerun}", step.label, lines.join("\n"));
            let span = Some(span.unwrap_or(step.span));
            self.command(text, "error", span, outcome, title, &message);
        }
        if text.is_empty() {
            self.command(text, "error", None, outcome, title, &rerun);
        }
    }

    fn command(
        &self,
        text: &mut String,
        word: &str,
        span: Option<Span>,
        outcome: &CaseOutcome,
        title: &str,
        message: &str,
    ) {
        let (path, place) = match span {
            Some(span) => {
                let position = self.facts.sources.position(span);
                (
                    self.facts.sources.get(span.file).path.as_str(),
                    format!(",line={},col={}", position.line, position.column),
                )
            }
            None => (outcome.about.path.as_str(), ",line=1".to_owned()),
        };
        let whole = self.facts.working_folder.join(path);
        let _ = writeln!(
            text,
            "::{word} file={}{place},title={}::{}",
            property(&shown_path(&plain(&whole), &self.repository)),
            property(title),
            command_data(message)
        );
    }
}

/// The path without `..`, which annotations do not follow.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            std::path::Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

fn told(failure: &Failure) -> String {
    let mut told = failure.message.clone();
    if let Some(expected) = &failure.expected {
        let _ = write!(told, "\n  expected {expected}");
    }
    if let Some(actual) = &failure.actual {
        let _ = write!(told, "\n  got      {actual}");
    }
    let notes = failure.notes.iter().flat_map(|note| note.lines());
    for line in notes.take(MOST_NOTES) {
        let _ = write!(told, "\n  {line}");
    }
    told
}

impl<W: io::Write> super::Reporter for Github<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::CaseFinished { outcome, .. } => self.case(outcome),
            _ => Ok(()),
        }
    }

    fn on_end(&mut self, _outcome: &RunOutcome) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes the summary of the job: the totals, and a table of what a person must look at.
pub struct GithubSummary<W> {
    out: W,
    facts: Arc<RunFacts>,
}

/// GitHub drops a summary of more than a mebibyte, whole.
const MOST_ROWS: usize = 500;

impl<W: io::Write> GithubSummary<W> {
    /// A report to that writer, which adds to what stands there.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        GithubSummary { out, facts }
    }

    /// Where to look: the line of the first failure, else the file.
    fn place(&self, outcome: &CaseOutcome) -> String {
        let in_steps = outcome.failed.iter().flat_map(|step| {
            let spans = step.failures.iter().filter_map(|failure| failure.span);
            spans.chain([step.span])
        });
        let outside = outcome.failures.iter().filter_map(|failure| failure.span);
        match outside.chain(in_steps).next() {
            Some(span) => {
                let path = &self.facts.sources.get(span.file).path;
                format!("{path}:{}", self.facts.sources.position(span).line)
            }
            None => outcome.about.path.clone(),
        }
    }

    fn row(&self, outcome: &CaseOutcome) -> Option<String> {
        let (word, why) = match &outcome.status {
            Status::Passed if outcome.is_flaky() => ("⚠️ flaky", summary::flaky(outcome)),
            Status::Passed => return None,
            Status::Failed => ("❌ failed", first(outcome)),
            Status::Errored => ("❌ errored", first(outcome)),
            Status::Skipped(reason) => ("⏭️ skipped", reason.clone()),
            Status::NotRun(reason) => ("❌ not run", reason.clone()),
        };
        let rerun = if matches!(outcome.status, Status::Failed | Status::Errored) {
            format!("<code>{}</code>", cell(&self.facts.rerun(&outcome.about)))
        } else {
            String::new()
        };
        Some(format!(
            "| {word} | {} | {} | {} | {rerun} |\n",
            cell(&outcome.about.title()),
            cell(&self.place(outcome)),
            cell(&why)
        ))
    }
}

fn first(outcome: &CaseOutcome) -> String {
    let in_steps = outcome.failed.iter().flat_map(|step| &step.failures);
    let mut all = outcome.failures.iter().chain(in_steps);
    let mut told = all.next().map(told).unwrap_or_default();
    if let Some(step) = outcome
        .failed
        .first()
        .filter(|_| outcome.failures.is_empty())
    {
        for line in summary::changed(step, 2) {
            told.push_str(&format!(" {line}"));
        }
    }
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cell of a table: no markup, one line, not endless.
fn cell(text: &str) -> String {
    let mut short: String = visible_line(text).chars().take(300).collect();
    if short.len() < visible_line(text).len() {
        short.push('…');
    }
    let mut cell = String::new();
    for character in short.chars() {
        match character {
            '&' => cell.push_str("&amp;"),
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' => {
                let _ = write!(cell, "&#{};", u32::from(character));
            }
            other => cell.push(other),
        }
    }
    cell
}

impl<W: io::Write> super::Reporter for GithubSummary<W> {
    fn on_event(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let cut = summary::cut(outcome).map_or(String::new(), |cut| format!(", {cut}"));
        let mut text = format!(
            "### sammati: {} passed, {} failed, {} errored, {} skipped, {} not run, in {}{cut}\n",
            outcome.count(|status| *status == Status::Passed),
            outcome.count(|status| *status == Status::Failed),
            outcome.count(|status| *status == Status::Errored),
            outcome.count(|status| matches!(status, Status::Skipped(_))),
            outcome.count(|status| matches!(status, Status::NotRun(_))),
            duration::display(outcome.duration)
        );
        let rows: Vec<String> = outcome
            .cases
            .iter()
            .filter_map(|case| self.row(case))
            .collect();
        if !rows.is_empty() {
            text.push_str("\n| | Case | File | Why | Rerun |\n| --- | --- | --- | --- | --- |\n");
        }
        rows.iter()
            .take(MOST_ROWS)
            .for_each(|row| text.push_str(row));
        if rows.len() > MOST_ROWS {
            let _ = writeln!(text, "\n… and {} more", rows.len() - MOST_ROWS);
        }
        text.push('\n');
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

//! The report for people: a line a case as it ends, the failures in full, one summary line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::alike::Alike;
use super::exchange;
use super::facts::RunFacts;
use super::failure::{self, Context, status_word, title};
use super::fitted;
use super::nobody;
use super::style::{Palette, paint};
use super::summary;
use super::text::{plural, shell_word, shown_path, visible, visible_line};
use super::width::columns;
use crate::model::diagnostic::Color;
use crate::model::duration;
use crate::model::outcome::{
    CaseNumber, CaseOutcome, Event, RunOutcome, SnapshotOutcome, Status, StepOutcome,
};

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Failures and the summary.
    Quiet,
    /// A line a case, too.
    Cases,
    /// A line a step, too.
    Steps,
    /// Whole requests and responses, too.
    Exchanges,
}

/// What the report must know of the world.
#[derive(Clone, Debug)]
pub struct TerminalSettings {
    /// Whether there are colours.
    pub color: Color,
    /// How much is written.
    pub verbosity: Verbosity,
    /// What all reports of the run must know.
    pub facts: Arc<RunFacts>,
    /// How many columns a terminal has: a line that is longer leaves out what matters least.
    pub columns: Option<usize>,
}

/// Writes the report. What a case has to say is kept until it ends, so that cases never mix.
pub struct Terminal<W> {
    out: W,
    palette: Palette,
    settings: TerminalSettings,
    waiting: HashMap<CaseNumber, String>,
}

/// How many lines of a failing step's answer are shown.
const ANSWER_LINES: usize = 16;
/// The same where more was asked for.
const ANSWER_LINES_VERBOSE: usize = 80;
/// A label is padded to this width, so that the column after it is straight for most.
const LABEL_WIDTH: usize = 22;
/// What stands before a case's name: the word, the time and the spaces between them.
const CASE_INDENT: usize = 16;
/// The same before a step's label.
const STEP_INDENT: usize = CASE_INDENT + 4;
/// What came of a step stands below its label where there is less room beside it.
const SHORTEST_CALL: usize = 28;

impl<W: io::Write> Terminal<W> {
    /// A report to that writer.
    pub fn new(out: W, settings: TerminalSettings) -> Self {
        Terminal {
            out,
            palette: Palette::new(settings.color),
            settings,
            waiting: HashMap::new(),
        }
    }

    fn step(&mut self, case: CaseNumber, step: &StepOutcome) {
        if self.settings.verbosity < Verbosity::Steps {
            return;
        }
        let palette = &self.palette;
        let mut line = format!(
            "    {}  {}",
            status(&step.status, &step.duration, palette),
            visible_line(&step.label)
        );
        let missing = LABEL_WIDTH.saturating_sub(columns(&step.label));
        let mut tail = String::new();
        if step.is_flaky() {
            let _ = write!(tail, ", {}", paint(palette.warn, "flaky"));
        }
        tail.push_str(match &step.snapshot {
            Some(SnapshotOutcome::Same) => ", snapshot same",
            Some(SnapshotOutcome::Updated(_)) => ", snapshot updated",
            Some(SnapshotOutcome::New { .. }) => ", snapshot new",
            Some(SnapshotOutcome::Different { .. }) => ", snapshot different",
            None => "",
        });
        let rest = match &step.status {
            Status::Skipped(reason) | Status::NotRun(reason) => visible_line(reason),
            // A step without an id is called by what it does, which need not be said twice.
            _ => visible_line(
                step.summary
                    .strip_prefix(&step.label)
                    .unwrap_or(&step.summary)
                    .trim_start(),
            ),
        };
        if !rest.is_empty() {
            let beside = STEP_INDENT + columns(&step.label) + missing + 2;
            let tail = fitted::painted(&tail);
            let room = self.settings.columns.unwrap_or(usize::MAX);
            let is_below = beside + tail + columns(&rest).min(SHORTEST_CALL) > room;
            let (before, taken) = if is_below {
                (format!("\n{:STEP_INDENT$}", ""), STEP_INDENT + tail)
            } else {
                (format!("{:missing$}  ", ""), beside + tail)
            };
            let rest = fitted::call(&rest, self.settings.columns, taken);
            let _ = write!(line, "{before}{}", paint(palette.dim, rest));
        }
        line.push_str(&tail);
        line.push('\n');
        if self.settings.verbosity >= Verbosity::Exchanges {
            for exchange in &step.exchanges {
                line.push_str(&exchange::whole(exchange, "        ", palette));
                line.push('\n');
            }
        }
        self.waiting.entry(case).or_default().push_str(&line);
    }

    /// How many columns a case's line takes without its file's path.
    fn taken(outcome: &CaseOutcome, tail: &str) -> usize {
        CASE_INDENT + columns(&visible_line(&outcome.about.title())) + fitted::painted(tail)
    }

    /// What a case is called, with as much of its file's path as its line has room for.
    fn fitted_title(&self, outcome: &CaseOutcome, tail: &str) -> String {
        let Some(columns) = self.settings.columns else {
            return title(outcome, &self.palette);
        };
        let room = columns.saturating_sub(Self::taken(outcome, tail) + " ()".len());
        let name = paint(self.palette.strong, visible_line(&outcome.about.title()));
        match fitted::path(&visible_line(&outcome.about.path), room) {
            Some(path) => format!("{name} {}", paint(self.palette.dim, format!("({path})"))),
            None => name,
        }
    }

    /// A case that failed and runs again. What it had to say is shown where steps are.
    fn attempt(&mut self, case: CaseNumber, outcome: &CaseOutcome) -> io::Result<()> {
        let details = self.waiting.remove(&case).unwrap_or_default();
        if self.settings.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        writeln!(
            self.out,
            "{}  {}, {}",
            status(&outcome.status, &outcome.duration, &self.palette),
            self.fitted_title(outcome, ", runs again"),
            paint(self.palette.warn, "runs again")
        )?;
        if self.settings.verbosity >= Verbosity::Steps {
            write!(self.out, "{details}")?;
        }
        self.out.flush()
    }

    fn case(&mut self, case: CaseNumber, outcome: &CaseOutcome) -> io::Result<()> {
        let details = self.waiting.remove(&case).unwrap_or_default();
        // The one that failed is not to be looked for among those that it stopped: the summary counts them.
        let is_stopped = outcome.status.is_stopped();
        let shown_from = if is_stopped {
            Verbosity::Steps
        } else {
            Verbosity::Cases
        };
        if self.settings.verbosity < shown_from {
            return Ok(());
        }
        let palette = &self.palette;
        let mut tail = String::new();
        let counts = &outcome.counts;
        let all = counts.passed + counts.failed + counts.skipped + counts.not_run;
        let steps = format!(", {}", plural(all, "step"));
        match &outcome.status {
            Status::Skipped(reason) | Status::NotRun(reason) => {
                let _ = write!(tail, ": {}", visible_line(reason));
            }
            Status::Passed => {
                tail.push_str(&steps);
                if counts.skipped > 0 {
                    let _ = write!(tail, ", {} skipped", counts.skipped);
                }
            }
            Status::Failed | Status::Errored => {
                let _ = write!(
                    tail,
                    ", {} of {} passed",
                    counts.passed,
                    plural(all, "step")
                );
            }
        }
        let flaky = paint(palette.warn, "flaky");
        let why = match outcome.is_flaky() {
            true => format!(": {}", visible_line(&summary::flaky(outcome))),
            false => String::new(),
        };
        if outcome.is_flaky() {
            let _ = write!(tail, ", {flaky}{why}");
        }
        if outcome.interrupted && !tail.ends_with("interrupted") {
            tail.push_str(", interrupted");
        }
        // What a line has no room for is said at the end, or matters little.
        for less in [steps, why] {
            let is_too_long = |columns| Self::taken(outcome, &tail) > columns;
            if outcome.status == Status::Passed && self.settings.columns.is_some_and(is_too_long) {
                tail = tail.replacen(&less, "", 1);
            }
        }
        let line = format!(
            "{}  {}{tail}",
            status(&outcome.status, &outcome.duration, palette),
            self.fitted_title(outcome, &tail)
        );
        writeln!(self.out, "{line}")?;
        write!(self.out, "{details}")?;
        for warning in &outcome.warnings {
            writeln!(
                self.out,
                "    {} {}",
                paint(self.palette.warn, "warning:"),
                visible(warning)
            )?;
        }
        self.out.flush()
    }
}

impl<W: io::Write> super::Reporter for Terminal<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted { .. }
            | Event::CaseStarted { .. }
            | Event::ConsentWanted { .. }
            | Event::Polling { .. } => Ok(()),
            Event::Printed { case, text } => {
                let bar = paint(self.palette.accent, '|');
                let lines = self.waiting.entry(*case).or_default();
                for line in text.split('\n') {
                    let _ = writeln!(lines, "    {bar} {}", visible(line.trim_end_matches('\r')));
                }
                Ok(())
            }
            Event::StepFinished { case, step } => {
                self.step(*case, step);
                Ok(())
            }
            Event::AttemptFailed { case, outcome } => self.attempt(*case, outcome),
            Event::CaseFinished { case, outcome } => self.case(*case, outcome),
        }
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let context = Context {
            palette: self.palette,
            facts: &self.settings.facts,
            columns: self.settings.columns,
            answer_lines: match self.settings.verbosity {
                Verbosity::Quiet | Verbosity::Cases => ANSWER_LINES,
                Verbosity::Steps => ANSWER_LINES_VERBOSE,
                // It is in the report already.
                Verbosity::Exchanges => 0,
            },
        };
        let mut text = String::new();
        let mut first = self.settings.verbosity == Verbosity::Quiet;
        let mut alike = Alike::default();
        let is_all_shown = self.settings.verbosity >= Verbosity::Steps;
        for case in &outcome.cases {
            if matches!(case.status, Status::Failed | Status::Errored)
                && (is_all_shown || alike.is_shown(case))
            {
                if !std::mem::take(&mut first) {
                    text.push('\n');
                }
                text.push_str(&failure::case(case, &context));
            }
        }
        let have_lines = self.settings.verbosity > Verbosity::Quiet;
        alike.tell(&mut text, &context, have_lines);
        if !text.is_empty() || self.settings.verbosity > Verbosity::Quiet {
            text.push('\n');
        }
        let pending = summary::pending(outcome);
        if pending > 0 {
            let facts = &self.settings.facts;
            let which = match &facts.pending_folder {
                Some(folder) => {
                    let folder = shown_path(folder, &facts.working_folder);
                    format!(" {}", shell_word(&folder))
                }
                None => String::new(),
            };
            let verb = if pending == 1 { "waits" } else { "wait" };
            let _ = writeln!(
                text,
                "{} {verb} for a review: {}",
                plural(pending, "snapshot"),
                paint(self.palette.accent, format!("sammati review{which}"))
            );
        }
        if let Some(count) = outcome.unreferenced.filter(|count| *count > 0) {
            let verb = if count == 1 { "is" } else { "are" };
            let _ = writeln!(
                text,
                "{} {verb} made by no step; to see which: {}",
                plural(count, "snapshot"),
                paint(self.palette.accent, "sammati snapshots --unreferenced")
            );
        }
        for path in &outcome.idle_rules {
            let path = visible_line(path);
            let _ = writeln!(
                text,
                "{}",
                format_args!(
                    "{} the snapshot rule for `{path}` did nothing to any response",
                    paint(self.palette.warn, "warning:")
                )
            );
        }
        if let Some(flaky) = summary::flaky_cases(outcome) {
            let _ = writeln!(text, "{} {flaky}", paint(self.palette.warn, "flaky:"));
        }
        if let Some(slowest) = summary::slowest(outcome) {
            let _ = writeln!(text, "{}", paint(self.palette.dim, slowest));
        }
        let target = &self.settings.facts.target;
        if let Some(advice) = nobody::advice(outcome, target, &self.palette) {
            let _ = writeln!(text, "{advice}");
        }
        let _ = writeln!(text, "{}", summary::line(outcome, &self.palette));
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// The word and the time, in columns of their own.
fn status(status: &Status, duration: &std::time::Duration, palette: &Palette) -> String {
    let style = match status {
        Status::Passed => palette.good,
        Status::Failed | Status::Errored => palette.bad,
        Status::Skipped(_) | Status::NotRun(_) => palette.warn,
    };
    let time = match status {
        Status::Skipped(_) | Status::NotRun(_) => String::new(),
        _ => duration::display(*duration),
    };
    format!(
        "{} {}",
        paint(style, format!("{:7}", status_word(status))),
        paint(palette.dim, format!("{time:>6}"))
    )
}

//! JUnit's XML: a suite a scenario file, a testcase a case. What failed, what errored and what was skipped are kept
//! apart, and so are a case that passed at last (flaky) and one that failed each time (rerun).

use quick_junit::{
    NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString,
};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::chronicle::Ended;
use super::facts::RunFacts;
use super::ordered::Ordered;
use super::summary;
use super::text::{visible, visible_line};
use super::values::kind_word;
use crate::model::outcome::{CaseOutcome, Event, RunOutcome, Status};

/// Writes the document, at the end.
pub struct Junit<W> {
    out: W,
    facts: Arc<RunFacts>,
    ordered: Ordered<Made>,
    suites: Vec<TestSuite>,
}

/// A testcase, and the suite that it will be in.
struct Made {
    path: XmlString,
    case: TestCase,
    duration: Duration,
}

impl<W: io::Write> Junit<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Junit {
            out,
            facts,
            ordered: Ordered::default(),
            suites: Vec::new(),
        }
    }

    fn case(&self, ended: &Ended) -> Made {
        let outcome = &ended.outcome;
        let about = &outcome.about;
        let path = self.path(visible_line(&about.path));
        let mut case = TestCase::new(visible_line(&about.title()), self.status(outcome));
        case.set_classname(path.clone()).set_time(outcome.duration);
        case.set_assertions(ended.steps.len());
        if outcome.is_flaky() {
            case.add_property(("flaky", visible_line(&summary::flaky(outcome)).as_str()));
        }
        for warning in &outcome.warnings {
            case.add_property(("warning", visible_line(warning).as_str()));
        }
        Made {
            path,
            case,
            duration: outcome.duration,
        }
    }

    /// A path as XML has it. That takes long to find out, and most cases stand in the file of those before them.
    fn path(&self, path: String) -> XmlString {
        let last = self.suites.last().map(|suite| &suite.name);
        match last.filter(|name| name.as_str() == path) {
            Some(known) => known.clone(),
            None => path.into(),
        }
    }

    fn add(&mut self, made: Made) {
        let Made {
            path,
            case,
            duration,
        } = made;
        let same = |suite: &&mut TestSuite| suite.name == path;
        // Cases come in the plan's order, so those of one file come together.
        if let Some(suite) = self.suites.last_mut().filter(same) {
            add(suite, case, duration);
        } else {
            let mut suite = TestSuite::new(path);
            suite.add_property(("target", self.facts.target.as_str()));
            if let Some(seed) = self.facts.seed {
                suite.add_property(("seed", seed.to_string().as_str()));
            }
            add(&mut suite, case, duration);
            self.suites.push(suite);
        }
    }

    fn status(&self, outcome: &CaseOutcome) -> TestCaseStatus {
        let mut status = match &outcome.status {
            Status::Passed => TestCaseStatus::success(),
            Status::Skipped(reason) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(visible_line(reason));
                return status;
            }
            Status::Failed | Status::Errored | Status::NotRun(_) => {
                let mut status = TestCaseStatus::non_success(kind(&outcome.status));
                status
                    .set_message(summary::message(outcome))
                    .set_type(type_word(outcome))
                    .set_description(self.facts.story(outcome));
                status
            }
        };
        for earlier in &outcome.earlier {
            status.add_rerun(self.rerun(earlier));
        }
        status
    }

    fn rerun(&self, earlier: &CaseOutcome) -> TestRerun {
        let mut rerun = TestRerun::new(kind(&earlier.status));
        rerun
            .set_message(summary::message(earlier))
            .set_type(type_word(earlier))
            .set_time(earlier.duration)
            .set_description(self.facts.story(earlier));
        rerun
    }
}

fn add(suite: &mut TestSuite, case: TestCase, duration: Duration) {
    suite.add_test_case(case);
    suite.set_time(suite.time.unwrap_or_default() + duration);
}

/// What was meant to run and did not is no success; nor did anything answer wrongly.
fn kind(status: &Status) -> NonSuccessKind {
    if *status == Status::Failed {
        NonSuccessKind::Failure
    } else {
        NonSuccessKind::Error
    }
}

fn type_word(outcome: &CaseOutcome) -> &'static str {
    if matches!(outcome.status, Status::NotRun(_)) {
        return "not_run";
    }
    let in_steps = outcome.failed.iter().flat_map(|step| &step.failures);
    let mut all = outcome.failures.iter().chain(in_steps);
    all.next()
        .map_or("failed", |failure| kind_word(failure.kind))
}

impl<W: io::Write> super::Reporter for Junit<W> {
    fn on_event(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }

    fn on_case(&mut self, ended: &Ended) -> io::Result<()> {
        let made = self.case(ended);
        for due in self.ordered.put(ended.case, made) {
            self.add(due);
        }
        Ok(())
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        let mut report = Report::new(env!("CARGO_PKG_NAME"));
        report.set_time(outcome.duration);
        report.add_test_suites(self.suites.drain(..));
        let text = report.to_string().map_err(io::Error::other)?;
        // Whatever a text came from, XML takes no other characters; and no markup has any of these.
        self.out.write_all(visible(&text).as_bytes())?;
        self.out.flush()
    }
}

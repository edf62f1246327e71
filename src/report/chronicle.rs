//! What was told of cases that have not ended yet, gathered once for all reports that tell of whole cases.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};

use super::Reporter;
use super::facts::RunFacts;
use super::written;
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, StepOutcome, Written};

/// Gathers what is told of each case.
#[derive(Debug)]
pub struct Chronicle {
    /// Whether some report tells of whole cases. Else nothing is kept.
    keeps: bool,
    running: HashMap<CaseNumber, Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    steps: Vec<Arc<Step>>,
    printed: Vec<String>,
}

/// What comes with a fact.
#[derive(Debug)]
pub struct Noted {
    step: Option<(CaseNumber, Arc<Step>)>,
    ended: Option<Ended>,
}

/// A step that ended.
#[derive(Debug)]
pub struct Step {
    pub(super) outcome: Arc<StepOutcome>,
    /// If it was not written where it ran.
    written: OnceLock<Written>,
}

/// A case that ended, with all its steps.
#[derive(Debug)]
pub struct Ended {
    pub(super) case: CaseNumber,
    pub(super) outcome: Arc<CaseOutcome>,
    pub(super) steps: Vec<Arc<Step>>,
    pub(super) printed: Vec<String>,
}

impl Chronicle {
    /// For these reports, which are told all that is noted here.
    pub fn new<'r>(reports: impl IntoIterator<Item = &'r dyn Reporter>) -> Chronicle {
        Chronicle {
            keeps: reports.into_iter().any(Reporter::tells_of_cases),
            running: HashMap::new(),
        }
    }

    /// Takes note of a fact; gives what each of the reports is to be told with it.
    pub fn note(&mut self, event: &Event) -> Noted {
        let mut noted = Noted {
            step: None,
            ended: None,
        };
        match event {
            Event::StepFinished { case, step } => {
                let step = Arc::new(Step {
                    outcome: Arc::clone(step),
                    written: OnceLock::new(),
                });
                if self.keeps {
                    self.of(*case).steps.push(Arc::clone(&step));
                }
                noted.step = Some((*case, step));
            }
            Event::Printed { case, text } if self.keeps => {
                self.of(*case).printed.push(text.clone());
            }
            // Its steps run again, and are told in full by the outcome that failed.
            Event::AttemptFailed { case, .. } => drop(self.running.remove(case)),
            Event::CaseFinished { case, outcome } => {
                let Gathered { steps, printed } = self.running.remove(case).unwrap_or_default();
                noted.ended = Some(Ended {
                    case: *case,
                    outcome: Arc::clone(outcome),
                    steps,
                    printed,
                });
            }
            _ => {}
        }
        noted
    }

    fn of(&mut self, case: CaseNumber) -> &mut Gathered {
        self.running.entry(case).or_default()
    }
}

impl Noted {
    /// Tells a report the fact and what comes with it.
    pub fn tell(&self, event: &Event, report: &mut dyn Reporter) -> io::Result<()> {
        report.on_event(event)?;
        if let Some((case, step)) = &self.step {
            report.on_step(*case, step)?;
        }
        match &self.ended {
            Some(ended) => report.on_case(ended),
            None => Ok(()),
        }
    }
}

impl Step {
    /// The step as JSON. It is written once, whoever asks.
    pub(super) fn written(&self, facts: &RunFacts) -> &Written {
        let write = || written::write_json(facts, &self.outcome);
        let known = self.outcome.written.as_ref();
        known.unwrap_or_else(|| self.written.get_or_init(write))
    }

    /// The same, if it was written by now.
    pub(super) fn if_written(&self) -> Option<&Written> {
        self.outcome.written.as_ref().or(self.written.get())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{about, case, facts, place, step};
    use super::*;
    use crate::model::exchange::{Exchange, Request, Response};
    use crate::model::outcome::Status;
    use bytes::Bytes;

    fn finished(label: &str) -> Event {
        let step = step(label, place("id: create_consent"), Status::Passed);
        Event::StepFinished {
            case: 0,
            step: Arc::new(step),
        }
    }

    /// The labels of the steps that come with the end of a case that was run twice.
    fn kept(keeps: bool) -> Vec<String> {
        let mut chronicle = Chronicle {
            keeps,
            running: HashMap::new(),
        };
        let outcome = Arc::new(case(about("a.yaml", "A"), Status::Passed));
        let failed = Event::AttemptFailed {
            case: 0,
            outcome: Arc::clone(&outcome),
        };
        for event in [finished("before"), failed, finished("one"), finished("two")] {
            assert!(chronicle.note(&event).ended.is_none());
        }
        let noted = chronicle.note(&Event::CaseFinished { case: 0, outcome });
        let steps = noted.ended.unwrap().steps;
        steps
            .iter()
            .map(|step| step.outcome.label.clone())
            .collect()
    }

    #[test]
    fn a_case_has_the_steps_of_its_last_attempt_if_anybody_tells_of_them() {
        assert_eq!(kept(true), ["one", "two"]);
        assert!(kept(false).is_empty());
    }

    #[test]
    fn the_parts_of_each_exchange_stand_where_they_are_said_to() {
        let exchange = |status: u16, name: &str| {
            let headers = |of: &str| vec![(of.to_owned(), name.to_owned())];
            let body = |of: &str| Bytes::from(format!("{of} \"{name}\""));
            Arc::new(Exchange {
                request: Request {
                    headers: headers("sent"),
                    body: body("sent"),
                    ..Request::default()
                },
                response: Response {
                    status,
                    headers: headers("got"),
                    body: body("got"),
                    ..Response::default()
                },
                ..Exchange::default()
            })
        };
        let mut outcome = step("s", place("id: create_consent"), Status::Passed);
        // A notification has no request.
        outcome.exchanges = vec![exchange(0, "first"), exchange(200, "second")];
        let written = written::write_json(&facts(), &outcome);
        let headers = |of: &str, name: &str| format!(r#"[{{"name":"{of}","value":"{name}"}}]"#);
        let body = |of: &str, name: &str| format!(r#""{of} \"{name}\"""#);
        for (at, name) in ["first", "second"].into_iter().enumerate() {
            let pieces = written::pieces(&written, at).unwrap();
            let got = [pieces.response_headers, pieces.response_body];
            assert_eq!(
                got,
                [
                    headers("got", name).as_bytes(),
                    body("got", name).as_bytes()
                ]
            );
            let sent = [pieces.request_headers, pieces.request_body];
            let expected = [headers("sent", name), body("sent", name)];
            match at {
                0 => assert_eq!(sent, [b"", b""]),
                _ => assert_eq!(sent, expected.each_ref().map(String::as_bytes)),
            }
        }
        assert!(written::pieces(&written, 2).is_none());
        let json: serde_json::Value = serde_json::from_slice(written::json(&written)).unwrap();
        let list: serde_json::Value = serde_json::from_slice(written::exchanges(&written)).unwrap();
        assert_eq!(json["exchanges"], list);
        assert_eq!(list[1]["response"]["headers"][0]["value"], "second");
    }
}

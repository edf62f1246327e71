//! What was told of cases that have not ended yet, gathered once for all reports that tell of whole cases.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};

use super::Reporter;
use super::facts::RunFacts;
use super::written::Written;
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, StepOutcome};

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
        self.written
            .get_or_init(|| Written::new(facts, &self.outcome))
    }

    /// The same, if somebody has asked for it.
    pub(super) fn if_written(&self) -> Option<&Written> {
        self.written.get()
    }
}

//! Cases end in any order and are written in the plan's: each as soon as those before it are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::outcome::{CaseNumber, CaseOutcome, Event, StepOutcome};

/// A case that ended, with all its steps.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) case: CaseNumber,
    pub(super) outcome: Arc<CaseOutcome>,
    pub(super) steps: Vec<Arc<StepOutcome>>,
}

/// Puts cases in order.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    next: CaseNumber,
    running: HashMap<CaseNumber, Vec<Arc<StepOutcome>>>,
    waiting: BTreeMap<CaseNumber, Ended>,
}

impl Ordered {
    /// Takes note of an event; gives the cases whose turn has come.
    pub(super) fn take(&mut self, event: &Event) -> Vec<Ended> {
        match event {
            Event::StepFinished { case, step } => {
                self.running
                    .entry(*case)
                    .or_default()
                    .push(Arc::clone(step));
            }
            // Its steps run again, and are told in full by the outcome that failed.
            Event::AttemptFailed { case, .. } => {
                self.running.remove(case);
            }
            Event::CaseFinished { case, outcome } => {
                let ended = Ended {
                    case: *case,
                    outcome: Arc::clone(outcome),
                    steps: self.running.remove(case).unwrap_or_default(),
                };
                self.waiting.insert(*case, ended);
                return self.due();
            }
            _ => {}
        }
        Vec::new()
    }

    fn due(&mut self) -> Vec<Ended> {
        let mut due = Vec::new();
        while let Some(ended) = self.waiting.remove(&self.next) {
            self.next += 1;
            due.push(ended);
        }
        due
    }
}

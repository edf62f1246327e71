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
    pub(super) printed: Vec<String>,
}

/// What was told of cases that have not ended yet.
#[derive(Debug, Default)]
pub(super) struct Running(HashMap<CaseNumber, Told>);

#[derive(Debug, Default)]
struct Told {
    steps: Vec<Arc<StepOutcome>>,
    printed: Vec<String>,
}

impl Running {
    /// Takes note of an event; gives the case that it ends.
    pub(super) fn take(&mut self, event: &Event) -> Option<Ended> {
        match event {
            Event::StepFinished { case, step } => {
                let told = self.0.entry(*case).or_default();
                told.steps.push(Arc::clone(step));
            }
            Event::Printed { case, text } => {
                let told = self.0.entry(*case).or_default();
                told.printed.push(text.clone());
            }
            // Its steps run again, and are told in full by the outcome that failed.
            Event::AttemptFailed { case, .. } => {
                self.0.remove(case);
            }
            Event::CaseFinished { case, outcome } => {
                let Told { steps, printed } = self.0.remove(case).unwrap_or_default();
                return Some(Ended {
                    case: *case,
                    outcome: Arc::clone(outcome),
                    steps,
                    printed,
                });
            }
            _ => {}
        }
        None
    }
}

/// Puts what is made of cases in order.
#[derive(Debug)]
pub(super) struct Ordered<T> {
    next: CaseNumber,
    waiting: BTreeMap<CaseNumber, T>,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered {
            next: 0,
            waiting: BTreeMap::new(),
        }
    }
}

impl<T> Ordered<T> {
    /// Takes what was made of a case; gives that of the cases whose turn has come.
    pub(super) fn put(&mut self, case: CaseNumber, made: T) -> Vec<T> {
        self.waiting.insert(case, made);
        let mut due = Vec::new();
        while let Some(made) = self.waiting.remove(&self.next) {
            self.next += 1;
            due.push(made);
        }
        due
    }
}

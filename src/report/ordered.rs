//! Cases end in any order and are written in the plan's: each as soon as those before it are.

use std::collections::BTreeMap;

use crate::model::outcome::CaseNumber;

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
        if !self.is_next(case) {
            self.keep(case, made);
            return Vec::new();
        }
        let mut due = vec![made];
        due.extend(self.next());
        due
    }

    /// Whether it is this case's turn.
    pub(super) fn is_next(&self, case: CaseNumber) -> bool {
        case == self.next
    }

    /// Keeps what was made of a case whose turn has not come.
    pub(super) fn keep(&mut self, case: CaseNumber, made: T) {
        self.waiting.insert(case, made);
    }

    /// Ends the turn of a case; gives what was kept of those whose turn has come then.
    pub(super) fn next(&mut self) -> Vec<T> {
        let mut due = Vec::new();
        self.next += 1;
        while let Some(made) = self.waiting.remove(&self.next) {
            self.next += 1;
            due.push(made);
        }
        due
    }
}

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
        self.waiting.insert(case, made);
        let mut due = Vec::new();
        while let Some(made) = self.waiting.remove(&self.next) {
            self.next += 1;
            due.push(made);
        }
        due
    }
}

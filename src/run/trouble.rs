//! Why a step failed, for whoever may try it again as a whole.

use std::time::Duration;

use super::case::Case;
use super::record::Record;
use super::retry::{is_expected, retry_after};
use super::send::Lack;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Action, Patience, Step};
use crate::model::template::Scope;

/// What of a step's failure another try may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing: what was written is wrong, a snapshot differs, or the answer was named by the step.
    Final,
    /// There was no connection, or not a whole answer.
    Broken,
    /// A `timeout` was up, of a try, of the step or of its `use`.
    TimedOut,
    /// What a poll or an `await` waits for did not come in its time.
    NotSo,
    /// The last answer had this status, and asked for this pause.
    Answered(u16, Option<Duration>),
    /// What was looked at is no answer, and was not as expected.
    Mismatch,
}

impl Trouble {
    /// The pause that the last answer asked for.
    pub(super) fn asked(self) -> Option<Duration> {
        match self {
            Trouble::Answered(_, asked) => asked,
            _ => None,
        }
    }

    /// What is seen from the failures alone.
    pub(super) fn of(failures: &[Failure]) -> Trouble {
        let has = |kind| failures.iter().any(|failure| failure.kind == kind);
        if has(FailureKind::Request) || has(FailureKind::Snapshot) {
            Trouble::Final
        } else if has(FailureKind::Timeout) {
            Trouble::TimedOut
        } else if has(FailureKind::Transport) {
            Trouble::Broken
        } else {
            Trouble::Mismatch
        }
    }
}

impl Case<'_> {
    /// Why a step failed that has come to its work.
    pub(super) fn trouble(&self, step: &Step, record: &Record, scope: &Scope) -> Trouble {
        let waits = matches!(&step.action,
            Action::Await(wanted) if matches!(wanted.patience, Patience::Within(_)));
        let answer = record.last.as_ref().map(|answer| &answer.response);
        let is_request = matches!(step.action, Action::Http(_));
        match (Trouble::of(&record.failures), record.lack, answer) {
            (Trouble::Final, _, _) => Trouble::Final,
            (_, Some(Lack::Final | Lack::NotSent), _) => Trouble::Final,
            (Trouble::TimedOut, _, Some(_)) if step.until.is_some() => Trouble::NotSo,
            (Trouble::Broken, Some(Lack::TimedOut), _) => Trouble::TimedOut,
            (Trouble::Mismatch, _, _) if waits => Trouble::NotSo,
            (Trouble::Mismatch, _, Some(response)) if is_request => {
                if is_expected(step, response, &self.run.plan.engine, scope) {
                    Trouble::Final
                } else {
                    Trouble::Answered(response.status, retry_after(response))
                }
            }
            (trouble, _, _) => trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_try_can_change_outweighs_what_one_may() {
        use FailureKind::{Mismatch, Request, Snapshot, Timeout, Transport};
        for (kinds, trouble) in [
            (vec![Mismatch], Trouble::Mismatch),
            (vec![Mismatch, Transport], Trouble::Broken),
            (vec![Transport, Timeout], Trouble::TimedOut),
            (vec![Transport, Snapshot], Trouble::Final),
            (vec![Timeout, Request], Trouble::Final),
        ] {
            let failures = kinds.iter().map(|kind| Failure::new(*kind, None, "x"));
            let failures: Vec<Failure> = failures.collect();
            assert_eq!(Trouble::of(&failures), trouble, "{kinds:?}");
        }
    }
}

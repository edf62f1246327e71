//! Cases that failed run again, where that was asked for.

use std::sync::Arc;

use super::schedule::Run;
use super::{FlakyPolicy, Interrupt};
use crate::model::outcome::{CaseNumber, CaseOutcome, Event, Failure, FailureKind, Status};

/// Whether a case that ended so is run again, `earlier` being how often it failed before.
pub(super) fn is_wanted(run: &Run, outcome: &CaseOutcome, earlier: usize) -> bool {
    matches!(outcome.status, Status::Failed | Status::Errored)
        && earlier < run.settings.reruns as usize
        && *run.settings.interrupt.borrow() == Interrupt::None
}

/// Tells of an attempt that failed and is not the last.
pub(super) async fn tell(run: &Run, case: CaseNumber, outcome: CaseOutcome) -> Arc<CaseOutcome> {
    let outcome = Arc::new(outcome);
    let event = Event::AttemptFailed {
        case,
        outcome: Arc::clone(&outcome),
    };
    // Nobody listens any more if the run itself was dropped, and then this task is too.
    let _unheard = run.events.send(event).await;
    outcome
}

/// How the case ended, with all its attempts; one that is flaky fails where that is the policy.
pub(super) fn conclude(
    policy: FlakyPolicy,
    earlier: Vec<Arc<CaseOutcome>>,
    outcome: CaseOutcome,
) -> CaseOutcome {
    let mut outcome = CaseOutcome { earlier, ..outcome };
    if policy == FlakyPolicy::Fail && outcome.is_flaky() {
        let message = match outcome.earlier.len() {
            0 => "it is flaky: a step passed only when it was tried again".to_owned(),
            before => format!("it is flaky: it passed only at attempt {}", before + 1),
        };
        let failure = Failure::new(FailureKind::Mismatch, None, message);
        outcome.failures.push(failure);
        outcome.status = Status::Failed;
    }
    outcome
}

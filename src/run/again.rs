//! Cases that failed run again, where that was asked for.

use std::sync::Arc;

use super::schedule::Run;
use super::{FlakyPolicy, Interrupt};
use crate::model::outcome::{
    CaseNumber, CaseOutcome, Event, Failure, FailureKind, Status, StepOutcome,
};

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
        let why = reasons(&outcome);
        outcome.failures.extend(why);
        outcome.status = Status::Failed;
    }
    outcome
}

/// Why a case that is flaky fails: all that failed at its first attempt, and each step that was tried again.
fn reasons(outcome: &CaseOutcome) -> Vec<Failure> {
    let first = outcome.earlier.first();
    let mut reasons =
        first.map_or_else(Vec::new, |first| at_first(first, outcome.earlier.len() + 1));
    reasons.extend(outcome.flaky.iter().map(|step| tried_again(step)));
    reasons
}

/// What failed at the first attempt of a case, where it failed, told as what fails the case now.
fn at_first(first: &CaseOutcome, passed_at: usize) -> Vec<Failure> {
    let outside = first.failures.iter().map(|failure| (None, failure));
    let in_steps = first.failed.iter().flat_map(|step| {
        let label = Some(step.label.as_str());
        step.failures.iter().map(move |failure| (label, failure))
    });
    let mut told: Vec<Failure> = outside
        .chain(in_steps)
        .map(|(label, failure)| {
            let step = label.map_or_else(String::new, |label| format!(" at step `{label}`"));
            Failure {
                // The case has passed in the end: what came of its attempts is not what was expected of it.
                kind: FailureKind::Mismatch,
                message: format!("attempt 1 failed{step}: {}", failure.message),
                ..failure.clone()
            }
        })
        .collect();
    let flaky = format!("it is flaky: it passed only at attempt {passed_at}");
    match told.first_mut() {
        Some(failure) => failure.message = format!("{flaky}; {}", failure.message),
        None => told.push(Failure::new(FailureKind::Mismatch, None, flaky)),
    }
    told
}

/// A step that did not pass at its first try.
fn tried_again(step: &StepOutcome) -> Failure {
    let message = format!(
        "it is flaky: step `{}` passed only at try {}",
        step.label, step.tries
    );
    Failure {
        // It says what a fragment's earlier tries failed at.
        notes: vec![step.summary.clone()],
        ..Failure::new(FailureKind::Mismatch, Some(step.span), message)
    }
}

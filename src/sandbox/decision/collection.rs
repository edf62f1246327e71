//! One decision about all the consents of a collection: either it can be made for each of them, or nothing is done.

use super::{Decided, Decision, DecisionError, offered, outcome};
use crate::sandbox::domain::collection::Collection;
use crate::sandbox::domain::consent::{Action, WrongState};
use crate::sandbox::domain::customer::{Account, Choice, ChoiceError};
use crate::sandbox::gateway::World;

/// What a decision comes to for each of the consents, with nothing done yet.
pub(super) fn outcomes(
    world: &World,
    collection: &Collection,
    decision: &Decision,
) -> Result<Vec<(String, Decided)>, DecisionError> {
    let mut decided = Vec::new();
    let mut named = Vec::new();
    for id in collection.consents() {
        let consent = world
            .consents
            .get(id)
            .ok_or_else(|| DecisionError::UnknownConsent(id.clone()))?;
        let status = consent.status(world.now());
        if !status.is_open() {
            return Err(DecisionError::WrongState(
                decision.action,
                WrongState { status },
            ));
        }
        let own = decision_about(decision, collection, id, &offered(world, consent));
        if let Choice::Named(names) = &own.choice {
            named.extend(names.iter().cloned());
        }
        decided.push((id.clone(), outcome(world, id, &own)?));
    }
    if let Choice::Named(names) = &decision.choice
        && let Some(unknown) = names.iter().find(|name| !named.contains(name))
    {
        return Err(DecisionError::Choice(ChoiceError::Unknown(unknown.clone())));
    }
    Ok(decided)
}

/// The decision as it is about one of the consents: the optional one may be left out, and of the accounts that are
/// named it takes those that it offers. One that has none to offer fails whichever are named, as it does with all.
fn decision_about(
    decision: &Decision,
    collection: &Collection,
    id: &String,
    offered: &[Account],
) -> Decision {
    let is_left_out = !decision.with_optional && collection.optional.contains(id);
    let is_offered = |name: &&String| offered.iter().any(|account| account.is_meant_by(name));
    Decision {
        action: match decision.action {
            Action::Approve if is_left_out => Action::Reject,
            action => action,
        },
        choice: match &decision.choice {
            Choice::Named(_) if offered.is_empty() => Choice::All,
            Choice::All => Choice::All,
            Choice::Named(names) => {
                Choice::Named(names.iter().filter(is_offered).cloned().collect())
            }
        },
        reason: decision.reason.clone(),
        with_optional: decision.with_optional,
    }
}

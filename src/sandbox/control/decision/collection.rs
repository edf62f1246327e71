//! One decision about all the consents of a collection: either it can be made for each of them, or nothing is done.

use serde_json::{Value, json};

use super::{carried_out, choice_error, refused};
use crate::sandbox::control::{ControlError, Outcome};
use crate::sandbox::decision::{Decided, Decision, offered, outcome};
use crate::sandbox::domain::collection::Collection;
use crate::sandbox::domain::consent::{Action, ConsentStatus, WrongState};
use crate::sandbox::domain::customer::{Account, Choice, ChoiceError};
use crate::sandbox::gateway::World;

pub(super) fn apply(world: &mut World, collection: &Collection, decision: &Decision) -> Outcome {
    let mut decided = Vec::new();
    let mut named = Vec::new();
    for id in collection.consents() {
        let consent = world
            .consents
            .get(id)
            .ok_or_else(|| ControlError::unknown_consent(id))?;
        let status = consent.status(world.now());
        if !matches!(status, ConsentStatus::Initiated | ConsentStatus::Pending) {
            return Err(ControlError::wrong_state(
                decision.action,
                WrongState { status },
            ));
        }
        let own = decision_about(decision, collection, id, &offered(world, consent));
        if let Choice::Named(names) = &own.choice {
            named.extend(names.iter().cloned());
        }
        decided.push((
            id,
            outcome(world, id, &own).map_err(|error| refused(id, error))?,
        ));
    }
    if let Choice::Named(names) = &decision.choice
        && let Some(unknown) = names.iter().find(|name| !named.contains(name))
    {
        return Err(choice_error(ChoiceError::Unknown(unknown.clone())));
    }
    let consents: Result<Vec<Value>, ControlError> = decided
        .into_iter()
        .map(|(id, decided): (&String, Decided)| carried_out(world, id, decided))
        .collect();
    Ok(json!({ "id": collection.id, "consents": consents? }))
}

/// The decision as it is about one of the consents: the optional one may be left out, and of the accounts that are
/// named it takes those that it offers.
fn decision_about(
    decision: &Decision,
    collection: &Collection,
    id: &String,
    offered: &[Account],
) -> Decision {
    let is_left_out = !decision.with_optional && collection.optional.contains(id);
    let is_offered = |name: &&String| {
        offered
            .iter()
            .any(|account| **name == account.masked_number || **name == account.fip_id)
    };
    Decision {
        action: match decision.action {
            Action::Approve if is_left_out => Action::Reject,
            action => action,
        },
        choice: match &decision.choice {
            Choice::All => Choice::All,
            Choice::Named(names) => {
                Choice::Named(names.iter().filter(is_offered).cloned().collect())
            }
        },
        reason: decision.reason.clone(),
        with_optional: decision.with_optional,
    }
}

//! What a customer decides about a consent, or about all of a collection. The consent pages and the control interface
//! both decide here, so neither can do what the other could not.

mod collection;

use super::domain::consent::{Action, Consent, WrongState};
use super::domain::customer::{Account, Choice, ChoiceError, choose, is_offered, selection};
use super::gateway::World;

/// A decision, as the customer gives it.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    /// Which accounts an approval is for.
    pub(crate) choice: Choice,
    /// Why the customer rejects or cancels.
    pub(crate) reason: Option<String>,
    /// Whether the optional consent of a collection is given with the others.
    pub(crate) with_optional: bool,
}

impl Decision {
    /// A decision that is about no accounts.
    pub(crate) fn without_accounts(action: Action, reason: Option<String>) -> Decision {
        Decision {
            action,
            choice: Choice::All,
            reason,
            with_optional: true,
        }
    }

    /// An approval for these accounts.
    pub(crate) fn approval(choice: Choice) -> Decision {
        Decision {
            action: Action::Approve,
            choice,
            reason: None,
            with_optional: true,
        }
    }
}

/// Why a decision could not be made.
#[derive(Debug)]
pub(crate) enum DecisionError {
    UnknownConsent(String),
    Choice(ChoiceError),
    WrongState(Action, WrongState),
}

/// One of the consents that a customer is asked for at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) consent: &'a Consent,
    pub(crate) is_optional: bool,
}

/// What is asked for by this id: one consent, or all those of a collection. Empty if there is no such id, or if one of
/// the collection's consents has been forgotten, because then there is nothing that could be decided.
pub(crate) fn asked<'a>(world: &'a World, id: &str) -> Vec<Asked<'a>> {
    let Some(collection) = world.collections.get(id) else {
        let consent = world.consents.get(id);
        return consent
            .map(|consent| Asked {
                consent,
                is_optional: false,
            })
            .into_iter()
            .collect();
    };
    let asked: Option<Vec<Asked<'_>>> = collection
        .consents()
        .map(|id| {
            Some(Asked {
                consent: world.consents.get(id)?,
                is_optional: collection.optional.contains(id),
            })
        })
        .collect();
    asked.unwrap_or_default()
}

/// The accounts that the customer is offered for any of what is asked for, each once.
pub(crate) fn offered_together(world: &World, asked: &[Asked<'_>]) -> Vec<Account> {
    let mut together: Vec<Account> = Vec::new();
    for account in asked.iter().flat_map(|asked| offered(world, asked.consent)) {
        if !together.contains(&account) {
            together.push(account);
        }
    }
    together
}

/// The accounts that the customer is offered for a consent, at FIPs that answer.
pub(crate) fn offered(world: &World, consent: &Consent) -> Vec<Account> {
    let is_active = |account: &Account| {
        let fip = world.setup.fip(&account.fip_id);
        fip.is_some_and(|fip| fip.is_active())
    };
    world
        .setup
        .accounts_of(world.ids, &consent.vua.mobile)
        .into_iter()
        .filter(|account| is_offered(account, &consent.terms) && is_active(account))
        .collect()
}

/// Makes the decision about the consent or the collection of this id, whole or not at all. The visits to the pages of
/// what was decided end with it, whatever it was.
pub(crate) fn decide(
    world: &mut World,
    id: &str,
    decision: &Decision,
) -> Result<(), DecisionError> {
    let decided = match world.collections.get(id) {
        Some(members) => collection::outcomes(world, members, decision)?,
        None => vec![(id.to_owned(), outcome(world, id, decision)?)],
    };
    world.visits.remove(id);
    decided
        .into_iter()
        .try_for_each(|(id, decided)| carry_out(world, &id, decided))
}

/// The customer chooses a FIP, and with it the aggregator of all that is asked for.
pub(crate) fn select_fip(world: &mut World, id: &str) {
    let ids: Vec<String> = asked(world, id)
        .iter()
        .map(|asked| asked.consent.id.clone())
        .collect();
    ids.iter().for_each(|id| select_fip_of(world, id));
}

/// It says nothing new about a consent that has an aggregator.
fn select_fip_of(world: &mut World, id: &str) {
    let now = world.now();
    if let Some(consent) = world.consents.get_mut(id)
        && consent.apply(Action::SelectFip, now).is_ok()
    {
        world.tell_of_consent(id, Action::SelectFip);
    }
}

/// What a decision comes to for one consent.
#[derive(Debug)]
struct Decided {
    action: Action,
    accounts: Vec<Account>,
    reason: Option<String>,
}

/// What a decision comes to, with nothing done yet.
fn outcome(world: &World, id: &str, decision: &Decision) -> Result<Decided, DecisionError> {
    let consent = world
        .consents
        .get(id)
        .ok_or_else(|| DecisionError::UnknownConsent(id.to_owned()))?;
    let without_accounts = |action, reason| Decided {
        action,
        accounts: Vec::new(),
        reason,
    };
    if decision.action != Action::Approve || !consent.status(world.now()).is_open() {
        return Ok(without_accounts(decision.action, decision.reason.clone()));
    }
    let offered = offered(world, consent);
    // A customer at whom no accounts are found cannot approve anything: the consent fails.
    if decision.choice == Choice::All && offered.is_empty() {
        let reason = "no_fip_accounts_found".to_owned();
        return Ok(without_accounts(Action::Fail, Some(reason)));
    }
    let accounts = choose(offered, &decision.choice, selection(&consent.terms))
        .map_err(DecisionError::Choice)?;
    Ok(Decided {
        action: Action::Approve,
        accounts,
        reason: None,
    })
}

fn carry_out(world: &mut World, id: &str, decided: Decided) -> Result<(), DecisionError> {
    let now = world.now();
    if decided.action == Action::Approve {
        select_fip_of(world, id);
    }
    let consent = world
        .consents
        .get_mut(id)
        .ok_or_else(|| DecisionError::UnknownConsent(id.to_owned()))?;
    consent
        .apply(decided.action, now)
        .map_err(|wrong| DecisionError::WrongState(decided.action, wrong))?;
    consent.accounts = decided.accounts;
    consent.reason = decided.reason;
    world.visits.remove(id);
    world.tell_of_consent(id, decided.action);
    Ok(())
}

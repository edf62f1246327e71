//! What a customer decides about a consent. The consent pages and the control interface both decide here, so neither
//! can do what the other could not.

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
    UnknownConsent,
    Choice(ChoiceError),
    WrongState(Action, WrongState),
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

/// What a decision comes to for one consent.
pub(crate) struct Decided {
    action: Action,
    accounts: Vec<Account>,
    reason: Option<String>,
}

/// What a decision comes to, with nothing done yet.
pub(crate) fn outcome(
    world: &World,
    id: &str,
    decision: &Decision,
) -> Result<Decided, DecisionError> {
    let consent = world
        .consents
        .get(id)
        .ok_or(DecisionError::UnknownConsent)?;
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

/// Does what was decided, and tells of it. The consent's visit ends with it, whatever it was.
pub(crate) fn carry_out<'a>(
    world: &'a mut World,
    id: &str,
    decided: Decided,
) -> Result<&'a Consent, DecisionError> {
    let now = world.now();
    let unknown = DecisionError::UnknownConsent;
    let consent = world.consents.get_mut(id).ok_or(unknown)?;
    if decided.action == Action::Approve && consent.apply(Action::SelectFip, now).is_ok() {
        world.tell_of_consent(id, Action::SelectFip);
    }
    let unknown = DecisionError::UnknownConsent;
    let consent = world.consents.get_mut(id).ok_or(unknown)?;
    consent
        .apply(decided.action, now)
        .map_err(|wrong| DecisionError::WrongState(decided.action, wrong))?;
    consent.accounts = decided.accounts;
    consent.reason = decided.reason;
    world.visits.remove(id);
    world.tell_of_consent(id, decided.action);
    world.consents.get(id).ok_or(DecisionError::UnknownConsent)
}

/// Makes a decision about one consent.
pub(crate) fn decide<'a>(
    world: &'a mut World,
    id: &str,
    decision: &Decision,
) -> Result<&'a Consent, DecisionError> {
    let decided = outcome(world, id, decision)?;
    carry_out(world, id, decided)
}

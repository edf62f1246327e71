//! What a customer decides about a consent. The consent pages and the control interface both decide here, so neither
//! can do what the other could not.

use super::domain::consent::{Action, Consent, ConsentStatus, WrongState};
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
}

impl Decision {
    /// A decision that is about no accounts.
    pub(crate) fn without_accounts(action: Action, reason: Option<String>) -> Decision {
        Decision {
            action,
            choice: Choice::All,
            reason,
        }
    }

    /// An approval for these accounts.
    pub(crate) fn approval(choice: Choice) -> Decision {
        Decision {
            action: Action::Approve,
            choice,
            reason: None,
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

/// Makes the decision. The consent's visit ends with it, whatever it was.
pub(crate) fn decide<'a>(
    world: &'a mut World,
    id: &str,
    decision: Decision,
) -> Result<&'a Consent, DecisionError> {
    let now = world.now();
    let consent = world
        .consents
        .get(id)
        .ok_or(DecisionError::UnknownConsent)?;
    let offered = offered(world, consent);
    let consent = world
        .consents
        .get_mut(id)
        .ok_or(DecisionError::UnknownConsent)?;
    let is_pending = consent.status(now) == ConsentStatus::Pending;
    let (action, accounts, reason) = match decision.action {
        // A customer at whom no accounts are found cannot approve anything: the consent fails.
        Action::Approve if is_pending && decision.choice == Choice::All && offered.is_empty() => (
            Action::Fail,
            Vec::new(),
            Some("no_fip_accounts_found".to_owned()),
        ),
        Action::Approve if is_pending => {
            let accounts = choose(offered, &decision.choice, selection(&consent.terms))
                .map_err(DecisionError::Choice)?;
            (Action::Approve, accounts, None)
        }
        action => (action, Vec::new(), decision.reason),
    };
    consent
        .apply(action, now)
        .map_err(|wrong| DecisionError::WrongState(action, wrong))?;
    consent.accounts = accounts;
    consent.reason = reason;
    world.visits.remove(id);
    world.tell_of_consent(id, action);
    world.consents.get(id).ok_or(DecisionError::UnknownConsent)
}

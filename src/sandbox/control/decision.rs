//! What the customer would do on the consent pages.

mod collection;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{ControlError, Outcome, answer, parsed};
use crate::sandbox::domain::consent::{Action, Consent, ConsentStatus};
use crate::sandbox::domain::customer::{
    Account, Choice, ChoiceError, choose, is_offered, selection,
};
use crate::sandbox::gateway::{Gateway, World};
use crate::sandbox::path_id::PathId;
use crate::sandbox::setup::SetupError;
use crate::sandbox::setup::fields::{Fields, Place};

const MOST_ACCOUNTS: usize = 1_000;
const LONGEST_REASON: usize = 2_048;

struct Decision {
    action: Action,
    choice: Choice,
    reason: Option<String>,
    /// Whether the optional consent of a collection is given with the others.
    with_optional: bool,
}

pub(super) async fn decide(
    State(gateway): State<Gateway>,
    PathId(id): PathId,
    body: Bytes,
) -> Response {
    answer(parsed(&body).and_then(|value| {
        let decision = read_decision(&value)?;
        apply(&mut gateway.world(), &id, decision)
    }))
}

fn read_decision(value: &Value) -> Result<Decision, SetupError> {
    let fields = Place::root(value).fields(&["decision", "accounts", "reason", "optional"])?;
    let action = fields.optional("decision", |place| {
        place.one_of(&[
            ("approve", Action::Approve),
            ("reject", Action::Reject),
            ("cancel", Action::Cancel),
        ])
    })?;
    let action = action.unwrap_or(Action::Approve);
    let reason = fields.optional("reason", |place| {
        let text = place.text()?;
        if text.len() > LONGEST_REASON {
            Err(place.mistake("that reason is too long"))
        } else {
            Ok(text.to_owned())
        }
    })?;
    Ok(Decision {
        action,
        choice: read_choice(&fields)?,
        reason,
        with_optional: fields
            .optional("optional", |place| place.boolean())?
            .unwrap_or(true),
    })
}

fn read_choice(fields: &Fields<'_>) -> Result<Choice, SetupError> {
    let Some(place) = fields.get("accounts") else {
        return Ok(Choice::All);
    };
    if place.value == "all" {
        return Ok(Choice::All);
    }
    if !place.value.is_array() {
        return Err(place.expected("`all` or a list of masked numbers or FIP ids"));
    }
    let names = place.list(MOST_ACCOUNTS)?;
    names
        .iter()
        .map(|name| name.text().map(str::to_owned))
        .collect::<Result<_, _>>()
        .map(Choice::Named)
}

/// The decision about one consent, or about all of a collection.
fn apply(world: &mut World, id: &str, decision: Decision) -> Outcome {
    if let Some(collection) = world.collections.get(id).cloned() {
        return collection::apply(world, &collection, &decision);
    }
    let outcome = outcome(world, id, &decision)?;
    carry_out(world, id, outcome)
}

/// What a decision comes to for one consent.
struct Decided {
    action: Action,
    accounts: Vec<Account>,
    reason: Option<String>,
}

/// What a decision comes to, with nothing done yet.
fn outcome(world: &World, id: &str, decision: &Decision) -> Result<Decided, ControlError> {
    let consent = world
        .consents
        .get(id)
        .ok_or_else(|| ControlError::unknown_consent(id))?;
    let without_accounts = |action, reason| Decided {
        action,
        accounts: Vec::new(),
        reason,
    };
    let is_open = matches!(
        consent.status(world.now()),
        ConsentStatus::Initiated | ConsentStatus::Pending
    );
    if decision.action != Action::Approve || !is_open {
        return Ok(without_accounts(decision.action, decision.reason.clone()));
    }
    let offered = offered(world, consent);
    // A customer at whom no accounts are found cannot approve anything: the consent fails.
    if decision.choice == Choice::All && offered.is_empty() {
        let reason = "no_fip_accounts_found".to_owned();
        return Ok(without_accounts(Action::Fail, Some(reason)));
    }
    let accounts =
        choose(offered, &decision.choice, selection(&consent.terms)).map_err(choice_error)?;
    Ok(Decided {
        action: Action::Approve,
        accounts,
        reason: None,
    })
}

/// The accounts that the customer is offered, at FIPs that answer.
fn offered(world: &World, consent: &Consent) -> Vec<Account> {
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

fn carry_out(world: &mut World, id: &str, decided: Decided) -> Outcome {
    let now = world.now();
    let unknown = || ControlError::unknown_consent(id);
    let consent = world.consents.get_mut(id).ok_or_else(unknown)?;
    if decided.action == Action::Approve && consent.apply(Action::SelectFip, now).is_ok() {
        world.tell_of_consent(id, Action::SelectFip);
    }
    let consent = world.consents.get_mut(id).ok_or_else(unknown)?;
    let status = consent
        .apply(decided.action, now)
        .map_err(|wrong| ControlError::wrong_state(decided.action, wrong))?;
    consent.accounts = decided.accounts;
    consent.reason = decided.reason;
    let accounts: Vec<Value> = consent
        .accounts
        .iter()
        .map(|account| json!({ "fipId": account.fip_id, "maskedAccNumber": account.masked_number }))
        .collect();
    let reason = consent.reason.clone();
    world.tell_of_consent(id, decided.action);
    Ok(json!({ "id": id, "status": status, "accounts": accounts, "reason": reason }))
}

fn choice_error(error: ChoiceError) -> ControlError {
    let message = match error {
        ChoiceError::Unknown(name) => {
            format!("the customer is offered no account and no FIP called `{name}`")
        }
        ChoiceError::Empty => "approving takes at least one account".to_owned(),
        ChoiceError::MoreThanOne => {
            "this consent takes one account only (accountSelectionMode: single)".to_owned()
        }
    };
    ControlError::new(StatusCode::UNPROCESSABLE_ENTITY, message)
}

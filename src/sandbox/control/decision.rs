//! What the customer would do on the consent pages.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{ControlError, Outcome, answer, parsed};
use crate::sandbox::domain::consent::{Action, ConsentStatus};
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
    let fields = Place::root(value).fields(&["decision", "accounts", "reason"])?;
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

fn apply(world: &mut World, id: &str, decision: Decision) -> Outcome {
    let now = world.now();
    let unknown = || ControlError::unknown_consent(id);
    let consent = world.consents.get(id).ok_or_else(unknown)?;
    let offered: Vec<Account> = world
        .setup
        .accounts_of(world.ids, &consent.vua.mobile)
        .into_iter()
        .filter(|account| is_offered(account, &consent.terms))
        .filter(|account| {
            world
                .setup
                .fip(&account.fip_id)
                .is_some_and(|fip| fip.is_active())
        })
        .collect();
    let consent = world.consents.get_mut(id).ok_or_else(unknown)?;
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
                .map_err(choice_error)?;
            (Action::Approve, accounts, None)
        }
        action => (action, Vec::new(), decision.reason),
    };
    let status = consent
        .apply(action, now)
        .map_err(|wrong| ControlError::wrong_state(action, wrong))?;
    consent.accounts = accounts;
    consent.reason = reason;
    let accounts: Vec<Value> = consent
        .accounts
        .iter()
        .map(|account| json!({ "fipId": account.fip_id, "maskedAccNumber": account.masked_number }))
        .collect();
    let reason = consent.reason.clone();
    world.tell_of_consent(id, action);
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

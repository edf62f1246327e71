//! What the customer would do on the consent pages.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{ControlError, Outcome, answer, parsed};
use crate::sandbox::decision::{Decision, DecisionError, decide};
use crate::sandbox::domain::consent::Action;
use crate::sandbox::domain::customer::{Choice, ChoiceError};
use crate::sandbox::gateway::{Gateway, World};
use crate::sandbox::path_id::PathId;
use crate::sandbox::setup::SetupError;
use crate::sandbox::setup::fields::{Fields, Place};

const MOST_ACCOUNTS: usize = 1_000;
const LONGEST_REASON: usize = 2_048;

pub(super) async fn answer_decision(
    State(gateway): State<Gateway>,
    PathId(id): PathId,
    body: Bytes,
) -> Response {
    answer(parsed(&body).and_then(|value| {
        let decision = read_decision(&value)?;
        apply(&mut gateway.world(), &id, &decision)
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
        return Err(
            place.expected("`all` or a list of masked numbers, FIP ids or both with `/` between")
        );
    }
    let names = place.list(MOST_ACCOUNTS)?;
    names
        .iter()
        .map(|name| name.text().map(str::to_owned))
        .collect::<Result<_, _>>()
        .map(Choice::Named)
}

/// Makes the decision about one consent, or about all of a collection, and says how each of them stands then.
fn apply(world: &mut World, id: &str, decision: &Decision) -> Outcome {
    decide(world, id, decision).map_err(|error| match error {
        DecisionError::UnknownConsent(id) => ControlError::unknown_consent(&id),
        DecisionError::Choice(error) => choice_error(error),
        DecisionError::WrongState(action, wrong) => ControlError::wrong_state(action, wrong),
    })?;
    let Some(collection) = world.collections.get(id) else {
        return decided(world, id);
    };
    let consents: Result<Vec<Value>, ControlError> =
        collection.consents().map(|id| decided(world, id)).collect();
    Ok(json!({ "id": id, "consents": consents? }))
}

/// How a consent stands.
fn decided(world: &World, id: &str) -> Outcome {
    let consent = world
        .consents
        .get(id)
        .ok_or_else(|| ControlError::unknown_consent(id))?;
    let accounts: Vec<Value> = consent
        .accounts
        .iter()
        .map(|account| json!({ "fipId": account.fip_id, "maskedAccNumber": account.masked_number }))
        .collect();
    Ok(json!({
        "id": id,
        "status": consent.status(world.now()),
        "accounts": accounts,
        "reason": consent.reason,
    }))
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

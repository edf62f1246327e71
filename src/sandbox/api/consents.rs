//! `/v2/consents`: asking for a consent, looking at it, revoking it.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::Call;
use super::consent_answer::{Detail, created, shown};
use super::consent_request::new_consent;
use super::refusal::Refusal;
use crate::sandbox::domain::consent::{Action, Consent, ConsentStatus};
use crate::sandbox::path_id::PathId;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Revoked<'a> {
    status: ConsentStatus,
    trace_id: &'a str,
}

pub(crate) async fn create(call: Call) -> Response {
    let gateway = &call.gateway;
    let mut world = gateway.world();
    let now = world.now();
    let setup = &world.setup;
    // Refused requests use up no id.
    let consent = match new_consent(&call.body, setup, String::new(), now) {
        Ok(mut new) => {
            new.id = world.next_id("consent");
            Consent::new(new, now)
        }
        Err(refusal) => return refusal.into_response(&call.trace),
    };
    let answer = created(&consent, gateway.origin(), now, &call.trace);
    let response = call.answer(Ok((StatusCode::CREATED, answer)));
    let id = consent.id.clone();
    world.consents.put(id.clone(), consent);
    world.consent_opened(&id);
    response
}

pub(crate) async fn show(PathId(id): PathId, call: Call) -> Response {
    let detail = match call.query_flag("expanded") {
        Ok(true) => Detail::Expanded,
        Ok(false) => Detail::Plain,
        Err(refusal) => return refusal.into_response(&call.trace),
    };
    let world = call.gateway.world();
    let answer = world.consents.get(&id).map(|consent| {
        (
            StatusCode::OK,
            shown(
                consent,
                detail,
                call.gateway.origin(),
                world.now(),
                &call.trace,
            ),
        )
    });
    call.answer(answer.ok_or_else(consent_not_found))
}

pub(crate) async fn revoke(PathId(id): PathId, call: Call) -> Response {
    let mut world = call.gateway.world();
    let now = world.now();
    let outcome = world
        .consents
        .get_mut(&id)
        .ok_or_else(consent_not_found)
        .and_then(|consent| {
            let status =
                consent
                    .apply(Action::Revoke, now)
                    .map_err(|wrong| match wrong.status {
                        ConsentStatus::Expired => {
                            Refusal::invalid(format!("Consent '{id}' has expired"))
                        }
                        _ => Refusal::invalid(format!("Consent '{id}' is not ready")),
                    })?;
            Ok((
                StatusCode::OK,
                Revoked {
                    status,
                    trace_id: &call.trace,
                },
            ))
        });
    if outcome.is_ok() {
        world.tell_of_consent(&id, Action::Revoke);
    }
    call.answer(outcome)
}

pub(crate) fn consent_not_found() -> Refusal {
    Refusal::not_found("Consent not found")
}

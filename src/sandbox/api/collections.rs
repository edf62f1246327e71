//! `/v2/consents/collection`: consents that the customer is asked for together. How each stands is read at the consent.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::consent_answer::page_url;
use super::consents::consent_not_found;
use super::refusal::Refusal;
use crate::sandbox::domain::collection::Collection;
use crate::sandbox::domain::consent::ConsentStatus;
use crate::sandbox::gateway::World;
use crate::sandbox::path_id::PathId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    mandatory_consents: Vec<String>,
    #[serde(default)]
    optional_consents: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    consent_collection_id: &'a str,
    url: String,
    txnid: &'a str,
    trace_id: &'a str,
}

pub(crate) async fn create(call: Call) -> Response {
    let mut world = call.gateway.world();
    let outcome = new_collection(&mut world, &call.body);
    match outcome {
        Ok(collection) => {
            let response = respond(&call, &collection);
            world.collections.put(collection.id.clone(), collection);
            response
        }
        Err(refusal) => refusal.into_response(&call.trace),
    }
}

pub(crate) async fn show(PathId(id): PathId, call: Call) -> Response {
    let world = call.gateway.world();
    match world.collections.get(&id) {
        Some(collection) => respond(&call, collection),
        None => Refusal::not_found("Consent collection not found").into_response(&call.trace),
    }
}

fn respond(call: &Call, collection: &Collection) -> Response {
    let answer = Answer {
        consent_collection_id: &collection.id,
        url: page_url(call.gateway.origin(), &collection.id),
        txnid: &collection.transaction,
        trace_id: &call.trace,
    };
    call.answer(Ok((StatusCode::OK, answer)))
}

/// The message for another customer's consent is documented, and that a consent may have expired. That only pending
/// consents can be asked for is inferred: there is nothing left to ask of the others.
fn new_collection(world: &mut World, body: &[u8]) -> Result<Collection, Refusal> {
    let request: Request = serde_json::from_slice(body).map_err(|_| Refusal::invalid_body())?;
    let (mandatory, optional) = (request.mandatory_consents, request.optional_consents);
    if !Collection::is_allowed(&mandatory, &optional) {
        return Err(Refusal::invalid_body());
    }
    let now = world.now();
    let mut customer = None;
    for id in mandatory.iter().chain(&optional) {
        let consent = world.consents.get(id).ok_or_else(consent_not_found)?;
        if *customer.get_or_insert(&consent.vua) != &consent.vua {
            return Err(Refusal::invalid(
                "Consent doesn't belong to same customer id",
            ));
        }
        match consent.status(now) {
            status if status.is_open() => {}
            ConsentStatus::Expired => return Err(Refusal::invalid("Consent has expired")),
            _ => return Err(Refusal::invalid(format!("Consent '{id}' is not pending"))),
        }
    }
    Ok(Collection {
        id: world.next_id("collection"),
        transaction: world.next_id("transaction"),
        mandatory,
        optional,
    })
}

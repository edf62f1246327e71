//! `/v2/account-availability`: at which aggregators a mobile number is registered.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::refusal::Refusal;
use crate::sandbox::domain::vua::{CHOSEN_HANDLE, HANDLES, is_mobile};
use crate::sandbox::ids::Ids;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    mobile_number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    accounts: Vec<Registration>,
    trace_id: &'a str,
}

#[derive(Serialize)]
struct Registration {
    aa: &'static str,
    vua: String,
    status: bool,
}

pub(crate) async fn show(call: Call) -> Response {
    let question: Result<Question, _> = serde_json::from_slice(&call.body);
    let outcome = question
        .ok()
        .filter(|question| is_mobile(&question.mobile_number))
        .ok_or_else(Refusal::invalid_body);
    call.answer(outcome.map(|question| {
        let ids = call.gateway.world().ids;
        let accounts = HANDLES
            .iter()
            .map(|handle| registration(ids, &question.mobile_number, handle));
        let answer = Answer {
            accounts: accounts.collect(),
            trace_id: &call.trace,
        };
        (StatusCode::OK, answer)
    }))
}

/// Everyone is registered with the aggregator that is chosen for those who name none; with each of the others it
/// depends on the number and the seed.
fn registration(ids: Ids, mobile: &str, handle: &'static str) -> Registration {
    let is_registered =
        handle == CHOSEN_HANDLE || ids.key("registration", &[mobile, handle]).is_multiple_of(2);
    Registration {
        // Setu's own aggregator has another name than its handle.
        aa: if handle == "setu" { "setu-aa" } else { handle },
        vua: format!("{mobile}@{handle}"),
        status: is_registered,
    }
}

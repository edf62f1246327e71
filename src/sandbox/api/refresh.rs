//! `/v2/sessions/refresh/{consent}`: data once more, without a session of the client's own. Setu documents the answer
//! and not what is refused; here it is what a session would be refused for.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::consents::consent_not_found;
use super::refusal::Refusal;
use super::sessions::open_refusal;
use crate::sandbox::domain::session::SessionStatus;
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::fetch;
use crate::sandbox::gateway::World;
use crate::sandbox::path_id::PathId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    data_range: DataRange,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    message: &'static str,
    status: RefreshStatus,
    trace_id: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum RefreshStatus {
    Pending,
    Completed,
    Failed,
}

/// `GET`: begins a refresh, or says how the one that was begun stands. `?restart=true` begins another.
pub(crate) async fn go_on(PathId(id): PathId, call: Call) -> Response {
    let outcome = call.query_flag("restart").and_then(|restart| {
        let mut world = call.gateway.world();
        let consent = world.consents.get(&id).ok_or_else(consent_not_found)?;
        match consent.refresh.as_deref().and_then(|id| status(&world, id)) {
            Some(status) if !restart => Ok(status),
            _ => {
                let range = consent.terms.data_range;
                refresh(&mut world, &id, range)
            }
        }
    });
    answer(&call, outcome)
}

/// `POST`: begins a refresh of a range of its own.
pub(crate) async fn begin(PathId(id): PathId, call: Call) -> Response {
    let request: Result<Request, _> = serde_json::from_slice(&call.body);
    let outcome = request
        .map_err(|_| Refusal::invalid_body())
        .and_then(|request| refresh(&mut call.gateway.world(), &id, request.data_range));
    answer(&call, outcome)
}

fn answer(call: &Call, outcome: Result<RefreshStatus, Refusal>) -> Response {
    call.answer(outcome.map(|status| {
        let answer = Answer {
            message: "Data refresh for the consent initiated successfully",
            status,
            trace_id: &call.trace,
        };
        (StatusCode::OK, answer)
    }))
}

fn refresh(
    world: &mut World,
    consent_id: &str,
    data_range: DataRange,
) -> Result<RefreshStatus, Refusal> {
    fetch::refresh(world, consent_id.to_owned(), data_range)
        .map(|_| RefreshStatus::Pending)
        .map_err(|error| open_refusal(world, consent_id, &error))
}

/// How a refresh stands; none once its session has expired or was forgotten.
fn status(world: &World, session_id: &str) -> Option<RefreshStatus> {
    let open = world.sessions.get(session_id)?;
    if open.is_told_failed {
        return Some(RefreshStatus::Failed);
    }
    match open.session.status(open.asked.elapsed(), world.now()) {
        SessionStatus::Pending => Some(RefreshStatus::Pending),
        SessionStatus::Partial | SessionStatus::Completed => Some(RefreshStatus::Completed),
        SessionStatus::Failed => Some(RefreshStatus::Failed),
        SessionStatus::Expired => None,
    }
}

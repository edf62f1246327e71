//! The control interface under `/_sandbox`: what scenarios, tests and people do to the sandbox that no client of Setu's
//! can. Every call answers 200 with JSON, or an error with JSON that says what is wrong in `error`.

mod decision;
mod notifications;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get, post, put};
use serde_json::{Value, json};

use super::api::json as json_response;
use super::domain::consent::{Action, WrongState};
use super::gateway::{ChangeError, Gateway, World};
use super::path_id::PathId;
use super::screens;
use super::setup::{
    Changes, Occasion, SetupError, read_changes, read_clock_changes, read_faults, read_state_action,
};

pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/_sandbox/health", get(health))
        .route("/_sandbox/setup", put(set_up).patch(change))
        .route("/_sandbox/clock", get(clock).post(move_clock))
        .route(
            "/_sandbox/consents/{id}/decision",
            post(decision::answer_decision),
        )
        .route("/_sandbox/consents/{id}/state", post(act))
        .route("/_sandbox/faults", put(set_faults).delete(clear_faults))
        .route(
            "/_sandbox/notifications",
            get(notifications::show).put(notifications::set),
        )
        .route("/_sandbox/requests", get(requests))
        .route("/_sandbox/", any(unknown))
        .route("/_sandbox/{*rest}", any(unknown))
        .merge(screens::overview_page())
        .method_not_allowed_fallback(wrong_method)
}

/// Why a control call is refused.
struct ControlError {
    status: StatusCode,
    body: Value,
}

type Outcome = Result<Value, ControlError>;

impl ControlError {
    fn new(status: StatusCode, message: impl Into<String>) -> ControlError {
        ControlError {
            status,
            body: json!({ "error": message.into() }),
        }
    }

    fn unknown_consent(id: &str) -> ControlError {
        ControlError::new(StatusCode::NOT_FOUND, format!("there is no consent `{id}`"))
    }

    fn wrong_state(action: Action, wrong: WrongState) -> ControlError {
        let status = wrong.status.name();
        let mut body =
            json!({ "error": format!("cannot {} a consent that is {status}", verb(action)) });
        body["status"] = status.into();
        ControlError {
            status: StatusCode::CONFLICT,
            body,
        }
    }
}

impl From<SetupError> for ControlError {
    fn from(error: SetupError) -> ControlError {
        let body = json!({ "error": error.message, "path": error.path });
        ControlError {
            status: StatusCode::BAD_REQUEST,
            body,
        }
    }
}

impl From<ChangeError> for ControlError {
    fn from(error: ChangeError) -> ControlError {
        match error {
            ChangeError::ClockOutOfRange => SetupError::new(
                "advance",
                "that is beyond the year 2200, where the clock ends",
            )
            .into(),
            ChangeError::UnknownConsent(id) => ControlError::unknown_consent(&id),
            ChangeError::WrongState(action, wrong) => ControlError::wrong_state(action, wrong),
        }
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::SelectFip => "select a FIP for",
        Action::Approve => "approve",
        Action::Reject => "reject",
        Action::Cancel => "cancel",
        Action::Fail => "fail",
        Action::Pause => "pause",
        Action::Resume => "resume",
        Action::Revoke => "revoke",
        Action::Expire => "expire",
    }
}

fn answer(outcome: Outcome) -> Response {
    match outcome {
        Ok(value) => json_response(StatusCode::OK, &value),
        Err(error) => json_response(error.status, &error.body),
    }
}

fn parsed(body: &[u8]) -> Result<Value, ControlError> {
    serde_json::from_slice(body).map_err(|error| {
        ControlError::new(
            StatusCode::BAD_REQUEST,
            format!("the body is not JSON: {error}"),
        )
    })
}

async fn health() -> Response {
    answer(Ok(json!({ "status": "ok" })))
}

async fn set_up(State(gateway): State<Gateway>, body: Bytes) -> Response {
    answer(changes(&body, Occasion::Beginning).and_then(|changes| {
        let mut world = gateway.world();
        world.begin_anew(gateway.options(), changes)?;
        Ok(world_state(&world))
    }))
}

async fn change(State(gateway): State<Gateway>, body: Bytes) -> Response {
    answer(changes(&body, Occasion::Midway).and_then(|changes| {
        let mut world = gateway.world();
        world.change(changes)?;
        Ok(world_state(&world))
    }))
}

fn changes(body: &[u8], occasion: Occasion) -> Result<Changes, ControlError> {
    Ok(read_changes(&parsed(body)?, occasion)?)
}

async fn clock(State(gateway): State<Gateway>) -> Response {
    answer(Ok(world_state(&gateway.world())))
}

async fn move_clock(State(gateway): State<Gateway>, body: Bytes) -> Response {
    answer(parsed(&body).and_then(|value| {
        let changes = read_clock_changes(&value)?;
        let mut world = gateway.world();
        world.change(changes)?;
        Ok(world_state(&world))
    }))
}

fn world_state(world: &World) -> Value {
    json!({ "now": world.now(), "fixed": world.clock.is_fixed() })
}

async fn act(State(gateway): State<Gateway>, PathId(id): PathId, body: Bytes) -> Response {
    answer(parsed(&body).and_then(|value| {
        let action = read_state_action(&value)?;
        let mut world = gateway.world();
        let now = world.now();
        let consent = world
            .consents
            .get_mut(&id)
            .ok_or_else(|| ControlError::unknown_consent(&id))?;
        let status = consent
            .apply(action, now)
            .map_err(|wrong| ControlError::wrong_state(action, wrong))?;
        world.tell_of_consent(&id, action);
        Ok(json!({ "id": id, "status": status }))
    }))
}

async fn set_faults(State(gateway): State<Gateway>, body: Bytes) -> Response {
    answer(parsed(&body).and_then(|value| {
        let faults = read_faults(&value)?;
        let count = faults.len();
        gateway.world().faults = faults;
        Ok(json!({ "faults": count }))
    }))
}

async fn clear_faults(State(gateway): State<Gateway>) -> Response {
    gateway.world().faults.clear();
    answer(Ok(json!({ "faults": 0 })))
}

async fn requests(State(gateway): State<Gateway>) -> Response {
    let world = gateway.world();
    let entries: Vec<_> = world.journal.entries().collect();
    json_response(StatusCode::OK, &json!({ "requests": entries }))
}

async fn unknown() -> Response {
    answer(Err(ControlError::new(
        StatusCode::NOT_FOUND,
        "there is no such control call",
    )))
}

/// The answer to a body over the server's limit.
pub(crate) fn too_large() -> Response {
    answer(Err(ControlError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the body is larger than 1 MiB",
    )))
}

async fn wrong_method() -> Response {
    answer(Err(ControlError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this control call takes other methods",
    )))
}

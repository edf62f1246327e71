//! Setu's API over HTTP, one file a resource. Here is what the resources share: the routes, and a call that was let in.

mod consent_answer;
mod consent_request;
mod consents;
mod fips;
mod login;
pub(crate) mod refusal;
mod sessions;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use super::auth;
use super::gateway::Gateway;
use refusal::Refusal;

/// The resources that are under `/v2`. Asked for without it they belong to another version, whose tokens are others.
const VERSIONED: [&str; 4] = ["consents", "sessions", "fips", "account-availability"];

pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/v1/users/login", post(login::log_in))
        .route("/v2/consents", post(consents::create))
        .route("/v2/consents/{id}", get(consents::show))
        .route("/v2/consents/{id}/revoke", post(consents::revoke))
        .route("/v2/sessions", post(sessions::create))
        .route("/v2/sessions/{id}", get(sessions::show))
        .route("/v2/fips", get(fips::list))
        .route("/v2/fips/{id}", get(fips::show))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}

/// A call whose credentials and product instance are right, with its trace id.
pub(crate) struct Call {
    pub(crate) gateway: Gateway,
    pub(crate) trace: String,
    pub(crate) body: Bytes,
    query: String,
}

impl FromRequest<Gateway> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, gateway: &Gateway) -> Result<Call, Response> {
        let (parts, body) = request.into_parts();
        let trace = {
            let mut world = gateway.world();
            let trace = world.next_trace(&operation(&parts.method, &parts.uri));
            auth::authenticate(&world, gateway.options(), &parts.headers)
                .and_then(|()| auth::check_product(gateway.options(), &parts.headers))
                .map_err(|refusal| refusal.into_response(&trace))?;
            trace
        };
        let body = read_body(body, &trace).await?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Call {
            gateway: gateway.clone(),
            trace,
            body,
            query,
        })
    }
}

impl Call {
    /// A query parameter; given twice, the last counts.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .filter(|(key, _)| key == name)
            .last()
            .map(|(_, value)| value.into_owned())
    }

    /// A query parameter that is `true` or `false`, and false if it is not there.
    pub(crate) fn query_flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.query(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Refusal::invalid_body()),
        }
    }

    pub(crate) fn answer<T: Serialize>(
        &self,
        outcome: Result<(StatusCode, T), Refusal>,
    ) -> Response {
        match outcome {
            Ok((status, answer)) => json(status, &answer),
            Err(refusal) => refusal.into_response(&self.trace),
        }
    }
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    let text = serde_json::to_vec(answer).expect("answers are plain data with text for keys");
    (
        status,
        [(CONTENT_TYPE, "application/json; charset=utf-8")],
        text,
    )
        .into_response()
}

/// The whole body, which the server has already held to its limit.
async fn read_body(body: axum::body::Body, trace: &str) -> Result<Bytes, Response> {
    axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Refusal::invalid_body().into_response(trace))
}

/// What a call is counted as: its route, without the ids in it.
fn operation(method: &Method, uri: &Uri) -> String {
    let mut segments = uri.path().split('/').skip(1);
    let resource = (
        segments.next().unwrap_or_default(),
        segments.next().unwrap_or_default(),
    );
    let rest = match (segments.next(), segments.next()) {
        (None, _) => "",
        (Some(_), None) => "/{id}",
        (Some(_), Some(_)) => "/{id}/…",
    };
    format!("{method} /{}/{}{rest}", resource.0, resource.1)
}

async fn unknown(State(gateway): State<Gateway>, uri: Uri, headers: HeaderMap) -> Response {
    let trace = gateway.world().next_trace("unknown");
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    let refusal = if !VERSIONED.contains(&first) {
        Refusal::not_found("Resource not found")
    } else if headers.contains_key("authorization") {
        Refusal::gateway(StatusCode::UNAUTHORIZED, "Token issuer not allowed")
    } else {
        Refusal::gateway(StatusCode::UNAUTHORIZED, "Unauthorized")
    };
    refusal.into_response(&trace)
}

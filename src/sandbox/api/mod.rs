//! Setu's API over HTTP, one file a resource. Here is what the resources share: the routes, and a call that was let in.

mod availability;
mod collections;
mod consent_answer;
mod consent_request;
mod consents;
mod fetches;
mod fips;
mod login;
mod refresh;
pub(crate) mod refusal;
mod sessions;
mod v1;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;

use super::gateway::{Gateway, World};
use super::{Options, auth};
use refusal::Refusal;

/// The resources that are under `/v2`. Asked for without it they belong to another version, whose tokens are others.
const VERSIONED: [&str; 4] = ["consents", "sessions", "fips", "account-availability"];

pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/v1/users/login", post(login::log_in))
        .route("/v2/consents", post(consents::create))
        .route("/v2/consents/{id}", get(consents::show))
        .route("/v2/consents/{id}/revoke", post(consents::revoke))
        .route("/v2/consents/{id}/fetch/status", get(fetches::last))
        .route("/v2/consents/{id}/data-sessions", get(fetches::list))
        .route("/v2/consents/collection", post(collections::create))
        .route("/v2/consents/collection/{id}", get(collections::show))
        .route("/v2/sessions", post(sessions::create))
        .route("/v2/sessions/{id}", get(sessions::show))
        .route(
            "/v2/sessions/refresh/{id}",
            get(refresh::go_on).post(refresh::begin),
        )
        .route("/v2/account-availability", post(availability::show))
        .route("/v2/fips", get(fips::list))
        .route("/v2/fips/{id}", get(fips::show))
        .merge(v1::router())
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
            let allowed = authorize(&world, gateway.options(), &parts);
            allowed.map_err(|refusal| refusal.into_response(&trace))?;
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

/// Which credentials a path asks for. v1 reads the FIPs of v2, and knows no product instance there either.
fn authorize(world: &World, options: &Options, parts: &Parts) -> Result<(), Refusal> {
    let (path, headers) = (parts.uri.path(), &parts.headers);
    if !path.starts_with("/v2/") {
        return auth::authenticate_v1(world, options, headers);
    }
    auth::authenticate(world, options, headers)?;
    let is_of_v1 = path.starts_with("/v2/fips")
        && !headers.contains_key("authorization")
        && !headers.contains_key("x-product-instance-id");
    if is_of_v1 {
        Ok(())
    } else {
        auth::check_product(options, headers)
    }
}

/// The whole body, which the server has already held to its limit.
async fn read_body(body: axum::body::Body, trace: &str) -> Result<Bytes, Response> {
    axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| Refusal::invalid_body().into_response(trace))
}

/// Where the consent pages of a consent or of a collection are.
fn webview_path(id: &str) -> String {
    format!("/v2/consents/webview/{id}")
}

/// What a call is counted as: its route, without the ids in it.
fn operation(method: &Method, uri: &Uri) -> String {
    let path = uri.path();
    let (version, rest) = match path.strip_prefix("/v2/") {
        Some(rest) => ("/v2", rest),
        None => ("", path.strip_prefix('/').unwrap_or(path)),
    };
    let mut segments = rest.split('/');
    let resource = segments.next().unwrap_or_default();
    let rest = match (segments.next(), segments.next()) {
        (None, _) => "",
        (Some(_), None) => "/{id}",
        (Some(_), Some(_)) => "/{id}/…",
    };
    format!("{method} {version}/{resource}{rest}")
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

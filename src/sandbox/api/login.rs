//! `POST /v1/users/login`: an access token for client credentials. What Setu answers to wrong ones is not known; here
//! it is 400 in the usual form.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::json;
use super::refusal::Refusal;
use crate::sandbox::auth::issue_token;
use crate::sandbox::gateway::Gateway;

#[derive(Deserialize)]
struct LoginRequest {
    #[serde(rename = "clientID")]
    client_id: String,
    #[expect(
        dead_code,
        reason = "it is only there to be required and to have its one value"
    )]
    grant_type: GrantType,
    secret: String,
}

#[derive(Deserialize)]
enum GrantType {
    #[serde(rename = "client_credentials")]
    ClientCredentials,
}

#[derive(Serialize)]
struct LoginAnswer {
    access_token: String,
    refresh_token: &'static str,
}

pub(crate) async fn log_in(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut world = gateway.world();
    let trace = world.next_trace("login");
    let options = gateway.options();
    match checked(&headers, &body) {
        Ok(request)
            if request.client_id == options.client_id
                && request.secret == options.client_secret =>
        {
            let answer = LoginAnswer {
                access_token: issue_token(&mut world, options),
                refresh_token: "",
            };
            json(StatusCode::OK, &answer)
        }
        Ok(_) => Refusal::invalid("Invalid client credentials").into_response(&trace),
        Err(refusal) => refusal.into_response(&trace),
    }
}

fn checked(headers: &HeaderMap, body: &[u8]) -> Result<LoginRequest, Refusal> {
    if headers
        .get("client")
        .is_none_or(|client| client != "bridge")
    {
        return Err(Refusal::invalid("Invalid request header: client"));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::invalid_body())
}

//! The first version of the API, as Setu's guides to v1 document it: the client's own credentials, no product
//! instance, no prefix, and keys with capitals. Behind it are the same consents and sessions as behind v2.

mod consent_request;
mod consents;
mod sessions;

use axum::Router;
use axum::routing::{get, post};

use crate::sandbox::gateway::Gateway;

pub(super) fn router() -> Router<Gateway> {
    Router::new()
        .route("/consents", post(consents::create))
        .route("/consents/{id}", get(consents::show))
        .route("/consents/webview/{id}", get(consents::page))
        .route("/sessions", post(sessions::create))
        .route("/sessions/{id}", get(sessions::show))
}

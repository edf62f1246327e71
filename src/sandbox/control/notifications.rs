//! Where notifications go, and what became of those that were sent.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use url::Url;

use super::{answer, json_response, parsed};
use crate::sandbox::gateway::Gateway;
use crate::sandbox::setup::SetupError;
use crate::sandbox::setup::fields::Place;

const LONGEST_URL: usize = 2_048;

pub(super) async fn show(State(gateway): State<Gateway>) -> Response {
    let world = gateway.world();
    let outbox = &world.notices.outbox;
    let entries: Vec<_> = outbox.entries().collect();
    let shown = json!({
        "url": outbox.destination().map(Url::as_str),
        "notifications": entries,
    });
    json_response(StatusCode::OK, &shown)
}

pub(super) async fn set(State(gateway): State<Gateway>, body: Bytes) -> Response {
    answer(parsed(&body).and_then(|value| {
        let url = read(&value)?;
        let shown = json!({ "url": url.as_ref().map(Url::as_str) });
        gateway.world().set_notification_url(url);
        Ok(shown)
    }))
}

/// `{"url": …}`, or `{"url": null}` for nowhere.
fn read(value: &Value) -> Result<Option<Url>, SetupError> {
    let place = Place::root(value).fields(&["url"])?.require("url")?;
    if place.value.is_null() {
        return Ok(None);
    }
    let text = place.text()?;
    let url = Url::parse(text)
        .map_err(|error| place.mistake(format!("`{text}` is not a URL: {error}")))?;
    if text.len() > LONGEST_URL {
        return Err(place.mistake("that URL is too long"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(place.mistake("notifications go to `http://` or `https://` URLs"));
    }
    // They would be shown wherever the URL is.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(place.mistake("a user or a password in the URL is not taken"));
    }
    Ok(Some(url))
}

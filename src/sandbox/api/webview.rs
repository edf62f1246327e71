//! The consent's page for the customer: who asks for what, and how it stands.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::sandbox::domain::consent::Consent;
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::gateway::{Gateway, World};
use crate::sandbox::html::{escaped, page};
use crate::sandbox::path_id::PathId;

pub(crate) async fn show(State(gateway): State<Gateway>, PathId(id): PathId) -> Response {
    let world = gateway.world();
    match world.consents.get(&id) {
        Some(consent) => {
            let client = &gateway.options().client_id;
            page(
                StatusCode::OK,
                "Consent request",
                &description(consent, client, world.now()),
            )
        }
        None if world.collections.get(&id).is_some() => {
            page(StatusCode::OK, "Consent requests", &members(&world, &id))
        }
        None => page(
            StatusCode::NOT_FOUND,
            "Consent not found",
            "<p>There is no such consent request.</p>\n",
        ),
    }
}

/// The consents of a collection, each with its own page.
fn members(world: &World, id: &str) -> String {
    let consents = world.collections.get(id).into_iter();
    let items: String = consents
        .flat_map(|collection| collection.consents())
        .map(|id| format!("<li><a href=\"/v2/consents/webview/{id}\">{id}</a></li>\n"))
        .collect();
    format!("<ul>\n{items}</ul>\n")
}

fn description(consent: &Consent, client: &str, now: Moment) -> String {
    let terms = &consent.terms;
    let why = terms
        .context_value(ContextKey::PurposeDescription)
        .unwrap_or(&terms.purpose.text);
    let facts = [
        ("Who asks", client.to_owned()),
        ("Whom", consent.vua.to_string()),
        ("Why", why.to_owned()),
        (
            "What",
            format!(
                "{} of {}",
                words(&terms.consent_types),
                words(&terms.fi_types)
            ),
        ),
        (
            "From when",
            format!("{} to {}", terms.data_range.from, terms.data_range.to),
        ),
        (
            "How often",
            format!(
                "{}, {} in {}",
                word(&terms.fetch_type),
                terms.frequency.value,
                word(&terms.frequency.unit)
            ),
        ),
        ("Until", terms.expiry.to_string()),
        ("State", consent.status(now).name().to_owned()),
    ];
    let facts: String = facts
        .iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)))
        .collect();
    format!("<dl>\n{facts}</dl>\n")
}

/// A word as the API writes it.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn words(values: &[impl serde::Serialize]) -> String {
    values.iter().map(word).collect::<Vec<_>>().join(", ")
}

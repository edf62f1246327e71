//! `/consents` of v1: asking for a consent and looking at it.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::super::Call;
use super::super::consent_answer::{LinkedAccount, linked};
use super::super::consents::{consent_not_found, open_consent};
use super::super::webview_path;
use super::consent_request::read_request;
use crate::sandbox::domain::consent::{Consent, ConsentStatus};
use crate::sandbox::domain::context::ContextEntry;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{
    ConsentMode, ConsentType, DataFilter, DataLife, DataRange, FetchType, FiType, Frequency,
    PurposeCategory, PurposeCode,
};
use crate::sandbox::path_id::PathId;

/// A consent as v1 shows it. How it was used and its accounts are there when it is asked about, not when it is made.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    url: String,
    status: ConsentStatus,
    #[serde(rename = "Detail")]
    detail: Detail<'a>,
    context: &'a [ContextEntry],
    #[serde(rename = "redirectUrl")]
    redirect_url: &'a str,
    #[serde(rename = "Usage", skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(rename = "Accounts", skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<LinkedAccount<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    consent_start: Moment,
    consent_expiry: Moment,
    #[serde(rename = "Customer")]
    customer: Party<String>,
    #[serde(rename = "FIDataRange")]
    data_range: DataRange,
    consent_mode: ConsentMode,
    consent_types: &'a [ConsentType],
    fetch_type: FetchType,
    #[serde(rename = "Frequency")]
    frequency: Frequency,
    #[serde(rename = "DataFilter")]
    data_filter: &'a [DataFilter],
    #[serde(rename = "DataLife")]
    data_life: DataLife,
    #[serde(rename = "DataConsumer", skip_serializing_if = "Option::is_none")]
    data_consumer: Option<Party<&'a str>>,
    #[serde(rename = "Purpose")]
    purpose: Purpose<'a>,
    fi_types: &'a [FiType],
}

#[derive(Serialize)]
struct Party<T> {
    id: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Purpose<'a> {
    #[serde(rename = "Category")]
    category: &'a PurposeCategory,
    code: PurposeCode,
    text: &'a str,
    ref_uri: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    count: String,
    last_used: Option<Moment>,
}

pub(super) async fn create(call: Call) -> Response {
    let mut world = call.gateway.world();
    let outcome = read_request(&call.body).and_then(|request| open_consent(&mut world, request));
    let now = world.now();
    let answer = outcome.and_then(|id| {
        let consent = world.consents.get(&id).ok_or_else(consent_not_found)?;
        let answer = answer(consent, call.gateway.origin(), now);
        Ok((StatusCode::CREATED, answer))
    });
    call.answer(answer)
}

pub(super) async fn show(PathId(id): PathId, call: Call) -> Response {
    let world = call.gateway.world();
    let shown = world.consents.get(&id).ok_or_else(consent_not_found);
    call.answer(shown.map(|consent| {
        let mut answer = answer(consent, call.gateway.origin(), world.now());
        answer.usage = Some(Usage {
            count: consent.usage.count.to_string(),
            last_used: consent.usage.last_used,
        });
        answer.accounts = Some(consent.accounts.iter().map(linked).collect());
        (StatusCode::OK, answer)
    }))
}

/// The page of v1, which is that of v2.
pub(super) async fn page(PathId(id): PathId) -> Response {
    let is_plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let id = if is_plain { id.as_str() } else { "unknown" };
    (StatusCode::FOUND, [(LOCATION, webview_path(id))]).into_response()
}

fn answer<'a>(consent: &'a Consent, origin: &str, now: Moment) -> Answer<'a> {
    let terms = &consent.terms;
    let purpose = &terms.purpose;
    let detail = Detail {
        consent_start: terms.start,
        consent_expiry: terms.expiry,
        customer: Party {
            id: consent.shown_vua(),
        },
        data_range: terms.data_range,
        consent_mode: terms.consent_mode,
        consent_types: &terms.consent_types,
        fetch_type: terms.fetch_type,
        frequency: terms.frequency,
        data_filter: &terms.data_filter,
        data_life: terms.data_life,
        data_consumer: consent.data_consumer.as_deref().map(|id| Party { id }),
        purpose: Purpose {
            category: &purpose.category,
            code: purpose.code,
            text: &purpose.text,
            ref_uri: &purpose.ref_uri,
        },
        fi_types: &terms.fi_types,
    };
    Answer {
        id: &consent.id,
        url: format!("{origin}/consents/webview/{}", consent.id),
        status: consent.status(now),
        detail,
        context: &terms.context,
        redirect_url: &consent.redirect_url,
        usage: None,
        accounts: None,
    }
}

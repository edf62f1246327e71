//! `/sessions` of v1. Only the accounts whose data is there are in the payload: v1 has no place for their states.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::Call;
use super::super::refusal::Refusal;
use super::super::sessions::{Look, account_data, look, open_session};
use crate::sandbox::data::FiData;
use crate::sandbox::domain::session::{FipFetch, Format, SessionStatus};
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::fetch::Wanted;
use crate::sandbox::path_id::PathId;

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "consentId")]
    consent_id: String,
    #[serde(rename = "DataRange")]
    data_range: DataRange,
    format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    status: SessionStatus,
    format: Format,
    #[serde(rename = "Payload")]
    payload: Option<Vec<FipData<'a>>>,
    id: &'a str,
    #[serde(rename = "DataRange")]
    data_range: DataRange,
    #[serde(rename = "consentId")]
    consent_id: &'a str,
}

#[derive(Serialize)]
struct FipData<'a> {
    #[serde(rename = "fipID")]
    fip_id: &'a str,
    data: Vec<AccountData<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountData<'a> {
    link_ref_number: &'a str,
    masked_acc_number: &'a str,
    #[serde(rename = "decryptedFI")]
    decrypted: FiData,
}

pub(super) async fn create(call: Call) -> Response {
    let mut world = call.gateway.world();
    let request: Result<Request, _> = serde_json::from_slice(&call.body);
    let outcome = request
        .map_err(|_| Refusal::invalid_body())
        .and_then(|request| {
            let wanted = Wanted {
                consent_id: request.consent_id,
                data_range: request.data_range,
                format: request.format,
                is_automatic: false,
            };
            open_session(&mut world, wanted)
        });
    match outcome {
        Ok(session) => {
            let answer = Answer {
                status: SessionStatus::Pending,
                format: session.format,
                payload: None,
                id: &session.id,
                data_range: session.data_range,
                consent_id: &session.consent_id,
            };
            call.answer(Ok((StatusCode::CREATED, answer)))
        }
        Err(refusal) => refusal.into_response(&call.trace),
    }
}

pub(super) async fn show(PathId(id): PathId, call: Call) -> Response {
    let look = match look(&mut call.gateway.world(), &id) {
        Ok(look) => look,
        Err(refusal) => return refusal.into_response(&call.trace),
    };
    let session = &look.session;
    let answer = Answer {
        status: look.status,
        format: session.format,
        payload: look.has_fips().then(|| {
            let fips = session.fips.iter().map(|fip| fip_data(&look, fip));
            fips.filter(|fip| !fip.data.is_empty()).collect()
        }),
        id: &session.id,
        data_range: session.data_range,
        consent_id: &session.consent_id,
    };
    call.answer(Ok((StatusCode::OK, answer)))
}

fn fip_data<'a>(look: &'a Look, fip: &'a FipFetch) -> FipData<'a> {
    let data = fip.accounts.iter().filter_map(|account| {
        let status = fip.account_status(account, look.elapsed);
        Some(AccountData {
            link_ref_number: &account.link_reference,
            masked_acc_number: &account.masked_number,
            decrypted: account_data(&look.session, account, status)?,
        })
    });
    FipData {
        fip_id: &fip.fip_id,
        data: data.collect(),
    }
}

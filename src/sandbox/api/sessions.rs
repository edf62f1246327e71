//! `/v2/sessions`: asking the FIPs for data, and reading what they answered.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::consents::consent_not_found;
use super::refusal::Refusal;
use crate::sandbox::data::{FiData, fi_data};
use crate::sandbox::domain::consent::{Consent, FetchRefusal};
use crate::sandbox::domain::customer::Account;
use crate::sandbox::domain::session::{AccountStatus, FipFetch, Format, Session, SessionStatus};
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::fetch::{self, OpenError, Wanted};
use crate::sandbox::gateway::World;
use crate::sandbox::path_id::PathId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionRequest {
    consent_id: String,
    data_range: DataRange,
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    format: Format,
    fips: Option<()>,
    data_range: DataRange,
    id: &'a str,
    status: SessionStatus,
    consent_id: &'a str,
    trace_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    consent_id: &'a str,
    format: Format,
    status: SessionStatus,
    data_range: DataRange,
    trace_id: &'a str,
    fips: Option<Vec<FipData<'a>>>,
}

#[derive(Serialize)]
struct FipData<'a> {
    #[serde(rename = "fipID")]
    fip_id: &'a str,
    accounts: Vec<AccountData<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountData<'a> {
    link_ref_number: &'a str,
    masked_acc_number: &'a str,
    #[serde(rename = "FIstatus")]
    fi_status: AccountStatus,
    data: Option<FiData>,
}

pub(crate) async fn create(call: Call) -> Response {
    let mut world = call.gateway.world();
    let request: Result<SessionRequest, _> = serde_json::from_slice(&call.body);
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
            let answer = Created {
                format: session.format,
                fips: None,
                data_range: session.data_range,
                id: &session.id,
                status: SessionStatus::Pending,
                consent_id: &session.consent_id,
                trace_id: &call.trace,
            };
            call.answer(Ok((StatusCode::CREATED, answer)))
        }
        Err(refusal) => refusal.into_response(&call.trace),
    }
}

pub(crate) async fn show(PathId(id): PathId, call: Call) -> Response {
    let look = match look(&mut call.gateway.world(), &id) {
        Ok(look) => look,
        Err(refusal) => return refusal.into_response(&call.trace),
    };
    // Making the data of large accounts takes a while; the lock is not held for it.
    let session = &look.session;
    let answer = Shown {
        id: &session.id,
        consent_id: &session.consent_id,
        format: session.format,
        status: look.status,
        data_range: session.data_range,
        trace_id: &look.trace,
        fips: look.has_fips().then(|| {
            session
                .fips
                .iter()
                .map(|fip| fip_data(session, fip, look.elapsed))
                .collect()
        }),
    };
    call.answer(Ok((StatusCode::OK, answer)))
}

/// A session at the moment someone looks at it.
pub(super) struct Look {
    pub(super) session: Arc<Session>,
    pub(super) status: SessionStatus,
    pub(super) elapsed: Duration,
    trace: String,
}

impl Look {
    /// Whether the answer lists the FIPs: not before they have answered, and not once the session is over.
    pub(super) fn has_fips(&self) -> bool {
        !matches!(self.status, SessionStatus::Pending | SessionStatus::Expired)
    }
}

pub(super) fn look(world: &mut World, id: &str) -> Result<Look, Refusal> {
    let (now, ids) = (world.now(), world.ids);
    let open = world
        .sessions
        .get_mut(id)
        .ok_or_else(|| Refusal::not_found("Data session not found"))?;
    let elapsed = open.asked.elapsed();
    let status = open.session.status(elapsed, now);
    let number = open.tell(status);
    let trace = ids.trace(&format!("session {id} {}", status.name()), number, now);
    Ok(Look {
        session: Arc::clone(&open.session),
        status,
        elapsed,
        trace,
    })
}

/// Opens a session, or says in Setu's words why not.
pub(super) fn open_session(world: &mut World, wanted: Wanted) -> Result<Arc<Session>, Refusal> {
    let id = wanted.consent_id.clone();
    fetch::open(world, wanted).map_err(|error| open_refusal(world, &id, &error))
}

pub(super) fn open_refusal(world: &World, consent_id: &str, error: &OpenError) -> Refusal {
    match (error, world.consents.get(consent_id)) {
        (OpenError::Unordered, _) => Refusal::invalid_body(),
        (OpenError::UnknownConsent, _) | (_, None) => consent_not_found(),
        (OpenError::Refused(refusal), Some(consent)) => fetch_refusal(consent, *refusal),
    }
}

/// Setu's words for a refusal. Finvu's own words come through for its consents.
fn fetch_refusal(consent: &Consent, refusal: FetchRefusal) -> Refusal {
    let is_finvu = consent.vua.handle == "finvu";
    match refusal {
        FetchRefusal::NotReady => Refusal::invalid("Consent artefact not ready"),
        FetchRefusal::Expired => Refusal::invalid(format!("Consent '{}' has expired", consent.id)),
        FetchRefusal::OutOfRange => {
            Refusal::invalid("FI dataRange is not within the consent's FIDataRange")
        }
        FetchRefusal::UsedOnce if is_finvu => Refusal::invalid("Consent already used"),
        FetchRefusal::UsedForTheFrequency if is_finvu => {
            Refusal::invalid("Consent already used for the frequency")
        }
        FetchRefusal::UsedOnce | FetchRefusal::UsedForTheFrequency => {
            Refusal::invalid("Consent use exceeded")
        }
    }
}

fn fip_data<'a>(session: &Session, fip: &'a FipFetch, elapsed: Duration) -> FipData<'a> {
    let accounts = fip.accounts.iter().map(|account| {
        let fi_status = fip.account_status(account, elapsed);
        AccountData {
            link_ref_number: &account.link_reference,
            masked_acc_number: &account.masked_number,
            fi_status,
            data: account_data(session, account, fi_status),
        }
    });
    FipData {
        fip_id: &fip.fip_id,
        accounts: accounts.collect(),
    }
}

/// An account's data, if its state is that it is there.
pub(super) fn account_data(
    session: &Session,
    account: &Account,
    status: AccountStatus,
) -> Option<FiData> {
    (status == AccountStatus::Ready).then(|| {
        fi_data(
            account,
            &session.scope,
            session.data_range,
            session.created,
            session.format,
        )
    })
}

//! `/v2/sessions`: asking the FIPs for data, and reading what they answered.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Call;
use super::consents::consent_not_found;
use super::refusal::Refusal;
use crate::sandbox::data::deposit::{DepositAccount, deposit_account};
use crate::sandbox::domain::consent::{Consent, FetchRefusal};
use crate::sandbox::domain::context::ContextKey;
use crate::sandbox::domain::customer::Account;
use crate::sandbox::domain::fip::DEFAULT_LATENCY;
use crate::sandbox::domain::session::{
    AccountStatus, DataScope, FetchOutcome, FipFetch, Format, Session, SessionStatus,
};
use crate::sandbox::domain::terms::{DataFilter, DataRange, FilterOperator, FilterSubject};
use crate::sandbox::gateway::{OpenSession, World};
use crate::sandbox::path_id::PathId;
use crate::sandbox::setup::Setup;

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
    data: Option<Data>,
}

#[derive(Serialize)]
struct Data {
    account: DepositAccount,
}

pub(crate) async fn create(call: Call) -> Response {
    let mut world = call.gateway.world();
    match new_session(&mut world, &call.body) {
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
            let response = call.answer(Ok((StatusCode::CREATED, answer)));
            let open = OpenSession::new(session);
            world.session_opened(&open.session, open.asked);
            world.sessions.put(open.session.id.clone(), open);
            response
        }
        Err(refusal) => refusal.into_response(&call.trace),
    }
}

pub(crate) async fn show(PathId(id): PathId, call: Call) -> Response {
    let Some(look) = look(&mut call.gateway.world(), &id) else {
        return Refusal::not_found("Data session not found").into_response(&call.trace);
    };
    // Making the data of large accounts takes a while; the lock is not held for it.
    let session = &look.session;
    let has_fips = !matches!(look.status, SessionStatus::Pending | SessionStatus::Expired);
    let answer = Shown {
        id: &session.id,
        consent_id: &session.consent_id,
        format: session.format,
        status: look.status,
        data_range: session.data_range,
        trace_id: &look.trace,
        fips: has_fips.then(|| {
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
struct Look {
    session: Arc<Session>,
    status: SessionStatus,
    elapsed: Duration,
    trace: String,
}

fn look(world: &mut World, id: &str) -> Option<Look> {
    let (now, ids) = (world.now(), world.ids);
    let open = world.sessions.get_mut(id)?;
    let elapsed = open.asked.elapsed();
    let status = open.session.status(elapsed, now);
    let number = open.tell(status);
    let trace = ids.trace(&format!("session {id} {}", status.name()), number, now);
    Some(Look {
        session: Arc::clone(&open.session),
        status,
        elapsed,
        trace,
    })
}

fn new_session(world: &mut World, body: &[u8]) -> Result<Session, Refusal> {
    let request: SessionRequest =
        serde_json::from_slice(body).map_err(|_| Refusal::invalid_body())?;
    if !request.data_range.is_ordered() {
        return Err(Refusal::invalid_body());
    }
    if request.format == Format::Xml {
        return Err(Refusal::invalid(
            "The sandbox does not give data as xml yet",
        ));
    }
    let now = world.now();
    let consent = world
        .consents
        .get_mut(&request.consent_id)
        .ok_or_else(consent_not_found)?;
    consent
        .use_for_fetch(request.data_range, now)
        .map_err(|refusal| fetch_refusal(consent, refusal))?;
    let scope = DataScope {
        consent_types: consent.terms.consent_types.clone(),
        filters: filters(consent),
    };
    let fips = fip_fetches(&world.setup, &consent.accounts);
    Ok(Session {
        id: world.next_id("session"),
        consent_id: request.consent_id,
        format: request.format,
        data_range: request.data_range,
        created: now,
        scope,
        fips,
    })
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

/// The consent's filters, and the one that its context may add.
fn filters(consent: &Consent) -> Vec<DataFilter> {
    let by_context = consent
        .terms
        .context_value(ContextKey::TransactionType)
        .map(|kind| DataFilter {
            operator: FilterOperator::Equal,
            subject: FilterSubject::TransactionType,
            value: kind.to_uppercase(),
        });
    consent
        .terms
        .data_filter
        .iter()
        .cloned()
        .chain(by_context)
        .collect()
}

/// The accounts by FIP, in the order in which they were linked, with what each FIP will answer.
fn fip_fetches(setup: &Setup, accounts: &[Account]) -> Vec<FipFetch> {
    let mut fetches: Vec<FipFetch> = Vec::new();
    for account in accounts {
        match fetches
            .iter_mut()
            .find(|fetch| fetch.fip_id == account.fip_id)
        {
            Some(fetch) => fetch.accounts.push(account.clone()),
            None => fetches.push(FipFetch {
                fip_id: account.fip_id.clone(),
                accounts: vec![account.clone()],
                outcome: setup
                    .fip(&account.fip_id)
                    .map_or(FetchOutcome::Failed, |fip| fip.fetch_outcome()),
                latency: setup
                    .fip(&account.fip_id)
                    .map_or(DEFAULT_LATENCY, |fip| fip.latency),
            }),
        }
    }
    fetches
}

fn fip_data<'a>(session: &Session, fip: &'a FipFetch, elapsed: Duration) -> FipData<'a> {
    let fi_status = fip.account_status(elapsed);
    let data = |account| {
        (fi_status == AccountStatus::Ready).then(|| Data {
            account: deposit_account(account, &session.scope, session.data_range, session.created),
        })
    };
    let accounts = fip.accounts.iter().map(|account| AccountData {
        link_ref_number: &account.link_reference,
        masked_acc_number: &account.masked_number,
        fi_status,
        data: data(account),
    });
    FipData {
        fip_id: &fip.fip_id,
        accounts: accounts.collect(),
    }
}

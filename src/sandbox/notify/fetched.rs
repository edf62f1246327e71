//! The data of a session that the gateway opened by itself, or why there is none. Both shapes are documented; that they
//! are sent once, when every FIP has answered, is inferred.

use std::time::Duration;

use serde::Serialize;

use crate::sandbox::data::{FiData, fi_data};
use crate::sandbox::domain::consent::{ConsentStatus, FetchRefusal};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{AccountStatus, FipFetch, Session, SessionStatus};
use crate::sandbox::domain::terms::DataRange;
use crate::sandbox::gateway::World;

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Body<'a> {
    Ready(Ready<'a>),
    Failed(Failed<'a>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Moment,
    consent_id: &'a str,
    notification_id: String,
    status: SessionStatus,
    data_range: DataRange,
    fi_data: Vec<FipData<'a>>,
}

#[derive(Debug, Serialize)]
struct FipData<'a> {
    #[serde(rename = "fipID")]
    fip_id: &'a str,
    data: Vec<AccountData<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountData<'a> {
    link_ref_number: &'a str,
    masked_acc_number: &'a str,
    #[serde(rename = "decryptedFI")]
    decrypted: FiData,
}

/// Documented with `success: true` beside an error.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Moment,
    consent_id: &'a str,
    notification_id: String,
    success: bool,
    data: Option<()>,
    error: Failure,
}

#[derive(Debug, Serialize)]
struct Failure {
    code: &'static str,
    message: String,
}

/// Why a fetch brought nothing. The codes and texts are documented, which of them belongs to what is inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    UsedUp,
    ConsentExpired,
    ConsentRevoked,
    SessionExpired,
    AggregatorFailed,
    NoData,
}

impl Cause {
    /// A refusal of a consent that is so, if it is one of those that are told.
    pub(super) fn of_refusal(refusal: FetchRefusal, status: ConsentStatus) -> Option<Cause> {
        match (refusal, status) {
            (FetchRefusal::UsedOnce | FetchRefusal::UsedForTheFrequency, _) => Some(Cause::UsedUp),
            (FetchRefusal::Expired, _) => Some(Cause::ConsentExpired),
            (FetchRefusal::NotReady, ConsentStatus::Revoked) => Some(Cause::ConsentRevoked),
            (FetchRefusal::NotReady | FetchRefusal::OutOfRange, _) => None,
        }
    }

    fn told(self, consent_id: &str) -> Failure {
        let (code, message) = match self {
            Cause::UsedUp => (
                "InvalidConsentUse",
                "Consent fetch frequency exceeded".to_owned(),
            ),
            Cause::ConsentExpired => (
                "InvalidConsentStatus",
                format!("Consent '{consent_id}' has expired"),
            ),
            Cause::ConsentRevoked => ("ConsentRevoked", "Consent has been revoked".to_owned()),
            Cause::SessionExpired => ("SessionExpired", "Data session has expired".to_owned()),
            Cause::AggregatorFailed => (
                "UpstreamServerDown",
                "Received 500 from upstream AA".to_owned(),
            ),
            Cause::NoData => (
                "DataFetchFailure",
                "Failed to fetch data after multiple retry attempts due to upstream errors"
                    .to_owned(),
            ),
        };
        Failure { code, message }
    }
}

/// What stands in the way of a session's data when every FIP has answered.
pub(super) fn obstacle(world: &World, session: &Session, now: Moment) -> Option<Cause> {
    let consent = world.consents.get(&session.consent_id);
    match consent.map(|consent| consent.status(now)) {
        Some(ConsentStatus::Revoked) => return Some(Cause::ConsentRevoked),
        Some(ConsentStatus::Expired) => return Some(Cause::ConsentExpired),
        _ => {}
    }
    if consent.is_some_and(|consent| world.setup.aggregators.refuse(&consent.vua.handle)) {
        return Some(Cause::AggregatorFailed);
    }
    match session.after_answers(session.fips.len(), now).0 {
        SessionStatus::Completed | SessionStatus::Partial => None,
        SessionStatus::Expired => Some(Cause::SessionExpired),
        SessionStatus::Failed | SessionStatus::Pending => Some(Cause::NoData),
    }
}

/// That there is no data, and why.
pub(super) fn failed(
    consent_id: &str,
    cause: Cause,
    notification_id: String,
    now: Moment,
) -> Body<'_> {
    Body::Failed(Failed {
        kind: "FI_DATA_FAILED",
        timestamp: now,
        consent_id,
        notification_id,
        success: true,
        data: None,
        error: cause.told(consent_id),
    })
}

/// The data that a session brought when every FIP has answered.
pub(super) fn of_session(session: &Session, notification_id: String, now: Moment) -> Body<'_> {
    let (status, _) = session.after_answers(session.fips.len(), now);
    let fips = session.fips.iter().map(|fip| fip_data(session, fip));
    Body::Ready(Ready {
        kind: "FI_DATA_READY",
        timestamp: now,
        consent_id: &session.consent_id,
        notification_id,
        status,
        data_range: session.data_range,
        fi_data: fips.filter(|fip| !fip.data.is_empty()).collect(),
    })
}

fn fip_data<'a>(session: &Session, fip: &'a FipFetch) -> FipData<'a> {
    let ready = fip
        .accounts
        .iter()
        .filter(|account| fip.account_status(account, Duration::MAX) == AccountStatus::Ready);
    let data = ready.map(|account| AccountData {
        link_ref_number: &account.link_reference,
        masked_acc_number: &account.masked_number,
        decrypted: fi_data(
            account,
            &session.scope,
            session.data_range,
            session.created,
            session.format,
        ),
    });
    FipData {
        fip_id: &fip.fip_id,
        data: data.collect(),
    }
}

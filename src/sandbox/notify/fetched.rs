//! The data of a session that the gateway opened by itself, or why there is none. Both shapes are documented; that they
//! are sent once, when every FIP has answered, is inferred.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::sandbox::data::{FiData, fi_data};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{AccountStatus, FipFetch, Session, SessionStatus};
use crate::sandbox::domain::terms::DataRange;

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
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: Cow<'static, str>,
}

/// Why there is no data of a fetch.
pub(super) fn failed(
    consent_id: &str,
    error: Failure,
    notification_id: String,
    timestamp: Moment,
) -> Body<'_> {
    Body::Failed(Failed {
        kind: "FI_DATA_FAILED",
        timestamp,
        consent_id,
        notification_id,
        success: true,
        data: None,
        error,
    })
}

/// What a session brought when every FIP has answered, told as of the moment at which it was fetched: the clock may
/// have jumped far beyond it since.
pub(super) fn of_session(session: &Session, notification_id: String) -> Body<'_> {
    let now = session.created;
    let (status, _) = session.after_answers(session.fips.len(), now);
    if !matches!(status, SessionStatus::Completed | SessionStatus::Partial) {
        let error = Failure {
            code: "DataFetchFailure",
            message: "Failed to fetch data after multiple retry attempts due to upstream errors"
                .into(),
        };
        return failed(&session.consent_id, error, notification_id, now);
    }
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

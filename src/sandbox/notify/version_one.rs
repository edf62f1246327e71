//! What notifications say of consents that were asked for by the first version of the API.
//!
//! As Setu's guides to v1 document them: keys with capitals, no number of the notification's own, a consent that was not
//! given told with `success: true`, and in a session's data its range and an error, which is empty where there is none.
//! The documented `Detail` of an active consent is empty, and so is this one: the consent itself has its accounts.

use serde::Serialize;

use super::body::{Failure, Kind, failure};
use crate::sandbox::domain::consent::{Action, Consent, ConsentStatus};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{AccountStatus, Format, Session, SessionStatus};
use crate::sandbox::domain::terms::DataRange;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsentBody<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    timestamp: Moment,
    consent_id: &'a str,
    success: bool,
    data: Option<ConsentData>,
    error: Option<Failure<'a>>,
}

#[derive(Debug, Serialize)]
struct ConsentData {
    status: ConsentStatus,
    #[serde(rename = "Detail")]
    detail: Nothing,
}

/// `{}`.
#[derive(Debug, Serialize)]
struct Nothing {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionBody<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    timestamp: Moment,
    consent_id: &'a str,
    data_session_id: &'a str,
    success: bool,
    data: SessionData<'a>,
}

#[derive(Debug, Serialize)]
struct SessionData<'a> {
    status: SessionStatus,
    format: Format,
    #[serde(rename = "DataRange")]
    data_range: DataRange,
    fips: Vec<Fip<'a>>,
    error: Failure<'a>,
}

#[derive(Debug, Serialize)]
struct Fip<'a> {
    #[serde(rename = "fipID")]
    fip_id: &'a str,
    #[serde(rename = "Accounts")]
    accounts: Vec<Account<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    link_ref_number: &'a str,
    #[serde(rename = "FIStatus")]
    fi_status: AccountStatus,
    description: &'static str,
}

/// What was done to a consent.
pub(super) fn of_consent(consent: &Consent, action: Action, now: Moment) -> ConsentBody<'_> {
    let error = failure(action, consent.reason.as_deref());
    ConsentBody {
        kind: Kind::ConsentStatusUpdate,
        timestamp: now,
        consent_id: &consent.id,
        success: true,
        data: error.is_none().then(|| ConsentData {
            status: consent.status(now),
            detail: Nothing {},
        }),
        error,
    }
}

/// How a session stands when so many of its FIPs have answered.
pub(super) fn of_session(session: &Session, answers: usize, now: Moment) -> SessionBody<'_> {
    let (status, fips) = session.after_answers(answers, now);
    let fips = session.fips.iter().zip(fips).map(|(fip, statuses)| Fip {
        fip_id: &fip.fip_id,
        accounts: (fip.accounts.iter().zip(statuses))
            .map(|(account, fi_status)| Account {
                link_ref_number: &account.link_reference,
                fi_status,
                description: "",
            })
            .collect(),
    });
    SessionBody {
        kind: Kind::SessionStatusUpdate,
        timestamp: now,
        consent_id: &session.consent_id,
        data_session_id: &session.id,
        success: true,
        data: SessionData {
            status,
            format: session.format,
            data_range: session.data_range,
            fips: fips.collect(),
            error: Failure {
                code: "",
                message: "",
            },
        },
    }
}

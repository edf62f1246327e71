//! What notifications say, in Setu's shapes.
//!
//! The shapes of consents that become active or fail, and of sessions, are documented and observed, `notificationId` as
//! decimal text is observed. That what is paused, resumed, revoked and expired is told like what is approved is
//! inferred, as is that a session's notification lists all of its FIPs.

use serde::Serialize;

use crate::sandbox::domain::consent::{Action, Consent, ConsentStatus};
use crate::sandbox::domain::customer::{Account, AccountType};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{AccountStatus, Format, Session, SessionStatus};
use crate::sandbox::domain::terms::FiType;
use crate::sandbox::ids::Ids;

/// The documentation's text, which says what no FIP says.
const DESCRIPTION: &str = "fi status description not found from FIP";

/// A notification's body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    consent_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_session_id: Option<&'a str>,
    success: bool,
    notification_id: String,
    error: Option<Failure<'a>>,
    timestamp: Moment,
    data: Option<Data<'a>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Kind {
    ConsentStatusUpdate,
    SessionStatusUpdate,
}

#[derive(Debug, Serialize)]
pub(super) struct Failure<'a> {
    pub(super) code: &'static str,
    pub(super) message: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Consent {
        status: ConsentStatus,
        detail: Detail<'a>,
    },
    /// The customer has chosen a FIP, and with it the aggregator.
    Selected { status: ConsentStatus, vua: String },
    Session {
        status: SessionStatus,
        fips: Vec<Fip<'a>>,
        format: Format,
    },
}

#[derive(Debug, Serialize)]
struct Detail<'a> {
    accounts: Vec<LinkedAccount<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkedAccount<'a> {
    masked_acc_number: &'a str,
    acc_type: AccountType,
    fip_id: &'a str,
    fi_type: FiType,
    link_ref_number: &'a str,
}

#[derive(Debug, Serialize)]
struct Fip<'a> {
    accounts: Vec<FetchedAccount<'a>>,
    #[serde(rename = "fipID")]
    fip_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FetchedAccount<'a> {
    #[serde(rename = "FIStatus")]
    fi_status: AccountStatus,
    description: &'static str,
    link_ref_number: &'a str,
}

/// The id of the `count`th notification of a consent or session: digits, as observed.
pub(super) fn number(ids: Ids, of: &str, count: u64) -> String {
    let key = ids.key("notification", &[of, &count.to_string()]);
    // So many digits that two hardly ever meet, and never a zero at the beginning.
    (100_000_000_000 + key % 900_000_000_000).to_string()
}

/// What was done to a consent.
pub(super) fn of_consent(
    consent: &Consent,
    action: Action,
    notification_id: String,
    now: Moment,
) -> Body<'_> {
    let error = failure(action, consent.reason.as_deref());
    Body {
        kind: Kind::ConsentStatusUpdate,
        consent_id: &consent.id,
        data_session_id: None,
        success: error.is_none(),
        notification_id,
        timestamp: now,
        data: error.is_none().then(|| match action {
            Action::SelectFip => Data::Selected {
                status: consent.status(now),
                vua: consent.shown_vua(),
            },
            _ => Data::Consent {
                status: consent.status(now),
                detail: Detail {
                    accounts: consent.accounts.iter().map(linked).collect(),
                },
            },
        }),
        error,
    }
}

/// How a session stands when so many of its FIPs have answered.
pub(super) fn of_session(
    session: &Session,
    answers: usize,
    notification_id: String,
    now: Moment,
) -> Body<'_> {
    let (status, fips) = session.after_answers(answers, now);
    let fips = session.fips.iter().zip(fips).map(|(fip, statuses)| Fip {
        fip_id: &fip.fip_id,
        accounts: fip
            .accounts
            .iter()
            .zip(statuses)
            .map(|(account, fi_status)| FetchedAccount {
                fi_status,
                description: DESCRIPTION,
                link_ref_number: &account.link_reference,
            })
            .collect(),
    });
    Body {
        kind: Kind::SessionStatusUpdate,
        consent_id: &session.consent_id,
        data_session_id: Some(&session.id),
        success: true,
        notification_id,
        error: None,
        timestamp: now,
        data: Some(Data::Session {
            status,
            fips: fips.collect(),
            format: session.format,
        }),
    }
}

/// A consent that the customer did not give is told as a failure, whose message is the customer's reason.
pub(super) fn failure(action: Action, reason: Option<&str>) -> Option<Failure<'_>> {
    let (code, default) = match action {
        Action::Reject => ("UserRejected", "reject_other"),
        Action::Cancel => ("UserCancelled", "cancel_will_share_later"),
        Action::Fail => ("NoFIPAccountsDiscovered", "no_fip_accounts_found"),
        Action::SelectFip
        | Action::Approve
        | Action::Pause
        | Action::Resume
        | Action::Revoke
        | Action::Expire => {
            return None;
        }
    };
    Some(Failure {
        code,
        message: reason.unwrap_or(default),
    })
}

fn linked(account: &Account) -> LinkedAccount<'_> {
    LinkedAccount {
        masked_acc_number: &account.masked_number,
        acc_type: account.account_type,
        fip_id: &account.fip_id,
        fi_type: account.fi_type,
        link_ref_number: &account.link_reference,
    }
}

/// A body for tests that do not look into it.
#[cfg(test)]
pub(super) fn any(consent_id: &str, notification_id: String, now: Moment) -> Body<'_> {
    Body {
        kind: Kind::ConsentStatusUpdate,
        consent_id,
        data_session_id: None,
        success: true,
        notification_id,
        error: None,
        timestamp: now,
        data: None,
    }
}

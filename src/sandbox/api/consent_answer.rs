//! Consents as answers show them, in the order of keys that Setu's have.

use serde::{Serialize, Serializer};

use crate::sandbox::domain::consent::{Consent, ConsentStatus};
use crate::sandbox::domain::context::ContextEntry;
use crate::sandbox::domain::customer::{Account, AccountType};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::terms::{
    ConsentMode, ConsentType, DataFilter, DataLife, DataRange, FetchType, FiType, Frequency,
    Purpose,
};

/// The answer to a new consent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created<'a> {
    id: &'a str,
    url: String,
    status: ConsentStatus,
    detail: CreatedDetail<'a>,
    #[serde(rename = "PAN", skip_serializing_if = "Option::is_none")]
    pan: Option<&'a str>,
    redirect_url: &'a str,
    context: &'a [ContextEntry],
    usage: CreatedUsage,
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_additional_phone_number: Option<bool>,
    trace_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedDetail<'a> {
    consent_start: Moment,
    fi_types: &'a [FiType],
    fetch_type: FetchType,
    purpose: &'a Purpose,
    vua: String,
    data_range: DataRange,
    consent_types: &'a [ConsentType],
    consent_mode: ConsentMode,
    consent_expiry: Moment,
    frequency: Frequency,
    data_life: DataLife,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedUsage {
    count: String,
    last_used: Option<Moment>,
}

/// The answer to a question about a consent; what is optional is there when it is asked for expanded.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown<'a> {
    id: &'a str,
    url: String,
    status: ConsentStatus,
    detail: ShownDetail<'a>,
    #[serde(rename = "PAN", skip_serializing_if = "Option::is_none")]
    pan: Option<&'a str>,
    context: &'a [ContextEntry],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<ShownUsage>,
    accounts_linked: Vec<LinkedAccount<'a>>,
    tags: &'a [String],
    trace_id: &'a str,
}

enum ShownDetail<'a> {
    Plain(PlainDetail),
    Expanded(ExpandedDetail<'a>),
}

impl Serialize for ShownDetail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ShownDetail::Plain(detail) => detail.serialize(serializer),
            ShownDetail::Expanded(detail) => detail.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainDetail {
    vua: String,
    consent_start: Moment,
    consent_expiry: Moment,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExpandedDetail<'a> {
    purpose: &'a Purpose,
    consent_start: Moment,
    fi_types: &'a [FiType],
    frequency: Frequency,
    fetch_type: FetchType,
    vua: String,
    data_life: DataLife,
    consent_expiry: Moment,
    data_filter: &'a [DataFilter],
    consent_types: &'a [ConsentType],
    data_range: DataRange,
    consent_mode: ConsentMode,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownUsage {
    last_used: Option<Moment>,
    count: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkedAccount<'a> {
    fip_id: &'a str,
    acc_type: AccountType,
    fi_type: FiType,
    masked_acc_number: &'a str,
    link_ref_number: &'a str,
}

/// How much of a consent is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Plain,
    Expanded,
}

pub(crate) fn page_url(origin: &str, id: &str) -> String {
    format!("{origin}{}", super::webview_path(id))
}

pub(crate) fn created<'a>(
    consent: &'a Consent,
    origin: &str,
    now: Moment,
    trace: &'a str,
) -> Created<'a> {
    let terms = &consent.terms;
    Created {
        id: &consent.id,
        url: page_url(origin, &consent.id),
        status: consent.status(now),
        detail: CreatedDetail {
            consent_start: terms.start,
            fi_types: &terms.fi_types,
            fetch_type: terms.fetch_type,
            purpose: &terms.purpose,
            vua: consent.shown_vua(),
            data_range: terms.data_range,
            consent_types: &terms.consent_types,
            consent_mode: terms.consent_mode,
            consent_expiry: terms.expiry,
            frequency: terms.frequency,
            data_life: terms.data_life,
        },
        pan: consent.pan.as_deref(),
        redirect_url: &consent.redirect_url,
        context: &terms.context,
        usage: CreatedUsage {
            count: consent.usage.count.to_string(),
            last_used: consent.usage.last_used,
        },
        tags: &consent.tags,
        enable_additional_phone_number: consent.additional_phone_number,
        trace_id: trace,
    }
}

pub(crate) fn shown<'a>(
    consent: &'a Consent,
    detail: Detail,
    origin: &str,
    now: Moment,
    trace: &'a str,
) -> Shown<'a> {
    Shown {
        id: &consent.id,
        url: page_url(origin, &consent.id),
        status: consent.status(now),
        detail: shown_detail(consent, detail),
        pan: consent.pan.as_deref(),
        context: &consent.terms.context,
        usage: (detail == Detail::Expanded).then(|| ShownUsage {
            last_used: consent.usage.last_used,
            count: consent.usage.count.to_string(),
        }),
        accounts_linked: consent.accounts.iter().map(linked).collect(),
        tags: &consent.tags,
        trace_id: trace,
    }
}

fn shown_detail(consent: &Consent, detail: Detail) -> ShownDetail<'_> {
    let terms = &consent.terms;
    match detail {
        Detail::Plain => ShownDetail::Plain(PlainDetail {
            vua: consent.shown_vua(),
            consent_start: terms.start,
            consent_expiry: terms.expiry,
        }),
        Detail::Expanded => ShownDetail::Expanded(ExpandedDetail {
            purpose: &terms.purpose,
            consent_start: terms.start,
            fi_types: &terms.fi_types,
            frequency: terms.frequency,
            fetch_type: terms.fetch_type,
            vua: consent.shown_vua(),
            data_life: terms.data_life,
            consent_expiry: terms.expiry,
            data_filter: &terms.data_filter,
            consent_types: &terms.consent_types,
            data_range: terms.data_range,
            consent_mode: terms.consent_mode,
        }),
    }
}

pub(super) fn linked(account: &Account) -> LinkedAccount<'_> {
    LinkedAccount {
        fip_id: &account.fip_id,
        acc_type: account.account_type,
        fi_type: account.fi_type,
        masked_acc_number: &account.masked_number,
        link_ref_number: &account.link_reference,
    }
}

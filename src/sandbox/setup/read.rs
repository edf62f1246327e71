//! From JSON to changes.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::faults::faults_at;
use super::fields::{Fields, Place, SetupError, suggestion};
use super::{AuthPolicy, AutoFetch, Changes, DefaultsChanges, FipChange};
use crate::sandbox::clock::{Clock, fixed_at, parse_duration};
use crate::sandbox::data::SERVED_TYPES;
use crate::sandbox::data::accounts::{AccountPlan, DEFAULT_TRANSACTIONS_A_YEAR};
use crate::sandbox::domain::consent::Action;
use crate::sandbox::domain::customer::AccountType;
use crate::sandbox::domain::fair_use::Aggregators;
use crate::sandbox::domain::fip::{self, FipStatus};
use crate::sandbox::domain::session::{FetchOutcome, SchemaVersion};
use crate::sandbox::domain::terms::{ConsentDuration, FiType, Purpose, PurposeCode};
use crate::sandbox::domain::vua::is_mobile;

const MOST_CUSTOMERS: usize = 10_000;
const MOST_ACCOUNTS: usize = 100;
const MOST_TRANSACTIONS_A_YEAR: u64 = 100_000;
const MOST_TAGS: usize = 1_000;
const LONGEST_TEXT: usize = 2_048;
/// A FIP or a fault that takes longer than this would outlive any test.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// What a schedule may be: faster ones would do nothing but fetch, slower ones would never be seen to.
const SHORTEST_RHYTHM: Duration = Duration::from_secs(1);
const LONGEST_RHYTHM: Duration = Duration::from_secs(3_650 * 86_400);

/// When a set-up is read: to begin with, or midway, when more can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Beginning,
    Midway,
}

const BEGINNING_KEYS: [&str; 11] = [
    "clock",
    "seed",
    "auth",
    "aggregators",
    "artefact_delay",
    "data",
    "schema_version",
    "product",
    "customers",
    "fips",
    "faults",
];
const MIDWAY_KEYS: [&str; 13] = [
    "clock",
    "seed",
    "auth",
    "aggregators",
    "artefact_delay",
    "data",
    "schema_version",
    "product",
    "customers",
    "fips",
    "faults",
    "advance",
    "consent",
];

pub(crate) fn read_changes(value: &Value, occasion: Occasion) -> Result<Changes, SetupError> {
    let known: &[&str] = match occasion {
        Occasion::Beginning => &BEGINNING_KEYS,
        Occasion::Midway => &MIDWAY_KEYS,
    };
    let fields = Place::root(value).fields(known)?;
    let mut changes = Changes {
        clock: fields.optional("clock", |place| read_clock(&place))?,
        seed: fields.optional("seed", |place| place.number(u64::MAX))?,
        auth: fields.optional("auth", |place| {
            place.one_of(&[
                ("bearer", AuthPolicy::Bearer),
                ("client", AuthPolicy::Client),
                ("any", AuthPolicy::Any),
            ])
        })?,
        aggregators: fields.optional("aggregators", |place| {
            place.one_of(&[
                ("observed", Aggregators::Observed),
                ("strict", Aggregators::Strict),
                ("lenient", Aggregators::Lenient),
            ])
        })?,
        artefact_delay: fields.optional("artefact_delay", |place| {
            read_duration(&place, LONGEST_WAIT)
        })?,
        is_observed: fields.optional("data", |place| {
            place.one_of(&[("reconciled", false), ("observed", true)])
        })?,
        schema_version: fields.optional("schema_version", |place| {
            place.one_of(&[
                ("v1.1", SchemaVersion::OneOne),
                ("v2.0.0", SchemaVersion::TwoNought),
            ])
        })?,
        customers: fields
            .optional("customers", |place| read_customers(&place))?
            .unwrap_or_default(),
        fips: fields
            .optional("fips", |place| read_fips(&place))?
            .unwrap_or_default(),
        faults: fields.optional("faults", |place| faults_at(&place))?,
        advance: fields.optional("advance", |place| read_duration(&place, Duration::MAX))?,
        consent: fields.optional("consent", |place| read_consent(&place))?,
        ..Changes::default()
    };
    if let Some(product) = fields.get("product") {
        read_product(&product, &mut changes)?;
    }
    Ok(changes)
}

/// `{"action": …}`, as `/_sandbox/consents/{id}/state` takes it.
pub(crate) fn read_state_action(value: &Value) -> Result<Action, SetupError> {
    read_action(&Place::root(value).fields(&["action"])?.require("action")?)
}

/// `{"advance": …}` or `{"set": …}`, as `/_sandbox/clock` takes them.
pub(crate) fn read_clock_changes(value: &Value) -> Result<Changes, SetupError> {
    let place = Place::root(value);
    let fields = place.fields(&["advance", "set"])?;
    match (fields.get("advance"), fields.get("set")) {
        (Some(advance), None) => Ok(Changes {
            advance: Some(read_duration(&advance, Duration::MAX)?),
            ..Changes::default()
        }),
        (None, Some(set)) => Ok(Changes {
            clock: Some(read_clock(&set)?),
            ..Changes::default()
        }),
        _ => Err(place.mistake("expected either `advance` or `set`")),
    }
}

fn read_clock(place: &Place<'_>) -> Result<Clock, SetupError> {
    fixed_at(place.text()?).ok_or_else(|| place.expected("an RFC 3339 date-time from 1970 to 2200"))
}

pub(super) fn read_duration(place: &Place<'_>, most: Duration) -> Result<Duration, SetupError> {
    let duration = parse_duration(place.text()?)
        .ok_or_else(|| place.expected("a duration such as `250ms`, `2s`, `1m30s` or `5d`"))?;
    if duration > most {
        return Err(place.mistake(format!("expected at most {} seconds", most.as_secs())));
    }
    Ok(duration)
}

fn read_consent(place: &Place<'_>) -> Result<(String, Action), SetupError> {
    let fields = place.fields(&["id", "action"])?;
    let id = fields.require("id")?.text()?.to_owned();
    Ok((id, read_action(&fields.require("action")?)?))
}

fn read_action(place: &Place<'_>) -> Result<Action, SetupError> {
    place.one_of(&[
        ("pause", Action::Pause),
        ("resume", Action::Resume),
        ("revoke", Action::Revoke),
        ("expire", Action::Expire),
    ])
}

fn read_product(place: &Place<'_>, changes: &mut Changes) -> Result<(), SetupError> {
    let fields = place.fields(&[
        "auto_fetch",
        "partial_fetch",
        "fip_selector",
        "tags",
        "defaults",
    ])?;
    changes.auto_fetch = fields.optional("auto_fetch", |place| read_auto_fetch(&place))?;
    changes.partial_fetch = fields.optional("partial_fetch", |place| place.boolean())?;
    changes.fip_selector = fields.optional("fip_selector", |place| place.boolean())?;
    changes.tags = fields.optional("tags", |tags| {
        let tags = tags.list(MOST_TAGS)?;
        tags.iter().map(|tag| short_text(tag)).collect()
    })?;
    if let Some(defaults) = fields.get("defaults") {
        changes.defaults = read_defaults(&defaults)?;
    }
    Ok(())
}

/// `true`, `false` or `{ every: 1d }`.
fn read_auto_fetch(place: &Place<'_>) -> Result<AutoFetch, SetupError> {
    if let Some(is_on) = place.value.as_bool() {
        return Ok(AutoFetch { is_on, every: None });
    }
    if !place.value.is_object() {
        return Err(place.expected("true or false, or a map such as `{ every: 1d }`"));
    }
    let every = place.fields(&["every"])?.require("every")?;
    let duration = read_duration(&every, LONGEST_RHYTHM)?;
    if duration < SHORTEST_RHYTHM {
        return Err(every.mistake("expected at least a second"));
    }
    Ok(AutoFetch {
        is_on: true,
        every: Some(duration),
    })
}

fn read_defaults(place: &Place<'_>) -> Result<DefaultsChanges, SetupError> {
    let fields = place.fields(&[
        "fiTypes",
        "fetchType",
        "purpose",
        "consentTypes",
        "consentMode",
        "frequency",
        "dataLife",
        "consentDuration",
        "redirectUrl",
    ])?;
    Ok(DefaultsChanges {
        fi_types: fields.optional("fiTypes", |place| words(&place))?,
        fetch_type: fields.optional("fetchType", |place| place.as_in_the_api())?,
        purpose: fields.optional("purpose", |place| read_purpose(&place))?,
        consent_types: fields.optional("consentTypes", |place| words(&place))?,
        consent_mode: fields.optional("consentMode", |place| place.as_in_the_api())?,
        // Null takes the default away.
        frequency: fields.optional("frequency", |place| {
            if !place.value.is_null() {
                place.fields(&["unit", "value"])?;
            }
            place.as_in_the_api()
        })?,
        data_life: fields.optional("dataLife", |place| {
            place.fields(&["unit", "value"])?;
            place.as_in_the_api()
        })?,
        consent_duration: fields
            .optional("consentDuration", |place| read_consent_duration(&place))?,
        redirect_url: fields.optional("redirectUrl", |place| short_text(&place))?,
    })
}

fn words<T: DeserializeOwned>(place: &Place<'_>) -> Result<Vec<T>, SetupError> {
    let items = place.list(100)?;
    if items.is_empty() {
        return Err(place.mistake("expected at least one item"));
    }
    items.iter().map(|item| item.as_in_the_api()).collect()
}

/// A purpose in full, or its code alone.
fn read_purpose(place: &Place<'_>) -> Result<Purpose, SetupError> {
    let fields = place.fields(&["code", "text", "refUri", "category"])?;
    let code: PurposeCode = fields.require("code")?.as_in_the_api()?;
    let mut purpose = Purpose::standard(code);
    if let Some(text) = fields.get("text") {
        purpose.text = short_text(&text)?;
    }
    if let Some(ref_uri) = fields.get("refUri") {
        purpose.ref_uri = short_text(&ref_uri)?;
    }
    if let Some(category) = fields.get("category") {
        purpose.category.kind = short_text(&category.fields(&["type"])?.require("type")?)?;
    }
    Ok(purpose)
}

fn read_consent_duration(place: &Place<'_>) -> Result<ConsentDuration, SetupError> {
    let fields = place.fields(&["unit", "value"])?;
    let value = fields.require("value")?;
    let number = match value.value.as_str() {
        Some(text) => text.parse().ok(),
        None => value
            .value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
    };
    let number = number.filter(|number| (1..=36_500).contains(number));
    Ok(ConsentDuration {
        value: number.ok_or_else(|| value.expected("a whole number from 1 to 36500"))?,
        unit: fields.require("unit")?.as_in_the_api()?,
    })
}

fn read_customers(place: &Place<'_>) -> Result<Vec<(String, Vec<AccountPlan>)>, SetupError> {
    let mut customers: Vec<(String, Vec<AccountPlan>)> = Vec::new();
    for customer in place.list(MOST_CUSTOMERS)? {
        let fields = customer.fields(&["mobile", "accounts"])?;
        let mobile = fields.require("mobile")?;
        // Templates give text, YAML gives numbers.
        let number = mobile.value.as_u64().map(|number| number.to_string());
        let number = number.or_else(|| mobile.value.as_str().map(str::to_owned));
        let number = number
            .filter(|number| is_mobile(number))
            .ok_or_else(|| mobile.expected("a mobile number of ten digits"))?;
        let accounts = fields.require("accounts")?.list(MOST_ACCOUNTS)?;
        customers.push((
            number,
            accounts
                .iter()
                .map(read_account)
                .collect::<Result<_, _>>()?,
        ));
    }
    Ok(customers)
}

fn read_account(place: &Place<'_>) -> Result<AccountPlan, SetupError> {
    let fields = place.fields(&["fip", "type", "account_type", "transactions", "fetch"])?;
    let fip = fields.require("fip")?;
    let fi_type = fields
        .optional("type", |place| read_served_type(&place))?
        .unwrap_or(FiType::Deposit);
    Ok(AccountPlan {
        fip_id: known_fip(fip.text()?, &fip.path)?.to_owned(),
        fi_type,
        account_type: read_account_type(&fields, fi_type)?,
        transactions_a_year: fields
            .optional("transactions", |place| {
                place.number(MOST_TRANSACTIONS_A_YEAR)
            })?
            .map_or(DEFAULT_TRANSACTIONS_A_YEAR, |number| number as u32),
        outcome: fields
            .optional("fetch", |place| read_outcome(&place))?
            .unwrap_or(FetchOutcome::Ready),
    })
}

/// A type of which there is data.
fn read_served_type(place: &Place<'_>) -> Result<FiType, SetupError> {
    let fi_type = place.as_in_the_api()?;
    if SERVED_TYPES.contains(&fi_type) {
        return Ok(fi_type);
    }
    let known: Vec<String> = SERVED_TYPES
        .iter()
        .filter_map(|served| serde_json::to_value(served).ok())
        .filter_map(|served| served.as_str().map(str::to_owned))
        .collect();
    Err(place.mistake(format!(
        "the sandbox has no data of this type; it has that of {}",
        known.join(", ")
    )))
}

fn read_account_type(fields: &Fields<'_>, fi_type: FiType) -> Result<AccountType, SetupError> {
    let account_type = fields.optional("account_type", |place| {
        if fi_type == FiType::Deposit {
            place.one_of(&[
                ("SAVINGS", AccountType::Savings),
                ("CURRENT", AccountType::Current),
            ])
        } else {
            Err(place.mistake("only a DEPOSIT account has an `account_type`"))
        }
    })?;
    Ok(account_type.unwrap_or(match fi_type {
        FiType::Deposit => AccountType::Savings,
        _ => AccountType::Other,
    }))
}

fn read_fips(place: &Place<'_>) -> Result<Vec<FipChange>, SetupError> {
    place
        .entries()?
        .into_iter()
        .map(|(id, place)| read_fip(id, &place))
        .collect()
}

fn read_fip(id: &str, place: &Place<'_>) -> Result<FipChange, SetupError> {
    known_fip(id, &place.path)?;
    let fields = place.fields(&["fetch", "latency", "status"])?;
    Ok(FipChange {
        id: id.to_owned(),
        outcome: fields.optional("fetch", |place| read_outcome(&place))?,
        latency: fields.optional("latency", |place| read_duration(&place, LONGEST_WAIT))?,
        status: fields.optional("status", |place| {
            place.one_of(&[
                ("ACTIVE", FipStatus::Active),
                ("INACTIVE", FipStatus::Inactive),
                ("TEMPORARILY_INACTIVE", FipStatus::TemporarilyInactive),
            ])
        })?,
    })
}

fn read_outcome(place: &Place<'_>) -> Result<FetchOutcome, SetupError> {
    place.one_of(&[
        ("ready", FetchOutcome::Ready),
        ("timeout", FetchOutcome::Timeout),
        ("denied", FetchOutcome::Denied),
        ("failed", FetchOutcome::Failed),
    ])
}

fn known_fip<'a>(id: &'a str, path: &str) -> Result<&'a str, SetupError> {
    let fips = fip::all();
    if fips.iter().any(|fip| fip.id == id) {
        return Ok(id);
    }
    let known: Vec<&str> = fips.iter().map(|fip| fip.id).collect();
    Err(SetupError::new(
        path,
        format!("unknown FIP `{id}`{}", suggestion(id, &known)),
    ))
}

fn short_text(place: &Place<'_>) -> Result<String, SetupError> {
    let text = place.text()?;
    if text.len() > LONGEST_TEXT {
        return Err(place.mistake(format!("expected at most {LONGEST_TEXT} bytes of text")));
    }
    Ok(text.to_owned())
}

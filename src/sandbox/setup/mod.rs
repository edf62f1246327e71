//! How a sandbox is set up: the `sandbox` block of a scenario, as JSON. `read` turns JSON into changes or says what is
//! wrong with it; `Setup` is what the changes are made to.

mod faults;
pub(crate) mod fields;
mod read;

use std::collections::BTreeMap;
use std::time::Duration;

use super::clock::Clock;
use super::data::accounts::{AccountPlan, accounts, default_plans};
use super::domain::consent::Action;
use super::domain::customer::Account;
use super::domain::fair_use::Aggregators;
use super::domain::fip::{self, Fip, FipStatus};
use super::domain::session::{FetchOutcome, SchemaVersion};
use super::domain::terms::{
    ConsentDuration, ConsentMode, ConsentType, DataLife, DataLifeUnit, DurationUnit, FetchType,
    FiType, Frequency, FrequencyUnit, Purpose, PurposeCode,
};
use super::faults::Fault;
use super::ids::Ids;

pub(crate) use faults::read_faults;
pub(crate) use fields::SetupError;
pub(crate) use read::{Occasion, read_changes, read_clock_changes, read_state_action};

/// Which credentials the gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthPolicy {
    Bearer,
    Client,
    Any,
}

/// Whether the gateway fetches by itself once a consent is active, and how often.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AutoFetch {
    pub(crate) is_on: bool,
    /// What PERIODIC consents are fetched by, instead of the unit of their own frequency.
    pub(crate) every: Option<Duration>,
}

/// What a consent request leaves out is taken from here: Setu's product configuration.
#[derive(Clone, Debug)]
pub(crate) struct ProductDefaults {
    pub(crate) fi_types: Vec<FiType>,
    pub(crate) fetch_type: FetchType,
    pub(crate) purpose: Purpose,
    pub(crate) consent_types: Vec<ConsentType>,
    pub(crate) consent_mode: ConsentMode,
    /// None if the product has none, and then a PERIODIC request must bring its own.
    pub(crate) frequency: Option<Frequency>,
    pub(crate) data_life: DataLife,
    pub(crate) consent_duration: ConsentDuration,
    pub(crate) redirect_url: String,
}

impl ProductDefaults {
    fn new() -> ProductDefaults {
        ProductDefaults {
            fi_types: vec![FiType::Deposit],
            fetch_type: FetchType::Periodic,
            purpose: Purpose::standard(PurposeCode::WealthManagement),
            consent_types: vec![
                ConsentType::Transactions,
                ConsentType::Profile,
                ConsentType::Summary,
            ],
            consent_mode: ConsentMode::Store,
            frequency: Some(Frequency {
                value: 30,
                unit: FrequencyUnit::Month,
            }),
            data_life: DataLife {
                value: 1,
                unit: DataLifeUnit::Month,
            },
            consent_duration: ConsentDuration {
                value: 4,
                unit: DurationUnit::Month,
            },
            redirect_url: "https://setu.co".to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) auth: AuthPolicy,
    pub(crate) aggregators: Aggregators,
    /// How long after an approval sessions are still refused, in real time.
    pub(crate) artefact_delay: Duration,
    pub(crate) auto_fetch: AutoFetch,
    /// Whether a session is PARTIAL as soon as there is data of one account.
    pub(crate) partial_fetch: bool,
    /// Whether a customer who is named without an aggregator chooses a FIP first.
    pub(crate) fip_selector: bool,
    /// Whether data is as Setu's hosted sandbox gives it, instead of adding up.
    pub(crate) is_observed: bool,
    pub(crate) schema_version: SchemaVersion,
    pub(crate) tags: Vec<String>,
    pub(crate) defaults: ProductDefaults,
    pub(crate) fips: Vec<Fip>,
    customers: BTreeMap<String, Vec<AccountPlan>>,
}

impl Setup {
    pub(crate) fn new() -> Setup {
        Setup {
            auth: AuthPolicy::Any,
            aggregators: Aggregators::Observed,
            artefact_delay: Duration::ZERO,
            auto_fetch: AutoFetch::default(),
            partial_fetch: false,
            fip_selector: false,
            is_observed: false,
            schema_version: SchemaVersion::default(),
            tags: vec!["Loan_Tracking".to_owned(), "Partner_X".to_owned()],
            defaults: ProductDefaults::new(),
            fips: fip::all(),
            customers: BTreeMap::new(),
        }
    }

    pub(crate) fn accounts_of(&self, ids: Ids, mobile: &str) -> Vec<Account> {
        match self.customers.get(mobile) {
            Some(plans) => accounts(ids, mobile, plans),
            None => accounts(ids, mobile, &default_plans()),
        }
    }

    pub(crate) fn fip(&self, id: &str) -> Option<&Fip> {
        self.fips.iter().find(|fip| fip.id == id)
    }

    /// Makes the changes that concern the set-up itself. The clock, the seed and the faults are the gateway's.
    pub(crate) fn change(&mut self, changes: &Changes) {
        set(&mut self.auth, &changes.auth);
        set(&mut self.aggregators, &changes.aggregators);
        set(&mut self.artefact_delay, &changes.artefact_delay);
        set(&mut self.auto_fetch, &changes.auto_fetch);
        set(&mut self.partial_fetch, &changes.partial_fetch);
        set(&mut self.fip_selector, &changes.fip_selector);
        set(&mut self.is_observed, &changes.is_observed);
        set(&mut self.schema_version, &changes.schema_version);
        set(&mut self.tags, &changes.tags);
        change_defaults(&mut self.defaults, &changes.defaults);
        for (mobile, plans) in &changes.customers {
            for plan in plans {
                for fip in self.fips.iter_mut().filter(|fip| fip.id == plan.fip_id) {
                    fip.serve(plan.fi_type);
                }
            }
            self.customers.insert(mobile.clone(), plans.clone());
        }
        for change in &changes.fips {
            for fip in self.fips.iter_mut().filter(|fip| fip.id == change.id) {
                fip.outcome = change.outcome.unwrap_or(fip.outcome);
                fip.latency = change.latency.unwrap_or(fip.latency);
                fip.status = change.status.unwrap_or(fip.status);
            }
        }
    }
}

fn set<T: Clone>(place: &mut T, change: &Option<T>) {
    if let Some(value) = change {
        place.clone_from(value);
    }
}

fn change_defaults(defaults: &mut ProductDefaults, changes: &DefaultsChanges) {
    set(&mut defaults.fi_types, &changes.fi_types);
    set(&mut defaults.fetch_type, &changes.fetch_type);
    set(&mut defaults.purpose, &changes.purpose);
    set(&mut defaults.consent_types, &changes.consent_types);
    set(&mut defaults.consent_mode, &changes.consent_mode);
    set(&mut defaults.frequency, &changes.frequency);
    set(&mut defaults.data_life, &changes.data_life);
    set(&mut defaults.consent_duration, &changes.consent_duration);
    set(&mut defaults.redirect_url, &changes.redirect_url);
}

/// A set-up as it was read: only what it mentions.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) clock: Option<Clock>,
    pub(crate) seed: Option<u64>,
    pub(crate) faults: Option<Vec<Fault>>,
    pub(crate) advance: Option<Duration>,
    pub(crate) consent: Option<(String, Action)>,
    auth: Option<AuthPolicy>,
    aggregators: Option<Aggregators>,
    artefact_delay: Option<Duration>,
    auto_fetch: Option<AutoFetch>,
    partial_fetch: Option<bool>,
    fip_selector: Option<bool>,
    is_observed: Option<bool>,
    schema_version: Option<SchemaVersion>,
    tags: Option<Vec<String>>,
    defaults: DefaultsChanges,
    customers: Vec<(String, Vec<AccountPlan>)>,
    fips: Vec<FipChange>,
}

#[derive(Debug, Default)]
struct DefaultsChanges {
    fi_types: Option<Vec<FiType>>,
    fetch_type: Option<FetchType>,
    purpose: Option<Purpose>,
    consent_types: Option<Vec<ConsentType>>,
    consent_mode: Option<ConsentMode>,
    frequency: Option<Option<Frequency>>,
    data_life: Option<DataLife>,
    consent_duration: Option<ConsentDuration>,
    redirect_url: Option<String>,
}

#[derive(Debug)]
struct FipChange {
    id: String,
    outcome: Option<FetchOutcome>,
    latency: Option<Duration>,
    status: Option<FipStatus>,
}

#[cfg(test)]
mod tests;

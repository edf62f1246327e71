//! The fair use limits of the AA ecosystem, as far as they are about numbers. Only Finvu has been seen to apply them,
//! so the others' consents are held against them only when told. Setu's wording is known for the frequency alone.

use std::time::Duration;

use super::moment::Moment;
use super::terms::{DataLifeUnit, FetchType, FiType, FrequencyUnit, PurposeCode, Terms};

const DAYS_A_MONTH: u64 = 31;
const DAYS_A_YEAR: u64 = 366;

/// How strict the aggregators are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregators {
    /// As they were observed: Finvu alone applies the limits. What Setu's samples do, asking at `@setu`, is allowed.
    Observed,
    /// All of them apply the limits, and Setu's own refuses, as it was observed to.
    Strict,
    /// None of them applies the limits.
    Lenient,
}

impl Aggregators {
    /// Whether an aggregator applies the limits.
    pub(crate) fn limit(self, handle: &str) -> bool {
        match self {
            Aggregators::Observed => handle == "finvu",
            Aggregators::Strict => true,
            Aggregators::Lenient => false,
        }
    }

    /// Whether an aggregator gives no consents at all.
    pub(crate) fn refuse(self, handle: &str) -> bool {
        self == Aggregators::Strict && handle == "setu"
    }
}

struct Limits {
    fetches_a_day: u32,
    fetches_a_month: u32,
    expiry_days: u64,
    range_days: u64,
    securities_range_days: u64,
    data_life_days: u64,
}

fn limits(purpose: PurposeCode) -> Limits {
    let (
        fetches_a_day,
        fetches_a_month,
        expiry_days,
        range_days,
        securities_range_days,
        data_life_days,
    ) = match purpose {
        PurposeCode::WealthManagement => (
            1,
            31,
            DAYS_A_YEAR,
            13 * DAYS_A_MONTH,
            20 * DAYS_A_YEAR,
            DAYS_A_MONTH,
        ),
        PurposeCode::SpendingPatterns => (
            1,
            45,
            DAYS_A_YEAR,
            13 * DAYS_A_MONTH,
            10 * DAYS_A_YEAR,
            DAYS_A_MONTH,
        ),
        PurposeCode::AggregatedStatement => (
            1,
            1,
            DAYS_A_MONTH,
            14 * DAYS_A_MONTH,
            14 * DAYS_A_MONTH,
            u64::MAX,
        ),
        PurposeCode::Monitoring => (
            1,
            5,
            5 * DAYS_A_YEAR,
            6 * DAYS_A_MONTH,
            6 * DAYS_A_MONTH,
            u64::MAX,
        ),
        PurposeCode::OneTimeAccess => (1, 1, 1, 1, 1, 1),
    };
    Limits {
        fetches_a_day,
        fetches_a_month,
        expiry_days,
        range_days,
        securities_range_days,
        data_life_days,
    }
}

/// The first limit that these terms break, in words for the caller.
pub(crate) fn broken_limit(terms: &Terms) -> Option<String> {
    let limits = limits(terms.purpose.code);
    if let Some(broken) = broken_frequency(terms, &limits) {
        return Some(broken);
    }
    let range_days = if terms.fi_types.iter().all(|fi_type| is_security(*fi_type)) {
        limits.securities_range_days
    } else {
        limits.range_days
    };
    let purpose = terms.purpose.code.number();
    if is_longer(terms.data_range.from, terms.data_range.to, range_days) {
        return Some(format!(
            "FI data range must be less than or equal to {range_days} days for purpose {purpose}"
        ));
    }
    if is_longer(terms.start, terms.expiry, limits.expiry_days) {
        let days = limits.expiry_days;
        return Some(format!(
            "Consent expiry must be less than or equal to {days} days for purpose {purpose}"
        ));
    }
    if data_life_days(terms) > limits.data_life_days {
        let days = limits.data_life_days;
        return Some(format!(
            "Data life must be less than or equal to {days} days for purpose {purpose}"
        ));
    }
    None
}

fn broken_frequency(terms: &Terms, limits: &Limits) -> Option<String> {
    let one_time = terms.fetch_type == FetchType::OneTime;
    let (most, unit) = match terms.frequency.unit {
        FrequencyUnit::Hour => (0, "HOUR"),
        _ if one_time => return None,
        FrequencyUnit::Day => (limits.fetches_a_day, "DAY"),
        FrequencyUnit::Month => (limits.fetches_a_month, "MONTH"),
        FrequencyUnit::Year => (limits.fetches_a_month * 12, "YEAR"),
        FrequencyUnit::Inf => (0, "INF"),
    };
    let purpose = terms.purpose.code.number();
    (terms.frequency.value > most).then(|| {
        format!("Frequency for purpose {purpose} must be less than or equal to {most} per {unit}")
    })
}

fn is_security(fi_type: FiType) -> bool {
    !matches!(
        fi_type,
        FiType::Deposit | FiType::TermDeposit | FiType::RecurringDeposit
    )
}

fn is_longer(from: Moment, to: Moment, days: u64) -> bool {
    from.plus(Duration::from_secs(days.saturating_mul(86_400)))
        .is_some_and(|limit| to > limit)
}

fn data_life_days(terms: &Terms) -> u64 {
    let value = u64::from(terms.data_life.value);
    match terms.data_life.unit {
        DataLifeUnit::Day => value,
        DataLifeUnit::Month => value * DAYS_A_MONTH,
        DataLifeUnit::Year => value * DAYS_A_YEAR,
        DataLifeUnit::Inf => u64::MAX - 1,
    }
}

//! What a consent allows, in the words of the AA specification. The enumerations refuse whatever Setu's own
//! description of the API does not list.

use serde::{Deserialize, Serialize};

use super::context::{ContextEntry, ContextKey};
use super::moment::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FiType {
    Deposit,
    TermDeposit,
    RecurringDeposit,
    Sip,
    Cp,
    GovtSecurities,
    Equities,
    Bonds,
    Debentures,
    MutualFunds,
    Etf,
    Idr,
    Cis,
    Aif,
    InsurancePolicies,
    Nps,
    Invit,
    Reit,
    #[serde(rename = "GSTR1_3B")]
    Gstr1And3b,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ConsentMode {
    View,
    Store,
    Query,
    Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FetchType {
    OneTime,
    Periodic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ConsentType {
    Profile,
    Summary,
    Transactions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FrequencyUnit {
    Hour,
    Day,
    Month,
    Year,
    Inf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frequency {
    pub(crate) value: u32,
    pub(crate) unit: FrequencyUnit,
}

impl FrequencyUnit {
    /// The most fetches a unit may hold: one an hour, counted on the longest month and year.
    pub(crate) fn most_fetches(self) -> Option<u32> {
        match self {
            FrequencyUnit::Hour => Some(1),
            FrequencyUnit::Day => Some(24),
            FrequencyUnit::Month => Some(24 * 31),
            FrequencyUnit::Year => Some(24 * 366),
            FrequencyUnit::Inf => None,
        }
    }

    /// The calendar window, in UTC, that an instant falls into; none if fetches are not counted.
    pub(crate) fn window(self, at: Moment) -> Option<i64> {
        let date = at.date();
        let month = i64::from(date.year()) * 12 + i64::from(date.month());
        match self {
            FrequencyUnit::Hour => Some(at.seconds().div_euclid(3_600)),
            FrequencyUnit::Day => Some(at.seconds().div_euclid(86_400)),
            FrequencyUnit::Month => Some(month),
            FrequencyUnit::Year => Some(i64::from(date.year())),
            FrequencyUnit::Inf => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DataLifeUnit {
    Month,
    Year,
    Day,
    Inf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataLife {
    pub(crate) value: u32,
    pub(crate) unit: DataLifeUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DurationUnit {
    Month,
    Year,
    Day,
}

impl DurationUnit {
    /// Setu counts a month as thirty days: its `4 MONTH` consents end after 120 days.
    pub(crate) fn days(self) -> u64 {
        match self {
            DurationUnit::Month => 30,
            DurationUnit::Year => 365,
            DurationUnit::Day => 1,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConsentDuration {
    pub(crate) value: u32,
    pub(crate) unit: DurationUnit,
}

impl ConsentDuration {
    pub(crate) fn after(self, start: Moment) -> Option<Moment> {
        start.plus_days(u64::from(self.value) * self.unit.days())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataRange {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
}

impl DataRange {
    pub(crate) fn is_ordered(self) -> bool {
        self.from <= self.to
    }

    pub(crate) fn contains(self, other: DataRange) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PurposeCode {
    #[serde(rename = "101")]
    WealthManagement,
    #[serde(rename = "102")]
    SpendingPatterns,
    #[serde(rename = "103")]
    AggregatedStatement,
    #[serde(rename = "104")]
    Monitoring,
    #[serde(rename = "105")]
    OneTimeAccess,
}

impl PurposeCode {
    pub(crate) fn number(self) -> &'static str {
        match self {
            PurposeCode::WealthManagement => "101",
            PurposeCode::SpendingPatterns => "102",
            PurposeCode::AggregatedStatement => "103",
            PurposeCode::Monitoring => "104",
            PurposeCode::OneTimeAccess => "105",
        }
    }

    pub(crate) fn from_number(number: &str) -> Option<PurposeCode> {
        use PurposeCode::{
            AggregatedStatement, Monitoring, OneTimeAccess, SpendingPatterns, WealthManagement,
        };
        [
            WealthManagement,
            SpendingPatterns,
            AggregatedStatement,
            Monitoring,
            OneTimeAccess,
        ]
        .into_iter()
        .find(|code| code.number() == number)
    }

    fn text(self) -> &'static str {
        match self {
            PurposeCode::WealthManagement => "Wealth management service",
            PurposeCode::SpendingPatterns => {
                "Customer spending patterns, budget or other reportings"
            }
            PurposeCode::AggregatedStatement => "Aggregated statement",
            PurposeCode::Monitoring => "Explicit consent to monitor the accounts",
            PurposeCode::OneTimeAccess => "Explicit one-time consent for accessing data",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PurposeCategory {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Purpose {
    pub(crate) category: PurposeCategory,
    pub(crate) ref_uri: String,
    pub(crate) code: PurposeCode,
    pub(crate) text: String,
}

impl Purpose {
    /// The purpose as the specification words it, for when only its code is known.
    pub(crate) fn standard(code: PurposeCode) -> Purpose {
        Purpose {
            category: PurposeCategory {
                kind: "Personal Finance".to_owned(),
            },
            ref_uri: format!("https://api.rebit.org.in/aa/purpose/{}.xml", code.number()),
            code,
            text: code.text().to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FilterSubject {
    TransactionType,
    TransactionAmount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FilterOperator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    #[serde(rename = "<=")]
    LessOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataFilter {
    pub(crate) operator: FilterOperator,
    #[serde(rename = "type")]
    pub(crate) subject: FilterSubject,
    pub(crate) value: String,
}

/// What one consent allows. `context` keeps the entries as they were sent, because answers repeat them.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) start: Moment,
    pub(crate) expiry: Moment,
    pub(crate) fi_types: Vec<FiType>,
    pub(crate) fetch_type: FetchType,
    pub(crate) purpose: Purpose,
    pub(crate) data_range: DataRange,
    pub(crate) consent_types: Vec<ConsentType>,
    pub(crate) consent_mode: ConsentMode,
    pub(crate) frequency: Frequency,
    pub(crate) data_life: DataLife,
    pub(crate) data_filter: Vec<DataFilter>,
    pub(crate) context: Vec<ContextEntry>,
}

impl Terms {
    /// The value of a context key; of two entries with one key the later wins.
    pub(crate) fn context_value(&self, key: ContextKey) -> Option<&str> {
        self.context
            .iter()
            .rev()
            .find(|entry| entry.key == key)
            .map(|entry| entry.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_calendar_in_utc() {
        for (unit, earlier, later, same) in [
            (
                FrequencyUnit::Hour,
                "2025-04-01T10:59:59Z",
                "2025-04-01T11:00:00Z",
                false,
            ),
            (
                FrequencyUnit::Hour,
                "2025-04-01T10:00:00Z",
                "2025-04-01T10:59:59Z",
                true,
            ),
            (
                FrequencyUnit::Day,
                "2025-04-01T23:59:59Z",
                "2025-04-02T00:00:00Z",
                false,
            ),
            (
                FrequencyUnit::Day,
                "2025-04-01T00:00:00Z",
                "2025-04-01T23:59:59Z",
                true,
            ),
            (
                FrequencyUnit::Month,
                "2025-01-31T23:59:59Z",
                "2025-02-01T00:00:00Z",
                false,
            ),
            (
                FrequencyUnit::Month,
                "2025-01-01T00:00:00Z",
                "2025-01-31T00:00:00Z",
                true,
            ),
            (
                FrequencyUnit::Month,
                "2024-03-10T00:00:00Z",
                "2025-03-10T00:00:00Z",
                false,
            ),
            (
                FrequencyUnit::Year,
                "2024-12-31T23:59:59Z",
                "2025-01-01T00:00:00Z",
                false,
            ),
            (
                FrequencyUnit::Year,
                "2025-01-01T00:00:00Z",
                "2025-12-31T00:00:00Z",
                true,
            ),
        ] {
            let window = |text| Moment::parse(text).and_then(|moment| unit.window(moment));
            assert_eq!(
                window(earlier) == window(later),
                same,
                "{unit:?} {earlier} {later}"
            );
        }
    }
}

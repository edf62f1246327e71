//! What tests of the data share: accounts of any type, and their data as JSON.

use proptest::prelude::*;
use serde_json::Value;

use super::accounts::{accounts, default_plans};
use super::{FiData, fi_data};
use crate::sandbox::domain::customer::Account;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::{DataScope, Dialect, Format};
use crate::sandbox::domain::terms::{ConsentType, DataFilter, DataRange, FiType};
use crate::sandbox::ids::Ids;

/// So many cases of a property. Failures are told, not kept in files.
pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// An account and a stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) mobile: String,
    pub(super) seed: u64,
    pub(super) from: Moment,
    pub(super) to: Moment,
}

/// Any customer of any seed, over ranges of up to three years between 2005 and 2040.
pub(super) fn cases() -> impl Strategy<Value = Case> {
    let day = 86_400_000_i64;
    (
        "[6-9][0-9]{9}",
        any::<u64>(),
        0..12_000_i64,
        0..86_400_000_i64,
        1..1_100_i64,
    )
        .prop_map(move |(mobile, seed, first, time, days)| {
            let from = moment("2005-01-01T00:00:00Z").milliseconds() + first * day + time;
            let moment = |milliseconds| Moment::from_milliseconds(milliseconds).unwrap();
            Case {
                mobile,
                seed,
                from: moment(from),
                to: moment(from + days * day),
            }
        })
}

pub(super) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

impl Case {
    pub(super) fn account(&self, fi_type: FiType) -> Account {
        accounts(Ids::new(self.seed), &self.mobile, &default_plans())
            .into_iter()
            .find(|account| account.fi_type == fi_type)
            .unwrap()
    }

    /// Everything that happened up to the end of the case, and the summary at that time.
    pub(super) fn life(&self, fi_type: FiType) -> Value {
        let range = DataRange {
            from: moment("1990-01-01T00:00:00Z"),
            to: self.to,
        };
        json(&self.account(fi_type), &[], range, self.to)
    }

    /// What happened in the case's range.
    pub(super) fn range(&self, fi_type: FiType, filters: &[DataFilter]) -> Value {
        let range = DataRange {
            from: self.from,
            to: self.to,
        };
        json(&self.account(fi_type), filters, range, self.to)
    }
}

pub(super) fn scope(filters: &[DataFilter]) -> DataScope {
    DataScope {
        consent_types: vec![
            ConsentType::Profile,
            ConsentType::Summary,
            ConsentType::Transactions,
        ],
        filters: filters.to_vec(),
        dialect: Dialect::default(),
    }
}

pub(super) fn json(
    account: &Account,
    filters: &[DataFilter],
    range: DataRange,
    as_of: Moment,
) -> Value {
    let data = fi_data(account, &scope(filters), range, as_of, Format::Json);
    serde_json::to_value(data).unwrap()["account"].take()
}

pub(super) fn xml(account: &Account, scope: &DataScope, range: DataRange, as_of: Moment) -> String {
    match fi_data(account, scope, range, as_of, Format::Xml) {
        FiData::Xml { xml } => xml,
        FiData::Json { .. } => panic!("asked for XML"),
    }
}

/// A number of so many places as a whole number: rupees with two as paise.
pub(super) fn number(value: &Value, places: usize) -> i64 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("expected text, got {value}"));
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    assert!(rest.len() <= places, "{text} has more than {places} places");
    format!("{whole}{rest:0<places$}").parse().unwrap()
}

pub(super) fn paise(value: &Value) -> i64 {
    number(value, 2)
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .unwrap_or_else(|| panic!("no list at {pointer} in {value}"))
}

/// The sum of an amount over a list.
pub(super) fn sum(values: &[Value], name: &str) -> i64 {
    values.iter().map(|value| paise(&value[name])).sum()
}

/// The names of everything that happened, in order: transactions by their ids, returns by their kinds and periods.
pub(super) fn happenings(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect("", value, &mut found);
    found
}

fn collect(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, found)),
        Value::Object(entries) => {
            for key in ["txnId", "retPrd"] {
                if let Some(id) = entries.get(key) {
                    found.push(format!("{name} {id}"));
                }
            }
            for (key, entry) in entries {
                collect(key, entry, found);
            }
        }
        _ => {}
    }
}

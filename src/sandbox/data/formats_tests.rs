//! Both formats say the same; ranges, filters and consent types apply to every type alike.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::document::SERVED_TYPES;
use super::test_bench::{Case, cases, happenings, json, moment, scope, xml};
use super::transactions;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::DataScope;
use crate::sandbox::domain::terms::{ConsentType, DataFilter, DataRange, FiType};

/// What only Setu's description of the JSON has, by type.
const JSON_ONLY: [(FiType, &[&str]); 3] = [
    (
        FiType::MutualFunds,
        &[
            "/maskedDematID",
            "/maskedFolioNo",
            "/profile/holders/type",
            "/profile/holders/holder/folioNo",
            "/profile/holders/holder/kycCompliance",
            "/summary/costValue",
            "/summary/investment/holdings/holding/navDate",
            "/transactions/transaction/isinDescription",
            "/transactions/transaction/units",
            "/transactions/transaction/transactionDate",
        ],
    ),
    (
        FiType::Etf,
        &[
            "/maskedDematID",
            "/profile/holders/type",
            "/profile/holders/holder/kycCompliance",
            "/profile/holders/holder/dpId",
            "/profile/holders/holder/boId",
            "/profile/holders/holder/brokerName",
            "/profile/holders/holder/landline",
            "/profile/holders/holder/address",
            "/transactions/transaction/isinDescription",
        ],
    ),
    (
        FiType::Equities,
        &[
            "/profile/holders/type",
            "/profile/holders/holder/rank",
            "/profile/holders/holder/dpId",
            "/profile/holders/holder/boId",
            "/profile/holders/holder/brokerName",
        ],
    ),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn both_formats_say_the_same(case in cases()) {
        for fi_type in SERVED_TYPES {
            let filters = [filter("TRANSACTIONAMOUNT", ">", "3000")];
            same_in_both(&case, fi_type, &filters);
        }
    }

    #[test]
    fn a_range_shows_what_two_halves_of_it_show(case in cases(), place in 0..1_000_i64) {
        for fi_type in SERVED_TYPES {
            let account = case.account(fi_type);
            let between = |from, to| happenings(&json(&account, &[], DataRange { from, to }, case.to));
            let length = case.to.milliseconds() - case.from.milliseconds();
            let middle = case.from.milliseconds() + length / 1_000 * place;
            let at = |milliseconds| Moment::from_milliseconds(milliseconds).unwrap();
            let mut halves = between(case.from, at(middle));
            halves.extend(between(at(middle + 1), case.to));
            let mut whole = between(case.from, case.to);
            halves.sort();
            whole.sort();
            assert_eq!(whole, halves, "{fi_type:?}");
            whole.dedup();
            assert_eq!(whole.len(), halves.len(), "ids differ: {fi_type:?}");
        }
    }

    #[test]
    fn what_has_not_happened_yet_is_not_told(case in cases()) {
        for fi_type in SERVED_TYPES {
            let account = case.account(fi_type);
            let far = DataRange { from: case.from, to: moment("2150-01-01T00:00:00Z") };
            let known = happenings(&json(&account, &[], far, case.to));
            assert_eq!(known, happenings(&case.range(fi_type, &[])), "{fi_type:?}");
        }
    }

    #[test]
    fn a_filter_and_its_opposite_share_all_there_is(case in cases(), rupees in 100..60_000_i64) {
        let amount = rupees.to_string();
        for fi_type in SERVED_TYPES {
            for (one, other) in [
                (filter("TRANSACTIONTYPE", "=", "CREDIT"), filter("TRANSACTIONTYPE", "!=", "CREDIT")),
                (filter("TRANSACTIONTYPE", "=", "CREDIT"), filter("TRANSACTIONTYPE", "=", "DEBIT")),
                (filter("TRANSACTIONAMOUNT", ">=", &amount), filter("TRANSACTIONAMOUNT", "<", &amount)),
                (filter("TRANSACTIONAMOUNT", ">", &amount), filter("TRANSACTIONAMOUNT", "<=", &amount)),
                (filter("TRANSACTIONAMOUNT", "=", &amount), filter("TRANSACTIONAMOUNT", "!=", &amount)),
            ] {
                let mut parts = happenings(&case.range(fi_type, std::slice::from_ref(&one)));
                parts.extend(happenings(&case.range(fi_type, std::slice::from_ref(&other))));
                parts.sort();
                let mut all = happenings(&case.range(fi_type, &[]));
                all.sort();
                assert_eq!(all, parts, "{fi_type:?} {one:?}");
                let both = happenings(&case.range(fi_type, &[one, other]));
                assert_eq!(both, Vec::<String>::new(), "{fi_type:?}");
            }
        }
    }
}

fn filter(subject: &str, operator: &str, value: &str) -> DataFilter {
    serde_json::from_value(json!({ "type": subject, "operator": operator, "value": value }))
        .unwrap()
}

fn case() -> Case {
    Case {
        mobile: "9876543210".to_owned(),
        seed: 0,
        from: moment("2024-04-01T00:00:00Z"),
        to: moment("2025-03-31T23:59:59Z"),
    }
}

#[test]
fn filters_keep_what_they_say_and_drop_the_rest() {
    for (fi_type, credits, debits) in [
        (FiType::Deposit, "CREDIT", "DEBIT"),
        (FiType::MutualFunds, "BUY", "SELL"),
        (FiType::Etf, "BUY", "SELL"),
        (FiType::Equities, "BUY", "SELL"),
    ] {
        for (word, kind) in [("CREDIT", credits), ("DEBIT", debits)] {
            let shown = case().range(fi_type, &[filter("TRANSACTIONTYPE", "=", word)]);
            let shown = shown["transactions"]["transaction"].as_array().unwrap();
            assert!(!shown.is_empty(), "{fi_type:?} {word}");
            assert!(shown.iter().all(|one| one["type"] == kind), "{fi_type:?}");
        }
    }
    let premiums = case().range(
        FiType::InsurancePolicies,
        &[filter("TRANSACTIONTYPE", "=", "DEBIT")],
    );
    assert_eq!(premiums["transactions"]["transaction"], json!([]));
}

#[test]
fn every_type_has_something_to_show_in_a_year() {
    for fi_type in SERVED_TYPES {
        let shown = happenings(&case().range(fi_type, &[]));
        assert!(!shown.is_empty(), "{fi_type:?}");
        assert!(
            shown.len() >= 1 && shown.len() <= 60,
            "{fi_type:?} {shown:?}"
        );
    }
    for fi_type in [
        FiType::Deposit,
        FiType::MutualFunds,
        FiType::Etf,
        FiType::Equities,
    ] {
        assert_eq!(
            happenings(&case().range(fi_type, &[])).len(),
            24,
            "{fi_type:?}"
        );
    }
}

#[test]
fn the_consent_types_decide_which_parts_appear_in_both_formats() {
    let case = case();
    let range = DataRange {
        from: case.from,
        to: case.to,
    };
    for fi_type in SERVED_TYPES {
        let account = case.account(fi_type);
        for (consent_type, name) in [
            (ConsentType::Profile, "Profile"),
            (ConsentType::Summary, "Summary"),
            (ConsentType::Transactions, "Transactions"),
        ] {
            let scope = DataScope {
                consent_types: vec![consent_type],
                filters: Vec::new(),
            };
            let text = xml(&account, &scope, range, case.to);
            let document = roxmltree::Document::parse(&text).unwrap();
            let parts: Vec<&str> = document
                .root_element()
                .children()
                .map(|child| child.tag_name().name())
                .collect();
            // GST has no summary.
            if (fi_type, name) == (FiType::Gstr1And3b, "Summary") {
                assert_eq!(parts, Vec::<&str>::new());
            } else {
                assert_eq!(parts, [name], "{fi_type:?}");
            }
        }
    }
}

/// A name as the JSON has it, from the XML's.
fn json_name(fi_type: FiType, parent: &str, name: &str) -> String {
    let time_deposit = matches!(fi_type, FiType::TermDeposit | FiType::RecurringDeposit);
    match (parent, name) {
        ("Transaction", "transactionDateTime") if time_deposit => {
            return "transactionTimestamp".to_owned();
        }
        ("Transaction", "balance") if time_deposit => return "currentBalance".to_owned(),
        (_, "lockingUnits") => return "lockinUnits".to_owned(),
        (_, "FatcaStatus") => return name.to_owned(),
        _ => {}
    }
    let mut camel = String::new();
    let mut after_dash = false;
    for letter in name.chars() {
        match letter {
            '_' => after_dash = true,
            letter if camel.is_empty() => camel.push(letter.to_ascii_lowercase()),
            letter if after_dash => {
                camel.push(letter.to_ascii_uppercase());
                after_dash = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}

/// An element in the form that both formats are compared in: attributes as texts, elements as lists.
fn from_xml(fi_type: FiType, node: roxmltree::Node<'_, '_>) -> Value {
    if let Some(text) = node.text() {
        return Value::String(text.to_owned());
    }
    let tag = node.tag_name().name();
    let mut entries = Map::new();
    for attribute in node.attributes().filter(|one| one.namespace().is_none()) {
        entries.insert(
            json_name(fi_type, tag, attribute.name()),
            Value::String(attribute.value().to_owned()),
        );
    }
    for child in node.children() {
        let list = entries
            .entry(json_name(fi_type, tag, child.tag_name().name()))
            .or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(from_xml(fi_type, child));
    }
    Value::Object(entries)
}

fn from_json(value: &Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .filter(|(_, entry)| **entry != json!([]))
                .map(|(key, entry)| {
                    let entry = match entry {
                        Value::Object(_) => Value::Array(vec![from_json(entry)]),
                        other => from_json(other),
                    };
                    (key.clone(), entry)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        other => other.clone(),
    }
}

fn same_in_both(case: &Case, fi_type: FiType, filters: &[DataFilter]) {
    let account = case.account(fi_type);
    let range = DataRange {
        from: case.from,
        to: case.to,
    };
    let text = xml(&account, &scope(filters), range, case.to);
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    let namespace = root.tag_name().namespace().unwrap();
    assert!(
        namespace.starts_with("http://api.rebit.org.in/FISchema/"),
        "{namespace}"
    );
    assert!(
        root.descendants()
            .all(|node| !node.is_element() || node.tag_name().namespace() == Some(namespace))
    );
    assert_eq!(root.attribute("version"), Some("1.1"));
    let in_xml = from_xml(fi_type, root);
    let in_json = from_json(&case.range(fi_type, filters));
    let mut differences = Vec::new();
    let json_only = JSON_ONLY
        .iter()
        .find(|(of, _)| *of == fi_type)
        .map_or([].as_slice(), |(_, paths)| paths);
    compare("", &in_json, &in_xml, json_only, &mut differences);
    assert_eq!(differences, Vec::<String>::new(), "{fi_type:?}");
}

fn compare(
    path: &str,
    in_json: &Value,
    in_xml: &Value,
    json_only: &[&str],
    differences: &mut Vec<String>,
) {
    match (in_json, in_xml) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let path = format!("{path}/{key}");
                match right.get(key) {
                    Some(other) => compare(&path, value, other, json_only, differences),
                    None if json_only.contains(&path.as_str()) => {}
                    None => differences.push(format!("{path} is not in the XML")),
                }
            }
            for key in right.keys().filter(|key| !left.contains_key(*key)) {
                differences.push(format!("{path}/{key} is not in the JSON"));
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (left, right) in left.iter().zip(right) {
                compare(path, left, right, json_only, differences);
            }
        }
        (left, right) if left == right || matches!(path, "/type" | "/version") => {}
        (left, right) => differences.push(format!("{path}: {left} and {right}")),
    }
}

#[test]
fn transactions_of_all_sizes_are_counted_alike() {
    let mut account = case().account(FiType::Equities);
    account.transactions_a_year = 5_000;
    let range = DataRange {
        from: case().from,
        to: case().to,
    };
    let shown = happenings(&json(&account, &[], range, case().to));
    assert_eq!(shown.len(), 5_000);
    assert!(5_000 <= transactions::MOST_TRANSACTIONS);
    account.transactions_a_year = 0;
    let nothing = json(&account, &[], range, case().to);
    assert_eq!(nothing["summary"]["currentValue"], "0.00");
    assert_eq!(
        nothing["summary"]["investment"]["holdings"]["holding"],
        json!([])
    );
}

//! Comparing an account's JSON with its XML.

use serde_json::{Map, Value, json};

use super::test_bench::{Case, scope, xml};
use crate::sandbox::domain::terms::{DataFilter, DataRange, FiType};

/// What only Setu's description of the JSON has, by type.
const JSON_ONLY: [(FiType, &[&str]); 4] = [
    // Each format has its own words for a purchase of debentures.
    (FiType::Debentures, &["/transactions/transaction/type"]),
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

/// A name as the JSON has it, from the XML's.
fn json_name(fi_type: FiType, parent: &str, name: &str) -> String {
    let time_deposit = matches!(fi_type, FiType::TermDeposit | FiType::RecurringDeposit);
    let misspelt = matches!(fi_type, FiType::Debentures | FiType::Cp);
    match (parent, name) {
        ("Transaction", "transactionDateTime") if time_deposit => {
            return "transactionTimestamp".to_owned();
        }
        ("Transaction", "balance") if time_deposit => return "currentBalance".to_owned(),
        (_, "lockingUnits") => return "lockinUnits".to_owned(),
        (_, "principalAmount") if misspelt => return "principleAmount".to_owned(),
        (_, "tenureMonths") if misspelt => return "tenureMoths".to_owned(),
        ("Holding", "scheme") if fi_type == FiType::Sip => return "schemeCode".to_owned(),
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

/// The same content, but for what each format is described to have alone.
pub(super) fn assert_same_in_both(case: &Case, fi_type: FiType, filters: &[DataFilter]) {
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
        _ if json_only.contains(&path) => {}
        (left, right) => differences.push(format!("{path}: {left} and {right}")),
    }
}

//! Data that does not add up, as Setu's hosted sandbox gives it, and data with the names of version 2.0.0.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Bench, NOW, session_request};

/// The data of the first account of a type.
async fn account(bench: &Bench, fi_type: &str, vua: &str) -> Value {
    let id = bench
        .active_consent(json!({ "fiTypes": [fi_type], "vua": vua }))
        .await;
    let fetched = bench.fetched(&bench.session(&id).await).await;
    fetched["fips"][0]["accounts"][0]["data"]["account"].clone()
}

fn transactions(account: &Value) -> &[Value] {
    account["transactions"]["transaction"].as_array().unwrap()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

const VUA: &str = "9876543210@onemoney";

#[tokio::test]
async fn observed_data_is_random_for_each_session_and_the_same_for_each_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let bench = Bench::set_up(json!({ "clock": NOW, "data": "observed" })).await;
        let id = bench.active_consent(json!({})).await;
        let first = bench.fetched(&bench.session(&id).await).await;
        let second = bench.fetched(&bench.session(&id).await).await;
        let data = |session: &Value| session["fips"][0]["accounts"][0]["data"].clone();
        assert_ne!(data(&first), data(&second));
        runs.push([data(&first), data(&second)]);
    }
    assert_eq!(runs[0], runs[1]);
    let account = &runs[0][0]["account"];
    assert_eq!(account["version"], "2.0.0");
    assert_eq!(account["summary"]["ifscCode"].as_str().unwrap().len(), 11);
    let transactions = transactions(account);
    assert_eq!(transactions.len(), 24);
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let times: Vec<String> = transactions
        .iter()
        .map(|one| text(one, "transactionTimestamp"))
        .collect();
    assert!(!times.is_sorted(), "{times:?}");
    for one in transactions {
        let time = text(one, "transactionTimestamp");
        assert!(
            ("2024-04-01".."2025-04-01").contains(&time.as_str()),
            "{time}"
        );
        for (name, below) in [("amount", 50_000.0), ("currentBalance", 500_000.0)] {
            let amount = text(one, name);
            assert!(amount.parse::<f64>().unwrap() < below, "{amount}");
            let places = amount.split_once('.').unwrap().1.len();
            assert!((1..=2).contains(&places), "{amount}");
        }
        assert!(text(one, "valueDate")[..] > time[..10]);
        assert_eq!(text(one, "narration").split('/').count(), 6);
    }
}

#[tokio::test]
async fn deposits_for_a_time_come_through_finvu_without_a_time() {
    let bench = Bench::set_up(json!({ "clock": NOW, "data": "observed" })).await;
    for (vua, balance, has_time) in [
        ("9876543210@finvu", "balance", false),
        (VUA, "currentBalance", true),
    ] {
        let account = account(&bench, "RECURRING_DEPOSIT", vua).await;
        let one = &transactions(&account)[0];
        assert!(one[balance].is_string(), "{one}");
        assert_eq!(one.get("transactionTimestamp").is_some(), has_time, "{one}");
    }
}

#[tokio::test]
async fn version_two_has_its_own_names_and_the_same_numbers() {
    let old = Bench::new().await;
    let new = Bench::set_up(json!({ "clock": NOW, "schema_version": "v2.0.0" })).await;
    for fi_type in ["DEPOSIT", "TERM_DEPOSIT", "RECURRING_DEPOSIT"] {
        let before = account(&old, fi_type, VUA).await;
        let after = account(&new, fi_type, VUA).await;
        assert_eq!(after["version"], "2.0.0");
        let holder = &after["profile"]["holders"]["holder"][0];
        assert_eq!(holder["ckycRegistered"], "YES");
        assert!(holder.get("ckycCompliance").is_none());
        let summary = &after["summary"];
        if fi_type == "DEPOSIT" {
            let gone = ["ifscCode", "type", "exchgeRate", "pending"];
            assert!(gone.iter().all(|name| summary.get(name).is_none()));
            assert_eq!(summary["ifsc"], before["summary"]["ifscCode"]);
            assert_eq!(summary["accountType"], "REGULAR");
            assert_eq!(summary["accountSubType"], before["summary"]["type"]);
            assert_eq!(summary["facility"], "OVERDRAFT");
            assert_eq!(
                summary["pendingTxns"],
                json!({ "pendingTxn": [{ "amount": "0", "transactionType": "DEBIT" }] })
            );
        } else {
            assert_eq!(summary["currentBalance"], before["summary"]["currentValue"]);
            assert_eq!(summary["currency"], "INR");
            assert!(summary.get("currentValue").is_none());
        }
        assert_eq!(transactions(&before).len(), transactions(&after).len());
        for (before, after) in transactions(&before).iter().zip(transactions(&after)) {
            assert_eq!(before["currentBalance"], after["transactionalBalance"]);
            let mode = after["mode"].as_str().unwrap();
            assert_ne!(mode, "FT");
            assert!(after["narration"].as_str().unwrap().starts_with(mode));
            let mut expected = names(before);
            expected.remove("currentBalance");
            expected.insert("transactionalBalance");
            assert_eq!(names(after), expected);
        }
    }
    let shares = account(&new, "EQUITIES", VUA).await;
    assert_eq!(shares, account(&old, "EQUITIES", VUA).await);
}

#[tokio::test]
async fn version_two_s_names_are_in_the_xml_too() {
    let bench = Bench::set_up(json!({ "clock": NOW, "schema_version": "v2.0.0" })).await;
    let id = bench
        .active_consent(json!({ "fiTypes": ["TERM_DEPOSIT", "DEPOSIT"] }))
        .await;
    let mut request = session_request(&id);
    request["format"] = json!("xml");
    let fetched = bench
        .fetched(&bench.post("/v2/sessions", &request).await)
        .await;
    for account in fetched["fips"][0]["accounts"].as_array().unwrap() {
        let xml = account["data"]["xml"].as_str().unwrap();
        assert!(xml.contains(" version=\"2.0.0\""), "{xml}");
        assert!(xml.contains(" transactionalBalance=\""), "{xml}");
        assert!(xml.contains(" ckycRegistered=\"YES\""), "{xml}");
        for gone in [
            "ckycCompliance",
            "ifscCode",
            " balance=",
            "transactionDateTime",
            "<Pending ",
        ] {
            assert!(!xml.contains(gone), "{gone} in {xml}");
        }
    }
}

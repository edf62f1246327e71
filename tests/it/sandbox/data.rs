//! What FIPs answer, and the FIPs themselves.

use reqwest::Method;
use serde_json::{Value, json};

use super::description::ALL_TYPES;
use super::{Bench, MOBILE, NOW};

#[tokio::test]
async fn the_consent_decides_which_parts_of_the_data_appear() {
    let bench = Bench::new().await;
    for (types, parts) in [
        (json!(["PROFILE"]), ["profile"].as_slice()),
        (
            json!(["SUMMARY", "TRANSACTIONS"]),
            &["summary", "transactions"],
        ),
        (
            json!(["TRANSACTIONS", "PROFILE", "SUMMARY"]),
            &["profile", "summary", "transactions"],
        ),
    ] {
        let id = bench.active_consent(json!({ "consentTypes": types })).await;
        let fetched = bench.fetched(&bench.session(&id).await).await;
        let account = &fetched["fips"][0]["accounts"][0]["data"]["account"];
        for part in ["profile", "summary", "transactions"] {
            assert_eq!(
                account.get(part).is_some(),
                parts.contains(&part),
                "{types} {part}"
            );
        }
    }
}

#[tokio::test]
async fn filters_and_context_apply_to_the_data() {
    let bench = Bench::new().await;
    let id = bench
        .active_consent(json!({
            "dataFilter": [{ "type": "TRANSACTIONAMOUNT", "operator": ">=", "value": "2000" }],
            "context": [
                { "key": "transactionType", "value": "debit" },
                { "key": "accounttype", "value": "SAVINGS" },
                { "key": "excludeFipIds", "value": "setu-fip-2" },
            ],
        }))
        .await;
    let fetched = bench.fetched(&bench.session(&id).await).await;
    assert_eq!(fetched["fips"].as_array().unwrap().len(), 1, "{fetched}");
    assert_eq!(
        fetched["fips"][0]["accounts"].as_array().unwrap().len(),
        1,
        "{fetched}"
    );
    let account = &fetched["fips"][0]["accounts"][0]["data"]["account"];
    assert_eq!(account["summary"]["type"], "SAVINGS");
    let transactions = account["transactions"]["transaction"].as_array().unwrap();
    assert!(
        !transactions.is_empty() && transactions.len() < 24,
        "{} transactions",
        transactions.len()
    );
    for transaction in transactions {
        assert_eq!(transaction["type"], "DEBIT");
        assert!(
            transaction["amount"]
                .as_str()
                .unwrap()
                .parse::<f64>()
                .unwrap()
                >= 2_000.0,
            "{transaction}"
        );
    }
}

#[tokio::test]
async fn slow_and_failing_fips_make_partial_and_failed_sessions() {
    for (fetch, account, both, one) in [
        ("timeout", "TIMEOUT", "FAILED", "PARTIAL"),
        ("denied", "DENIED", "FAILED", "PARTIAL"),
        ("failed", "FAILED", "FAILED", "PARTIAL"),
    ] {
        let bench = Bench::set_up(
            json!({ "clock": NOW, "fips": { "setu-fip-2": { "fetch": fetch, "latency": "5ms" } } }),
        )
        .await;
        let id = bench.active_consent(json!({})).await;
        let fetched = bench.fetched(&bench.session(&id).await).await;
        assert_eq!(fetched["status"], one);
        assert_eq!(fetched["fips"][1]["accounts"][0]["FIstatus"], account);
        assert_eq!(fetched["fips"][1]["accounts"][0]["data"], Value::Null);
        assert!(fetched["fips"][0]["accounts"][0]["data"]["account"].is_object());
        let changes = json!({ "fips": { "setu-fip": { "fetch": fetch } } });
        assert_eq!(
            bench
                .control(Method::PATCH, "/_sandbox/setup", &changes)
                .await
                .status,
            200
        );
        let fetched = bench.fetched(&bench.session(&id).await).await;
        assert_eq!(fetched["status"], both);
    }
}

#[tokio::test]
async fn a_session_is_pending_until_its_slowest_fip_has_answered() {
    let bench =
        Bench::set_up(json!({ "clock": NOW, "fips": { "setu-fip": { "latency": "1h" } } })).await;
    let id = bench.active_consent(json!({})).await;
    let session = bench.session(&id).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.advance("2h").await;
    let shown = bench.get(&format!("/v2/sessions/{session}")).await.json();
    assert_eq!(
        (&shown["status"], &shown["fips"]),
        (&json!("PENDING"), &Value::Null)
    );
    bench.advance("22h").await;
    let shown = bench.get(&format!("/v2/sessions/{session}")).await.json();
    assert_eq!(
        (&shown["status"], &shown["fips"]),
        (&json!("EXPIRED"), &Value::Null)
    );
}

#[tokio::test]
async fn fips_are_listed_by_status_and_aggregator() {
    let bench = Bench::new().await;
    let all = bench.get("/v2/fips").await.json();
    let entries = all["data"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|fip| fip["fipId"] == "setu-fip" && fip["status"] == "ACTIVE"),
        "{all}"
    );
    for status in ["ACTIVE", "INACTIVE", "TEMPORARILY_INACTIVE"] {
        let some = bench.get(&format!("/v2/fips?status={status}")).await.json();
        let some = some["data"].as_array().unwrap();
        assert!(
            !some.is_empty() && some.iter().all(|fip| fip["status"] == status),
            "{status}"
        );
    }
    let by_aa = bench.get("/v2/fips?aa=onemoney").await.json();
    let by_aa = by_aa["data"].as_array().unwrap();
    assert!(
        !by_aa.is_empty()
            && by_aa
                .iter()
                .all(|fip| fip.get("aaWiseSuccessRate").is_none())
    );
    assert_eq!(
        bench.get("/v2/fips?aa=nobody").await.json()["data"],
        json!([])
    );
    let expanded = bench.get("/v2/fips/setu-fip?expanded=true").await.json();
    assert_eq!(expanded["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        expanded["data"][0]["aaWiseHealthMetrics"]["finvu"]
            .as_array()
            .unwrap()
            .len(),
        8
    );
    assert!(
        bench.get("/v2/fips/setu-fip").await.json()["data"][0]
            .get("aaWiseHealthMetrics")
            .is_none()
    );
}

#[tokio::test]
async fn accounts_and_their_size_can_be_set_up() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fip", "type": "DEPOSIT", "transactions": 20_000 }] }],
    }))
    .await;
    let id = bench
        .active_consent(json!({ "consentTypes": ["TRANSACTIONS"] }))
        .await;
    let fetched = bench.fetched(&bench.session(&id).await).await;
    assert_eq!(fetched["fips"].as_array().unwrap().len(), 1);
    let transactions =
        &fetched["fips"][0]["accounts"][0]["data"]["account"]["transactions"]["transaction"];
    assert_eq!(transactions.as_array().unwrap().len(), 20_000);
}

#[tokio::test]
async fn fips_list_the_types_of_the_accounts_that_are_there() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "customers": [{ "mobile": "9000000001", "accounts": [{ "fip": "setu-fip", "type": "NPS" }] }],
    }))
    .await;
    let fips = bench.get("/v2/fips?status=ACTIVE").await.json();
    let serves =
        |id: &Value, fi_type: &Value| {
            fips["data"].as_array().unwrap().iter().any(|fip| {
                fip["fipId"] == *id && fip["fiTypes"].as_array().unwrap().contains(fi_type)
            })
        };
    for mobile in [MOBILE, "9000000001"] {
        let id = bench
            .active_consent(json!({ "vua": mobile, "fiTypes": ALL_TYPES }))
            .await;
        let consent = bench.get(&format!("/v2/consents/{id}")).await.json();
        let accounts = consent["accountsLinked"].as_array().unwrap();
        assert_eq!(accounts.len(), if mobile == MOBILE { 21 } else { 1 });
        for account in accounts {
            assert!(serves(&account["fipId"], &account["fiType"]), "{account}");
            let is_deposit = account["fiType"] == "DEPOSIT";
            assert_eq!(account["accType"] == "DEFAULT", !is_deposit, "{account}");
        }
    }
    assert!(!serves(&json!("setu-fip-2"), &json!("NPS")), "{fips}");
}

#[tokio::test]
async fn savings_or_current_is_asked_of_deposit_accounts_alone() {
    let bench = Bench::new().await;
    let id = bench
        .active_consent(json!({
            "fiTypes": ["DEPOSIT", "EQUITIES"],
            "context": [{ "key": "accounttype", "value": "CURRENT" }],
        }))
        .await;
    let consent = bench.get(&format!("/v2/consents/{id}")).await.json();
    let types: Vec<&Value> = consent["accountsLinked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| &account["accType"])
        .collect();
    assert_eq!(types, ["CURRENT", "DEFAULT"]);
}

#[tokio::test]
async fn an_account_can_be_of_any_type_of_which_there_is_data() {
    let bench = Bench::new().await;
    for (account, message) in [
        (
            json!({ "fip": "setu-fip", "type": "OTHER" }),
            "the sandbox has no data of this type; it has that of DEPOSIT, TERM_DEPOSIT",
        ),
        (
            json!({ "fip": "setu-fip", "type": "NPS", "account_type": "SAVINGS" }),
            "only a DEPOSIT account has an `account_type`",
        ),
    ] {
        let setup = json!({ "customers": [{ "mobile": MOBILE, "accounts": [account] }] });
        let answer = bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.error_text().starts_with(message), "{answer:?}");
    }
}

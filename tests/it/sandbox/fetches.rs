//! What came of fetches: the last one, the sessions of a consent, refreshes. And where a number is registered.

use std::time::Duration;

use serde_json::{Value, json};

use super::refusals::refused;
use super::{Answer, Bench, MOBILE, NOW};

/// Until the refresh that was begun has ended.
async fn refreshed(bench: &Bench, id: &str) -> Value {
    for _ in 0..500 {
        let answer = bench.get(&format!("/v2/sessions/refresh/{id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if answer.json()["status"] != "pending" {
            return answer.json();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the refresh stays pending");
}

fn status(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!(
        answer["message"],
        "Data refresh for the consent initiated successfully"
    );
    assert!(answer["traceId"].as_str().unwrap().starts_with("1-"));
    answer["status"].clone()
}

async fn count(bench: &Bench, id: &str) -> Value {
    let shown = bench.get(&format!("/v2/consents/{id}?expanded=true")).await;
    shown.json()["usage"]["count"].clone()
}

#[tokio::test]
async fn the_last_fetch_lists_each_fip_once_for_each_account() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "customers": [{ "mobile": MOBILE, "accounts": [
            { "fip": "setu-fip" }, { "fip": "setu-fip" }, { "fip": "setu-fip-2" },
            { "fip": "setu-fip-2", "fetch": "denied" },
        ] }],
    }))
    .await;
    let id = bench.active_consent(json!({})).await;
    let path = format!("/v2/consents/{id}/fetch/status");
    let nothing = bench.get(&path).await;
    assert_eq!(nothing.status, 200);
    let trace = nothing.json()["traceId"].clone();
    assert_eq!(
        nothing.json(),
        json!({ "consentId": id, "dataSessions": [], "traceId": trace })
    );
    bench.advance("1h").await;
    let session = bench.session(&id).await;
    bench.fetched(&session).await;
    let last = bench.get(&path).await.json();
    let expected = json!({
        "lastFetchedAt": "2025-04-01T01:00:00.000Z",
        "dataRange": { "from": "2024-04-01T00:00:00.000Z", "to": "2025-03-31T23:59:59.000Z" },
        "lastFetchedFips": ["setu-fip", "setu-fip", "setu-fip-2"],
        "traceId": last["traceId"],
    });
    assert_eq!(last, expected);
    bench.advance("3d").await;
    let later = bench.get(&path).await.json();
    assert_eq!(
        later["lastFetchedAt"], expected["lastFetchedAt"],
        "it is not forgotten"
    );
    let unknown = bench.get("/v2/consents/none/fetch/status").await;
    refused(&unknown, 404, "NotFound", "Consent not found");
}

#[tokio::test]
async fn a_fetch_that_brought_nothing_is_no_fetch() {
    let bench = Bench::set_up(json!({
        "fips": { "setu-fip": { "fetch": "failed" }, "setu-fip-2": { "fetch": "timeout" } },
    }))
    .await;
    let id = bench.active_consent(json!({})).await;
    let session = bench.session(&id).await;
    assert_eq!(bench.fetched(&session).await["status"], "FAILED");
    let last = bench.get(&format!("/v2/consents/{id}/fetch/status")).await;
    assert_eq!(last.json()["dataSessions"], json!([]));
}

#[tokio::test]
async fn sessions_of_a_consent_are_listed_newest_first_until_they_expire() {
    let bench = Bench::new().await;
    let id = bench.active_consent(json!({})).await;
    let other = bench.active_consent(json!({})).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let session = bench.session(&id).await;
        bench.fetched(&session).await;
        ids.insert(0, session.json()["id"].clone());
        bench.advance("10h").await;
    }
    let path = format!("/v2/consents/{id}/data-sessions");
    let listed = bench.get(&path).await.json();
    assert_eq!(listed["consentId"], json!(id));
    assert_eq!(
        listed["dataSessions"],
        json!([
            { "sessionId": ids[0], "status": "COMPLETED", "created_at": "2025-04-01T20:00:00.000Z" },
            { "sessionId": ids[1], "status": "COMPLETED", "created_at": "2025-04-01T10:00:00.000Z" },
        ]),
        "the first has expired"
    );
    for id in [other.as_str(), "none"] {
        let none = bench.get(&format!("/v2/consents/{id}/data-sessions")).await;
        assert_eq!(none.status, 200);
        assert_eq!(none.json()["dataSessions"], json!([]), "{id}");
    }
}

#[tokio::test]
async fn a_refresh_goes_on_until_it_is_restarted() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "fips": { "setu-fip": { "latency": "200ms" }, "setu-fip-2": { "latency": "200ms" } },
    }))
    .await;
    let id = bench.active_consent(json!({})).await;
    let path = format!("/v2/sessions/refresh/{id}");
    assert_eq!(status(&bench.get(&path).await), "pending");
    assert_eq!(count(&bench, &id).await, "1");
    assert_eq!(status(&bench.get(&path).await), "pending");
    assert_eq!(count(&bench, &id).await, "1", "it is the same refresh");
    assert_eq!(refreshed(&bench, &id).await["status"], "completed");
    let restarted = bench.get(&format!("{path}?restart=true")).await;
    assert_eq!(status(&restarted), "pending");
    assert_eq!(count(&bench, &id).await, "2");
    refreshed(&bench, &id).await;
    let range = json!({ "from": "2024-06-01T00:00:00Z", "to": "2024-06-30T00:00:00Z" });
    let posted = bench.post(&path, &json!({ "dataRange": range })).await;
    assert_eq!(status(&posted), "pending");
    assert_eq!(count(&bench, &id).await, "3");
    refreshed(&bench, &id).await;
    let last = bench.get(&format!("/v2/consents/{id}/fetch/status")).await;
    assert_eq!(
        last.json()["dataRange"],
        json!({ "from": "2024-06-01T00:00:00.000Z", "to": "2024-06-30T00:00:00.000Z" })
    );
}

#[tokio::test]
async fn a_refresh_is_refused_as_a_session_would_be() {
    let bench = Bench::new().await;
    let pending = bench.consent(json!({})).await;
    let path = |id: &str| format!("/v2/sessions/refresh/{id}");
    let answer = bench.get(&path(&pending)).await;
    refused(&answer, 400, "InvalidRequest", "Consent artefact not ready");
    let answer = bench.get(&path("none")).await;
    refused(&answer, 404, "NotFound", "Consent not found");
    let once = bench
        .active_consent(json!({ "fetchType": "ONETIME" }))
        .await;
    for body in [
        json!({}),
        json!({ "dataRange": { "from": "2024-06-01" } }),
        json!({ "DataRange": { "from": "2024-06-01T00:00:00Z", "to": "2024-06-02T00:00:00Z" } }),
        json!({ "dataRange": { "from": "2024-06-02T00:00:00Z", "to": "2024-06-01T00:00:00Z" } }),
    ] {
        let answer = bench.post(&path(&once), &body).await;
        refused(&answer, 400, "InvalidRequest", "Invalid request body");
    }
    let body =
        json!({ "dataRange": { "from": "2020-06-01T00:00:00Z", "to": "2024-06-01T00:00:00Z" } });
    let answer = bench.post(&path(&once), &body).await;
    let message = "FI dataRange is not within the consent's FIDataRange";
    refused(&answer, 400, "InvalidRequest", message);
    assert_eq!(status(&bench.get(&path(&once)).await), "pending");
    let again = bench.get(&format!("{}?restart=true", path(&once))).await;
    refused(&again, 400, "InvalidRequest", "Consent use exceeded");
    let odd = bench.get(&format!("{}?restart=maybe", path(&once))).await;
    refused(&odd, 400, "InvalidRequest", "Invalid request body");
}

#[tokio::test]
async fn accounts_are_available_at_the_aggregators_a_number_is_registered_with() {
    let bench = Bench::new().await;
    let path = "/v2/account-availability";
    let answer = bench.post(path, &json!({ "mobileNumber": MOBILE })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    let named: Vec<(&str, &str)> = answer["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| {
            assert!(account["status"].is_boolean());
            (
                account["aa"].as_str().unwrap(),
                account["vua"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("onemoney", "9876543210@onemoney"),
            ("anumati", "9876543210@anumati"),
            ("finvu", "9876543210@finvu"),
            ("setu-aa", "9876543210@setu"),
        ]
    );
    assert_eq!(answer["accounts"][0]["status"], true);
    let again = bench.post(path, &json!({ "mobileNumber": MOBILE })).await;
    assert_eq!(again.json()["accounts"], answer["accounts"]);
    let mut differ = false;
    for last in 0..8 {
        let number = format!("987654322{last}");
        let other = bench.post(path, &json!({ "mobileNumber": number })).await;
        differ |= other.json()["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|account| account["status"] == false);
    }
    assert!(differ, "not everyone is registered everywhere");
    for body in [
        json!({}),
        json!({ "mobileNumber": "12" }),
        json!({ "mobileNumber": 9876543210_u64 }),
    ] {
        let answer = bench.post(path, &body).await;
        refused(&answer, 400, "InvalidRequest", "Invalid request body");
    }
}

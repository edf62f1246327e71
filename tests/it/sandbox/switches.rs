//! What a set-up can make different: the product's switches, strict aggregators, artefacts that come late, slow
//! bodies and rate limits.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::refusals::refused;
use super::{Bench, MOBILE, NOW, consent_request, send, session_request};
use crate::run::server::{Server, json as reply};

#[tokio::test]
async fn accounts_of_one_fip_fare_differently() {
    let bench = Bench::set_up(json!({
        "customers": [{ "mobile": MOBILE, "accounts": [
            { "fip": "setu-fip" }, { "fip": "setu-fip", "fetch": "failed" },
            { "fip": "setu-fip", "fetch": "denied" }, { "fip": "setu-fip", "fetch": "timeout" },
        ] }],
    }))
    .await;
    let id = bench.active_consent(json!({})).await;
    let session = bench.session(&id).await;
    let fetched = bench.fetched(&session).await;
    assert_eq!(fetched["status"], "PARTIAL");
    let accounts = fetched["fips"][0]["accounts"].as_array().unwrap();
    let statuses: Vec<&Value> = accounts
        .iter()
        .map(|account| &account["FIstatus"])
        .collect();
    assert_eq!(statuses, ["READY", "FAILED", "DENIED", "TIMEOUT"]);
    for account in &accounts[1..] {
        assert!(account["data"].is_null());
        let number = account["maskedAccNumber"].as_str().unwrap();
        assert!(number.starts_with("FAILURE"), "{number}");
    }
}

#[tokio::test]
async fn with_partial_fetch_the_first_fip_s_data_is_there_before_the_last_s() {
    let bench = Bench::set_up(json!({
        "product": { "partial_fetch": true },
        "fips": { "setu-fip": { "latency": "0ms" }, "setu-fip-2": { "latency": "1h" } },
    }))
    .await;
    let id = bench.active_consent(json!({})).await;
    let session = bench.session(&id).await;
    let fetched = bench.fetched(&session).await;
    assert_eq!(fetched["status"], "PARTIAL");
    assert_eq!(fetched["fips"][0]["accounts"][0]["FIstatus"], "READY");
    assert!(fetched["fips"][0]["accounts"][0]["data"].is_object());
    assert_eq!(fetched["fips"][1]["accounts"][0]["FIstatus"], "PENDING");
    assert!(fetched["fips"][1]["accounts"][0]["data"].is_null());
}

#[tokio::test]
async fn with_auto_fetch_the_data_comes_by_itself() {
    let receiver = Server::start(|_, _| reply(200, "{}")).await;
    for (fetch, kind) in [("ready", "FI_DATA_READY"), ("failed", "FI_DATA_FAILED")] {
        let bench = Bench::set_up(json!({
            "clock": NOW,
            "product": { "auto_fetch": true },
            "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fip" }, { "fip": "setu-fip-2" }] }],
            "fips": { "setu-fip": { "fetch": fetch }, "setu-fip-2": { "fetch": fetch } },
        }))
        .await;
        let before = receiver.asked().len();
        let url = json!({ "url": receiver.origin });
        bench
            .control(Method::PUT, "/_sandbox/notifications", &url)
            .await;
        let id = bench.active_consent(json!({})).await;
        let asked = receiver.asked_times(before + 2).await;
        let bodies: Vec<Value> = asked[before..]
            .iter()
            .map(|asked| serde_json::from_str(&asked.body).unwrap())
            .collect();
        assert_eq!(bodies[0]["type"], "CONSENT_STATUS_UPDATE");
        let told = &bodies[1];
        assert_eq!(told["type"], kind);
        assert_eq!(told["consentId"], json!(id));
        if fetch == "ready" {
            assert_eq!(told["status"], "COMPLETED");
            assert_eq!(told["fiData"][0]["fipID"], "setu-fip");
            let account = &told["fiData"][1]["data"][0];
            assert_eq!(
                account["decryptedFI"]["account"]["maskedAccNumber"],
                account["maskedAccNumber"]
            );
        } else {
            assert_eq!(told["success"], true, "as documented");
            assert!(told["data"].is_null());
            assert_eq!(told["error"]["code"], "DataFetchFailure");
        }
        let listed = bench.get(&format!("/v2/consents/{id}/data-sessions")).await;
        assert_eq!(listed.json()["dataSessions"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn with_a_fip_selector_a_consent_waits_for_the_customer_to_choose_one() {
    let receiver = Server::start(|_, _| reply(200, "{}")).await;
    let bench = Bench::set_up(json!({ "clock": NOW, "product": { "fip_selector": true } })).await;
    let url = json!({ "url": receiver.origin });
    bench
        .control(Method::PUT, "/_sandbox/notifications", &url)
        .await;
    let created = bench
        .post("/v2/consents", &consent_request(json!({})))
        .await;
    assert_eq!(created.json()["status"], "INITIATED");
    assert_eq!(created.json()["detail"]["vua"], MOBILE);
    let named = bench
        .post(
            "/v2/consents",
            &consent_request(json!({ "vua": format!("{MOBILE}@finvu") })),
        )
        .await;
    assert_eq!(named.json()["status"], "PENDING");
    let id = created.json()["id"].as_str().unwrap().to_owned();
    refused(
        &bench.session(&id).await,
        400,
        "InvalidRequest",
        "Consent artefact not ready",
    );
    bench.decide(&id, json!({})).await;
    let shown = bench.get(&format!("/v2/consents/{id}")).await.json();
    assert_eq!(shown["status"], "ACTIVE");
    assert_eq!(shown["detail"]["vua"], format!("{MOBILE}@onemoney"));
    let asked = receiver.asked_times(2).await;
    let first: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(
        first["data"],
        json!({ "status": "PENDING", "vua": format!("{MOBILE}@onemoney") })
    );
}

#[tokio::test]
async fn an_artefact_may_come_late() {
    let bench = Bench::set_up(json!({ "artefact_delay": "1h" })).await;
    let id = bench.active_consent(json!({})).await;
    let shown = bench.get(&format!("/v2/consents/{id}")).await;
    assert_eq!(shown.json()["status"], "ACTIVE");
    let session = bench.session(&id).await;
    let refresh = bench.get(&format!("/v2/sessions/refresh/{id}")).await;
    for answer in [session, refresh] {
        refused(&answer, 400, "InvalidRequest", "Consent artefact not ready");
    }
    let bench = Bench::set_up(json!({ "artefact_delay": "30ms" })).await;
    let id = bench.active_consent(json!({})).await;
    let mut answer = bench.session(&id).await;
    for _ in 0..500 {
        if answer.status == 201 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        answer = bench.session(&id).await;
    }
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn aggregators_are_as_strict_as_told() {
    let hourly = |handle: &str| {
        consent_request(json!({
            "vua": format!("{MOBILE}@{handle}"),
            "frequency": { "unit": "HOUR", "value": 1 },
        }))
    };
    for (word, finvu, onemoney, setu) in [
        ("observed", 400, 201, 201),
        ("strict", 400, 400, 500),
        ("lenient", 201, 201, 201),
    ] {
        let bench = Bench::set_up(json!({ "clock": NOW, "aggregators": word })).await;
        for (handle, expected) in [("finvu", finvu), ("onemoney", onemoney), ("setu", setu)] {
            let answer = bench.post("/v2/consents", &hourly(handle)).await;
            assert_eq!(answer.status, expected, "{word} {handle}: {answer:?}");
            if expected == 400 {
                let text = answer.error_text();
                assert!(
                    text.contains("must be less than or equal to 0 per HOUR"),
                    "{text}"
                );
            }
            if expected == 500 {
                refused(
                    &answer,
                    500,
                    "InternalServerError",
                    "ConsentObjectCreationFailure: internal error while fetching consent details from upstream AA",
                );
            }
        }
    }
}

#[tokio::test]
async fn a_slow_body_is_whole_but_late() {
    let bench = Bench::new().await;
    let whole = bench.get("/v2/fips").await.text;
    let faults = json!([{ "on": "GET /v2/fips", "slow_body": "300ms" }]);
    bench
        .control(Method::PUT, "/_sandbox/faults", &faults)
        .await;
    let began = Instant::now();
    let response = bench
        .authorized(Method::GET, "/v2/fips")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(
        began.elapsed() >= Duration::from_millis(290),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(text.len(), whole.len());
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}

#[tokio::test]
async fn calls_over_the_limit_are_told_when_to_come_back() {
    let bench = Bench::new().await;
    let faults = json!([{ "on": "* /v2/*", "rate_limit": { "calls": 2, "per": "1h" } }]);
    let set = bench
        .control(Method::PUT, "/_sandbox/faults", &faults)
        .await;
    assert_eq!(set.status, 200, "{set:?}");
    let ask = || bench.authorized(Method::GET, "/v2/fips").send();
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(
        bench
            .post("/v2/sessions", &session_request("none"))
            .await
            .status,
        404
    );
    let refused = ask().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((3_590..=3_600).contains(&wait), "{wait}");
    let body: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(body, json!({ "message": "API rate limit exceeded" }));
    // Limits do not concern what they are not on.
    let login = send(bench.request(Method::POST, "/v1/users/login")).await;
    assert_eq!(login.status, 400);
    for (limit, message) in [
        (json!({ "calls": 1 }), "missing key `per`"),
        (
            json!({ "calls": 1, "per": "0s" }),
            "expected a duration that is longer than nothing",
        ),
        (
            json!({ "calls": -1, "per": "1s" }),
            "expected a whole number from 0 to 1000000, got -1",
        ),
    ] {
        let faults = json!([{ "on": "* /*", "rate_limit": limit }]);
        let answer = bench
            .control(Method::PUT, "/_sandbox/faults", &faults)
            .await;
        assert_eq!(
            (answer.status, answer.error_text()),
            (400, message.to_owned())
        );
    }
}

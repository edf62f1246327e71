//! Fetches that the gateway makes by itself, on the sandbox's clock.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, MOBILE, NOW};
use crate::run::server::{Server, json as reply};

/// A sandbox that fetches by itself, and who is told.
async fn fetching(auto_fetch: Value) -> (Bench, Server) {
    telling(json!({
        "clock": NOW,
        "product": { "auto_fetch": auto_fetch },
        "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fip", "transactions": 1 }] }],
        "fips": { "setu-fip": { "latency": "0ms" } },
    }))
    .await
}

/// A sandbox with such settings, and the server that it notifies.
async fn telling(settings: Value) -> (Bench, Server) {
    let bench = Bench::set_up(settings).await;
    let receiver = Server::start(|_, _| reply(200, "{}")).await;
    let url = json!({ "url": receiver.origin });
    bench
        .control(Method::PUT, "/_sandbox/notifications", &url)
        .await;
    (bench, receiver)
}

/// So many notifications of fetches: what was told, and when.
async fn told(receiver: &Server, count: usize) -> Vec<(String, String)> {
    let asked = receiver.asked_times(count).await;
    let bodies = asked
        .iter()
        .map(|asked| serde_json::from_str::<Value>(&asked.body).unwrap());
    bodies
        .map(|body| {
            let error = &body["error"]["code"];
            let kind = error.as_str().or(body["type"].as_str()).unwrap();
            let day = &body["timestamp"].as_str().unwrap()[..16];
            (kind.to_owned(), day.to_owned())
        })
        .collect()
}

async fn uses(bench: &Bench, id: &str) -> Value {
    let shown = bench.get(&format!("/v2/consents/{id}?expanded=true")).await;
    shown.json()["usage"].clone()
}

fn frequency(unit: &str, value: u32) -> Value {
    json!({ "frequency": { "unit": unit, "value": value } })
}

#[tokio::test]
async fn each_due_fetch_is_made_as_of_its_own_time_and_counts() {
    let (bench, receiver) = fetching(json!(true)).await;
    let id = bench.active_consent(frequency("DAY", 1)).await;
    bench.advance("3d1h").await;
    let told = told(&receiver, 5).await;
    let days: Vec<&str> = told[1..].iter().map(|(_, day)| day.as_str()).collect();
    assert!(
        told[1..].iter().all(|(kind, _)| kind == "FI_DATA_READY"),
        "{told:?}"
    );
    assert_eq!(
        days,
        [
            "2025-04-01T00:00",
            "2025-04-02T00:00",
            "2025-04-03T00:00",
            "2025-04-04T00:00"
        ]
    );
    let usage = uses(&bench, &id).await;
    assert_eq!(
        usage,
        json!({ "count": "4", "lastUsed": "2025-04-04T00:00:00.000Z" })
    );
}

#[tokio::test]
async fn a_monthly_consent_is_fetched_once_a_month_and_a_one_time_consent_once() {
    let (bench, _receiver) = fetching(json!(true)).await;
    let monthly = bench.active_consent(frequency("MONTH", 1)).await;
    let once = bench
        .active_consent(json!({ "fetchType": "ONETIME" }))
        .await;
    bench.advance("61d").await;
    assert_eq!(uses(&bench, &monthly).await["count"], "3");
    assert_eq!(uses(&bench, &once).await["count"], "1");
}

#[tokio::test]
async fn a_schedule_that_is_too_fast_is_refused_by_the_consent() {
    let (bench, receiver) = fetching(json!({ "every": "12h" })).await;
    let id = bench.active_consent(frequency("DAY", 1)).await;
    bench.advance("12h").await;
    let first = told(&receiver, 3).await;
    assert_eq!(first[1].0, "FI_DATA_READY");
    assert_eq!(
        first[2],
        (
            "InvalidConsentUse".to_owned(),
            "2025-04-01T12:00".to_owned()
        )
    );
    let body: Value = serde_json::from_str(&receiver.asked()[2].body).unwrap();
    assert_eq!(body["type"], "FI_DATA_FAILED");
    assert_eq!(body["success"], true, "as documented");
    assert_eq!(body["error"]["message"], "Consent fetch frequency exceeded");
    bench.advance("12h").await;
    assert_eq!(told(&receiver, 4).await[3].0, "FI_DATA_READY");
    assert_eq!(uses(&bench, &id).await["count"], "2");
}

#[tokio::test]
async fn a_consent_that_has_ended_is_told_once_and_a_paused_one_is_left_alone() {
    for (action, code) in [
        ("revoke", "ConsentRevoked"),
        ("expire", "InvalidConsentStatus"),
    ] {
        let (bench, receiver) = fetching(json!({ "every": "1d" })).await;
        let id = bench.active_consent(frequency("DAY", 1)).await;
        bench.act(&id, "pause").await;
        bench.advance("2d").await;
        assert_eq!(uses(&bench, &id).await["count"], "1", "{action}");
        bench.act(&id, "resume").await;
        bench.advance("1d").await;
        assert_eq!(uses(&bench, &id).await["count"], "2", "{action}");
        bench.act(&id, action).await;
        bench.advance("5d").await;
        bench
            .decide(
                &bench.consent(json!({})).await,
                json!({ "decision": "reject" }),
            )
            .await;
        let told = told(&receiver, 8).await;
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        let of_fetches: Vec<&str> = kinds
            .into_iter()
            .filter(|kind| *kind != "CONSENT_STATUS_UPDATE")
            .collect();
        assert_eq!(
            of_fetches,
            ["FI_DATA_READY", "FI_DATA_READY", code, "UserRejected"]
        );
    }
}

#[tokio::test]
async fn a_change_of_state_comes_after_what_was_due_while_the_clock_moved() {
    let (bench, _receiver) = fetching(json!({ "every": "1d" })).await;
    let id = bench.active_consent(frequency("DAY", 1)).await;
    let changes = json!({ "advance": "2d", "consent": { "id": id, "action": "revoke" } });
    let answer = bench
        .control(Method::PATCH, "/_sandbox/setup", &changes)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(uses(&bench, &id).await["count"], "3");
}

#[tokio::test]
async fn ten_years_make_a_thousand_fetches_and_the_schedule_goes_on() {
    let bench = Bench::set_up(json!({
        "clock": NOW,
        "product": { "auto_fetch": { "every": "1h" } },
    }))
    .await;
    let id = bench
        .active_consent(json!({
            "consentDuration": { "unit": "YEAR", "value": 20 },
            "frequency": { "unit": "HOUR", "value": 1 },
        }))
        .await;
    bench.advance("3650d").await;
    assert_eq!(uses(&bench, &id).await["count"], "1001");
    bench.advance("1h").await;
    let usage = uses(&bench, &id).await;
    assert_eq!(usage["count"], "1002");
    assert_eq!(usage["lastUsed"], "2035-03-30T01:00:00.000Z");
}

#[tokio::test]
async fn schedules_that_make_no_sense_are_told() {
    let bench = Bench::new().await;
    for (auto_fetch, mistake) in [
        (
            json!("daily"),
            "expected true or false, or a map such as `{ every: 1d }`, got the text `daily`",
        ),
        (json!({}), "missing key `every`"),
        (json!({ "every": "1ms" }), "expected at least a second"),
        (json!({ "each": "1d" }), "unknown key `each`"),
    ] {
        let setup = json!({ "product": { "auto_fetch": auto_fetch } });
        let answer = bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.error_text().starts_with(mistake), "{answer:?}");
    }
}

/// A clock that runs is a little further whenever one looks, and that is no jump that would have to be made up for.
#[tokio::test]
async fn fetches_by_a_clock_that_runs_expire_with_it() {
    const CONSENTS: usize = 40;
    let (bench, receiver) = telling(json!({
        "product": { "auto_fetch": true },
        "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fip" }] }],
        "fips": { "setu-fip": { "latency": "1h" } },
    }))
    .await;
    for _ in 0..CONSENTS {
        bench.active_consent(json!({})).await;
    }
    bench.advance("25h").await;
    let told = told(&receiver, 2 * CONSENTS).await;
    let expired = told.iter().filter(|(kind, _)| kind == "SessionExpired");
    assert_eq!(expired.count(), CONSENTS, "{told:?}");
}

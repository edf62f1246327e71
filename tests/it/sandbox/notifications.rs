//! What the sandbox tells by itself, as the receiver of its notifications sees it.

use reqwest::Method;
use sammati::sandbox::Options;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use url::Url;

use super::{Bench, NOW, consent_request, send};
use crate::run::server::{Asked, Reply, Server, json as reply};

const AT: &str = "2025-04-01T00:00:00.000Z";

async fn receiver() -> Server {
    Server::start(|_, _| reply(200, "{}")).await
}

/// A sandbox with a fixed clock that tells the receiver.
async fn bench(receiver: &Server) -> Bench {
    bench_with(receiver, json!({ "clock": NOW })).await
}

async fn bench_with(receiver: &Server, setup: Value) -> Bench {
    let bench = Bench::set_up(setup).await;
    let url = format!("{}/setu", receiver.origin);
    let answer = tell(&bench, json!(url)).await;
    assert_eq!(answer, json!({ "url": url }));
    bench
}

async fn tell(bench: &Bench, url: Value) -> Value {
    let answer = bench
        .control(
            Method::PUT,
            "/_sandbox/notifications",
            &json!({ "url": url }),
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

async fn listed(bench: &Bench) -> Value {
    send(bench.request(Method::GET, "/_sandbox/notifications"))
        .await
        .json()
}

fn body(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

/// The status or the error's code of each, in order.
fn told(asked: &[Asked]) -> Vec<String> {
    asked
        .iter()
        .map(|asked| {
            let body = body(asked);
            let word = body["data"]["status"]
                .as_str()
                .or(body["error"]["code"].as_str());
            word.unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn an_approval_is_told_in_setu_s_shape() {
    let receiver = receiver().await;
    let setup = json!({
        "clock": NOW,
        "customers": [{ "mobile": super::MOBILE, "accounts": [{ "fip": "setu-fip", "type": "DEPOSIT" }] }],
    });
    let bench = bench_with(&receiver, setup).await;
    let id = bench.active_consent(json!({})).await;
    let asked = &receiver.asked_times(1).await[0];
    assert_eq!((&*asked.method, &*asked.path), ("POST", "/setu"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("authorization"), None);
    let linked = bench
        .get(&format!("/v2/consents/{id}?expanded=true"))
        .await
        .json()["accountsLinked"]
        .clone();
    let account = &linked[0];
    let told = body(asked);
    let number = told["notificationId"].as_str().unwrap();
    assert!(number.bytes().all(|byte| byte.is_ascii_digit()), "{number}");
    assert_eq!(
        told,
        json!({
            "type": "CONSENT_STATUS_UPDATE",
            "consentId": id,
            "success": true,
            "notificationId": number,
            "error": null,
            "timestamp": AT,
            "data": {
                "status": "ACTIVE",
                "detail": {
                    "accounts": [{
                        "maskedAccNumber": account["maskedAccNumber"],
                        "accType": account["accType"],
                        "fipId": "setu-fip",
                        "fiType": "DEPOSIT",
                        "linkRefNumber": account["linkRefNumber"],
                    }],
                },
            },
        })
    );
}

#[tokio::test]
async fn what_the_customer_does_not_give_is_told_as_a_failure() {
    let receiver = receiver().await;
    let setup = json!({ "clock": NOW, "customers": [{ "mobile": "9000000001", "accounts": [] }] });
    let bench = bench_with(&receiver, setup).await;
    for (decision, code, message) in [
        (
            json!({ "decision": "reject", "reason": "reject_accounts_not_found" }),
            "UserRejected",
            "reject_accounts_not_found",
        ),
        (
            json!({ "decision": "reject" }),
            "UserRejected",
            "reject_other",
        ),
        (
            json!({ "decision": "cancel", "reason": "cancel_not_understand" }),
            "UserCancelled",
            "cancel_not_understand",
        ),
        (
            json!({ "decision": "cancel" }),
            "UserCancelled",
            "cancel_will_share_later",
        ),
    ] {
        let id = bench.consent(json!({})).await;
        let before = receiver.asked().len();
        bench.decide(&id, decision.clone()).await;
        let told = body(&receiver.asked_times(before + 1).await[before]);
        assert_eq!(told["consentId"], json!(id), "{decision}");
        assert_eq!(told["success"], false, "{decision}");
        assert_eq!(told["data"], Value::Null, "{decision}");
        assert_eq!(told["error"], json!({ "code": code, "message": message }));
    }
    let id = bench.consent(json!({ "vua": "9000000001" })).await;
    bench.decide(&id, json!({ "decision": "approve" })).await;
    let told = body(&receiver.asked_times(5).await[4]);
    assert_eq!(
        told["error"],
        json!({ "code": "NoFIPAccountsDiscovered", "message": "no_fip_accounts_found" })
    );
}

#[tokio::test]
async fn each_change_of_a_consent_is_told_once_and_in_order() {
    let receiver = receiver().await;
    let bench = bench(&receiver).await;
    let first = bench.active_consent(json!({})).await;
    for action in ["pause", "resume", "expire"] {
        assert_eq!(bench.act(&first, action).await.status, 200);
    }
    // What is refused changes nothing and is not told.
    assert_eq!(bench.act(&first, "pause").await.status, 409);
    let second = bench.active_consent(json!({})).await;
    let revoked = bench
        .post(&format!("/v2/consents/{second}/revoke"), &json!({}))
        .await;
    assert_eq!(revoked.status, 200);
    let again = bench
        .post(&format!("/v2/consents/{second}/revoke"), &json!({}))
        .await;
    assert_eq!(again.status, 400);
    let third = bench.active_consent(json!({})).await;
    let midway = json!({ "consent": { "id": third, "action": "revoke" } });
    bench
        .control(Method::PATCH, "/_sandbox/setup", &midway)
        .await;
    let asked = receiver.asked_times(8).await;
    assert_eq!(
        told(&asked),
        [
            "ACTIVE", "PAUSED", "ACTIVE", "EXPIRED", "ACTIVE", "REVOKED", "ACTIVE", "REVOKED"
        ]
    );
    let mut numbers: Vec<Value> = asked
        .iter()
        .map(|asked| body(asked)["notificationId"].clone())
        .collect();
    numbers.sort_by_key(Value::to_string);
    numbers.dedup();
    assert_eq!(numbers.len(), 8, "each has an id of its own");
    let list = listed(&bench).await;
    let entries = list["notifications"].as_array().unwrap();
    assert_eq!(entries.len(), 8);
    assert_eq!(entries[0]["body"], body(&asked[0]));
    assert!(
        entries
            .iter()
            .rev()
            .skip(1)
            .all(|entry| entry["status"] == 200)
    );
}

#[tokio::test]
async fn a_consent_that_the_clock_passes_is_told_to_have_expired() {
    let receiver = receiver().await;
    let bench = bench(&receiver).await;
    let duration = json!({ "consentDuration": { "unit": "MONTH", "value": 4 } });
    let pending = bench.consent(duration.clone()).await;
    let revoked = bench.active_consent(duration).await;
    bench.act(&revoked, "revoke").await;
    bench.advance("119d").await;
    bench.advance("1d").await;
    let asked = receiver.asked_times(3).await;
    assert_eq!(told(&asked), ["ACTIVE", "REVOKED", "EXPIRED"]);
    let expired = body(&asked[2]);
    assert_eq!(expired["consentId"], json!(pending));
    assert_eq!(expired["timestamp"], "2025-07-30T00:00:00.000Z");
    assert_eq!(expired["data"]["detail"]["accounts"], json!([]));
    bench.advance("10d").await;
    assert_eq!(
        listed(&bench).await["notifications"]
            .as_array()
            .unwrap()
            .len(),
        3,
        "it is told once"
    );
}

#[tokio::test]
async fn a_running_clock_lets_consents_expire_by_itself() {
    let receiver = receiver().await;
    let bench = bench_with(&receiver, json!({})).await;
    let now = send(bench.request(Method::GET, "/_sandbox/clock"))
        .await
        .json()["now"]
        .clone();
    let consent = bench
        .consent(json!({ "consentDuration": { "unit": "DAY", "value": 1 } }))
        .await;
    // All but a moment of the day goes by at once, the moment by itself.
    bench.advance("23h59m59s700ms").await;
    let asked = receiver.asked_times(1).await;
    assert_eq!(told(&asked), ["EXPIRED"]);
    let told = body(&asked[0]);
    assert_eq!(told["consentId"], json!(consent));
    assert!(told["timestamp"].as_str() > now.as_str(), "{told}");
}

#[tokio::test]
async fn a_session_is_told_each_time_a_fip_has_answered() {
    let receiver = receiver().await;
    let setup = json!({
        "clock": NOW,
        "customers": [{ "mobile": super::MOBILE, "accounts": [
            { "fip": "setu-fip", "type": "DEPOSIT" },
            { "fip": "setu-fip-2", "type": "DEPOSIT" },
        ] }],
        "fips": { "setu-fip": { "latency": "60ms", "fetch": "timeout" } },
    });
    let bench = bench_with(&receiver, setup).await;
    let consent = bench.active_consent(json!({})).await;
    let session = bench.session(&consent).await;
    let id = session.json()["id"].clone();
    let asked = receiver.asked_times(3).await;
    let (first, last) = (body(&asked[1]), body(&asked[2]));
    let read = bench.fetched(&session).await;
    let link = |index: usize| read["fips"][index]["accounts"][0]["linkRefNumber"].clone();
    let fip = |id: &str, status: &str, index: usize| {
        json!({
            "accounts": [{
                "FIStatus": status,
                "description": "fi status description not found from FIP",
                "linkRefNumber": link(index),
            }],
            "fipID": id,
        })
    };
    assert_eq!(
        first["data"],
        json!({
            "status": "PENDING",
            "fips": [fip("setu-fip", "PENDING", 0), fip("setu-fip-2", "READY", 1)],
            "format": "json",
        })
    );
    assert_eq!(
        last,
        json!({
            "type": "SESSION_STATUS_UPDATE",
            "consentId": consent,
            "dataSessionId": id,
            "success": true,
            "notificationId": last["notificationId"],
            "error": null,
            "timestamp": AT,
            "data": {
                "status": "PARTIAL",
                "fips": [fip("setu-fip", "TIMEOUT", 0), fip("setu-fip-2", "READY", 1)],
                "format": "json",
            },
        })
    );
    assert_eq!(read["status"], "PARTIAL");
}

#[tokio::test]
async fn a_session_can_be_read_as_it_was_told() {
    let receiver = receiver().await;
    let bench = bench(&receiver).await;
    let consent = bench.active_consent(json!({})).await;
    let session = bench.session(&consent).await;
    let last = receiver.asked_times(3).await.pop().unwrap();
    assert_eq!(told(&[last]), ["COMPLETED"]);
    let path = format!("/v2/sessions/{}", session.json()["id"].as_str().unwrap());
    assert_eq!(bench.get(&path).await.json()["status"], "COMPLETED");
}

#[tokio::test]
async fn the_same_seed_tells_the_same() {
    let mut told = Vec::new();
    for seed in [7, 7, 8] {
        let receiver = receiver().await;
        let bench = bench_with(&receiver, json!({ "clock": NOW, "seed": seed })).await;
        let consent = bench.active_consent(json!({})).await;
        bench.session(&consent).await;
        let asked = receiver.asked_times(3).await;
        told.push(asked.iter().map(body).collect::<Vec<_>>());
    }
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[2]);
}

#[tokio::test]
async fn nothing_is_told_without_a_url_or_after_a_new_beginning() {
    let receiver = receiver().await;
    let bench = Bench::new().await;
    let before = bench.active_consent(json!({})).await;
    assert_eq!(
        listed(&bench).await,
        json!({ "url": null, "notifications": [] })
    );
    tell(&bench, json!(receiver.origin)).await;
    bench.act(&before, "pause").await;
    receiver.asked_times(1).await;
    tell(&bench, Value::Null).await;
    bench.act(&before, "resume").await;
    tell(&bench, json!(receiver.origin)).await;
    bench.act(&before, "revoke").await;
    assert_eq!(told(&receiver.asked_times(2).await), ["PAUSED", "REVOKED"]);
    let setup = json!({ "clock": NOW });
    bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
    assert_eq!(
        listed(&bench).await,
        json!({ "url": null, "notifications": [] })
    );
}

#[tokio::test]
async fn consents_from_before_there_was_a_url_expire_too() {
    let receiver = receiver().await;
    let bench = Bench::new().await;
    let consent = bench.active_consent(json!({})).await;
    tell(&bench, json!(receiver.origin)).await;
    bench.advance("500d").await;
    let asked = receiver.asked_times(1).await;
    assert_eq!(told(&asked), ["EXPIRED"]);
    assert_eq!(body(&asked[0])["consentId"], json!(consent));
}

#[tokio::test]
async fn the_url_given_at_the_start_stays_when_the_sandbox_is_set_up() {
    let receiver = receiver().await;
    let url = Url::parse(&format!("{}/given", receiver.origin)).unwrap();
    let options = Options {
        notify: Some(url.clone()),
        ..Options::default()
    };
    let bench = Bench::with_options(options).await;
    bench
        .control(Method::PUT, "/_sandbox/setup", &json!({ "clock": NOW }))
        .await;
    assert_eq!(listed(&bench).await["url"], json!(url.as_str()));
    bench.active_consent(json!({})).await;
    assert_eq!(receiver.asked_times(1).await[0].path, "/given");
}

#[tokio::test]
async fn a_receiver_that_is_slow_or_dead_slows_nothing_and_loses_only_its_own() {
    let silent = Server::start(|_, _| Reply::Silence).await;
    let bench = bench(&silent).await;
    let started = Instant::now();
    let consent = bench.active_consent(json!({})).await;
    silent.asked_times(1).await;
    for _ in 0..20 {
        bench.act(&consent, "pause").await;
        bench.act(&consent, "resume").await;
    }
    assert!(started.elapsed() < Duration::from_secs(8), "answers waited");
    assert_eq!(silent.asked().len(), 1, "one at a time");
    // Another receiver does not wait for the first.
    let receiver = receiver().await;
    tell(&bench, json!(receiver.origin)).await;
    bench.act(&consent, "revoke").await;
    assert_eq!(told(&receiver.asked_times(1).await), ["REVOKED"]);
    let list = listed(&bench).await;
    let entries = list["notifications"].as_array().unwrap();
    assert!(
        entries[0]["error"]
            .as_str()
            .unwrap()
            .contains("while it was sent")
    );
    assert!(
        entries[1]["error"]
            .as_str()
            .unwrap()
            .contains("before it was sent")
    );

    // Nobody listens there any more.
    let gone = format!("{}/x", silent.origin);
    drop(silent);
    tell(&bench, json!(gone)).await;
    bench.active_consent(json!({})).await;
    tell(&bench, json!(receiver.origin)).await;
    bench.active_consent(json!({})).await;
    receiver.asked_times(2).await;
}

#[tokio::test]
async fn what_the_receiver_answers_is_noted_and_nothing_is_sent_twice() {
    let receiver = Server::start(|_, before| match before {
        0 => reply(500, "{}"),
        1 => Reply::Break("HTTP/1.1 ".into()),
        2 => super::super::run::server::with(302, &[("location", "/elsewhere")], ""),
        _ => reply(200, "{}"),
    })
    .await;
    let bench = bench(&receiver).await;
    let consent = bench.active_consent(json!({})).await;
    for action in ["pause", "resume", "pause", "resume"] {
        bench.act(&consent, action).await;
    }
    let asked = receiver.asked_times(5).await;
    assert!(asked.iter().all(|asked| asked.path == "/setu"));
    let list = listed(&bench).await;
    let outcome = |index: usize| {
        let entry = &list["notifications"][index];
        (entry["status"].clone(), entry["error"].is_string())
    };
    assert_eq!(outcome(0), (json!(500), false));
    assert_eq!(outcome(1), (Value::Null, true));
    assert_eq!(outcome(2), (json!(302), false));
    assert_eq!(outcome(3), (json!(200), false));
    assert_eq!(receiver.asked().len(), 5);
    let page = send(bench.request(Method::GET, "/_sandbox")).await.text;
    assert!(page.contains("CONSENT_STATUS_UPDATE PAUSED"), "{page}");
}

#[tokio::test]
async fn a_url_that_cannot_be_used_is_refused() {
    let bench = Bench::new().await;
    for (wrong, part) in [
        (json!({}), "missing key `url`"),
        (json!({ "url": 5 }), "expected text"),
        (json!({ "url": "9400" }), "not a URL"),
        (json!({ "url": "ftp://a.test/" }), "`http://` or `https://`"),
        (json!({ "url": "http://u:p@a.test/" }), "password"),
        (json!({ "uri": "http://a.test/" }), "did you mean `url`?"),
        (
            json!({ "url": format!("http://a.test/{}", "x".repeat(2_048)) }),
            "too long",
        ),
    ] {
        let answer = bench
            .control(Method::PUT, "/_sandbox/notifications", &wrong)
            .await;
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
        assert!(answer.error_text().contains(part), "{wrong}: {answer:?}");
    }
    assert_eq!(listed(&bench).await["url"], Value::Null);
    let refused = bench
        .post("/v2/consents", &consent_request(json!({})))
        .await;
    assert_eq!(refused.status, 201);
}

//! The control interface.

use reqwest::Method;
use sammati::parse::{self, Document};
use sammati::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use super::{Bench, MOBILE, NOW, consent_request, send};

#[tokio::test]
async fn the_clock_is_read_moved_and_set() {
    let bench = Bench::new().await;
    let clock = async |body: Option<Value>| match body {
        None => send(bench.request(Method::GET, "/_sandbox/clock")).await,
        Some(body) => bench.control(Method::POST, "/_sandbox/clock", &body).await,
    };
    assert_eq!(
        clock(None).await.json(),
        json!({ "now": "2025-04-01T00:00:00.000Z", "fixed": true })
    );
    assert_eq!(
        clock(Some(json!({ "advance": "1d1h1m1s1ms" })))
            .await
            .json()["now"],
        "2025-04-02T01:01:01.001Z"
    );
    assert_eq!(
        clock(Some(json!({ "set": NOW }))).await.json()["now"],
        "2025-04-01T00:00:00.000Z"
    );
    for body in [
        json!({}),
        json!({ "advance": "1d", "set": NOW }),
        json!({ "advance": "1 day" }),
        json!({ "advance": 5 }),
        json!({ "set": "tomorrow" }),
        json!({ "advnace": "1d" }),
        json!({ "advance": "99999999d" }),
    ] {
        let answer = clock(Some(body.clone())).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(!answer.error_text().is_empty());
    }
    bench
        .control(Method::PUT, "/_sandbox/setup", &json!({}))
        .await;
    assert_eq!(clock(None).await.json()["fixed"], false);
    let moved = clock(Some(json!({ "advance": "365d" }))).await.json();
    assert!(moved["now"].as_str() > Some("2026"), "{moved}");
    assert_eq!(moved["fixed"], false);
}

#[tokio::test]
async fn states_change_as_they_may() {
    let bench = Bench::new().await;
    let id = bench.active_consent(json!({})).await;
    for (action, status, code) in [
        ("resume", "ACTIVE", 409),
        ("pause", "PAUSED", 200),
        ("pause", "PAUSED", 409),
        ("resume", "ACTIVE", 200),
        ("revoke", "REVOKED", 200),
        ("expire", "REVOKED", 409),
    ] {
        let answer = bench.act(&id, action).await;
        assert_eq!(
            (answer.status, &answer.json()["status"]),
            (code, &json!(status)),
            "{action}: {answer:?}"
        );
    }
    assert_eq!(bench.act("none", "pause").await.status, 404);
    let unknown = bench.act(&id, "puase").await;
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.error_text().contains("did you mean `pause`?"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_set_up_is_refused_whole_with_the_place_of_its_mistake() {
    let bench = Bench::new().await;
    let id = bench.consent(json!({})).await;
    for (setup, path, part) in [
        (json!({ "clok": NOW }), "clok", "did you mean `clock`?"),
        (
            json!({ "advance": "1d" }),
            "advance",
            "unknown key `advance`",
        ),
        (json!({ "clock": "now" }), "clock", "RFC 3339"),
        (json!({ "seed": -1 }), "seed", "a whole number"),
        (
            json!({ "auth": "beerer" }),
            "auth",
            "did you mean `bearer`?",
        ),
        (
            json!({ "product": { "auto_fetch": "no" } }),
            "product.auto_fetch",
            "true or false",
        ),
        (
            json!({ "product": { "defaults": { "fiType": [] } } }),
            "product.defaults.fiType",
            "did you mean `fiTypes`?",
        ),
        (
            json!({ "product": { "defaults": { "fiTypes": ["GOLD"] } } }),
            "product.defaults.fiTypes[0]",
            "GOLD",
        ),
        (
            json!({ "product": { "defaults": { "frequency": { "unit": "DAY" } } } }),
            "product.defaults.frequency",
            "value",
        ),
        (
            json!({ "customers": [{ "mobile": "1", "accounts": [] }] }),
            "customers[0].mobile",
            "mobile number",
        ),
        (
            json!({ "customers": [{ "mobile": MOBILE }] }),
            "customers[0]",
            "missing key `accounts`",
        ),
        (
            json!({ "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fpi" }] }] }),
            "customers[0].accounts[0].fip",
            "did you mean `setu-fip`?",
        ),
        (
            json!({ "customers": [{ "mobile": MOBILE, "accounts": [{ "fip": "setu-fip", "transactions": "many" }] }] }),
            "customers[0].accounts[0].transactions",
            "a whole number",
        ),
        (
            json!({ "fips": { "setu-fip-3": {} } }),
            "fips.setu-fip-3",
            "unknown FIP",
        ),
        (
            json!({ "fips": { "setu-fip": { "fetch": "timout" } } }),
            "fips.setu-fip.fetch",
            "did you mean `timeout`?",
        ),
        (
            json!({ "fips": { "setu-fip": { "latency": 20 } } }),
            "fips.setu-fip.latency",
            "expected text",
        ),
        (
            json!({ "faults": [{ "on": "GET /", "status": 500, "time": 1 }] }),
            "faults[0].time",
            "did you mean `times`?",
        ),
        (json!([]), "", "expected a map"),
    ] {
        let answer = bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
        assert_eq!(
            (answer.status, answer.json()["path"].as_str()),
            (400, Some(path)),
            "{setup}: {answer:?}"
        );
        assert!(answer.error_text().contains(part), "{setup}: {answer:?}");
    }
    let not_json = send(bench.request(Method::PUT, "/_sandbox/setup").body("{")).await;
    assert_eq!(not_json.status, 400);
    assert!(not_json.error_text().contains("not JSON"), "{not_json:?}");
    assert_eq!(
        bench.get(&format!("/v2/consents/{id}")).await.status,
        200,
        "nothing was forgotten"
    );
    bench
        .control(Method::PUT, "/_sandbox/setup", &json!({}))
        .await;
    assert_eq!(
        bench.get(&format!("/v2/consents/{id}")).await.status,
        404,
        "and then everything was"
    );
}

#[tokio::test]
async fn a_change_midway_keeps_what_there_is() {
    let bench = Bench::new().await;
    let id = bench.active_consent(json!({})).await;
    let change = async |changes: Value| {
        bench
            .control(Method::PATCH, "/_sandbox/setup", &changes)
            .await
    };
    let answer =
        change(json!({ "advance": "1d", "consent": { "id": id, "action": "pause" } })).await;
    assert_eq!(
        answer.json(),
        json!({ "now": "2025-04-02T00:00:00.000Z", "fixed": true })
    );
    assert_eq!(
        bench.get(&format!("/v2/consents/{id}")).await.json()["status"],
        "PAUSED"
    );
    let refused =
        change(json!({ "advance": "1d", "consent": { "id": id, "action": "pause" } })).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    let now = send(bench.request(Method::GET, "/_sandbox/clock"))
        .await
        .json();
    assert_eq!(
        now["now"], "2025-04-02T00:00:00.000Z",
        "a refused change changes nothing"
    );
    let unknown = change(json!({ "consent": { "id": "none", "action": "pause" } })).await;
    assert_eq!(unknown.status, 404);

    change(json!({ "product": { "defaults": { "consentDuration": { "unit": "DAY", "value": 2 }, "frequency": null } } })).await;
    let without = bench
        .post("/v2/consents", &consent_request(json!({})))
        .await;
    assert_eq!(
        without.refusal().0,
        400,
        "PERIODIC takes a frequency from somewhere"
    );
    let daily = json!({ "frequency": { "unit": "DAY", "value": 1 } });
    let with = bench
        .post("/v2/consents", &consent_request(daily))
        .await
        .json();
    assert_eq!(with["detail"]["consentExpiry"], "2025-04-04T00:00:00.000Z");
}

#[tokio::test]
async fn requests_are_noted_without_their_secrets() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    let fips = bench
        .authorized(Method::GET, "/v2/fips?aa=finvu")
        .bearer_auth(&token);
    assert_eq!(send(fips).await.status, 200);
    let answer = send(bench.request(Method::GET, "/_sandbox/requests")).await;
    assert!(
        !answer.text.contains("sandbox-secret") && !answer.text.contains(&token),
        "{answer:?}"
    );
    let requests = answer.json()["requests"].as_array().unwrap().clone();
    assert_eq!(requests.len(), 2, "control calls are not noted");
    assert_eq!(
        (&requests[0]["path"], &requests[0]["status"]),
        (&json!("/v1/users/login"), &json!(200))
    );
    assert_eq!(requests[0]["body"]["clientID"], "sandbox-client");
    assert_eq!(
        (&requests[1]["method"], &requests[1]["query"]),
        (&json!("GET"), &json!("aa=finvu"))
    );
}

#[tokio::test]
async fn the_page_lists_consents_and_sessions() {
    let bench = Bench::new().await;
    let id = bench.active_consent(json!({})).await;
    let session = bench.session(&id).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = send(bench.request(Method::GET, "/_sandbox")).await;
    assert_eq!(page.status, 200);
    for part in [id.as_str(), &session, "ACTIVE", "/v2/consents/webview/"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
}

#[tokio::test]
async fn other_control_calls_are_refused_in_json() {
    let bench = Bench::new().await;
    for (method, path, status) in [
        (Method::POST, "/_sandbox/notifications", 405),
        (Method::GET, "/_sandbox/nothing", 404),
        (Method::POST, "/_sandbox/", 404),
        (Method::DELETE, "/_sandbox/clock", 405),
        (Method::POST, "/_sandbox", 405),
    ] {
        let answer = send(bench.request(method.clone(), path)).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert!(
            answer.json()["error"].is_string(),
            "{method} {path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn without_control_there_is_none() {
    let bench = Bench::with_options(Options {
        control: false,
        ..Options::default()
    })
    .await;
    for path in ["/_sandbox", "/_sandbox/health", "/_sandbox/setup"] {
        assert_eq!(bench.get(path).await.refusal().0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_stopped_sandbox_is_gone_with_its_connections() {
    use tokio::io::AsyncReadExt as _;
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let address = sandbox.origin().trim_start_matches("http://").to_owned();
    let mut open = tokio::net::TcpStream::connect(&address).await.unwrap();
    sandbox.stop().await;
    assert_eq!(
        open.read(&mut [0; 1]).await.unwrap_or(0),
        0,
        "the open connection is closed"
    );
    tokio::net::TcpStream::connect(&address)
        .await
        .expect_err("nobody listens");

    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let address = sandbox.origin().trim_start_matches("http://").to_owned();
    let mut open = tokio::net::TcpStream::connect(&address).await.unwrap();
    drop(sandbox);
    assert_eq!(
        open.read(&mut [0; 1]).await.unwrap_or(0),
        0,
        "dropping it closes it as well"
    );
}

#[tokio::test]
async fn hundreds_of_sandboxes_run_at_once() {
    let mut sandboxes = Vec::new();
    for _ in 0..300 {
        sandboxes.push(Sandbox::start(Options::default()).await.unwrap());
    }
    let mut origins: Vec<_> = sandboxes
        .iter()
        .map(|sandbox| sandbox.origin().to_owned())
        .collect();
    origins.dedup();
    assert_eq!(origins.len(), 300);
}

#[tokio::test]
async fn answers_are_dated_by_the_sandbox_clock() {
    let bench = Bench::new().await;
    let response = bench
        .authorized(Method::GET, "/v2/fips")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["date"], "Tue, 01 Apr 2025 00:00:00 GMT");
}

#[tokio::test]
async fn a_seed_changed_midway_makes_later_ids_and_keeps_earlier_tokens() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    assert_eq!(
        bench
            .control(Method::PATCH, "/_sandbox/setup", &json!({ "seed": 7 }))
            .await
            .status,
        200
    );
    let with_token = bench.request(Method::GET, "/v2/fips").bearer_auth(&token);
    assert_eq!(
        send(with_token.header("x-product-instance-id", "sandbox-product"))
            .await
            .status,
        200
    );
    let first = bench.consent(json!({})).await;
    let other = Bench::set_up(json!({ "clock": NOW, "seed": 7 })).await;
    assert_eq!(other.consent(json!({})).await, first);
}

/// `check` has a list of its own, because it shares nothing with the sandbox.
#[tokio::test]
async fn the_language_knows_the_fips_of_the_sandbox() {
    let bench = Bench::new().await;
    let listed = bench.get("/v2/fips?expanded=true").await.json();
    let mut fips: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fip| fip["fipId"].as_str().unwrap())
        .collect();
    fips.sort_unstable();
    let schema = parse::schema(Document::Scenario);
    let properties = schema["$defs"]["fips"]["properties"].as_object().unwrap();
    let mut known: Vec<&str> = properties.keys().map(String::as_str).collect();
    known.sort_unstable();
    assert_eq!(known, fips);
    let words = &schema["$defs"]["account"]["properties"]["fip"].to_string();
    assert!(
        fips.iter().all(|fip| words.contains(&format!("\"{fip}\""))),
        "{words}"
    );
}

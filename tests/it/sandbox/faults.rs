//! What goes wrong on purpose.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, NOW, send};

async fn with_fault(fault: Value) -> Bench {
    Bench::set_up(json!({ "clock": NOW, "faults": [fault] })).await
}

#[tokio::test]
async fn a_status_comes_as_often_as_it_is_told() {
    let bench = with_fault(json!({ "on": "POST /v2/sessions", "times": 2, "status": 500 })).await;
    let id = bench.active_consent(json!({})).await;
    for _ in 0..2 {
        let (status, code, message) = bench.session(&id).await.refusal();
        assert_eq!((status, code.as_str()), (500, "InternalServerError"));
        assert!(
            message.starts_with("An internal server error has occurred"),
            "{message}"
        );
    }
    assert_eq!(bench.session(&id).await.status, 201);
    // The consent was not used by what never reached it.
    let shown = bench
        .get(&format!("/v2/consents/{id}?expanded=true"))
        .await
        .json();
    assert_eq!(shown["usage"]["count"], "1");
}

#[tokio::test]
async fn a_status_may_bring_its_body_and_a_pattern_its_stars() {
    let bench =
        with_fault(json!({ "on": "* /v2/*", "status": 503, "body": { "busy": true } })).await;
    for path in ["/v2/fips", "/v2/consents/1"] {
        let answer = bench.get(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (503, json!({ "busy": true }))
        );
    }
    assert_eq!(
        bench.log_in().await.split('.').count(),
        3,
        "another path is not touched"
    );
    let cleared = send(bench.request(Method::DELETE, "/_sandbox/faults")).await;
    assert_eq!(cleared.status, 200);
    assert_eq!(bench.get("/v2/fips").await.status, 200);
}

#[tokio::test]
async fn faults_never_meet_the_control_interface() {
    let bench = with_fault(json!({ "on": "* *", "disconnect": true })).await;
    assert_eq!(
        send(bench.request(Method::GET, "/_sandbox/health"))
            .await
            .json(),
        json!({ "status": "ok" })
    );
}

#[tokio::test]
async fn a_delay_gives_the_right_answer_late() {
    let bench = with_fault(json!({ "on": "GET /v2/fips", "delay": "150ms" })).await;
    let begun = Instant::now();
    assert_eq!(bench.get("/v2/fips").await.status, 200);
    assert!(
        begun.elapsed() >= Duration::from_millis(150),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_disconnect_closes_the_connection_without_an_answer() {
    let bench = with_fault(json!({ "on": "GET /v2/fips", "times": 1, "disconnect": true })).await;
    // By hand, to see what is on the wire: nothing, and then its end.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = bench.sandbox.origin().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /v2/fips HTTP/1.1\r\nhost: sandbox\r\n\r\n")
        .await
        .unwrap();
    let mut wire = Vec::new();
    // A reset is as good as an end.
    let _ = stream.read_to_end(&mut wire).await;
    assert_eq!(wire, b"");
    assert_eq!(bench.get("/v2/fips").await.status, 200);
    let log = send(bench.request(Method::GET, "/_sandbox/requests"))
        .await
        .json();
    assert_eq!(log["requests"][0]["status"], Value::Null, "{log}");
}

#[tokio::test]
async fn a_truncated_answer_loses_its_second_half() {
    let bench = with_fault(json!({ "on": "GET /v2/fips", "truncate": true })).await;
    let response = bench
        .authorized(Method::GET, "/v2/fips")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let announced: usize = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(announced > 100, "{announced}");
    response.text().await.expect_err("the rest never comes");
}

#[tokio::test]
async fn a_malformed_answer_is_whole_but_no_json() {
    let bench = with_fault(json!({ "on": "GET /v2/fips", "malformed": true })).await;
    let answer = bench.get("/v2/fips").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.text.starts_with('{') && serde_json::from_str::<Value>(&answer.text).is_err(),
        "{answer:?}"
    );
}

#[tokio::test]
async fn faults_that_nobody_knows_are_refused() {
    let bench = Bench::new().await;
    let on = "POST /v2/sessions";
    for (faults, path, part) in [
        (
            json!([{ "on": on, "explode": true }]),
            "[0].explode",
            "unknown key `explode`",
        ),
        (
            json!([{ "on": on, "stauts": 500 }]),
            "[0].stauts",
            "did you mean `status`?",
        ),
        (json!([{ "on": on }]), "[0]", "expected one of `status`"),
        (
            json!([{ "on": on, "status": 500, "delay": "1s" }]),
            "[0]",
            "expected only one of",
        ),
        (
            json!([{ "on": on, "times": 0, "status": 500 }]),
            "[0].times",
            "never comes",
        ),
        (
            json!([{ "on": on, "status": 99 }]),
            "[0].status",
            "from 200 to 599",
        ),
        (
            json!([{ "on": on, "status": 1000 }]),
            "[0].status",
            "from 0 to 599",
        ),
        (
            json!([{ "on": on, "delay": "soon" }]),
            "[0].delay",
            "`250ms`",
        ),
        (
            json!([{ "on": on, "delay": "1s", "body": {} }]),
            "[0].body",
            "`body` goes with `status`",
        ),
        (
            json!([{ "on": on, "disconnect": false }]),
            "[0].disconnect",
            "true or not there",
        ),
        (
            json!([{ "on": "/v2/sessions", "disconnect": true }]),
            "[0].on",
            "a method and a path",
        ),
        (json!([{ "disconnect": true }]), "[0]", "missing key `on`"),
        (json!({}), "", "expected a list"),
    ] {
        let answer = bench
            .control(Method::PUT, "/_sandbox/faults", &faults)
            .await;
        assert_eq!(
            (answer.status, answer.json()["path"].as_str()),
            (400, Some(path)),
            "{faults}: {answer:?}"
        );
        assert!(answer.error_text().contains(part), "{faults}: {answer:?}");
    }
}

//! `/_sandbox`, the page for people.

use reqwest::Method;
use reqwest::header::ORIGIN;
use sammati::sandbox::Options;
use serde_json::json;

use super::super::{Answer, send};
use super::{Bench, encoded};

async fn move_clock(bench: &Bench, fields: &[(&str, &str)], origin: &str) -> Answer {
    let request = bench
        .request(Method::POST, "/_sandbox/page/clock")
        .header(ORIGIN, origin)
        .header("content-type", "application/x-www-form-urlencoded");
    send(request.body(encoded(fields))).await
}

#[tokio::test]
async fn the_page_shows_histories_and_no_secrets() {
    let bench = Bench::new().await;
    let token = bench.log_in().await;
    let fips = bench
        .authorized(Method::GET, "/v2/fips")
        .bearer_auth(&token);
    send(fips).await;
    let id = bench.active_consent(json!({})).await;
    bench.act(&id, "pause").await;
    let active = bench.active_consent(json!({})).await;
    let session = bench.session(&active).await;
    bench.fetched(&session).await;
    let page = send(bench.request(Method::GET, "/_sandbox")).await;
    assert_eq!(page.status, 200);
    for part in [
        &format!("href=\"/v2/consents/webview/{id}\""),
        "<li><time>2025-04-01T00:00:00.000Z</time> PENDING</li><li><time>2025-04-01T00:00:00.000Z</time> ACTIVE</li><li><time>2025-04-01T00:00:00.000Z</time> PAUSED</li>",
        "COMPLETED",
        ": READY</li>",
        "POST /v2/consents → 201",
        "&quot;***&quot;",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("sandbox-secret") && !page.text.contains(&token));
    bench.advance("121d").await;
    let page = send(bench.request(Method::GET, "/_sandbox")).await;
    assert!(page.text.contains("</time> EXPIRED"), "{}", page.text);
}

#[tokio::test]
async fn its_forms_move_the_clock() {
    let bench = Bench::new().await;
    let own = bench.sandbox.origin().to_owned();
    let now = async || {
        send(bench.request(Method::GET, "/_sandbox/clock"))
            .await
            .json()["now"]
            .clone()
    };
    let moved = move_clock(&bench, &[("advance", "30d")], &own).await;
    assert_eq!(moved.status, 200, "the redirect was followed: {moved:?}");
    assert_eq!(now().await, "2025-05-01T00:00:00.000Z");
    let fixed = move_clock(&bench, &[("set", "2026-01-01T00:00:00Z")], &own).await;
    assert!(fixed.text.contains("It stands still"), "{fixed:?}");
    assert_eq!(now().await, "2026-01-01T00:00:00.000Z");
    for (field, text, problem) in [
        ("advance", "", "Enter how far"),
        ("advance", "<b>", "Enter how far"),
        ("advance", "99999999d", "The clock ends"),
        ("set", "tomorrow", "Enter a date and time"),
    ] {
        let refused = move_clock(&bench, &[(field, text)], &own).await;
        assert_eq!(refused.status, 422, "{text}");
        assert!(
            refused.text.contains(problem),
            "{problem} in {}",
            refused.text
        );
        assert!(
            refused.text.contains(&format!("{field}-error")) && !refused.text.contains("value=\"<"),
            "{}",
            refused.text
        );
    }
    assert_eq!(
        move_clock(&bench, &[("advance", "1d")], "http://other.test")
            .await
            .status,
        403
    );
    assert_eq!(now().await, "2026-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn without_control_there_is_no_page_but_the_consent_pages_are_there() {
    let bench = Bench::with_options(Options {
        control: false,
        ..Options::default()
    })
    .await;
    assert_eq!(bench.get("/_sandbox").await.status, 404);
    assert_eq!(
        move_clock(&bench, &[("advance", "1d")], bench.sandbox.origin())
            .await
            .status,
        404
    );
    let id = bench.consent(json!({})).await;
    let page = send(bench.request(Method::GET, &format!("/v2/consents/webview/{id}"))).await;
    assert_eq!(page.status, 200);
}

//! Consents that a person answers: shown, waited for, and not waited for in vain.

use super::server::{Server, json};
use super::*;

const SCENARIO: &str = r"
steps:
  - consent: /v2/consents/webview/c-1
  - id: active
    get: /v2/consents/c-1
    until: { $.status: ACTIVE }
    every: 1ms
    within: 20s
";

/// A gateway whose consent is pending twice, and then this.
async fn gateway(end: &'static str) -> Server {
    Server::start(move |_, before| {
        let status = if before < 2 { "PENDING" } else { end };
        json(200, &format!(r#"{{"status": "{status}"}}"#))
    })
    .await
}

async fn ask(server: &Server, customer: Customer, scenario: &str) -> super::Told {
    let mut bench = Bench::new(&server.origin).file("a.yaml", scenario);
    bench.customer = customer;
    bench.run().await
}

#[tokio::test]
async fn an_approval_is_seen() {
    let server = gateway("ACTIVE").await;
    let told = ask(&server, Customer::Person, SCENARIO).await;
    assert_eq!(told.status(), &Status::Passed);
    let wanted = told.events.iter().filter_map(|event| match event {
        Event::ConsentWanted { url, .. } => Some(url.as_str()),
        _ => None,
    });
    assert_eq!(wanted.collect::<Vec<_>>(), ["/v2/consents/webview/c-1"]);
    let polls = told
        .events
        .iter()
        .filter(|event| matches!(event, Event::Polling { label, .. } if label == "active"));
    assert_eq!(polls.count(), 1, "told once, however many tries");
}

#[tokio::test]
async fn a_rejection_is_seen_at_once() {
    for end in ["REJECTED", "FAILED", "EXPIRED", "REVOKED"] {
        let server = gateway(end).await;
        let told = ask(&server, Customer::Person, SCENARIO).await;
        assert_eq!(told.status(), &Status::Failed);
        assert_eq!(
            told.failure().message,
            format!("the consent is {end}, and will not change again")
        );
        assert_eq!(server.asked().len(), 3);
    }
}

#[tokio::test]
async fn a_poll_of_something_else_goes_on() {
    let scenario = r"
steps:
  - consent: /v2/consents/webview/c-1
  - { get: /v2/sessions/s-1, until: { $.status: COMPLETED }, every: 1ms, within: 100ms }
";
    let server = gateway("FAILED").await;
    let told = ask(&server, Customer::Person, scenario).await;
    assert_eq!(told.failure().kind, FailureKind::Timeout);
}

#[tokio::test]
async fn a_person_who_does_not_answer_is_waited_for_until_the_time_is_up() {
    let server = gateway("PENDING").await;
    let scenario = SCENARIO.replace("20s", "50ms");
    let told = ask(&server, Customer::Person, &scenario).await;
    assert_eq!(told.failure().kind, FailureKind::Timeout);
}

#[tokio::test]
async fn where_nobody_is_the_step_fails_instead_of_waiting() {
    let server = gateway("ACTIVE").await;
    let told = ask(&server, Customer::Nobody("CI is set"), SCENARIO).await;
    assert_eq!(told.status(), &Status::Errored);
    let failure = told.failure();
    assert_eq!(
        failure.message,
        "a person must answer this consent, and there is none: CI is set"
    );
    assert!(failure.notes[0].contains("/v2/consents/webview/c-1"));
    assert_eq!(server.asked().len(), 0);
}

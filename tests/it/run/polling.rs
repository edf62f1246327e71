//! Polling.

use super::server::{Reply, Server, json};
use super::*;

/// A server that says so many times PENDING, then the other body.
async fn after(times: usize, status: u16, body: &'static str) -> Server {
    Server::start(move |_, before| {
        if before < times {
            json(200, r#"{"status": "PENDING"}"#)
        } else {
            json(status, body)
        }
    })
    .await
}

#[tokio::test]
async fn a_request_is_repeated_until_it_holds() {
    let server = after(2, 200, r#"{"status": "ACTIVE", "id": 7}"#).await;
    let scenario = "
steps:
  - get: /x
    until: { $.status: ACTIVE, $.id: { gt: 5 } }
    every: 1ms
    capture: { id: $.id }
    expect: { $.id: 7 }
  - print: \"{{ id }}\"
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.steps()[0].tries, 3);
    assert_eq!(told.case(0).counts.requests, 3);
    assert_eq!(told.printed(), ["7"]);
}

#[tokio::test]
async fn a_poll_that_takes_too_long_says_what_it_lacked() {
    in_some_time(async |time| {
        let server = after(usize::MAX, 200, "{}").await;
        let scenario = format!(
            "
steps:
  - get: /x
    until: {{ $.status: ACTIVE, $.id: 7 }}
    every: 20ms
    within: {time}
    capture: {{ id: $.id }}
"
        );
        let told = run(&server.origin, &scenario).await;
        let failure = told.failure();
        assert_eq!(failure.kind, FailureKind::Timeout);
        // How many there are is the machine's matter; the last may have been cut off before the server saw it.
        let asked = server.paths().len();
        let told_tries = |tries: usize| {
            let word = if tries == 1 { "try" } else { "tries" };
            failure.message == format!("not so within {time}, after {tries} {word}")
        };
        assert!(
            (asked.saturating_sub(1)..=asked + 1).any(told_tries),
            "{asked} were sent: {}",
            failure.message
        );
        // It is errored where no answer came in time.
        same(told.status(), &Status::Failed)?;
        assert_eq!(failure.expected.as_deref(), Some(r#"string "ACTIVE""#));
        assert_eq!(failure.actual.as_deref(), Some(r#"string "PENDING""#));
        assert!(failure.notes.iter().any(|note| note.starts_with("$.id: ")));
        assert_eq!(
            told.case(0).failed[0].exchanges.len(),
            1,
            "the last is shown"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_deadline_ends_a_running_try() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let scenario = "steps: [{ get: /x, until: { $.a: 1 }, within: 60ms }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.failure().kind, FailureKind::Timeout);
    assert_eq!(told.status(), &Status::Errored, "there was no answer");
}

#[tokio::test]
async fn giving_up_fails_at_once() {
    let server = after(1, 200, r#"{"status": "REJECTED"}"#).await;
    let scenario = "
steps:
  - get: /x
    until: { $.status: ACTIVE }
    give_up: { $.status: REJECTED }
    every: 1ms
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Failed);
    assert_eq!(
        told.failure().message,
        "gave up at try 2, as `give_up` says"
    );
    assert_eq!(
        told.failure().actual.as_deref(),
        Some(r#"string "REJECTED""#)
    );
}

#[tokio::test]
async fn an_answer_of_400_fails_at_once_where_nothing_names_the_status() {
    let server = after(1, 404, r#"{"error": "gone"}"#).await;
    let scenario = "steps: [{ get: /x, until: { $.status: ACTIVE }, every: 1ms }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Failed);
    assert_eq!(told.failure().message, "status");
    assert!(told.failure().notes[0].contains("gone"));
    assert_eq!(server.asked().len(), 2);

    let server = Server::start(|_, before| json([404, 404, 200][before], "{}")).await;
    let scenario = "steps: [{ get: /x, until: { status: 200 }, every: 1ms }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
}

#[tokio::test]
async fn no_answer_ends_a_poll() {
    let server = Server::start(|_, _| Reply::Break(String::new())).await;
    let scenario = "steps: [{ get: /x, until: { $.status: ACTIVE }, every: 1ms }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.failure().kind, FailureKind::Transport);
}

//! Retries.

use super::server::{Reply, Server, json, with};
use super::*;
use std::time::Duration;

/// A server that gives these answers in turn, the last one for ever.
async fn in_turn(replies: Vec<fn() -> Reply>) -> Server {
    Server::start(move |_, before| replies[before.min(replies.len() - 1)]()).await
}

fn good() -> Reply {
    json(200, r#"{"id": 7}"#)
}

fn bad() -> Reply {
    json(503, "{}")
}

fn broken() -> Reply {
    Reply::Break(String::new())
}

const FAST: &str = "retry: { times: 3, every: 1ms }";

#[tokio::test]
async fn a_step_that_passes_only_after_a_retry_is_flaky() {
    let server = in_turn(vec![bad, broken, || json(429, "{}"), good]).await;
    let scenario = format!(
        "steps: [{{ id: pay, post: /x, json: {{ n: \"{{{{ uuid() }}}}\" }}, {FAST}, expect: 200, capture: {{ id: $.id }} }}, {{ print: \"{{{{ id }}}}\" }}]"
    );
    let told = run(&server.origin, &scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), ["7"]);
    let step = told.steps()[0];
    assert_eq!((step.tries, step.retries), (4, 3));
    assert!(
        step.is_flaky() && step.summary.ends_with("(try 4)"),
        "{}",
        step.summary
    );
    assert!(told.case(0).is_flaky());
    assert_eq!(told.case(0).flaky[0].label, "pay");
    assert_eq!(told.case(0).counts.requests, 4);
    let bodies: std::collections::BTreeSet<String> =
        server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies.len(), 1, "each try sends the same");
}

#[tokio::test]
async fn what_passes_at_once_is_not_flaky() {
    let server = in_turn(vec![good]).await;
    let told = run(&server.origin, &format!("steps: [{{ get: /x, {FAST} }}]")).await;
    assert_eq!(told.steps()[0].tries, 1);
    assert!(!told.steps()[0].is_flaky() && !told.case(0).is_flaky());
}

#[tokio::test]
async fn when_the_retries_are_used_up_the_last_answer_fails_the_step() {
    for (reply, status) in [
        (bad as fn() -> Reply, Status::Failed),
        (broken, Status::Errored),
    ] {
        let server = in_turn(vec![reply]).await;
        let told = run(&server.origin, &format!("steps: [{{ get: /x, {FAST} }}]")).await;
        assert_eq!(told.status(), &status);
        assert_eq!(server.asked().len(), 4, "one try and three more");
        assert!(told.case(0).failed[0].summary.ends_with("(try 4)"));
        assert!(told.case(0).flaky.is_empty());
        told.failure();
    }
}

#[tokio::test]
async fn only_what_is_named_is_tried_again() {
    // What is asked for, what the server answers, and how often it is asked.
    let slow = || Reply::Silence;
    for (on, reply, tries) in [
        ("[transport, 5xx, 429]", bad as fn() -> Reply, 2),
        ("[transport]", bad, 1),
        ("transport", broken, 2),
        ("transport", slow, 2),
        ("[timeout]", slow, 2),
        ("[timeout]", broken, 1),
        ("[503]", bad, 2),
        ("503", bad, 2),
        ("[502, 4xx]", bad, 1),
        ("4xx", || json(404, "{}"), 2),
        ("[200]", good, 2),
        // It would be too large again.
        ("transport", || with(200, &[], &" ".repeat(2000)), 1),
    ] {
        in_some_time(async |time| {
            let server = in_turn(vec![reply]).await;
            let scenario = format!(
                "steps: [{{ get: /x, timeout: {time}, max_body: 1000, retry: {{ times: 1, every: 1ms, on: {on} }} }}]"
            );
            run(&server.origin, &scenario).await;
            same(&(on, server.asked().len()), &(on, tries))
        })
        .await;
    }
    let server = in_turn(vec![|| json(404, "{}")]).await;
    run(&server.origin, &format!("steps: [{{ get: /x, {FAST} }}]")).await;
    assert_eq!(
        server.asked().len(),
        1,
        "404 is not among what is tried again by itself"
    );
}

#[tokio::test]
async fn an_answer_that_the_step_speaks_of_is_not_tried_again() {
    for (expect, passes) in [
        ("503", true),
        ("5xx", true),
        ("[200, 503]", true),
        ("{ status: { gte: 500 } }", true),
        ("{ status: { not: 200 } }", true),
        ("{ that: [\"status == 503\"] }", true),
        // It is named, as what must not come.
        ("{ status: { ne: 503 } }", false),
        ("{ status: { not_in: [500, 503] } }", false),
        ("{ status: { not: 503 } }", false),
    ] {
        let server = in_turn(vec![bad, good]).await;
        let told = run(
            &server.origin,
            &format!("steps: [{{ get: /x, {FAST}, expect: {expect} }}]"),
        )
        .await;
        assert_eq!(server.asked().len(), 1, "{expect}");
        assert_eq!(told.status() == &Status::Passed, passes, "{expect}");
    }
    for expect in [
        "200",
        "{ status: { lt: 503 } }",
        "{ $.id: 7 }",
        "{ that: [\"status == 200\"] }",
    ] {
        let server = in_turn(vec![bad, good]).await;
        let told = run(
            &server.origin,
            &format!("steps: [{{ get: /x, {FAST}, expect: {expect} }}]"),
        )
        .await;
        assert_eq!(server.asked().len(), 2, "{expect}");
        assert_eq!(told.status(), &Status::Passed, "{expect}");
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_wait_gets_it() {
    in_some_time(async |time| {
        let server = Server::start(|asked, before| match (asked.path.as_str(), before) {
            ("/soon", 0) => with(429, &[("retry-after", "0")], "{}"),
            ("/late", _) => with(429, &[("retry-after", "30")], "{}"),
            _ => good(),
        })
        .await;
        let told = run(
            &server.origin,
            &format!(
                "timeout: {time}\nsteps: [{{ get: /soon, {FAST} }}, {{ get: /late, {FAST} }}]"
            ),
        )
        .await;
        // The case ends in the wait.
        same(&told.story(), &"GET /soon +, GET /late -".to_owned())?;
        same(
            &server.paths().join(", "),
            &"GET /soon, GET /soon, GET /late".to_owned(),
        )
    })
    .await;

    let server = Server::start(|_, _| with(503, &[("retry-after", "3600")], "{}")).await;
    let told = run(&server.origin, &format!("steps: [{{ get: /x, {FAST} }}]")).await;
    assert_eq!(server.asked().len(), 1, "an hour is too long");
    let notes = told.failure().notes.join("\n");
    assert!(notes.contains("asks for a wait of 1h"), "{notes}");
}

#[tokio::test]
async fn the_defaults_of_a_file_retry_and_a_step_may_take_it_away() {
    let server = in_turn(vec![bad]).await;
    let scenario = "
defaults: { retry: { times: 2, every: { from: 1ms, factor: 3, to: 4ms } } }
vars: { once: 1 }
steps:
  - { get: /a, keep_going: true }
  - { get: /b, retry: 0, keep_going: true }
  - { get: /c, retry: { times: \"{{ once }}\", every: \"{{ once }}ms\" } }
";
    run(&server.origin, scenario).await;
    assert_eq!(
        server.paths(),
        ["GET /a", "GET /a", "GET /a", "GET /b", "GET /c", "GET /c"]
    );
    let told = run(
        &server.origin,
        "vars: { n: many }\nsteps: [{ get: /x, retry: \"{{ n }}\" }]",
    )
    .await;
    assert_eq!(told.failure().message, "retry");
    assert_eq!(told.status(), &Status::Errored);
}

#[tokio::test]
async fn each_try_of_a_poll_is_retried_within_the_poll_s_time() {
    let not_yet = || json(200, "{}");
    let server = in_turn(vec![broken, not_yet, bad, broken, not_yet, good]).await;
    let scenario =
        "steps: [{ get: /x, until: { $.id: 7 }, every: 1ms, retry: { times: 2, every: 1ms } }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let step = told.steps()[0];
    assert_eq!((step.tries, step.retries), (6, 3));
    assert!(step.is_flaky());

    // A poll that names statuses looks at them itself.
    let server = in_turn(vec![bad, bad, good]).await;
    let scenario =
        "steps: [{ get: /x, until: { status: 200 }, every: 1ms, retry: { times: 1, every: 1h } }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.steps()[0].tries, 3);
    assert!(!told.steps()[0].is_flaky());

    let server = in_turn(vec![broken]).await;
    let scenario =
        "steps: [{ get: /x, until: { $.id: 7 }, within: 50ms, retry: { times: 3, every: 1h } }]";
    let told = run(&server.origin, scenario).await;
    assert_eq!(
        told.status(),
        &Status::Errored,
        "no pause is longer than the poll"
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_not_tried_again() {
    let server = in_turn(vec![|| with(302, &[("location", "ftp://a.test/")], "")]).await;
    let told = Bench::new(&server.origin)
        .secret("token", "very-secret-token")
        .file(
            "a.yaml",
            &format!(
                "steps: [{{ get: /x, follow: true, {FAST}, keep_going: true }}, {{ get: \"http://localhost:1/{{{{ token }}}}\", {FAST} }}]"
            ),
        )
        .run()
        .await;
    assert_eq!(told.story().matches('E').count(), 4, "{}", told.story());
    assert!(told.case(0).failed.iter().all(|step| step.retries == 0));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_wait_between_tries_ends_with_the_case() {
    let server = in_turn(vec![bad]).await;
    in_some_time(async |time| {
        let scenario = format!(
            "timeout: {time}\nsteps: [{{ get: /off, defer: true, retry: 0 }}, {{ get: /x, retry: {{ times: 1, every: 1h }} }}]"
        );
        let told = run(&server.origin, &scenario).await;
        same(&told.story(), &"GET /x -, GET /off F".to_owned())
    })
    .await;

    let bench = Bench::new(&server.origin).file(
        "a.yaml",
        "steps: [{ get: /hang, retry: { times: 1, every: 1h } }]",
    );
    let interrupter = Arc::clone(&bench.interrupter);
    let run = bench.run();
    let watch = async {
        while !server.asked().iter().any(|asked| asked.path == "/hang") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        interrupter.send_replace(Interrupt::Stop);
        std::future::pending::<()>().await
    };
    let told = tokio::select! {
        told = run => told,
        () = watch => unreachable!("it watches for ever"),
    };
    assert!(told.outcome.interrupted);
    assert_eq!(told.story(), "GET /hang -");
}

//! Fragments and steps that are tried again as a whole.

use super::server::{Reply, Server, json, with};
use super::*;
use std::collections::HashMap;
use std::sync::Mutex;

const FAST: &str = "retry: { times: 2, every: 1ms }";
const PAY: &str = "steps: [{ get: /start, capture: { n: $.n } }, { id: pay, get: /pay }]";

/// A server that gives each path its answers in turn, the last one for ever; other paths get the number of the request.
async fn in_turn(path: &'static str, replies: Vec<fn() -> Reply>) -> Server {
    let counts: Mutex<HashMap<String, usize>> = Mutex::default();
    Server::start(move |asked, before| {
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(asked.path.clone()).or_default();
        *count += 1;
        if asked.path == path {
            return replies[(*count - 1).min(replies.len() - 1)]();
        }
        json(200, &format!(r#"{{"n": {before}}}"#))
    })
    .await
}

fn good() -> Reply {
    json(200, r#"{"status": "PENDING"}"#)
}

fn bad() -> Reply {
    json(503, "{}")
}

async fn used(server: &Server, fragment: &str, scenario: &str) -> Told {
    let bench = Bench::new(&server.origin).file("_f.yaml", fragment);
    bench.file("a.yaml", scenario).run().await
}

#[tokio::test]
async fn a_fragment_that_passes_only_when_it_is_tried_again_is_flaky() {
    let server = in_turn("/pay", vec![bad, good]).await;
    let scenario =
        format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}, {{ print: \"{{{{ n }}}}\" }}]");
    let mut bench = Bench::new(&server.origin)
        .file("_f.yaml", PAY)
        .file("a.yaml", &scenario);
    bench.keep = Keep::Exchanges;
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.story(), "f.GET /start +, f.pay +, f +, print +");
    assert_eq!(
        server.paths(),
        ["GET /start", "GET /pay", "GET /start", "GET /pay"]
    );
    assert_eq!(told.printed(), ["2"], "what the last try captured");
    let case = told.case(0);
    assert!(case.is_flaky());
    let flaky = &case.flaky[0];
    assert_eq!(
        (flaky.label.as_str(), flaky.tries, flaky.retries),
        ("f", 2, 1)
    );
    assert_eq!(
        flaky.summary,
        "use _f.yaml (try 2); try 1 failed at f.pay: status: expected below 400, got number 503"
    );
    assert_eq!(flaky.exchanges.len(), 2, "what was sent in vain is seen");
    assert_eq!((case.counts.passed, case.counts.requests), (4, 4));
}

#[tokio::test]
async fn what_passes_at_once_is_told_as_without_a_retry() {
    let server = in_turn("/pay", vec![good]).await;
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}]");
    let told = used(&server, PAY, &scenario).await;
    assert_eq!(told.story(), "f.GET /start +, f.pay +");
    assert!(!told.case(0).is_flaky());
}

#[tokio::test]
async fn when_the_tries_are_used_up_the_last_one_fails_the_case() {
    let server = in_turn("/pay", vec![bad]).await;
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}, {{ get: /y }}]");
    let fragment = PAY.replace("}]", "}, { get: /x }]");
    let told = used(&server, &fragment, &scenario).await;
    assert_eq!(told.status(), &Status::Failed);
    assert_eq!(
        told.story(),
        "f.GET /start +, f.pay F, f.GET /x -, GET /y -"
    );
    assert_eq!(server.asked().len(), 6);
    assert_eq!(
        told.failure().notes[1..],
        [
            "this was try 3 of the fragment, as `retry` says",
            "tries 1 and 2 failed at f.pay: status: expected below 400, got number 503"
        ]
    );
    assert!(told.case(0).flaky.is_empty());
}

#[tokio::test]
async fn the_failing_step_decides_what_is_tried_again() {
    let broken = || Reply::Break(String::new());
    let slow = || with(503, &[("retry-after", "61")], "{}");
    for (on, reply, step, tries) in [
        ("", bad as fn() -> Reply, "", 2),
        ("", broken, "", 2),
        ("", || json(429, "{}"), "", 2),
        ("", || json(404, "{}"), "", 1),
        ("", slow, "", 1),
        // Wrong with a good status, or with one that the step speaks of.
        ("", good, "expect: { $.status: READY }", 1),
        ("", bad, "expect: { status: 503, $.a: 1 }", 1),
        ("", good, "capture: { a: $.none }", 1),
        ("on: 200,", good, "capture: { a: $.none }", 2),
        ("on: 4xx,", || json(404, "{}"), "", 2),
        ("on: [transport],", bad, "", 1),
        ("on: [5xx],", broken, "", 1),
        // What can never be sent.
        (
            "on: [transport, timeout, 4xx, 5xx],",
            good,
            "headers: { a: \"{{ [] | first }}\" }",
            1,
        ),
        // A poll that ran out has had answers.
        (
            "",
            good,
            "until: { $.status: READY }, every: 1ms, within: 1ms",
            1,
        ),
        (
            "on: timeout,",
            good,
            "until: { $.status: READY }, every: 1h, within: 1ms",
            2,
        ),
    ] {
        let server = in_turn("/pay", vec![reply]).await;
        let fragment = format!("steps: [{{ post: /start }}, {{ get: /pay, {step} }}]");
        let scenario =
            format!("steps: [{{ use: _f.yaml, retry: {{ {on} times: 1, every: 1ms }} }}]");
        let told = used(&server, &fragment, &scenario).await;
        let starts = server
            .paths()
            .iter()
            .filter(|path| *path == "POST /start")
            .count();
        assert_eq!(starts, tries, "{on} {step}: {:?}", told.failure());
        assert_ne!(told.status(), &Status::Passed, "{on} {step}");
    }
}

#[tokio::test]
async fn each_try_has_the_time_of_the_use() {
    in_some_time(async |time| {
        let server = in_turn("/pay", vec![|| Reply::Silence, good]).await;
        let scenario = format!("steps: [{{ id: f, use: _f.yaml, timeout: {time}, {FAST} }}]");
        let told = used(&server, PAY, &scenario).await;
        same(told.status(), &Status::Passed)?;
        same(&told.case(0).flaky.len(), &1)
    })
    .await;
}

#[tokio::test]
async fn what_a_failed_try_has_put_aside_is_cleaned_up_too() {
    let server = in_turn("/pay", vec![bad, good]).await;
    let fragment = "steps: [{ post: /open, capture: { n: $.n } }, { delete: \"/open/{{ n }}\", defer: true }, { get: /pay }]";
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}]");
    let told = used(&server, fragment, &scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(
        server.paths(),
        [
            "POST /open",
            "GET /pay",
            "POST /open",
            "GET /pay",
            "DELETE /open/2",
            "DELETE /open/0"
        ]
    );
}

#[tokio::test]
async fn a_failure_that_the_fragment_went_on_after_counts() {
    let fragment = "steps: [{ get: /pay, keep_going: true }, { get: /x }]";
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}]");
    let server = in_turn("/pay", vec![bad, good]).await;
    let told = used(&server, fragment, &scenario).await;
    assert_eq!(told.story(), "f.GET /pay +, f.GET /x +, f +");
    let server = in_turn("/pay", vec![bad]).await;
    let told = used(&server, fragment, &scenario).await;
    assert_eq!(told.story(), "f.GET /pay F, f.GET /x +");
    assert_eq!(told.status(), &Status::Failed);
    // With one failure that no try can change there is no use in others.
    let fragment = "steps: [{ get: /pay, keep_going: true }, { get: /x, expect: 404 }]";
    let server = in_turn("/pay", vec![bad]).await;
    let told = used(&server, fragment, &scenario).await;
    assert_eq!(told.story(), "f.GET /pay F, f.GET /x F");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn each_turn_has_its_tries() {
    let server = in_turn("/pay", vec![bad, good, bad, good]).await;
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, each: {{ i: [1, 2] }}, {FAST} }}]");
    let told = used(&server, PAY, &scenario).await;
    assert_eq!(
        told.story(),
        "f #1.GET /start +, f #1.pay +, f #1 +, f #2.GET /start +, f #2.pay +, f #2 +"
    );
    assert!(
        told.case(0).flaky[1]
            .summary
            .ends_with("turn 2 of 2, i = 2")
    );
}

#[tokio::test]
async fn uses_inside_each_other_have_their_own_tries() {
    let server = in_turn("/pay", vec![bad, bad, bad, good]).await;
    let outer = "steps: [{ id: g, use: _g.yaml, retry: { times: 1, every: 1ms } }]";
    let scenario = "steps: [{ id: f, use: _f.yaml, retry: { times: 1, every: 1ms } }]";
    let told = Bench::new(&server.origin)
        .file("_g.yaml", PAY)
        .file("_f.yaml", outer)
        .file("a.yaml", scenario)
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(
        told.story(),
        "f.g.GET /start +, f.g.pay +, f.g +, f +",
        "the inner one needed a second try, and so did the outer one"
    );
}

#[tokio::test]
async fn a_shared_run_has_its_tries_once_for_all_cases() {
    let server = in_turn("/pay", vec![bad, good]).await;
    let scenario = format!(
        "steps: [{{ id: f, use: _f.yaml, once: true, {FAST} }}, {{ print: \"{{{{ n }}}}\" }}]"
    );
    let bench = Bench::new(&server.origin).file("_f.yaml", PAY);
    let bench = bench.file("a.yaml", &scenario).file("b.yaml", &scenario);
    let told = bench.run().await;
    assert_eq!(
        told.story(),
        "f.GET /start +, f.pay +, f +, print +, f +, print +"
    );
    assert_eq!(told.printed(), ["2", "2"]);
    assert!(told.case(0).is_flaky() && !told.case(1).is_flaky());
}

/// What is shared is done once, whatever uses it.
#[tokio::test]
async fn a_shared_run_that_failed_is_not_made_up_for_by_what_is_around_it() {
    let server = in_turn("/pay", vec![bad, good]).await;
    let outer = "steps: [{ id: g, use: _g.yaml, once: true }]";
    let scenario = format!("steps: [{{ id: f, use: _f.yaml, {FAST} }}]");
    let bench = Bench::new(&server.origin)
        .file("_g.yaml", PAY)
        .file("_f.yaml", outer);
    let bench = bench.file("a.yaml", &scenario).file("b.yaml", &scenario);
    let told = bench.run().await;
    assert_eq!(told.story(), "f.g.GET /start +, f.g.pay F, f.g F");
    for case in [0, 1] {
        assert_eq!(told.case(case).status, Status::Failed);
    }
}

#[tokio::test]
async fn a_case_whose_time_is_up_in_a_pause_has_failed() {
    in_some_time(async |time| {
        let server = in_turn("/pay", vec![bad]).await;
        let scenario = format!(
            "timeout: {time}\nsteps: [{{ id: f, use: _f.yaml, retry: {{ times: 1, every: 1h }} }}, {{ get: /y }}]"
        );
        let told = used(&server, PAY, &scenario).await;
        assert_ne!(told.status(), &Status::Passed);
        same(&told.story(), &"f.GET /start +, f.pay F, GET /y -".to_owned())
    })
    .await;
}

#[tokio::test]
async fn a_case_whose_time_is_up_in_a_later_try_tells_of_the_earlier() {
    in_some_time(async |time| {
        let server = in_turn("/pay", vec![bad, || Reply::Silence]).await;
        let scenario = format!("timeout: {time}\nsteps: [{{ id: f, use: _f.yaml, {FAST} }}]");
        let told = used(&server, PAY, &scenario).await;
        assert_eq!(told.status(), &Status::Errored);
        same(&told.story(), &"f.GET /start +, f.pay -, f -".to_owned())?;
        let summary = &told.steps()[2].summary;
        assert!(summary.contains("try 1 failed at f.pay"), "{summary}");
        Ok(())
    })
    .await;
}

async fn consented(replies: Vec<fn() -> Reply>, retry: &str) -> (Told, Server) {
    let server = in_turn("/answer", replies).await;
    let scenario = format!("steps: [{{ id: c, consent: /consents/1, {retry} }}, {{ get: /y }}]");
    let mut bench = Bench::new(&server.origin)
        .file(
            "_flow.yaml",
            "params: { consent_url: }\nsteps: [{ get: /answer, timeout: 1m }]",
        )
        .file("a.yaml", &scenario);
    bench.has_flow = true;
    (bench.run().await, server)
}

#[tokio::test]
async fn a_consent_that_failed_is_given_again() {
    let not_found = || json(404, "{}");
    let (told, server) = consented(vec![bad, not_found, good], FAST).await;
    assert_eq!(told.story(), "c +, GET /y +");
    let flaky = &told.case(0).flaky[0];
    assert_eq!((flaky.tries, flaky.retries), (3, 2));
    assert!(flaky.summary.ends_with("(try 3)"), "{}", flaky.summary);
    assert_eq!(server.asked().len(), 4);
    let (told, server) = consented(vec![bad], FAST).await;
    assert_eq!(told.story(), "c F, GET /y -");
    assert_eq!(server.asked().len(), 3);
    assert_eq!(told.failure().message, "status");
    let (told, _) = consented(vec![bad, good], "retry: { times: 2, on: transport }").await;
    assert_eq!(told.story(), "c F, GET /y -");
}

#[tokio::test]
async fn each_try_of_a_step_has_its_time() {
    in_some_time(async |time| {
        let retry = format!("timeout: {time}, {FAST}");
        let (told, _) = consented(vec![|| Reply::Silence, good], &retry).await;
        same(&told.story(), &"c +, GET /y +".to_owned())?;
        assert!(told.case(0).is_flaky());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_tried_again_whatever_failed() {
    let told = run(
        "http://127.0.0.1:1",
        &format!("steps: [{{ browser: [{{ goto: / }}], {FAST} }}]"),
    )
    .await;
    assert_eq!(told.story(), "browser E");
    let step = &told.case(0).failed[0];
    assert_eq!((step.tries, step.retries), (3, 2));
    assert!(step.summary.ends_with("(try 3)"), "{}", step.summary);
}

#[tokio::test]
async fn what_is_wrong_with_a_retry_fails_the_step() {
    let server = in_turn("/pay", vec![good]).await;
    for step in ["use: _f.yaml", "consent: /consents/1"] {
        let scenario =
            format!("vars: {{ n: many }}\nsteps: [{{ id: f, {step}, retry: \"{{{{ n }}}}\" }}]");
        let told = used(&server, PAY, &scenario).await;
        assert_eq!(told.failure().message, "retry");
        assert_eq!(told.status(), &Status::Errored);
    }
    assert_eq!(server.paths(), [""; 0]);
}

#[tokio::test]
async fn tries_that_failed_in_the_same_way_are_told_as_one() {
    let not_found = || json(404, "{}");
    let server = in_turn("/pay", vec![bad, bad, bad, not_found, bad, good]).await;
    let scenario =
        "steps: [{ id: f, use: _f.yaml, retry: { times: 9, every: 1ms, on: [4xx, 5xx] } }]";
    let told = used(&server, PAY, scenario).await;
    let why = "failed at f.pay: status: expected below 400, got number";
    assert_eq!(
        told.case(0).flaky[0].summary,
        format!("use _f.yaml (try 6); tries 1 to 3 {why} 503; try 4 {why} 404; try 5 {why} 503")
    );
}

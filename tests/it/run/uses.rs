//! The time that a fragment has where it is used.

use super::server::{Reply, Server, json};
use super::*;

const HOUR: &str = "1h";

async fn server() -> Server {
    Server::start(|asked, _| match asked.path.as_str() {
        "/hang" => Reply::Silence,
        "/pending" => json(200, r#"{"status": "PENDING"}"#),
        _ => json(200, "{}"),
    })
    .await
}

async fn used(server: &Server, fragment: &str, scenario: &str) -> Told {
    let bench = Bench::new(&server.origin).file("_f.yaml", fragment);
    bench.file("a.yaml", scenario).run().await
}

#[tokio::test]
async fn a_fragment_that_takes_too_long_is_stopped_and_cleaned_up() {
    in_some_time(async |time| {
        let server = server().await;
        let fragment = "steps: [{ get: /off, defer: true }, { get: /hang, timeout: 1m, keep_going: true }, { get: /x }]";
        let scenario = format!(
            "steps:\n  - print: first\n  - {{ id: f, timeout: {time}, use: _f.yaml }}\n  - get: /y\n"
        );
        let told = used(&server, fragment, &scenario).await;
        assert_eq!(told.status(), &Status::Errored);
        let failure = told.failure();
        assert_eq!(failure.kind, FailureKind::Timeout);
        assert_eq!(
            failure.message,
            format!("_f.yaml was not done within {time}, the `timeout` of its `use`")
        );
        let place = failure.span.expect("the place of the `use`");
        assert!(scenario[place.start as usize..].starts_with("{ id: f"), "{place:?}");
        same(
            &told.story(),
            &"print +, f.GET /hang E, f.GET /x -, GET /y -, f.GET /off +".to_owned(),
        )
    })
    .await;
}

#[tokio::test]
async fn a_use_that_keeps_going_lets_the_case_go_on_without_the_fragment() {
    in_some_time(async |time| {
        let server = server().await;
        let fragment = "steps: [{ get: /hang, timeout: 1m }, { get: /x }]";
        let scenario = format!(
            "steps: [{{ id: f, use: _f.yaml, timeout: {time}, keep_going: true }}, {{ get: /y }}]"
        );
        let told = used(&server, fragment, &scenario).await;
        assert_eq!(told.status(), &Status::Errored);
        same(&told.story(), &"f.GET /hang E, f.GET /x -, GET /y +".into())
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_nothing_does_not_go_on_when_the_time_is_up() {
    let server = server().await;
    let fragment = "steps: [{ print: a }, { set: { b: 1 } }]";
    let told = used(
        &server,
        fragment,
        "steps: [{ id: f, use: _f.yaml, timeout: 0s }]",
    )
    .await;
    assert_eq!(told.story(), "f.print E, f.set -");
    assert_eq!(told.printed(), [""; 0]);
}

#[tokio::test]
async fn a_fragment_that_is_done_in_time_leaves_no_limit_behind() {
    in_some_time(async |time| {
        let server = server().await;
        let scenario = format!(
            "steps: [{{ use: _f.yaml, timeout: {time} }}, {{ sleep: {time} }}, {{ get: /y }}]"
        );
        let told = used(&server, "steps: [{ get: /x }]", &scenario).await;
        same(told.status(), &Status::Passed)
    })
    .await;
}

#[tokio::test]
async fn of_nested_uses_the_tightest_limit_holds() {
    for (is_outer, path) in [(true, "_f.yaml"), (false, "_inner.yaml")] {
        in_some_time(async |time| {
            let (outer, inner) = if is_outer {
                (time, HOUR)
            } else {
                (HOUR, time)
            };
            let server = server().await;
            let told = Bench::new(&server.origin)
                .file("_inner.yaml", "steps: [{ get: /hang, timeout: 1m }]")
                .file(
                    "_f.yaml",
                    &format!("steps: [{{ id: inner, use: _inner.yaml, timeout: {inner}, keep_going: true }}, {{ get: /x }}]"),
                )
                .file(
                    "a.yaml",
                    &format!("steps: [{{ id: f, use: _f.yaml, timeout: {outer} }}, {{ get: /y }}]"),
                )
                .run()
                .await;
            let message =
                format!("{path} was not done within {time}, the `timeout` of its `use`");
            assert_eq!(told.failure().message, message);
            let rest = if is_outer {
                "f.GET /x -, GET /y -"
            } else {
                "f.GET /x +, GET /y +"
            };
            same(&told.story(), &format!("f.inner.GET /hang E, {rest}"))
        })
        .await;
    }
}

#[tokio::test]
async fn each_turn_has_the_time_for_itself() {
    in_some_time(async |time| {
        let server = server().await;
        let fragment = "params: { path: }\nsteps: [{ id: ask, get: \"{{ path }}\", timeout: 1m }]";
        let scenario = format!(
            "steps: [{{ id: f, use: _f.yaml, each: {{ path: [/x, /hang, /y] }}, with: {{ path: \"{{{{ path }}}}\" }}, timeout: {time} }}]"
        );
        let told = used(&server, fragment, &scenario).await;
        same(&told.story(), &"f #1.ask +, f #2.ask E, f #3 -".to_owned())
    })
    .await;
}

/// What the server said is no lack of an answer.
#[tokio::test]
async fn a_poll_that_is_stopped_has_failed() {
    in_some_time(async |time| {
        let server = server().await;
        let fragment =
            "steps: [{ get: /pending, until: { $.status: READY }, every: 1h, within: 2h }]";
        let scenario = format!("steps: [{{ use: _f.yaml, id: f, timeout: {time} }}]");
        let told = used(&server, fragment, &scenario).await;
        same(told.status(), &Status::Failed)?;
        assert_eq!(told.failure().kind, FailureKind::Timeout);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_shared_run_has_the_same_limit_and_is_not_done_again() {
    in_some_time(async |time| {
        let server = server().await;
        let fragment = "steps: [{ get: /hang, timeout: 1m }, { get: /x }]";
        let scenario = format!(
            "steps: [{{ id: f, use: _f.yaml, once: true, timeout: {time} }}, {{ get: /y }}]"
        );
        let bench = Bench::new(&server.origin).file("_f.yaml", fragment);
        let bench = bench.file("a.yaml", &scenario).file("b.yaml", &scenario);
        let told = bench.run().await;
        for case in [0, 1] {
            assert_eq!(told.case(case).status, Status::Errored);
        }
        let other = &told.case(1).failed[0].failures[0];
        assert!(
            other
                .message
                .starts_with("the shared run of `_f.yaml` failed: see "),
            "{}",
            other.message
        );
        same(
            &told.story(),
            &"f.GET /hang E, f.GET /x -, GET /y -, f E, GET /y -".to_owned(),
        )
    })
    .await;
}

#[tokio::test]
async fn a_limit_may_be_computed_where_the_fragment_is_used() {
    let server = server().await;
    let scenario = "vars: { limit: soon }\nsteps: [{ id: f, use: _f.yaml, timeout: \"{{ limit }}\" }, { get: /y }]";
    let told = used(&server, "steps: [{ get: /x }]", scenario).await;
    assert_eq!(told.story(), "f E, f.GET /x -, GET /y -");
    assert_eq!(told.failure().kind, FailureKind::Request);
}

/// A consent's flow is told of as one step, and what stops it is told once.
#[tokio::test]
async fn a_consent_that_is_stopped_in_its_flow_has_failed() {
    for (is_inside, path, story) in [
        (false, "_f.yaml", "f.c E, f.GET /x -, GET /y -"),
        (true, "_slow.yaml", "f.c E, f.GET /x +, GET /y +"),
    ] {
        in_some_time(async |time| {
            let server = server().await;
            let (inner, outer) = if is_inside {
                (time, HOUR)
            } else {
                (HOUR, time)
            };
            let slow = format!(
                "params: {{ consent_url: }}\nsteps: [{{ use: _slow.yaml, timeout: {inner} }}]"
            );
            let fragment =
                "steps: [{ id: c, consent: /consents/1, keep_going: true }, { get: /x }]";
            let scenario =
                format!("steps: [{{ id: f, use: _f.yaml, timeout: {outer} }}, {{ get: /y }}]");
            let mut bench = Bench::new(&server.origin)
                .file("_slow.yaml", "steps: [{ get: /hang, timeout: 1m }]")
                .file("_flow.yaml", &slow)
                .file("_f.yaml", fragment)
                .file("a.yaml", &scenario);
            bench.has_flow = true;
            let told = bench.run().await;
            let message = format!("{path} was not done within {time}, the `timeout` of its `use`");
            assert_eq!(told.failure().message, message);
            same(&told.story(), &story.to_owned())
        })
        .await;
    }
}

/// The end of the consent's own time drops its flow in the middle of a `use`.
#[tokio::test]
async fn a_flow_that_is_dropped_leaves_no_limit_behind() {
    in_some_time(async |time| {
        let server = server().await;
        let flow =
            format!("params: {{ consent_url: }}\nsteps: [{{ use: _slow.yaml, timeout: {time} }}]");
        let scenario = format!(
            "steps: [{{ id: c, consent: /consents/1, timeout: 20ms, keep_going: true }}, {{ sleep: {time} }}, {{ get: /y }}]"
        );
        let mut bench = Bench::new(&server.origin)
            .file("_slow.yaml", "steps: [{ get: /hang, timeout: 1m }]")
            .file("_flow.yaml", &flow)
            .file("a.yaml", &scenario);
        bench.has_flow = true;
        let told = bench.run().await;
        same(&told.story(), &"c E, sleep +, GET /y +".to_owned())
    })
    .await;
}

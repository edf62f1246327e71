//! Deferred steps, time limits and interrupts.

use super::server::{Reply, Server, json};
use super::*;

async fn server() -> Server {
    Server::start(|asked, _| match asked.path.as_str() {
        "/bad" => json(500, "{}"),
        "/hang" => Reply::Silence,
        _ => json(200, r#"{"id": 1}"#),
    })
    .await
}

#[tokio::test]
async fn deferred_steps_run_last_first_whatever_failed() {
    let server = server().await;
    let scenario = "
vars: { opened: false, id: 0 }
steps:
  - { get: /first-off, defer: true }
  - { delete: \"/x/{{ id }}\", defer: true, if: opened }
  - { get: /bad-too, defer: true, expect: 201 }
  - { get: /open, capture: { id: $.id } }
  - { set: { opened: true } }
  - { get: /bad }
  - { get: /never, defer: true }
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(
        server.paths(),
        [
            "GET /open",
            "GET /bad",
            "GET /bad-too",
            "DELETE /x/1",
            "GET /first-off"
        ]
    );
    assert_eq!(told.status(), &Status::Failed);
    let failed: Vec<_> = told.case(0).failed.iter().map(|step| &step.label).collect();
    assert_eq!(failed, ["GET /bad", "GET /bad-too"], "both are shown");
    assert_eq!(told.case(0).not_run, ["GET /never"]);
}

#[tokio::test]
async fn a_deferred_step_that_fails_fails_the_case() {
    let server = server().await;
    let told = run(
        &server.origin,
        "steps: [{ get: /bad, defer: true }, { get: /x }]",
    )
    .await;
    assert_eq!(told.status(), &Status::Failed);
    assert_eq!(told.story(), "GET /x +, GET /bad F");
}

#[tokio::test]
async fn a_fragment_s_deferred_steps_see_the_fragment_s_names() {
    let server = server().await;
    let told = Bench::new(&server.origin)
        .file(
            "_f.yaml",
            "params: { name: }\nsteps: [{ delete: \"/{{ name }}\", defer: true }, { get: /open, capture: { id: $.id } }]",
        )
        .file(
            "a.yaml",
            "steps: [{ use: _f.yaml, with: { name: one } }, { use: _f.yaml, with: { name: two } }, { get: /x }]",
        )
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(
        server.paths(),
        [
            "GET /open",
            "GET /open",
            "GET /x",
            "DELETE /two",
            "DELETE /one"
        ]
    );
}

#[tokio::test]
async fn a_case_that_takes_too_long_is_ended_and_cleaned_up() {
    in_some_time(async |time| {
        let server = server().await;
        let steps = "steps: [{ get: /off, defer: true }, { get: /hang }, { get: /x }]";
        let told = run(&server.origin, &format!("timeout: {time}\n{steps}")).await;
        assert_eq!(told.status(), &Status::Errored);
        assert_eq!(told.failure().kind, FailureKind::Timeout);
        assert_eq!(
            told.failure().message,
            format!("the case took longer than its timeout of {time}")
        );
        assert!(!told.outcome.interrupted);
        same(
            &told.story(),
            &"GET /hang -, GET /x -, GET /off +".to_owned(),
        )
    })
    .await;
}

/// Runs a plan and interrupts it as soon as the server was asked for `/hang`, and again for `/hang-too`.
async fn interrupted(server: &Server, bench: &Bench) -> Told {
    let run = bench.run();
    let interrupter = Arc::clone(&bench.interrupter);
    let watch = async {
        for (path, level) in [("/hang", Interrupt::Stop), ("/hang-too", Interrupt::Quit)] {
            while !server.asked().iter().any(|asked| asked.path == path) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            interrupter.send_replace(level);
        }
        std::future::pending::<()>().await
    };
    tokio::select! {
        told = run => told,
        () = watch => unreachable!("it watches for ever"),
    }
}

#[tokio::test]
async fn an_interrupt_drops_the_running_request_and_cleans_up() {
    let server = server().await;
    let bench = Bench::new(&server.origin)
        .file(
            "a.yaml",
            "steps: [{ get: /off, defer: true }, { get: /x }, { get: /hang, timeout: 1m }, { get: /y }]",
        )
        .file("b.yaml", "steps: [{ get: /b }]");
    let told = interrupted(&server, &bench).await;
    assert!(told.outcome.interrupted);
    let case = told.case(0);
    assert!(case.interrupted);
    assert_eq!(case.status, Status::NotRun("interrupted".into()));
    assert_eq!(told.story(), "GET /x +, GET /hang -, GET /y -, GET /off +");
    assert_eq!(told.case(1).status, Status::NotRun("interrupted".into()));
    assert_eq!(server.paths(), ["GET /x", "GET /hang", "GET /off"]);
}

#[tokio::test]
async fn a_second_interrupt_stops_deferred_steps_too() {
    let server = Server::start(|asked, _| {
        if asked.path.starts_with("/hang") {
            Reply::Silence
        } else {
            json(200, "{}")
        }
    })
    .await;
    let bench = Bench::new(&server.origin).file(
        "a.yaml",
        "steps: [{ get: /off, defer: true }, { get: /hang-too, defer: true }, { get: /hang }]",
    );
    let told = interrupted(&server, &bench).await;
    assert_eq!(told.story(), "GET /hang -, GET /hang-too -, GET /off -");
    assert_eq!(server.paths(), ["GET /hang", "GET /hang-too"]);
}

#[tokio::test]
async fn what_failed_before_an_interrupt_stays_failed() {
    let server = server().await;
    let bench = Bench::new(&server.origin).file(
        "a.yaml",
        "steps: [{ get: /bad, keep_going: true }, { get: /hang }]",
    );
    let told = interrupted(&server, &bench).await;
    assert_eq!(told.status(), &Status::Failed);
    assert!(told.case(0).interrupted);
}

#[tokio::test]
async fn deferred_steps_of_a_case_that_was_cut_short_have_so_much_time() {
    let server = server().await;
    let mut bench = Bench::new(&server.origin).file(
        "a.yaml",
        "steps: [{ get: /never, defer: true }, { id: late, get: /hang, defer: true }, { get: /hang }]",
    );
    bench.grace = Duration::from_millis(30);
    let told = interrupted(&server, &bench).await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.story(), "GET /hang -, late E, GET /never E");
    for step in &told.case(0).failed {
        assert_eq!(step.failures[0].kind, FailureKind::Timeout);
        assert_eq!(
            step.failures[0].message,
            "there was no time left: deferred steps have 30ms once a case is cut short"
        );
        assert!(step.failures[0].span.is_some());
    }
    let paths = server.paths();
    assert!(!paths.contains(&"GET /never".into()), "{paths:?}");
}

#[tokio::test]
async fn an_interrupt_gives_deferred_steps_that_run_already_so_much_time() {
    let server = server().await;
    let mut bench = Bench::new(&server.origin).file(
        "a.yaml",
        "steps: [{ id: late, get: /hang, defer: true }, { get: /x }]",
    );
    bench.grace = Duration::from_millis(30);
    let told = interrupted(&server, &bench).await;
    assert_eq!(told.story(), "GET /x +, late E");
    assert_eq!(
        told.failure().message,
        "there was no time left: deferred steps have 30ms once a case is cut short"
    );
}

//! Runs of a fragment that cases share: `once`.

use super::server::{Reply, Server, json, with};
use super::*;
use std::time::Duration;

const LOGIN: &str = "
params: { user: alice }
steps:
  - id: token
    post: /login
    json: { user: \"{{ user }}\", nonce: \"{{ uuid() }}\" }
    capture: { token: { jsonpath: $.token, secret: true }, user_id: $.id }
";

async fn server() -> Server {
    Server::start(|asked, before| match asked.path.as_str() {
        "/login" => with(
            200,
            &[("set-cookie", "sid=abc; Path=/")],
            &format!(r#"{{"token": "token-{before}-secret", "id": "u1"}}"#),
        ),
        "/bad" => json(500, "{}"),
        "/hang" => Reply::Silence,
        _ => json(200, "{}"),
    })
    .await
}

fn logins(server: &Server) -> usize {
    server
        .asked()
        .iter()
        .filter(|asked| asked.path == "/login")
        .count()
}

#[tokio::test]
async fn cases_share_one_run_and_each_gets_what_it_gives() {
    let server = server().await;
    let mut bench = Bench::new(&server.origin).file("_login.yaml", LOGIN);
    bench.jobs = 4;
    for name in ["a", "b", "c", "d"] {
        bench = bench.file(
            &format!("{name}.yaml"),
            "
steps:
  - { use: _login.yaml, id: login, once: true }
  - { get: /x, auth: { bearer: \"{{ token }}\" } }
  - { print: \"{{ token }} {{ user_id }}\" }
",
        );
    }
    let told = bench.run().await;
    assert_eq!(told.outcome.count(|status| *status == Status::Passed), 4);
    assert_eq!(logins(&server), 1);
    let others: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path == "/x")
        .collect();
    assert_eq!(others.len(), 4);
    for asked in &others {
        assert_eq!(asked.header("authorization"), Some("Bearer token-0-secret"));
        assert_eq!(asked.header("cookie"), Some("sid=abc"));
    }
    assert_eq!(
        told.printed(),
        ["[token] u1"; 4],
        "the secret is hidden in all"
    );
    let labels: Vec<_> = told.steps().iter().map(|step| step.label.clone()).collect();
    assert_eq!(
        labels
            .iter()
            .filter(|label| *label == "login.token")
            .count(),
        1
    );
    assert_eq!(labels.iter().filter(|label| *label == "login").count(), 3);
    let taken = told
        .steps()
        .into_iter()
        .find(|step| step.label == "login")
        .unwrap();
    assert!(
        taken.summary.starts_with("use _login.yaml, run by `"),
        "{}",
        taken.summary
    );
}

#[tokio::test]
async fn without_once_and_with_other_inputs_each_has_its_own() {
    let server = server().await;
    let bench = Bench::new(&server.origin)
        .file("_login.yaml", LOGIN)
        .file("a.yaml", "steps: [{ use: _login.yaml, once: true, with: { user: bob } }]")
        .file("b.yaml", "steps: [{ use: _login.yaml, once: true }]")
        .file("c.yaml", "vars: { name: bob }\nsteps: [{ use: _login.yaml, once: true, with: { user: \"{{ name }}\" } }]")
        .file("d.yaml", "steps: [{ use: _login.yaml, once: false }]");
    bench.run().await;
    assert_eq!(logins(&server), 3, "only a and c share one");
}

#[tokio::test]
async fn it_does_not_matter_which_case_comes_first() {
    // What the cases have of their own does not reach the shared run, and its randomness is its own.
    let body = |files: [(&'static str, &'static str); 2]| async move {
        let server = Server::start(|asked, _| match asked.path.as_str() {
            "/own" => with(200, &[("set-cookie", "own=1; Path=/")], "{}"),
            _ => json(200, r#"{"token": "token-secret", "id": "u1"}"#),
        })
        .await;
        let mut bench = Bench::new(&server.origin).file("_login.yaml", LOGIN);
        for (name, text) in files {
            bench = bench.file(name, text);
        }
        let told = bench.run().await;
        let login = server
            .asked()
            .into_iter()
            .find(|asked| asked.path == "/login")
            .unwrap();
        assert_eq!(login.header("cookie"), None);
        let mut printed: Vec<String> = told.printed().into_iter().map(str::to_owned).collect();
        printed.sort();
        (login.body, printed)
    };
    let one = (
        "a.yaml",
        "steps: [{ get: /own }, { set: { n: \"{{ uuid() }}\" } }, { use: _login.yaml, once: true }, { print: \"{{ uuid() }}\" }]",
    );
    let other = (
        "b.yaml",
        "steps: [{ use: _login.yaml, once: true }, { print: \"{{ uuid() }}\" }]",
    );
    assert_eq!(body([one, other]).await, body([other, one]).await);
}

#[tokio::test]
async fn the_failure_of_a_shared_run_fails_each_case_and_is_told_in_full_once() {
    let server = server().await;
    let bad = "name: Bad login\nsteps: [{ get: /bad }, { get: /inner }]";
    for (fragment, keep_going, rest) in [
        (bad, false, "-"),
        (bad, true, "+"),
        (
            "steps: [{ get: /bad, keep_going: true }, { get: /inner }]",
            false,
            "+",
        ),
    ] {
        let scenario = format!(
            "steps: [{{ use: _f.yaml, id: f, once: true, keep_going: {keep_going} }}, {{ get: /x }}]"
        );
        let told = Bench::new(&server.origin)
            .file("_f.yaml", fragment)
            .file("a.yaml", &scenario)
            .file("b.yaml", &scenario)
            .run()
            .await;
        assert_eq!(told.outcome.count(|status| *status == Status::Failed), 2);
        assert_eq!(told.case(0).failed[0].label, "f.GET /bad");
        let second = &told.case(1).failed[0];
        assert_eq!(second.label, "f");
        assert_eq!(
            second.failures[0].message,
            "the shared run of `_f.yaml` failed: see `a` (a.yaml)"
        );
        assert!(second.exchanges.is_empty());
        assert!(
            told.story().ends_with(&format!("f F, GET /x {rest}")),
            "{}",
            told.story()
        );
    }
    assert_eq!(
        server
            .asked()
            .iter()
            .filter(|asked| asked.path == "/bad")
            .count(),
        3
    );
}

#[tokio::test]
async fn a_run_that_was_cut_short_is_done_by_the_next_case() {
    in_some_time(async |time| {
        let server = Server::start(|asked, before| match asked.path.as_str() {
            "/login" if before == 0 => Reply::Silence,
            _ => json(200, r#"{"token": "token-secret", "id": "u1"}"#),
        })
        .await;
        let shared = "{ use: _login.yaml, once: true }";
        let cut_short = format!("timeout: {time}\nsteps: [{shared}]");
        // Where the first came to nothing in its time, this one is not answered.
        let next = format!("timeout: 5s\nsteps: [{shared}, {{ print: \"{{{{ user_id }}}}\" }}]");
        let mut bench = Bench::new(&server.origin)
            .file("_login.yaml", LOGIN)
            .file("a.yaml", &cut_short)
            .file("b.yaml", &next);
        bench.jobs = 1;
        let told = bench.run().await;
        assert_eq!(told.case(0).status, Status::Errored);
        same(&(told.printed(), logins(&server)), &(vec!["u1"], 2))?;
        same(&told.case(1).status, &Status::Passed)
    })
    .await;
}

#[tokio::test]
async fn a_case_that_waits_ends_in_its_time_and_at_an_interrupt() {
    let server = server().await;
    let hang = "steps: [{ get: /hang, timeout: 1m }]";
    let scenario = "steps: [{ use: _f.yaml, id: f, once: true }, { get: /x }]";
    let mut bench = Bench::new(&server.origin)
        .file("_f.yaml", hang)
        .file("a.yaml", scenario)
        .file(
            "b.yaml",
            &format!(
                "timeout: 60ms\n{}",
                scenario.replace("[{", "[{ get: /over, defer: true }, {")
            ),
        )
        .file("c.yaml", scenario);
    bench.jobs = 3;
    let interrupter = Arc::clone(&bench.interrupter);
    let run = bench.run();
    let watch = async {
        while !server.asked().iter().any(|asked| asked.path == "/over") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        interrupter.send_replace(Interrupt::Stop);
        std::future::pending::<()>().await
    };
    let told = tokio::select! {
        told = run => told,
        () = watch => unreachable!("it watches for ever"),
    };
    assert_eq!(told.case(1).status, Status::Errored, "its time was up");
    for waiting in [0, 2] {
        assert_eq!(
            told.case(waiting).status,
            Status::NotRun("interrupted".into())
        );
    }
    assert_eq!(server.paths(), ["GET /hang", "GET /over"]);
}

#[tokio::test]
async fn the_snapshots_of_a_shared_run_are_the_fragment_s_own() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let scenario =
        "steps: [{ use: _f.yaml, id: f, once: true }, { id: s, get: \"/x\", snapshot: true }]";
    let bench = |id: &str| {
        Bench::new(&server.origin)
            .file(
                "_f.yaml",
                "steps: [{ id: one, get: \"/one\", snapshot: true }]",
            )
            .file("a.yaml", scenario)
            .file("b.yaml", &scenario.replace("id: f", id))
    };
    let mut first = bench("id: f");
    first.snapshots = Store::new(folder.path().to_owned(), Mode::Update);
    let told = first.run().await;
    assert_eq!(told.outcome.count(|status| *status == Status::Passed), 2);
    assert_eq!(
        told.case(0).counts.snapshots + told.case(1).counts.snapshots,
        3
    );
    for kept in ["_f/one.snap", "a/s.snap", "b/s.snap"] {
        assert!(folder.path().join(kept).is_file(), "{kept}");
    }
    std::fs::remove_file(folder.path().join("_f/one.snap")).unwrap();
    let mut again = bench("id: other");
    again.snapshots = Store::new(folder.path().to_owned(), Mode::Check { output: None });
    let told = again.run().await;
    assert_eq!(
        told.story(),
        "f.one F, s +, other F, s +",
        "it lets both go on, and fails both"
    );
}

//! The order of steps, fragments, and cases beside each other.

use super::server::{Server, json};
use super::*;

async fn echo() -> Server {
    Server::start(|asked, _| {
        let status = if asked.path.starts_with("/bad") {
            500
        } else {
            200
        };
        json(status, &format!(r#"{{"path": "{}"}}"#, asked.path))
    })
    .await
}

#[tokio::test]
async fn every_failure_of_a_step_is_shown_and_captures_are_still_set() {
    let server = echo().await;
    let scenario = "
steps:
  - get: /bad
    keep_going: true
    expect: { $.path: /good, $.none: 1, that: [ \"duration >= 0\", \"body.path == 'x'\" ] }
    capture: { path: $.path, missing: $.deep.er, late: { jsonpath: $.none, default: \"d{{ status }}\" } }
  - print: \"{{ path }} {{ late }}\"
  - get: /x
    expect: 201
  - get: /y
";
    let told = run(&server.origin, scenario).await;
    let failures: Vec<_> = told.case(0).failed[0]
        .failures
        .iter()
        .map(|failure| failure.message.as_str())
        .collect();
    assert_eq!(
        failures,
        [
            "status",
            "$.path",
            "$.none",
            "that body.path == 'x'",
            "capture missing"
        ]
    );
    assert_eq!(told.printed(), ["/bad d500"]);
    assert_eq!(told.story(), "GET /bad F, print +, GET /x F, GET /y -");
    assert_eq!(server.paths(), ["GET /bad", "GET /x"]);
    let counts = told.case(0).counts;
    assert_eq!((counts.passed, counts.failed, counts.not_run), (1, 2, 1));
}

/// What stands in the second of two headers of one name must not be missed, least of all where it must not be there.
#[tokio::test]
async fn a_header_that_is_sent_twice_is_seen_whole() {
    let server = Server::start(|_, _| {
        super::server::with(
            200,
            &[("vary", "accept"), ("x-one", "1"), ("Vary", "origin")],
            "{}",
        )
    })
    .await;
    let scenario = "
steps:
  - id: twice
    get: /
    expect:
      headers: { vary: \"accept, origin\", x-one: \"1\" }
      that: [ \"'origin' in headers.vary\" ]
    capture: { all: { header: Vary } }
  - print: \"{{ all }}; {{ steps.twice.headers.vary }}\"
  - get: /
    expect: { headers: { vary: { not_contains: origin } } }
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.printed(), ["accept, origin; accept, origin"]);
    assert_eq!(told.story(), "twice +, print +, GET / F");
}

#[tokio::test]
async fn captures_look_everywhere() {
    let server = Server::start(|_, _| {
        super::server::with(
            200,
            &[("location", "/l"), ("set-cookie", "sid=c; Path=/")],
            r#"{"a": [{"b": 1}, {"b": 2}], "n": null, "text": "id=42;"}"#,
        )
    })
    .await;
    let scenario = r#"
steps:
  - id: first
    get: /x
    capture:
      one: $.a[0].b
      many: $.a[*].b
      nope: $..nope
      empty: $.n
      header: { header: Location }
      cookie: { cookie: sid }
      group: { regex: 'id=(\d+)' }
      whole: { regex: 'id=\d+' }
      expr: { expr: "body.a | length + status" }
  - print: "{{ [one, many, nope, empty, header, cookie, group, whole, expr, steps.first.status] }}"
"#;
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(
        told.printed(),
        [r#"[1,[1,2],[],null,"/l","c","42","id=42",202,200]"#]
    );
}

#[tokio::test]
async fn a_fragment_sees_its_inputs_and_gives_its_captures() {
    let server = echo().await;
    let fragment = "
params: { mood: well, who: , path: \"/users/{{ who }}\" }
vars: { greeting: \"hi {{ who }}\" }
steps:
  - id: ask
    get: \"{{ path }}\"
    capture: { seen: $.path }
  - set: { said: \"{{ greeting }} {{ steps.ask.status }}\" }
";
    let scenario = "
vars: { who: caller, greeting: mine }
steps:
  - { id: login, use: _f.yaml, with: { who: \"{{ who }}-1\" } }
  - print: \"{{ seen }} {{ said }} {{ greeting }}\"
";
    let told = Bench::new(&server.origin)
        .file("_f.yaml", fragment)
        .file("a.yaml", scenario)
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), ["/users/caller-1 hi caller-1 200 mine"]);
    assert!(
        told.story().starts_with("login.ask +, login.set"),
        "{}",
        told.story()
    );
}

#[tokio::test]
async fn what_a_fragment_cannot_make_of_its_inputs_fails_the_use() {
    let server = echo().await;
    // Its own values build on each other, its inputs' defaults on inputs before them.
    for fragment in [
        "params: { given: }\nvars: { read: \"{{ given | fromjson }}\", made: \"{{ read }}\" }\nsteps: [{ get: \"/{{ made }}\" }]",
        "params: { given: , made: \"{{ given | fromjson }}\" }\nsteps: [{ get: \"/{{ made }}\" }]",
    ] {
        let run = async |given: &str| {
            let scenario = format!(
                "steps: [{{ use: _f.yaml, id: f, with: {{ given: '{given}' }} }}, {{ get: /x }}]"
            );
            let bench = Bench::new(&server.origin).file("_f.yaml", fragment);
            bench.file("a.yaml", &scenario).run().await
        };
        let told = run("1").await;
        assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
        assert!(
            server.paths().contains(&"GET /1".into()),
            "{:?}",
            server.paths()
        );

        let told = run("no JSON").await;
        assert_eq!(told.status(), &Status::Errored);
        assert_eq!(told.story(), "f E, f.GET /{{ made }} -, GET /x -");
        let failure = told.failure();
        assert_eq!(failure.kind, FailureKind::Request);
        assert!(failure.message.contains("JSON"), "{}", failure.message);
        assert!(failure.span.is_some(), "it stands in the fragment");
    }
}

#[tokio::test]
async fn a_step_that_fails_in_a_fragment_fails_the_use() {
    let server = echo().await;
    let fragment = "steps: [{ get: /bad }, { get: /inner }]";
    for (keep_going, story) in [
        (false, "f.GET /bad F, f.GET /inner -, GET /x -"),
        (true, "f.GET /bad F, f.GET /inner -, GET /x +"),
    ] {
        let scenario =
            format!("steps: [{{ use: _f.yaml, id: f, keep_going: {keep_going} }}, {{ get: /x }}]");
        let told = Bench::new(&server.origin)
            .file("_f.yaml", fragment)
            .file("a.yaml", &scenario)
            .run()
            .await;
        assert_eq!(told.status(), &Status::Failed);
        assert_eq!(told.story(), story);
    }
}

#[tokio::test]
async fn conditions_skip_and_skipped_cases_say_why() {
    let server = echo().await;
    let told = Bench::new(&server.origin)
        .file(
            "a.yaml",
            "vars: { n: 1 }\nsteps: [{ get: /x, if: n > 1 }, { use: _f.yaml, id: f, if: n > 1 }, { get: /y, if: n == 1 }]",
        )
        .file("_f.yaml", "steps: [{ get: /f }]")
        .file("b.yaml", "targets: [embedded]\nsteps: [{ get: /b }]")
        .file("c.yaml", "steps: [{ get: /c }, { sandbox: { advance: 1d } }]")
        .run()
        .await;
    assert_eq!(told.story(), "GET /x s, f.GET /f s, GET /y +");
    assert_eq!(server.paths(), ["GET /y"]);
    assert_eq!(told.status(), &Status::Passed);
    assert_eq!(
        told.case(1).status,
        Status::Skipped("it runs on `embedded` only".into())
    );
    assert_eq!(
        told.case(2).status,
        Status::Skipped("a `sandbox` step needs a sandbox".into())
    );
}

#[tokio::test]
async fn cases_beside_each_other_do_not_mix() {
    let server = echo().await;
    let mut bench = Bench::new(&server.origin);
    bench.jobs = 8;
    for number in 0..40 {
        let scenario = format!(
            "
vars: {{ mine: m{number} }}
steps:
  - get: \"/{{{{ mine }}}}\"
    capture: {{ seen: $.path }}
  - {{ sleep: 2ms }}
  - {{ get: \"{{{{ seen }}}}/again\", expect: {{ $.path: /m{number}/again }} }}
"
        );
        bench = bench.file(&format!("{number:02}.yaml"), &scenario);
    }
    let told = bench.run().await;
    assert_eq!(told.outcome.count(|status| *status == Status::Passed), 40);
    for (index, case) in told.outcome.cases.iter().enumerate() {
        assert_eq!(case.about.path, format!("{index:02}.yaml"));
    }
    assert!(!told.outcome.interrupted);
}

#[tokio::test]
async fn the_same_seed_sends_the_same_whatever_runs_beside_it() {
    let server = echo().await;
    let scenario = "steps: [{ print: \"{{ uuid() }} {{ random_int(1, 1000000) }}\" }]";
    let one = run(&server.origin, scenario).await;
    let mut bench = Bench::new(&server.origin)
        .file("b.yaml", scenario)
        .file("a.yaml", scenario);
    bench.jobs = 2;
    let both = bench.run().await;
    assert!(both.printed().contains(&one.printed()[0]));
    assert_ne!(both.printed()[0], both.printed()[1]);
}

#[tokio::test]
async fn a_case_that_panics_is_not_green() {
    let mut bench = Bench::new("http://127.0.0.1:1").file("a.yaml", "steps: [{ get: /x }]");
    bench.target.kind = TargetKind::Embedded;
    let plan = Arc::new(bench.plan());
    let mut settings = bench.settings();
    settings.launch_sandbox = Some(Arc::new(|| panic!("a bug")));
    let ended = tokio::spawn(async move { run::run(plan, settings, |_| {}).await }).await;
    assert!(ended.unwrap_err().is_panic());
}

#[tokio::test]
async fn snapshots_are_compared_only_where_the_checks_passed() {
    let server = echo().await;
    let folder = tempfile::tempdir().unwrap();
    let scenario = "
steps:
  - { id: a, get: /a, snapshot: true }
  - { id: b, get: /b, snapshot: true }
  - { id: c, get: /c, expect: { $.path: /d }, snapshot: true }
";
    let mut bench = Bench::new(&server.origin).file("a.yaml", scenario);
    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Review);
    let told = bench.run().await;
    assert_eq!(
        told.story(),
        "a F, b F, c F",
        "a new snapshot lets the next run"
    );
    let failed = &told.case(0).failed;
    assert_eq!(failed[0].failures[0].kind, FailureKind::Snapshot);
    assert!(failed[2].snapshot.is_none());
    assert_eq!(told.case(0).counts.snapshots, 2);

    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Update);
    bench.run().await;
    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Check { output: None });
    let told = bench.run().await;
    assert_eq!(told.story(), "a +, b +, c F");
}

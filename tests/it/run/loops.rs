//! Loops: `each`.

use super::server::{Server, json};
use super::*;

/// Answers with the path's last part as `id`; 500 for `/bad`.
async fn echo() -> Server {
    Server::start(|asked, _| {
        let id = asked.path.rsplit('/').next().unwrap_or_default();
        let status = if id.starts_with("bad") { 500 } else { 200 };
        json(status, &format!(r#"{{"id": "{id}"}}"#))
    })
    .await
}

#[tokio::test]
async fn a_step_runs_once_for_each_item_and_captures_become_lists() {
    let server = echo().await;
    let scenario = r#"
vars: { fips: [a, b, c], fip: outer }
steps:
  - id: ask
    each: { fip: "{{ fips }}" }
    get: /{{ fip }}
    expect: { $.id: "{{ fip }}" }
    capture: { ids: $.id, one: { expr: status + 1 } }
  - print: "{{ [ids, one, fip, steps.ask.body.id] }}"
"#;
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.paths(), ["GET /a", "GET /b", "GET /c"]);
    assert_eq!(
        told.printed(),
        [r#"[["a","b","c"],[201,201,201],"outer","c"]"#],
        "the variable of the loop hides another only inside"
    );
    assert_eq!(told.story(), "ask #1 +, ask #2 +, ask #3 +, print +");
    assert!(
        told.steps()[1]
            .summary
            .ends_with(r#"turn 2 of 3, fip = "b""#),
        "{}",
        told.steps()[1].summary
    );
}

#[tokio::test]
async fn the_first_failing_turn_ends_the_loop_and_says_its_item() {
    let server = echo().await;
    for (keep_going, story, last) in [
        (
            false,
            "GET /{{ p }} #1 +, GET /{{ p }} #2 F, GET /{{ p }} #3 to #4 -, print -",
            None,
        ),
        (
            true,
            "GET /{{ p }} #1 +, GET /{{ p }} #2 F, GET /{{ p }} #3 to #4 -, print +",
            Some(r#"["a","bad"]"#),
        ),
    ] {
        let scenario = format!(
            "
steps:
  - each: {{ p: [a, bad, c, d] }}
    get: '/{{{{ p }}}}'
    keep_going: {keep_going}
    capture: {{ ids: $.id }}
  - print: '{{{{ ids }}}}'
"
        );
        let told = run(&server.origin, &scenario).await;
        assert_eq!(told.status(), &Status::Failed);
        assert_eq!(told.story(), story);
        assert_eq!(told.printed().first().copied(), last);
        let failed = &told.case(0).failed[0];
        assert!(
            failed.summary.ends_with(r#"turn 2 of 4, p = "bad""#),
            "{}",
            failed.summary
        );
    }
    assert_eq!(server.paths(), ["GET /a", "GET /bad"].repeat(2));
}

#[tokio::test]
async fn a_list_that_is_empty_or_none_fails_the_step() {
    let server = echo().await;
    for (list, status, told_of) in [
        ("{{ [] }}", Status::Failed, "an empty list"),
        ("{{ 7 }}", Status::Errored, "number 7"),
        ("{{ {'a': 1} }}", Status::Errored, "map"),
        ("{{ range(10001) | list }}", Status::Errored, "10001"),
        ("{{ [1] | first | fromjson }}", Status::Errored, ""),
    ] {
        let scenario =
            format!("steps: [{{ get: /x, each: {{ a: \"{list}\" }} }}, {{ get: /after }}]");
        let told = run(&server.origin, &scenario).await;
        assert_eq!(told.status(), &status, "{list}");
        let failure = told.failure();
        let said = format!("{} {:?}", failure.message, failure.actual);
        assert!(said.contains(told_of), "{list}: {said}");
        assert_eq!(
            told.story(),
            "GET /x ".to_owned()
                + if status == Status::Failed { "F" } else { "E" }
                + ", GET /after -"
        );
    }
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_fragment_in_a_loop_gives_lists_and_each_turn_has_its_own_names() {
    let server = echo().await;
    let fragment = "
params: { name: , extra: false }
steps:
  - { id: open, get: \"/open/{{ name }}\", capture: { id: $.id } }
  - { get: /more, if: extra, capture: { more: $.id } }
  - { delete: \"/close/{{ id }}\", defer: true }
";
    let scenario = r#"
steps:
  - use: _f.yaml
    id: f
    each: { item: [{ n: a, x: false }, { n: b, x: true }] }
    with: { name: "{{ item.n }}", extra: "{{ item.x }}" }
  - print: "{{ [id, more] }}"
"#;
    let told = Bench::new(&server.origin)
        .file("_f.yaml", fragment)
        .file("a.yaml", scenario)
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), [r#"[["a","b"],[null,"more"]]"#]);
    assert_eq!(
        told.story(),
        "f #1.open +, f #1.GET /more s, f #2.open +, f #2.GET /more +, print +, \
         f #2.DELETE /close/{{ id }} +, f #1.DELETE /close/{{ id }} +"
    );
    assert_eq!(
        server.paths()[3..],
        ["DELETE /close/b", "DELETE /close/a"],
        "each turn's deferred step sees its turn"
    );
}

#[tokio::test]
async fn a_turn_that_fails_in_a_fragment_ends_the_loop() {
    let server = echo().await;
    let told = Bench::new(&server.origin)
        .file("_f.yaml", "params: { p: }\nsteps: [{ get: \"/{{ p }}\" }, { get: /inner }]")
        .file(
            "a.yaml",
            "steps: [{ use: _f.yaml, id: f, each: { p: [a, bad, c] }, with: { p: \"{{ p }}\" } }, { get: /x }]",
        )
        .run()
        .await;
    assert_eq!(
        told.story(),
        "f #1.GET /{{ p }} +, f #1.GET /inner +, f #2.GET /{{ p }} F, f #2.GET /inner -, f #3 -, GET /x -"
    );
    assert!(
        told.case(0).failed[0]
            .summary
            .contains(r#"turn 2 of 3, p = "bad""#)
    );
}

#[tokio::test]
async fn loops_go_with_the_other_keys() {
    let server = Server::start(|asked, before| match asked.path.as_str() {
        // Every other answer is not yet there.
        "/poll" => json(
            200,
            if before % 2 == 0 {
                "{}"
            } else {
                r#"{"done": true}"#
            },
        ),
        _ => json(200, "{}"),
    })
    .await;
    let scenario = r#"
vars: { total: 0, seen: [] }
steps:
  - { get: "/clean/{{ n }}", each: { n: [1, 2] }, defer: true }
  - { get: /never, each: { n: [1, 2] }, if: total > 0 }
  - { get: /poll, each: { n: [1, 2] }, until: { $.done: true }, every: 1ms }
  - { set: { total: "{{ total + n }}" }, each: { n: [1, 2, 3] } }
  - { print: "{{ n }} of {{ total }}", each: { n: ["x", 7] } }
  - { sleep: "{{ n }}ms", each: { n: [1, 2] } }
"#;
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), ["x of 6", "7 of 6"]);
    assert_eq!(
        server.paths(),
        [
            "GET /poll",
            "GET /poll",
            "GET /poll",
            "GET /poll",
            "GET /clean/1",
            "GET /clean/2"
        ]
    );
    assert_eq!(told.steps()[1].tries, 2);
    assert!(told.story().starts_with("GET /never s, GET /poll #1 +"));
}

#[tokio::test]
async fn each_turn_has_its_own_time_and_snapshot() {
    let server = echo().await;
    in_some_time(async |time| {
        let scenario = format!(
            "steps: [{{ sleep: \"{{{{ t }}}}\", each: {{ t: [1ms, 1h] }}, timeout: {time} }}]"
        );
        let told = run(&server.origin, &scenario).await;
        same(&told.story(), &"sleep #1 +, sleep #2 E".to_owned())
    })
    .await;

    let folder = tempfile::tempdir().unwrap();
    let scenario = |middle: &str| {
        format!(
            "steps: [{{ id: s, get: \"/{{{{ n }}}}\", each: {{ n: [a, {middle}, c] }}, snapshot: true }}]"
        )
    };
    let mut bench = Bench::new(&server.origin).file("a.yaml", &scenario("b"));
    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Update);
    assert_eq!(bench.run().await.story(), "s #1 +, s #2 +, s #3 +");
    let mut kept: Vec<String> = std::fs::read_dir(folder.path().join("a"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, ["s-1.snap", "s-2.snap", "s-3.snap"]);
    // Another item in the middle differs in its own snapshot alone, and lets the other turns run.
    let mut bench = Bench::new(&server.origin).file("a.yaml", &scenario("other"));
    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Check { output: None });
    assert_eq!(bench.run().await.story(), "s #1 +, s #2 F, s #3 +");
}

#[tokio::test]
async fn loops_inside_each_other_are_told_apart() {
    let server = echo().await;
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(&server.origin)
        .file(
            "_f.yaml",
            "params: { p: }\nsteps: [{ id: s, get: \"/{{ p }}{{ q }}\", each: { q: [1, 2] }, capture: { id: $.id }, snapshot: true }]",
        )
        .file(
            "a.yaml",
            "steps: [{ use: _f.yaml, id: f, each: { p: [a, b] }, with: { p: \"{{ p }}\" } }, { print: \"{{ id }}\" }]",
        );
    bench.snapshots = Store::new(folder.path().to_owned(), Mode::Update);
    let told = bench.run().await;
    assert_eq!(told.printed(), [r#"[["a1","a2"],["b1","b2"]]"#]);
    assert!(
        told.steps()[3]
            .summary
            .ends_with(r#"turn 2 of 2, p = "b", turn 2 of 2, q = 2"#)
    );
    assert!(folder.path().join("a/f.s-2-1.snap").is_file());
}

#[tokio::test]
async fn an_item_that_is_a_secret_is_not_shown() {
    let server = echo().await;
    let told = Bench::new(&server.origin)
        .secret("token", "very-secret-token")
        .file(
            "a.yaml",
            "steps: [{ get: /bad, each: { t: [\"{{ token }}\"] } }]",
        )
        .run()
        .await;
    let summary = &told.case(0).failed[0].summary;
    assert!(
        summary.ends_with(r#"turn 1 of 1, t = "[token]""#),
        "{summary}"
    );
}

#[tokio::test]
async fn turns_that_capture_nothing_leave_no_earlier_list() {
    let server = echo().await;
    let told = Bench::new(&server.origin)
        .file(
            "_f.yaml",
            "params: { i: }\nsteps: [{ if: i == 2, get: \"/{{ i }}\", capture: { found: $.id } }]",
        )
        .file(
            "a.yaml",
            r#"
steps:
  - { each: { i: [1, 2] }, use: _f.yaml, with: { i: "{{ i }}" } }
  - print: "{{ found | tojson }}"
  - { each: { i: [1, 3] }, use: _f.yaml, with: { i: "{{ i }}" } }
  - print: "{{ found | tojson }}"
"#,
        )
        .run()
        .await;
    assert_eq!(told.printed(), [r#"[null,"2"]"#, "[null,null]"]);
}

//! Secrets go nowhere that the target does not name, and are shown nowhere.

use super::server::{Server, json, with};
use super::*;
use sammati::model::outcome::Written;
use std::sync::Mutex;

const VALUE: &str = "s3cret/va+lue";

#[tokio::test]
async fn a_secret_does_not_leave_for_a_foreign_host() {
    let other = Server::start(|_, _| json(200, "{}")).await;
    let server = Server::start(|_, _| json(200, "{}")).await;
    let origin = &other.origin;
    for step in [
        format!("get: \"{origin}/{{{{ key | urlencode }}}}\""),
        format!("{{ get: {origin}/x, query: {{ k: \"{{{{ key }}}}\" }} }}"),
        format!("{{ get: {origin}/x, headers: {{ x-k: \"a {{{{ key }}}}\" }} }}"),
        format!("{{ get: {origin}/x, auth: {{ bearer: \"{{{{ key }}}}\" }} }}"),
        format!(
            "{{ get: {origin}/x, auth: {{ basic: {{ user: u, password: \"{{{{ key }}}}\" }} }} }}"
        ),
        format!("{{ post: {origin}/x, json: {{ a: [\"{{{{ key }}}}\"] }} }}"),
        format!("{{ post: {origin}/x, form: {{ a: \"{{{{ key }}}}\" }} }}"),
        format!("{{ post: {origin}/x, text: \"{{{{ key | b64encode }}}}\" }}"),
    ] {
        let bench = Bench::new(&server.origin).secret("key", VALUE);
        let told = bench
            .file("a.yaml", &format!("steps:\n  - {step}\n"))
            .run()
            .await;
        assert_eq!(told.status(), &Status::Errored, "{step}");
        assert_eq!(told.failure().kind, FailureKind::Request);
        let host = origin.trim_start_matches("http://");
        assert_eq!(
            told.failure().message,
            format!(
                "the secret `key` would leave for `{host}`, which the target `here` does not name"
            )
        );
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn nor_by_a_redirect() {
    let other = Server::start(|_, _| json(200, "{}")).await;
    let away = other.origin.clone();
    let server = Server::start(move |asked, _| {
        let location = if asked.path == "/echo" {
            format!("{away}/?k={}", asked.header("x-k").unwrap_or_default())
        } else {
            away.clone()
        };
        with(307, &[("location", &location)], "")
    })
    .await;
    for step in [
        "{ get: /a, follow: true, headers: { x-k: \"{{ key }}\" } }",
        "{ get: /echo, follow: true, headers: { x-k: \"{{ key }}\" } }",
        "{ get: /a, follow: true, auth: { bearer: \"{{ key }}\" } }",
        "{ post: /a, follow: true, json: { k: \"{{ key }}\" } }",
    ] {
        let bench = Bench::new(&server.origin).secret("key", VALUE);
        let told = bench
            .file("a.yaml", &format!("steps:\n  - {step}\n"))
            .run()
            .await;
        assert_eq!(told.status(), &Status::Errored, "{step}");
        assert!(
            told.failure()
                .message
                .starts_with("the secret `key` would leave for")
        );
        assert!(!format!("{:?}", told.events).contains(VALUE));
    }
    assert_eq!(other.connections(), 0);
    assert_eq!(server.asked().len(), 4, "the first request is allowed");
}

#[tokio::test]
async fn a_secret_goes_to_hosts_that_the_target_names() {
    let other = Server::start(|_, _| json(200, "{}")).await;
    let server = Server::start(|_, _| json(200, "{}")).await;
    let mut bench = Bench::new(&server.origin).secret("key", VALUE);
    bench.target.hosts = vec![other.origin.trim_start_matches("http://").to_owned()];
    let step = format!(
        "steps: [{{ get: {}/x, headers: {{ x-k: \"{{{{ key }}}}\" }} }}]",
        other.origin
    );
    let told = bench.file("a.yaml", &step).run().await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(other.asked()[0].header("x-k"), Some(VALUE));
}

#[tokio::test]
async fn what_is_told_has_no_secrets() {
    let server = Server::start(|asked, _| {
        let key = asked.header("x-k").unwrap_or_default();
        let body = format!(r#"{{"token": "late-token-1", "key": "{key}"}}"#);
        with(
            200,
            &[("set-cookie", "sid=cookie-value"), ("x-back", key)],
            &body,
        )
    })
    .await;
    let scenario = r#"
steps:
  - get: /x
    query: { k: "{{ key }}", e: "{{ env.HIDDEN }}" }
    headers: { x-k: "{{ key }}", authorization: "Bearer unknown-token" }
    expect:
      $.key: nothing
      $.token: nothing
      body: { eq: {} }
      headers: { x-back: nothing }
      that: [ "body.key == 'nothing'" ]
    capture: { token: { jsonpath: $.token, secret: true } }
    keep_going: true
  - print: "{{ key }} {{ token }} {{ env.HIDDEN }} {{ key | b64encode }}"
"#;
    let mut bench = Bench::new(&server.origin).secret("key", VALUE);
    bench.environment = vec![("HIDDEN".into(), Secret::new("from-the-shell"))];
    bench.keep = Keep::Exchanges;
    let told = bench.file("a.yaml", scenario).run().await;
    assert_eq!(told.status(), &Status::Failed);
    assert_eq!(told.printed(), ["[key] [token] [HIDDEN] [key]"]);
    let all = format!("{:?}{:?}", told.events, told.outcome);
    for secret in [
        VALUE,
        "late-token-1",
        "from-the-shell",
        "unknown-token",
        "cookie-value",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let exchange = &told.case(0).failed[0].exchanges[0];
    assert_eq!(
        exchange.response.text(),
        r#"{"token": "[token]", "key": "[key]"}"#
    );
}

#[tokio::test]
async fn what_is_written_where_a_step_runs_has_no_secrets_and_is_handed_on_alone() {
    let server = Server::start(|asked, _| {
        let key = asked.header("x-k").unwrap_or_default();
        json(200, &format!(r#"{{"key": "{key}"}}"#))
    })
    .await;
    let scenario = r#"
steps:
  - { get: /right, headers: { x-k: "{{ key }}" }, expect: 200 }
  - { get: /wrong, headers: { x-k: "{{ key }}" }, expect: 201 }
"#;
    let mut bench = Bench::new(&server.origin).secret("key", VALUE);
    bench = bench.file("a.yaml", scenario);
    let exchanges = async |bench: &Bench| -> Vec<usize> {
        let told = bench.run().await;
        assert_eq!(told.story(), "GET /right +, GET /wrong F");
        let all = format!("{:?}", told.events);
        assert!(!all.contains(VALUE), "{all}");
        let steps = told.steps();
        steps.iter().map(|step| step.exchanges.len()).collect()
    };
    bench.keep = Keep::Written;
    // Where nobody writes, somebody else will have to.
    assert_eq!(exchanges(&bench).await, [1, 1]);
    bench.write = Some(Arc::new(|_| None));
    assert_eq!(exchanges(&bench).await, [1, 1]);
    let texts = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&texts);
    bench.write = Some(Arc::new(move |step| {
        noted.lock().unwrap().push(format!("{step:?}"));
        Some(Written::default())
    }));
    assert_eq!(exchanges(&bench).await, [0, 1]);
    bench.keep = Keep::Exchanges;
    assert_eq!(exchanges(&bench).await, [1, 1]);
    let texts = texts.lock().unwrap();
    assert_eq!(texts.len(), 4);
    for text in texts.iter() {
        assert!(text.contains("[key]") && !text.contains(VALUE), "{text}");
    }
}

#[tokio::test]
async fn a_captured_secret_that_is_too_short_to_be_hidden_fails() {
    let server = Server::start(|_, _| json(200, r#"{"pin": "1234"}"#)).await;
    let told = run(
        &server.origin,
        "steps: [{ get: /x, capture: { pin: { jsonpath: $.pin, secret: true } } }]",
    )
    .await;
    assert_eq!(told.status(), &Status::Failed);
    assert!(told.failure().message.contains("shorter than 6"));
}

#[tokio::test]
async fn a_long_secret_is_not_shown_in_part() {
    let token: String = (0..100).map(|number| format!("{number:04x}")).collect();
    let body = format!(r#"{{"token": "{token}"}}"#);
    let server = Server::start(move |_, _| json(200, &body)).await;
    let scenario = "
steps:
  - get: /x
    expect: { $.token: nothing, body: { eq: {} }, text: nothing }
    capture: { token: { jsonpath: $.token, secret: true } }
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.case(0).failed[0].failures.len(), 3);
    let all = format!("{:?}{:?}", told.events, told.outcome);
    assert!(!all.contains(&token[..12]), "{all}");
}

#[tokio::test]
async fn a_panic_of_a_worker_fails_the_run_and_repeats_no_secret() {
    let mut bench = Bench::new("http://127.0.0.1:9")
        .secret("key", "s3cret-of-the-panic")
        .file("a.yaml", "steps: [{ get: /x }]");
    bench.target.kind = TargetKind::Embedded;
    let secret = bench.target.secrets[0].1.expose().to_owned();
    let mut settings = bench.settings();
    settings.launch_sandbox = Some(Arc::new(move || panic!("a bug, and {secret}")));
    let plan = Arc::new(bench.plan());
    let ended = tokio::spawn(async move { run::run(plan, settings, |_| {}).await }).await;
    let payload = ended.expect_err("it must not pass").into_panic();
    let said = payload
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
    let said = said.expect("it says something");
    assert!(said.contains("a case panicked"), "{said}");
    assert!(!said.contains("s3cret-of-the-panic"), "{said}");
}

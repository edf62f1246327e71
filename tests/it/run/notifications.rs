//! Waiting for notifications, which a sandbox of the tests' own sends as each test wants.

use super::server::{Asked, Reply, Server, json};
use super::*;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A sandbox that sends the items of what is posted to `/tell`, in their order, to where it was told to. A text is sent
/// as it is.
struct Teller {
    server: Server,
}

#[derive(Default)]
struct Told {
    url: Option<String>,
    // A connection that is closed may lose what is on its way.
    open: Vec<TcpStream>,
}

impl Teller {
    async fn start() -> Teller {
        let told = Mutex::new(Told::default());
        let server = Server::start(move |asked, _| answer(asked, &mut told.lock().unwrap())).await;
        Teller { server }
    }

    fn bench(&self, scenario: &str) -> Bench {
        let mut bench = Bench::new(&self.server.origin).file("a.yaml", scenario);
        bench.target.kind = TargetKind::RunningSandbox(self.server.origin.clone());
        bench
    }

    async fn run(&self, scenario: &str) -> super::Told {
        self.bench(scenario).run().await
    }

    /// The URLs that it was told to send to.
    fn urls(&self) -> Vec<serde_json::Value> {
        self.server
            .asked()
            .iter()
            .filter(|asked| asked.method == "PUT" && asked.path == "/_sandbox/notifications")
            .map(|asked| {
                serde_json::from_str::<serde_json::Value>(&asked.body).unwrap()["url"].clone()
            })
            .collect()
    }
}

fn answer(asked: &Asked, told: &mut Told) -> Reply {
    match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/_sandbox/notifications") => {
            return json(
                200,
                r#"{"url": "http://127.0.0.1:9/mine", "notifications": []}"#,
            );
        }
        ("PUT", "/_sandbox/notifications") => {
            let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
            told.url = body["url"].as_str().map(str::to_owned);
        }
        (_, "/tell") => {
            let items: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
            let bodies: Vec<String> = items
                .iter()
                .map(|item| match item {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect();
            let url = told.url.as_deref().expect("a case that waits says where");
            let stream = connect(url);
            told.open.push(stream.try_clone().unwrap());
            // The receiver reads on the thread that this would block.
            let path = url.rsplit('/').next().unwrap().to_owned();
            std::thread::spawn(move || send(stream, &path, &bodies));
        }
        _ => {}
    }
    json(200, "{}")
}

fn connect(url: &str) -> TcpStream {
    let rest = url.strip_prefix("http://").unwrap();
    TcpStream::connect(rest.split('/').next().unwrap()).unwrap()
}

/// Sends one after the other, on one connection, so that they come in this order.
fn send(mut stream: TcpStream, path: &str, bodies: &[String]) {
    for body in bodies {
        let length = body.len();
        // A receiver that refuses what is too large need not read it.
        let _ = write!(
            stream,
            "POST /{path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
    }
}

#[tokio::test]
async fn the_oldest_that_fits_is_taken_and_the_rest_stays() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - post: /tell
    json: [{ n: 1, kind: a }, { n: 2, kind: b }, { n: 3, kind: a }, { n: 4, kind: b }]
  - id: last
    await: { $.n: 4 }
  - await: { $.kind: a }
    capture: { first: $.n }
  - await: { $.kind: b }
    capture: { second: $.n }
  - await: {}
    capture: { third: $.n }
  - print: "{{ [steps.last.body.n, first, second, third] }}"
  - await: {}
    absent: 20ms
"#,
        )
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), ["[4,1,2,3]"]);
    assert_eq!(told.case(0).counts.requests, 1, "nothing was asked");
}

#[tokio::test]
async fn a_notification_is_the_step_s_response() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
vars: { status: mine }
steps:
  - post: /tell
    json: [{ n: 1, kind: a }]
  - id: it
    await: { $.n: { gte: 1 }, headers: { content-type: { contains: json } }, that: ["status == 'mine'"] }
    expect:
      body: { eq: { n: 1, kind: a } }
      text: { contains: kind }
      duration: { lt: 10s }
      url: { matches: "^/[0-9a-f]{32}$" }
      that: ["body.n == 1", "headers['content-type'] == 'application/json'"]
    capture: { kind: $.kind, length: { header: content-length }, found: { regex: '"kind":"(.)"' } }
  - print: "{{ kind }} {{ found }} {{ steps.it.headers['content-type'] }} {{ steps.it.url | length }}"
"#,
        )
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(told.printed(), ["a a application/json 33"]);
}

#[tokio::test]
async fn what_a_notification_says_can_fail_the_step() {
    for (part, message) in [
        ("expect: { $.n: 2 }", "$.n"),
        ("expect: { headers: { x-none: a } }", "header x-none"),
        ("expect: { duration: { gt: 1h } }", "duration"),
        ("expect: { url: /elsewhere }", "url"),
        ("expect: { that: [\"body.n == 2\"] }", "that body.n == 2"),
        ("capture: { a: $.none }", "capture a"),
    ] {
        let teller = Teller::start().await;
        let scenario = format!(
            "steps:\n  - {{ post: /tell, json: [{{ n: 1 }}] }}\n  - await: {{ $.n: 1 }}\n    {part}\n"
        );
        let told = teller.run(&scenario).await;
        assert_eq!(told.status(), &Status::Failed, "{part}");
        assert_eq!(told.failure().message, message, "{part}");
        let shown = &told.case(0).failed[0].exchanges;
        assert_eq!(shown[0].response.text(), r#"{"n":1}"#);
    }
}

#[tokio::test]
async fn one_that_does_not_come_fails_the_step_and_the_nearest_is_shown() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - await: { $.a: 1 }
    within: 20ms
    keep_going: true
  - post: /tell
    json: [{ a: 9 }, { a: 2, b: 2, c: 9 }, { a: 9, b: 9, c: 9 }]
  - await: { $.a: 9 }
  - await: { $.a: 1, $.b: 2, $.c: 3 }
    within: 200ms
"#,
        )
        .await;
    assert_eq!(told.status(), &Status::Failed);
    let [none, near] = told.case(0).failed.as_slice() else {
        panic!("two steps fail: {:?}", told.case(0).failed)
    };
    assert_eq!(none.failures[0].message, "no notification came within 20ms");
    assert!(none.exchanges.is_empty());
    let failure = &near.failures[0];
    assert_eq!(
        failure.message,
        "no such notification within 200ms; the nearest of the 2 that are there lacks this"
    );
    assert_eq!(failure.expected.as_deref(), Some("number 1"));
    assert_eq!(failure.actual.as_deref(), Some("number 2"));
    assert_eq!(
        failure.notes,
        [
            "$.a: expected number 1, got number 2",
            "$.c: expected number 3, got number 9",
            "3 notifications came in this case, of which `await` took 1 before"
        ]
    );
    assert_eq!(near.exchanges[0].response.text(), r#"{"a":2,"b":2,"c":9}"#);
}

#[tokio::test]
async fn one_that_comes_though_it_must_not_fails_the_step() {
    for tell in [
        // One that was passed over before.
        "  - { post: /tell, json: [{ n: 1 }, { n: 2 }] }\n  - await: { $.n: 2 }\n",
        // One that was never looked at.
        "  - { post: /tell, json: [{ n: 0 }, { n: 1 }] }\n",
    ] {
        let teller = Teller::start().await;
        let scenario = format!("steps:\n{tell}  - await: {{ $.n: 1 }}\n    absent: 10s\n");
        let started = Instant::now();
        let told = teller.run(&scenario).await;
        assert_eq!(told.status(), &Status::Failed, "{tell}");
        let message = &told.failure().message;
        assert!(
            message.starts_with("a notification came that must not"),
            "{message}"
        );
        let failed = &told.case(0).failed[0];
        assert_eq!(failed.exchanges[0].response.text(), r#"{"n":1}"#);
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "it fails at once"
        );
    }
}

#[tokio::test]
async fn what_is_no_json_is_kept_and_fits_nothing_that_looks_into_it() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - post: /tell
    json: ["<xml/>", "", { n: 1 }]
  - await: { $.n: { exists: true } }
  - await: { $.n: { exists: false } }
    absent: 20ms
  - await: { text: <xml/> }
  - await: { text: { empty: true } }
  - await: { $.n: 1 }
    within: 20ms
"#,
        )
        .await;
    assert_eq!(
        told.story(),
        "POST /tell +, await +, await +, await +, await +, await F"
    );
    assert_eq!(told.failure().message, "no notification came within 20ms");
}

#[tokio::test]
async fn what_could_not_be_kept_may_be_what_must_not_come() {
    let teller = Teller::start().await;
    let large = "x".repeat(17 * 1024 * 1024);
    let scenario = "
steps:
  - { post: /tell, json: [{ n: 1 }] }
  - await: { $.n: 1 }
  - { post: /tell, text: '[\"{{ large }}\"]', max_body: 64MiB }
  - await: { $.n: 2 }
    absent: 1m
";
    let mut bench = teller.bench(scenario);
    bench.target.vars.push(("large".into(), large.into()));
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Failed, "{:?}", told.story());
    assert_eq!(
        told.failure().message,
        "whether such a notification came cannot be said"
    );
}

#[tokio::test]
async fn if_keep_going_and_defer_work() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - id: late
    await: { $.n: 2 }
    defer: true
  - { id: clean, post: /tell, json: [{ n: 2 }], defer: true }
  - id: passed_over
    if: "false"
    await: { $.n: 1 }
  - id: fails
    await: { $.n: 1 }
    within: 10ms
    keep_going: true
  - id: ends
    await: { $.n: 1 }
    within: "{{ 10 }}ms"
  - { id: other, get: /x }
"#,
        )
        .await;
    assert_eq!(
        told.story(),
        "passed_over s, fails F, ends F, other -, clean +, late +"
    );
}

#[tokio::test]
async fn each_turn_of_a_loop_takes_one() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - { post: /tell, json: [{ n: 3, a: c }, { n: 1, a: a }, { n: 2, a: b }] }
  - await: { $.n: "{{ wanted }}" }
    each: { wanted: [1, 2, 3] }
    capture: { letters: $.a }
  - print: "{{ letters | join }}"
  - await: { $.n: "{{ wanted }}" }
    each: { wanted: [4] }
    within: 10ms
"#,
        )
        .await;
    assert_eq!(told.printed(), ["abc"]);
    assert_eq!(told.failure().message, "no notification came within 10ms");
}

#[tokio::test]
async fn a_notification_that_lacks_something_is_nobody_s_response() {
    let teller = Teller::start().await;
    let told = teller
        .run(
            r#"
steps:
  - { post: /tell, json: [{ n: 1 }] }
  - id: fails
    await: { $.n: 2 }
    within: 10ms
    keep_going: true
  - print: "{{ steps.fails is defined }}"
  - id: stays
    await: { $.n: 1 }
  - print: "{{ steps.stays is defined }}"
"#,
        )
        .await;
    assert_eq!(told.printed(), ["false", "true"]);
    let shown = &told.case(0).failed[0].exchanges;
    assert_eq!(shown[0].response.text(), r#"{"n":1}"#);
}

#[tokio::test]
async fn time_limits_hold_while_it_waits() {
    let teller = Teller::start().await;
    let step = "steps: [{ await: { $.n: 1 }, within: 1m, timeout: 30ms }]";
    let told = teller.run(step).await;
    assert_eq!(told.failure().message, "not done within 30ms");
    let case = "timeout: 300ms\nsteps: [{ await: { $.n: 1 }, within: 1m }]";
    let told = teller.run(case).await;
    assert_eq!(
        told.failure().message,
        "the case took longer than its timeout of 300ms"
    );
}

#[tokio::test]
async fn an_interrupt_ends_the_wait_at_once() {
    let teller = Teller::start().await;
    let bench = teller.bench(
        "steps: [{ id: off, get: /off, defer: true }, { id: first, get: /x }, { id: wait, await: {}, within: 1m }]",
    );
    let started = Instant::now();
    let mut events = Vec::new();
    let interrupter = Arc::clone(&bench.interrupter);
    let outcome = run::run(Arc::new(bench.plan()), bench.settings(), |event| {
        if matches!(event, Event::StepFinished { .. }) {
            interrupter.send_replace(Interrupt::Stop);
        }
        events.push(event.clone());
    })
    .await;
    let told = super::Told { outcome, events };
    assert_eq!(told.story(), "first +, wait -, off +");
    assert!(told.case(0).interrupted);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn only_a_case_that_waits_has_a_receiver_and_the_sandbox_is_left_as_it_was() {
    let teller = Teller::start().await;
    let told = teller.run("steps: [{ get: /x }]").await;
    assert_eq!(told.status(), &Status::Passed);
    assert!(teller.urls().is_empty());

    let told = teller
        .bench("steps: [{ use: _inner.yaml }]")
        .file("_inner.yaml", "steps: [{ await: {}, absent: 1ms }]")
        .run()
        .await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let urls = teller.urls();
    let own = urls[0].as_str().unwrap();
    assert!(own.starts_with("http://127.0.0.1:"), "{own}");
    assert_eq!(urls[1], "http://127.0.0.1:9/mine");
    assert_eq!(urls.len(), 2);
    let setup = teller
        .server
        .paths()
        .iter()
        .rposition(|path| path == "PUT /_sandbox/setup");
    let told_at = teller
        .server
        .paths()
        .iter()
        .position(|path| path == "PUT /_sandbox/notifications");
    assert!(setup < told_at, "a set-up forgets the URL");
    let authority = own["http://".len()..].split('/').next().unwrap();
    assert!(
        TcpStream::connect(authority).is_err(),
        "it ends with its case"
    );
}

#[tokio::test]
async fn where_nothing_is_received_the_case_is_skipped() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let told = run(&server.origin, "steps: [{ get: /x }, { await: {} }]").await;
    assert_eq!(
        told.status(),
        &Status::Skipped(
            "an `await` step needs a sandbox, or a target with `notifications`".into()
        )
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_sandbox_on_another_machine_cannot_send() {
    let teller = Teller::start().await;
    let mut bench = teller.bench("steps: [{ await: {} }]");
    let elsewhere = teller.server.origin.replace("127.0.0.1", "0.0.0.0");
    bench.target.kind = TargetKind::RunningSandbox(elsewhere);
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Errored);
    assert!(told.failure().message.contains("this machine alone"));
}

#[tokio::test]
async fn secrets_in_notifications_are_hidden() {
    let teller = Teller::start().await;
    let scenario = r#"
steps:
  - post: /tell
    json: [{ token: "abcdef-123456", key: "{{ api_key }}" }]
  - await: { $.token: { exists: true } }
    capture: { token: { jsonpath: $.token, secret: true } }
    expect: { $.token: other, $.key: other }
"#;
    let bench = teller.bench(scenario).secret("api_key", "s3cret-value");
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Failed);
    let shown = format!("{:?}", told.case(0));
    assert!(!shown.contains("abcdef-123456"), "{shown}");
    assert!(!shown.contains("s3cret-value"), "{shown}");
    assert!(shown.contains("[token]") && shown.contains("[api_key]"));
}

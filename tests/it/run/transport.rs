//! No answer, or not a whole one: each is told in words, and never green.

use super::server::{Reply, Server, json, with};
use super::*;

/// Runs one GET against a server that always replies so, and gives the failure's message.
async fn get(reply: impl Fn() -> Reply + Send + Sync + 'static, step: &str) -> (Told, Server) {
    let server = Server::start(move |_, _| reply()).await;
    let told = run(&server.origin, &format!("steps: [{{ get: /x{step} }}]")).await;
    (told, server)
}

async fn errored(reply: impl Fn() -> Reply + Send + Sync + 'static, step: &str) -> String {
    let (told, server) = get(reply, step).await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(told.failure().kind, FailureKind::Transport);
    assert_eq!(server.asked().len(), 1, "a request is sent once");
    let port = server.origin.rsplit(':').next().unwrap();
    told.failure().message.replace(port, "PORT")
}

#[tokio::test]
async fn nobody_is_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let told = run(
        &format!("http://{address}"),
        "steps: [{ get: /x }, { get: /y }]",
    )
    .await;
    assert_eq!(told.status(), &Status::Errored);
    assert_eq!(
        told.failure().message,
        format!("connection refused by {address}")
    );
    assert_eq!(told.story(), "GET /x E, GET /y -");
    assert_eq!(told.case(0).not_run, ["GET /y"]);
    assert_eq!(told.steps()[0].summary, "GET /x got no answer");
}

#[tokio::test]
async fn the_host_cannot_be_found() {
    let told = run("http://nowhere.invalid", "steps: [{ get: /x }]").await;
    assert_eq!(
        told.failure().message,
        "the host `nowhere.invalid` cannot be found"
    );
}

#[tokio::test]
async fn the_connection_is_dropped() {
    let message = errored(|| Reply::Reset, "").await;
    assert_eq!(
        message,
        "127.0.0.1:PORT dropped the connection before it answered"
    );
    let message = errored(|| Reply::Break(String::new()), "").await;
    assert_eq!(
        message,
        "127.0.0.1:PORT closed the connection before it answered"
    );
    let message = errored(|| Reply::Break("HTTP/1.1 200 OK\r\nx-a".into()), "").await;
    assert_eq!(
        message,
        "127.0.0.1:PORT closed the connection before it answered"
    );
}

#[tokio::test]
async fn the_body_ends_early() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\": 1}";
    assert_eq!(
        errored(move || Reply::Break(short.into()), "").await,
        "the body ended early after 13 of 100 bytes"
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n";
    let message = errored(move || Reply::Break(chunked.into()), "").await;
    assert_eq!(message, "the body ended early after 2 bytes");
}

#[tokio::test]
async fn the_body_is_larger_than_allowed() {
    let large = || json(200, &"x".repeat(3000));
    assert_eq!(
        errored(large, ", max_body: 2KiB").await,
        "the body is larger than max_body (2 KiB)"
    );
    // Nothing says beforehand how long this one is.
    let endless = || {
        let chunk = format!("800\r\n{}\r\n", "x".repeat(0x800));
        Reply::Say(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}",
            chunk.repeat(10)
        ))
    };
    assert_eq!(
        errored(endless, ", max_body: 4KiB").await,
        "the body is larger than max_body (4 KiB)"
    );
}

#[tokio::test]
async fn headers_of_five_megabytes_are_refused() {
    let message = errored(|| with(200, &[("x-long", &"x".repeat(5 << 20))], ""), "").await;
    assert_eq!(
        message,
        "the answer has too many headers, or too large ones"
    );
    let many: Vec<(&str, &str)> = vec![("x-many", "1"); 20_000];
    let message = errored(move || with(200, &many, ""), "").await;
    assert_eq!(
        message,
        "the answer has too many headers, or too large ones"
    );
}

#[tokio::test]
async fn the_answer_is_not_http() {
    let message = errored(|| Reply::Break("220 smtp ready\r\n\r\n".into()), "").await;
    assert!(message.starts_with("the answer is not HTTP"), "{message}");
}

#[tokio::test]
async fn the_answer_does_not_come_in_time() {
    let message = errored(|| Reply::Silence, ", timeout: 50ms").await;
    assert_eq!(message, "no answer within 50ms");
    let slow = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n12345";
    in_some_time(async |time| {
        let message = errored(
            move || Reply::Say(slow.into()),
            &format!(", timeout: {time}"),
        )
        .await;
        let wanted = format!("the body did not end: 5 bytes came within {time}");
        same(&message, &wanted)
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_json_fails_every_look_into_it() {
    let server = Server::start(|_, _| with(200, &[], "<html>oops</html>")).await;
    let scenario = "
steps:
  - get: /x
    expect: { $.error: { exists: false }, body: { exists: false }, text: { contains: oops } }
    capture: { id: $.id }
";
    let told = run(&server.origin, scenario).await;
    assert_eq!(told.status(), &Status::Failed);
    let failures = &told.case(0).failed[0].failures;
    let messages: Vec<_> = failures.iter().map(|failure| &failure.message).collect();
    assert_eq!(messages, ["$.error", "body", "capture id"]);
    assert_eq!(failures[0].expected.as_deref(), Some("a JSON body"));
    assert_eq!(failures[0].notes, ["the body begins: <html>oops</html>"]);
    assert!(failures[2].notes[0].contains("not JSON"), "{failures:?}");
}

#[tokio::test]
async fn a_server_that_closes_idle_connections_makes_no_errors() {
    let server = Server::start(|_, before| {
        let Reply::Say(answer) = with(200, &[("connection", "close")], "{}") else {
            unreachable!("an answer is said")
        };
        if before % 2 == 0 {
            Reply::Break(answer)
        } else {
            json(200, "{}")
        }
    })
    .await;
    let steps = "  - get: /x\n".repeat(20);
    let told = run(&server.origin, &format!("steps:\n{steps}")).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    assert_eq!(server.asked().len(), 20);
}

#[tokio::test]
async fn steps_and_files_share_connections() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = "steps: [{ get: /x }, { get: /y }, { post: /z, json: { a: 1 } }]";
    let told = Bench::new(&server.origin)
        .file("a.yaml", scenario)
        .file("b.yaml", scenario)
        .run()
        .await;
    assert_eq!(told.outcome.count(|status| *status == Status::Passed), 2);
    assert_eq!((server.asked().len(), server.connections()), (6, 1));
}

#[tokio::test]
async fn requests_are_what_they_say() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let scenario = r#"
vars: { n: 4, tags: [a, b], nothing: null }
steps:
  - post: /j?x=1
    query: { y: "{{ n }}", t: "{{ tags }}", gone: "{{ nothing }}", s: "a b&c" }
    headers: { x-n: "{{ n }}", accept: null, User-Agent: me }
    auth: { basic: { user: u, password: "pä:ss" } }
    json: { b: 1, a: "{{ n }}" }
  - post: /f
    form: { a: [1, 2], b: null, c: "x y" }
    auth: { bearer: t }
    headers: { authorization: mine }
  - put: /t
    text: "n is {{ n }}"
  - get: "{{ base_url }}/u"
"#;
    let told = run(&format!("{}/v1/", server.origin), scenario).await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0).failed);
    let asked = server.asked();
    assert_eq!(
        server.paths(),
        [
            "POST /v1/j?x=1&y=4&t=a&t=b&s=a+b%26c",
            "POST /v1/f",
            "PUT /v1/t",
            "GET /v1/u"
        ]
    );
    assert_eq!(asked[0].header("x-n"), Some("4"));
    assert_eq!(asked[0].header("user-agent"), Some("me"));
    assert_eq!(asked[0].header("authorization"), Some("Basic dTpww6Q6c3M="));
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].body, r#"{"b":1,"a":4}"#);
    assert_eq!(asked[1].body, "a=1&a=2&c=x+y");
    assert_eq!(asked[1].header("authorization"), Some("mine"));
    assert_eq!(
        asked[2].header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(asked[2].body, "n is 4");
    let agent = concat!("sammati/", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked[3].header("user-agent"), Some(agent));
    assert_eq!(asked[3].header("accept"), Some("*/*"));
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_not_sent() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    for (vars, step) in [
        (r#"v: "a b""#, r#"get: "/x/{{ v }}""#),
        (
            r#"v: "a\r\nx-evil: 1""#,
            r#"{ get: /x, headers: { h: "{{ v }}" } }"#,
        ),
        ("v: [1]", r#"{ get: /x, headers: { h: "{{ v }}" } }"#),
        ("v: { a: 1 }", r#"{ get: /x, query: { q: "{{ v }}" } }"#),
        (r#"v: "soon""#, r#"{ get: /x, timeout: "{{ v }}" }"#),
        (r#"v: "ftp:""#, r#"get: "{{ v }}//a.test/x""#),
    ] {
        let told = run(
            &server.origin,
            &format!("vars: {{ {vars} }}\nsteps:\n  - {step}\n"),
        )
        .await;
        assert_eq!(told.status(), &Status::Errored, "{step}");
        assert_eq!(told.failure().kind, FailureKind::Request, "{step}");
    }
    assert_eq!(server.paths(), [""; 0]);
}

//! `sammati doctor` against the sandbox, and against servers that lie.

use super::*;
use serde_json::Value;

const SECRET: &str = "hush/hush \"very\" secret";

/// Answers each request by what it says: its head and body as text, to head and body.
fn server(answer: impl Fn(&str) -> (String, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("it connects");
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !is_whole(&request) {
                match stream.read(&mut part) {
                    Ok(count) if count > 0 => request.extend_from_slice(&part[..count]),
                    _ => break,
                }
            }
            let (head, body) = answer(&String::from_utf8_lossy(&request));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}")
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn json(status: &str, body: &str) -> (String, String) {
    (
        format!("{status}\r\ncontent-type: application/json"),
        body.to_owned(),
    )
}

/// A gateway that does as it should.
fn honest(request: &str) -> (String, String) {
    if request.starts_with("POST /v1/users/login ") && request.contains("client: bridge") {
        return json("200 OK", r#"{"access_token": "token-of-the-test"}"#);
    }
    let is_known = request.contains("authorization: Bearer token-of-the-test")
        && request.contains("x-product-instance-id: the-product");
    match request {
        _ if request.starts_with("GET /v2/fips ") && is_known => json(
            "200 OK",
            r#"{"data": [{"fipId": "a", "status": "ACTIVE"}, {"fipId": "b"}]}"#,
        ),
        _ => json("404 Not Found", r#"{"errorMsg": "no such thing"}"#),
    }
}

fn project(origin: &str) -> Project {
    let project = Project::new(&[]);
    project.write(
        "sammati.yaml",
        &format!(
            "target: it\ntargets:\n  it:\n    base_url: {origin}\n    vars: {{ auth_url: {origin}/v1, client_id: the-client }}\n    secrets: {{ client_secret: $S, product_instance_id: $P }}\n"
        ),
    );
    project
}

/// What was found of one thing: `failed` and the detail.
fn look(ended: &Ended, check: &str) -> (String, String) {
    for output in [&ended.stdout, &ended.stderr] {
        for hidden in [SECRET, "hush", "token-of-the-test"] {
            assert!(!output.contains(hidden), "{output}");
        }
    }
    let found: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    let checks = found["checks"].as_array().expect("a list");
    let one = checks
        .iter()
        .find(|one| one["check"] == check)
        .unwrap_or_else(|| panic!("no {check} in {found:#}"));
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    assert!(
        text("status") != "failed" || !text("advice").is_empty(),
        "{one}"
    );
    assert_eq!(found["ok"], ended.code == Some(0));
    (text("status"), text("detail"))
}

fn examine(project: &Project) -> Ended {
    project.run_with(
        &[("S", SECRET), ("P", "the-product")],
        "doctor --format json",
    )
}

fn fails(answer: impl Fn(&str) -> (String, String) + Send + 'static, check: &str, why: &str) {
    let ended = examine(&project(&server(answer))).with(1);
    let (status, detail) = look(&ended, check);
    assert_eq!(status, "failed", "{ended:#?}");
    assert!(detail.contains(why), "{detail}");
}

#[test]
fn the_sandbox_is_well() {
    let project = Project::new(&[]);
    let ended = project.run("doctor").with(0);
    for line in [
        "ok       login",
        "ok       product",
        "ok       fips",
        "skipped  notifications",
    ] {
        assert!(ended.stdout.contains(line), "{ended:#?}");
    }
    assert!(ended.stdout.ends_with("Nothing is wrong.\n"));
}

#[test]
fn what_is_wrong_with_credentials_is_told_apart() {
    let project = Project::new(&[(
        "sammati.yaml",
        "targets:\n  embedded: { sandbox: true, secrets: { client_secret: $S, product_instance_id: $P } }\n",
    )]);
    let look_with = |secret, product| {
        let ended = project.run_with(&[("S", secret), ("P", product)], "doctor --format json");
        (
            look(&ended, "login").0,
            look(&ended, "product").0,
            look(&ended, "fips").0,
        )
    };
    let words = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        look_with("sandbox-secret", "sandbox-product"),
        words("ok", "ok", "ok")
    );
    assert_eq!(
        look_with(SECRET, "sandbox-product"),
        words("failed", "skipped", "skipped")
    );
    assert_eq!(
        look_with("sandbox-secret", "another-product"),
        words("ok", "failed", "skipped")
    );
    let ended = project.run("doctor").with(1);
    assert!(
        ended
            .stdout
            .contains("failed   credentials    not set: client_secret, product_instance_id")
    );
    assert!(ended.stdout.contains("set $S, $P in the environment"));
}

#[test]
fn an_honest_server_is_well_and_liars_are_found_out() {
    let ended = examine(&project(&server(honest))).with(0);
    assert_eq!(look(&ended, "fips").1, "2, of which 1 are ACTIVE");
    assert_eq!(look(&ended, "clock").0, "skipped");

    let html = |_: &str| {
        (
            "200 OK\r\ncontent-type: text/html".to_owned(),
            "<html>".to_owned(),
        )
    };
    fails(html, "login", "text/html, which is no JSON");
    let late = |request: &str| {
        let ten_minutes = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
        let date = ten_minutes.strftime("%a, %d %b %Y %H:%M:%S GMT");
        let (head, body) = honest(request);
        (format!("{head}\r\ndate: {date}"), body)
    };
    fails(late, "clock", "this machine is 10m");
    // What it was sent comes back in its answer.
    let echo = |request: &str| {
        let said = request.rsplit("\r\n\r\n").next().unwrap_or_default();
        json(
            "400 Bad Request",
            &serde_json::json!({ "errorMsg": said }).to_string(),
        )
    };
    fails(echo, "login", "[client_secret]");
    let no_token = |_: &str| json("200 OK", "{}");
    fails(no_token, "login", "gave 200");
    let issuer = |request: &str| match honest(request) {
        (_, body) if body.contains("data") => {
            json("401 X", r#"{"message": "Token issuer not allowed"}"#)
        }
        other => other,
    };
    fails(issuer, "product", "Token issuer not allowed");
    let nobody = |request: &str| match honest(request) {
        (_, body) if body.contains("data") => json("200 OK", r#"{"data": []}"#),
        other => other,
    };
    fails(nobody, "fips", "there is none");
}

#[test]
fn what_cannot_be_reached_is_not_logged_in_to() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", free.local_addr().expect("it has one"));
    drop(free);
    let ended = examine(&project(&origin)).with(1);
    assert_eq!(look(&ended, "connection").0, "failed");
    assert!(look(&ended, "connection").1.contains("connection refused"));
    assert_eq!(look(&ended, "login").0, "skipped");
}

#[test]
fn a_secret_is_not_sent_to_a_host_that_is_not_named() {
    let (gateway, other) = (server(honest), server(honest));
    let project = project(&gateway);
    let text = fs::read_to_string(project.path().join("sammati.yaml")).expect("a file");
    project.write(
        "sammati.yaml",
        &text.replace(&format!("{gateway}/v1"), &format!("{other}/v1")),
    );
    let ended = examine(&project).with(1);
    let (status, detail) = look(&ended, "login");
    assert_eq!(status, "failed");
    assert!(
        detail.contains("the secret `client_secret` would leave"),
        "{detail}"
    );
}

#[test]
fn an_address_that_is_taken_and_a_project_that_is_wrong() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("it has one");
    let project = project(&server(honest));
    let text = fs::read_to_string(project.path().join("sammati.yaml")).expect("a file");
    project.write(
        "sammati.yaml",
        &format!("{text}    notifications: {address}\n"),
    );
    let ended = examine(&project).with(1);
    assert_eq!(look(&ended, "notifications").0, "failed");
    drop(taken);
    assert_eq!(look(&examine(&project).with(0), "notifications").0, "ok");

    project
        .run("doctor --target nowhere")
        .with(3)
        .said("there is no target `nowhere`");
    project.run("doctor --secret hush").with(2);
    project.write("sammati.yaml", "targets: { a: { rate: 5/s } }\n");
    project.run("doctor").with(2).said("has no address");
}

#[test]
fn whether_the_bridge_s_url_leads_here_is_tried() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("it has one");
    let project = project(&server(honest));
    let path = project.path().join("sammati.yaml");
    let text = fs::read_to_string(path).expect("a file");
    let examine = |notify: &str, code: i32| {
        let line = format!("doctor --format json --notify {notify}");
        let ended = project
            .run_with(&[("S", SECRET), ("P", "the-product")], &line)
            .with(code);
        assert!(!ended.stdout.contains("hunter2"), "{ended:#?}");
        look(&ended, "notifications")
    };
    let nowhere = format!("http://{address}/setu?token=hunter2");
    let (status, detail) = examine(&nowhere, 1);
    assert_eq!(status, "failed");
    assert!(detail.contains("names no address"), "{detail}");
    project.write(
        "sammati.yaml",
        &format!("{text}    notifications: {address}\n"),
    );
    drop(free);
    let (status, detail) = examine(&nowhere, 0);
    assert_eq!(status, "ok");
    let told = format!("what is sent to http://{address}/setu?… comes to {address}, in ");
    assert!(detail.starts_with(&told), "{detail}");
    // A tunnel whose other end is somewhere else, one that leads nowhere, and none.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let none = format!("http://{}/", closed.local_addr().expect("it has one"));
    drop(closed);
    for (url, why) in [
        (
            server(|_| json("200 OK", "{}")),
            "answered 200, and nothing came to",
        ),
        (
            server(|_| json("502 Bad Gateway", "hunter2")),
            "answered 502, and nothing came to",
        ),
        (none, "does not answer: connection refused"),
    ] {
        let (status, detail) = examine(&format!("{url}?hunter2"), 1);
        assert_eq!(status, "failed");
        assert!(detail.contains(why), "{detail}");
    }
    project
        .run("doctor --notify hunter2")
        .with(2)
        .said("the URL of --notify cannot be used");
}

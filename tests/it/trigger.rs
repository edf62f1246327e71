//! `sammati trigger`: each event at a real handler, and each way in which that goes wrong.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::run::server::{Reply, Server, json as reply, with};

/// Each event with its notification's type, what it is known by, and whether v1 has it.
const EVENTS: [(&str, &str, &str, &str, bool); 21] = [
    (
        "consent.active",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "ACTIVE",
        true,
    ),
    (
        "consent.rejected",
        "CONSENT_STATUS_UPDATE",
        "/error/code",
        "UserRejected",
        true,
    ),
    (
        "consent.cancelled",
        "CONSENT_STATUS_UPDATE",
        "/error/code",
        "UserCancelled",
        true,
    ),
    (
        "consent.no-accounts",
        "CONSENT_STATUS_UPDATE",
        "/error/code",
        "NoFIPAccountsDiscovered",
        true,
    ),
    (
        "consent.pending",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "PENDING",
        false,
    ),
    (
        "consent.paused",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "PAUSED",
        true,
    ),
    (
        "consent.resumed",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "ACTIVE",
        true,
    ),
    (
        "consent.revoked",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "REVOKED",
        true,
    ),
    (
        "consent.expired",
        "CONSENT_STATUS_UPDATE",
        "/data/status",
        "EXPIRED",
        true,
    ),
    (
        "session.pending",
        "SESSION_STATUS_UPDATE",
        "/data/status",
        "PENDING",
        true,
    ),
    (
        "session.partial",
        "SESSION_STATUS_UPDATE",
        "/data/status",
        "PARTIAL",
        true,
    ),
    (
        "session.completed",
        "SESSION_STATUS_UPDATE",
        "/data/status",
        "COMPLETED",
        true,
    ),
    (
        "session.failed",
        "SESSION_STATUS_UPDATE",
        "/data/status",
        "FAILED",
        true,
    ),
    (
        "fi-data.ready",
        "FI_DATA_READY",
        "/status",
        "COMPLETED",
        false,
    ),
    (
        "fi-data.partial",
        "FI_DATA_READY",
        "/status",
        "PARTIAL",
        false,
    ),
    (
        "fi-data.failed",
        "FI_DATA_FAILED",
        "/error/code",
        "DataFetchFailure",
        false,
    ),
    (
        "fi-data.consent-use",
        "FI_DATA_FAILED",
        "/error/code",
        "InvalidConsentUse",
        false,
    ),
    (
        "fi-data.consent-status",
        "FI_DATA_FAILED",
        "/error/code",
        "InvalidConsentStatus",
        false,
    ),
    (
        "fi-data.consent-revoked",
        "FI_DATA_FAILED",
        "/error/code",
        "ConsentRevoked",
        false,
    ),
    (
        "fi-data.session-expired",
        "FI_DATA_FAILED",
        "/error/code",
        "SessionExpired",
        false,
    ),
    (
        "fi-data.upstream-down",
        "FI_DATA_FAILED",
        "/error/code",
        "UpstreamServerDown",
        false,
    ),
];

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sammati"));
    command
        .arg("trigger")
        .args(arguments.split_whitespace())
        .env_clear()
        .stdin(Stdio::null());
    command
}

/// Runs it while the servers of the test go on answering.
async fn trigger(arguments: &str) -> Ended {
    let mut command = command(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap().into())
        .await
        .unwrap()
}

async fn handler() -> Server {
    Server::start(|_, _| reply(200, "{}")).await
}

#[tokio::test]
async fn each_event_comes_to_the_handler_alone_and_as_it_is() {
    let handler = handler().await;
    for (index, (event, kind, at, word, _)) in EVENTS.into_iter().enumerate() {
        let ended = trigger(&format!(
            "{event} --to {}/hook?token=hunter2",
            handler.origin
        ))
        .await;
        assert_eq!(ended.code, Some(0), "{event}: {ended:#?}");
        assert!(ended.stdout.contains("answered 200"), "{ended:#?}");
        assert!(!ended.stdout.contains("hunter2"), "{ended:#?}");
        let asked = handler.asked();
        assert_eq!(asked.len(), index + 1, "{event}: only the event is told");
        let asked = &asked[index];
        assert_eq!(
            (&*asked.method, &*asked.path),
            ("POST", "/hook?token=hunter2")
        );
        assert_eq!(asked.header("content-type"), Some("application/json"));
        assert_eq!(asked.header("authorization"), None);
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["type"], kind, "{event}: {body}");
        assert_eq!(body.pointer(at), Some(&json!(word)), "{event}: {body}");
        assert!(body["notificationId"].is_string(), "{event}: {body}");
        assert!(body["consentId"].is_string(), "{event}: {body}");
    }
}

#[tokio::test]
async fn data_and_accounts_are_in_it_and_failures_say_so() {
    let print = async |event: &str| -> Value {
        let ended = trigger(&format!("{event} --print")).await;
        assert_eq!((ended.code, &*ended.stderr), (Some(0), ""), "{ended:#?}");
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let active = print("consent.active").await;
    assert_eq!(
        active["data"]["detail"]["accounts"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let ready = print("fi-data.ready").await;
    let account = &ready["fiData"][0]["data"][0]["decryptedFI"]["account"];
    assert!(
        account["transactions"]["transaction"]
            .as_array()
            .unwrap()
            .len()
            > 5
    );
    let partial = print("fi-data.partial").await;
    assert_eq!(partial["fiData"].as_array().unwrap().len(), 1);
    let rejected = print("consent.rejected").await;
    assert_eq!(
        (&rejected["success"], &rejected["data"]),
        (&json!(false), &Value::Null)
    );
    let used = print("fi-data.consent-use").await;
    assert_eq!(used["success"], true);
    assert_eq!(used["error"]["message"], "Consent fetch frequency exceeded");
}

#[tokio::test]
async fn the_first_version_has_its_own_spelling_and_fewer_events() {
    let handler = handler().await;
    for (event, kind, at, word, is_in_v1) in EVENTS {
        let before = handler.asked().len();
        let ended = trigger(&format!("{event} --v1 --to {}", handler.origin)).await;
        if !is_in_v1 {
            assert_eq!(ended.code, Some(2), "{event}: {ended:#?}");
            assert!(ended.stderr.contains("first version"), "{ended:#?}");
            continue;
        }
        assert_eq!(ended.code, Some(0), "{event}: {ended:#?}");
        let asked = handler.asked();
        assert_eq!(asked.len(), before + 1, "{event}");
        let body: Value = serde_json::from_str(&asked[before].body).unwrap();
        assert_eq!(
            (&body["type"], &body["success"]),
            (&json!(kind), &json!(true))
        );
        assert_eq!(body.pointer(at), Some(&json!(word)), "{event}: {body}");
        if at == "/data/status" && kind.starts_with("CONSENT") {
            assert_eq!(body["data"]["Detail"], json!({}), "{body}");
        }
        if kind.starts_with("SESSION") {
            assert!(body["data"]["fips"][0]["Accounts"].is_array(), "{body}");
            assert!(body["data"]["DataRange"]["from"].is_string(), "{body}");
        }
    }
}

#[tokio::test]
async fn the_list_has_every_event_and_says_what_it_is() {
    for (flags, only_v1) in [("--list", false), ("--list --v1", true)] {
        let ended = trigger(flags).await;
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        let listed: BTreeSet<&str> = ended
            .stdout
            .lines()
            .map(|line| {
                let (name, about) = line.split_once(' ').unwrap();
                assert!(about.trim().len() > 10, "{line}");
                name
            })
            .collect();
        let known = EVENTS.iter().filter(|event| event.4 || !only_v1);
        let known: BTreeSet<&str> = known.map(|event| event.0).collect();
        assert_eq!(listed, known);
    }
}

#[tokio::test]
async fn printed_and_delivered_it_is_the_same_and_another_seed_is_another() {
    let handler = handler().await;
    let to = &handler.origin;
    let ended = trigger(&format!("consent.active --seed 7 --print --to {to}")).await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(ended.stderr.contains("answered 200"), "{ended:#?}");
    assert_eq!(ended.stdout.trim_end(), handler.asked()[0].body);
    let ids: Vec<Value> = [
        trigger("consent.active --seed 7 --print").await,
        trigger("consent.active --print").await,
    ]
    .iter()
    .map(|ended| serde_json::from_str::<Value>(&ended.stdout).unwrap()["consentId"].clone())
    .collect();
    let first: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(first["consentId"], ids[0]);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        handler.asked().len(),
        1,
        "what is printed alone is not sent"
    );
}

#[tokio::test]
async fn a_handler_that_does_not_take_it_is_a_failure() {
    let long = "x".repeat(5_000);
    for (answer, told) in [
        (reply(500, "no \u{1b}[31mroom"), "answered 500"),
        (reply(400, &long), "x…"),
        (
            with(302, &[("location", "/elsewhere")], ""),
            "redirects are not followed",
        ),
        (
            Reply::Break("HTTP/1.1 ".into()),
            "did not take `consent.active`",
        ),
        (Reply::Break("hunter2\r\n\r\n".into()), "not HTTP"),
        (Reply::Reset, "did not take `consent.active`"),
        (Reply::Silence, "no answer within 300ms"),
    ] {
        let answer = std::sync::Mutex::new(Some(answer));
        let handler =
            Server::start(move |_, _| answer.lock().unwrap().take().unwrap_or(Reply::Silence))
                .await;
        let to = format!("{}/hook?key=hunter3", handler.origin);
        let ended = trigger(&format!("consent.active --timeout 300ms --to {to}")).await;
        assert_eq!(ended.code, Some(1), "{told}: {ended:#?}");
        assert!(ended.stderr.contains(told), "{told}: {ended:#?}");
        assert!(ended.stderr.len() < 1_000, "{ended:#?}");
        let both = format!("{}{}", ended.stdout, ended.stderr);
        assert!(
            !both.contains("hunter3") && !both.contains('\u{1b}'),
            "{ended:#?}"
        );
        assert_eq!(handler.asked().len(), 1, "{told}: it is sent once");
    }
    // Nobody listens there.
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ended = trigger(&format!("consent.active --to http://{free}/")).await;
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stderr.contains("connection refused"), "{ended:#?}");
}

#[tokio::test]
async fn a_wrong_command_line_sends_nothing() {
    let handler = handler().await;
    let to = handler.origin.clone();
    for (arguments, told) in [
        (
            format!("consent.activ --to {to}"),
            "did you mean `consent.active`?",
        ),
        (format!("tea --to {to}"), "--list"),
        ("consent.active".to_owned(), "--to URL"),
        (
            "consent.active --to 9400".to_owned(),
            "`http://` or `https://`",
        ),
        (
            "consent.active --to ftp://a.test/hunter2".to_owned(),
            "`http://` or `https://`",
        ),
        (
            "consent.active --to http://u:hunter2@a.test/".to_owned(),
            "password",
        ),
        (String::new(), "EVENT"),
        (format!("--list --to {to}"), "--list"),
        (
            format!("consent.active --timeout 0s --to {to}"),
            "at most an hour",
        ),
        (format!("consent.active --seed x --to {to}"), "--seed"),
    ] {
        let ended = trigger(&arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments}: {ended:#?}");
        assert!(ended.stderr.contains(told), "{arguments}: {ended:#?}");
        assert!(!ended.stderr.contains("hunter2"), "{ended:#?}");
        assert_eq!(ended.stdout, "", "{ended:#?}");
    }
    assert_eq!(handler.asked().len(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn signals_end_it_at_once() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let silent = Server::start(|_, _| Reply::Silence).await;
        let child = command(&format!(
            "consent.active --timeout 1h --to {}",
            silent.origin
        ))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        silent.asked_times(1).await;
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
        let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
        assert_eq!(ended.unwrap().unwrap().status.code(), Some(code));
    }
}

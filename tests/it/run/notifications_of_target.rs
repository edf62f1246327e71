//! Notifications of a target that is no sandbox: received at one address by all cases of a run.

use super::server::{Server, json};
use super::*;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A gateway that has its notifications sent before it answers: a POST's body, to the path of the POST.
async fn gateway(to: SocketAddr) -> Server {
    Server::start(move |asked, _| {
        if asked.method == "POST" {
            let bodies: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
            for body in bodies {
                assert_eq!(notify(to, &asked.path, &body.to_string()), 200);
            }
        }
        json(200, "{}")
    })
    .await
}

/// Sends one and gives the status of the answer.
fn notify(to: SocketAddr, path: &str, body: &str) -> u16 {
    let (path, body, length) = (path.to_owned(), body.to_owned(), body.len());
    let send = move || {
        let mut stream = TcpStream::connect(to).unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[9..]).parse().unwrap()
    };
    // Else what is ready on this thread, the receiver's task among it, might wait for ever.
    tokio::task::block_in_place(send)
}

async fn bench(scenarios: &[&str]) -> (Bench, Server, SocketAddr) {
    let notifications = Notifications::listen("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let address = notifications.address();
    let server = gateway(address).await;
    let mut bench = Bench::new(&server.origin);
    for (number, scenario) in scenarios.iter().enumerate() {
        bench = bench.file(&format!("{number}.yaml"), scenario);
    }
    bench.notifications = Some(Arc::new(notifications));
    bench.jobs = scenarios.len();
    (bench, server, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn early_repeated_and_foreign_ones_are_no_matter() {
    let (bench, _server, _) = bench(&[r#"
steps:
  - post: /hook
    json: [{ id: theirs, s: 1 }, { id: mine, s: 1 }, { id: mine, s: 1 }, { id: mine, s: 2 }]
  - await: { $.id: mine, $.s: 2 }
    expect: { url: /hook }
  - await: { $.id: mine, $.s: 1 }
  - await: { $.id: mine, $.s: 1 }
  - await: { $.id: mine }
    absent: 1ms
  - await: { $.id: theirs }
"#])
    .await;
    let told = bench.run().await;
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_comes_late_is_waited_for_and_one_that_never_comes_fails() {
    let (bench, server, address) =
        bench(&["steps:\n  - get: /a\n  - { await: { $.id: 7 }, within: 20s }\n"]).await;
    let late = async {
        server.asked_times(1).await;
        tokio::task::yield_now().await;
        notify(address, "/any/where?x=1", r#"{"id": 7}"#)
    };
    let (told, status) = tokio::join!(bench.run(), late);
    assert_eq!(status, 200);
    assert_eq!(told.status(), &Status::Passed, "{:?}", told.case(0));

    let (bench, _server, _) = self::bench(&[
        "steps:\n  - { post: /, json: [{ id: 8 }] }\n  - { await: { $.id: 7 }, within: 1ms }\n",
    ])
    .await;
    let told = bench.run().await;
    assert!(
        told.failure().message.contains("no such notification"),
        "{:?}",
        told.failure()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fits_two_cases_is_taken_by_both() {
    let waits = "steps:\n  - get: /a\n  - { await: { $.id: both }, within: 20s }\n";
    let (bench, server, address) = bench(&[waits, waits]).await;
    let sent = async {
        server.asked_times(2).await;
        notify(address, "/", r#"{"id": "both"}"#);
    };
    let (told, ()) = tokio::join!(bench.run(), sent);
    for case in &told.outcome.cases {
        assert_eq!(case.status, Status::Passed, "{case:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_a_case_is_not_its_own() {
    let sends = "steps:\n  - { post: /, json: [{ id: 1 }] }\n";
    let waits = "steps:\n  - { await: { $.id: 1 }, absent: 1ms }\n";
    let (mut bench, _server, _) = bench(&[sends, waits]).await;
    bench.jobs = 1;
    let told = bench.run().await;
    assert_eq!(told.case(1).status, Status::Passed, "{:?}", told.case(1));
}

#[tokio::test]
async fn without_an_address_such_a_case_is_skipped() {
    let server = Server::start(|_, _| json(200, "{}")).await;
    let told = run(&server.origin, "steps:\n  - await: { $.id: 7 }\n").await;
    let Status::Skipped(why) = told.status() else {
        panic!("{:?}", told.status());
    };
    assert!(why.contains("a target with `notifications`"), "{why}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error() {
    let first = Notifications::listen("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    assert!(Notifications::listen(first.address()).await.is_err());
    let address = first.address();
    drop(first);
    // It is free again as soon as the task is gone.
    while Notifications::listen(address).await.is_err() {
        tokio::task::yield_now().await;
    }
}

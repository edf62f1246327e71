//! What is left of a sandbox when it is dropped: no port that stays taken, and no answer that is cut.

use std::io::{ErrorKind, Result};
use std::time::{Duration, Instant};

use sammati::sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A sandbox, and a connection to it on which a request was sent.
async fn asked(fault: Option<Value>) -> (Sandbox, TcpStream) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let address = sandbox.origin().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    if let Some(fault) = fault {
        let setup = json!({ "faults": [fault] }).to_string();
        say(&mut stream, "PUT /_sandbox/setup", &setup).await;
        whole_answer(&mut stream).await;
    }
    say(&mut stream, "GET /v2/fips", "").await;
    (sandbox, stream)
}

async fn say(stream: &mut TcpStream, what: &str, body: &str) {
    let length = body.len();
    let head = format!("{what} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
}

/// The next line, in lower case.
async fn line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        line.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(line).unwrap().to_lowercase()
}

/// The length of the body that comes after the head, which is read.
async fn head(stream: &mut TcpStream) -> usize {
    let mut length = 0;
    loop {
        let line = line(stream).await;
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            return length;
        }
    }
}

async fn whole_answer(stream: &mut TcpStream) {
    let length = head(stream).await;
    stream.read_exact(&mut vec![0; length]).await.unwrap();
}

/// What still comes once the sandbox is dropped.
async fn rest(sandbox: Sandbox, mut stream: TcpStream) -> (Vec<u8>, Result<usize>) {
    drop(sandbox);
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest).await;
    (rest, ended)
}

#[tokio::test]
async fn an_idle_connection_is_broken_off_so_that_no_port_stays_taken() {
    let (sandbox, mut stream) = asked(None).await;
    whole_answer(&mut stream).await;
    let pair = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
    let (bytes, ended) = rest(sandbox, stream).await;
    assert!(bytes.is_empty());
    let kind = ended.map_err(|error| error.kind());
    assert_eq!(kind, Err(ErrorKind::ConnectionReset));
    if cfg!(target_os = "linux") {
        assert_eq!(between(pair.0.port(), pair.1.port()), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_client_that_closes_first_keeps_no_port_taken_either() {
    let (sandbox, mut stream) = asked(None).await;
    whole_answer(&mut stream).await;
    let pair = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
    drop(stream);
    drop(sandbox);
    if cfg!(target_os = "linux") {
        // The tasks of the sandbox end in the meantime.
        let begun = Instant::now();
        while !between(pair.0.port(), pair.1.port()).is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "a port stays taken"
            );
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_waits_for_its_reader_comes_whole() {
    let long = "x".repeat(400_000);
    let fault = json!({ "on": "GET /v2/fips", "status": 500, "body": long });
    let (sandbox, mut stream) = asked(Some(fault)).await;
    assert_eq!(head(&mut stream).await, long.len());
    let (bytes, ended) = rest(sandbox, stream).await;
    assert_eq!(bytes.len(), long.len(), "{ended:?}");
}

#[tokio::test]
async fn an_answer_under_way_ends_as_far_as_it_came_without_a_reset() {
    let fault = json!({ "on": "GET /v2/fips", "slow_body": "100s" });
    let (sandbox, mut stream) = asked(Some(fault)).await;
    let length = head(&mut stream).await;
    let (bytes, ended) = rest(sandbox, stream).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert!(bytes.len() < length);
}

/// The system's sockets between two ports, in one direction or the other.
fn between(one: u16, other: u16) -> Vec<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let lines = table.lines().filter(|line| {
        let ports: Vec<_> = line.split_whitespace().skip(1).take(2).collect();
        let is = |at: usize, port: u16| {
            let wanted = format!(":{port:04X}");
            ports.get(at).is_some_and(|place| place.ends_with(&wanted))
        };
        is(0, one) && is(1, other) || is(0, other) && is(1, one)
    });
    lines.map(str::to_owned).collect()
}

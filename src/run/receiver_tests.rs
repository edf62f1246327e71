//! A receiver that is sent all kinds of things.

use super::*;
use std::io::ErrorKind;
use tokio::io::AsyncReadExt as _;

async fn connect(receiver: &Receiver) -> TcpStream {
    let authority = receiver.url()["http://".len()..].split('/').next().unwrap();
    TcpStream::connect(authority).await.unwrap()
}

fn path(receiver: &Receiver) -> &str {
    let rest = &receiver.url()["http://".len()..];
    &rest[rest.find('/').unwrap()..]
}

/// The status of the answer to these bytes, if there is one.
async fn say(receiver: &Receiver, bytes: &[u8]) -> Option<u16> {
    let mut stream = connect(receiver).await;
    // A receiver that has seen enough may be gone already.
    let _ = stream.write_all(bytes).await;
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.ok()?;
    String::from_utf8(answer).unwrap()[9..].parse().ok()
}

async fn post(receiver: &Receiver, path: &str, body: &str) -> Option<u16> {
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: a\r\nX-Name: v\r\ncontent-length: {length}\r\n\r\n");
    say(receiver, format!("{head}{body}").as_bytes()).await
}

fn bodies(inbox: &Inbox) -> Vec<String> {
    let text = |body: &Bytes| String::from_utf8_lossy(body).into_owned();
    inbox
        .after(0)
        .iter()
        .map(|notification| text(&notification.body))
        .collect()
}

#[tokio::test]
async fn what_comes_is_kept_in_order_until_it_is_taken() {
    let receiver = Receiver::start().await.unwrap();
    let inbox = receiver.inbox();
    for body in ["{\"a\": 1}", "no JSON", ""] {
        assert_eq!(post(&receiver, path(&receiver), body).await, Some(200));
    }
    assert_eq!(bodies(&inbox), ["{\"a\": 1}", "no JSON", ""]);
    let first = &inbox.after(0)[0];
    assert_eq!(first.path, path(&receiver));
    assert!(first.headers.contains(&("x-name".into(), "v".into())));
    inbox.take(2);
    assert_eq!(bodies(&inbox), ["{\"a\": 1}", ""]);
    assert_eq!(inbox.after(1)[0].number, 3);
    let counts = inbox.counts();
    assert_eq!((counts.came, counts.waiting, counts.refused), (3, 2, 0));
}

#[tokio::test]
async fn what_is_not_for_its_path_is_no_notification() {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    assert_ne!(path(&receiver), path(&other));
    assert_eq!(path(&receiver).len(), 33);
    let longer = format!("{}/x", path(&receiver));
    for elsewhere in ["/", path(&other), &longer] {
        assert_eq!(post(&receiver, elsewhere, "{}").await, Some(404));
    }
    let get = format!("GET {} HTTP/1.1\r\nhost: a\r\n\r\n", path(&receiver));
    assert_eq!(say(&receiver, get.as_bytes()).await, Some(405));
    assert_eq!(receiver.inbox().counts(), Counts::default());
}

#[tokio::test]
async fn what_is_malformed_or_too_large_breaks_nothing() {
    let receiver = Receiver::start().await.unwrap();
    let inbox = receiver.inbox();
    assert_eq!(say(&receiver, b"\x00\xff no HTTP\r\n\r\n").await, Some(400));
    let announced = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n",
        path(&receiver),
        LARGEST + 1
    );
    let large = [announced.into_bytes(), vec![b' '; LARGEST + 1]].concat();
    // The answer comes before all is read, and the connection may break on it.
    assert!(matches!(say(&receiver, &large).await, Some(413) | None));
    assert_eq!(inbox.counts().refused, 1);
    // A sender that breaks off.
    let half = format!(
        "POST {} HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{{",
        path(&receiver)
    );
    connect(&receiver)
        .await
        .write_all(half.as_bytes())
        .await
        .unwrap();
    assert_eq!(post(&receiver, path(&receiver), "{}").await, Some(200));
    assert_eq!(bodies(&inbox), ["{}"]);
}

#[tokio::test]
async fn there_is_room_for_so_many_and_no_more() {
    let receiver = Receiver::start().await.unwrap();
    let inbox = receiver.inbox();
    for _ in 0..MOST_KEPT {
        assert_eq!(inbox.put("/", Vec::new(), Bytes::new()), StatusCode::OK);
    }
    assert_eq!(post(&receiver, path(&receiver), "{}").await, Some(503));
    inbox.take(7);
    assert_eq!(post(&receiver, path(&receiver), "{}").await, Some(200));
    assert_eq!(inbox.counts().refused, 1);

    let inbox = Receiver::start().await.unwrap().inbox();
    let large = Bytes::from(vec![b' '; MOST_BYTES / 2]);
    assert_eq!(inbox.put("/", Vec::new(), large.clone()), StatusCode::OK);
    assert_eq!(inbox.put("/", Vec::new(), large.clone()), StatusCode::OK);
    let full = inbox.put("/", Vec::new(), Bytes::from_static(b" "));
    assert_eq!(full, StatusCode::SERVICE_UNAVAILABLE);
    inbox.take(1);
    assert_eq!(inbox.put("/", Vec::new(), large), StatusCode::OK);
}

#[tokio::test]
async fn slow_senders_keep_nobody_from_sending_for_long() {
    let receiver = Receiver::start().await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..MOST_CONNECTIONS - 1 {
        idle.push(connect(&receiver).await);
    }
    assert_eq!(post(&receiver, path(&receiver), "{}").await, Some(200));
}

#[tokio::test]
async fn it_ends_when_it_is_dropped() {
    let receiver = Receiver::start().await.unwrap();
    let mut open = connect(&receiver).await;
    let inbox = receiver.inbox();
    drop(receiver);
    // Either end of the connection tells: it is closed or reset.
    let read = open.read(&mut [0; 1]).await;
    assert!(matches!(read, Ok(0) | Err(_)));
    assert_eq!(inbox.counts(), Counts::default());
}

/// Says that nothing more comes, after an answer. How does the connection end?
async fn end_after_an_answer(address: &str, path: &str) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{{}}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    stream.shutdown().await.unwrap();
    stream.read(&mut [0]).await
}

#[tokio::test]
async fn no_port_of_a_sender_of_the_case_stays_taken() {
    let receiver = Receiver::start().await.unwrap();
    let authority = receiver.url()["http://".len()..].split('/').next().unwrap();
    let ended = end_after_an_answer(authority, path(&receiver)).await;
    let kind = ended.map_err(|error| error.kind());
    assert_eq!(kind, Err(ErrorKind::ConnectionReset));

    // Who sends to a whole run may be far away, and is not cut off.
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = Notifications::listen(any).await.unwrap();
    let ended = end_after_an_answer(&listening.address().to_string(), "/").await;
    assert_eq!(ended.unwrap(), 0);
}

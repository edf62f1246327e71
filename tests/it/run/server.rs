//! A server that says exactly what a test wants, bytes and silence included.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// As text, whatever it is.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the server does then.
pub(crate) enum Reply {
    /// These bytes; the connection stays.
    Say(String),
    /// The same, where they are no text.
    SayBytes(Vec<u8>),
    /// These bytes, and no more: the connection is closed.
    Break(String),
    /// The connection is closed as if nobody were there.
    Reset,
    /// Nothing at all.
    Silence,
}

pub(crate) struct Server {
    pub(crate) origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    count: watch::Receiver<usize>,
    connections: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers each request by the function, which also gets how many requests came before it.
    pub(crate) async fn start(
        answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let answer = Arc::new(answer);
        let (counter, count) = watch::channel(0);
        let task = tokio::spawn({
            let asked = Arc::clone(&asked);
            let connections = Arc::clone(&connections);
            async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    *connections.lock().unwrap() += 1;
                    tokio::spawn(serve(
                        stream,
                        Arc::clone(&answer),
                        Arc::clone(&asked),
                        counter.clone(),
                    ));
                }
            }
        });
        Server {
            origin,
            asked,
            count,
            connections,
            task,
        }
    }

    /// What was asked, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// What was asked, once it is so many requests.
    pub(crate) async fn asked_times(&self, times: usize) -> Vec<Asked> {
        let mut count = self.count.clone();
        let enough = count.wait_for(|count| *count >= times);
        let waited = tokio::time::timeout(Duration::from_secs(20), enough).await;
        match waited {
            Ok(Ok(_)) => self.asked(),
            _ => panic!("not asked {times} times: {:?}", self.paths()),
        }
    }

    /// `GET /a`, `POST /b` …
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |asked: &Asked| format!("{} {}", asked.method, asked.path);
        self.asked().iter().map(path).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// An answer with a body of JSON.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    with(status, &[("content-type", "application/json")], body)
}

/// An answer with headers.
pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    Reply::Say(format!(
        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}"
    ))
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&Asked, usize) -> Reply>,
    asked: Arc<Mutex<Vec<Asked>>>,
    counter: watch::Sender<usize>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        let before = {
            let mut asked = asked.lock().unwrap();
            asked.push(request.clone());
            asked.len() - 1
        };
        counter.send_modify(|count| *count += 1);
        match answer(&request, before) {
            Reply::Say(bytes) => {
                // A client may have seen enough of a long answer.
                if stream.write_all(bytes.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::SayBytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Break(bytes) => {
                let _client_gone = stream.write_all(bytes.as_bytes()).await;
                return;
            }
            Reply::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Reply::Silence => {
                // Until the client goes.
                let _end = stream.read(&mut [0; 1]).await;
                return;
            }
        }
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            break String::from_utf8(std::mem::replace(buffer, rest)).unwrap();
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let rest = buffer.split_off(length);
    let bytes = std::mem::replace(buffer, rest);
    Some(Asked {
        method: first.next()?.to_owned(),
        path: first.next()?.to_owned(),
        headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    })
}

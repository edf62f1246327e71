//! Receives a case's notifications, on loopback, at a path that nobody can guess.
//!
//! Whoever sends hears 200 at once: what a notification says is looked at later, by the step that waits for it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// The largest notification. Data that comes in notifications may be large.
const LARGEST: usize = 16 * 1024 * 1024;
/// What a case keeps, in notifications and in bytes.
const MOST_KEPT: usize = 1_000;
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many may send at once. Others wait until one of these is done.
const MOST_CONNECTIONS: usize = 64;
/// How long a sender may take for its headers, and how long for its body.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that receives until it is dropped.
#[derive(Debug)]
pub(super) struct Receiver {
    url: String,
    inbox: Arc<Inbox>,
    server: JoinHandle<()>,
}

/// What came and was not taken yet.
#[derive(Debug)]
pub(super) struct Inbox {
    kept: Mutex<Kept>,
    /// How many came, those that were refused included.
    came: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    notifications: Vec<Arc<Notification>>,
    bytes: usize,
    last_number: usize,
    refused: usize,
}

/// A notification as it came.
#[derive(Debug)]
pub(super) struct Notification {
    /// Its place among all that came.
    pub(super) number: usize,
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// How many came to an inbox, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// All that could be kept.
    pub(super) came: usize,
    /// Those that are still there.
    pub(super) waiting: usize,
    /// Those that were too large, or too many.
    pub(super) refused: usize,
}

impl Receiver {
    /// Listens at a free port of this machine, which others cannot reach.
    pub(super) async fn start() -> io::Result<Receiver> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let path = format!("/{}", unguessable()?);
        let url = format!("http://{}{path}", listener.local_addr()?);
        let inbox = Arc::new(Inbox {
            kept: Mutex::default(),
            came: watch::Sender::new(0),
        });
        let server = tokio::spawn(serve(listener, path.into(), Arc::clone(&inbox)));
        Ok(Receiver { url, inbox, server })
    }

    /// Where notifications are to be sent.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What came.
    pub(super) fn inbox(&self) -> Arc<Inbox> {
        Arc::clone(&self.inbox)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Inbox {
    /// Those that are there and came after that many, oldest first.
    pub(super) fn after(&self, number: usize) -> Vec<Arc<Notification>> {
        let kept = self.kept();
        let newer = kept
            .notifications
            .iter()
            .filter(|notification| notification.number > number);
        newer.cloned().collect()
    }

    /// Takes one out.
    pub(super) fn take(&self, number: usize) {
        let mut kept = self.kept();
        let kept = &mut *kept;
        kept.notifications.retain(|notification| {
            let stays = notification.number != number;
            if !stays {
                kept.bytes = kept.bytes.saturating_sub(notification.body.len());
            }
            stays
        });
    }

    /// How many came, and what became of them.
    pub(super) fn counts(&self) -> Counts {
        let kept = self.kept();
        Counts {
            came: kept.last_number,
            waiting: kept.notifications.len(),
            refused: kept.refused,
        }
    }

    /// Changes whenever something comes.
    pub(super) fn arrivals(&self) -> watch::Receiver<usize> {
        self.came.subscribe()
    }

    fn put(&self, path: &str, headers: Vec<(String, String)>, body: Bytes) -> StatusCode {
        let mut kept = self.kept();
        let is_full = kept.notifications.len() >= MOST_KEPT || kept.bytes + body.len() > MOST_BYTES;
        if is_full {
            drop(kept);
            return self.refuse(StatusCode::SERVICE_UNAVAILABLE);
        }
        kept.last_number += 1;
        kept.bytes += body.len();
        let number = kept.last_number;
        kept.notifications.push(Arc::new(Notification {
            number,
            path: path.to_owned(),
            headers,
            body,
        }));
        drop(kept);
        self.came.send_modify(|came| *came += 1);
        StatusCode::OK
    }

    /// Counts what could not be taken.
    fn refuse(&self, status: StatusCode) -> StatusCode {
        self.kept().refused += 1;
        self.came.send_modify(|came| *came += 1);
        status
    }

    /// What is behind the lock is whole at any time, so a panic elsewhere spoils nothing.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Text of 128 random bits. They come from the system: a run's seed is no secret.
fn unguessable() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

async fn serve(listener: TcpListener, path: Arc<str>, inbox: Arc<Inbox>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&path), Arc::clone(&inbox)));
                }
                // Most likely too many files are open: closing connections will help.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, path: Arc<str>, inbox: Arc<Inbox>) {
    let service = service_fn(|request| receive(request, &path, &inbox));
    // A sender that breaks off has only itself to blame.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn receive(
    request: Request<Incoming>,
    path: &str,
    inbox: &Inbox,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let status = if request.uri().path() != path {
        StatusCode::NOT_FOUND
    } else if request.method() != Method::POST {
        StatusCode::METHOD_NOT_ALLOWED
    } else {
        take_in(request, path, inbox).await
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}

async fn take_in(request: Request<Incoming>, path: &str, inbox: &Inbox) -> StatusCode {
    let (head, body) = request.into_parts();
    match timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await {
        Err(_) => StatusCode::REQUEST_TIMEOUT,
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            inbox.refuse(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Ok(Err(_)) => StatusCode::BAD_REQUEST,
        Ok(Ok(body)) => {
            let headers = head.headers.iter().map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            });
            inbox.put(path, headers.collect(), body.to_bytes())
        }
    }
}

#[cfg(test)]
#[path = "receiver_tests.rs"]
mod tests;

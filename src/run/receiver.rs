//! Receives notifications: those of one case, on loopback at a path that nobody can guess; or those of a whole
//! run, at an address that the target names.
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
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
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

/// A server for a whole run, at an address that was told to whoever sends.
///
/// It cannot know for whom a notification is, so each case that runs is given all that come while it runs, and
/// takes what it waits for; what one takes is there for the others still.
#[derive(Debug)]
pub struct Notifications {
    address: SocketAddr,
    cases: Arc<Cases>,
    server: JoinHandle<()>,
}

/// The inboxes of the cases that run. Each is the case's own, and is gone with it.
type Cases = Mutex<Vec<Weak<Inbox>>>;

/// Where what comes is put.
#[derive(Clone, Debug)]
enum Door {
    /// For one case, at this path alone.
    Case(Arc<str>, Arc<Inbox>),
    /// For all cases that run, at any path.
    Run(Arc<Cases>),
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
        let inbox = Arc::new(Inbox::new());
        let door = Door::Case(path.into(), Arc::clone(&inbox));
        let server = tokio::spawn(serve(listener, door));
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

impl Notifications {
    /// Listens at that address.
    ///
    /// # Errors
    ///
    /// If the address cannot be had: something else listens there, or it is none of this machine's.
    pub async fn listen(address: SocketAddr) -> io::Result<Notifications> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let cases = Arc::new(Cases::default());
        let server = tokio::spawn(serve(listener, Door::Run(Arc::clone(&cases))));
        Ok(Notifications {
            address,
            cases,
            server,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An inbox for a case, into which everything is put that comes from now on, until it is dropped.
    pub(super) fn inbox(&self) -> Arc<Inbox> {
        let inbox = Arc::new(Inbox::new());
        let mut cases = lock(&self.cases);
        cases.retain(|case| case.strong_count() > 0);
        cases.push(Arc::downgrade(&inbox));
        inbox
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Door {
    /// Whether notifications are taken at that path.
    fn is_at(&self, path: &str) -> bool {
        match self {
            Door::Case(own, _) => own.as_ref() == path,
            Door::Run(_) => true,
        }
    }

    /// Those whom a notification that comes now may be for.
    fn inboxes(&self) -> Vec<Arc<Inbox>> {
        match self {
            Door::Case(_, inbox) => vec![Arc::clone(inbox)],
            Door::Run(cases) => lock(cases).iter().filter_map(Weak::upgrade).collect(),
        }
    }

    /// What one case cannot keep another may; what nobody waits for is received and forgotten.
    fn put(&self, path: &str, headers: &[(String, String)], body: &Bytes) -> StatusCode {
        let answers = self
            .inboxes()
            .iter()
            .map(|inbox| inbox.put(path, headers.to_vec(), body.clone()))
            .collect::<Vec<_>>();
        let is_kept = answers.is_empty() || answers.contains(&StatusCode::OK);
        if is_kept {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }

    fn refuse(&self, status: StatusCode) -> StatusCode {
        for inbox in self.inboxes() {
            inbox.refuse(status);
        }
        status
    }
}

impl Inbox {
    fn new() -> Self {
        Inbox {
            kept: Mutex::default(),
            came: watch::Sender::new(0),
        }
    }

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

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

/// What is behind these locks is whole at any time, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Text of 128 random bits. They come from the system: a run's seed is no secret.
pub(super) fn unguessable() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

async fn serve(listener: TcpListener, door: Door) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, door.clone()));
                }
                // Most likely too many files are open: closing connections will help.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, door: Door) {
    let service = service_fn(|request| receive(request, &door));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .without_shutdown()
        .await;
    // A sender that breaks off has only itself to blame.
    let Ok(served) = served else { return };
    let mut stream = served.io.into_inner();
    match &door {
        // The sandbox has its answer and has closed: without a farewell no port of it stays taken for a minute, which
        // many cases would soon run out of. Where this cannot be set, one does.
        Door::Case(..) => {
            let _ = stream.set_zero_linger();
        }
        Door::Run(_) => {
            let _ = stream.shutdown().await;
        }
    }
}

async fn receive(
    request: Request<Incoming>,
    door: &Door,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let status = if !door.is_at(request.uri().path()) {
        StatusCode::NOT_FOUND
    } else if request.method() != Method::POST {
        StatusCode::METHOD_NOT_ALLOWED
    } else {
        take_in(request, door).await
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}

async fn take_in(request: Request<Incoming>, door: &Door) -> StatusCode {
    let (head, body) = request.into_parts();
    match timeout(PATIENCE, Limited::new(body, LARGEST).collect()).await {
        Err(_) => StatusCode::REQUEST_TIMEOUT,
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            door.refuse(StatusCode::PAYLOAD_TOO_LARGE)
        }
        Ok(Err(_)) => StatusCode::BAD_REQUEST,
        Ok(Ok(body)) => {
            let headers = head.headers.iter().map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            });
            let headers: Vec<_> = headers.collect();
            door.put(head.uri.path(), &headers, &body.to_bytes())
        }
    }
}

#[cfg(test)]
#[path = "receiver_tests.rs"]
mod tests;

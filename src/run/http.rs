//! One exchange over the wire. The only file that knows `hyper`'s client.
//!
//! Redirects, cookies and secrets are the caller's matter; the environment's proxies are not looked at.

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::decode::{Undecodable, decode};
use super::no_answer::{bytes, explain, explain_body};
use super::tls::Tls;
use crate::model::exchange::Response;

/// Many servers close a connection that was idle for a few seconds. A request that is under way just then
/// fails and must not be sent twice, so a connection is not used again after a shorter pause than theirs.
const IDLE: Duration = Duration::from_millis(1500);

/// How often a connection on which nothing moves is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Plain = Client<HttpConnector, Full<Bytes>>;
type Secure = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The clients of a run: what is sent to one server shares its connections.
#[derive(Debug)]
pub(super) struct Http {
    plain: Plain,
    /// One for each setting that some request has, made when the first is sent.
    secure: Mutex<HashMap<Tls, Result<Secure, String>>>,
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) method: String,
    pub(super) url: Url,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
    /// What is shown in place of a body that people cannot read.
    pub(super) brief: Option<Arc<str>>,
    /// What is asked of TLS; by default what the system says.
    pub(super) tls: Arc<Tls>,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoAnswer {
    pub(super) message: String,
    /// Whether the time was up.
    pub(super) timed_out: bool,
}

/// What one exchange may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// When it must have ended.
    pub(super) deadline: Instant,
    /// The largest body.
    pub(super) max_body: u64,
}

impl Http {
    /// The clients; certificates are read only when something is sent by `https`.
    pub(super) fn new() -> Self {
        Http {
            plain: builder().build(connector()),
            secure: Mutex::default(),
        }
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn exchange(
        &self,
        outgoing: &Outgoing,
        allowance: Allowance,
    ) -> Result<Response, NoAnswer> {
        let started = Instant::now();
        let mut read = 0;
        match timeout_at(
            allowance.deadline,
            self.unbounded(outgoing, allowance.max_body, started, &mut read),
        )
        .await
        {
            Ok(answer) => answer.map_err(|message| NoAnswer {
                message,
                timed_out: false,
            }),
            Err(_) => Err(NoAnswer {
                message: match read {
                    0 => "no answer".into(),
                    read => format!("the body did not end: {read} bytes came"),
                },
                timed_out: true,
            }),
        }
    }

    async fn unbounded(
        &self,
        outgoing: &Outgoing,
        max_body: u64,
        started: Instant,
        read: &mut u64,
    ) -> Result<Response, String> {
        let answer = self.send(outgoing).await?;
        let expected = answer
            .body()
            .size_hint()
            .exact()
            .filter(|_| outgoing.method != "HEAD");
        if expected.is_some_and(|length| length > max_body) {
            return Err(too_large(max_body));
        }
        let (head, mut incoming) = answer.into_parts();
        let mut body = Body::Empty;
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| explain_body(&error, *read, expected))?;
            // Trailers say nothing that anybody asks for.
            if let Ok(chunk) = frame.into_data() {
                *read += chunk.len() as u64;
                if *read > max_body {
                    return Err(too_large(max_body));
                }
                body.add(chunk);
            }
        }
        let headers: Vec<(String, String)> = head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let body = decode(&headers, body.into_bytes(), max_body).map_err(|why| match why {
            Undecodable::TooLarge(encoding) => {
                format!("{} once it is decoded from {encoding}", too_large(max_body))
            }
            Undecodable::Broken(message) => message,
        })?;
        Ok(Response {
            status: head.status.as_u16(),
            reason: head.status.canonical_reason().unwrap_or(""),
            headers,
            body,
            url: outgoing.url.to_string(),
            duration: started.elapsed(),
            json: OnceLock::new(),
        })
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<hyper::Response<Incoming>, String> {
        let request = outgoing.to_request()?;
        let answered = if outgoing.url.scheme() == "https" {
            self.secure(&outgoing.tls)?.request(request).await
        } else {
            self.plain.request(request).await
        };
        answered.map_err(|error| explain(&error, &outgoing.url))
    }

    fn secure(&self, tls: &Tls) -> Result<Secure, String> {
        // What is behind the lock is whole at any time, so a panic elsewhere spoils nothing.
        let mut clients = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(tls) {
            return client.clone();
        }
        let client = tls.config().map(|config| {
            let mut connector = connector();
            connector.enforce_http(false);
            builder().build(HttpsConnector::from((connector, config)))
        });
        clients.insert(tls.clone(), client.clone());
        client
    }
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEP_ALIVE));
    connector
}

fn builder() -> legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE);
    builder
}

/// A body of one piece, as most are, is not copied.
enum Body {
    Empty,
    One(Bytes),
    Many(BytesMut),
}

impl Body {
    fn add(&mut self, chunk: Bytes) {
        *self = match std::mem::replace(self, Body::Empty) {
            Body::Empty => Body::One(chunk),
            Body::One(first) => {
                let mut whole = BytesMut::with_capacity((first.len() + chunk.len()) * 2);
                whole.extend_from_slice(&first);
                whole.extend_from_slice(&chunk);
                Body::Many(whole)
            }
            Body::Many(mut whole) => {
                whole.extend_from_slice(&chunk);
                Body::Many(whole)
            }
        };
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Body::Empty => Bytes::new(),
            Body::One(chunk) => chunk,
            Body::Many(whole) => whole.freeze(),
        }
    }
}

impl Outgoing {
    fn to_request(&self) -> Result<hyper::Request<Full<Bytes>>, String> {
        let method = Method::from_bytes(self.method.as_bytes())
            .map_err(|_| format!("`{}` is not a method", self.method))?;
        let uri: Uri = self
            .url
            .as_str()
            .parse()
            .map_err(|error| format!("the URL cannot be sent: {error}"))?;
        let mut request = hyper::Request::new(Full::new(self.body.clone().unwrap_or_default()));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        for (name, value) in &self.headers {
            match (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value.as_bytes()),
            ) {
                (Ok(name), Ok(value)) => request.headers_mut().append(name, value),
                _ => return Err(format!("the header `{name}` cannot be sent")),
            };
        }
        // Some servers refuse a method that has a body with it and says no length (RFC 9110, section 8.6).
        let has_body = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if self.body.as_ref().map_or(has_body, Bytes::is_empty) {
            let headers = request.headers_mut();
            headers
                .entry(CONTENT_LENGTH)
                .or_insert(HeaderValue::from(0));
        }
        Ok(request)
    }
}

/// What is wrong with a header, if it cannot be sent.
pub(super) fn header_problem(name: &str, value: &str) -> Option<String> {
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some(format!("`{name}` cannot be a header's name"));
    }
    HeaderValue::from_bytes(value.as_bytes()).is_err().then(|| {
        format!("the header `{name}` has a line break or a control character in its value")
    })
}

fn too_large(max_body: u64) -> String {
    format!("the body is larger than max_body ({})", bytes(max_body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_would_split_a_request_are_refused() {
        assert_eq!(header_problem("x-a", "b"), None);
        assert_eq!(header_problem("x-a", "é"), None);
        assert!(header_problem("x a", "b").is_some());
        assert!(header_problem("x-a", "b\r\nx-c: d").is_some());
    }
}

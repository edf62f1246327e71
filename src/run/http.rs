//! One exchange over the wire. The only file of `run` that knows `reqwest`, beside `no_answer`.
//!
//! Redirects, cookies and secrets are the caller's matter; the environment's proxies are not looked at.

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method};
use rustls::{ClientConfig, RootCertStore};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::alert::Alert;
use super::decode::{Undecodable, decode};
use super::no_answer::{bytes, explain, explain_body, innermost};
use super::tls::Tls;
use crate::model::exchange::Response;

/// Many servers close a connection that was idle for a few seconds. A request that is under way just then
/// fails and must not be sent twice, so a connection is not used again after a shorter pause than theirs.
const IDLE: Duration = Duration::from_millis(1500);

/// The clients of a run: what is sent to one server shares its connections.
#[derive(Debug)]
pub(super) struct Http {
    plain: Client,
    /// Where names of hosts lead to, in place of what a name server says.
    resolve: Vec<(String, SocketAddr)>,
    /// One for each setting that some request has, made when the first is sent.
    secure: Mutex<HashMap<Tls, Result<Client, String>>>,
    alert: Alert,
    left: Left,
}

/// Servers of this run that are gone, by their origins: a connection of one may be held still.
#[derive(Clone, Debug, Default)]
pub(super) struct Left(Arc<Mutex<HashMap<String, Instant>>>);

impl Left {
    /// Notes that the server at that origin goes.
    pub(super) fn note(&self, origin: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // None of them is used after so long, whoever listens there. Not looked for each time: there may be thousands.
        if all.len().is_power_of_two() {
            all.retain(|_, at| now.duration_since(*at) <= IDLE);
        }
        all.insert(origin.to_owned(), now);
    }

    /// Whether a connection that is held could be to one that was there before.
    pub(super) fn is_known(&self, origin: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get(origin);
        left.is_some_and(|at| at.elapsed() <= IDLE)
    }
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
    /// Whether another try would surely end in the same way.
    pub(super) is_final: bool,
}

impl From<String> for NoAnswer {
    fn from(message: String) -> Self {
        NoAnswer {
            message,
            timed_out: false,
            is_final: false,
        }
    }
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
    pub(super) fn new(resolve: &[(String, SocketAddr)]) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // It trusts nobody and is never used: without one, reqwest would read the system's certificates.
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the cipher suites of TLS 1.2 and 1.3")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Http {
            plain: client(tls, resolve)
                .expect("a client with a TLS configuration of ours needs nothing else"),
            resolve: resolve.to_vec(),
            secure: Mutex::default(),
            alert: Alert::default(),
            left: Left::default(),
        }
    }

    /// The servers that are gone.
    pub(super) fn left(&self) -> &Left {
        &self.left
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn exchange(
        &self,
        outgoing: &Outgoing,
        allowance: Allowance,
    ) -> Result<Response, NoAnswer> {
        let started = Instant::now();
        let mut read = 0;
        let answered = {
            let answer = pin!(self.unbounded(outgoing, allowance.max_body, started, &mut read));
            timeout_at(allowance.deadline, self.alert.wait(answer)).await
        };
        match answered {
            Ok(answer) => answer,
            Err(_) => Err(NoAnswer {
                message: match read {
                    0 => "no answer".into(),
                    read => format!("the body did not end: {read} bytes came"),
                },
                timed_out: true,
                is_final: false,
            }),
        }
    }

    async fn unbounded(
        &self,
        outgoing: &Outgoing,
        max_body: u64,
        started: Instant,
        read: &mut u64,
    ) -> Result<Response, NoAnswer> {
        let mut answer = self
            .client(outgoing)?
            .execute(outgoing.to_request()?)
            .await
            .map_err(|error| explain(&error, &outgoing.url))?;
        let expected = answer
            .content_length()
            .filter(|_| outgoing.method != "HEAD");
        if expected.is_some_and(|length| length > max_body) {
            return Err(too_large(max_body));
        }
        let mut body = Body::Empty;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => {
                    *read += chunk.len() as u64;
                    if *read > max_body {
                        return Err(too_large(max_body));
                    }
                    body.add(chunk);
                }
                Ok(None) => break,
                Err(error) => return Err(explain_body(&error, *read, expected).into()),
            }
        }
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let body = decode(&headers, body.into_bytes(), max_body).map_err(|why| match why {
            Undecodable::TooLarge(encoding) => {
                let mut told = too_large(max_body);
                told.message.push_str(" once it is decoded from ");
                told.message.push_str(&encoding);
                told
            }
            Undecodable::Broken(message) => NoAnswer::from(message),
        })?;
        Ok(Response {
            status: answer.status().as_u16(),
            reason: answer.status().canonical_reason().unwrap_or(""),
            headers,
            body,
            url: outgoing.url.to_string(),
            duration: started.elapsed(),
            json: OnceLock::new(),
        })
    }

    fn client(&self, outgoing: &Outgoing) -> Result<Client, String> {
        if outgoing.url.scheme() != "https" {
            return Ok(self.plain.clone());
        }
        // What is behind the lock is whole at any time, so a panic elsewhere spoils nothing.
        let mut clients = self.secure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(outgoing.tls.as_ref()) {
            return client.clone();
        }
        let made = outgoing
            .tls
            .config()
            .and_then(|config| client(config, &self.resolve).map_err(|error| innermost(&error)));
        clients.insert(outgoing.tls.as_ref().clone(), made.clone());
        made
    }
}

fn client(tls: ClientConfig, resolve: &[(String, SocketAddr)]) -> reqwest::Result<Client> {
    let mut builder = ClientBuilder::new();
    for (name, address) in resolve {
        builder = builder.resolve(name, *address);
    }
    builder
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(IDLE)
        .build()
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
    fn to_request(&self) -> Result<reqwest::Request, String> {
        let method = Method::from_bytes(self.method.as_bytes())
            .map_err(|_| format!("`{}` is not a method", self.method))?;
        let mut request = reqwest::Request::new(method, self.url.clone());
        for (name, value) in &self.headers {
            match (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_bytes(value.as_bytes()),
            ) {
                (Ok(name), Ok(value)) => request.headers_mut().append(name, value),
                _ => return Err(format!("the header `{name}` cannot be sent")),
            };
        }
        *request.body_mut() = self.body.clone().map(reqwest::Body::from);
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

fn too_large(max_body: u64) -> NoAnswer {
    NoAnswer {
        message: format!("the body is larger than max_body ({})", bytes(max_body)),
        timed_out: false,
        is_final: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_new_again_when_no_connection_to_it_can_be_held() {
        let left = Left::default();
        assert!(!left.is_known("http://127.0.0.1:1"));
        left.note("http://127.0.0.1:1");
        assert!(left.is_known("http://127.0.0.1:1") && !left.is_known("http://127.0.0.1:2"));
        let long_ago = Instant::now().checked_sub(IDLE * 2).unwrap();
        let old = "http://127.0.0.1:1".to_owned();
        left.0.lock().unwrap().insert(old.clone(), long_ago);
        assert!(!left.is_known(&old));
        left.note("http://127.0.0.1:2");
        assert_eq!(left.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn headers_that_would_split_a_request_are_refused() {
        assert_eq!(header_problem("x-a", "b"), None);
        assert_eq!(header_problem("x-a", "é"), None);
        assert!(header_problem("x a", "b").is_some());
        assert!(header_problem("x-a", "b\r\nx-c: d").is_some());
    }
}

//! One exchange over the wire. The only file of `run` that knows `reqwest`.
//!
//! Redirects, cookies and secrets are the caller's matter; the environment's proxies are not looked at.

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::model::exchange::Response;

/// Many servers close a connection that was idle for a few seconds. A request that is under way just then
/// fails and must not be sent twice, so a connection is not used again after a shorter pause than theirs.
const IDLE: Duration = Duration::from_millis(1500);

/// The clients of a run: what is sent to one server shares its connections.
#[derive(Debug)]
pub(super) struct Http {
    plain: Client,
    secure: OnceLock<Result<Client, String>>,
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) method: String,
    pub(super) url: Url,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the cipher suites of TLS 1.2 and 1.3")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        Http {
            plain: client(tls)
                .expect("a client with a TLS configuration of ours needs nothing else"),
            secure: OnceLock::new(),
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
        let mut answer = self
            .client(&outgoing.url)?
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
                Err(error) => return Err(explain_body(&error, *read, expected)),
            }
        }
        let status = answer.status();
        Ok(Response {
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or(""),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body: body.into_bytes(),
            url: outgoing.url.to_string(),
            duration: started.elapsed(),
            json: OnceLock::new(),
        })
    }

    fn client(&self, url: &Url) -> Result<&Client, String> {
        if url.scheme() != "https" {
            return Ok(&self.plain);
        }
        self.secure
            .get_or_init(|| {
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let tls = ClientConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()
                    .and_then(BuilderExt::verified)
                    .map_err(|error| {
                        format!("the system's certificates cannot be used: {error}")
                    })?;
                client(tls).map_err(|error| innermost(&error))
            })
            .as_ref()
            .map_err(String::clone)
    }
}

/// Certificates are checked as the operating system checks them.
trait BuilderExt {
    fn verified(self) -> Result<ClientConfig, rustls::Error>;
}

impl BuilderExt for rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    fn verified(self) -> Result<ClientConfig, rustls::Error> {
        Ok(self.with_platform_verifier()?.with_no_client_auth())
    }
}

fn client(tls: ClientConfig) -> reqwest::Result<Client> {
    ClientBuilder::new()
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

fn bytes(count: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match count {
        _ if count >= MIB && count.is_multiple_of(MIB) => format!("{} MiB", count / MIB),
        _ if count >= KIB && count.is_multiple_of(KIB) => format!("{} KiB", count / KIB),
        1 => "1 byte".into(),
        _ => format!("{count} bytes"),
    }
}

fn explain(error: &reqwest::Error, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let authority = match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let says = |words: &str| chain(error).any(|cause| cause.to_string().contains(words));
    if says("dns error") {
        return format!("the host `{host}` cannot be found");
    }
    if let Some(kind) = io_kind(error) {
        match kind {
            io::ErrorKind::ConnectionRefused => {
                return format!("connection refused by {authority}");
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                return format!("{authority} dropped the connection before it answered");
            }
            io::ErrorKind::TimedOut => return format!("{authority} cannot be reached"),
            _ => {}
        }
    }
    if says("connection closed before message completed") {
        return format!("{authority} closed the connection before it answered");
    }
    if says("message head is too large") {
        return "the answer has too many headers, or too large ones".into();
    }
    if says("invalid HTTP") || says("invalid content-length") || says("unexpected message") {
        return format!("the answer is not HTTP: {}", innermost(error));
    }
    if url.scheme() == "https" && error.is_connect() {
        return format!("no secure connection to {authority}: {}", innermost(error));
    }
    format!("no answer from {authority}: {}", innermost(error))
}

fn explain_body(error: &reqwest::Error, read: u64, expected: Option<u64>) -> String {
    let says = |words: &str| chain(error).any(|cause| cause.to_string().contains(words));
    let came = match expected {
        Some(expected) => format!("after {read} of {}", bytes(expected)),
        None => format!("after {}", bytes(read)),
    };
    if says("end of file before message length reached") || says("unexpected EOF") {
        return format!("the body ended early {came}");
    }
    match io_kind(error) {
        Some(io::ErrorKind::UnexpectedEof) => format!("the body ended early {came}"),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            format!("the connection was dropped {came}")
        }
        _ => format!("the body broke off {came}: {}", innermost(error)),
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = error;
    std::iter::successors(Some(first), |cause: &&(dyn StdError + 'static)| {
        (*cause).source()
    })
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .last()
        .map(io::Error::kind)
}

fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (count, text) in [
            (1, "1 byte"),
            (100, "100 bytes"),
            (2048, "2 KiB"),
            (16 << 20, "16 MiB"),
            (1025, "1025 bytes"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn headers_that_would_split_a_request_are_refused() {
        assert_eq!(header_problem("x-a", "b"), None);
        assert_eq!(header_problem("x-a", "é"), None);
        assert!(header_problem("x a", "b").is_some());
        assert!(header_problem("x-a", "b\r\nx-c: d").is_some());
    }
}

//! What the stand-in's hosts answer: what the sandbox does, and what Setu's gateway was seen to do beside that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::host::Host;
use super::relay::Relay;

/// Each of so many requests to the API is one too many.
const ONE_IN: usize = 25;
/// How long whoever sends one too many is told to wait.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// An answer, as it was given.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) host: Host,
    /// `GET /v2/fips`.
    pub(crate) asked: String,
    /// With this body.
    pub(crate) sent: Bytes,
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) at: Instant,
}

pub(crate) struct Gateway {
    /// The sandbox's.
    origin: String,
    client: reqwest::Client,
    relay: Arc<Relay>,
    calls: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
    /// The consents that must be given in each collection.
    collections: Mutex<HashMap<String, Vec<String>>>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Gateway {
    pub(crate) fn new(origin: String, client: reqwest::Client, relay: Arc<Relay>) -> Gateway {
        Gateway {
            origin,
            client,
            relay,
            calls: AtomicUsize::new(0),
            seen: Mutex::default(),
            collections: Mutex::default(),
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) async fn answer(
        &self,
        host: Host,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes());
        let body = body.unwrap_or_default();
        let sent = body.clone();
        let asked = format!("{} {}", head.method, head.uri.path());
        let answer = if !host.has(head.uri.path()) {
            plain(
                StatusCode::NOT_FOUND,
                json!({ "message": "no Route matched with those values" }),
            )
        } else if host == Host::Api && self.is_one_too_many() {
            too_many()
        } else if asked == "POST /v2/consents" && is_for_setus_own_aggregator(&body) {
            refused_by_its_aggregator()
        } else {
            let answer = self
                .ask(&head.method, &head.uri.to_string(), &head.headers, body)
                .await;
            if asked == "POST /v2/consents/collection" && answer.status == StatusCode::OK {
                self.remember(&sent, &answer.text);
            }
            answer
        };
        if host == Host::Pages {
            self.tell_around_the_redirect(&asked, answer.status).await;
        }
        self.seen.lock().unwrap().push(Seen {
            host,
            asked,
            sent,
            status: answer.status.as_u16(),
            text: answer.text.clone(),
            at: Instant::now(),
        });
        let mut response = Response::new(Full::from(answer.text));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }

    fn is_one_too_many(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) % ONE_IN == ONE_IN - 1
    }

    /// Asks the sandbox, whose pages have another host here.
    async fn ask(&self, method: &Method, uri: &str, headers: &HeaderMap, body: Bytes) -> Answer {
        let url = format!("{}{uri}", self.origin);
        let mut asked = self.client.request(method.clone(), url).body(body);
        for (name, value) in headers {
            if ![CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING].contains(name) {
                asked = asked.header(name, value);
            }
        }
        let answer = asked.send().await.unwrap();
        let status = answer.status();
        let mut headers = answer.headers().clone();
        for of_one_connection in [CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING] {
            headers.remove(of_one_connection);
        }
        let pages = format!("https://{}", Host::Pages.name());
        Answer {
            status,
            headers,
            text: answer.text().await.unwrap().replace(&self.origin, &pages),
        }
    }

    fn remember(&self, request: &[u8], answer: &str) {
        let request: Value = serde_json::from_slice(request).unwrap();
        let answer: Value = serde_json::from_str(answer).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let consents = request["mandatoryConsents"].as_array().unwrap();
        let consents = consents.iter().map(text).collect();
        let mut collections = self.collections.lock().unwrap();
        collections.insert(text(&answer["consentCollectionId"]), consents);
    }

    /// What the customer's answer brings about is told before they are led back, or after that.
    async fn tell_around_the_redirect(&self, asked: &str, status: StatusCode) {
        let consent = asked.split('/').nth(4).unwrap_or_default();
        if asked.starts_with("POST ") && asked.ends_with("/review") && status.is_redirection() {
            let of_collection = self.collections.lock().unwrap().get(consent).cloned();
            for consent in of_collection.unwrap_or_else(|| vec![consent.to_owned()]) {
                self.relay.heard_of(&consent).await;
            }
        }
        if asked.starts_with("GET ") && asked.ends_with("/done") {
            let relay = Arc::clone(&self.relay);
            tokio::spawn(async move { relay.let_go().await });
        }
    }
}

/// As the gateway answers before a request comes to Setu.
fn plain(status: StatusCode, body: Value) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    Answer {
        status,
        headers,
        text: body.to_string(),
    }
}

fn too_many() -> Answer {
    let body = json!({ "message": "API rate limit exceeded" });
    let mut answer = plain(StatusCode::TOO_MANY_REQUESTS, body);
    answer.headers.insert(RETRY_AFTER, PAUSE.as_secs().into());
    answer
}

fn is_for_setus_own_aggregator(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["vua"]
        .as_str()
        .is_some_and(|vua| vua.ends_with("@setu"))
}

fn refused_by_its_aggregator() -> Answer {
    let body = json!({
        "traceId": "1-68a4aa81-0123456789abcdef01234567",
        "errorCode": "InternalServerError",
        "errorMsg": "ConsentObjectCreationFailure: internal error while fetching consent details from upstream AA",
    });
    plain(StatusCode::INTERNAL_SERVER_ERROR, body)
}

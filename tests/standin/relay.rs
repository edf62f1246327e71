//! Notifications on their way from the sandbox to the URL on the Bridge. Of two customers' approvals one is told before
//! the customer is led back, the other after that.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// When a notification was sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    BeforeTheRedirect,
    AfterTheRedirect,
    AtOnce,
}

/// A notification that was sent on.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) when: When,
    pub(crate) body: Value,
}

pub(crate) struct Relay {
    bridge: SocketAddr,
    client: reqwest::Client,
    kept: Mutex<Kept>,
    /// How many approvals were heard of.
    heard: watch::Sender<usize>,
}

#[derive(Default)]
struct Kept {
    /// The consents whose approval was heard of.
    consents: HashSet<String>,
    held: Vec<Value>,
    told: Vec<Told>,
}

impl Relay {
    pub(crate) fn new(bridge: SocketAddr, client: reqwest::Client) -> Relay {
        Relay {
            bridge,
            client,
            kept: Mutex::default(),
            heard: watch::Sender::new(0),
        }
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.kept.lock().unwrap().told.clone()
    }

    /// Hears what the sandbox tells.
    pub(crate) async fn receive(self: Arc<Self>, mailbox: TcpListener) {
        loop {
            let (stream, _) = mailbox.accept().await.unwrap();
            let relay = Arc::clone(&self);
            let service = service_fn(move |request: Request<Incoming>| {
                let relay = Arc::clone(&relay);
                async move {
                    let body = request.into_body().collect().await;
                    let body = serde_json::from_slice(&body.unwrap().to_bytes());
                    relay.take(body.unwrap()).await;
                    Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }

    async fn take(&self, body: Value) {
        let is_approval =
            body["type"] == "CONSENT_STATUS_UPDATE" && body["data"]["status"] == "ACTIVE";
        if !is_approval {
            return self.send(When::AtOnce, body).await;
        }
        let consent = body["consentId"].as_str().unwrap().to_owned();
        let is_late = {
            let mut kept = self.kept.lock().unwrap();
            let is_late = kept.consents.len() % 2 == 1;
            if is_late {
                kept.held.push(body.clone());
            }
            is_late
        };
        if !is_late {
            self.send(When::BeforeTheRedirect, body).await;
        }
        self.kept.lock().unwrap().consents.insert(consent);
        self.heard.send_modify(|count| *count += 1);
    }

    /// Waits until the approval of that consent was heard of, and told if it is one of those that are told early.
    pub(crate) async fn heard_of(&self, consent: &str) {
        let mut heard = self.heard.subscribe();
        let is_known = |_: &usize| self.kept.lock().unwrap().consents.contains(consent);
        let waited = tokio::time::timeout(Duration::from_secs(10), heard.wait_for(is_known)).await;
        waited.expect("an approval is told of").unwrap();
    }

    /// Tells what was kept until the customer was led back.
    pub(crate) async fn let_go(&self) {
        let held = std::mem::take(&mut self.kept.lock().unwrap().held);
        for body in held {
            self.send(When::AfterTheRedirect, body).await;
        }
    }

    async fn send(&self, when: When, body: Value) {
        let to = format!("http://{}/setu", self.bridge);
        let sent = self
            .client
            .post(to)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await;
        // The last ones come when the run is over and nobody listens; they are sent once.
        if sent.is_ok() {
            self.kept.lock().unwrap().told.push(Told { when, body });
        }
    }
}

//! Pages for a browser that is to trust a CA of the target's: what it would get by `https` is got here, by the client
//! and the checks of requests, and handed to it.
//!
//! Chromium reads no file of a CA. Its list of keys for which it ignores errors is no way out: it looks for them among
//! all certificates that a server shows, and anybody can show a CA's. To let errors pass in general is `insecure`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use super::super::decode::ACCEPTED;
use super::super::http::{Allowance, Http, NoAnswer, Outgoing};
use super::super::tls::Tls;
use super::connection::Connection;
use crate::model::exchange::Response;

/// How long something may take to come; a step mostly gives up before.
const LIMIT: Duration = Duration::from_secs(120);
/// The largest thing that a page may load.
const LARGEST: u64 = 64 << 20;
/// What is said of one connection, or of a body as it was before it was decoded.
const OF_THE_WIRE: [&str; 6] = [
    "connection",
    "content-encoding",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
];

/// What gets pages in the browser's place.
pub(super) struct Courier {
    http: Http,
    tls: Arc<Tls>,
}

/// The tab that it is done for.
pub(super) struct Customer {
    pub(super) browser: Arc<Connection>,
    pub(super) session: String,
    /// The frame of the tab's page.
    pub(super) frame: String,
}

impl Courier {
    pub(super) fn new(ca: Vec<u8>, resolve: &[(String, SocketAddr)]) -> Courier {
        Courier {
            http: Http::new(resolve),
            // A client's certificate is for requests: pages load things from hosts that nobody has named.
            tls: Arc::new(Tls {
                ca: Some(ca),
                ..Tls::default()
            }),
        }
    }

    /// What a tab must say to be asked before something is loaded.
    pub(super) fn patterns() -> Value {
        json!({ "patterns": [{ "urlPattern": "https://*" }] })
    }

    /// Gets what the tab asks for, until it is gone.
    pub(super) async fn serve(
        self: Arc<Self>,
        customer: Customer,
        mut asked: mpsc::UnboundedReceiver<Value>,
    ) {
        let customer = Arc::new(customer);
        let mut errands = JoinSet::new();
        loop {
            tokio::select! {
                paused = asked.recv() => {
                    let Some(paused) = paused else { return };
                    let (courier, customer) = (Arc::clone(&self), Arc::clone(&customer));
                    errands.spawn(async move { courier.deliver(&customer, &paused).await });
                }
                Some(_) = errands.join_next() => {}
            }
        }
    }

    async fn deliver(&self, customer: &Customer, paused: &Value) {
        let is_page =
            paused["resourceType"] == "Document" && paused["frameId"] == customer.frame.as_str();
        let id = &paused["requestId"];
        let got = self.get(&paused["request"]).await;
        if is_page {
            let trouble = got.as_ref().err().map(|why| why.message.clone());
            customer.browser.note_trouble(&customer.session, trouble);
        }
        let reason = match got {
            Ok(response) => {
                let delivered = customer.tell("Fetch.fulfillRequest", fulfilled(id, &response));
                match delivered.await {
                    Ok(_) => return,
                    Err(_) => "Failed",
                }
            }
            Err(why) if why.timed_out => "TimedOut",
            Err(_) => "ConnectionFailed",
        };
        // Whoever asked may be gone by now.
        let failed = json!({ "requestId": id, "errorReason": reason });
        let _ = customer.tell("Fetch.failRequest", failed).await;
    }

    async fn get(&self, request: &Value) -> Result<Response, NoAnswer> {
        let outgoing = Outgoing {
            method: request["method"].as_str().unwrap_or("GET").to_owned(),
            url: Url::parse(request["url"].as_str().unwrap_or_default())
                .map_err(|error| error.to_string())?,
            headers: headers(request),
            body: body(request)?,
            brief: None,
            tls: Arc::clone(&self.tls),
        };
        let allowance = Allowance {
            deadline: Instant::now() + LIMIT,
            max_body: LARGEST,
        };
        self.http.exchange(&outgoing, allowance).await
    }
}

impl Customer {
    async fn tell(&self, method: &str, parameters: Value) -> Result<Value, String> {
        self.browser
            .call(Some(&self.session), method, parameters)
            .await
    }
}

fn headers(request: &Value) -> Vec<(String, String)> {
    let said = request["headers"].as_object().into_iter().flatten();
    let said = said.filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_ours = OF_THE_WIRE.contains(&name.as_str()) || name == "accept-encoding";
        Some((name, value.as_str()?.to_owned())).filter(|_| !is_ours)
    });
    let accepted = ("accept-encoding".to_owned(), ACCEPTED.to_owned());
    said.chain([accepted]).collect()
}

fn body(request: &Value) -> Result<Option<Bytes>, String> {
    if request["hasPostData"] != true {
        return Ok(None);
    }
    let mut body = Vec::new();
    let parts = request["postDataEntries"].as_array();
    for part in parts.ok_or("the browser does not say what the page sends")? {
        // A file of this machine comes without.
        let bytes = part["bytes"]
            .as_str()
            .ok_or("the page sends a file, which is not done where the target has a `ca`")?;
        let bytes = STANDARD
            .decode(bytes)
            .map_err(|error| format!("what the page sends cannot be read: {error}"))?;
        body.extend_from_slice(&bytes);
    }
    Ok(Some(body.into()))
}

/// An answer, as the browser takes it.
fn fulfilled(id: &Value, response: &Response) -> Value {
    let headers: Vec<Value> = response
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_WIRE.contains(&name.as_str()))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let phrase = match response.reason {
        "" => "Unknown",
        reason => reason,
    };
    json!({
        "requestId": id,
        "responseCode": response.status,
        "responsePhrase": phrase,
        "responseHeaders": headers,
        "body": STANDARD.encode(&response.body),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    #[test]
    fn what_is_of_the_wire_stays_there() {
        let request = json!({ "headers": {
            "Cookie": "a=b", "Host": "x.test", "Content-Length": "3", "Accept-Encoding": "unknown",
        } });
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sent = [named("cookie", "a=b"), named("accept-encoding", ACCEPTED)];
        assert_eq!(headers(&request), sent);
        let response = Response {
            status: 299,
            reason: "",
            headers: vec![
                named("content-encoding", "gzip"),
                named("set-cookie", "a=1"),
                named("set-cookie", "b=2"),
            ],
            body: Bytes::from_static(b"yes"),
            url: String::new(),
            duration: Duration::ZERO,
            json: OnceLock::new(),
        };
        let told = fulfilled(&json!("7"), &response);
        let cookies = json!([{ "name": "set-cookie", "value": "a=1" }, { "name": "set-cookie", "value": "b=2" }]);
        assert_eq!(told["responseHeaders"], cookies);
        assert_eq!(told["responsePhrase"], "Unknown");
        assert_eq!(told["body"], "eWVz");
    }

    #[test]
    fn a_body_is_put_together_or_missed() {
        assert_eq!(body(&json!({})), Ok(None));
        let whole = json!({ "hasPostData": true, "postDataEntries": [{ "bytes": "YQ==" }, { "bytes": "Yg==" }] });
        assert_eq!(body(&whole), Ok(Some(Bytes::from_static(b"ab"))));
        for part in [json!({}), json!({ "bytes": "?" })] {
            let request = json!({ "hasPostData": true, "postDataEntries": [part] });
            assert!(body(&request).is_err());
        }
        assert!(body(&json!({ "hasPostData": true })).is_err());
    }
}

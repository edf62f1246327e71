//! Pages for a browser that is to trust a CA of the target's: what it would get by `https` is got here, by the client
//! and the checks of requests, and handed to it.
//!
//! Chromium reads no file of a CA. Its list of keys for which it ignores errors is no way out: it looks for them among
//! all certificates that a server shows, and anybody can show a CA's. To let errors pass in general is `insecure`.
//!
//! It gets everything, and not only what the target names: which hosts the CA has signed for is seen when one answers, and
//! whom the system trusts is trusted here too. What Chromium adds on the wire is not told to who gets things for it, and is
//! made up for: what languages are wanted, and who asks (`asker`).

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

use super::super::decode::{ACCEPTED, is_left_encoded};
use super::super::http::{Allowance, Http, NoAnswer, Outgoing};
use super::super::tls::Tls;
use super::asker;
use super::connection::{Connection, Errand};
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
    /// The languages that its pages are asked for in, the best first.
    pub(super) languages: Vec<String>,
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

    /// What a tab must be told, so that the courier is asked before something is loaded, in it or in frames of other
    /// sites. Such a frame waits until it is told the same.
    pub(super) fn wishes() -> [(&'static str, Value); 2] {
        let patterns = json!({ "patterns": [{ "urlPattern": "https://*" }] });
        let frames = json!({
            "autoAttach": true,
            "waitForDebuggerOnStart": true,
            "flatten": true,
            "filter": [{ "type": "iframe" }, { "exclude": true }],
        });
        [("Fetch.enable", patterns), ("Target.setAutoAttach", frames)]
    }

    /// Gets what the tab asks for, until it is gone.
    pub(super) async fn serve(
        self: Arc<Self>,
        customer: Customer,
        mut asked: mpsc::UnboundedReceiver<Errand>,
    ) {
        let customer = Arc::new(customer);
        let mut errands = JoinSet::new();
        loop {
            tokio::select! {
                errand = asked.recv() => {
                    let Some(errand) = errand else { return };
                    let (courier, customer) = (Arc::clone(&self), Arc::clone(&customer));
                    match errand {
                        Errand::Admit { session } => {
                            errands.spawn(async move { customer.admit(&session).await });
                        }
                        Errand::Get { session, paused } => {
                            // Counted here, where they come in order.
                            let page = customer.page(&paused);
                            errands.spawn(async move {
                                courier.deliver(&customer, &session, &paused, page).await;
                            });
                        }
                    }
                }
                Some(_) = errands.join_next() => {}
            }
        }
    }

    /// Gets one thing; `page` is the number of the tab's page, if it is that.
    async fn deliver(&self, customer: &Customer, session: &str, paused: &Value, page: Option<u64>) {
        let id = &paused["requestId"];
        let got = self.get(paused, customer).await;
        if let (Some(page), Err(why)) = (page, &got) {
            let trouble = why.message.clone();
            customer
                .browser
                .note_trouble(&customer.session, page, trouble);
        }
        let reason = match got {
            Ok(response) => {
                let fulfilled = fulfilled(id, &response);
                let delivered = customer.tell(session, "Fetch.fulfillRequest", fulfilled);
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
        let _ = customer.tell(session, "Fetch.failRequest", failed).await;
    }

    async fn get(&self, paused: &Value, customer: &Customer) -> Result<Response, NoAnswer> {
        let request = &paused["request"];
        let mut headers = headers(request, &customer.languages);
        headers.extend(asker::headers(paused, &customer.frame));
        let outgoing = Outgoing {
            method: request["method"].as_str().unwrap_or("GET").to_owned(),
            url: Url::parse(request["url"].as_str().unwrap_or_default())
                .map_err(|error| error.to_string())?,
            headers,
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
    async fn tell(&self, session: &str, method: &str, parameters: Value) -> Result<Value, String> {
        self.browser.call(Some(session), method, parameters).await
    }

    /// The number of the tab's page, if that is what is asked for.
    fn page(&self, paused: &Value) -> Option<u64> {
        let is_page =
            paused["resourceType"] == "Document" && paused["frameId"] == self.frame.as_str();
        is_page.then(|| self.browser.ask_for_page(&self.session))
    }

    /// Sees to a frame of another site, and lets it go on. It may be gone by now.
    async fn admit(&self, session: &str) {
        for (method, parameters) in Courier::wishes() {
            let _ = self.tell(session, method, parameters).await;
        }
        let go_on = "Runtime.runIfWaitingForDebugger";
        let _ = self.tell(session, go_on, json!({})).await;
    }
}

/// Languages as a header has them, each wanted a tenth less than the one before it.
fn accepted(languages: &[String]) -> Option<String> {
    let weighed = languages.iter().zip((1..=10).rev());
    let weighed = weighed.map(|(language, tenths)| match tenths {
        10 => language.clone(),
        tenths => format!("{language};q=0.{tenths}"),
    });
    let all: Vec<String> = weighed.collect();
    (!all.is_empty()).then(|| all.join(","))
}

fn headers(request: &Value, languages: &[String]) -> Vec<(String, String)> {
    let said = request["headers"].as_object().into_iter().flatten();
    let said = said.filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_ours = OF_THE_WIRE.contains(&name.as_str()) || name == "accept-encoding";
        Some((name, value.as_str()?.to_owned())).filter(|_| !is_ours)
    });
    let mut all: Vec<(String, String)> = said.collect();
    let says_languages = all.iter().any(|(name, _)| name == "accept-language");
    if let Some(languages) = accepted(languages).filter(|_| !says_languages) {
        all.push(("accept-language".into(), languages));
    }
    all.push(("accept-encoding".into(), ACCEPTED.into()));
    all
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
        .filter(|(name, _)| {
            // Whoever is given a body that is still encoded must be told.
            let says_how = name == "content-encoding" && is_left_encoded(&response.headers);
            says_how || !OF_THE_WIRE.contains(&name.as_str())
        })
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
        let encodings = named("accept-encoding", ACCEPTED);
        let sent = [named("cookie", "a=b"), encodings.clone()];
        assert_eq!(headers(&request, &[]), sent);
        let languages = ["de-IN", "de", "en"].map(str::to_owned);
        let wanted = named("accept-language", "de-IN,de;q=0.9,en;q=0.8");
        assert_eq!(headers(&json!({}), &languages), [wanted, encodings.clone()]);
        let own = json!({ "headers": { "Accept-Language": "hi" } });
        let own_first = [named("accept-language", "hi"), encodings];
        assert_eq!(headers(&own, &languages), own_first);
        let mut response = Response {
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
        // One that could not be decoded is handed on as what it is.
        response.headers[0].1 = "gzip, unheard-of".into();
        let told = fulfilled(&json!("7"), &response);
        let encoding = json!({ "name": "content-encoding", "value": "gzip, unheard-of" });
        assert_eq!(told["responseHeaders"][0], encoding);
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

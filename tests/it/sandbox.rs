//! The sandbox as its clients meet it: over HTTP, knowing nothing of its inside.

mod collections;
mod consent_requests;
mod control;
mod crowd;
mod data;
mod description;
mod dialects;
mod farewell;
mod faults;
mod fetches;
mod flow;
mod machine;
mod notifications;
mod pages;
mod refusals;
mod schedule;
mod session_machine;
mod switches;
mod usage;
mod v1;
mod xml;

use std::sync::Once;
use std::time::Duration;

use reqwest::Method;
use sammati::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

/// The clock that most tests fix.
const NOW: &str = "2025-04-01T00:00:00Z";
const MOBILE: &str = "9876543210";

/// An answer, read whole.
#[derive(Debug)]
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    fn error_text(&self) -> String {
        let value = self.json();
        let text = value["errorMsg"]
            .as_str()
            .or(value["message"].as_str())
            .or(value["error"].as_str());
        text.unwrap_or_else(|| panic!("no error text in {self:?}"))
            .to_owned()
    }

    /// `400 Invalid request body` and the like, and the error's code if it has one.
    fn refusal(&self) -> (u16, String, String) {
        let code = self.json()["errorCode"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (self.status, code, self.error_text())
    }
}

/// A sandbox and a client that has its credentials.
struct Bench {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl Bench {
    /// With a fixed clock.
    async fn new() -> Bench {
        Bench::set_up(json!({ "clock": NOW })).await
    }

    async fn set_up(setup: Value) -> Bench {
        let bench = Bench::with_options(Options::default()).await;
        let answer = bench.control(Method::PUT, "/_sandbox/setup", &setup).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        bench
    }

    async fn with_options(options: Options) -> Bench {
        static PROVIDER: Once = Once::new();
        // Another test may have installed it first, which is as good.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let sandbox = Sandbox::start(options)
            .await
            .expect("loopback has a free port");
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .expect("a plain client");
        Bench { sandbox, client }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.sandbox.origin()))
    }

    /// With the client's credentials.
    fn authorized(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request(method, path)
            .header("x-client-id", "sandbox-client")
            .header("x-client-secret", "sandbox-secret")
            .header("x-product-instance-id", "sandbox-product")
    }

    async fn get(&self, path: &str) -> Answer {
        send(self.authorized(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.authorized(Method::POST, path).body(body.to_string())).await
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Answer {
        send(self.request(method, path).body(body.to_string())).await
    }

    async fn log_in(&self) -> String {
        let body = json!({ "clientID": "sandbox-client", "grant_type": "client_credentials", "secret": "sandbox-secret" });
        let answer = send(
            self.request(Method::POST, "/v1/users/login")
                .header("client", "bridge")
                .body(body.to_string()),
        )
        .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// A consent with these keys beside the required ones; gives its id.
    async fn consent(&self, extra: Value) -> String {
        let answer = self.post("/v2/consents", &consent_request(extra)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    async fn active_consent(&self, extra: Value) -> String {
        let id = self.consent(extra).await;
        let answer = self.decide(&id, json!({ "decision": "approve" })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        id
    }

    async fn decide(&self, id: &str, decision: Value) -> Answer {
        self.control(
            Method::POST,
            &format!("/_sandbox/consents/{id}/decision"),
            &decision,
        )
        .await
    }

    async fn act(&self, id: &str, action: &str) -> Answer {
        let path = format!("/_sandbox/consents/{id}/state");
        self.control(Method::POST, &path, &json!({ "action": action }))
            .await
    }

    async fn advance(&self, by: &str) {
        let answer = self
            .control(Method::POST, "/_sandbox/clock", &json!({ "advance": by }))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn session(&self, consent: &str) -> Answer {
        self.post("/v2/sessions", &session_request(consent)).await
    }

    /// The session's last answer, when its FIPs have answered.
    async fn fetched(&self, session: &Answer) -> Value {
        assert_eq!(session.status, 201, "{session:?}");
        let path = format!(
            "/v2/sessions/{}",
            session.json()["id"].as_str().expect("an id")
        );
        for _ in 0..500 {
            let answer = self.get(&path).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            if answer.json()["status"] != "PENDING" {
                return answer.json();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the session stays pending");
    }
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        text: response.text().await.expect("a body"),
    }
}

fn consent_request(extra: Value) -> Value {
    let mut request = json!({
        "vua": MOBILE,
        "dataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" },
    });
    for (key, value) in extra.as_object().expect("keys to add") {
        request[key] = value.clone();
    }
    request
}

fn session_request(consent: &str) -> Value {
    json!({
        "consentId": consent,
        "dataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" },
        "format": "json",
    })
}

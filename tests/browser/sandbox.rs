//! A sandbox that consents are asked of.

use std::sync::Once;

use reqwest::Method;
use sammati::sandbox::{Options, Sandbox};
use serde_json::{Value, json};

pub(crate) const MOBILE: &str = "9876543210";

pub(crate) struct Bench {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl Bench {
    pub(crate) async fn start() -> Bench {
        static PROVIDER: Once = Once::new();
        // Another test may have installed it first, which is as good.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let sandbox = Sandbox::start(Options::default())
            .await
            .expect("loopback has a free port");
        let bench = Bench {
            sandbox,
            client: reqwest::Client::new(),
        };
        bench
            .set_up(json!({ "clock": "2025-04-01T00:00:00Z" }))
            .await;
        bench
    }

    pub(crate) fn origin(&self) -> &str {
        self.sandbox.origin()
    }

    pub(crate) async fn set_up(&self, setup: Value) {
        self.send(Method::PUT, "/_sandbox/setup", Some(setup)).await;
    }

    /// A consent with these keys beside the required ones: its id and its page's URL. It leads back to a page of the
    /// sandbox, because there is no other to come back to.
    pub(crate) async fn consent(&self, extra: Value) -> (String, String) {
        let mut request = json!({
            "vua": MOBILE,
            "dataRange": { "from": "2024-04-01T00:00:00Z", "to": "2025-03-31T23:59:59Z" },
            "redirectUrl": format!("{}/_sandbox?case=7", self.origin()),
        });
        for (key, value) in extra.as_object().expect("keys to add") {
            request[key] = value.clone();
        }
        let answer = self.send(Method::POST, "/v2/consents", Some(request)).await;
        let text = |key: &str| answer[key].as_str().expect("text").to_owned();
        (text("id"), text("url"))
    }

    /// A collection of two new consents, for bank accounts and for mutual funds, the second of which must or need not be
    /// given: the consents' ids, and the page's URL.
    pub(crate) async fn collection(&self, is_optional: bool) -> ([String; 2], String) {
        let (first, _) = self.consent(json!({})).await;
        let (second, _) = self.consent(json!({ "fiTypes": ["MUTUAL_FUNDS"] })).await;
        let request = if is_optional {
            json!({ "mandatoryConsents": [first], "optionalConsents": [second] })
        } else {
            json!({ "mandatoryConsents": [first, second] })
        };
        let path = "/v2/consents/collection";
        let answer = self.send(Method::POST, path, Some(request)).await;
        let url = answer["url"].as_str().expect("text").to_owned();
        ([first, second], url)
    }

    pub(crate) async fn status(&self, id: &str) -> String {
        let answer = self
            .send(Method::GET, &format!("/v2/consents/{id}"), None)
            .await;
        answer["status"].as_str().expect("a status").to_owned()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.origin()))
            .header("x-client-id", "sandbox-client")
            .header("x-client-secret", "sandbox-secret")
            .header("x-product-instance-id", "sandbox-product");
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

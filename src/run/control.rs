//! A client of a sandbox's control interface, over HTTP like anybody's.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

use super::http::{Allowance, Http, Outgoing};
use super::world::{Clock, real_now};

/// The sandbox is on this machine and answers control calls at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// A larger answer is none of the control interface.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A sandbox that can be told what to do.
#[derive(Clone, Debug)]
pub(super) struct Control {
    origin: Url,
}

impl Control {
    /// The control interface at that origin.
    pub(super) fn new(origin: Url) -> Self {
        Control { origin }
    }

    /// Replaces the whole set-up and forgets all state.
    pub(super) async fn set_up(&self, http: &Http, setup: String) -> Result<Value, String> {
        self.call(http, "PUT", &["setup"], Some(setup)).await
    }

    /// Changes the set-up.
    pub(super) async fn change(&self, http: &Http, setup: String) -> Result<Value, String> {
        self.call(http, "PATCH", &["setup"], Some(setup)).await
    }

    /// The customer's answer on a consent page.
    pub(super) async fn decide(
        &self,
        http: &Http,
        id: &str,
        decision: &Value,
    ) -> Result<Value, String> {
        let path = ["consents", id, "decision"];
        self.call(http, "POST", &path, Some(decision.to_string()))
            .await
    }

    /// Where the sandbox sends notifications; null if nowhere.
    pub(super) async fn notification_url(&self, http: &Http) -> Result<Value, String> {
        let answer = self.call(http, "GET", &["notifications"], None).await?;
        Ok(answer.get("url").cloned().unwrap_or_default())
    }

    /// Has notifications sent to that URL, or nowhere if it is null.
    pub(super) async fn notify(&self, http: &Http, url: &Value) -> Result<Value, String> {
        let body = json!({ "url": url }).to_string();
        self.call(http, "PUT", &["notifications"], Some(body)).await
    }

    /// The sandbox's clock. `fixed` is what is known of it, in case the sandbox does not say.
    pub(super) async fn clock(&self, http: &Http, fixed: bool) -> Result<Clock, String> {
        let answer = self.call(http, "GET", &["clock"], None).await?;
        read_clock(&answer, fixed)
            .ok_or_else(|| format!("the sandbox's clock says {answer}, which is no time"))
    }

    /// What a call sends.
    pub(super) fn request(&self, method: &str, path: &[&str], body: Option<String>) -> Outgoing {
        let mut url = self.origin.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().push("_sandbox").extend(path);
        }
        Outgoing {
            brief: None,
            tls: Arc::default(),
            method: method.into(),
            url,
            headers: body
                .iter()
                .map(|_| ("content-type".into(), "application/json".into()))
                .collect(),
            body: body.map(Bytes::from),
        }
    }

    async fn call(
        &self,
        http: &Http,
        method: &str,
        path: &[&str],
        body: Option<String>,
    ) -> Result<Value, String> {
        let outgoing = self.request(method, path, body);
        let allowance = Allowance {
            deadline: Instant::now() + PATIENCE,
            max_body: LARGEST,
        };
        let response = http
            .exchange(&outgoing, allowance)
            .await
            .map_err(|error| format!("the sandbox does not answer: {}", error.message))?;
        if response.status >= 400 {
            return Err(refusal(
                response.status,
                response.json().ok(),
                &response.text(),
            ));
        }
        Ok(response.json().cloned().unwrap_or(Value::Null))
    }
}

/// What the sandbox says when it refuses.
fn refusal(status: u16, json: Option<&Value>, text: &str) -> String {
    let said = json
        .and_then(|json| {
            [
                "/message",
                "/error/message",
                "/error",
                "/errorMsg",
                "/detail",
            ]
            .iter()
            .find_map(|pointer| json.pointer(pointer)?.as_str())
        })
        .map_or_else(|| text.chars().take(300).collect(), str::to_owned);
    format!("the sandbox refuses this ({status}): {said}")
}

fn read_clock(answer: &Value, fixed: bool) -> Option<Clock> {
    let now: Timestamp = answer.get("now")?.as_str()?.parse().ok()?;
    let fixed = answer
        .get("fixed")
        .and_then(Value::as_bool)
        .unwrap_or(fixed);
    Some(if fixed {
        Clock::Fixed(now.as_nanosecond())
    } else {
        Clock::Running(now.as_nanosecond() - real_now())
    })
}

/// A customer's answer as the control interface takes it.
pub(super) fn decision(decision: &str, accounts: Option<Value>, reason: Option<String>) -> Value {
    let mut body = json!({ "decision": decision });
    if let Some(accounts) = accounts {
        body["accounts"] = accounts;
    }
    if let Some(reason) = reason {
        body["reason"] = Value::String(reason);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_read_as_the_sandbox_says_it() {
        let now = json!({ "now": "1970-01-01T00:00:01Z" });
        assert_eq!(read_clock(&now, true), Some(Clock::Fixed(1_000_000_000)));
        assert!(matches!(read_clock(&now, false), Some(Clock::Running(ahead)) if ahead < 0));
        let fixed = json!({ "now": "1970-01-01T00:00:01Z", "fixed": true });
        assert_eq!(read_clock(&fixed, false), Some(Clock::Fixed(1_000_000_000)));
        assert_eq!(read_clock(&json!({ "now": "soon" }), true), None);
    }

    #[test]
    fn refusals_are_shown_in_the_sandbox_s_words() {
        let error = json!({ "error": { "message": "no such FIP" } });
        assert_eq!(
            refusal(400, Some(&error), ""),
            "the sandbox refuses this (400): no such FIP"
        );
        assert_eq!(
            refusal(500, None, "oops"),
            "the sandbox refuses this (500): oops"
        );
    }
}

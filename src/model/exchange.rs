//! One request and its response.

use bytes::Bytes;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A request as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers in the order in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there was none, and in what is told of a run where `brief` stands for it.
    pub body: Bytes,
    /// What is shown in place of a body with files in it: names, types and sizes, a line for each part.
    pub brief: Option<Arc<str>>,
}

/// A response as it came, or a notification.
#[derive(Debug, Default)]
pub struct Response {
    /// The status; 0 for a notification, which has none.
    pub status: u16,
    /// The reason phrase that goes with the status.
    pub reason: &'static str,
    /// The headers in the order in which they came, names in lower case. `content-encoding` and
    /// `content-length` are those of the body as it came.
    pub headers: Vec<(String, String)>,
    /// The body, decoded if it came encoded.
    pub body: Bytes,
    /// The last URL, after redirects; the path that a notification came to.
    pub url: String,
    /// From the request's first byte to the body's last; how long a notification was waited for.
    pub duration: Duration,
    /// The body as JSON, read when first asked for.
    pub json: OnceLock<Result<Value, String>>,
}

/// A request with its response.
#[derive(Debug, Default)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub response: Response,
    /// When the request was sent, or the notification waited for, from the start of the run.
    pub began: Duration,
    /// How long this exchange alone took; a response's own time includes the redirects before it.
    pub took: Duration,
}

impl Response {
    /// Whether it is a notification, which was sent to us and not asked for.
    pub fn is_notification(&self) -> bool {
        self.status == 0
    }

    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// What scenarios see of a header: one that was sent several times has its values joined by commas, as HTTP says
    /// they may be, so that nothing can be missed in the second of them.
    pub fn header_text(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        let first = values.next()?;
        Some(values.fold(Cow::Borrowed(first), |text, value| {
            Cow::Owned(format!("{text}, {value}"))
        }))
    }

    /// The body as JSON, or why it is none.
    pub fn json(&self) -> Result<&Value, &str> {
        self.json
            .get_or_init(|| read_json(&self.body))
            .as_ref()
            .map_err(String::as_str)
    }

    /// The body as text; bytes that are not UTF-8 become `U+FFFD`.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

fn read_json(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Err("the body is empty".into());
    }
    serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))
}

//! What the gateway was asked, newest last, with the secrets hidden. The oldest entries make way for new ones.

use std::borrow::Cow;
use std::collections::VecDeque;

use axum::http::HeaderMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::domain::moment::Moment;

const ENTRIES: usize = 1_000;
/// Bodies that are longer are not kept.
const LONGEST_BODY: usize = 16 * 1024;
const LONGEST_TEXT: usize = 2_048;
const HIDDEN: &str = "***";

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    number: u64,
    at: Option<Moment>,
    method: String,
    path: String,
    query: Option<String>,
    headers: Headers,
    body: Value,
    /// None while it is not answered, and for ever if the connection was closed instead.
    status: Option<u16>,
}

/// Names and values, one after the other and each ended by a line feed, which neither can hold. A thousand requests with
/// a dozen headers each are a thousand texts to make and to drop, rather than many more.
#[derive(Clone, Debug)]
struct Headers(String);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines: Vec<&str> = self.0.lines().collect();
        serializer.collect_seq(lines.chunks(2))
    }
}

/// A request as it came.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    last_number: u64,
}

impl Journal {
    /// Notes a request. Gives the number to note its answer by, and the entry that made way: making one and dropping one
    /// takes longer than all else here, and is the caller's, who holds no lock meanwhile.
    pub(crate) fn begin(&mut self, mut entry: Entry, at: Moment) -> (u64, Option<Entry>) {
        self.last_number += 1;
        entry.number = self.last_number;
        entry.at = Some(at);
        let oldest = (self.entries.len() == ENTRIES)
            .then(|| self.entries.pop_front())
            .flatten();
        self.entries.push_back(entry);
        (self.last_number, oldest)
    }

    pub(crate) fn finish(&mut self, number: u64, status: u16) {
        if let Some(entry) = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number)
        {
            entry.status = Some(status);
        }
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }
}

impl Entry {
    /// The request without its secrets, not noted yet.
    pub(crate) fn new(asked: &Asked<'_>) -> Entry {
        Entry {
            number: 0,
            at: None,
            method: shortened(asked.method),
            path: shortened(asked.path),
            query: asked.query.map(query),
            headers: headers(asked.headers),
            body: body(asked.body),
            status: None,
        }
    }

    /// The request in one line, for the page.
    pub(crate) fn line(&self) -> String {
        let status = self
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let at = self.at.map_or_else(String::new, |at| at.to_string());
        format!("{at} {} {} → {status}", self.method, self.path)
    }
}

/// The query as it came, but for the values of what is named like a secret.
fn query(text: &str) -> String {
    let shown = |part: &str| match part.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={HIDDEN}"),
        _ => part.to_owned(),
    };
    let parts: Vec<String> = beginning(text).split('&').map(shown).collect();
    parts.join("&")
}

fn headers(headers: &HeaderMap) -> Headers {
    let length = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 2)
        .sum();
    let mut text = String::with_capacity(length);
    for (name, value) in headers {
        text.push_str(name.as_str());
        text.push('\n');
        if is_secret(name.as_str()) {
            text.push_str(HIDDEN);
        } else {
            let value = String::from_utf8_lossy(value.as_bytes());
            text.push_str(beginning(&value));
        }
        text.push('\n');
    }
    Headers(text)
}

fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    if bytes.len() > LONGEST_BODY {
        return Value::String(format!("({} bytes)", bytes.len()));
    }
    match serde_json::from_slice(bytes) {
        Ok(mut value) => {
            hide_secrets(&mut value);
            value
        }
        // What is not JSON may hold a secret anywhere.
        Err(_) => Value::String(format!("({} bytes that are not JSON)", bytes.len())),
    }
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if is_secret(key) {
                    *value = Value::String(HIDDEN.to_owned())
                } else {
                    hide_secrets(value)
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    // Most names are in small letters already, as all of HTTP's are.
    let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) || !name.is_ascii() {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    ["authorization", "secret", "token", "cookie", "password"]
        .iter()
        .any(|word| name.contains(word))
}

fn shortened(text: &str) -> String {
    beginning(text).to_owned()
}

fn beginning(text: &str) -> &str {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_old_entries_forgotten() {
        let mut headers = HeaderMap::new();
        for name in [
            "authorization",
            "x-client-secret",
            "x_client_secret",
            "x-client-id",
        ] {
            headers.insert(
                axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                "value".parse().unwrap(),
            );
        }
        let mut journal = Journal::default();
        let now = Moment::parse("2025-04-01T00:00:00Z").unwrap();
        let asked = Asked {
            method: "POST",
            path: "/v1/users/login",
            query: Some("restart=true&access_token=value&x"),
            headers: &headers,
            body: br#"{"clientID": "me", "secret": "value", "deep": [{"clientSecret": "value"}]}"#,
        };
        let (first, oldest) = journal.begin(Entry::new(&asked), now);
        assert!(oldest.is_none());
        journal.finish(first, 200);
        let text = serde_json::to_string(journal.entries().next().unwrap()).unwrap();
        assert_eq!(
            text.matches("value").count(),
            1,
            "only the client id is kept: {text}"
        );
        assert!(text.contains(r#""status":200"#), "{text}");
        assert!(text.contains("restart=true&access_token=***&x"), "{text}");
        assert!(text.contains(r#"["x-client-id","value"]"#), "{text}");
        assert!(text.contains(r#"["authorization","***"]"#), "{text}");
        for _ in 0..ENTRIES {
            journal.begin(Entry::new(&asked), now);
        }
        assert_eq!(journal.entries().count(), ENTRIES);
        journal.finish(first, 500);
    }
}

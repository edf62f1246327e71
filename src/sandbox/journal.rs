//! What the gateway was asked, newest last, with the secrets hidden. The oldest entries make way for new ones.

use std::collections::VecDeque;

use axum::http::HeaderMap;
use serde::Serialize;
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
    at: Moment,
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: Value,
    /// None while it is not answered, and for ever if the connection was closed instead.
    status: Option<u16>,
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
    /// Notes a request and gives the number to note its answer by.
    pub(crate) fn begin(&mut self, asked: &Asked<'_>, at: Moment) -> u64 {
        self.last_number += 1;
        if self.entries.len() == ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            number: self.last_number,
            at,
            method: shortened(asked.method),
            path: shortened(asked.path),
            query: asked.query.map(shortened),
            headers: asked
                .headers
                .iter()
                .map(|(name, value)| header(name.as_str(), value.as_bytes()))
                .collect(),
            body: body(asked.body),
            status: None,
        });
        self.last_number
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
    /// The request in one line, for the page.
    pub(crate) fn line(&self) -> String {
        let status = self
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        format!("{} {} {} → {status}", self.at, self.method, self.path)
    }
}

fn header(name: &str, value: &[u8]) -> (String, String) {
    let value = if is_secret(name) {
        HIDDEN.to_owned()
    } else {
        shortened(&String::from_utf8_lossy(value))
    };
    (name.to_owned(), value)
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
    let name = name.to_lowercase();
    ["authorization", "secret", "token", "cookie", "password"]
        .iter()
        .any(|word| name.contains(word))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
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
            query: None,
            headers: &headers,
            body: br#"{"clientID": "me", "secret": "value", "deep": [{"clientSecret": "value"}]}"#,
        };
        let first = journal.begin(&asked, now);
        journal.finish(first, 200);
        let text = serde_json::to_string(journal.entries().next().unwrap()).unwrap();
        assert_eq!(
            text.matches("value").count(),
            1,
            "only the client id is kept: {text}"
        );
        assert!(text.contains(r#""status":200"#), "{text}");
        for _ in 0..ENTRIES {
            journal.begin(&asked, now);
        }
        assert_eq!(journal.entries().count(), ENTRIES);
        journal.finish(first, 500);
    }
}

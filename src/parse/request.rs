//! Requests, and the settings of requests that defaults give.

use super::body::body;
use super::definition::{ANY_METHOD, AUTH, BASIC, DEFAULTS};
use super::fields::{Fields, Reader};
use super::repeat;
use super::tls::tls;
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::scenario::{Auth, Named, Request, RequestOptions};

/// Reads the request of a step whose action is this entry.
pub(super) fn read(reader: &mut Reader, entry: &Entry, fields: &Fields<'_>) -> Option<Request> {
    let (method, url) = if entry.key.value == "request" {
        let inner = reader.defined(&entry.value, &ANY_METHOD)?;
        let (Some(method), Some(url)) = (inner.get("method"), inner.get("url")) else {
            reader.error(
                entry.value.span,
                "`request` needs `method` and `url`",
                "write `request: { method: PURGE, url: /path }`",
            );
            return None;
        };
        (method_name(reader, method)?, reader.text(url, "a URL")?)
    } else {
        let method = Text {
            value: entry.key.value.to_uppercase(),
            ..entry.key.clone()
        };
        (method, reader.text(&entry.value, "a URL")?)
    };
    if url.value.is_empty() {
        reader.error(
            url.span,
            "the URL is empty",
            "write a path like `/v2/consents`, or a whole URL",
        );
    }
    let options = options(reader, fields.entries);
    Some(Request {
        method,
        url,
        options,
        body: body(reader, fields),
    })
}

fn method_name(reader: &mut Reader, node: &Node) -> Option<Text> {
    let method = reader.text(node, "a method")?;
    let is_token = !method.value.is_empty()
        && method.value.chars().all(|character| {
            character.is_ascii_alphanumeric() || "-_!#$%&'*+.^`|~".contains(character)
        });
    if !is_token {
        reader.error(
            node.span,
            format!("`{}` cannot be a method", method.value),
            "write a word like `PURGE`",
        );
        return None;
    }
    Some(method)
}

/// Reads a `defaults` map.
pub(super) fn defaults(reader: &mut Reader, node: &Node) -> RequestOptions {
    match reader.defined(node, &DEFAULTS) {
        Some(fields) => options(reader, fields.entries),
        None => RequestOptions::default(),
    }
}

fn options(reader: &mut Reader, entries: &[Entry]) -> RequestOptions {
    let mut options = RequestOptions::default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "query" => options.query = pairs(reader, value, "`query`", Lists::Repeat),
            "headers" => options.headers = headers(reader, value),
            "auth" => options.auth = auth(reader, value),
            "follow" => {
                let is_fine = match &value.kind {
                    NodeKind::Bool(_) | NodeKind::Text(_) => true,
                    NodeKind::Number(number) => number.as_u64().is_some_and(|number| number <= 100),
                    _ => false,
                };
                if !is_fine {
                    reader.expected(
                        value,
                        "`true`, `false` or a number of redirects up to 100",
                        "write `follow: true`",
                    );
                }
                options.follow = Some(value.clone());
            }
            "tls" => options.tls = tls(reader, value),
            "timeout" => options.timeout = Some(value.clone()),
            "retry" => options.retry = repeat::retry(reader, value, None),
            "max_body" => options.max_body = Some(value.clone()),
            _ => {}
        }
    }
    options
}

/// Whether a list may stand for a value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lists {
    Repeat,
    Forbidden,
}

/// Reads a map of names to values that can be written as text.
pub(super) fn pairs(reader: &mut Reader, node: &Node, what: &str, lists: Lists) -> Vec<Named> {
    let named = reader.named(node, what);
    for (name, value) in &named {
        judge_value(reader, name, value, lists);
    }
    named
}

/// Notes a value that cannot be written as text.
pub(super) fn judge_value(reader: &mut Reader, name: &Text, value: &Node, lists: Lists) {
    match &value.kind {
        NodeKind::Map(_) => reader.expected(
            value,
            &format!("a value for `{}`", name.value),
            "write text, a number or a boolean",
        ),
        NodeKind::List(items) if lists == Lists::Repeat => {
            for item in items {
                judge_value(reader, name, item, Lists::Forbidden);
            }
        }
        NodeKind::List(_) => reader.expected(
            value,
            &format!("one value for `{}`", name.value),
            "write text, a number or a boolean",
        ),
        _ => {}
    }
}

fn headers(reader: &mut Reader, node: &Node) -> Vec<Named> {
    let headers = pairs(reader, node, "`headers`", Lists::Forbidden);
    for (index, (name, value)) in headers.iter().enumerate() {
        let is_token = !name.value.is_empty()
            && name.value.chars().all(|character| {
                character.is_ascii_alphanumeric() || "-_!#$%&'*+.^`|~".contains(character)
            });
        if !is_token {
            reader.error(
                name.span,
                format!("`{}` cannot be a header's name", name.value),
                "use letters, digits and `-`",
            );
        }
        if headers[..index]
            .iter()
            .any(|(other, _)| other.value.eq_ignore_ascii_case(&name.value))
        {
            reader.error(
                name.span,
                format!("the header `{}` is here twice", name.value),
                "header names are the same in any case: keep one",
            );
        }
        if let NodeKind::Text(text) = &value.kind
            && text
                .value
                .chars()
                .any(|character| character.is_control() && character != '\t')
        {
            reader.error(
                value.span,
                format!(
                    "the header `{}` has a line break or another control character",
                    name.value
                ),
                "write it on one line",
            );
        }
    }
    headers
}

fn auth(reader: &mut Reader, node: &Node) -> Option<Auth> {
    if let NodeKind::Text(text) = &node.kind {
        if text.value == "none" {
            return Some(Auth::None);
        }
        reader.error(
            node.span,
            format!("`{}` is no way to authenticate", text.value),
            "write `none`, `{ bearer: … }` or `{ basic: { user: …, password: … } }`",
        );
        return None;
    }
    let fields = reader.defined(node, &AUTH)?;
    match (fields.entry("bearer"), fields.entry("basic")) {
        (Some(bearer), None) => reader.text(&bearer.value, "a token").map(Auth::Bearer),
        (None, Some(basic)) => {
            let inner = reader.defined(&basic.value, &BASIC)?;
            let (Some(user), Some(password)) = (inner.get("user"), inner.get("password")) else {
                reader.error(
                    basic.value.span,
                    "`basic` needs `user` and `password`",
                    "write `basic: { user: …, password: … }`",
                );
                return None;
            };
            Some(Auth::Basic {
                user: reader.text(user, "a user")?,
                password: reader.text(password, "a password")?,
            })
        }
        (Some(_), Some(basic)) => {
            reader.error(
                basic.key.span,
                "there is a `bearer` already",
                "a request authenticates in one way",
            );
            None
        }
        // An unknown word was told already.
        (None, None) if !fields.entries.is_empty() => None,
        (None, None) => {
            reader.error(
                node.span,
                "`auth` says nothing",
                "write `none`, `{ bearer: … }` or `{ basic: { user: …, password: … } }`",
            );
            None
        }
    }
}

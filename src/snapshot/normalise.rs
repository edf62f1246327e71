//! A response as text that two runs can compare: readable, with only what varies replaced.

use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

use crate::model::exchange::Response;
use crate::model::jsonpath::Query;
use crate::model::plan::SnapshotRules;
use crate::model::secret::{self, Secrets};

use super::exact::Exact;
use super::placeholders::Placeholders;
use super::{Normalised, Received, rules, xml};

/// Headers that hold credentials are shown, but never what they say.
const HIDDEN_HEADERS: [&str; 5] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "set-cookie2",
];

/// A response as it is compared and kept.
pub(super) fn normalise(placeholders: &mut Placeholders, received: &Received<'_>) -> Normalised {
    let body = Body::of(received);
    let (rules, secrets) = (body.rules, body.secrets);
    let mut idle = Idle::default();
    let method = received.request.method.clone();
    let url = url(placeholders, received);
    let mut contents = head(placeholders, received);
    body.print(placeholders, received.response, &mut contents, &mut idle);
    // What was put together from harmless parts may not be harmless: the last word is here.
    contents.truncate(contents.trim_end().len());
    if let Cow::Owned(hidden) = secrets.hidden(&contents) {
        contents = hidden;
    }
    let contents = unify_newlines(contents);
    let warnings = (idle.warnings)
        .iter()
        .map(|warning| secrets.hide(warning))
        .collect();
    Normalised {
        method,
        url,
        contents,
        warnings,
        rules_of_all: (rules.of_all.iter())
            .map(|path| (path.clone(), !idle.of_all.contains(path)))
            .collect(),
    }
}

/// The request's URL as it is kept. What is replaced in it is numbered before anything of the response.
pub(super) fn url(placeholders: &mut Placeholders, received: &Received<'_>) -> String {
    line(placeholders, received, &received.request.url)
}

/// What stands before a body: the status line, the headers that are kept, an empty line.
pub(super) fn head(placeholders: &mut Placeholders, received: &Received<'_>) -> String {
    let (response, rules) = (received.response, received.rules);
    let mut head = status_line(response);
    for name in &rules.headers {
        for (_, value) in response
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        {
            let hidden = HIDDEN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
            let value = if hidden {
                "[hidden]".into()
            } else {
                line(placeholders, received, value)
            };
            // Writing to a string cannot fail.
            let _ = write!(head, "\n{}: {value}", name.to_ascii_lowercase());
        }
    }
    head.push_str("\n\n");
    head
}

fn line(placeholders: &mut Placeholders, received: &Received<'_>, text: &str) -> String {
    let text = received.secrets.hidden_of_few(text);
    placeholders.replace(&text, received.now).into_owned()
}

/// The JSON body after all rules but with every place where it was: what was removed and what `only` keeps is
/// marked. Nothing if the body is no JSON.
pub(super) fn marked_body<'e>(
    placeholders: &mut Placeholders,
    received: &Received<'e>,
) -> Option<Exact<'e>> {
    let body = Body::of(received);
    let response = received.response;
    let text = readable(&response.body)?;
    let mut tree = Exact::parse(text.trim_start_matches('\u{feff}'))?;
    let located = body.locate(response, &tree);
    body.hide_secrets(&mut tree);
    body.rewrite(placeholders, &mut tree, &located, &mut Idle::default());
    let mut replace = |part: &mut Exact<'e>| {
        part.each_text(&mut |text| {
            if let Cow::Owned(replaced) = placeholders.replace(text, body.now) {
                *text = replaced.into();
            }
        });
    };
    if located.only.is_some() {
        rules::each_kept(&mut tree, &mut replace);
    } else {
        replace(&mut tree);
    }
    Some(tree)
}

/// `201 Created`: the protocol's version is the connection's matter. What is no received has no status.
fn status_line(response: &Response) -> String {
    match (response.status, response.reason) {
        (0, _) => "(no status)".into(),
        (status, "") => status.to_string(),
        (status, reason) => format!("{status} {reason}"),
    }
}

/// insta takes a carriage return at a line's end for a part of it, and so may git: such lines are compared
/// without.
fn unify_newlines(text: String) -> String {
    if !text.contains('\r') {
        return text;
    }
    let mut lines = text.split('\n').peekable();
    let mut result = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        if lines.peek().is_some() {
            result.push_str(line.trim_end_matches('\r'));
            result.push('\n');
        } else {
            result.push_str(line);
        }
    }
    result
}

/// The rules that did nothing.
#[derive(Debug, Default)]
struct Idle {
    /// What is said of those that are meant for this response.
    warnings: Vec<String>,
    /// The paths of those that are for all responses.
    of_all: Vec<String>,
}

/// What a body is normalised with.
struct Body<'a> {
    rules: &'a SnapshotRules,
    secrets: &'a Secrets,
    now: i128,
}

impl<'a> Body<'a> {
    fn of(received: &Received<'a>) -> Body<'a> {
        Body {
            rules: received.rules,
            secrets: received.secrets,
            now: received.now,
        }
    }
}

impl Body<'_> {
    fn print(
        &self,
        placeholders: &mut Placeholders,
        response: &Response,
        output: &mut String,
        idle: &mut Idle,
    ) {
        let Some(text) = readable(&response.body) else {
            self.no_rule_applies(idle);
            let bytes = &response.body;
            let digest = Sha256::digest(bytes)
                .iter()
                .fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                });
            let _ = write!(output, "{} bytes, SHA-256 {digest}", bytes.len());
            return;
        };
        let Some(mut tree) = Exact::parse(text.trim_start_matches('\u{feff}')) else {
            self.no_rule_applies(idle);
            let text = self.secrets.hide(text);
            let text = placeholders.replace(&text, self.now);
            let html = response
                .header("content-type")
                .is_some_and(|kind| kind.contains("html"));
            match xml::indented(&text).filter(|_| !html) {
                Some(xml) => output.push_str(&xml),
                None => output.push_str(&text),
            }
            return;
        };
        // The value that the expectations were checked on, or ours where numbers did not fit that one.
        let located = self.locate(response, &tree);
        let may_have_secrets = self.may_have_secrets(text);
        if may_have_secrets {
            self.hide_secrets(&mut tree);
        }
        self.rewrite(placeholders, &mut tree, &located, idle);
        if let Some(nothing) = self.cut(&mut tree, &located, idle) {
            output.push_str(&nothing);
            return;
        }
        if may_have_secrets {
            hide_keys(self.secrets, &mut tree);
        }
        tree.each_text(&mut |text| {
            if let Cow::Owned(replaced) = placeholders.replace(text, self.now) {
                *text = replaced.into();
            }
        });
        let printed = output.len();
        // On lines of its own, indented, a body is larger than it was sent.
        output.reserve(2 * text.len());
        tree.print(output);
        if output[printed..].contains('<') {
            print_documents(&tree, &mut String::from("$"), output);
        }
    }

    fn locate(&self, response: &Response, tree: &Exact) -> Located {
        let rules = self.rules;
        if rules.redact.is_empty()
            && rules.shape.is_empty()
            && rules.sort.is_empty()
            && rules.only.is_none()
        {
            return Located::default();
        }
        let ours;
        let root: &Value = match response.json() {
            Ok(root) => root,
            Err(_) => {
                ours = tree.to_value();
                &ours
            }
        };
        let all = |queries: &[Query]| queries.iter().map(|query| query.locate(root)).collect();
        Located {
            redact: rules
                .redact
                .iter()
                .map(|rule| rule.query.locate(root))
                .collect(),
            shape: all(&rules.shape),
            sort: all(&rules.sort),
            only: rules.only.as_ref().map(|query| Only {
                paths: query.locate(root),
                singular: query.is_singular(),
            }),
        }
    }

    fn warn(&self, rule: &str, query: &Query, problem: &str, idle: &mut Idle) {
        let (name, path) = (&self.rules.name, query.source());
        if !self.rules.is_meant_for_this(query) {
            return idle.of_all.push(path.to_owned());
        }
        idle.warnings
            .push(format!("snapshot `{name}`: {rule} `{path}` {problem}"));
    }

    /// Applies all rules but `only`, which leaves marks, to places that were looked up before.
    fn rewrite(
        &self,
        placeholders: &Placeholders,
        tree: &mut Exact,
        located: &Located,
        idle: &mut Idle,
    ) {
        let rules = self.rules;
        let mut warn = |rule: &str, query: &Query, problem: &str| {
            self.warn(rule, query, problem, idle);
        };
        if let Some(only) = &located.only {
            rules::mark(tree, &only.paths);
        }
        for (rule, paths) in rules.redact.iter().zip(&located.redact) {
            if paths.is_empty() {
                warn("redact", &rule.query, "matched nothing");
            } else if !rules::redact(tree, paths, &rule.redaction) {
                warn("redact", &rule.query, "applied to nothing that it matched");
            }
        }
        // Before sorting, so that what is random in the items does not decide their order.
        for (query, paths) in rules.shape.iter().zip(&located.shape) {
            if paths.is_empty() {
                warn("shape", query, "matched nothing");
            }
            rules::shape(tree, paths);
        }
        for (query, paths) in rules.sort.iter().zip(&located.sort) {
            let key = |item: &Exact| {
                let mut item = item.clone();
                rules::finish(&mut item);
                item.each_text(&mut |text| {
                    if let Cow::Owned(replaced) = placeholders.peek(text, self.now) {
                        *text = replaced.into();
                    }
                });
                let mut key = number_order(&item);
                item.print(&mut key);
                key
            };
            if paths.is_empty() {
                warn("sort", query, "matched nothing");
            } else if !rules::sort(tree, paths, key) {
                warn("sort", query, "matched no list");
            }
        }
    }

    /// Leaves what `only` asks for, and no mark of any rule. Gives a text where that is no body.
    fn cut(&self, tree: &mut Exact, located: &Located, idle: &mut Idle) -> Option<String> {
        if let (Some(query), Some(only)) = (&self.rules.only, &located.only) {
            let mut kept = rules::marked(tree);
            if only.paths.is_empty() {
                self.warn("only", query, "matched nothing", idle);
            }
            *tree = if only.singular {
                match kept.pop() {
                    Some(value) => value,
                    None => return Some(format!("(nothing at {})", query.source())),
                }
            } else {
                Exact::List(kept)
            };
        }
        if located.only.is_some() || !self.rules.redact.is_empty() || !self.rules.shape.is_empty() {
            rules::finish(tree);
        }
        None
    }

    fn no_rule_applies(&self, idle: &mut Idle) {
        let rules = self.rules;
        let all = (rules.redact.iter().map(|rule| ("redact", &rule.query)))
            .chain(rules.shape.iter().map(|query| ("shape", query)))
            .chain(rules.sort.iter().map(|query| ("sort", query)))
            .chain(rules.only.iter().map(|query| ("only", query)));
        for (rule, query) in all {
            let problem = "matched nothing: the body is not JSON";
            self.warn(rule, query, problem, idle);
        }
    }

    /// Hides secrets in values. Keys wait until all paths have been followed.
    /// Without anything in it with which escapes begin, a body has in its keys and values only what it has itself: one
    /// look for all of them. How an escape is read depends on what stands behind it, so each part is looked at alone then.
    fn may_have_secrets(&self, text: &str) -> bool {
        !self.secrets.is_empty()
            && (secret::may_be_escaped(text.as_bytes())
                || matches!(self.secrets.hidden(text), Cow::Owned(_)))
    }

    fn hide_secrets(&self, tree: &mut Exact) {
        if self.secrets.is_empty() {
            return;
        }
        match tree {
            Exact::Text(text) => {
                if let Cow::Owned(hidden) = self.secrets.hidden(text) {
                    *text = hidden.into();
                }
            }
            Exact::Number(number) => {
                if let Cow::Owned(hidden) = self.secrets.hidden(number) {
                    *tree = Exact::Text(hidden.into());
                }
            }
            Exact::List(items) => items.iter_mut().for_each(|item| self.hide_secrets(item)),
            Exact::Map(members) => members
                .iter_mut()
                .for_each(|(_, value)| self.hide_secrets(value)),
            Exact::Kept(inside) => self.hide_secrets(inside),
            Exact::Null | Exact::Bool(_) | Exact::Removed => {}
        }
    }
}

/// Hides secrets in keys, which nothing finds its way by any more.
pub(super) fn hide_keys(secrets: &Secrets, tree: &mut Exact) {
    match tree {
        Exact::List(items) => items.iter_mut().for_each(|item| hide_keys(secrets, item)),
        Exact::Map(members) => {
            for (key, value) in members.iter_mut() {
                if let Cow::Owned(hidden) = secrets.hidden(key) {
                    *key = hidden.into();
                }
                hide_keys(secrets, value);
            }
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        _ => {}
    }
}

/// What numbers are sorted by, for `9` comes before `10`; nothing for all else.
fn number_order(item: &Exact) -> String {
    let Exact::Number(number) = item else {
        return String::new();
    };
    let bits = number.parse::<f64>().unwrap_or_default().to_bits();
    // The bits of two numbers compare as the numbers do, but for the sign.
    let order = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    format!("number {order:016x} ")
}

/// Where each rule applies, in the order of the rules.
#[derive(Default)]
struct Located {
    redact: Vec<Vec<rules::Path>>,
    shape: Vec<Vec<rules::Path>>,
    sort: Vec<Vec<rules::Path>>,
    only: Option<Only>,
}

struct Only {
    paths: Vec<rules::Path>,
    singular: bool,
}

/// The body as text, if a person could read it.
fn readable(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let binary = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    // Looked at to the end, which many bytes at once can be.
    let is_binary = text.bytes().fold(false, |any, byte| any | binary(byte));
    (!is_binary).then_some(text)
}

/// Below the body, each text in it that is a whole XML document, under its path.
fn print_documents(tree: &Exact, path: &mut String, output: &mut String) {
    let length = path.len();
    match tree {
        Exact::Text(text) if text.trim_start().starts_with('<') => {
            if let Some(xml) = xml::indented(text) {
                let _ = write!(output, "\n\n{path}:\n{xml}");
            }
        }
        Exact::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let _ = write!(path, "[{index}]");
                print_documents(item, path, output);
                path.truncate(length);
            }
        }
        Exact::Map(members) => {
            for (key, value) in members {
                let plain = |character: char| character.is_alphanumeric() || character == '_';
                let first = key.chars().next();
                if first.is_some_and(|first| !first.is_numeric()) && key.chars().all(plain) {
                    let _ = write!(path, ".{key}");
                } else {
                    let _ = write!(
                        path,
                        "['{}']",
                        key.replace('\\', "\\\\").replace('\'', "\\'")
                    );
                }
                print_documents(value, path, output);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "normalise_tests.rs"]
mod tests;

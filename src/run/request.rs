//! A request of the plan becomes one that can be sent: templates evaluated, the URL joined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::time::Duration;
use url::Url;

use super::body::{Built, MadeOf};
use super::decode::ACCEPTED;
use super::evaluate::{Evaluate, spell};
use super::http::{Outgoing, header_problem};
use super::retry::Retrying;
use super::tls::tls;
use crate::model::duration;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Auth, DurationTemplate, Request};
use crate::model::source::Span;
use crate::model::template::{Engine, RenderError, Scope};

/// How many redirects `follow: true` follows.
const REDIRECTS: usize = 10;

/// What each request says that does not say otherwise.
pub const OWN_HEADERS: [(&str, &str); 3] = [
    ("accept-encoding", ACCEPTED),
    ("user-agent", concat!("sammati/", env!("CARGO_PKG_VERSION"))),
    ("accept", "*/*"),
];

/// A request with the settings of its exchange.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) outgoing: Outgoing,
    pub(super) follow: usize,
    pub(super) timeout: Duration,
    pub(super) max_body: u64,
    pub(super) retry: Option<Retrying>,
    pub(super) span: Span,
    /// What the body was made of.
    pub(super) made_of: MadeOf,
}

/// Evaluates everything in a request.
pub(super) fn prepare(
    request: &Request,
    base: &Url,
    evaluate: &Evaluate<'_>,
) -> Result<Prepared, Failure> {
    let Evaluate {
        engine,
        scope,
        span,
        ..
    } = *evaluate;
    let wrong = |message: String| Failure::new(FailureKind::Request, Some(span), message);
    let render = |error| from_render(error, span);

    let text = engine.render(&request.url, scope).map_err(render)?;
    let mut url = join(base, &text).map_err(wrong)?;
    let mut headers = Headers::default();
    for (name, value) in &request.headers {
        let value = engine.build(value, scope).map_err(render)?;
        let value =
            spell(&value).map_err(|kind| wrong(format!("the header `{name}` is {kind}")))?;
        // The client sends it whatever is said here, and what is told must be what was sent.
        if value.is_none() && name.eq_ignore_ascii_case("accept") {
            continue;
        }
        headers.set(name, value);
    }
    if !url.username().is_empty() || url.password().is_some() {
        headers.fall_back("authorization", || basic_of(&url));
        url.set_username("")
            .and_then(|()| url.set_password(None))
            .map_err(|()| wrong("the URL's user and password cannot be read".into()))?;
    }
    match &request.auth {
        Auth::None => {}
        Auth::Bearer(token) if headers.is_free("authorization") => {
            let token = engine.render(token, scope).map_err(render)?;
            headers.set("authorization", Some(format!("Bearer {token}")));
        }
        Auth::Basic { user, password } if headers.is_free("authorization") => {
            let user = engine.render(user, scope).map_err(render)?;
            let password = engine.render(password, scope).map_err(render)?;
            headers.set("authorization", Some(basic(&user, &password)));
        }
        // The step's own header wins.
        Auth::Bearer(_) | Auth::Basic { .. } => {}
    }
    let query = evaluate.fields(&request.query, "query parameter")?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let body = match &request.body {
        Some(body) => Built::new(body, evaluate)?,
        None => Built::default(),
    };
    body.declare(&mut headers);
    for (name, value) in OWN_HEADERS {
        headers.fall_back(name, || value.into());
    }
    let headers = headers.into_sent();
    if let Some(problem) = headers
        .iter()
        .find_map(|(name, value)| header_problem(name, value))
    {
        return Err(wrong(problem));
    }
    let follow = follow(&engine.build(&request.follow, scope).map_err(render)?).map_err(wrong)?;
    Ok(Prepared {
        outgoing: Outgoing {
            method: request.method.clone(),
            tls: tls(request.tls.as_deref(), evaluate, url.scheme(), follow)?,
            url,
            headers,
            body: body.bytes,
            brief: body.brief,
        },
        follow,
        timeout: time(&request.timeout, engine, scope).map_err(|error| from_render(error, span))?,
        max_body: request.max_body,
        retry: match &request.retry {
            Some(retry) => Some(Retrying::new(retry, engine, scope)?),
            None => None,
        },
        span,
        made_of: body.made_of,
    })
}

/// The base URL of a target.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("`{text}` is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` is neither http nor https"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// A URL as it is written, with the base URL before it if it names no host.
fn join(base: &Url, text: &str) -> Result<Url, String> {
    if let Some(odd) = text
        .chars()
        .find(|odd| odd.is_control() || odd.is_whitespace())
    {
        return Err(format!(
            "the URL `{}` has {} in it: `urlencode` what stands in a URL",
            text.escape_debug(),
            if odd == ' ' {
                "a space"
            } else {
                "a control character"
            },
        ));
    }
    let parse =
        |whole: &str| Url::parse(whole).map_err(|error| format!("`{whole}` is no URL: {error}"));
    let scheme = text.split(['/', '?', '#']).next().unwrap_or_default();
    let mut url = if scheme.eq_ignore_ascii_case("http:") || scheme.eq_ignore_ascii_case("https:") {
        parse(text)?
    } else if scheme.ends_with(':') && text[scheme.len()..].starts_with("//") {
        return Err(format!("`{text}` is neither http nor https"));
    } else {
        // Only the path and the query are read: the host is the base's, and was read long ago.
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let slash = if path.is_empty() || path.starts_with('/') {
            ""
        } else {
            "/"
        };
        let before = base.path().trim_end_matches('/');
        let mut url = base.clone();
        url.set_path(&format!("{before}{slash}{path}"));
        url.set_query(query);
        url
    };
    url.set_fragment(None);
    Ok(url)
}

/// The duration that is known or computed.
pub(super) fn time(
    duration: &DurationTemplate,
    engine: &Engine,
    scope: &Scope,
) -> Result<Duration, RenderError> {
    match duration {
        DurationTemplate::Fixed(duration) => Ok(*duration),
        DurationTemplate::Computed(template) => {
            let text = engine.render(template, scope)?;
            duration::parse(&text).map_err(|message| RenderError {
                message,
                span: Some(template.span()),
            })
        }
    }
}

/// A failed template as a failure, at its own place if that is known.
pub(super) fn from_render(error: RenderError, span: Span) -> Failure {
    Failure::new(
        FailureKind::Request,
        error.span.or(Some(span)),
        error.message,
    )
}

fn follow(value: &Value) -> Result<usize, String> {
    match value {
        Value::Null | Value::Bool(false) => Ok(0),
        Value::Bool(true) => Ok(REDIRECTS),
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| format!("`follow` cannot be {number}")),
        other => Err(format!("`follow` is true, false or a number, not {other}")),
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn basic_of(url: &Url) -> String {
    let plain = |text| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    basic(
        &plain(url.username()),
        &plain(url.password().unwrap_or_default()),
    )
}

/// Headers by name; a name set to nothing is not sent and takes no default.
#[derive(Default)]
pub(super) struct Headers(Vec<(String, Option<String>)>);

impl Headers {
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        let name = name.to_ascii_lowercase();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => self.0.push((name, value)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let known = self.0.iter().find(|(known, _)| known == name);
        known.and_then(|(_, value)| value.as_deref())
    }

    fn is_free(&self, name: &str) -> bool {
        !self.0.iter().any(|(known, _)| known == name)
    }

    pub(super) fn fall_back(&mut self, name: &str, value: impl FnOnce() -> String) {
        if self.is_free(name) {
            self.0.push((name.to_owned(), Some(value())));
        }
    }

    fn into_sent(self) -> Vec<(String, String)> {
        self.0
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn urls_are_joined_to_the_base() {
        for (base, text, whole) in [
            ("http://a.test", "/x", "http://a.test/x"),
            ("http://a.test/", "x", "http://a.test/x"),
            ("http://a.test/v1", "/x?y=1", "http://a.test/v1/x?y=1"),
            ("http://a.test/v1/", "/x", "http://a.test/v1/x"),
            ("http://a.test/v1", "?y=1", "http://a.test/v1?y=1"),
            ("http://a.test/v1", "", "http://a.test/v1"),
            ("http://a.test", "//b.test/x", "http://a.test//b.test/x"),
            ("http://a.test", "@b.test/x", "http://a.test/@b.test/x"),
            ("http://a.test", "b.test:80/x", "http://a.test/b.test:80/x"),
            ("http://a.test", "HTTPS://b.test/x#y", "https://b.test/x"),
            ("http://a.test", "/x/é", "http://a.test/x/%C3%A9"),
            ("http://a.test/v1", "/x/../y#z", "http://a.test/v1/y"),
            ("http://a.test", "/x?y=/z?#w?", "http://a.test/x?y=/z?"),
        ] {
            let base = base_url(base).unwrap();
            assert_eq!(join(&base, text).unwrap().as_str(), whole, "{text}");
        }
        let base = base_url("http://a.test").unwrap();
        for text in [
            "/a b",
            "/a\r\nb",
            "/a\tb",
            "ftp://b.test/",
            "http://",
            "http://b.test:99999/",
        ] {
            assert!(join(&base, text).is_err(), "{text:?}");
        }
        assert!(base_url("a.test").is_err());
        assert!(base_url("file:///etc").is_err());
    }

    #[test]
    fn follow_is_a_boolean_or_a_number() {
        assert_eq!(follow(&json!(true)), Ok(10));
        assert_eq!(follow(&json!(false)), Ok(0));
        assert_eq!(follow(&json!(3)), Ok(3));
        assert!(follow(&json!(-1)).is_err());
        assert!(follow(&json!("yes")).is_err());
    }

    #[test]
    fn headers_are_named_once() {
        let mut headers = Headers::default();
        headers.set("X-A", Some("1".into()));
        headers.set("x-a", Some("2".into()));
        headers.set("Accept", None);
        headers.fall_back("accept", || "*/*".into());
        assert_eq!(headers.into_sent(), [("x-a".to_owned(), "2".to_owned())]);
    }
}

//! HTTP Archive 1.2: what was sent and received, for programs that read archives of browsers. A page is a case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

use super::facts::RunFacts;
use super::ordered::{Ended, Running};
use super::summary;
use super::text::visible_line;
use super::values::{object, seconds, status_word};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{CaseOutcome, Event, RunOutcome, Status, StepOutcome};

/// Notifications come to a path that only the run knows; an archive wants a whole address.
const RECEIVER: &str = "http://notification.invalid";

/// Writes the archive, the exchanges of each case when it ends.
pub struct Har<W> {
    out: W,
    facts: Arc<RunFacts>,
    running: Running,
    has_entries: bool,
    /// The pages, which are small, as JSON.
    pages: Vec<(usize, String)>,
}

impl<W: io::Write> Har<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Har {
            out,
            facts,
            running: Running::default(),
            has_entries: false,
            pages: Vec::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let creator =
            json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
        let target = Value::from(format!("target: {}", visible_line(&self.facts.target)));
        write!(
            self.out,
            "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"comment\":{target},\"entries\":["
        )
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let id = format!("case-{}", ended.case + 1);
        let outcome = &ended.outcome;
        self.pages
            .push((ended.case, self.page(&id, outcome).to_string()));
        for (attempt, earlier) in outcome.earlier.iter().enumerate() {
            for step in &earlier.failed {
                let comment = format!("{}, attempt {}", comment(step), attempt + 1);
                self.step(&id, step, &comment)?;
            }
        }
        for step in &ended.steps {
            self.step(&id, step, &comment(step))?;
        }
        Ok(())
    }

    fn step(&mut self, page: &str, step: &StepOutcome, comment: &str) -> io::Result<()> {
        for exchange in &step.exchanges {
            let comma = if self.has_entries { "," } else { "" };
            self.has_entries = true;
            let entry = self.entry(page, exchange, comment);
            write!(self.out, "{comma}\n{entry}")?;
        }
        Ok(())
    }

    fn page(&self, id: &str, outcome: &CaseOutcome) -> Value {
        let word = status_word(&outcome.status);
        let comment = match &outcome.status {
            Status::Passed if outcome.is_flaky() => format!("{word}, flaky"),
            Status::Passed => word.to_owned(),
            Status::Skipped(reason) => format!("{word}: {}", visible_line(reason)),
            _ => format!("{word}: {}", summary::message(outcome)),
        };
        json!({
            "startedDateTime": self.moment(outcome.began),
            "id": id,
            "title": format!("{} ({})", outcome.about.title(), outcome.about.path),
            "pageTimings": { "onContentLoad": -1, "onLoad": milliseconds(outcome.duration) },
            "comment": comment,
        })
    }

    fn entry(&self, page: &str, exchange: &Exchange, comment: &str) -> Value {
        let took = milliseconds(exchange.took);
        let (request, response) = if exchange.response.is_notification() {
            (notified(&exchange.response), no_response())
        } else {
            (request(&exchange.request), response(&exchange.response))
        };
        json!({
            "pageref": page,
            "startedDateTime": self.moment(exchange.began),
            "time": took,
            "request": request,
            "response": response,
            "cache": {},
            // How the time was spent is not known.
            "timings": { "blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": took, "receive": 0 },
            "comment": comment,
        })
    }

    fn moment(&self, after: Duration) -> String {
        let moment = self.facts.started.checked_add(after);
        let moment = moment.unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{moment:.6}")
    }
}

impl<W: io::Write> super::Reporter for Har<W> {
    fn on_event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted { .. } = event {
            return self.begin();
        }
        match self.running.take(event) {
            Some(ended) => self.case(&ended),
            None => Ok(()),
        }
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.pages.sort_unstable_by_key(|(number, _)| *number);
        write!(self.out, "\n],\"pages\":[")?;
        for (at, (_, page)) in self.pages.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(self.out, "{comma}\n{page}")?;
        }
        let interrupted = outcome.interrupted;
        writeln!(self.out, "\n],\"_interrupted\":{interrupted}}}}}")?;
        self.out.flush()
    }
}

/// What the exchange was for.
fn comment(step: &StepOutcome) -> String {
    let mut comment = format!("step `{}` {}", step.label, status_word(&step.status));
    if let Some(failure) = step.failures.first() {
        comment.push_str(": ");
        comment.push_str(&failure.message);
    }
    visible_line(&comment)
}

fn milliseconds(duration: Duration) -> f64 {
    (seconds(duration) * 1_000_000.0).round() / 1000.0
}

fn headers(headers: &[(String, String)]) -> Vec<Value> {
    let value = |(name, value): &(String, String)| json!({ "name": name, "value": value });
    headers.iter().map(value).collect()
}

fn header<'a>(headers: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.as_str())
}

/// What a request has without its body. Cookies are hidden, so none are told.
fn request_head(method: &str, url: &str, sent: &[(String, String)]) -> Map<String, Value> {
    let query: Vec<Value> = Url::parse(url).map_or_else(
        |_| Vec::new(),
        |url| {
            url.query_pairs()
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect()
        },
    );
    object(json!({
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(sent),
        "queryString": query,
        "headersSize": -1,
        "bodySize": -1,
    }))
}

fn request(request: &Request) -> Value {
    let mut value = request_head(&request.method, &request.url, &request.headers);
    let kind = header(&request.headers, "content-type").unwrap_or_default();
    if let Some(brief) = &request.brief {
        let data = json!({ "mimeType": kind, "params": [], "text": brief.as_ref(), "comment": "its parts, without what is in them" });
        value.insert("postData".into(), data);
    } else if !request.body.is_empty() {
        value.insert("postData".into(), posted(kind, &request.body));
    }
    Value::Object(value)
}

/// The format has no word for the encoding of what is sent.
fn posted(kind: &str, body: &[u8]) -> Value {
    match std::str::from_utf8(body) {
        Ok(text) => json!({ "mimeType": kind, "params": [], "text": text }),
        Err(_) => json!({
            "mimeType": kind,
            "params": [],
            "text": STANDARD.encode(body),
            "comment": "base64",
            "_encoding": "base64",
        }),
    }
}

fn response(response: &Response) -> Value {
    let kind = header(&response.headers, "content-type").unwrap_or_default();
    let mut content = object(json!({ "size": response.body.len(), "mimeType": kind }));
    match std::str::from_utf8(&response.body) {
        Ok(text) => content.insert("text".into(), text.into()),
        Err(_) => {
            content.insert("encoding".into(), "base64".into());
            content.insert("text".into(), STANDARD.encode(&response.body).into())
        }
    };
    json!({
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&response.headers),
        "content": content,
        "redirectURL": header(&response.headers, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": -1,
    })
}

/// A notification is a request to us.
fn notified(notification: &Response) -> Value {
    let kind = header(&notification.headers, "content-type").unwrap_or_default();
    let path = notification.url.trim_start_matches('/');
    let mut value = request_head("POST", &format!("{RECEIVER}/{path}"), &notification.headers);
    value.insert("postData".into(), posted(kind, &notification.body));
    value.insert("comment".into(), "a notification that came".into());
    Value::Object(value)
}

/// What it was answered is not told of. Archives have status 0 for that.
fn no_response() -> Value {
    json!({
        "status": 0,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": { "size": 0, "mimeType": "" },
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

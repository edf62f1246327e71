//! HTTP Archive 1.2: what was sent and received, for programs that read archives of browsers. A page is a case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

use super::chronicle::Ended;
use super::facts::RunFacts;
use super::object::{Object, Style, object, write_object};
use super::summary;
use super::text::visible_line;
use super::values::{headers, seconds, status_word};
use super::written::{Pieces, Written};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::{CaseOutcome, Event, RunOutcome, Status, StepOutcome};

/// Notifications come to a path that only the run knows; an archive wants a whole address.
const RECEIVER: &str = "http://notification.invalid";

/// Writes the archive, the exchanges of each case when it ends.
pub struct Har<W> {
    out: W,
    facts: Arc<RunFacts>,
    has_entries: bool,
    /// Room for an entry.
    entry: Vec<u8>,
    /// The pages, which are small, as JSON.
    pages: Vec<(usize, Vec<u8>)>,
}

impl<W: io::Write> Har<W> {
    /// A report to that writer.
    pub fn new(out: W, facts: Arc<RunFacts>) -> Self {
        Har {
            out,
            facts,
            has_entries: false,
            entry: Vec::new(),
            pages: Vec::new(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let log = object(Style::Whole, |object| {
            object.text("version", "1.2");
            object.object("creator", |object| {
                object.text("name", env!("CARGO_PKG_NAME"));
                object.text("version", env!("CARGO_PKG_VERSION"));
            });
            let target = visible_line(&self.facts.target);
            object.text("comment", &format!("target: {target}"));
        });
        self.out.write_all(b"{\"log\":")?;
        // It goes on.
        self.out.write_all(&log[..log.len() - 1])?;
        self.out.write_all(b",\"entries\":[")?;
        // Where nothing can be written, nothing need be run.
        self.out.flush()
    }

    fn case(&mut self, ended: &Ended) -> io::Result<()> {
        let id = format!("case-{}", ended.case + 1);
        let outcome = &ended.outcome;
        self.pages.push((ended.case, self.page(&id, outcome)));
        for (attempt, earlier) in outcome.earlier.iter().enumerate() {
            for step in &earlier.failed {
                let comment = format!("{}, attempt {}", comment(step), attempt + 1);
                self.step(&id, step, None, &comment)?;
            }
        }
        for step in &ended.steps {
            let (outcome, written) = (&step.outcome, step.if_written());
            self.step(&id, outcome, written, &comment(outcome))?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        page: &str,
        step: &StepOutcome,
        written: Option<&Written>,
        comment: &str,
    ) -> io::Result<()> {
        for (index, exchange) in step.exchanges.iter().enumerate() {
            let known = written.and_then(|written| written.pieces(index));
            let comma: &[u8] = if self.has_entries { b",\n" } else { b"\n" };
            self.has_entries = true;
            let mut entry = std::mem::take(&mut self.entry);
            entry.clear();
            entry.extend_from_slice(comma);
            self.write_entry(&mut entry, page, (exchange, known.as_ref()), comment);
            let written = self.out.write_all(&entry);
            self.entry = entry;
            written?;
        }
        Ok(())
    }

    fn page(&self, id: &str, outcome: &CaseOutcome) -> Vec<u8> {
        let word = status_word(&outcome.status);
        let comment = match &outcome.status {
            Status::Passed if outcome.is_flaky() => format!("{word}, flaky"),
            Status::Passed => word.to_owned(),
            Status::Skipped(reason) => format!("{word}: {}", visible_line(reason)),
            _ => format!("{word}: {}", summary::message(outcome)),
        };
        object(Style::Whole, |object| {
            object.text("startedDateTime", &self.moment(outcome.began));
            object.text("id", id);
            let title = format!("{} ({})", outcome.about.title(), outcome.about.path);
            object.text("title", &title);
            object.object("pageTimings", |object| {
                object.number("onContentLoad", -1);
                object.fraction("onLoad", milliseconds(outcome.duration));
            });
            object.text("comment", &comment);
        })
    }

    fn write_entry(
        &self,
        out: &mut Vec<u8>,
        page: &str,
        (exchange, known): (&Exchange, Option<&Pieces<'_>>),
        comment: &str,
    ) {
        let took = milliseconds(exchange.took);
        write_object(out, Style::Whole, |object| {
            object.text("pageref", page);
            object.text("startedDateTime", &self.moment(exchange.began));
            object.fraction("time", took);
            if exchange.response.is_notification() {
                object.object("request", |object| {
                    notified(object, &exchange.response, known);
                });
                object.object("response", |object| {
                    response(object, &Response::default(), None);
                });
            } else {
                object.object("request", |object| {
                    request(object, &exchange.request, known);
                });
                object.object("response", |object| {
                    response(object, &exchange.response, known);
                });
            }
            object.object("cache", |_| {});
            object.object("timings", |object| {
                // How the time was spent is not known.
                for name in ["blocked", "dns", "connect", "ssl"] {
                    object.number(name, -1);
                }
                object.number("send", 0);
                object.fraction("wait", took);
                object.number("receive", 0);
            });
            object.text("comment", comment);
        });
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
        Ok(())
    }

    fn on_case(&mut self, ended: &Ended) -> io::Result<()> {
        self.case(ended)
    }

    fn tells_of_cases(&self) -> bool {
        true
    }

    fn on_end(&mut self, outcome: &RunOutcome) -> io::Result<()> {
        self.pages.sort_unstable_by_key(|(number, _)| *number);
        write!(self.out, "\n],\"pages\":[")?;
        for (at, (_, page)) in self.pages.iter().enumerate() {
            self.out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            self.out.write_all(page)?;
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

fn header<'a>(headers: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.as_str())
}

/// What a request has without its body. Cookies are hidden, so none are told.
fn request_head(
    object: &mut Object<'_>,
    (method, url): (&str, &str),
    sent: &[(String, String)],
    known: Option<&[u8]>,
) {
    object.text("method", method);
    object.text("url", url);
    object.text("httpVersion", "HTTP/1.1");
    object.texts("cookies", NONE);
    headers(object, sent, known);
    // Most have no query, and need not be read.
    let url = url.contains('?').then(|| Url::parse(url).ok()).flatten();
    let query = url.iter().flat_map(Url::query_pairs);
    object.objects("queryString", query, |object, (name, value)| {
        object.text("name", &name);
        object.text("value", &value);
    });
    sizes(object);
}

const NONE: [&str; 0] = [];

/// What was sent as it was sent is not known.
fn sizes(object: &mut Object<'_>) {
    object.number("headersSize", -1);
    object.number("bodySize", -1);
}

fn request(object: &mut Object<'_>, request: &Request, known: Option<&Pieces<'_>>) {
    let line = (request.method.as_str(), request.url.as_str());
    let body = known.map(|it| it.request_body);
    request_head(
        object,
        line,
        &request.headers,
        known.map(|it| it.request_headers),
    );
    let kind = header(&request.headers, "content-type").unwrap_or_default();
    if let Some(brief) = &request.brief {
        object.object("postData", |object| {
            object.text("mimeType", kind);
            object.texts("params", NONE);
            text(object, body, || (&**brief).into());
            object.text("comment", "its parts, without what is in them");
        });
    } else if !request.body.is_empty() {
        posted(object, kind, &request.body, body);
    }
}

/// The format has no word for the encoding of what is sent.
fn posted(object: &mut Object<'_>, kind: &str, body: &[u8], known: Option<&[u8]>) {
    object.object("postData", |object| {
        object.text("mimeType", kind);
        object.texts("params", NONE);
        match std::str::from_utf8(body) {
            Ok(plain) => text(object, known, || plain.into()),
            Err(_) => {
                text(object, known, || STANDARD.encode(body).into());
                object.text("comment", "base64");
                object.text("_encoding", "base64");
            }
        }
    });
}

/// A response; that to a notification is not told of, for which archives have status 0.
fn response(object: &mut Object<'_>, response: &Response, known: Option<&Pieces<'_>>) {
    let kind = header(&response.headers, "content-type").unwrap_or_default();
    object.number("status", response.status);
    object.text("statusText", response.reason);
    object.text("httpVersion", "HTTP/1.1");
    object.texts("cookies", NONE);
    headers(
        object,
        &response.headers,
        known.map(|it| it.response_headers),
    );
    let known = known.map(|it| it.response_body);
    object.object("content", |object| {
        object.number("size", response.body.len());
        object.text("mimeType", kind);
        match std::str::from_utf8(&response.body) {
            Ok(plain) => text(object, known, || plain.into()),
            Err(_) => {
                object.text("encoding", "base64");
                text(object, known, || STANDARD.encode(&response.body).into());
            }
        }
    });
    let location = header(&response.headers, "location").unwrap_or_default();
    object.text("redirectURL", location);
    sizes(object);
}

/// A body's text, whose JSON may be known.
fn text<'b>(object: &mut Object<'_>, known: Option<&[u8]>, text: impl FnOnce() -> Cow<'b, str>) {
    match known {
        Some(known) => object.json("text", known),
        None => object.text("text", &text()),
    }
}

/// A notification is a request to us.
fn notified(object: &mut Object<'_>, notification: &Response, known: Option<&Pieces<'_>>) {
    let kind = header(&notification.headers, "content-type").unwrap_or_default();
    let path = notification.url.trim_start_matches('/');
    let url = format!("{RECEIVER}/{path}");
    let headers = known.map(|it| it.response_headers);
    request_head(object, ("POST", &url), &notification.headers, headers);
    posted(
        object,
        kind,
        &notification.body,
        known.map(|it| it.response_body),
    );
    object.text("comment", "a notification that came");
}

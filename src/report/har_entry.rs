//! An entry of an archive: an exchange, with what it was for. Which page it is on is said where it is put there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::time::Duration;
use url::Url;

use super::facts::RunFacts;
use super::object::{Object, Style, key, write_object};
use super::text::visible_line;
use super::values::{headers, status_word};
use super::written::{Parts, Piece};
use crate::model::exchange::{Exchange, Request, Response};
use crate::model::outcome::StepOutcome;

/// Notifications come to a path that only the run knows; an archive wants a whole address.
const RECEIVER: &str = "http://notification.invalid";

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Writes the entries of a run.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    started: Timestamp,
    /// The day on which the run began, and when that was. To work out a day takes longer than all else of an entry.
    day: String,
    midnight: i64,
}

impl Entries {
    /// Of that run.
    pub(super) fn new(facts: &RunFacts) -> Entries {
        let started = facts.started;
        let microseconds = started.as_microsecond();
        Entries {
            started,
            day: started.to_zoned(TimeZone::UTC).date().to_string(),
            midnight: microseconds - microseconds.rem_euclid(DAY),
        }
    }

    /// An exchange; parts of it may be known.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        exchange: &Exchange,
        known: Option<Parts<'_>>,
        comment: &str,
    ) {
        write_object(out, Style::Whole, |object| {
            object.text(key!("startedDateTime"), &self.moment(exchange.began));
            object.milliseconds(key!("time"), exchange.took);
            if exchange.response.is_notification() {
                object.object(key!("request"), |object| {
                    notified(object, &exchange.response, known);
                });
                object.object(key!("response"), |object| {
                    response(object, &Response::default(), None);
                });
            } else {
                object.object(key!("request"), |object| {
                    request(object, &exchange.request, known);
                });
                object.object(key!("response"), |object| {
                    response(object, &exchange.response, known);
                });
            }
            // How the time was spent is not known.
            object.members(
                br#","cache":{},"timings":{"blocked":-1,"dns":-1,"connect":-1,"ssl":-1,"send":0"#,
            );
            object.milliseconds(key!("wait"), exchange.took);
            object.members(br#","receive":0}"#);
            object.text(key!("comment"), comment);
        });
    }

    /// A moment, so long after the run began.
    pub(super) fn moment(&self, after: Duration) -> String {
        let moment = self.started.checked_add(after);
        let moment = moment.unwrap_or(Timestamp::UNIX_EPOCH);
        let today = moment.as_microsecond() - self.midnight;
        let Some(microseconds) = u64::try_from(today).ok().filter(|_| today < DAY) else {
            return format!("{moment:.6}");
        };
        let seconds = microseconds / 1_000_000;
        let mut text = String::with_capacity("2026-04-01T09:30:00.000000Z".len());
        text.push_str(&self.day);
        for (mark, number) in [
            ('T', seconds / 3600),
            (':', seconds / 60 % 60),
            (':', seconds % 60),
            ('.', microseconds / 10_000 % 100),
        ] {
            text.push(mark);
            two_digits(&mut text, number);
        }
        two_digits(&mut text, microseconds / 100 % 100);
        two_digits(&mut text, microseconds % 100);
        text.push('Z');
        text
    }
}

fn two_digits(text: &mut String, number: u64) {
    // They are ASCII.
    text.push(char::from(b'0' + (number / 10) as u8));
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// What the exchange was for.
pub(super) fn comment(step: &StepOutcome) -> String {
    let word = status_word(&step.status);
    let mut comment = String::with_capacity("step `` ".len() + step.label.len() + word.len());
    for part in ["step `", &step.label, "` ", word] {
        comment.push_str(part);
    }
    if let Some(failure) = step.failures.first() {
        comment.push_str(": ");
        comment.push_str(&failure.message);
    }
    visible_line(&comment)
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
    known: Option<Piece<'_>>,
) {
    object.text(key!("method"), method);
    object.text(key!("url"), url);
    object.members(br#","httpVersion":"HTTP/1.1","cookies":[]"#);
    head(object, sent, known);
    // Most have no query, and need not be read.
    let url = url.contains('?').then(|| Url::parse(url).ok()).flatten();
    let query = url.iter().flat_map(Url::query_pairs);
    object.objects(key!("queryString"), query, |object, (name, value)| {
        object.text(key!("name"), &name);
        object.text(key!("value"), &value);
    });
    sizes(object);
}

/// What was sent as it was sent is not known.
fn sizes(object: &mut Object<'_>) {
    object.members(br#","headersSize":-1,"bodySize":-1"#);
}

fn request(object: &mut Object<'_>, request: &Request, known: Option<Parts<'_>>) {
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
        object.object(key!("postData"), |object| {
            object.text(key!("mimeType"), kind);
            object.json(key!("params"), b"[]");
            text(object, body, || (&**brief).into());
            object.text(key!("comment"), "its parts, without what is in them");
        });
    } else if !request.body.is_empty() {
        posted(object, kind, &request.body, body);
    }
}

/// The format has no word for the encoding of what is sent.
fn posted(object: &mut Object<'_>, kind: &str, body: &[u8], known: Option<Piece<'_>>) {
    object.object(key!("postData"), |object| {
        object.text(key!("mimeType"), kind);
        object.json(key!("params"), b"[]");
        match std::str::from_utf8(body) {
            Ok(plain) => text(object, known, || plain.into()),
            Err(_) => {
                text(object, known, || STANDARD.encode(body).into());
                object.text(key!("comment"), "base64");
                object.text(key!("_encoding"), "base64");
            }
        }
    });
}

/// A response; that to a notification is not told of, for which archives have status 0.
fn response(object: &mut Object<'_>, response: &Response, known: Option<Parts<'_>>) {
    let kind = header(&response.headers, "content-type").unwrap_or_default();
    object.number(key!("status"), response.status);
    object.text(key!("statusText"), response.reason);
    object.members(br#","httpVersion":"HTTP/1.1","cookies":[]"#);
    head(
        object,
        &response.headers,
        known.map(|it| it.response_headers),
    );
    let known = known.map(|it| it.response_body);
    object.object(key!("content"), |object| {
        object.number(key!("size"), response.body.len());
        object.text(key!("mimeType"), kind);
        match std::str::from_utf8(&response.body) {
            Ok(plain) => text(object, known, || plain.into()),
            Err(_) => {
                object.text(key!("encoding"), "base64");
                text(object, known, || STANDARD.encode(&response.body).into());
            }
        }
    });
    let location = header(&response.headers, "location").unwrap_or_default();
    object.text(key!("redirectURL"), location);
    sizes(object);
}

/// Headers, whose JSON may be known.
fn head(object: &mut Object<'_>, all: &[(String, String)], known: Option<Piece<'_>>) {
    match known {
        Some(known) => known.put(object, key!("headers")),
        None => headers(object, all, None),
    }
}

/// A body's text, whose JSON may be known.
fn text<'b>(
    object: &mut Object<'_>,
    known: Option<Piece<'_>>,
    text: impl FnOnce() -> Cow<'b, str>,
) {
    match known {
        Some(known) => known.put(object, key!("text")),
        None => object.text(key!("text"), &text()),
    }
}

/// A notification is a request to us.
fn notified(object: &mut Object<'_>, notification: &Response, known: Option<Parts<'_>>) {
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
    object.text(key!("comment"), "a notification that came");
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for started in ["2026-04-01T09:30:00Z", "2026-12-31T23:59:59.9999999Z"] {
            let started: Timestamp = started.parse().unwrap();
            let entries = Entries::new(&RunFacts {
                started,
                ..(*facts()).clone()
            });
            for after in [0, 1, 1500, 61_000_000, 3_661_000_001, 86_400_000_000] {
                let after = Duration::from_micros(after);
                let moment = started.checked_add(after).unwrap();
                assert_eq!(entries.moment(after), format!("{moment:.6}"));
            }
        }
    }
}

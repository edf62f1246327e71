//! What stands in for values that vary from run to run: the origin, captured values, ids and the time.
//!
//! One pass over each text and no regular expressions: a case makes its own, and compiling them would cost
//! more than all the comparing.

use std::borrow::Cow;
use std::collections::HashMap;

use super::captured::Captured;
use crate::model::bytes::has_any;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// Servers round to the second, and their clocks are a little off.
const LEEWAY: i128 = 2 * SECOND;

/// The length of a UUID, of a trace id.
const UUID: usize = 36;
const TRACE: usize = 35;
/// The shortest of what is looked for: a time to the second.
const SHORTEST: usize = 20;

/// What is known of a case's values.
#[derive(Clone, Debug)]
pub(super) struct Placeholders {
    origins: Vec<String>,
    captured: Captured,
    /// The length of the shortest text in which anything is replaced. Most are shorter.
    shortest: usize,
    uuids: HashMap<String, usize>,
    traces: HashMap<String, usize>,
    started: Option<i128>,
}

/// How far the numbering had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(usize, usize);

/// What an id is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uuid,
    Trace,
}

impl Placeholders {
    pub(super) fn new(origin: &str, started: Option<i128>) -> Self {
        let origin = origin.trim_end_matches('/');
        let mut origins = Vec::new();
        if !origin.is_empty() {
            origins.push(origin.to_owned());
            origins.push(url::form_urlencoded::byte_serialize(origin.as_bytes()).collect());
        }
        let shortest = origins.iter().map(String::len).fold(SHORTEST, usize::min);
        Placeholders {
            origins,
            captured: Captured::default(),
            shortest,
            uuids: HashMap::new(),
            traces: HashMap::new(),
            started,
        }
    }

    /// The first name of a value stays.
    pub(super) fn note_capture(&mut self, name: &str, value: &str) {
        let long = value.chars().count() >= 12 && value.bytes().any(|byte| byte.is_ascii_digit());
        if long || is_uuid(value.as_bytes()) {
            self.captured.note(name, value);
            self.shortest = self.shortest.min(value.len());
        }
    }

    /// The length of the shortest text in which anything is replaced.
    pub(super) fn shortest(&self) -> usize {
        self.shortest
    }

    /// Whether anything in the text can be replaced: most are too short for it.
    #[inline]
    pub(super) fn may_replace(&self, text: &str) -> bool {
        text.len() >= self.shortest
    }

    /// The text with everything replaced; ids not seen before get their numbers.
    pub(super) fn replace<'t>(&mut self, text: &'t str, now: i128) -> Cow<'t, str> {
        if !self.may_replace(text) {
            return text.into();
        }
        let text = self.without_origin_and_captures(text);
        let (uuids, traces) = (&mut self.uuids, &mut self.traces);
        let window = self.started.map(|started| (started, now));
        rewrite(text, |text, at| {
            volatile(text, at, window, |kind, id| {
                let (word, known) = match kind {
                    Kind::Uuid => ("uuid", &mut *uuids),
                    Kind::Trace => ("trace", &mut *traces),
                };
                let next = known.len() + 1;
                let number = *known.entry(id.to_ascii_lowercase()).or_insert(next);
                format!("[{word}-{number}]")
            })
        })
    }

    /// The text with everything replaced, without numbers for ids not seen before: what a list may be sorted by.
    pub(super) fn peek<'t>(&self, text: &'t str, now: i128) -> Cow<'t, str> {
        let window = self.started.map(|started| (started, now));
        rewrite(self.without_origin_and_captures(text), |text, at| {
            volatile(text, at, window, |kind, id| {
                let (word, known) = match kind {
                    Kind::Uuid => ("uuid", &self.uuids),
                    Kind::Trace => ("trace", &self.traces),
                };
                match known.get(&id.to_ascii_lowercase()) {
                    Some(number) => format!("[{word}-{number}]"),
                    None => format!("[{word}]"),
                }
            })
        })
    }

    /// How many ids have a number.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.uuids.len(), self.traces.len())
    }

    /// Forgets the numbers that were given since.
    pub(super) fn rewind(&mut self, Mark(uuids, traces): Mark) {
        self.uuids.retain(|_, number| *number <= uuids);
        self.traces.retain(|_, number| *number <= traces);
    }

    fn without_origin_and_captures<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for origin in &self.origins {
            text = replace_origin(text, origin);
        }
        self.captured.replace(text)
    }
}

/// The text with each `origin` replaced that is not the beginning of a longer one.
fn replace_origin<'t>(text: Cow<'t, str>, origin: &str) -> Cow<'t, str> {
    // Most texts are shorter or no address, and getting ready to look costs more than the look.
    if text.len() < origin.len() || !has_any(text.as_bytes(), b"/%") {
        return text;
    }
    let mut result = String::new();
    let mut kept = 0;
    for (at, found) in text.match_indices(origin) {
        let after = &text.as_bytes()[at + found.len()..];
        let longer = match after {
            [b'.' | b'-' | b':', next, ..] => next.is_ascii_alphanumeric(),
            [next, ..] => next.is_ascii_alphanumeric() || after.starts_with(b"%3A"),
            [] => false,
        };
        if !longer {
            result.push_str(&text[kept..at]);
            result.push_str("[target]");
            kept = at + found.len();
        }
    }
    if kept == 0 {
        return text;
    }
    result.push_str(&text[kept..]);
    Cow::Owned(result)
}

/// The text with what `find` gives put in. `find` is asked at every hyphen, which all of these forms have, and
/// answers with the range that it replaces.
fn rewrite<'t>(
    text: Cow<'t, str>,
    mut find: impl FnMut(&str, usize) -> Option<(usize, usize, String)>,
) -> Cow<'t, str> {
    if text.len() < SHORTEST {
        return text;
    }
    let mut result = String::new();
    let mut kept = 0;
    for (hyphen, _) in text.match_indices('-') {
        if hyphen < kept {
            continue;
        }
        if let Some((from, to, replacement)) = find(&text, hyphen)
            && from >= kept
        {
            result.push_str(&text[kept..from]);
            result.push_str(&replacement);
            kept = to;
        }
    }
    if kept == 0 {
        return text;
    }
    result.push_str(&text[kept..]);
    Cow::Owned(result)
}

/// The id or time whose first hyphen is at that place.
fn volatile(
    text: &str,
    hyphen: usize,
    window: Option<(i128, i128)>,
    name: impl FnOnce(Kind, &str) -> String,
) -> Option<(usize, usize, String)> {
    let bytes = text.as_bytes();
    if let Some(from) = hyphen.checked_sub(8)
        && stands_alone(bytes, from, from + UUID)
        && is_uuid(&bytes[from..from + UUID])
    {
        return Some((
            from,
            from + UUID,
            name(Kind::Uuid, &text[from..from + UUID]),
        ));
    }
    if let Some(from) = hyphen.checked_sub(1)
        && stands_alone(bytes, from, from + TRACE)
        && is_trace(&bytes[from..from + TRACE])
    {
        return Some((
            from,
            from + TRACE,
            name(Kind::Trace, &text[from..from + TRACE]),
        ));
    }
    let (started, now) = window?;
    let from = hyphen.checked_sub(4)?;
    let to = time_end(bytes, from)?;
    if !stands_alone(bytes, from, to) {
        return None;
    }
    let replacement = relative(&text[from..to], started, now)?;
    Some((from, to, replacement))
}

fn stands_alone(bytes: &[u8], from: usize, to: usize) -> bool {
    to <= bytes.len()
        && (from == 0 || !bytes[from - 1].is_ascii_alphanumeric())
        && bytes
            .get(to)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == UUID
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_trace(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        0 => *byte == b'1',
        1 | 10 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Where the RFC 3339 time that begins there ends.
fn time_end(bytes: &[u8], from: usize) -> Option<usize> {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let fits = |bytes: &[u8], form: &[u8]| {
        bytes.len() == form.len()
            && bytes.iter().zip(form).all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                _ => byte == form,
            })
    };
    let mut at = from + FORM.len();
    if !fits(bytes.get(from..at)?, FORM) {
        return None;
    }
    if bytes.get(at) == Some(&b'.') {
        let digits = bytes[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        at += 1 + digits;
    }
    match bytes.get(at)? {
        b'Z' | b'z' => Some(at + 1),
        b'+' | b'-' => {
            let rest = &bytes[at + 1..];
            if rest.get(..5).is_some_and(|offset| fits(offset, b"dd:dd")) {
                Some(at + 6)
            } else {
                rest.get(..4)
                    .is_some_and(|offset| fits(offset, b"dddd"))
                    .then_some(at + 5)
            }
        }
        _ => None,
    }
}

/// `[now]`, or how many days from it, if it is a whole number of them.
fn relative(time: &str, started: i128, now: i128) -> Option<String> {
    let instant = time.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
    let (from, to) = (started - LEEWAY, now.max(started) + LEEWAY);
    if (from..=to).contains(&instant) {
        return Some("[now]".into());
    }
    // Data is full of days' first and last seconds; a run that happens to be at midnight must not take them.
    if ["00:00:00", "23:59:59"].contains(&&time[11..19]) {
        return None;
    }
    // The number of days that brings it nearest to the window's middle, and then into the window.
    let days = (instant - from.midpoint(to) + DAY / 2).div_euclid(DAY);
    (days != 0 && (from..=to).contains(&(instant - days * DAY))).then(|| format!("[now{days:+}d]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "11111111-1111-4111-8111-11111111111a";
    const B: &str = "22222222-2222-4222-8222-22222222222b";

    fn at(time: &str) -> i128 {
        time.parse::<jiff::Timestamp>().unwrap().as_nanosecond()
    }

    #[test]
    fn ids_are_numbered_as_first_seen_and_keep_their_number() {
        let mut placeholders = Placeholders::new("http://127.0.0.1:80", None);
        let trace = "1-5759e988-bd862e3fe1be46a994272793";
        let upper = A.to_uppercase();
        for (text, expected) in [
            (format!("{B} {A}"), "[uuid-1] [uuid-2]".to_owned()),
            (format!("/x/{upper}?a={B}"), "/x/[uuid-2]?a=[uuid-1]".into()),
            (format!("txn_{A}."), "txn_[uuid-2].".into()),
            (
                format!("Root={trace};{trace}"),
                "Root=[trace-1];[trace-1]".into(),
            ),
            (format!("f{A}"), format!("f{A}")),
            (format!("{A}0"), format!("{A}0")),
            (format!("2{trace}"), format!("2{trace}")),
            (A[..35].to_owned(), A[..35].to_owned()),
            (A.replace('a', "g"), A.replace('a', "g")),
            ("a-b-₹-c".into(), "a-b-₹-c".into()),
            (
                "--------------------------------------------".into(),
                "-".repeat(44),
            ),
        ] {
            assert_eq!(placeholders.replace(&text, 0), expected);
        }
    }

    #[test]
    fn peeking_gives_no_numbers() {
        let mut placeholders = Placeholders::new("", None);
        assert_eq!(placeholders.replace(A, 0), "[uuid-1]");
        assert_eq!(placeholders.peek(&format!("{A} {B}"), 0), "[uuid-1] [uuid]");
        assert_eq!(placeholders.peek(B, 0), "[uuid]");
    }

    #[test]
    fn the_origin_is_replaced_where_it_ends() {
        let mut placeholders = Placeholders::new("http://localhost:80/", None);
        for (text, expected) in [
            (
                "http://localhost:80/v2?x=http://localhost:80",
                "[target]/v2?x=[target]",
            ),
            ("see http://localhost:80.", "see [target]."),
            ("http://localhost:8080/v2", "http://localhost:8080/v2"),
            (
                "http://localhost:80.example/",
                "http://localhost:80.example/",
            ),
            (
                "?to=http%3A%2F%2Flocalhost%3A80%2Fback",
                "?to=[target]%2Fback",
            ),
        ] {
            assert_eq!(placeholders.replace(text, 0), expected);
        }
    }

    #[test]
    fn times_near_the_run_are_relative_and_data_is_not() {
        let (started, now) = (at("2026-03-01T10:00:00.5Z"), at("2026-03-01T10:00:09Z"));
        let mut real = Placeholders::new("", Some(started));
        let mut fixed = Placeholders::new("", None);
        for (text, expected) in [
            ("2026-03-01T10:00:00Z", "[now]"),
            ("2026-03-01T15:30:05.123456+05:30", "[now]"),
            ("2026-03-01T15:30:05+0530", "[now]"),
            ("from 2026-03-01 10:00:03Z on", "from [now] on"),
            ("2026-06-29T10:00:04.001Z", "[now+120d]"),
            (
                "2026-01-30T10:00:04Z/2026-03-01T10:00:04Z",
                "[now-30d]/[now]",
            ),
            ("2026-03-02T09:59:59Z", "[now+1d]"),
            ("2026-03-01T10:01:00Z", "2026-03-01T10:01:00Z"),
            ("2026-03-01T09:59:00Z", "2026-03-01T09:59:00Z"),
            ("2026-03-02T11:00:04Z", "2026-03-02T11:00:04Z"),
            ("2026-03-01T10:00:04", "2026-03-01T10:00:04"),
            ("2026-03-01", "2026-03-01"),
            ("2026-13-41T10:00:04Z", "2026-13-41T10:00:04Z"),
        ] {
            assert_eq!(real.replace(text, now), expected);
            assert_eq!(fixed.replace(text, now), text);
        }
    }

    #[test]
    fn a_run_at_midnight_leaves_days_in_data_alone() {
        let started = at("2026-03-01T00:00:00Z");
        let mut placeholders = Placeholders::new("", Some(started));
        for (text, expected) in [
            ("2025-04-01T00:00:00Z", "2025-04-01T00:00:00Z"),
            ("2025-03-31T23:59:59Z", "2025-03-31T23:59:59Z"),
            ("2026-03-01T00:00:00Z", "[now]"),
        ] {
            assert_eq!(placeholders.replace(text, started + SECOND), expected);
        }
    }

    #[test]
    fn captures_name_values_and_win_over_ids() {
        let mut placeholders = Placeholders::new("http://h", None);
        placeholders.note_capture("consent_id", A);
        placeholders.note_capture("other", A);
        placeholders.note_capture("status", "PENDING");
        placeholders.note_capture("vua", "9999999999@onemoney");
        placeholders.note_capture("word", "averylongword");
        let text = format!("http://h/{A}/{B} PENDING 9999999999@onemoney averylongword");
        let expected = "[target]/[consent_id]/[uuid-1] PENDING [vua] averylongword";
        assert_eq!(placeholders.replace(&text, 0), expected);
        // The shortest that is noted, alone.
        let mut placeholders = Placeholders::new("http://127.0.0.1:4000", None);
        placeholders.note_capture("account", "123456789012");
        assert_eq!(placeholders.replace("123456789012", 0), "[account]");
    }
}

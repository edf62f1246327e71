//! Times and dates in text: the arithmetic of calendars. One of the owners of `jiff`.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

/// A time or a date as it was written.
enum Moment {
    Date(Date),
    Time {
        at: Zoned,
        /// Digits after the second.
        digits: usize,
        /// Whether the offset was written `Z`.
        universal: bool,
    },
}

/// Which way a time is moved.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Later,
    Earlier,
}

/// A moment in the form that `now()` has: UTC, milliseconds.
pub(super) fn now(nanoseconds: i128) -> Result<String, String> {
    Ok(universal(timestamp(nanoseconds)?))
}

/// The day of a moment, in UTC.
pub(super) fn today(nanoseconds: i128) -> Result<String, String> {
    let moment = timestamp(nanoseconds)?.to_zoned(TimeZone::UTC);
    Ok(moment.date().to_string())
}

fn timestamp(nanoseconds: i128) -> Result<Timestamp, String> {
    Timestamp::from_nanosecond(nanoseconds)
        .map_err(|_| "the clock is outside of what a calendar can say".to_owned())
}

fn universal(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Moves a time or a date by an amount like `1 month 2 days`.
pub(super) fn shift(text: &str, amount: &str, direction: Direction) -> Result<String, String> {
    let span = amount_of(amount)?;
    let span = match direction {
        Direction::Later => span,
        Direction::Earlier => -span,
    };
    let outside = |_| format!("`{text}` moved by `{amount}` is outside of the calendar");
    match read(text)? {
        Moment::Date(date) => {
            let days_only = span.get_hours() == 0
                && span.get_minutes() == 0
                && span.get_seconds() == 0
                && span.get_milliseconds() == 0;
            if days_only {
                return Ok(date.checked_add(span).map_err(outside)?.to_string());
            }
            let moved = DateTime::from_parts(date, Time::midnight())
                .checked_add(span)
                .map_err(outside)?;
            let at = moved.to_zoned(TimeZone::UTC).map_err(outside)?;
            Ok(universal(at.timestamp()))
        }
        Moment::Time {
            at,
            digits,
            universal,
        } => {
            let moved = at.checked_add(span).map_err(outside)?;
            let needed = if moved.subsec_nanosecond() != 0 && digits == 0 {
                3
            } else {
                0
            };
            Ok(write(&moved, digits.max(needed), universal))
        }
    }
}

/// RFC 3339: a time in UTC with milliseconds, a date as it is.
pub(super) fn iso(text: &str) -> Result<String, String> {
    Ok(match read(text)? {
        Moment::Date(date) => date.to_string(),
        Moment::Time { at, .. } => universal(at.timestamp()),
    })
}

/// A time or a date in another form.
pub(super) fn strftime(text: &str, format: &str) -> Result<String, String> {
    let at = match read(text)? {
        Moment::Time { at, .. } => at,
        Moment::Date(date) => date
            .to_zoned(TimeZone::UTC)
            .map_err(|_| format!("`{text}` is outside of the calendar"))?,
    };
    let printed = jiff::fmt::strtime::format(format, &at)
        .map_err(|error| format!("`{format}` is not a format of `strftime`: {error}"))?;
    Ok(printed)
}

/// The instant that a text names, in nanoseconds: RFC 3339, or a date at midnight UTC.
pub(crate) fn instant(text: &str) -> Option<i128> {
    match read(text).ok()? {
        Moment::Time { at, .. } => Some(at.timestamp().as_nanosecond()),
        Moment::Date(date) => Some(
            date.to_zoned(TimeZone::UTC)
                .ok()?
                .timestamp()
                .as_nanosecond(),
        ),
    }
}

/// Whether a text is a date of RFC 3339: `2025-04-01`.
pub(crate) fn is_date(text: &str) -> bool {
    date(text).is_some()
}

/// Whether a text is a time of RFC 3339: `2025-04-01T10:00:00Z`.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.len() > 10 && read(text).is_ok()
}

fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    Date::new(
        text[0..4].parse().ok()?,
        text[5..7].parse().ok()?,
        text[8..10].parse().ok()?,
    )
    .ok()
}

fn read(text: &str) -> Result<Moment, String> {
    let wrong = || {
        format!(
            "`{text}` is neither a date nor a time: write it like `2025-04-01` or `2025-04-01T10:00:00Z`"
        )
    };
    if let Some(date) = date(text) {
        return Ok(Moment::Date(date));
    }
    time(text).ok_or_else(wrong)
}

/// A time of RFC 3339, to the letter.
fn time(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 20 {
        return None;
    }
    let date = date(&text[..10])?;
    if !matches!(bytes[10], b'T' | b't' | b' ') || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let two = |at: usize| -> Option<i8> {
        let part = text.get(at..at + 2)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(())?;
        part.parse().ok()
    };
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let mut rest = &text[19..];
    let mut digits = 0;
    let mut nanoseconds = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        digits = fraction.find(|character: char| !character.is_ascii_digit())?;
        if digits == 0 {
            return None;
        }
        let kept = &fraction[..digits.min(9)];
        nanoseconds = format!("{kept:0<9}").parse().ok()?;
        rest = &fraction[digits..];
    }
    let (offset, universal) = match rest.as_bytes() {
        [b'Z' | b'z'] => (Offset::UTC, true),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let at = text.len() - 5;
            let (hours, minutes) = (i32::from(two(at)?), i32::from(two(at + 3)?));
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            let seconds = if *sign == b'-' { -seconds } else { seconds };
            (Offset::from_seconds(seconds).ok()?, false)
        }
        _ => return None,
    };
    // A leap second is a time, though no calendar here counts it.
    let second = if second == 60 { 59 } else { second };
    let time = Time::new(hour, minute, second, nanoseconds).ok()?;
    let at = DateTime::from_parts(date, time)
        .to_zoned(TimeZone::fixed(offset))
        .ok()?;
    Some(Moment::Time {
        at,
        digits: digits.min(9),
        universal,
    })
}

fn write(at: &Zoned, digits: usize, universal: bool) -> String {
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    if digits > 0 {
        let nanoseconds = format!("{:09}", at.subsec_nanosecond());
        text.push('.');
        text.push_str(&nanoseconds[..digits]);
    }
    if universal {
        text.push('Z');
    } else {
        let seconds = at.offset().seconds();
        let (sign, seconds) = if seconds < 0 {
            ('-', -seconds)
        } else {
            ('+', seconds)
        };
        text.push_str(&format!(
            "{sign}{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60
        ));
    }
    text
}

/// Whether a text is an amount of time that a calendar can add.
pub(super) fn check_amount(text: &str) -> Result<(), String> {
    amount_of(text).map(|_| ())
}

/// `4 months`, `1 month 2 days`, `90s`, `5d`.
fn amount_of(text: &str) -> Result<Span, String> {
    let wrong = || {
        format!(
            "`{text}` is not an amount of time: write it like `4 months`, `1 year 2 days` or `90s`"
        )
    };
    let mut span = Span::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut seen: Vec<&str> = Vec::new();
    while !rest.is_empty() {
        let digits = rest
            .find(|character: char| !character.is_ascii_digit())
            .ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let after = rest[digits..].trim_start();
        let end = after
            .find(|character: char| !character.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let unit = match &after[..end] {
            "year" | "years" => "years",
            "month" | "months" => "months",
            "week" | "weeks" => "weeks",
            "day" | "days" | "d" => "days",
            "hour" | "hours" | "h" => "hours",
            "minute" | "minutes" | "m" => "minutes",
            "second" | "seconds" | "s" => "seconds",
            "millisecond" | "milliseconds" | "ms" => "milliseconds",
            _ => return Err(wrong()),
        };
        if seen.contains(&unit) {
            return Err(wrong());
        }
        seen.push(unit);
        let added = match unit {
            "years" => span.try_years(number),
            "months" => span.try_months(number),
            "weeks" => span.try_weeks(number),
            "days" => span.try_days(number),
            "hours" => span.try_hours(number),
            "minutes" => span.try_minutes(number),
            "seconds" => span.try_seconds(number),
            _ => span.try_milliseconds(number),
        };
        span = added.map_err(|_| format!("`{text}` is too long for a calendar"))?;
        rest = after[end..].trim_start_matches([' ', ',']);
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_are_added_to_as_people_do() {
        for (text, amount, later, earlier) in [
            ("2025-01-31", "1 month", "2025-02-28", "2024-12-31"),
            ("2024-02-29", "1 year", "2025-02-28", "2023-02-28"),
            ("2025-04-01", "1 month 2 days", "2025-05-03", "2025-02-27"),
            ("2025-04-01", "2 weeks", "2025-04-15", "2025-03-18"),
            ("2025-04-01", "5d", "2025-04-06", "2025-03-27"),
            (
                "2025-04-01",
                "1 hour",
                "2025-04-01T01:00:00.000Z",
                "2025-03-31T23:00:00.000Z",
            ),
            (
                "2025-04-01T00:00:00.000Z",
                "4 months",
                "2025-08-01T00:00:00.000Z",
                "2024-12-01T00:00:00.000Z",
            ),
            (
                "2025-04-01T00:00:00Z",
                "90s",
                "2025-04-01T00:01:30Z",
                "2025-03-31T23:58:30Z",
            ),
            (
                "2025-04-01T00:00:00Z",
                "1h30m",
                "2025-04-01T01:30:00Z",
                "2025-03-31T22:30:00Z",
            ),
            (
                "2025-04-01T00:00:00Z",
                "250 milliseconds",
                "2025-04-01T00:00:00.250Z",
                "2025-03-31T23:59:59.750Z",
            ),
            (
                "2025-01-31T10:00:00+05:30",
                "1 month",
                "2025-02-28T10:00:00+05:30",
                "2024-12-31T10:00:00+05:30",
            ),
            (
                "2025-04-01T10:00:00.5-03:00",
                "1 day",
                "2025-04-02T10:00:00.5-03:00",
                "2025-03-31T10:00:00.5-03:00",
            ),
        ] {
            let shifted = |direction| shift(text, amount, direction);
            assert_eq!(
                shifted(Direction::Later).as_deref(),
                Ok(later),
                "{text} + {amount}"
            );
            assert_eq!(
                shifted(Direction::Earlier).as_deref(),
                Ok(earlier),
                "{text} - {amount}"
            );
        }
    }

    #[test]
    fn what_is_no_time_or_amount_is_told() {
        for text in [
            "",
            "yesterday",
            "2025-02-30",
            "2025-4-1",
            "2025-04-01T00:00:00",
            "2025-04-01T24:00:00Z",
            "2025-04-01T00:00Z",
            "2025-04-01T00:00:00.Z",
            "2025-04-01T00:00:00+0530",
            "２０２５-04-01",
            "2025-04-01T00:00:00+99:00",
            "2025-04-01T+1:00:00Z",
        ] {
            assert!(iso(text).is_err(), "{text}");
            assert!(instant(text).is_none(), "{text}");
        }
        for amount in [
            "",
            "4",
            "months",
            "4 moons",
            "1 day 2 days",
            "-1 day",
            "1.5 hours",
            "99999999999999999999 days",
            "99999999 years",
        ] {
            assert!(check_amount(amount).is_err(), "{amount}");
        }
        assert!(shift("9999-12-31", "1 day", Direction::Later).is_err());
    }

    #[test]
    fn forms_of_one_moment() {
        assert_eq!(
            now(1_743_465_600_000_000_000).as_deref(),
            Ok("2025-04-01T00:00:00.000Z")
        );
        assert_eq!(
            now(1_743_465_600_123_456_789).as_deref(),
            Ok("2025-04-01T00:00:00.123Z")
        );
        assert_eq!(
            today(1_743_465_599_999_999_999).as_deref(),
            Ok("2025-03-31")
        );
        assert!(now(i128::MAX).is_err());
        assert_eq!(
            iso("2025-04-01T05:30:00+05:30").as_deref(),
            Ok("2025-04-01T00:00:00.000Z")
        );
        assert_eq!(iso("2025-04-01").as_deref(), Ok("2025-04-01"));
        assert_eq!(
            strftime("2025-04-01T05:30:00+05:30", "%d/%m/%Y %H:%M").as_deref(),
            Ok("01/04/2025 05:30")
        );
        assert_eq!(strftime("2025-04-01", "%Y%m%d").as_deref(), Ok("20250401"));
        assert!(strftime("2025-04-01", "%!").is_err());
        assert_eq!(
            instant("2025-04-01T00:00:00Z"),
            instant("2025-04-01T05:30:00+05:30")
        );
        assert!(is_date_time("1990-12-31T23:59:60Z"));
    }
}

//! An instant on the sandbox's clock, always at millisecond precision and always written in UTC.

use std::fmt;
use std::time::Duration;

use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant. Serialised as `YYYY-MM-DDTHH:MM:SS.mmmZ`, read from any RFC 3339 date-time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn real_time() -> Moment {
        Moment::from_milliseconds(Timestamp::now().as_millisecond())
            .unwrap_or(Moment(Timestamp::UNIX_EPOCH))
    }

    pub(crate) fn from_milliseconds(milliseconds: i64) -> Option<Moment> {
        Timestamp::from_millisecond(milliseconds).ok().map(Moment)
    }

    /// An instant as JSON has it. A date alone is not an instant, and time zone annotations are not RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        let separated = matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        if !separated || text.contains('[') {
            return None;
        }
        let timestamp: Timestamp = text.parse().ok()?;
        Moment::from_milliseconds(timestamp.as_millisecond())
    }

    pub(crate) fn milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    pub(crate) fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The calendar day in UTC.
    pub(crate) fn date(self) -> Date {
        self.0.to_zoned(TimeZone::UTC).date()
    }

    pub(crate) fn plus(self, duration: Duration) -> Option<Moment> {
        let duration = SignedDuration::try_from(duration).ok()?;
        self.0.checked_add(duration).ok().map(Moment)
    }

    pub(crate) fn plus_days(self, days: u64) -> Option<Moment> {
        self.plus(Duration::from_secs(days.checked_mul(86_400)?))
    }

    /// The same time of the day so many calendar months later, in UTC; on a month's last day where it is too short.
    pub(crate) fn plus_months(self, months: i64) -> Option<Moment> {
        let span = Span::new().try_months(months).ok()?;
        let later = self.0.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
        Some(Moment(later.timestamp()))
    }

    /// As HTTP's `date` header has it.
    pub(crate) fn for_http(self) -> String {
        // Only years that HTTP cannot write have none, and the clock does not go there.
        DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&self.0)
            .unwrap_or_default()
    }

    /// `YYYY-MM-DDTHH:MM:SS+00:00`, as FI data has it.
    pub(crate) fn with_offset(self) -> String {
        format!(
            "{}+00:00",
            self.0.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S")
        )
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}", self.0)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        let text = String::deserialize(deserializer)?;
        Moment::parse(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 date-time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_has_its_own_way_to_write_an_instant() {
        let moment = Moment::parse("2025-04-01T05:06:07.890Z").unwrap();
        assert_eq!(moment.for_http(), "Tue, 01 Apr 2025 05:06:07 GMT");
    }

    #[test]
    fn instants_are_read_as_rfc_3339_and_written_with_milliseconds() {
        for (text, written) in [
            ("2025-04-01T00:00:00Z", Some("2025-04-01T00:00:00.000Z")),
            (
                "2025-04-01T05:30:00+05:30",
                Some("2025-04-01T00:00:00.000Z"),
            ),
            (
                "2025-04-01t00:00:00.123456z",
                Some("2025-04-01T00:00:00.123Z"),
            ),
            ("2025-04-01", None),
            ("2025-04-01 00:00:00Z", None),
            ("2025-04-01T00:00:00", None),
            ("2025-04-01T00:00:00+00:00[Etc/UTC]", None),
            ("2025-02-30T00:00:00Z", None),
            ("soon", None),
        ] {
            assert_eq!(
                Moment::parse(text)
                    .map(|moment| moment.to_string())
                    .as_deref(),
                written,
                "{text}"
            );
        }
    }
}

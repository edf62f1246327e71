//! How often requests may be sent: `5/s`, `100/m`, `1000/h`.

use std::fmt;
use std::time::Duration;

/// How a rate is written, for hints.
pub const EXAMPLES: &str = "write it like `5/s`, `100/m` or `1000/h`";

/// A run keeps the times of so many requests.
const MOST: u32 = 100_000;

/// So many requests in any stretch of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least one.
    pub times: u32,
    /// The length.
    pub unit: Unit,
}

/// What a rate counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `s`.
    Second,
    /// `m`.
    Minute,
    /// `h`.
    Hour,
}

impl Unit {
    /// Its length.
    pub fn length(self) -> Duration {
        Duration::from_secs(match self {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
        })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        };
        write!(formatter, "{}/{unit}", self.times)
    }
}

/// Reads a rate; the error says what is wrong.
pub fn parse(text: &str) -> Result<Rate, String> {
    let wrong = || format!("`{text}` is no rate");
    let (times, unit) = text.split_once('/').ok_or_else(wrong)?;
    let unit = match unit.trim() {
        "s" => Unit::Second,
        "m" => Unit::Minute,
        "h" => Unit::Hour,
        _ => return Err(wrong()),
    };
    let times = times.trim();
    if times.is_empty() || !times.chars().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    match times.parse() {
        Ok(0) => Err(format!("`{text}` would let no request go")),
        Ok(times) if times <= MOST => Ok(Rate { times, unit }),
        _ => Err(format!("`{text}` is more than {MOST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_nothing_else() {
        for text in ["5/s", "100/m", "1000/h", "100000/s"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse(" 5 / s ").unwrap().to_string(), "5/s");
        assert_eq!(parse("2/m").unwrap().unit.length(), Duration::from_secs(60));
        for text in [
            "",
            "5",
            "/s",
            "5/",
            "s/5",
            "0/s",
            "-1/s",
            "1.5/s",
            "5/d",
            "5/S",
            "5/sec",
            "5/s/s",
            "+5/s",
            "100001/s",
            "99999999999/s",
            "५/s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

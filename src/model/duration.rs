//! Durations as people write them: `250ms`, `2s`, `1m30s`, `5d`.

use std::time::Duration;

/// Longer ones are surely a mistake, and would overflow clocks.
pub const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// How a duration is written, for hints.
pub const EXAMPLES: &str = "write it like `250ms`, `2s`, `1m30s` or `5d`";

/// Reads a duration; the error says what is wrong.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let unit_length = after
            .find(|character: char| character.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, remaining) = after.split_at(unit_length);
        let seconds: f64 = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return Err(wrong()),
        };
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        total = total
            .checked_add(part)
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| format!("`{text}` is too long"))?;
        rest = remaining;
    }
    Ok(total)
}

/// Writes a duration so that a person reads it at a glance.
pub fn display(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match milliseconds {
        0 => "0ms".into(),
        1..=999 => format!("{milliseconds}ms"),
        1_000..=59_999 if milliseconds.is_multiple_of(1000) => format!("{}s", milliseconds / 1000),
        1_000..=59_999 => format!("{:.1}s", duration.as_secs_f64()),
        _ => {
            let seconds = duration.as_secs();
            let (days, hours, minutes, seconds) = (
                seconds / 86400,
                seconds / 3600 % 24,
                seconds / 60 % 60,
                seconds % 60,
            );
            [(days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")]
                .iter()
                .filter(|(amount, _)| *amount > 0)
                .map(|(amount, unit)| format!("{amount}{unit}"))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("2s", 2000),
            ("1m30s", 90_000),
            ("5d", 432_000_000),
            ("1.5s", 1500),
            ("0s", 0),
        ] {
            assert_eq!(
                parse(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "5",
            "s",
            "5 parsecs",
            "-1s",
            "1e3s",
            "5dd",
            "99999999999999d",
            "..s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_them_back() {
        for text in ["250ms", "2s", "1.5s", "1m30s", "5d", "1d2h"] {
            assert_eq!(display(parse(text).unwrap()), text);
        }
    }
}

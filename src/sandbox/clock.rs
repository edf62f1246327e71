//! The sandbox's clock: real time, perhaps moved ahead, or a fixed instant that moves only when told. It rules
//! everything dated; latencies are real time always and none of its business.

use std::time::Duration;

use super::domain::moment::Moment;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    Real { ahead: Duration },
    Fixed(Moment),
}

impl Clock {
    /// The real time, and so much more.
    pub(crate) fn real_and(ahead: Duration) -> Clock {
        Clock::Real { ahead }
    }

    pub(crate) fn now(self) -> Moment {
        match self {
            Clock::Fixed(moment) => moment,
            Clock::Real { ahead } => {
                let real = Moment::real_time();
                real.plus(ahead).unwrap_or(real)
            }
        }
    }

    pub(crate) fn is_fixed(self) -> bool {
        matches!(self, Clock::Fixed(_))
    }

    /// The clock moved ahead; none if that is beyond the calendar.
    pub(crate) fn advanced(self, by: Duration) -> Option<Clock> {
        self.now()
            .plus(by)
            .filter(|later| *later <= last_moment())?;
        match self {
            Clock::Fixed(moment) => moment.plus(by).map(Clock::Fixed),
            Clock::Real { ahead } => ahead.checked_add(by).map(|ahead| Clock::Real { ahead }),
        }
    }
}

/// A clock at the calendar's very end would leave no room for anything to expire in.
fn last_moment() -> Moment {
    Moment::from_milliseconds(7_258_118_400_000).unwrap_or_else(Moment::real_time)
}

/// A fixed clock at an instant that dates can be reckoned from: 1970 to 2200.
pub(crate) fn fixed_at(text: &str) -> Option<Clock> {
    Moment::parse(text)
        .filter(|moment| moment.milliseconds() >= 0 && *moment <= last_moment())
        .map(Clock::Fixed)
}

/// A duration as scenarios write it: `250ms`, `2s`, `1m30s`, `5d`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut milliseconds: u64 = 0;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|character: char| character.is_ascii_digit())
                .len();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.len()
            - rest
                .trim_start_matches(|character: char| character.is_ascii_lowercase())
                .len();
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        rest = &rest[letters..];
        milliseconds = milliseconds.checked_add(number.checked_mul(unit)?)?;
    }
    (last_unit != u64::MAX).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units_from_large_to_small() {
        for (text, milliseconds) in [
            ("250ms", Some(250)),
            ("2s", Some(2_000)),
            ("1m30s", Some(90_000)),
            ("121d", Some(121 * 86_400_000)),
            ("1d2h3m4s5ms", Some(93_784_005)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("d", None),
            ("5 d", None),
            ("-5d", None),
            ("1.5s", None),
            ("30s1m", None),
            ("1s1s", None),
            ("5w", None),
            ("99999999999999999999d", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(
                parse_duration(text),
                milliseconds.map(Duration::from_millis),
                "{text}"
            );
        }
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told_and_not_beyond_the_calendar() {
        let clock = fixed_at("2025-04-01T00:00:00Z").unwrap();
        assert_eq!(clock.now(), clock.now());
        let later = clock.advanced(Duration::from_secs(86_400)).unwrap();
        assert_eq!(later.now().to_string(), "2025-04-02T00:00:00.000Z");
        assert!(later.is_fixed());
        assert!(clock.advanced(Duration::from_millis(u64::MAX)).is_none());
        assert!(fixed_at("9999-01-01T00:00:00Z").is_none());
        assert!(fixed_at("0001-01-01T00:00:00Z").is_none());
    }

    #[test]
    fn a_real_clock_can_be_moved_ahead() {
        let ahead = Clock::real_and(Duration::ZERO)
            .advanced(Duration::from_secs(86_400))
            .unwrap();
        assert!(!ahead.is_fixed());
        assert!(ahead.now() > Clock::real_and(Duration::ZERO).now());
    }
}

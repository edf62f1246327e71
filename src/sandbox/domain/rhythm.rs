//! When the gateway fetches by itself: at a moment, and again and again after it.

use std::time::Duration;

use super::moment::Moment;
use super::terms::{FetchType, FrequencyUnit, Terms};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    Once,
    Every(Duration),
    /// So many calendar months later, in UTC; on a month's last day where it is too short.
    Months(i64),
}

impl Rhythm {
    /// A consent's: once if it is ONETIME, otherwise as the product says, otherwise once for each unit of the consent's
    /// frequency. Setu does not say how its product's schedule begins. One fetch a unit is never more than is allowed,
    /// however the windows lie; where fetches are not counted it is a day.
    pub(crate) fn of(terms: &Terms, every: Option<Duration>) -> Rhythm {
        match (terms.fetch_type, every, terms.frequency.unit) {
            (FetchType::OneTime, _, _) => Rhythm::Once,
            (FetchType::Periodic, Some(every), _) => Rhythm::Every(every),
            (FetchType::Periodic, None, FrequencyUnit::Hour) => Rhythm::Every(HOUR),
            (FetchType::Periodic, None, FrequencyUnit::Day | FrequencyUnit::Inf) => {
                Rhythm::Every(DAY)
            }
            (FetchType::Periodic, None, FrequencyUnit::Month) => Rhythm::Months(1),
            (FetchType::Periodic, None, FrequencyUnit::Year) => Rhythm::Months(12),
        }
    }

    /// The moment of a fetch, the first one being number nought; none if there is none or the calendar ends before.
    pub(crate) fn moment(self, first: Moment, number: u64) -> Option<Moment> {
        match self {
            Rhythm::Once => (number == 0).then_some(first),
            Rhythm::Every(step) => first.plus(step.checked_mul(u32::try_from(number).ok()?)?),
            Rhythm::Months(step) => {
                first.plus_months(i64::try_from(number).ok()?.checked_mul(step)?)
            }
        }
    }

    /// The number of the first fetch after a moment, found without going through those before it.
    pub(crate) fn first_after(self, first: Moment, now: Moment) -> Option<u64> {
        if now < first {
            return Some(0);
        }
        let passed = now.milliseconds() - first.milliseconds();
        let most_a_step = match self {
            Rhythm::Once => return None,
            Rhythm::Every(step) => i64::try_from(step.as_millis()).ok()?.max(1),
            // No month is longer, so this many steps at least have passed.
            Rhythm::Months(step) => step * 31 * 86_400_000,
        };
        let mut number = u64::try_from(passed / most_a_step).ok()?;
        while self.moment(first, number)? <= now {
            number += 1;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn months_follow_the_calendar_and_never_share_one() {
        let first = moment("2024-01-31T10:00:00Z");
        let days: Vec<String> = (0..4)
            .map(|number| Rhythm::Months(1).moment(first, number).unwrap())
            .map(|moment| moment.date().to_string())
            .collect();
        assert_eq!(
            days,
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]
        );
    }

    #[test]
    fn the_first_fetch_after_a_moment_is_the_one_that_counting_finds() {
        let first = moment("2024-01-31T10:00:00Z");
        for rhythm in [
            Rhythm::Every(DAY),
            Rhythm::Every(HOUR),
            Rhythm::Months(1),
            Rhythm::Months(12),
        ] {
            for now in [
                "2024-01-01T00:00:00Z",
                "2024-01-31T10:00:00Z",
                "2024-01-31T10:00:01Z",
                "2024-02-29T09:59:59Z",
                "2024-02-29T10:00:00Z",
                "2027-06-30T10:00:00Z",
            ] {
                let now = moment(now);
                let counted = (0..).find(|number| rhythm.moment(first, *number).unwrap() > now);
                assert_eq!(rhythm.first_after(first, now), counted, "{rhythm:?} {now}");
            }
        }
        assert_eq!(Rhythm::Once.first_after(first, first), None);
        assert_eq!(Rhythm::Once.moment(first, 1), None);
    }
}

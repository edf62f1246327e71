//! The pauses between the tries of a poll or a retry.

use std::time::Duration;

use super::request::time;
use crate::model::duration;
use crate::model::plan;
use crate::model::template::{Engine, RenderError, Scope};

/// The pauses between tries.
#[derive(Clone, Debug)]
pub(super) struct Pauses {
    next: Duration,
    first: Duration,
    factor: f64,
    longest: Option<Duration>,
}

impl Pauses {
    /// The pauses of a plan, their durations evaluated.
    pub(super) fn new(
        pauses: &plan::Pauses,
        engine: &Engine,
        scope: &Scope,
    ) -> Result<Self, RenderError> {
        let first = time(&pauses.first, engine, scope)?;
        let longest = match &pauses.longest {
            Some(longest) => Some(time(longest, engine, scope)?),
            None => None,
        };
        Ok(Pauses {
            next: first,
            first,
            factor: pauses.factor,
            longest,
        })
    }

    /// The next pause, or none if the try after it would come too late. A pause that has grown is cut
    /// rather than letting most of the time go by without a try.
    pub(super) fn next(&mut self, left: Duration) -> Option<Duration> {
        let mut pause = self.next;
        if self.factor > 1.0 {
            pause = pause.min(self.first.max(left / 2));
        }
        self.step();
        (pause < left).then_some(pause)
    }

    /// The next pause, however much time there is.
    pub(super) fn step(&mut self) -> Duration {
        let pause = self.next;
        let grown = Duration::try_from_secs_f64(pause.as_secs_f64() * self.factor)
            .unwrap_or(duration::LONGEST)
            .min(duration::LONGEST);
        self.next = self.longest.map_or(grown, |longest| grown.min(longest));
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn all(mut pauses: Pauses, within: Duration) -> Vec<f64> {
        let mut spent = Duration::ZERO;
        let mut seen = Vec::new();
        while let Some(pause) = pauses.next(within.saturating_sub(spent)) {
            spent += pause;
            seen.push(pause.as_secs_f64());
        }
        seen
    }

    #[test]
    fn a_fixed_pause_stays() {
        let pauses = Pauses {
            next: SECOND,
            first: SECOND,
            factor: 1.0,
            longest: None,
        };
        assert_eq!(all(pauses.clone(), 3 * SECOND), [1.0, 1.0]);
        assert_eq!(all(pauses, SECOND / 2), [0.0; 0]);
    }

    #[test]
    fn a_growing_pause_stops_at_the_longest_and_leaves_no_long_gap_at_the_end() {
        let pauses = Pauses {
            next: SECOND / 4,
            first: SECOND / 4,
            factor: 2.0,
            longest: Some(5 * SECOND),
        };
        let seen = all(pauses, 60 * SECOND);
        assert_eq!(seen[..6], [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]);
        assert!(seen.iter().all(|pause| *pause <= 5.0));
        assert!(seen.iter().sum::<f64>() > 59.0);
        assert!(seen.len() < 25, "{seen:?}");
    }
}

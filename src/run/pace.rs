//! A target's `rate`: when the next request may be sent, for all cases of a run together.
//!
//! In no stretch of the rate's unit are more requests sent than it says. What comes within that goes at once,
//! so a short run does not wait; there is no saving up beyond it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

use crate::model::rate::Rate;

/// A server that asks for a longer pause is asked again after this one.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Lets requests go one after the other, in the order in which they came.
#[derive(Debug)]
pub(super) struct Pace {
    /// Held by the one that is next.
    next: tokio::sync::Mutex<()>,
    sent: Mutex<Sent>,
}

/// What was sent, as far as it matters still.
#[derive(Debug)]
struct Sent {
    times: usize,
    unit: Duration,
    /// The last ones, oldest first; never more than `times`.
    at: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        Pace {
            next: tokio::sync::Mutex::new(()),
            sent: Mutex::new(Sent {
                times: rate.times as usize,
                unit: rate.unit.length(),
                at: VecDeque::new(),
                paused_until: None,
            }),
        }
    }

    /// Waits until a request may be sent, and counts it. Whoever stops waiting gives way.
    pub(super) async fn turn(&self) {
        let _next = self.next.lock().await;
        loop {
            let now = Instant::now();
            // Behind the lock for no longer than this line: a pause may be asked for while we sleep.
            let wait = self.sent().go(now);
            match wait {
                None => return,
                Some(until) => sleep_until(until).await,
            }
        }
    }

    /// The server has asked for a pause: nothing is sent until it is over.
    pub(super) fn pause(&self, asked: Duration) {
        let until = Instant::now() + asked.min(LONGEST_PAUSE);
        let mut sent = self.sent();
        sent.paused_until = sent.paused_until.max(Some(until));
    }

    /// What is behind the lock is whole at any time, so a panic elsewhere spoils nothing.
    fn sent(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    /// Counts a request that is sent now; or says when it may be.
    fn go(&mut self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Some(until);
        }
        if self.at.len() == self.times
            && let Some(oldest) = self.at.front()
        {
            let free = *oldest + self.unit;
            if free > now {
                return Some(free);
            }
            self.at.pop_front();
        }
        self.at.push_back(now);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn sent(times: usize) -> Sent {
        Sent {
            times,
            unit: SECOND,
            at: VecDeque::new(),
            paused_until: None,
        }
    }

    /// When each of so many requests is sent that all want to go at once, in milliseconds.
    fn times(mut sent: Sent, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let mut now = start;
        let mut times = Vec::new();
        while times.len() < count {
            match sent.go(now) {
                Some(later) => now = later,
                None => times.push((now - start).as_millis()),
            }
        }
        times
    }

    #[test]
    fn no_stretch_has_more_than_the_rate() {
        assert_eq!(times(sent(3), 7), [0, 0, 0, 1000, 1000, 1000, 2000]);
        assert_eq!(times(sent(1), 3), [0, 1000, 2000]);
    }

    #[test]
    fn what_was_not_used_is_not_saved_up() {
        let start = Instant::now();
        let mut sent = sent(2);
        assert_eq!(sent.go(start), None);
        let later = start + SECOND * 100;
        assert_eq!(sent.go(later), None);
        assert_eq!(sent.go(later), None);
        assert_eq!(sent.go(later), Some(later + SECOND));
    }

    #[test]
    fn a_pause_holds_back_what_the_rate_would_let_go() {
        let start = Instant::now();
        let mut sent = sent(5);
        sent.paused_until = Some(start + SECOND * 7);
        assert_eq!(sent.go(start), Some(start + SECOND * 7));
        assert_eq!(sent.go(start + SECOND * 7), None);
    }
}

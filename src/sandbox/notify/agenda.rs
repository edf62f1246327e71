//! What will be told when its time has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::session::Session;

/// The most answers and the most expiries that are waited for. Those beyond are not told.
const MOST_ANSWERS: usize = 50_000;
const MOST_EXPIRIES: usize = 50_000;

/// A FIP's answer that comes in real time.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) session: Arc<Session>,
    /// How many of the session's FIPs have answered with this one.
    pub(super) answers: usize,
}

#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// By their time, and the order in which they were asked for.
    answers: BTreeMap<(Instant, u64), Answer>,
    /// On the sandbox's clock.
    expiries: BTreeSet<(Moment, String)>,
    last_number: u64,
    woken: Arc<Notify>,
}

impl Agenda {
    /// An empty one that wakes the same sleeper.
    pub(super) fn anew(&self) -> Agenda {
        self.woken.notify_one();
        Agenda {
            woken: Arc::clone(&self.woken),
            ..Agenda::default()
        }
    }

    /// What is told when something new was put down.
    pub(super) fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    pub(super) fn clear(&mut self) {
        self.answers.clear();
        self.expiries.clear();
        self.woken.notify_one();
    }

    pub(super) fn expire(&mut self, at: Moment, id: &str) {
        self.expiries.insert((at, id.to_owned()));
        if self.expiries.len() > MOST_EXPIRIES {
            self.expiries.pop_last();
        }
        self.woken.notify_one();
    }

    /// Puts down each answer of a session's FIPs.
    pub(super) fn await_answers(&mut self, session: &Arc<Session>, asked: Instant) {
        for (index, fip) in session.answer_order().into_iter().enumerate() {
            if self.answers.len() >= MOST_ANSWERS {
                break;
            }
            self.last_number += 1;
            let answer = Answer {
                session: Arc::clone(session),
                answers: index + 1,
            };
            let at = asked + session.fips[fip].latency;
            self.answers.insert((at, self.last_number), answer);
        }
        self.woken.notify_one();
    }

    /// The clock was moved: what it rules may be due at another time.
    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(super) fn take_answer(&mut self, at: Instant) -> Option<Answer> {
        let first = self.answers.first_entry()?;
        (first.key().0 <= at).then(|| first.remove())
    }

    pub(super) fn take_expired(&mut self, now: Moment) -> Option<String> {
        if self.expiries.first()?.0 > now {
            return None;
        }
        self.expiries.pop_first().map(|(_, id)| id)
    }

    pub(super) fn next_answer(&self) -> Option<Instant> {
        self.answers.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn next_expiry(&self) -> Option<Moment> {
        self.expiries.first().map(|(at, _)| *at)
    }
}

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
    /// Fetches of the gateway's own whose FIPs have not all answered yet, by when they expire on the sandbox's clock.
    fetches: BTreeMap<(Moment, String), Arc<Session>>,
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
        self.fetches.clear();
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
            // One whose last answer has no room here would seem to expire.
            let is_last = index + 1 == session.fips.len();
            if is_last && let Some(key) = expiring(session) {
                self.fetches.insert(key, Arc::clone(session));
            }
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

    /// Notes that every FIP of a fetch has answered, and says whether that is still waited for.
    pub(super) fn finish(&mut self, session: &Session) -> bool {
        expiring(session).is_none_or(|key| self.fetches.remove(&key).is_some())
    }

    /// A fetch that has expired before its FIPs had answered.
    pub(super) fn take_expired_fetch(&mut self, now: Moment) -> Option<Arc<Session>> {
        let first = self.fetches.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
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
        let consent = self.expiries.first().map(|(at, _)| *at);
        let fetch = self.fetches.first_key_value().map(|((at, _), _)| *at);
        consent.into_iter().chain(fetch).min()
    }
}

/// When a fetch of the gateway's own expires, if it is to be told. One that is made up for is told as if it had come in
/// time.
fn expiring(session: &Session) -> Option<(Moment, String)> {
    let is_told = session.is_automatic && !session.is_made_up_for;
    let at = session.expires_at().filter(|_| is_told)?;
    Some((at, session.id.clone()))
}

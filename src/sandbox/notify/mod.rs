//! Notifications: what the gateway tells its client of by itself, at the URL that it was given.
//!
//! What happens to a consent is told when it happens; a consent's expiry when the clock passes it; a session each time
//! one of its FIPs has answered; a fetch of the gateway's own when all have, or when it expires before. As at Setu's, each is sent once, without a signature and in the order in which things
//! happened. What happens while there is no URL is never told.

mod agenda;
mod body;
mod fetched;
mod outbox;
mod post;
mod schedule;
#[cfg(test)]
mod tests;
mod version_one;

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use super::domain::consent::{Action, ConsentStatus, FetchRefusal};
use super::domain::moment::Moment;
use super::domain::session::Session;
use super::gateway::{Gateway, World};
use agenda::Agenda;
use fetched::Cause;
use outbox::Outbox;
use schedule::Schedule;

/// The longest time that is slept through at once: timers far ahead mean nothing to a runtime.
const LONGEST_SLEEP: Duration = Duration::from_secs(60 * 60);

/// The world's part in notifications: what is to be told when, and what waits to be sent.
#[derive(Debug)]
pub(crate) struct Notices {
    pub(crate) outbox: Outbox,
    agenda: Agenda,
    schedule: Schedule,
}

impl Notices {
    /// With nothing to tell yet. `given` is where notifications go unless the control interface says otherwise.
    pub(crate) fn new(given: Option<Url>) -> Notices {
        Notices {
            outbox: Outbox::new(given),
            agenda: Agenda::default(),
            schedule: Schedule::default(),
        }
    }

    /// For a world that begins anew: what was to be sent is forgotten, the URL is the one that was given at the start.
    pub(crate) fn anew(&self) -> Notices {
        Notices {
            outbox: self.outbox.anew(),
            agenda: self.agenda.anew(),
            schedule: Schedule::default(),
        }
    }
}

impl World {
    /// Sets where notifications go, or that they go nowhere. What waits for another URL is not sent any more.
    pub(crate) fn set_notification_url(&mut self, url: Option<Url>) {
        let was_wanted = self.notices.outbox.is_wanted();
        self.notices.outbox.set_destination(url);
        if !self.notices.outbox.is_wanted() {
            self.notices.agenda.clear();
        }
        if was_wanted || !self.notices.outbox.is_wanted() {
            return;
        }
        let ids: Vec<String> = self
            .consents
            .newest_first()
            .map(|consent| consent.id.clone())
            .collect();
        ids.iter().for_each(|id| self.consent_opened(id));
    }

    /// Takes note of a new consent, which expires one day.
    pub(crate) fn consent_opened(&mut self, id: &str) {
        if !self.notices.outbox.is_wanted() {
            return;
        }
        if let Some(consent) = self.consents.get(id)
            && let Some(at) = consent.expires_at()
        {
            self.notices.agenda.expire(at, id);
        }
    }

    /// Takes note of a new session, whose FIPs will answer one after the other.
    pub(crate) fn session_opened(&mut self, session: &Arc<Session>, asked: Instant) {
        if self.notices.outbox.is_wanted() {
            self.notices.agenda.await_answers(session, asked);
        }
    }

    /// Tells what has just been done to a consent, and does what follows from it.
    pub(crate) fn tell_of_consent(&mut self, id: &str, action: Action) {
        self.send_consent(id, action);
        if action == Action::Approve {
            self.approved(id);
        }
    }

    /// After an approval it takes a while until there is an artefact; a product that fetches by itself does so then.
    fn approved(&mut self, id: &str) {
        let (delay, auto_fetch) = (self.setup.artefact_delay, self.setup.auto_fetch);
        let Some(consent) = self.consents.get_mut(id) else {
            return;
        };
        consent.artefact_at = Instant::now().checked_add(delay);
        if auto_fetch.is_on {
            self.schedule_fetches(id, auto_fetch.every);
        }
    }

    fn send_consent(&mut self, id: &str, action: Action) {
        if !self.notices.outbox.is_wanted() {
            return;
        }
        let (now, ids) = (self.now(), self.ids);
        let Some(consent) = self.consents.get_mut(id) else {
            return;
        };
        consent.notifications += 1;
        let number = body::number(ids, id, consent.notifications);
        if consent.is_of_version_one() {
            let body = version_one::of_consent(consent, action, now);
            self.notices.outbox.send(&body, now);
        } else {
            let body = body::of_consent(consent, action, number, now);
            self.notices.outbox.send(&body, now);
        }
    }

    /// Tells what a fetch of the gateway's own has brought, now that every FIP has answered or it is over.
    fn tell_of_data(&mut self, session: &Session, number: String, now: Moment) {
        let Some(cause) = fetched::obstacle(self, session, now) else {
            let body = fetched::of_session(session, number, now);
            return self.notices.outbox.send(&body, now);
        };
        if let Some(open) = self.sessions.get_mut(&session.id) {
            open.is_told_failed = true;
        }
        let body = fetched::failed(&session.consent_id, cause, number, now);
        self.notices.outbox.send(&body, now);
    }

    /// A product that fetches by itself is also told why a consent no longer allows a fetch. That this is how these
    /// failures come about is inferred: their codes are documented, and nothing else could bring them.
    pub(crate) fn tell_of_refused_fetch(&mut self, id: &str, refusal: FetchRefusal, at: Moment) {
        if !self.notices.outbox.is_wanted() {
            return;
        }
        let ids = self.ids;
        let Some(consent) = self.consents.get_mut(id) else {
            return;
        };
        if let Some(cause) = Cause::of_refusal(refusal, consent.status(at)) {
            consent.notifications += 1;
            let number = body::number(ids, id, consent.notifications);
            let body = fetched::failed(id, cause, number, at);
            self.notices.outbox.send(&body, at);
        }
    }

    /// Tells what the clock has brought about. Real time goes on as it did, but what it must be waited for may not.
    pub(crate) fn clock_moved(&mut self) {
        self.tell_due(Instant::now());
        self.notices.agenda.wake();
    }

    fn tell_of_expired_fetches(&mut self, now: Moment) {
        while let Some(session) = self.notices.agenda.take_expired_fetch(now) {
            let number = body::number(self.ids, &session.id, session.fips.len() as u64);
            self.tell_of_data(&session, number, now);
        }
    }

    /// Tells everything that is due, and gives the time at which something will be due next, if any.
    pub(crate) fn tell_due(&mut self, at: Instant) -> Option<Instant> {
        while let Some(answer) = self.notices.agenda.take_answer(at) {
            let now = self.now();
            let number = body::number(self.ids, &answer.session.id, answer.answers as u64);
            let session = &answer.session;
            if session.is_automatic {
                if answer.answers == session.fips.len() && self.notices.agenda.finish(session) {
                    let as_of = if session.is_made_up_for {
                        session.created
                    } else {
                        now
                    };
                    self.tell_of_data(session, number, as_of);
                }
            } else if session.is_of_version_one {
                let body = version_one::of_session(session, answer.answers, now);
                self.notices.outbox.send(&body, now);
            } else {
                let body = body::of_session(session, answer.answers, number, now);
                self.notices.outbox.send(&body, now);
            }
        }
        self.fetch_due(None);
        let now = self.now();
        self.tell_of_expired_fetches(now);
        while let Some(id) = self.notices.agenda.take_expired(now) {
            let has_expired = self.consents.get(&id).is_some_and(|consent| {
                consent.expires_at().is_some() && consent.status(now) == ConsentStatus::Expired
            });
            if has_expired {
                self.tell_of_consent(&id, Action::Expire);
            }
        }
        let answer = self.notices.agenda.next_answer();
        let expiry = self.notices.agenda.next_expiry();
        let by_clock = expiry
            .into_iter()
            .chain(self.notices.schedule.next())
            .min()
            .filter(|_| !self.clock.is_fixed())
            .map(|moment| {
                let left = moment.milliseconds().saturating_sub(now.milliseconds());
                at + Duration::from_millis(u64::try_from(left).unwrap_or_default())
                    .min(LONGEST_SLEEP)
            });
        answer.into_iter().chain(by_clock).min()
    }
}

/// Tells and sends for as long as it is polled. It costs nothing until there is a URL.
pub(crate) async fn run(gateway: Gateway) {
    let (herald_woken, postman_woken) = {
        let world = gateway.world();
        (world.notices.agenda.woken(), world.notices.outbox.woken())
    };
    let herald = async {
        loop {
            let next = gateway.world().tell_due(Instant::now());
            match next {
                None => herald_woken.notified().await,
                Some(next) => tokio::select! {
                    () = tokio::time::sleep_until(next.into()) => {}
                    () = herald_woken.notified() => {}
                },
            }
        }
    };
    tokio::join!(herald, post::deliver(&gateway, &postman_woken));
}

//! Fetches that the gateway makes by itself: the first when a consent can be used, the others in their rhythm, on the
//! sandbox's clock.
//!
//! Each is made as of the moment at which it is due, however far the clock has jumped beyond it, and uses the consent
//! like any other. A paused consent is not fetched and nothing is told of it, because Setu documents no failure for
//! that. Where a consent has ended the first fetch after its end says so, and is the last.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sandbox::domain::consent::ConsentStatus;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::domain::rhythm::Rhythm;
use crate::sandbox::fetch::{self, AsOf};
use crate::sandbox::gateway::World;

/// The most consents that are on the schedule. Of more, those that are due last are left out.
const MOST_SCHEDULED: usize = 10_000;
/// The most fetches that are made at once, however far the clock has jumped. Of more, the earliest are made and the
/// others left out.
const MOST_AT_ONCE: usize = 1_000;

#[derive(Debug)]
struct Plan {
    consent_id: String,
    rhythm: Rhythm,
    first: Moment,
    number: u64,
}

/// What is to be fetched when.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// By their time, and the order in which they were put down.
    plans: BTreeMap<(Moment, u64), Plan>,
    last_number: u64,
}

impl Schedule {
    fn put(&mut self, at: Moment, plan: Plan) {
        self.last_number += 1;
        self.plans.insert((at, self.last_number), plan);
        if self.plans.len() > MOST_SCHEDULED {
            self.plans.pop_last();
        }
    }

    pub(super) fn next(&self) -> Option<Moment> {
        self.plans.first_key_value().map(|((at, _), _)| *at)
    }

    fn take_due(&mut self, now: Moment) -> Option<(Moment, Plan)> {
        let first = self.plans.first_entry()?;
        let at = first.key().0;
        (at <= now).then(|| (at, first.remove()))
    }

    /// Leaves out what is due by now: each consent goes on with its first fetch after it.
    fn skip(&mut self, now: Moment) {
        while let Some((_, mut plan)) = self.take_due(now) {
            let next = plan.rhythm.first_after(plan.first, now);
            if let Some(number) = next
                && let Some(at) = plan.rhythm.moment(plan.first, number)
            {
                plan.number = number;
                self.put(at, plan);
            }
        }
    }
}

impl World {
    /// Puts a consent that was just approved on the schedule, if the product fetches by itself.
    pub(super) fn schedule_fetches(&mut self, id: &str, every: Option<Duration>) {
        let now = self.now();
        let Some(consent) = self.consents.get(id) else {
            return;
        };
        let first = consent.terms.start.max(now);
        let plan = Plan {
            consent_id: id.to_owned(),
            rhythm: Rhythm::of(&consent.terms, every),
            first,
            number: 0,
        };
        self.notices.schedule.put(first, plan);
        self.fetch_due(None);
        self.notices.agenda.wake();
    }

    /// Makes the fetches that are due, in the order of their times. Those before the moment that the clock has jumped to,
    /// if it has, are made up for.
    pub(crate) fn fetch_due(&mut self, jumped_to: Option<Moment>) {
        let now = jumped_to.unwrap_or_else(|| self.now());
        for _ in 0..MOST_AT_ONCE {
            let Some((at, plan)) = self.notices.schedule.take_due(now) else {
                return;
            };
            let as_of = AsOf {
                moment: at,
                is_jumped_over: jumped_to.is_some_and(|there| at < there),
            };
            self.fetch_planned(as_of, plan);
        }
        self.notices.schedule.skip(now);
    }

    /// Makes one fetch, and puts down the next one unless there is none.
    fn fetch_planned(&mut self, as_of: AsOf, mut plan: Plan) {
        let at = as_of.moment;
        // A product that has stopped to fetch by itself, and a consent that was forgotten.
        let Some(consent) = self
            .consents
            .get(&plan.consent_id)
            .filter(|_| self.setup.auto_fetch.is_on)
        else {
            return;
        };
        let range = consent.terms.data_range;
        let is_paused = consent.status(at) == ConsentStatus::Paused;
        let has_ended = !is_paused && consent.status(at) != ConsentStatus::Active;
        if !is_paused {
            // A refusal is told of, and there is nobody else to answer.
            let _ = fetch::refresh_as_of(self, plan.consent_id.clone(), range, as_of);
        }
        plan.number += 1;
        if let Some(next) = plan.rhythm.moment(plan.first, plan.number)
            && !has_ended
        {
            self.notices.schedule.put(next, plan);
        }
    }
}

//! What all requests share: the set-up, the clock, and everything the gateway remembers, behind one lock that is held
//! for moments and never while waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Options;
use super::auth::IssuedToken;
use super::clock::Clock;
use super::domain::collection::Collection;
use super::domain::consent::{Action, Consent, WrongState};
use super::domain::moment::Moment;
use super::domain::session::{Session, SessionStatus};
use super::faults::{Fault, FaultEffect, take_fault};
use super::ids::Ids;
use super::journal::Journal;
use super::notify::Notices;
use super::screens::visit::Visit;
use super::setup::{Changes, Setup};
use super::shelf::Shelf;

/// The most consents, collections of them, sessions and access tokens that are remembered; beyond these the oldest are
/// forgotten.
const MOST_CONSENTS: usize = 10_000;
const MOST_COLLECTIONS: usize = 10_000;
const MOST_SESSIONS: usize = 10_000;
const MOST_TOKENS: usize = 10_000;
/// The most visits to consent pages at once.
const MOST_VISITS: usize = 1_000;

#[derive(Clone, Debug)]
pub(crate) struct Gateway(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: Options,
    origin: String,
    world: Mutex<World>,
}

impl Gateway {
    pub(crate) fn new(options: Options, origin: String) -> Gateway {
        let world = Mutex::new(World::new(
            options.seed,
            Clock::real_and(options.ahead),
            Notices::new(options.notify.clone()),
        ));
        Gateway(Arc::new(Shared {
            options,
            origin,
            world,
        }))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }

    /// A panic elsewhere is no reason to stop answering: what the lock guards is changed in whole steps.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything the gateway remembers.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    /// What access tokens are signed with: it stays when the seed is changed midway.
    pub(crate) signing_key: [u8; 32],
    pub(crate) consents: Shelf<Consent>,
    pub(crate) collections: Shelf<Collection>,
    pub(crate) sessions: Shelf<OpenSession>,
    /// The access tokens that were issued, by their signatures.
    pub(crate) tokens: Shelf<IssuedToken>,
    /// Who is at the pages of a consent or of a collection, by its id.
    pub(crate) visits: Shelf<Visit>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) journal: Journal,
    pub(crate) notices: Notices,
    /// How many things of each kind there have been.
    counts: BTreeMap<String, u64>,
}

/// A session, and what belongs to the world rather than to its state machine.
#[derive(Debug)]
pub(crate) struct OpenSession {
    pub(crate) session: Arc<Session>,
    /// When it was asked for in real time, which is what FIPs take to answer.
    pub(crate) asked: Instant,
    /// Whether its data was told to be missing, whatever the FIPs answered.
    pub(crate) is_told_failed: bool,
    /// The status that was last told, and how often in a row.
    told: Option<SessionStatus>,
    times_told: u64,
}

impl OpenSession {
    pub(crate) fn new(session: Session) -> OpenSession {
        OpenSession {
            session: Arc::new(session),
            asked: Instant::now(),
            is_told_failed: false,
            told: None,
            times_told: 0,
        }
    }

    /// Counts an answer. How often a client polls before a FIP answers is chance, so answers are numbered anew with
    /// each status and the first COMPLETED one is the same in every run.
    pub(crate) fn tell(&mut self, status: SessionStatus) -> u64 {
        if self.told != Some(status) {
            self.told = Some(status);
            self.times_told = 0;
        }
        self.times_told += 1;
        self.times_told
    }
}

/// Why changes could not be made.
#[derive(Debug)]
pub(crate) enum ChangeError {
    ClockOutOfRange,
    UnknownConsent(String),
    WrongState(Action, WrongState),
}

impl World {
    fn new(seed: u64, clock: Clock, notices: Notices) -> World {
        World {
            setup: Setup::new(),
            clock,
            ids: Ids::new(seed),
            signing_key: Ids::new(seed).digest("signing key", &[]),
            consents: Shelf::new(MOST_CONSENTS),
            collections: Shelf::new(MOST_COLLECTIONS),
            sessions: Shelf::new(MOST_SESSIONS),
            tokens: Shelf::new(MOST_TOKENS),
            visits: Shelf::new(MOST_VISITS),
            faults: Vec::new(),
            journal: Journal::default(),
            notices,
            counts: BTreeMap::new(),
        }
    }

    /// Forgets everything and begins as these changes say, with the options' seed and clock if they name none.
    pub(crate) fn begin_anew(
        &mut self,
        options: &Options,
        changes: Changes,
    ) -> Result<(), ChangeError> {
        let seed = changes.seed.unwrap_or(options.seed);
        let clock = Clock::real_and(options.ahead);
        let mut world = World::new(seed, clock, Notices::new(None));
        world.change(changes)?;
        world.notices = self.notices.anew();
        *self = world;
        Ok(())
    }

    /// Makes all the changes or none.
    pub(crate) fn change(&mut self, changes: Changes) -> Result<(), ChangeError> {
        // What has come about already has come about before this, whether or not the herald has got to it.
        self.tell_due(Instant::now());
        let mut clock = changes.clock.unwrap_or(self.clock);
        if let Some(by) = changes.advance {
            clock = clock.advanced(by).ok_or(ChangeError::ClockOutOfRange)?;
        }
        if let Some((id, action)) = &changes.consent {
            // On a copy, because what falls due while the clock moves comes before the change.
            let consent = self.consents.get(id).cloned();
            let mut consent = consent.ok_or_else(|| ChangeError::UnknownConsent(id.clone()))?;
            consent
                .apply(*action, clock.now())
                .map_err(|wrong| ChangeError::WrongState(*action, wrong))?;
        }
        let is_jump = changes.clock.is_some() || changes.advance.is_some();
        self.clock = clock;
        let now = self.now();
        self.fetch_due(is_jump.then_some(now));
        if let Some((id, action)) = &changes.consent
            && let Some(consent) = self.consents.get_mut(id)
        {
            consent
                .apply(*action, now)
                .map_err(|wrong| ChangeError::WrongState(*action, wrong))?;
        }
        self.setup.change(&changes);
        if let Some(seed) = changes.seed {
            self.ids = Ids::new(seed);
        }
        if let Some(faults) = changes.faults {
            self.faults = faults;
        }
        if let Some((id, action)) = changes.consent {
            self.tell_of_consent(&id, action);
        }
        self.clock_moved();
        Ok(())
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The number of the next thing of a kind. Kinds are few: never name one by what a client sent.
    pub(crate) fn next_number(&mut self, kind: &str) -> u64 {
        if let Some(count) = self.counts.get_mut(kind) {
            *count += 1;
            return *count;
        }
        self.counts.insert(kind.to_owned(), 1);
        1
    }

    pub(crate) fn next_id(&mut self, kind: &str) -> String {
        let number = self.next_number(kind);
        self.ids.uuid(kind, number)
    }

    /// The trace id of the next call of an operation.
    pub(crate) fn next_trace(&mut self, operation: &str) -> String {
        let number = self.next_number(operation);
        self.ids.trace(operation, number, self.now())
    }

    pub(crate) fn take_fault(&mut self, method: &str, path: &str) -> Option<FaultEffect> {
        take_fault(&mut self.faults, method, path, Instant::now())
    }
}

//! What cuts work short: an interrupt, the time limits of the case and of a `use`, the grace that deferred steps have.

use std::future::{Future, pending};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Interrupt;
use crate::model::outcome::Failure;

/// How long deferred steps may take once the case was cut short, where nobody says otherwise.
pub const GRACE: Duration = Duration::from_secs(30);

/// Why work was dropped before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Another case had failed, and that was enough.
    Enough,
    /// The run was interrupted.
    Interrupted,
    /// The time of the case, or of its deferred steps, was up.
    TimeUp,
    /// The time of the `use` at this depth was up; the outermost that has a limit is at 0.
    UseOver(usize),
}

impl Cut {
    fn by(asked: Interrupt) -> Cut {
        match asked {
            Interrupt::None | Interrupt::Enough => Cut::Enough,
            Interrupt::Stop | Interrupt::Quit => Cut::Interrupted,
        }
    }
}

/// How long work may go on.
#[derive(Debug)]
pub(super) struct Limits {
    interrupt: watch::Receiver<Interrupt>,
    gives_way_to: Interrupt,
    deadline: Option<Instant>,
    /// Of each `use` that has a limit and is being run, the outermost first.
    uses: Vec<UseLimit>,
    interrupted_at: OnceLock<Instant>,
    grace: Duration,
}

/// The end of a `use`'s time, and what is told of the step that it stops.
#[derive(Debug)]
struct UseLimit {
    deadline: Instant,
    failure: Failure,
}

impl Limits {
    /// For a case's steps: a failure that is enough and the first interrupt stop them. Deferred ones have the grace
    /// from then on.
    pub(super) fn of_case(interrupt: watch::Receiver<Interrupt>, grace: Duration) -> Self {
        Limits {
            interrupt,
            gives_way_to: Interrupt::Enough,
            deadline: None,
            uses: Vec::new(),
            interrupted_at: OnceLock::new(),
            grace,
        }
    }

    /// For deferred steps: the first interrupt gives them the grace, the second stops them.
    pub(super) fn of_deferred(&self, cut_short: bool) -> Self {
        Limits {
            interrupt: self.interrupt.clone(),
            gives_way_to: Interrupt::Quit,
            deadline: match (cut_short, self.deadline) {
                (false, None) => None,
                (_, deadline) => {
                    let grace = Instant::now() + self.grace;
                    Some(deadline.map_or(grace, |deadline| deadline.max(grace)))
                }
            },
            // They run at the end of the case, whatever had no time left before.
            uses: Vec::new(),
            interrupted_at: OnceLock::new(),
            grace: self.grace,
        }
    }

    /// Sets when the time is up.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
    }

    /// How many of the `use`s that are being run have a limit.
    pub(super) fn depth(&self) -> usize {
        self.uses.len()
    }

    /// Limits the time from now on until [`Limits::leave`]; `failure` is told of the step that this stops.
    pub(super) fn enter(&mut self, limit: Duration, failure: Failure) {
        // A time that no clock can show is no limit.
        if let Some(deadline) = Instant::now().checked_add(limit) {
            self.uses.push(UseLimit { deadline, failure });
        }
    }

    /// Forgets the limits of `use`s below that depth.
    pub(super) fn leave(&mut self, depth: usize) {
        self.uses.truncate(depth);
    }

    /// What is told of the step that the end of that `use`'s time stopped.
    pub(super) fn told_of_use(&self, depth: usize) -> Option<Failure> {
        self.uses.get(depth).map(|used| used.failure.clone())
    }

    /// The `use` whose time ends first, and when; of two at once the outer one.
    fn tightest(&self) -> Option<(usize, Instant)> {
        let deadlines = self.uses.iter().map(|used| used.deadline);
        deadlines.enumerate().min_by_key(|(_, deadline)| *deadline)
    }

    /// Whether the work must not even begin.
    pub(super) fn cut_already(&self) -> Option<Cut> {
        let asked = *self.interrupt.borrow();
        if asked >= self.gives_way_to {
            return Some(Cut::by(asked));
        }
        let is_over = |deadline: Instant| deadline <= Instant::now();
        if self.deadline.is_some_and(is_over) {
            return Some(Cut::TimeUp);
        }
        let (depth, deadline) = self.tightest()?;
        is_over(deadline).then_some(Cut::UseOver(depth))
    }

    /// Does the work, unless it is cut short; then it is dropped where it is.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, Cut> {
        if let Some(cut) = self.cut_already() {
            return Err(cut);
        }
        tokio::select! {
            biased;
            done = work => Ok(done),
            cut = self.cut() => Err(cut),
        }
    }

    async fn cut(&self) -> Cut {
        tokio::select! {
            biased;
            asked = self.asked(self.gives_way_to) => Cut::by(asked),
            () = self.time_up() => Cut::TimeUp,
            () = self.grace_up() => Cut::TimeUp,
            depth = self.use_over() => Cut::UseOver(depth),
        }
    }

    async fn asked(&self, level: Interrupt) -> Interrupt {
        let mut interrupt = self.interrupt.clone();
        let asked = interrupt.wait_for(|asked| *asked >= level).await;
        let asked = asked.map(|asked| *asked);
        match asked {
            Ok(asked) => asked,
            // Nobody is left who could interrupt.
            Err(_) => pending().await,
        }
    }

    async fn time_up(&self) {
        match self.deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => pending().await,
        }
    }

    async fn use_over(&self) -> usize {
        match self.tightest() {
            Some((depth, deadline)) => {
                sleep_until(deadline).await;
                depth
            }
            None => pending().await,
        }
    }

    async fn grace_up(&self) {
        if self.gives_way_to < Interrupt::Quit {
            pending::<()>().await;
        }
        self.asked(Interrupt::Enough).await;
        sleep_until(*self.interrupted_at.get_or_init(Instant::now) + self.grace).await;
    }
}

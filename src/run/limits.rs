//! What cuts work short: an interrupt, the case's time limit, the grace that deferred steps have.

use std::future::{Future, pending};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Interrupt;

/// How long deferred steps may take once the case was cut short, where nobody says otherwise.
pub const GRACE: Duration = Duration::from_secs(30);

/// Why work was dropped before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Another case had failed, and that was enough.
    Enough,
    /// The run was interrupted.
    Interrupted,
    /// The time was up.
    TimeUp,
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
    interrupted_at: OnceLock<Instant>,
    grace: Duration,
}

impl Limits {
    /// For a case's steps: a failure that is enough and the first interrupt stop them. Deferred ones have the grace
    /// from then on.
    pub(super) fn of_case(interrupt: watch::Receiver<Interrupt>, grace: Duration) -> Self {
        Limits {
            interrupt,
            gives_way_to: Interrupt::Enough,
            deadline: None,
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
            interrupted_at: OnceLock::new(),
            grace: self.grace,
        }
    }

    /// Sets when the time is up.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
    }

    /// Whether the work must not even begin.
    pub(super) fn cut_already(&self) -> Option<Cut> {
        let asked = *self.interrupt.borrow();
        if asked >= self.gives_way_to {
            return Some(Cut::by(asked));
        }
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
            .then_some(Cut::TimeUp)
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

    async fn grace_up(&self) {
        if self.gives_way_to < Interrupt::Quit {
            pending::<()>().await;
        }
        self.asked(Interrupt::Enough).await;
        sleep_until(*self.interrupted_at.get_or_init(Instant::now) + self.grace).await;
    }
}

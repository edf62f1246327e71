//! What happened: the facts that `run` sends and `report` shows.
//!
//! Every text in here has its secrets hidden already.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::exchange::Exchange;
use super::source::Span;

/// A case's number in its run, in the order in which cases are shown.
pub type CaseNumber = usize;

/// A fact, in the order in which it happened. Events of one case are in order; cases interleave.
#[derive(Debug, Clone)]
pub enum Event {
    /// Sent once, first.
    RunStarted {
        /// How many cases there are.
        cases: usize,
        /// The target's name.
        target: String,
    },
    /// A case begins.
    CaseStarted {
        /// Which.
        case: CaseNumber,
        /// What it is.
        about: Arc<CaseIdentity>,
    },
    /// A `print` step's line.
    Printed {
        /// In which case.
        case: CaseNumber,
        /// The line.
        text: String,
    },
    /// A person must answer a consent on a page.
    ConsentWanted {
        /// In which case.
        case: CaseNumber,
        /// The page.
        url: String,
        /// What the scenario has them do there: `approve`, `reject` or `cancel`.
        decision: String,
        /// Why, if the scenario says it.
        reason: Option<String>,
    },
    /// A step asks again and again until something holds, which it did not at once.
    Polling {
        /// In which case.
        case: CaseNumber,
        /// The whole step in its file. The next of these that ends in the case is the one that asks.
        span: Span,
        /// What the step is called.
        label: String,
        /// How long it goes on at most, from now.
        left: Duration,
    },
    /// A step ended.
    StepFinished {
        /// In which case.
        case: CaseNumber,
        /// How.
        step: Arc<StepOutcome>,
    },
    /// A case failed and is run again, from its first step.
    AttemptFailed {
        /// Which.
        case: CaseNumber,
        /// How it failed.
        outcome: Arc<CaseOutcome>,
    },
    /// A case ended.
    CaseFinished {
        /// Which.
        case: CaseNumber,
        /// How.
        outcome: Arc<CaseOutcome>,
    },
}

/// What a case is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseIdentity {
    /// The scenario's path as it is shown.
    pub path: String,
    /// The scenario's name.
    pub scenario: String,
    /// The case's name, where a scenario has several.
    pub case: Option<String>,
    /// Which of its repetitions it is, counted from one, where each case runs several times.
    pub repetition: Option<u32>,
}

/// How a case or a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Everything held.
    Passed,
    /// The server answered, but not as expected.
    Failed,
    /// There was no answer, or the request could not be made.
    Errored,
    /// It was not meant to run here, for this reason.
    Skipped(String),
    /// It would have run, but for this reason did not.
    NotRun(String),
}

/// Why a case was skipped that did not come to its end, because another had failed and that was enough.
pub const STOPPED: &str = "stopped by --fail-fast";

/// How a case ended.
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// What it is.
    pub about: Arc<CaseIdentity>,
    /// How it ended. [`Status::NotRun`] if the run was interrupted before it began, [`Status::Skipped`] with
    /// [`STOPPED`] if another case had failed and that was enough.
    pub status: Status,
    /// Whether it was cut short by an interrupt.
    pub interrupted: bool,
    /// When it began, from the start of the run.
    pub began: Duration,
    /// From its start to the end of its deferred steps.
    pub duration: Duration,
    /// Which of those that run cases at once ran it, counted from zero.
    pub worker: usize,
    /// How many steps passed, failed or errored, were skipped, were not run.
    pub counts: StepCounts,
    /// The steps that failed or errored, in order, and those that were not run because of them.
    pub failed: Vec<Arc<StepOutcome>>,
    /// Steps that were not run, by their labels.
    pub not_run: Vec<String>,
    /// The steps that passed, but only after a retry.
    pub flaky: Vec<Arc<StepOutcome>>,
    /// What went wrong outside any step (the sandbox did not start, a variable failed), if anything.
    pub failures: Vec<Failure>,
    /// Things to know that fail nothing (a redact rule that matched nothing).
    pub warnings: Vec<String>,
    /// How it failed before it was run again, in order.
    pub earlier: Vec<Arc<CaseOutcome>>,
}

/// How many steps ended how. Steps of fragments count, `use` itself does not, unless another case has run the
/// fragment for it, or it passed only when it was tried again; of its tries the last one counts. Each turn of a loop counts; the turns that a failing one leaves count as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Passed.
    pub passed: usize,
    /// Failed or errored.
    pub failed: usize,
    /// Skipped by their `if` or their target.
    pub skipped: usize,
    /// Not run.
    pub not_run: usize,
    /// HTTP requests that were sent for steps, retries and polls included.
    pub requests: usize,
    /// Snapshots compared.
    pub snapshots: usize,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// The whole step in its file.
    pub span: Span,
    /// What it does.
    pub kind: StepKind,
    /// What it is called, with its fragment's prefix: `login.token`.
    pub label: String,
    /// What it did, in a few words: `POST /v2/consents gave 201 in 12ms`.
    pub summary: String,
    /// How it ended.
    pub status: Status,
    /// When it began, from the start of the run.
    pub began: Duration,
    /// From its start to its last check.
    pub duration: Duration,
    /// How often the request was sent; of what is tried again as a whole, how often that was done.
    pub tries: u32,
    /// How many of the tries were made because `retry` asked for them.
    pub retries: u32,
    /// What went wrong, all of it.
    pub failures: Vec<Failure>,
    /// What was sent and received, secrets hidden: the last exchange of a step that failed, all of them
    /// where more was asked for than [`Keep::Failures`].
    pub exchanges: Vec<Arc<Exchange>>,
    /// How the comparison with the snapshot ended, if there was one.
    pub snapshot: Option<SnapshotOutcome>,
    /// Pages of a driven browser that were kept: those that were asked for, and the one that it failed at.
    pub pages: Vec<PageSeen>,
    /// What was written of it where it ran, if it was.
    pub written: Option<Written>,
}

/// What reports write of a step in the thread that ran it. There all of it is at hand, and a text is handed on and
/// freed by another thread at a fraction of the cost of the values that it was made of.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// All of it, one piece behind the other.
    pub text: Vec<u8>,
    /// How many exchanges the step had.
    pub exchanges: usize,
    /// Where in the text its parts stand. Which is which is known to who has written it.
    pub places: Vec<Range<usize>>,
}

/// A page of a driven browser, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageSeen {
    /// What it is kept as, without ending.
    pub name: String,
    /// Its URL.
    pub url: String,
    /// Its title.
    pub title: String,
    /// A picture of it, as PNG; whatever holds a secret cannot be seen in it.
    pub picture: Option<PathBuf>,
    /// The text that could be seen on it.
    pub text: Option<PathBuf>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Sends a request.
    Request,
    /// Has a consent answered on its page.
    Consent,
    /// Waits for a notification.
    Await,
    /// Drives a browser.
    Browser,
    /// Changes the sandbox.
    Sandbox,
    /// Waits.
    Sleep,
    /// Prints a line.
    Print,
    /// Gives names values.
    Set,
    /// Runs a fragment. Told of only where it fails itself, where another case has run it, or where it was tried again.
    Use,
}

/// What listeners want to be kept of each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The exchange of a failing step only.
    Failures,
    /// All exchanges, those of a step that did not fail only until they are written.
    Written,
    /// All exchanges.
    Exchanges,
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whose fault it is.
    pub kind: FailureKind,
    /// The line of the file that it comes from.
    pub span: Option<Span>,
    /// What is wrong, in a line: `$.status`, `header location`, `connection refused`.
    pub message: String,
    /// What was expected, with its type: `string "PENDING"`.
    pub expected: Option<String>,
    /// What came, with its type.
    pub actual: Option<String>,
    /// More to know: where a path ended, what the last poll lacked.
    pub notes: Vec<String>,
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The server answered wrongly.
    Mismatch,
    /// The response differs from its snapshot, or has none yet.
    Snapshot,
    /// There was no answer, or not a whole one.
    Transport,
    /// The request could not be made: a template failed, a secret would have left for a foreign host.
    Request,
    /// A poll took too long.
    Timeout,
}

/// How a comparison with a snapshot ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotOutcome {
    /// It is the same.
    Same,
    /// It was written, because snapshots are being updated.
    Updated(PathBuf),
    /// There is none yet; the pending file, if one was written.
    New {
        /// The accepted file that is missing.
        path: PathBuf,
        /// The pending file.
        pending: Option<PathBuf>,
        /// The new contents, as a diff against nothing.
        diff: Vec<DiffLine>,
    },
    /// It is different.
    Different {
        /// The accepted file.
        path: PathBuf,
        /// The pending file.
        pending: Option<PathBuf>,
        /// The differences.
        diff: Vec<DiffLine>,
    },
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both; its number in the old text.
    Same(String),
    /// Only in the accepted snapshot.
    Removed(String),
    /// Only in the new response.
    Added(String),
    /// So many equal lines are left out.
    Folded(usize),
}

/// How the whole run ended.
#[derive(Debug, Clone, Default)]
pub struct RunOutcome {
    /// Each case, in the order in which it is shown.
    pub cases: Vec<Arc<CaseOutcome>>,
    /// From start to end.
    pub duration: Duration,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// How many snapshots no step makes, where all scenarios ran as they are written.
    pub unreferenced: Option<usize>,
    /// The paths of snapshot rules for all responses, and of what is removed, that did nothing to any response, where all
    /// scenarios ran.
    pub idle_rules: Vec<String>,
}

impl Status {
    /// Whether it did not come to its end because another case had failed.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Status::Skipped(reason) if reason == STOPPED)
    }
}

impl Failure {
    /// A failure with a message and a place.
    pub fn new(kind: FailureKind, span: Option<Span>, message: impl Into<String>) -> Self {
        Failure {
            kind,
            span,
            message: message.into(),
            expected: None,
            actual: None,
            notes: Vec::new(),
        }
    }
}

impl StepOutcome {
    /// Whether it passed only after a retry.
    pub fn is_flaky(&self) -> bool {
        self.status == Status::Passed && self.retries > 0
    }
}

impl CaseOutcome {
    /// Whether it passed, but only when it was run again, or one of its steps only after a retry.
    pub fn is_flaky(&self) -> bool {
        self.status == Status::Passed && !(self.flaky.is_empty() && self.earlier.is_empty())
    }
}

impl CaseIdentity {
    /// What tells it from all other cases: the path, the case, the repetition.
    pub fn key(&self) -> (String, Option<String>, Option<u32>) {
        (self.path.clone(), self.case.clone(), self.repetition)
    }

    /// The scenario's name, the case's in brackets, the repetition behind a `#`.
    pub fn title(&self) -> String {
        let mut title = self.scenario.clone();
        if let Some(case) = &self.case {
            title.push_str(" [");
            title.push_str(case);
            title.push(']');
        }
        if let Some(repetition) = self.repetition {
            title.push_str(&format!(" #{repetition}"));
        }
        title
    }
}

impl FailureKind {
    /// Whether the server answered, but wrongly.
    pub fn is_failed(self) -> bool {
        matches!(self, FailureKind::Mismatch | FailureKind::Snapshot)
    }
}

impl RunOutcome {
    /// Whether it ended at a failure, with cases that did not come to their end.
    pub fn is_stopped(&self) -> bool {
        self.cases.iter().any(|case| case.status.is_stopped())
    }

    /// How many cases ended in a way.
    pub fn count(&self, is: impl Fn(&Status) -> bool) -> usize {
        self.cases.iter().filter(|case| is(&case.status)).count()
    }
}

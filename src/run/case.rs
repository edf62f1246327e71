//! One case: its server, its set-up, its steps, its deferred steps, its outcome.

use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

use super::anew::Held;
use super::browser::Tab;
use super::control::Control;
use super::cookies::Cookies;
use super::each::Turn;
use super::flow::{Deferred, USE_OVER, labels};
use super::guard::Guard;
use super::limits::{Cut, Limits};
use super::notification::NO_RECEIVER;
use super::once::Learned;
use super::receiver::{Inbox, Receiver};
use super::record::hide_failures;
use super::renew::Renewable;
use super::schedule::Run;
use super::setup::{Server, any, serve};
use super::world::CaseWorld;
use super::{Interrupt, again, scope};
use crate::model::duration;
use crate::model::outcome::{
    CaseIdentity, CaseNumber, CaseOutcome, Event, Failure, FailureKind, STOPPED, Status,
    StepCounts, StepOutcome,
};
use crate::model::plan::{self, Action, DurationTemplate, ScenarioPlan, Step, Use};
use crate::model::secret::Secrets;
use crate::model::template::Scope;
use crate::snapshot::Normaliser;

/// A case that runs.
pub(super) struct Case<'run> {
    pub(super) run: &'run Run,
    pub(super) number: CaseNumber,
    pub(super) scenario: &'run ScenarioPlan,
    /// What makes it another case than the scenario's others.
    pub(super) row: &'run plan::Case,
    pub(super) about: Arc<CaseIdentity>,
    /// Where requests without a host go.
    pub(super) base: Url,
    pub(super) guard: Guard,
    pub(super) control: Option<Control>,
    /// What came for the steps that wait for notifications, if there are any.
    pub(super) inbox: Option<Arc<Inbox>>,
    /// Where the sandbox sends its notifications, if some step waits for one.
    pub(super) receiver: Option<Receiver>,
    /// Where a sandbox that runs on after the case has sent them before.
    pub(super) notification_url_before: Option<Value>,
    /// The id of the consent that a person was asked for last.
    pub(super) asked_for: Option<String>,
    pub(super) world: Arc<CaseWorld>,
    /// Whether nothing has moved the target's clock since it was last read.
    pub(super) clock_known: bool,
    pub(super) clock_fixed: bool,
    pub(super) secrets: Secrets,
    pub(super) cookies: Cookies,
    /// What a driven browser shows, once a step has needed one.
    pub(super) tab: Option<Tab>,
    /// Steps that are not told of yet: of a flow that is being followed, which is told of as one step, or of a try of a
    /// fragment that may not be the last.
    pub(super) held: Option<Vec<Held>>,
    pub(super) normaliser: Option<Normaliser>,
    /// What is remembered for others in a run that cases share.
    pub(super) learned: Option<Learned>,
    /// What shared runs have given it that expires.
    pub(super) renewable: Vec<Renewable<'run>>,
    /// Whether it is fetching a new token just now.
    pub(super) is_renewing: bool,
    pub(super) limits: Limits,
    /// What every scope of the case begins with.
    pub(super) foundation: Scope,
    /// How many scopes there were: the scenario's own is number 0.
    pub(super) frames: usize,
    pub(super) deferred: Vec<Deferred<'run>>,
    /// Scopes of fragments that have ended but for their deferred steps.
    pub(super) parked: HashMap<usize, Frame>,
    pub(super) cleaning_up: bool,
    pub(super) interrupted: bool,
    /// Whether it was cut short because another case had failed.
    pub(super) stopped: bool,
    pub(super) counts: StepCounts,
    pub(super) failed: Vec<Arc<StepOutcome>>,
    pub(super) not_run: Vec<String>,
    pub(super) flaky: Vec<Arc<StepOutcome>>,
    pub(super) failures: Vec<Failure>,
    pub(super) warnings: Vec<String>,
}

/// The names that the steps of one file see.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) number: usize,
    pub(super) scope: Scope,
    /// What labels begin with: `login.`.
    pub(super) prefix: String,
    /// What was captured and set, in order.
    pub(super) assigned: Vec<String>,
    /// Which turn of a loop it belongs to.
    pub(super) turn: Turn,
}

impl Frame {
    /// Gives a name a value that the caller of a fragment will see too.
    pub(super) fn assign(&mut self, name: &str, value: serde_json::Value) {
        self.scope.set(name, value);
        if !self.assigned.iter().any(|known| known == name) {
            self.assigned.push(name.to_owned());
        }
    }

    /// The same place, with nothing captured or set in it.
    pub(super) fn beside(&self) -> Frame {
        Frame {
            number: self.number,
            scope: self.scope.clone(),
            prefix: self.prefix.clone(),
            assigned: Vec::new(),
            turn: self.turn.clone(),
        }
    }

    /// Gives a name a value that is not known before the run; `shown` stands in for it.
    pub(super) fn forget(&mut self, name: &str, shown: &str) {
        self.scope.set_unknown(name, shown);
        if !self.assigned.iter().any(|known| known == name) {
            self.assigned.push(name.to_owned());
        }
    }

    /// What the labels of a fragment's steps begin with, used here: `login.`, in a loop `login #2.`.
    pub(super) fn prefix_of(&self, used: &Use) -> String {
        format!("{}{}{}.", self.prefix, used.prefix, self.turn.mark)
    }

    /// What a step is called in the output.
    pub(super) fn label(&self, step: &Step) -> String {
        format!("{}{}{}", self.prefix, step.label, self.turn.mark)
    }
}

/// Runs one case and tells of it. Whatever happens, it ends with [`Event::CaseFinished`].
pub(super) async fn run_case(run: &Run, number: CaseNumber, worker: usize) {
    let started = Instant::now();
    let (scenario, _) = run.case(number);
    let about = Arc::new(identity(run, number));
    let receives = run.settings.notifications.is_some();
    let outcome = match stays_out(run, scenario, receives) {
        Some(status) => CaseOutcome {
            began: started.duration_since(run.started),
            ..ended_early(&about, scenario, status, Vec::new(), started)
        },
        None => attempts(run, number, &about).await,
    };
    let has_failed = matches!(outcome.status, Status::Failed | Status::Errored);
    let event = Event::CaseFinished {
        case: number,
        outcome: Arc::new(CaseOutcome { worker, ..outcome }),
    };
    let _unheard = run.events.send(event).await;
    if has_failed && let Some(sender) = &run.settings.stop_at_failure {
        Interrupt::Enough.ask(sender);
    }
}

/// Which case it is.
pub(super) fn identity(run: &Run, number: CaseNumber) -> CaseIdentity {
    let (scenario, row) = run.case(number);
    CaseIdentity {
        path: scenario.path.clone(),
        scenario: run.secrets.hide(&scenario.name),
        case: row.name.as_ref().map(|name| run.secrets.hide(name)),
        repetition: row.repetition,
    }
}

/// Runs the case, and again as often as was asked for while it fails.
async fn attempts(run: &Run, number: CaseNumber, about: &Arc<CaseIdentity>) -> CaseOutcome {
    let mut earlier = Vec::new();
    loop {
        let event = Event::CaseStarted {
            case: number,
            about: Arc::clone(about),
        };
        // Nobody listens any more if the run itself was dropped, and then this task is too.
        let _unheard = run.events.send(event).await;
        let started = Instant::now();
        let outcome = CaseOutcome {
            began: started.duration_since(run.started),
            ..whole(run, number, about, started).await
        };
        if !again::is_wanted(run, &outcome, earlier.len()) {
            return again::conclude(run.settings.flaky, earlier, outcome);
        }
        earlier.push(again::tell(run, number, outcome).await);
    }
}

/// Why a case does not even begin. `receives` is whether a target that is no sandbox can send notifications.
pub(super) fn stays_out(run: &Run, scenario: &ScenarioPlan, receives: bool) -> Option<Status> {
    let target = &run.settings.target;
    match *run.settings.interrupt.borrow() {
        Interrupt::None => {}
        Interrupt::Enough => return Some(Status::Skipped(STOPPED.into())),
        Interrupt::Stop | Interrupt::Quit => return Some(Status::NotRun("interrupted".into())),
    }
    if !scenario.targets.is_empty() && !scenario.targets.contains(&target.name) {
        let targets: Vec<String> = scenario
            .targets
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        return Some(Status::Skipped(format!(
            "it runs on {} only",
            targets.join(", ")
        )));
    }
    if target.has_sandbox() {
        return None;
    }
    let has = |is: fn(&Action) -> bool| any(&scenario.steps, &|step| is(&step.action));
    if has(|action| matches!(action, Action::Sandbox(_))) {
        return Some(Status::Skipped("a `sandbox` step needs a sandbox".into()));
    }
    let waits = || has(|action| matches!(action, Action::Await(_)));
    (!receives && waits()).then(|| Status::Skipped(NO_RECEIVER.into()))
}

async fn whole(
    run: &Run,
    number: CaseNumber,
    about: &Arc<CaseIdentity>,
    started: Instant,
) -> CaseOutcome {
    let (scenario, _) = run.case(number);
    let limits = Limits::of_case(run.settings.interrupt.clone(), run.settings.grace);
    let server = match limits.bound(Box::pin(serve(run))).await {
        Ok(Ok(server)) => server,
        Ok(Err(failure)) => {
            let failures = hide_failures(vec![failure], &run.secrets);
            return ended_early(about, scenario, Status::Errored, failures, started);
        }
        Err(cut) => {
            let status = match cut {
                Cut::Enough => Status::Skipped(STOPPED.into()),
                Cut::Interrupted | Cut::TimeUp | Cut::UseOver(_) => {
                    Status::NotRun("interrupted".into())
                }
            };
            return ended_early(about, scenario, status, Vec::new(), started);
        }
    };
    let mut case = Case::new(run, number, about, &server, limits);
    match Box::pin(case.set_up(started)).await {
        Ok(Ok(mut frame)) => {
            case.steps(&scenario.steps, &mut frame).await;
            Box::pin(case.clean_up(frame)).await;
            Box::pin(case.stop_receiving()).await;
        }
        Ok(Err(failure)) => {
            case.failures.push(failure);
            case.not_run(&scenario.steps, "", "the case could not be set up")
                .await;
        }
        Err(cut) => {
            let why = case.note_cut(cut);
            case.not_run(&scenario.steps, "", why).await;
        }
    }
    case.ended(started)
}

impl<'run> Case<'run> {
    pub(super) fn new(
        run: &'run Run,
        number: CaseNumber,
        about: &Arc<CaseIdentity>,
        server: &Server,
        limits: Limits,
    ) -> Self {
        let (scenario, row) = run.case(number);
        let settings = &run.settings;
        // The first repetition is the case as it runs alone; the others are random in other ways.
        let repetition = row.repetition.filter(|number| *number > 1);
        let repetition = repetition.map(|number| number.to_string());
        let mut origin = vec![&*scenario.stem, row.name.as_deref().unwrap_or_default()];
        origin.extend(repetition.as_deref());
        let world = Arc::new(CaseWorld::new(
            settings.seed,
            &origin,
            settings.root.clone(),
            Arc::clone(&settings.files),
        ));
        if let Some(clock) = server.clock {
            world.set_clock(clock);
        }
        let mut foundation = Scope::new(Arc::<CaseWorld>::clone(&world));
        scope::furnish(&mut foundation, settings, scenario, server.base.as_str());
        Case {
            run,
            number,
            scenario,
            row,
            about: Arc::clone(about),
            guard: Guard::new(server.base.clone(), &settings.target.hosts),
            base: server.base.clone(),
            control: server.control.clone(),
            inbox: None,
            receiver: None,
            notification_url_before: None,
            asked_for: None,
            world,
            clock_known: server.clock.is_some(),
            clock_fixed: false,
            secrets: run.secrets.clone(),
            cookies: Cookies::default(),
            tab: None,
            held: None,
            normaliser: None,
            learned: None,
            renewable: Vec::new(),
            is_renewing: false,
            limits,
            foundation,
            frames: 0,
            deferred: Vec::new(),
            parked: HashMap::new(),
            cleaning_up: false,
            interrupted: false,
            stopped: false,
            counts: StepCounts::default(),
            failed: Vec::new(),
            not_run: Vec::new(),
            flaky: Vec::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Tells the listener.
    pub(super) async fn tell(&self, event: Event) {
        // Nobody listens any more if the run itself was dropped, and then this task is too.
        let _unheard = self.run.events.send(event).await;
    }

    /// Remembers why the case was cut short, and says it.
    pub(super) fn note_cut(&mut self, cut: Cut) -> &'static str {
        match cut {
            Cut::Enough => {
                self.stopped = true;
                STOPPED
            }
            Cut::Interrupted => {
                self.interrupted = true;
                "interrupted"
            }
            // The step that it stopped tells of it.
            Cut::UseOver(_) => USE_OVER,
            Cut::TimeUp => {
                if self.failures.is_empty() {
                    let limit = self.time_limit();
                    let message = format!("the case took longer than its timeout{limit}");
                    let failure = Failure::new(FailureKind::Timeout, None, message);
                    self.failures.push(failure);
                }
                "the case's time was up"
            }
        }
    }

    fn time_limit(&self) -> String {
        match &self.scenario.timeout {
            Some(DurationTemplate::Fixed(limit)) => {
                format!(" of {}", duration::display(*limit))
            }
            _ => String::new(),
        }
    }

    fn ended(self, started: Instant) -> CaseOutcome {
        let errored = !self.failures.is_empty()
            || self
                .failed
                .iter()
                .any(|step| step.status == Status::Errored);
        let status = if errored {
            Status::Errored
        } else if !self.failed.is_empty() {
            Status::Failed
        } else if self.interrupted {
            Status::NotRun("interrupted".into())
        } else if self.stopped {
            Status::Skipped(STOPPED.into())
        } else {
            Status::Passed
        };
        CaseOutcome {
            about: self.about,
            status,
            interrupted: self.interrupted,
            began: Duration::ZERO,
            duration: started.elapsed(),
            worker: 0,
            counts: self.counts,
            failed: self.failed,
            not_run: self.not_run,
            flaky: self.flaky,
            failures: hide_failures(self.failures, &self.secrets),
            warnings: self.warnings,
            earlier: Vec::new(),
        }
    }
}

/// The outcome of a case that did not come to its first step.
fn ended_early(
    about: &Arc<CaseIdentity>,
    scenario: &ScenarioPlan,
    status: Status,
    failures: Vec<Failure>,
    started: Instant,
) -> CaseOutcome {
    let labels = labels(&scenario.steps, "");
    let mut counts = StepCounts::default();
    match status {
        Status::Skipped(_) => counts.skipped = labels.len(),
        _ => counts.not_run = labels.len(),
    }
    CaseOutcome {
        about: Arc::clone(about),
        interrupted: matches!(status, Status::NotRun(_)),
        began: Duration::ZERO,
        duration: started.elapsed(),
        worker: 0,
        counts,
        failed: Vec::new(),
        not_run: match status {
            Status::Errored => labels,
            _ => Vec::new(),
        },
        flaky: Vec::new(),
        status,
        failures,
        warnings: Vec::new(),
        earlier: Vec::new(),
    }
}

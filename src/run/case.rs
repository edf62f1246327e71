//! One case: its server, its set-up, its steps, its deferred steps, its outcome.

use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

use super::control::Control;
use super::cookies::Cookies;
use super::flow::{Deferred, labels};
use super::guard::Guard;
use super::limits::{Cut, Limits};
use super::record::hide_failures;
use super::request::{base_url, time};
use super::schedule::Run;
use super::step::sets_clock;
use super::world::{CaseWorld, Clock};
use super::{Interrupt, RunningSandbox, scope};
use crate::model::duration;
use crate::model::outcome::{
    CaseIdentity, CaseNumber, CaseOutcome, Event, Failure, FailureKind, Status, StepCounts,
    StepOutcome,
};
use crate::model::plan::{Action, ScenarioPlan, Step};
use crate::model::project::TargetKind;
use crate::model::secret::Secrets;
use crate::model::template::{Scope, Template, ValueTemplate, World as _};
use crate::snapshot::{Normaliser, Surroundings};

/// A case that runs.
pub(super) struct Case<'run> {
    pub(super) run: &'run Run,
    pub(super) number: CaseNumber,
    pub(super) scenario: &'run ScenarioPlan,
    pub(super) about: Arc<CaseIdentity>,
    /// Where requests without a host go.
    pub(super) base: Url,
    pub(super) guard: Guard,
    pub(super) control: Option<Control>,
    pub(super) world: Arc<CaseWorld>,
    /// Whether nothing has moved the target's clock since it was last read.
    pub(super) clock_known: bool,
    pub(super) clock_fixed: bool,
    pub(super) secrets: Secrets,
    pub(super) cookies: Cookies,
    pub(super) normaliser: Option<Normaliser>,
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
    pub(super) counts: StepCounts,
    pub(super) failed: Vec<Arc<StepOutcome>>,
    pub(super) not_run: Vec<String>,
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
}

/// What a case talks to.
struct Server {
    base: Url,
    control: Option<Control>,
    /// The sandbox is gone when this is dropped.
    _keep: Option<RunningSandbox>,
}

impl Frame {
    /// Gives a name a value that the caller of a fragment will see too.
    pub(super) fn assign(&mut self, name: &str, value: serde_json::Value) {
        self.scope.set(name, value);
        if !self.assigned.iter().any(|known| known == name) {
            self.assigned.push(name.to_owned());
        }
    }

    /// What a step is called in the output.
    pub(super) fn label(&self, step: &Step) -> String {
        format!("{}{}", self.prefix, step.label)
    }
}

/// Runs one case and tells of it. Whatever happens, it ends with [`Event::CaseFinished`].
pub(super) async fn run_case(run: &Run, number: CaseNumber) {
    let started = Instant::now();
    let scenario = &run.plan.scenarios[number];
    let about = Arc::new(CaseIdentity {
        path: scenario.path.clone(),
        scenario: scenario.name.clone(),
        case: None,
    });
    let outcome = match stays_out(run, scenario) {
        Some(status) => ended_early(&about, scenario, status, Vec::new(), started),
        None => {
            let event = Event::CaseStarted {
                case: number,
                about: Arc::clone(&about),
            };
            // Nobody listens any more if the run itself was dropped, and then this task is too.
            let _unheard = run.events.send(event).await;
            whole(run, number, scenario, &about, started).await
        }
    };
    let event = Event::CaseFinished {
        case: number,
        outcome: Arc::new(outcome),
    };
    let _unheard = run.events.send(event).await;
}

/// Why a case does not even begin.
fn stays_out(run: &Run, scenario: &ScenarioPlan) -> Option<Status> {
    let target = &run.settings.target;
    if *run.settings.interrupt.borrow() != Interrupt::None {
        return Some(Status::NotRun("interrupted".into()));
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
    (!target.has_sandbox()
        && any(&scenario.steps, &|step| {
            matches!(step.action, Action::Sandbox(_))
        }))
    .then(|| Status::Skipped("a `sandbox` step needs a sandbox".into()))
}

async fn whole(
    run: &Run,
    number: CaseNumber,
    scenario: &ScenarioPlan,
    about: &Arc<CaseIdentity>,
    started: Instant,
) -> CaseOutcome {
    let limits = Limits::of_case(run.settings.interrupt.clone());
    let server = match limits.bound(serve(run)).await {
        Ok(Ok(server)) => server,
        Ok(Err(failure)) => {
            let failures = hide_failures(vec![failure], &run.secrets);
            return ended_early(about, scenario, Status::Errored, failures, started);
        }
        Err(_) => {
            let status = Status::NotRun("interrupted".into());
            return ended_early(about, scenario, status, Vec::new(), started);
        }
    };
    let mut case = Case::new(run, number, scenario, about, &server, limits);
    match case.set_up(started).await {
        Ok(Ok(mut frame)) => {
            case.steps(&scenario.steps, &mut frame).await;
            case.clean_up(frame).await;
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

/// Starts or finds what the case talks to.
async fn serve(run: &Run) -> Result<Server, Failure> {
    let fail = |message| Failure::new(FailureKind::Transport, None, message);
    let (origin, keep, sandbox) = match &run.settings.target.kind {
        TargetKind::Remote(base_url) => (base_url.clone(), None, false),
        TargetKind::RunningSandbox(origin) => (origin.clone(), None, true),
        TargetKind::Embedded => {
            let Some(launch) = &run.settings.launch_sandbox else {
                return Err(fail("there is no embedded sandbox in this program".into()));
            };
            let running = launch()
                .await
                .map_err(|error| fail(format!("the sandbox did not start: {error}")))?;
            (running.origin.clone(), Some(running), true)
        }
    };
    let base = base_url(&origin).map_err(|why| Failure::new(FailureKind::Request, None, why))?;
    Ok(Server {
        control: sandbox.then(|| Control::new(base.clone())),
        base,
        _keep: keep,
    })
}

impl<'run> Case<'run> {
    fn new(
        run: &'run Run,
        number: CaseNumber,
        scenario: &'run ScenarioPlan,
        about: &Arc<CaseIdentity>,
        server: &Server,
        limits: Limits,
    ) -> Self {
        let settings = &run.settings;
        let world = Arc::new(CaseWorld::new(
            settings.seed,
            &[&scenario.stem, about.case.as_deref().unwrap_or_default()],
            settings.root.clone(),
            Arc::clone(&settings.files),
        ));
        let mut foundation = Scope::new(Arc::<CaseWorld>::clone(&world));
        scope::furnish(&mut foundation, settings, scenario, server.base.as_str());
        Case {
            run,
            number,
            scenario,
            about: Arc::clone(about),
            guard: Guard::new(server.base.clone(), &settings.target.hosts),
            base: server.base.clone(),
            control: server.control.clone(),
            world,
            clock_known: server.control.is_none(),
            clock_fixed: false,
            secrets: run.secrets.clone(),
            cookies: Cookies::default(),
            normaliser: None,
            limits,
            foundation,
            frames: 0,
            deferred: Vec::new(),
            parked: HashMap::new(),
            cleaning_up: false,
            interrupted: false,
            counts: StepCounts::default(),
            failed: Vec::new(),
            not_run: Vec::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Evaluates the variables, sets the sandbox up, and gives the scenario's own scope.
    async fn set_up(&mut self, started: Instant) -> Result<Result<Frame, Failure>, Cut> {
        let mut frame = match self.variables() {
            Ok(frame) => frame,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(timeout) = &self.scenario.timeout {
            match time(timeout, &self.run.plan.engine, &frame.scope) {
                Ok(timeout) => self.limits.set_deadline(started + timeout),
                Err(error) => {
                    let message = format!("the case's timeout: {}", error.message);
                    let failure = Failure::new(FailureKind::Request, error.span, message);
                    return Ok(Err(failure));
                }
            }
        }
        if let Some(control) = self.control.clone() {
            if let Err(failure) = self.set_sandbox_up(&control, &frame).await? {
                return Ok(Err(failure));
            }
            // The sandbox's set-up may use the variables, and they may ask for the sandbox's time: those that
            // do are evaluated again, with the same randomness.
            if self
                .scenario
                .vars
                .iter()
                .any(|(_, value)| uses_clock(value))
            {
                if let Err(why) = self.read_clock().await? {
                    return Ok(Err(Failure::new(FailureKind::Transport, None, why)));
                }
                self.world.rewind();
                frame = match self.variables() {
                    Ok(frame) => frame,
                    Err(failure) => return Ok(Err(failure)),
                };
            }
        }
        if any(&self.scenario.steps, &|step| step.snapshot.is_some())
            && !self.run.settings.snapshots.is_off()
        {
            if let Err(why) = self.know_clock().await? {
                return Ok(Err(Failure::new(FailureKind::Transport, None, why)));
            }
            self.normaliser = Some(Normaliser::new(Surroundings {
                origin: self.base.as_str().trim_end_matches('/').to_owned(),
                started: match self.world.clock() {
                    Clock::Fixed(_) => None,
                    Clock::Running(_) => Some(self.world.now()),
                },
            }));
        }
        Ok(Ok(frame))
    }

    fn variables(&self) -> Result<Frame, Failure> {
        let mut scope = self.foundation.clone();
        for (name, value) in &self.scenario.vars {
            let value = self.run.plan.engine.build(value, &scope).map_err(|error| {
                let message = format!("the variable `{name}`: {}", error.message);
                Failure::new(FailureKind::Request, error.span, message)
            })?;
            scope.set(name, value);
        }
        Ok(Frame {
            number: 0,
            scope,
            prefix: String::new(),
            assigned: Vec::new(),
        })
    }

    async fn set_sandbox_up(
        &mut self,
        control: &Control,
        frame: &Frame,
    ) -> Result<Result<(), Failure>, Cut> {
        let setup = match (&self.scenario.sandbox, &self.run.settings.target.kind) {
            // A sandbox of the case's own is new already.
            (None, TargetKind::Embedded) => return Ok(Ok(())),
            (None, _) => "{}".to_owned(),
            (Some(setup), _) => match self.run.plan.engine.build_json(setup, &frame.scope) {
                Ok(setup) => setup,
                Err(error) => {
                    let message = format!("the sandbox's set-up: {}", error.message);
                    let failure = Failure::new(FailureKind::Request, error.span, message);
                    return Ok(Err(failure));
                }
            },
        };
        self.clock_fixed = sets_clock(&setup);
        let answered = control.set_up(&self.run.http, setup);
        Ok(match self.limits.bound(answered).await? {
            Ok(_) => Ok(()),
            Err(why) => Err(Failure::new(FailureKind::Transport, None, why)),
        })
    }

    /// Reads the target's clock unless it is known.
    pub(super) async fn know_clock(&mut self) -> Result<Result<(), String>, Cut> {
        if self.clock_known {
            return Ok(Ok(()));
        }
        self.read_clock().await
    }

    /// Reads the target's clock. That of a server that is no sandbox is taken for ours.
    pub(super) async fn read_clock(&mut self) -> Result<Result<(), String>, Cut> {
        let Some(control) = &self.control else {
            return Ok(Ok(()));
        };
        let read = control.clock(&self.run.http, self.clock_fixed);
        Ok(match self.limits.bound(read).await? {
            Ok(clock) => {
                self.world.set_clock(clock);
                self.clock_known = true;
                Ok(())
            }
            Err(why) => Err(why),
        })
    }

    /// Tells the listener.
    pub(super) async fn tell(&self, event: Event) {
        // Nobody listens any more if the run itself was dropped, and then this task is too.
        let _unheard = self.run.events.send(event).await;
    }

    /// Remembers why the case was cut short, and says it.
    pub(super) fn note_cut(&mut self, cut: Cut) -> &'static str {
        match cut {
            Cut::Interrupted => {
                self.interrupted = true;
                "interrupted"
            }
            Cut::TimeUp => {
                if self.failures.is_empty() {
                    let limit = self.scenario.timeout.as_ref();
                    let limit = limit.map_or_else(String::new, |_| self.limit());
                    let message = format!("the case took longer than its timeout{limit}");
                    let failure = Failure::new(FailureKind::Timeout, None, message);
                    self.failures.push(failure);
                }
                "the case's time was up"
            }
        }
    }

    fn limit(&self) -> String {
        match &self.scenario.timeout {
            Some(crate::model::plan::DurationTemplate::Fixed(limit)) => {
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
        } else {
            Status::Passed
        };
        CaseOutcome {
            about: self.about,
            status,
            interrupted: self.interrupted,
            duration: started.elapsed(),
            counts: self.counts,
            failed: self.failed,
            not_run: self.not_run,
            failures: hide_failures(self.failures, &self.secrets),
            warnings: self.warnings,
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
        duration: started.elapsed(),
        counts,
        failed: Vec::new(),
        not_run: match status {
            Status::Errored => labels,
            _ => Vec::new(),
        },
        status,
        failures,
        warnings: Vec::new(),
    }
}

/// Whether something holds of a step, fragments' steps included.
fn any(steps: &[Step], holds: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| {
        holds(step) || matches!(&step.action, Action::Use(used) if any(&used.steps, holds))
    })
}

fn uses_clock(value: &ValueTemplate) -> bool {
    let mut found = false;
    value.for_each_template(&mut |template: &Template| found |= template.uses_clock());
    found
}

//! What comes before a case's first step: its server, its variables, its sandbox's set-up and clock.

use serde_json::{Map, Value};
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use url::Url;

use super::case::{Case, Frame};
use super::control::Control;
use super::each::Turn;
use super::guard::is_loopback;
use super::http::Left;
use super::limits::Cut;
use super::receiver::Receiver;
use super::request::{base_url, time};
use super::schedule::Run;
use super::step::sets_clock;
use super::world::Clock;
use super::{LaunchSandbox, RunningSandbox};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Action, Step, Variable};
use crate::model::project::TargetKind;
use crate::model::template::{Scope, Template, ValueTemplate, World as _};
use crate::snapshot::{Normaliser, Surroundings};

/// How long a sandbox may take to hear that a case is over.
const LAST_WORD: Duration = Duration::from_secs(2);

/// What a case talks to.
pub(super) struct Server {
    pub(super) base: Url,
    pub(super) control: Option<Control>,
    /// The clock of a sandbox that is new, and of a server that is none, which is taken for ours.
    pub(super) clock: Option<Clock>,
    /// Before its port is free, it is noted.
    _leaving: Option<Leaving>,
    /// The sandbox is gone when this is dropped.
    _keep: Option<RunningSandbox>,
}

/// Notes that a server is gone.
struct Leaving {
    origin: String,
    left: Left,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.left.note(&self.origin);
    }
}

/// Starts or finds what the case talks to.
pub(super) async fn serve(run: &Run) -> Result<Server, Failure> {
    let fail = |message| Failure::new(FailureKind::Transport, None, message);
    let (origin, keep, sandbox) = match &run.settings.target.kind {
        TargetKind::Remote(base_url) => (base_url.clone(), None, false),
        TargetKind::RunningSandbox(origin) => (origin.clone(), None, true),
        TargetKind::Embedded => {
            let Some(launch) = &run.settings.launch_sandbox else {
                return Err(fail("there is no embedded sandbox in this program".into()));
            };
            let running = launch_anew(launch, run.http.left())
                .await
                .map_err(|error| fail(not_started(&error)))?;
            (running.origin.clone(), Some(running), true)
        }
    };
    let left = keep.is_some().then(|| run.http.left().clone());
    let mut server = Server::at(&origin, sandbox, keep)?;
    server._leaving = left.map(|left| Leaving { origin, left });
    Ok(server)
}

/// Starts a sandbox at a port where none of this run was a moment ago: the client may hold a connection to that, and would
/// send a request on it that nobody reads.
async fn launch_anew(launch: &LaunchSandbox, left: &Left) -> io::Result<RunningSandbox> {
    // While they are held, their ports are not given again.
    let mut others = Vec::new();
    loop {
        let running = launch().await?;
        if !left.is_known(&running.origin) {
            return Ok(running);
        }
        others.push(running);
    }
}

fn not_started(error: &io::Error) -> String {
    match error.kind() {
        // It takes whatever port is free, so none is.
        ErrorKind::AddrInUse => {
            "the sandbox did not start: all ports of this machine are taken; those of closed \
             connections are free after a minute"
                .into()
        }
        _ => format!("the sandbox did not start: {error}"),
    }
}

impl Server {
    /// The one at that origin.
    pub(super) fn at(
        origin: &str,
        sandbox: bool,
        keep: Option<RunningSandbox>,
    ) -> Result<Server, Failure> {
        let base = base_url(origin).map_err(|why| Failure::new(FailureKind::Request, None, why))?;
        let ahead = match &keep {
            Some(running) => Some(running.ahead),
            None => (!sandbox).then_some(Duration::ZERO),
        };
        Ok(Server {
            control: sandbox.then(|| Control::new(base.clone())),
            clock: ahead.and_then(running_clock),
            base,
            _keep: keep,
            _leaving: None,
        })
    }
}

impl Case<'_> {
    /// Evaluates the variables, sets the sandbox up, and gives the scenario's own scope.
    pub(super) async fn set_up(&mut self, started: Instant) -> Result<Result<Frame, Failure>, Cut> {
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
            if self.awaits()
                && let Err(failure) = self.start_receiving(&control).await?
            {
                return Ok(Err(failure));
            }
            // The sandbox's set-up may use the variables, and they may ask for the sandbox's time: those that
            // do are evaluated again, with the same randomness.
            if self.variables_use_clock() {
                if let Err(why) = self.know_clock().await? {
                    return Ok(Err(Failure::new(FailureKind::Transport, None, why)));
                }
                self.world.rewind();
                frame = match self.variables() {
                    Ok(frame) => frame,
                    Err(failure) => return Ok(Err(failure)),
                };
            }
        } else if self.awaits()
            && let Some(notifications) = &self.run.settings.notifications
        {
            self.inbox = Some(notifications.inbox());
        }
        if any(&self.scenario.steps, &|step| step.snapshot.is_some())
            && !self.run.settings.snapshots.is_off()
        {
            if let Err(why) = self.know_clock().await? {
                return Ok(Err(Failure::new(FailureKind::Transport, None, why)));
            }
            self.normaliser = Some(self.new_normaliser());
        }
        Ok(Ok(frame))
    }

    fn awaits(&self) -> bool {
        let is_await = |step: &Step| matches!(step.action, Action::Await(_));
        any(&self.scenario.steps, &is_await)
    }

    /// A normaliser that has seen nothing yet. The clock is known.
    pub(super) fn new_normaliser(&self) -> Normaliser {
        self.run.settings.snapshots.normaliser(Surroundings {
            origin: self.base.as_str().trim_end_matches('/').to_owned(),
            started: match self.world.clock() {
                Clock::Fixed(_) => None,
                Clock::Running(_) => Some(self.world.now()),
            },
        })
    }

    /// Evaluates the variables in order; what the case gives itself is `case.NAME` too, in fragments as well.
    pub(super) fn variables(&mut self) -> Result<Frame, Failure> {
        let mut own = Map::new();
        for (name, value) in &self.row.values {
            if let Some(value) = value.as_fixed() {
                own.insert(name.clone(), value);
            }
        }
        // The case's own name stands before a value that is called `name`.
        if let Some(name) = &self.row.name {
            for key in ["name", "case"] {
                own.insert(key.into(), name.as_str().into());
            }
        }
        let mut scope = self.foundation.clone();
        scope.set("case", Value::Object(own.clone()));
        for Variable {
            name,
            default,
            given,
        } in &self.scenario.vars
        {
            let template = self.row.values.get(name).map(AsRef::as_ref);
            let case_value = match template {
                Some(template) => Some(self.build_variable(name, template, &scope)?),
                None => None,
            };
            if let Some(value) = &case_value
                && !own.contains_key(name)
            {
                own.insert(name.clone(), value.clone());
                scope.set("case", Value::Object(own.clone()));
            }
            let value = match (given, case_value, default) {
                (Some(given), _, _) => given.clone(),
                (None, Some(value), _) => value,
                (None, None, Some(default)) => self.build_variable(name, default, &scope)?,
                // The target's own stands.
                (None, None, None) => continue,
            };
            scope.set(name, value);
        }
        self.foundation.set("case", Value::Object(own));
        Ok(Frame {
            number: 0,
            scope,
            prefix: String::new(),
            assigned: Vec::new(),
            turn: Turn::default(),
        })
    }

    fn build_variable(
        &self,
        name: &str,
        value: &ValueTemplate,
        scope: &Scope,
    ) -> Result<Value, Failure> {
        self.run.plan.engine.build(value, scope).map_err(|error| {
            let message = format!("the variable `{name}`: {}", error.message);
            Failure::new(FailureKind::Request, error.span, message)
        })
    }

    pub(super) fn variables_use_clock(&self) -> bool {
        let defaults = self
            .scenario
            .vars
            .iter()
            .filter_map(|variable| variable.default.as_ref());
        let own = self.row.values.values().map(AsRef::as_ref);
        defaults.chain(own).any(uses_clock)
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
        self.clock_known = false;
        self.clock_fixed = sets_clock(&setup);
        let answered = control.set_up(&self.run.http, setup);
        Ok(match self.limits.bound(answered).await? {
            Ok(_) => Ok(()),
            Err(why) => Err(Failure::new(FailureKind::Transport, None, why)),
        })
    }

    /// Has the sandbox send its notifications to the case.
    async fn start_receiving(&mut self, control: &Control) -> Result<Result<(), Failure>, Cut> {
        let fail = |message| Ok(Err(Failure::new(FailureKind::Transport, None, message)));
        if !is_loopback(&self.base) {
            return fail(format!(
                "notifications are received on this machine alone, where the sandbox at {} cannot send them",
                self.base
            ));
        }
        let receiver = match Receiver::start().await {
            Ok(receiver) => receiver,
            Err(error) => {
                return fail(format!("notifications cannot be received: {error}"));
            }
        };
        let http = &self.run.http;
        let told = async {
            if self.run.settings.target.kind != TargetKind::Embedded {
                let before = control.notification_url(http).await?;
                self.notification_url_before = Some(before);
            }
            control.notify(http, &receiver.url().into()).await
        };
        match self.limits.bound(told).await? {
            Ok(_) => {
                self.inbox = Some(receiver.inbox());
                self.receiver = Some(receiver);
                Ok(Ok(()))
            }
            Err(why) => fail(why),
        }
    }

    /// Leaves a sandbox that goes on running as it was found: another program may listen at that port next.
    pub(super) async fn stop_receiving(&mut self) {
        let url = self.notification_url_before.take();
        if let (Some(control), Some(url), Some(_)) = (&self.control, url, &self.receiver) {
            // A sandbox that is gone sends nothing either.
            let _ = timeout(LAST_WORD, control.notify(&self.run.http, &url)).await;
        }
    }

    /// Reads the target's clock unless it is known.
    pub(super) async fn know_clock(&mut self) -> Result<Result<(), String>, Cut> {
        if self.clock_known {
            return Ok(Ok(()));
        }
        self.read_clock().await
    }

    /// Reads the target's clock.
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
}

/// One that is so far ahead of ours.
fn running_clock(ahead: Duration) -> Option<Clock> {
    i128::try_from(ahead.as_nanos()).ok().map(Clock::Running)
}

/// Whether something holds of a step, fragments' steps included.
pub(super) fn any(steps: &[Step], holds: &dyn Fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| {
        let inner = match &step.action {
            Action::Use(used) => Some(used.as_ref()),
            Action::Consent(consent) => consent.flow.as_deref(),
            _ => None,
        };
        holds(step) || inner.is_some_and(|inner| any(&inner.steps, holds))
    })
}

fn uses_clock(value: &ValueTemplate) -> bool {
    let mut found = false;
    value.for_each_template(&mut |template: &Template| found |= template.uses_clock());
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_sandbox_begins_where_none_was_a_moment_ago() {
        let (left, count) = (Left::default(), AtomicUsize::new(0));
        left.note("http://127.0.0.1:1");
        let launch: LaunchSandbox = Arc::new(move || {
            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move {
                Ok(RunningSandbox {
                    origin: format!("http://127.0.0.1:{number}"),
                    ahead: Duration::ZERO,
                    keep: Box::new(()),
                })
            })
        });
        let running = launch_anew(&launch, &left).await.unwrap();
        assert_eq!(running.origin, "http://127.0.0.1:2");
    }

    #[test]
    fn what_is_in_use_is_said_where_no_address_was_asked_for() {
        let told = not_started(&ErrorKind::AddrInUse.into());
        assert!(
            told.contains("all ports of this machine are taken"),
            "{told}"
        );
        let told = not_started(&io::Error::other("too many open files"));
        assert_eq!(told, "the sandbox did not start: too many open files");
    }
}

//! What each case would send, found out without sending anything.
//!
//! The same code as in a run makes the variables, the scopes and the requests. What an answer would give is a
//! name without a value, and all that reads it is shown by its name.

mod request;
mod steps;

use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

use super::Settings;
use super::case::{Case, Frame, identity, stays_out};
use super::limits::Limits;
use super::once::Key;
use super::record::hide_failures;
use super::schedule::Run;
use super::setup::Server;
use super::world::Clock;
use crate::model::duration;
use crate::model::outcome::{CaseIdentity, CaseNumber, Failure, FailureKind, Status};
use crate::model::plan::{Plan, Step};
use crate::model::preview::{CasePreview, PreviewLine};
use crate::model::project::TargetKind;
use crate::model::source::Span;

/// What each case of a plan would send to a server that is known already. `receives` is whether a target that is no
/// sandbox could send notifications.
pub fn preview(plan: Arc<Plan>, settings: Settings, receives: bool) -> Vec<CasePreview> {
    // Nobody is told anything.
    let (events, _unheard) = mpsc::channel(1);
    let run = Run::new(plan, settings, events);
    let mut shared = HashMap::new();
    (0..run.case_count())
        .map(|number| of_case(&run, number, receives, &mut shared))
        .collect()
}

/// The runs of fragments that cases share: where each is shown.
type SharedRuns = HashMap<Key, String>;

fn of_case(run: &Run, number: CaseNumber, receives: bool, shared: &mut SharedRuns) -> CasePreview {
    let about = Arc::new(identity(run, number));
    let (scenario, _) = run.case(number);
    let ended = |skipped, lines| CasePreview {
        about: CaseIdentity::clone(&about),
        skipped,
        lines,
    };
    if let Some(status) = stays_out(run, scenario, receives) {
        let why = match status {
            Status::Skipped(why) | Status::NotRun(why) => why,
            _ => String::new(),
        };
        return ended(Some(why), Vec::new());
    }
    let server = match server(&run.settings.target.kind) {
        Ok(server) => server,
        Err(failure) => return ended(None, vec![PreviewLine::Wrong(failure)]),
    };
    let limits = Limits::of_case(run.settings.interrupt.clone(), run.settings.grace);
    let mut preview = Preview {
        case: Case::new(run, number, &about, &server, limits),
        lines: Vec::new(),
        doubts: 0,
        deferred: Vec::new(),
        shared,
    };
    preview.whole();
    ended(None, preview.lines)
}

fn server(kind: &TargetKind) -> Result<Server, Failure> {
    match kind {
        TargetKind::Remote(base_url) => Server::at(base_url, false, None),
        TargetKind::RunningSandbox(origin) => Server::at(origin, true, None),
        TargetKind::Embedded => {
            let message = "nobody has said where the sandbox would be".to_owned();
            Err(Failure::new(FailureKind::Transport, None, message))
        }
    }
}

/// A case that is gone through.
struct Preview<'run, 's> {
    case: Case<'run>,
    lines: Vec<PreviewLine>,
    /// In how many steps it is of which nobody knows whether they run, or how often.
    doubts: usize,
    /// Steps for the end, with the number of their scope and whether that they run is in doubt.
    deferred: Vec<(&'run Step, usize, bool)>,
    shared: &'s mut SharedRuns,
}

impl<'run> Preview<'run, '_> {
    fn whole(&mut self) {
        self.case.foundation.set_unknown("steps", "steps");
        let mut frame = match self.case.variables() {
            Ok(frame) => frame,
            Err(failure) => return self.wrong(failure),
        };
        if self.case.control.is_some() {
            if !self.set_up(&frame) {
                return;
            }
            if self.case.variables_use_clock() {
                self.case.world.rewind();
                frame = match self.case.variables() {
                    Ok(frame) => frame,
                    Err(failure) => return self.wrong(failure),
                };
            }
        }
        self.steps(&self.case.scenario.steps, &mut frame);
        self.clean_up(frame);
    }

    /// The sandbox's set-up, which every case begins with.
    fn set_up(&mut self, frame: &Frame) -> bool {
        let engine = &self.case.run.plan.engine;
        let setup = match &self.case.scenario.sandbox {
            Some(setup) => engine.build_json(setup, &frame.scope),
            None => Ok("{}".to_owned()),
        };
        match setup {
            Ok(setup) => {
                self.move_clock(&setup);
                self.control("set the sandbox up", None, "PUT", &["setup"], setup);
                true
            }
            Err(error) => {
                let message = format!("the sandbox's set-up: {}", error.message);
                self.wrong(Failure::new(FailureKind::Request, error.span, message));
                false
            }
        }
    }

    /// The sandbox's clock as a set-up leaves it; what cannot be read moves nothing.
    fn move_clock(&mut self, setup: &str) {
        let setup: Value = serde_json::from_str(setup).unwrap_or_default();
        let text = |name: &str| setup.get(name).and_then(Value::as_str);
        if let Some(Ok(instant)) = text("clock").map(str::parse::<Timestamp>) {
            self.case
                .world
                .set_clock(Clock::Fixed(instant.as_nanosecond()));
        }
        if let Some(Ok(by)) = text("advance").map(duration::parse) {
            let by = i128::try_from(by.as_nanos()).unwrap_or_default();
            self.case.world.set_clock(match self.case.world.clock() {
                Clock::Fixed(now) => Clock::Fixed(now + by),
                Clock::Running(ahead) => Clock::Running(ahead + by),
            });
        }
    }

    fn wrong(&mut self, failure: Failure) {
        let hidden = hide_failures(vec![failure], &self.case.secrets);
        self.lines
            .extend(hidden.into_iter().map(PreviewLine::Wrong));
    }

    fn note(&mut self, text: &str, span: Span) {
        let text = self.case.secrets.hide(text);
        self.lines.push(PreviewLine::Note { text, span });
    }
}

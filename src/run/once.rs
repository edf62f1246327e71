//! One run of a fragment that cases share.
//!
//! The first case that comes to it runs it; the others wait for its end and take what it gives. Nothing of
//! that case goes into the run but the inputs, so that it does not matter which case comes first. What expires is
//! fetched by another run: see `renew`.

use serde_json::Value;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

use super::case::{Case, Frame};
use super::cookies::{Cookies, SetCookie};
use super::each::Turn;
use super::flow::{FAILED_BEFORE, Flow, Given};
use super::record::Record;
use super::renew::{self, Renewable};
use super::request::{from_render, time};
use super::scope;
use super::trouble::Trouble;
use super::world::CaseWorld;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Step, Use};
use crate::model::secret::Secrets;
use crate::model::template::Scope;
use crate::snapshot::Normaliser;

/// The shared runs of a run, by the fragment and its inputs.
#[derive(Default)]
pub(super) struct SharedRuns {
    slots: Mutex<HashMap<Key, Slot>>,
}

/// The fragment's path, and the inputs that it was given as JSON.
pub(super) type Key = (String, String);

/// Empty until a case has run the fragment to its end. Whoever runs it holds the lock.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Arc<Shared>>>>;

/// How a shared run ended, and what it gives to each case.
pub(super) struct Shared {
    /// The case that ran it, and where it is told.
    pub(super) told_at: String,
    outputs: Vec<(String, Value)>,
    cookies: Vec<SetCookie>,
    learned: Learned,
    /// The kind of its first failure.
    pub(super) failed: Option<FailureKind>,
    /// Whether the failure ended it.
    ended: bool,
    /// When it has to be run again.
    due: Option<Instant>,
}

/// A use of a fragment, with all that a run of it needs to know.
#[derive(Clone)]
pub(super) struct Sharing<'run> {
    pub(super) step: &'run Step,
    pub(super) used: &'run Use,
    pub(super) key: Key,
    given: Given,
    /// How long it may be used, if the author says so.
    lasts: Option<Duration>,
    /// Where it stands in the case.
    number: usize,
    prefix: String,
    turn: Turn,
}

/// What a run finds out that the cases that share it must know too.
#[derive(Default)]
pub(super) struct Learned {
    /// Captured secrets.
    pub(super) secrets: Secrets,
    /// Captures in order, which snapshots show by their names.
    captures: Vec<(String, Value)>,
    /// Captured secrets that are text, by the captures' names.
    tokens: Vec<(String, String)>,
}

impl Shared {
    pub(super) fn tokens(&self) -> &[(String, String)] {
        &self.learned.tokens
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether what it gave has expired, or is about to.
    pub(super) fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }
}

impl Learned {
    pub(super) fn note_token(&mut self, name: &str, token: &str) {
        self.tokens.retain(|(known, _)| known != name);
        self.tokens.push((name.to_owned(), token.to_owned()));
    }
}

/// What a case puts aside while it runs a fragment that belongs to no case.
pub(super) struct Aside {
    normaliser: Option<Normaliser>,
    learned: Option<Learned>,
    own: Option<(Scope, Arc<CaseWorld>, Cookies)>,
}

impl SharedRuns {
    pub(super) fn slot(&self, key: Key) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }
}

impl<'run> Case<'run> {
    /// A `use` with `once`. A sandbox is new for each case, so there it runs in each.
    pub(super) async fn once(
        &mut self,
        step: &'run Step,
        used: &'run Use,
        given: Given,
        frame: &mut Frame,
        mut record: Record,
    ) -> Flow {
        if self.run.settings.target.has_sandbox() {
            let aside = self.put_aside(None);
            let flow = self.run_used(step, used, given, frame, record).await;
            let (learned, _) = self.take_up(aside);
            self.learn(&learned);
            return flow;
        }
        let lasts = match &used.lasts {
            Some(lasts) => match time(lasts, &self.run.plan.engine, &frame.scope) {
                Ok(lasts) => Some(lasts),
                Err(error) => {
                    record.failures.push(from_render(error, step.span));
                    return self.not_begun(step, Ok(()), frame, record).await;
                }
            },
            None => None,
        };
        let sharing = Sharing {
            step,
            used,
            key: (
                used.path.clone(),
                Value::from(given.inputs.clone()).to_string(),
            ),
            given,
            lasts,
            number: frame.number,
            prefix: frame.prefix.clone(),
            turn: frame.turn.clone(),
        };
        let slot = self.run.shared.slot(sharing.key.clone());
        let mut held = match self.limits.bound(slot.lock_owned()).await {
            Ok(held) => held,
            Err(cut) => return self.not_begun(step, Err(cut), frame, record).await,
        };
        if let Some(shared) = held.as_ref().filter(|shared| !shared.is_due()) {
            let shared = Arc::clone(shared);
            drop(held);
            self.adopt(&sharing, &shared, frame);
            record.summary = format!("use {}, run by {}", used.path, shared.told_at);
            return self
                .told_elsewhere(step, used, &shared, frame, record)
                .await;
        }
        let scope = frame.scope.clone();
        let (shared, flow) = self.run_shared(&sharing, scope, record).await;
        self.adopt(&sharing, &shared, frame);
        // One that was cut short is run again by the next case: its end is this case's own.
        if matches!(flow, Flow::On | Flow::Ended(FAILED_BEFORE)) {
            *held = Some(Arc::new(shared));
        }
        flow
    }

    /// Runs the fragment for all cases. Nothing is taken from the scope, which the inputs were evaluated in before.
    pub(super) async fn run_shared(
        &mut self,
        sharing: &Sharing<'run>,
        scope: Scope,
        record: Record,
    ) -> (Shared, Flow) {
        let began = Instant::now();
        let mark = self.mark();
        let aside = self.put_aside(Some(&sharing.key));
        let mut inside = Frame {
            number: sharing.number,
            scope,
            prefix: sharing.prefix.clone(),
            assigned: Vec::new(),
            turn: sharing.turn.clone(),
        };
        let given = sharing.given.clone();
        let flow = self
            .run_used(sharing.step, sharing.used, given, &mut inside, record)
            .await;
        let (learned, cookies) = self.take_up(aside);
        let failed = self.failed_since(mark);
        self.settle_since(mark);
        let outputs = outputs(&inside);
        let shared = Shared {
            told_at: match &self.about.case {
                Some(case) => format!("`{}` [{case}] ({})", self.about.scenario, self.about.path),
                None => format!("`{}` ({})", self.about.scenario, self.about.path),
            },
            due: due(began, sharing.lasts, &outputs),
            outputs,
            cookies,
            learned,
            failed,
            ended: flow != Flow::On,
        };
        (shared, flow)
    }

    /// Tells of a shared run in a case that did not run it: in one line.
    async fn told_elsewhere(
        &mut self,
        step: &'run Step,
        used: &Use,
        shared: &Shared,
        frame: &Frame,
        mut record: Record,
    ) -> Flow {
        if let Some(kind) = shared.failed {
            let message = format!(
                "the shared run of `{}` failed: see {}",
                used.path, shared.told_at
            );
            let failure = Failure::new(kind, Some(step.span), message);
            record.failures.push(failure);
            record.trouble = Some(Trouble::Final);
        }
        self.finish(step, frame.label(step), record).await;
        if shared.ended {
            Flow::Ended(FAILED_BEFORE)
        } else {
            Flow::On
        }
    }

    /// Takes what a shared run gives.
    fn adopt(&mut self, sharing: &Sharing<'run>, shared: &Shared, frame: &mut Frame) {
        for (name, value) in &shared.outputs {
            frame.assign(name, value.clone());
        }
        self.take_in(shared);
        self.renewable.extend(Renewable::of(sharing, shared));
    }

    /// Takes what a shared run gives beside the variables.
    pub(super) fn take_in(&mut self, shared: &Shared) {
        self.cookies.take(&shared.cookies);
        self.learn(&shared.learned);
    }

    fn learn(&mut self, learned: &Learned) {
        self.secrets.add_all(&learned.secrets);
        for (name, value) in &learned.captures {
            self.note_capture(name, value);
        }
        if let Some(mine) = &mut self.learned {
            mine.secrets.add_all(&learned.secrets);
        }
    }

    /// Remembers a captured value, which snapshots show by its name.
    pub(super) fn note_capture(&mut self, name: &str, value: &Value) {
        if let Some(normaliser) = &mut self.normaliser {
            normaliser.note_capture(name, value);
        }
        if let Some(learned) = &mut self.learned {
            learned.captures.push((name.to_owned(), value.clone()));
        }
    }

    /// Makes room for a run that sees nothing of this case: in its snapshots, and with a key nothing at all.
    pub(super) fn put_aside(&mut self, key: Option<&Key>) -> Aside {
        let fresh = self.normaliser.is_some().then(|| self.new_normaliser());
        Aside {
            normaliser: mem::replace(&mut self.normaliser, fresh),
            learned: self.learned.replace(Learned::default()),
            own: key.map(|(path, inputs)| {
                let settings = &self.run.settings;
                let world = Arc::new(CaseWorld::new(
                    settings.seed,
                    &["once", path, inputs],
                    settings.root.clone(),
                    Arc::clone(&settings.files),
                ));
                world.set_clock(self.world.clock());
                let mut foundation = Scope::new(Arc::<CaseWorld>::clone(&world));
                scope::furnish(&mut foundation, settings, self.scenario, self.base.as_str());
                (
                    mem::replace(&mut self.foundation, foundation),
                    mem::replace(&mut self.world, world),
                    mem::replace(&mut self.cookies, Cookies::noting()),
                )
            }),
        }
    }

    pub(super) fn take_up(&mut self, aside: Aside) -> (Learned, Vec<SetCookie>) {
        self.normaliser = aside.normaliser;
        let learned = mem::replace(&mut self.learned, aside.learned).unwrap_or_default();
        let Some((foundation, world, cookies)) = aside.own else {
            return (learned, Vec::new());
        };
        self.foundation = foundation;
        self.world = world;
        let noted = mem::replace(&mut self.cookies, cookies).into_noted();
        (learned, noted)
    }
}

fn outputs(frame: &Frame) -> Vec<(String, Value)> {
    frame
        .assigned
        .iter()
        .map(|name| (name.clone(), frame.scope.get(name).unwrap_or_default()))
        .collect()
}

/// When it has to be run again: as the author says, or when the first of the tokens that it gives expires.
fn due(began: Instant, lasts: Option<Duration>, outputs: &[(String, Value)]) -> Option<Instant> {
    let texts = outputs.iter().filter_map(|(_, value)| value.as_str());
    let expiries = texts
        .filter_map(renew::life)
        .filter_map(|life| renew::due(began, life));
    expiries
        .chain(lasts.and_then(|lasts| began.checked_add(lasts)))
        .min()
}

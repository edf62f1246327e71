//! Loops: a step runs once for each item of a list.

use serde_json::Value;

use super::case::{Case, Frame};
use super::flow::{FAILED_BEFORE, Flow};
use super::record::Record;
use super::request::from_render;
use crate::model::matcher::describe;
use crate::model::outcome::{Failure, FailureKind, Status};
use crate::model::plan::{Action, Each, MOST_TURNS, Step};

/// How many characters of an item are shown.
const SHOWN_ITEM: usize = 60;

/// Which turn of a loop, or of loops inside each other, something belongs to; empty outside of loops.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    /// What the label of the looped step itself ends with: ` #2`.
    pub(super) mark: String,
    /// What the names of snapshots end with: `-2`, inside another loop `-1-2`.
    pub(super) suffix: String,
    /// For people: `turn 2 of 7, fip = "setu-fip"`.
    pub(super) told: String,
}

impl Turn {
    /// The same turn for what a fragment does in it. The snapshots of one that is shared are its own.
    pub(super) fn inside(&self, is_shared: bool) -> Turn {
        Turn {
            mark: String::new(),
            suffix: if is_shared {
                String::new()
            } else {
                self.suffix.clone()
            },
            told: self.told.clone(),
        }
    }

    pub(super) fn next(&self, number: usize, count: usize, variable: &str, item: &Value) -> Turn {
        let mut told = format!("turn {number} of {count}, {variable} = {}", shown(item));
        if !self.told.is_empty() {
            told = format!("{}, {told}", self.told);
        }
        Turn {
            mark: format!(" #{number}"),
            suffix: format!("{}-{number}", self.suffix),
            told,
        }
    }
}

/// What the turns captured: a list for each name, with null for a turn that gave it none.
struct Gathered {
    names: Vec<(String, Vec<Value>)>,
    turns: usize,
}

impl Gathered {
    /// Lists for these names, also if no turn gives them a value.
    fn of(names: &[String]) -> Gathered {
        Gathered {
            names: names.iter().map(|name| (name.clone(), vec![])).collect(),
            turns: 0,
        }
    }

    fn add(&mut self, turn: &Frame) {
        for name in &turn.assigned {
            let value = turn.scope.get(name).unwrap_or_default();
            let at = self.names.iter().position(|(known, _)| known == name);
            let at = at.unwrap_or_else(|| {
                self.names.push((name.clone(), vec![]));
                self.names.len() - 1
            });
            let values = &mut self.names[at].1;
            values.resize(self.turns, Value::Null);
            values.push(value);
        }
        self.turns += 1;
    }

    fn give(self, frame: &mut Frame) {
        for (name, mut values) in self.names {
            values.resize(self.turns, Value::Null);
            frame.assign(&name, Value::Array(values));
        }
    }
}

impl<'run> Case<'run> {
    /// Runs a step once for each item. The first turn that fails ends the loop.
    pub(super) async fn each(
        &mut self,
        step: &'run Step,
        each: &'run Each,
        frame: &mut Frame,
        mut record: Record,
    ) -> Flow {
        let items = match self.items(each, frame) {
            Ok(items) => items,
            Err(failure) => {
                record.failures.push(failure);
                return self.not_begun(step, Ok(()), frame, record).await;
            }
        };
        let count = items.len();
        let mut gathered = Gathered::of(&each.gathered);
        let mut flow = Flow::On;
        for (index, item) in items.into_iter().enumerate() {
            let mut turn = Frame {
                number: frame.number,
                scope: frame.scope.clone(),
                prefix: frame.prefix.clone(),
                assigned: Vec::new(),
                turn: frame.turn.next(index + 1, count, &each.variable, &item),
            };
            turn.scope.set(&each.variable, item);
            flow = self.one_turn(step, index, &mut turn).await;
            if matches!(step.action, Action::Set(_)) {
                // The next turn may build on what this one has set.
                for name in &turn.assigned {
                    frame.assign(name, turn.scope.get(name).unwrap_or_default());
                }
            } else {
                gathered.add(&turn);
            }
            if let Some(id) = &step.id {
                frame.scope.take_step(id, &turn.scope);
            }
            if let Flow::Ended(why) = flow {
                self.turns_not_run(step, frame, index + 1, count, why).await;
                break;
            }
        }
        gathered.give(frame);
        flow
    }

    async fn one_turn(&mut self, step: &'run Step, index: usize, turn: &mut Frame) -> Flow {
        let mut record = Record::new();
        record.turn = turn.turn.told.clone();
        // Before the first turn it was read already.
        if index > 0 && step.uses_clock {
            match self.read_clock().await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => {
                    let failure = Failure::new(FailureKind::Transport, Some(step.span), why);
                    record.failures.push(failure);
                    return self.not_begun(step, Ok(()), turn, record).await;
                }
                Err(cut) => return self.not_begun(step, Err(cut), turn, record).await,
            }
        }
        self.turn(step, turn, record).await
    }

    /// The list of a loop.
    pub(super) fn items(&self, each: &Each, frame: &Frame) -> Result<Vec<Value>, Failure> {
        let wrong = |kind, actual: String| Failure {
            expected: Some("a list with something in it".into()),
            actual: Some(actual),
            ..Failure::new(kind, Some(each.span), "each")
        };
        let list = self.run.plan.engine.build(&each.list, &frame.scope);
        match list.map_err(|error| from_render(error, each.span))? {
            Value::Array(items) if items.is_empty() => {
                Err(wrong(FailureKind::Mismatch, "an empty list".into()))
            }
            Value::Array(items) if items.len() > MOST_TURNS => Err(Failure::new(
                FailureKind::Request,
                Some(each.span),
                format!(
                    "{} turns are too many: a loop has {MOST_TURNS} at most",
                    items.len()
                ),
            )),
            Value::Array(items) => Ok(items),
            other => Err(wrong(FailureKind::Request, describe(&other))),
        }
    }

    /// Says in one line which turns were not run.
    async fn turns_not_run(
        &mut self,
        step: &'run Step,
        frame: &Frame,
        done: usize,
        count: usize,
        why: &str,
    ) {
        let name = match &step.action {
            Action::Use(used) => &used.prefix,
            _ => &step.label,
        };
        let label = match count - done {
            0 => return,
            1 => format!("{}{name} #{count}", frame.prefix),
            _ => format!("{}{name} #{} to #{count}", frame.prefix, done + 1),
        };
        let why = if why == FAILED_BEFORE {
            "a turn before it failed"
        } else {
            why
        };
        self.passed_over(step, label, Status::NotRun(why.to_owned()))
            .await;
    }
}

/// An item on one line, its end left out where it is long.
fn shown(item: &Value) -> String {
    let text = item.to_string();
    match text.char_indices().nth(SHOWN_ITEM) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

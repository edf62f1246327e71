//! The steps of a case that is gone through, in the order in which they would run.

use serde_json::Value;

use super::super::case::Frame;
use super::super::once::Key;
use super::super::request::{from_render, time};
use super::Preview;
use crate::model::duration;
use crate::model::plan::{Action, Await, Consent, DurationTemplate, Each, Patience, Step, Use};
use crate::model::preview::PreviewLine;
use crate::model::template::{Engine, RenderError, Scope, ValueTemplate, shown_for};
use crate::run::Customer;

/// A name's value, or what is shown for one that is not known.
type Given = Result<Value, String>;

impl<'run> Preview<'run, '_> {
    pub(super) fn steps(&mut self, steps: &'run [Step], frame: &mut Frame) {
        for step in steps {
            if step.defer {
                self.deferred.push((step, frame.number, self.doubts > 0));
            } else {
                self.step(step, frame);
            }
        }
    }

    /// The deferred steps, last put aside first.
    pub(super) fn clean_up(&mut self, frame: Frame) {
        self.case.parked.insert(frame.number, frame);
        while let Some((step, number, in_doubt)) = self.deferred.pop() {
            let Some(mut frame) = self.case.parked.remove(&number) else {
                continue;
            };
            let text = if in_doubt {
                "at the end, whatever failed, if it was put aside:"
            } else {
                "at the end, whatever failed:"
            };
            self.note(text, step.span);
            self.doubts = usize::from(in_doubt);
            self.step(step, &mut frame);
            self.case.parked.insert(number, frame);
        }
    }

    fn step(&mut self, step: &'run Step, frame: &mut Frame) {
        let doubts = self.doubts;
        if let Some(condition) = &step.condition {
            if frame.scope.lacks(condition.names()) {
                let text = format!("only if {}:", condition.source());
                self.note(&text, condition.span());
                self.doubts += 1;
            } else {
                match self.case.run.plan.engine.decide(condition, &frame.scope) {
                    Ok(true) => {}
                    Ok(false) => {
                        let text = format!("{}: skipped, its `if` is false", frame.label(step));
                        return self.note(&text, condition.span());
                    }
                    Err(error) => return self.wrong(from_render(error, condition.span())),
                }
            }
        }
        match &step.each {
            None => self.turn(step, frame),
            Some(each) => self.each(step, each, frame),
        }
        self.doubts = doubts;
    }

    fn each(&mut self, step: &'run Step, each: &'run Each, frame: &mut Frame) {
        if each.list.lacks(&frame.scope) {
            let list = each
                .list
                .as_template()
                .map_or("a list", |list| list.source());
            let text = format!("once for each <{}> of {list}:", each.variable);
            self.note(&text, each.span);
            self.doubts += 1;
            let mut turn = turn_of(frame);
            turn.scope.set_unknown(&each.variable, &each.variable);
            self.turn(step, &mut turn);
            for name in turn.assigned {
                frame.forget(&name, &name);
            }
            return;
        }
        let items = match self.case.items(each, frame) {
            Ok(items) => items,
            Err(failure) => return self.wrong(failure),
        };
        let count = items.len();
        let mut gathered = each.gathered.clone();
        for (index, item) in items.into_iter().enumerate() {
            let mut turn = turn_of(frame);
            turn.turn = frame.turn.next(index + 1, count, &each.variable, &item);
            turn.scope.set(&each.variable, item);
            self.turn(step, &mut turn);
            if matches!(step.action, Action::Set(_)) {
                self.hand_on(&turn, frame);
            } else {
                gathered.append(&mut turn.assigned);
            }
        }
        for name in gathered {
            frame.forget(&name, &name);
        }
    }

    fn turn(&mut self, step: &'run Step, frame: &mut Frame) {
        if let Some(retry) = &step.retry
            && let Some(times) = retry.times.as_fixed()
        {
            let text = format!("up to {times} times again where it fails:");
            self.note(&text, retry.span);
        }
        match &step.action {
            Action::Http(request) => self.request(step, request, frame),
            Action::Consent(consent) => self.consent(step, consent, frame),
            Action::Await(wanted) => self.await_notification(step, wanted, frame),
            Action::Browser(_) => self.note("drives a browser", step.span),
            Action::Sandbox(setup) => self.change_sandbox(step, setup, frame),
            Action::Use(used) => self.used(step, used, frame),
            Action::Sleep(pause) => match time(pause, self.engine(), &frame.scope) {
                Ok(pause) => self.lines.push(PreviewLine::Pause(pause)),
                Err(_) if self.lacks(pause, frame) => self.note("waits", step.span),
                Err(error) => self.wrong(from_render(error, step.span)),
            },
            Action::Print(line) => match self.engine().render(line, &frame.scope) {
                Ok(line) => self.note(&format!("prints: {line}"), step.span),
                Err(error) => self.wrong(from_render(error, step.span)),
            },
            Action::Set(values) => {
                for (name, value) in values {
                    match self.given(name, value, &frame.scope) {
                        Ok(given) => self.give(frame, name, given),
                        Err(error) => return self.wrong(from_render(error, step.span)),
                    }
                }
            }
        }
        for capture in &step.captures {
            frame.forget(&capture.name, &capture.name);
        }
    }

    fn used(&mut self, step: &'run Step, used: &'run Use, frame: &mut Frame) {
        let own = used.inputs.iter().filter(|input| !input.is_default);
        let given: Result<Vec<Given>, RenderError> = own
            .map(|input| self.given(&input.name, &input.value, &frame.scope))
            .collect();
        let given = match given {
            Ok(given) => given,
            Err(error) => return self.wrong(from_render(error, step.span)),
        };
        if !used.once || self.case.run.settings.target.has_sandbox() {
            return self.run_used(step, used, given, frame);
        }
        let key = key(used, &given);
        if let Some(at) = self.shared.get(&key) {
            let text = format!("`{}` runs once for all cases: see {at}", used.path);
            self.note(&text, step.span);
            for name in outputs(&used.steps) {
                frame.forget(&name, &name);
            }
            return;
        }
        let at = match &self.case.about.case {
            Some(case) => format!("{} [{case}]", self.case.about.path),
            None => self.case.about.path.clone(),
        };
        let text = format!("`{}` runs once for all cases:", used.path);
        self.note(&text, step.span);
        self.shared.insert(key.clone(), at);
        let aside = self.case.put_aside(Some(&key));
        self.case.foundation.set_unknown("steps", "steps");
        self.run_used(step, used, given, frame);
        self.case.take_up(aside);
    }

    /// A fragment's steps in a scope of their own.
    fn run_used(&mut self, step: &Step, used: &'run Use, given: Vec<Given>, frame: &mut Frame) {
        let mut scope = self.case.foundation.clone();
        let mut given = given.into_iter();
        let defaults = used.inputs.iter().map(|input| {
            let is_given = (!input.is_default).then_some(());
            (&input.name, &input.value, is_given)
        });
        let own = used.vars.iter().map(|(name, value)| (name, value, None));
        for (name, value, is_given) in defaults.chain(own) {
            let value = match is_given.and_then(|()| given.next()) {
                Some(value) => Ok(value),
                None => self.given(name, value, &scope),
            };
            match value {
                Ok(Ok(value)) => scope.set(name, value),
                Ok(Err(shown)) => scope.set_unknown(name, &shown),
                Err(error) => return self.wrong(from_render(error, step.span)),
            }
        }
        self.case.frames += 1;
        let mut inner = Frame {
            number: self.case.frames,
            scope,
            prefix: frame.prefix_of(used),
            assigned: Vec::new(),
            turn: frame.turn.inside(used.once),
        };
        self.steps(&used.steps, &mut inner);
        self.hand_on(&inner, frame);
        if self
            .deferred
            .iter()
            .any(|(_, number, _)| *number == inner.number)
        {
            self.case.parked.insert(inner.number, inner);
        }
    }

    fn consent(&mut self, step: &Step, consent: &Consent, frame: &Frame) {
        let decided = match self.case.decided(consent, frame) {
            Ok(decided) => decided,
            Err(error) => return self.wrong(from_render(error, step.span)),
        };
        let by_sandbox = self.case.run.settings.customer == Customer::Sandbox;
        let who = if by_sandbox {
            "the sandbox"
        } else {
            "a person"
        };
        let shown = self.shown(&decided.url);
        let text = format!(
            "{}: {who} answers `{}` at {shown}",
            frame.label(step),
            decided.decision
        );
        self.note(&text, step.span);
        if by_sandbox && self.case.control.is_some() {
            self.decide(step, decided);
        }
    }

    fn await_notification(&mut self, step: &Step, wanted: &Await, frame: &Frame) {
        let (word, limit) = match &wanted.patience {
            Patience::Within(limit) => ("waits for a notification, for", limit),
            Patience::Absent(limit) => ("no notification may come, for", limit),
        };
        let limit = self.told(limit, frame);
        let text = format!("{}: {word} {limit}", frame.label(step));
        self.note(&text, step.span);
        self.tell_captures(step);
    }

    fn change_sandbox(&mut self, step: &Step, setup: &ValueTemplate, frame: &Frame) {
        match self.engine().build_json(setup, &frame.scope) {
            Ok(setup) => {
                self.move_clock(&setup);
                let label = frame.label(step);
                self.control(&label, Some(step.span), "PATCH", &["setup"], setup);
            }
            Err(error) => self.wrong(from_render(error, step.span)),
        }
    }

    fn tell_captures(&mut self, step: &Step) {
        if let Some(span) = step.captures.first().map(|capture| capture.span) {
            let names: Vec<String> = step
                .captures
                .iter()
                .map(|capture| format!("<{}>", capture.name))
                .collect();
            self.note(&format!("it gives {}", names.join(", ")), span);
        }
    }

    /// A duration as people read it.
    pub(super) fn told(&self, limit: &DurationTemplate, frame: &Frame) -> String {
        match time(limit, self.engine(), &frame.scope) {
            Ok(limit) => duration::display(limit),
            Err(_) => "some time".into(),
        }
    }

    fn lacks(&self, pause: &DurationTemplate, frame: &Frame) -> bool {
        matches!(pause, DurationTemplate::Computed(pause) if frame.scope.lacks(pause.names()))
    }

    fn given(
        &self,
        name: &str,
        value: &ValueTemplate,
        scope: &Scope,
    ) -> Result<Given, RenderError> {
        let built = self.engine().build(value, scope)?;
        Ok(if value.lacks(scope) {
            Err(shown_for(name, &built))
        } else {
            Ok(built)
        })
    }

    /// Gives a name a value, unless nobody knows whether the step runs that does so.
    fn give(&self, frame: &mut Frame, name: &str, given: Given) {
        match given {
            Ok(value) if self.doubts == 0 => frame.assign(name, value),
            Ok(_) => frame.forget(name, name),
            Err(shown) => frame.forget(name, &shown),
        }
    }

    /// Hands on what was captured and set inside.
    fn hand_on(&self, inner: &Frame, frame: &mut Frame) {
        for name in &inner.assigned {
            match (inner.scope.unknown(name), inner.scope.get(name)) {
                (None, Some(value)) => self.give(frame, name, Ok(value)),
                (shown, _) => frame.forget(name, shown.unwrap_or(name)),
            }
        }
    }

    pub(super) fn engine(&self) -> &'run Engine {
        &self.case.run.plan.engine
    }
}

/// One turn of a loop, with what stands around it.
fn turn_of(frame: &Frame) -> Frame {
    Frame {
        number: frame.number,
        scope: frame.scope.clone(),
        prefix: frame.prefix.clone(),
        assigned: Vec::new(),
        turn: frame.turn.clone(),
    }
}

/// What tells two shared runs apart. Two that get what is not known yet are told apart by its name.
fn key(used: &Use, given: &[Given]) -> Key {
    let given = given.iter().map(|given| match given {
        Ok(value) => value.clone(),
        Err(shown) => Value::from(shown.as_str()),
    });
    (used.path.clone(), Value::Array(given.collect()).to_string())
}

/// All names that steps give.
fn outputs(steps: &[Step]) -> Vec<String> {
    let mut names = Vec::new();
    for step in steps {
        names.extend(step.captures.iter().map(|capture| capture.name.clone()));
        match &step.action {
            Action::Set(values) => names.extend(values.iter().map(|(name, _)| name.clone())),
            Action::Use(used) => names.extend(outputs(&used.steps)),
            _ => {}
        }
    }
    names
}

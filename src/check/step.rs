//! One step: its action and its checks, with the names that are there.

use std::time::Duration;

use super::compiler::{Compiler, Here};
use super::names::Current;
use super::scenario::Place;
use super::{
    browser, capture, expectations, flow, flows, fragments, notification, repeat, request,
    snapshot_rules,
};
use crate::model::node::NodeKind;
use crate::model::plan::{self, DurationTemplate};
use crate::model::scenario::{Action, Consent, Step, Until};
use crate::model::template::{Expression, Template, ValueTemplate};

const EVERY: Duration = Duration::from_secs(1);
const WITHIN: Duration = Duration::from_secs(60);

/// Compiles a step. All that is wrong in it is noted, even where one part is wrong already.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    here: Here<'_>,
) -> Option<plan::Step> {
    let condition = optional(step.condition.as_ref(), |text| {
        let asked_before = step.each.as_ref().map(|each| each.variable.value.as_str());
        let names = here.names.before_loop(asked_before);
        let before = Here {
            names: &names,
            ..here
        };
        compiler.expression(text, before)
    });
    let guard = condition
        .as_ref()
        .and_then(|condition| condition.as_ref().map(flow::guard));
    let here = Here {
        guard: guard.as_ref(),
        ..here
    };
    let each = optional(step.each.as_deref(), |each| {
        repeat::each(compiler, place.file, step, each, here)
    });
    let names = repeat::names_in_loop(step, here.names);
    let here = Here {
        names: &names,
        ..here
    };
    let time_limit = optional(step.timeout.as_ref(), |node| compiler.duration(node, here));
    let retry = optional(step.retry.as_deref(), |retry| {
        repeat::retry_of_step(compiler, &step.action, retry, here)
    });
    let action = action(compiler, place, step, here);
    let answered = Here {
        current: Current::of(&step.action),
        ..here
    };
    let mut expect = expectations::compile(
        compiler,
        step.expect
            .as_ref()
            .map_or(&[], |expect| &expect.expectations),
        answered,
    );
    if let Some(written) = &step.expect
        && written.expectations.is_empty()
    {
        compiler.mistake(
            crate::model::diagnostic::Diagnostic::warning(
                written.span,
                "this `expect` checks nothing, so it can never fail",
            )
            .hint("write what must hold, or leave it out"),
        );
    }
    let until = optional(step.until.as_ref(), |until| {
        self::until(compiler, until, here, answered)
    });
    let captures: Vec<Option<plan::Capture>> = step
        .capture
        .iter()
        .map(|written| capture::compile(compiler, written, answered))
        .collect();
    let snapshot = optional(step.snapshot.as_deref(), |(span, options)| {
        snapshot_rules::compile(compiler, place, step, *span, options)
    });
    let names_status = expectations::name_status(expect.as_deref().unwrap_or_default())
        || matches!(&until, Some(Some(until)) if expectations::name_status(&until.expectations) || expectations::name_status(&until.give_up));
    let mut compiled = plan::Step {
        span: step.span,
        id: step.id.as_ref().map(|id| id.value.clone()),
        label: label(step),
        condition: condition?,
        each: each?.map(Box::new),
        keep_going: step.keep_going,
        defer: step.defer,
        time_limit: time_limit?,
        retry: retry?.map(Box::new),
        action: action?,
        until: until?.map(Box::new),
        expect: expect.take()?,
        success_expected: !names_status,
        captures: captures.into_iter().collect::<Option<_>>()?,
        snapshot: snapshot?.map(Box::new),
        uses_clock: false,
        kept: false,
    };
    compiled.uses_clock = clock::uses(&compiled);
    Some(compiled)
}

/// Compiles what may be absent: the outer `None` is a mistake, the inner one absence.
pub(super) fn optional<W, C>(
    written: Option<&W>,
    compile: impl FnOnce(&W) -> Option<C>,
) -> Option<Option<C>> {
    match written {
        Some(written) => compile(written).map(Some),
        None => Some(None),
    }
}

fn label(step: &Step) -> String {
    if let Some(name) = step.name.as_ref().or(step.id.as_ref()) {
        return name.value.clone();
    }
    match &step.action {
        Action::Http(request) => format!("{} {}", request.method.value, request.url.value),
        Action::Consent(_) => "consent".into(),
        Action::Await(_) => "await".into(),
        Action::Browser(_) => "browser".into(),
        Action::Sandbox(_) => "sandbox".into(),
        Action::Use(used) => used.path.value.clone(),
        Action::Set(_) => "set".into(),
        Action::Sleep(_) => "sleep".into(),
        Action::Print(_) => "print".into(),
    }
}

fn action(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    here: Here<'_>,
) -> Option<plan::Action> {
    Some(match &step.action {
        Action::Http(written) => plan::Action::Http(Box::new(request::compile(
            compiler, place.file, written, here,
        )?)),
        Action::Consent(written) => {
            plan::Action::Consent(Box::new(consent(compiler, place, step, written, here)?))
        }
        Action::Await(written) => {
            plan::Action::Await(Box::new(notification::compile(compiler, written, here)?))
        }
        Action::Browser(actions) => {
            plan::Action::Browser(browser::compile(compiler, actions, here)?)
        }
        Action::Sandbox(node) => {
            if !matches!(node.kind, NodeKind::Map(_)) {
                compiler.error(
                    node.span,
                    format!("`sandbox` takes a map, not {}", node.describe()),
                    "write `sandbox: { advance: 1d }`",
                );
                return None;
            }
            plan::Action::Sandbox(compiler.value(node, here)?)
        }
        Action::Use(used) => plan::Action::Use(Box::new(fragments::compile(
            compiler, place, step, used, here,
        )?)),
        Action::Set(values) => {
            // A value may use those set before it in the same step.
            let mut names = here.names.clone();
            let mut compiled: Option<Vec<(String, ValueTemplate)>> = Some(Vec::new());
            for (name, node) in values {
                let value = compiler.value(
                    node,
                    Here {
                        names: &names,
                        ..here
                    },
                );
                names.add(&name.value);
                match (value, &mut compiled) {
                    (Some(value), Some(compiled)) => compiled.push((name.value.clone(), value)),
                    (None, _) => compiled = None,
                    _ => {}
                }
            }
            plan::Action::Set(compiled?)
        }
        Action::Sleep(node) => plan::Action::Sleep(compiler.duration(node, here)?),
        Action::Print(text) => plan::Action::Print(compiler.template(text, here)?),
    })
}

fn consent(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    written: &Consent,
    here: Here<'_>,
) -> Option<plan::Consent> {
    let url = compiler.template(&written.url, here);
    let decision = match &written.decision {
        Some(text) => compiler.template(text, here),
        None => Some(Template::literal("approve", step.span)),
    };
    let accounts = optional(written.accounts.as_ref(), |node| {
        let is_fine = match &node.kind {
            NodeKind::Text(text) => text.value == "all" || text.value.contains("{{"),
            NodeKind::List(items) => items
                .iter()
                .all(|item| matches!(item.kind, NodeKind::Text(_))),
            _ => false,
        };
        if !is_fine {
            compiler.error(
                node.span,
                "`accounts` is `all` or a list of texts",
                "name accounts by their masked numbers or their FIP's id: `[setu-fip]`",
            );
            return None;
        }
        compiler.value(node, here)
    });
    let reason = optional(written.reason.as_ref(), |text| {
        compiler.template(text, here)
    });
    let flow = flows::compile(compiler, place, step, written, here);
    Some(plan::Consent {
        url: url?,
        decision: decision?,
        accounts: accounts?,
        reason: reason?,
        flow: flow?,
    })
}

fn until(
    compiler: &mut Compiler<'_>,
    until: &Until,
    here: Here<'_>,
    answered: Here<'_>,
) -> Option<plan::Until> {
    let expectations = expectations::compile(compiler, &until.expectations, answered);
    let give_up = expectations::compile(compiler, &until.give_up, answered);
    let every = match &until.every {
        None => Some(plan::Pauses {
            first: DurationTemplate::Fixed(EVERY),
            factor: 1.0,
            longest: None,
        }),
        Some(every) => repeat::pauses(compiler, every, here),
    };
    let within = compiler.duration_or(until.within.as_ref(), WITHIN, here);
    let (expectations, give_up) = (expectations?, give_up?);
    let success_expected =
        !expectations::name_status(&expectations) && !expectations::name_status(&give_up);
    Some(plan::Until {
        span: until.span,
        expectations,
        give_up,
        success_expected,
        every: every?,
        within: within?,
    })
}

/// Whether a step asks for the time.
mod clock {
    use super::{DurationTemplate, Expression, Template, ValueTemplate};
    use crate::model::browsing::Visitor;
    use crate::model::matcher::MatcherTemplate;
    use crate::model::plan::{
        Action, Auth, Body, CaptureSource, Check, Expectation, PartValue, Patience, Pauses, Retry,
        Step,
    };

    pub(super) fn uses(step: &Step) -> bool {
        let mut finder = Finder(false);
        finder.step(step);
        finder.0
    }

    struct Finder(bool);

    impl Visitor<Template, MatcherTemplate, Expression> for Finder {
        fn text(&mut self, text: &Template) {
            self.template(text);
        }

        fn matcher(&mut self, matcher: &MatcherTemplate) {
            matcher.for_each_template(&mut |template| self.template(template));
        }

        fn condition(&mut self, condition: &Expression) {
            self.expression(condition);
        }
    }

    impl Finder {
        fn step(&mut self, step: &Step) {
            step.condition
                .iter()
                .for_each(|expression| self.expression(expression));
            step.each.iter().for_each(|each| self.value(&each.list));
            step.time_limit
                .iter()
                .for_each(|duration| self.duration(duration));
            if let Some(retry) = &step.retry {
                self.retry(retry);
            }
            match &step.action {
                Action::Http(request) => {
                    self.template(&request.url);
                    request
                        .query
                        .iter()
                        .chain(&request.headers)
                        .for_each(|(_, value)| self.value(value));
                    match &request.auth {
                        Auth::Bearer(token) => self.template(token),
                        Auth::Basic { user, password } => [user, password]
                            .into_iter()
                            .for_each(|text| self.template(text)),
                        Auth::None => {}
                    }
                    match &request.body {
                        Some(Body::Json(value)) => self.value(value),
                        Some(Body::Form(fields)) => {
                            fields.iter().for_each(|(_, value)| self.value(value))
                        }
                        Some(Body::Text(text) | Body::Xml(text) | Body::File(text)) => {
                            self.template(text);
                        }
                        Some(Body::Multipart(parts)) => {
                            parts.iter().for_each(|(_, part)| self.part(part));
                        }
                        None => {}
                    }
                    if let Some(tls) = &request.tls {
                        tls.ca.iter().for_each(|path| self.template(path));
                        if let Some((certificate, key)) = &tls.identity {
                            self.template(certificate);
                            self.template(key);
                        }
                        self.value(&tls.insecure);
                    }
                    self.value(&request.follow);
                    self.duration(&request.timeout);
                    if let Some(retry) = &request.retry {
                        self.retry(retry);
                    }
                }
                Action::Consent(consent) => {
                    self.template(&consent.url);
                    self.template(&consent.decision);
                    consent.accounts.iter().for_each(|value| self.value(value));
                    consent.reason.iter().for_each(|text| self.template(text));
                    for input in consent.flow.iter().flat_map(|flow| &flow.inputs) {
                        self.value(&input.value);
                    }
                }
                Action::Await(wanted) => {
                    self.expectations(&wanted.expectations);
                    let (Patience::Within(time) | Patience::Absent(time)) = &wanted.patience;
                    self.duration(time);
                }
                Action::Browser(actions) => {
                    for action in actions {
                        action.visit(self);
                    }
                }
                Action::Sandbox(value) => self.value(value),
                // The steps inside ask for themselves.
                Action::Use(used) => {
                    used.inputs
                        .iter()
                        .for_each(|input| self.value(&input.value));
                    used.vars.iter().for_each(|(_, value)| self.value(value));
                }
                Action::Set(values) => values.iter().for_each(|(_, value)| self.value(value)),
                Action::Sleep(duration) => self.duration(duration),
                Action::Print(text) => self.template(text),
            }
            if let Some(until) = &step.until {
                self.expectations(&until.expectations);
                self.expectations(&until.give_up);
                self.pauses(&until.every);
                self.duration(&until.within);
            }
            self.expectations(&step.expect);
            for capture in &step.captures {
                if let CaptureSource::Expr(expression) = &capture.source {
                    self.expression(expression);
                }
                capture.default.iter().for_each(|value| self.value(value));
            }
        }

        fn part(&mut self, part: &PartValue) {
            match part {
                PartValue::Text(value) => self.value(value),
                PartValue::File(file) => [
                    Some(&file.path),
                    file.name.as_ref(),
                    file.media_type.as_ref(),
                ]
                .into_iter()
                .flatten()
                .for_each(|text| self.template(text)),
            }
        }

        fn expectations(&mut self, expectations: &[Expectation]) {
            for expectation in expectations {
                match &expectation.check {
                    Check::That(expression) => self.expression(expression),
                    Check::Subject(_, matcher) => {
                        matcher.for_each_template(&mut |template| self.template(template))
                    }
                }
            }
        }

        fn template(&mut self, template: &Template) {
            self.0 |= template.uses_clock();
        }

        fn expression(&mut self, expression: &Expression) {
            self.0 |= expression.uses_clock();
        }

        fn value(&mut self, value: &ValueTemplate) {
            value.for_each_template(&mut |template| self.template(template));
        }

        fn retry(&mut self, retry: &Retry) {
            self.value(&retry.times);
            self.pauses(&retry.every);
        }

        fn pauses(&mut self, pauses: &Pauses) {
            self.duration(&pauses.first);
            pauses
                .longest
                .iter()
                .for_each(|longest| self.duration(longest));
        }

        fn duration(&mut self, duration: &DurationTemplate) {
            if let DurationTemplate::Computed(template) = duration {
                self.template(template);
            }
        }
    }
}

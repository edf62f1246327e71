//! The flow of a driven consent: a fragment that is given what the consent step says, and what the case knows.

use super::compiler::{Compiler, Here};
use super::fragments::DEEPEST;
use super::names;
use super::scenario::{self, Place};
use super::variables;
use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan;
use crate::model::scenario::{Action, Consent, Scenario, Step};
use crate::model::source::Span;

/// The flow that gives the consents of a run.
#[derive(Clone, Copy)]
pub struct Flow<'a> {
    /// The file; none if it could not be read, which has been told.
    pub file: Option<&'a Scenario>,
}

/// What a flow is told of the consent.
const OF_THE_CONSENT: [&str; 4] = ["consent_url", "decision", "accounts", "reason"];

/// Compiles the flow for one consent. The outer `None` is a mistake.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    place: &Place<'_>,
    step: &Step,
    consent: &Consent,
    here: Here<'_>,
) -> Option<Option<Box<plan::Use>>> {
    let Some(flow) = compiler.input.flow else {
        return Some(None);
    };
    let file = flow.file?;
    if place.keys().count() > DEEPEST {
        return None;
    }
    for inner in &file.steps {
        if inner.defer {
            compiler.error(
                inner.span,
                "a flow ends with its consent, so that nothing in it can be deferred",
                "leave `defer` out, or defer the step in the scenario",
            );
        }
        if let Some(snapshot) = &inner.snapshot {
            compiler.error(
                snapshot.0,
                "a flow keeps no snapshots",
                "leave `snapshot` out: what a consent page looks like is no response",
            );
        }
        if let Action::Consent(_) = inner.action {
            compiler.error(
                inner.span,
                "a flow is how a consent is given, and cannot ask for one",
                "drive its pages with `browser`",
            );
            return None;
        }
    }
    let prefix = step.id.as_ref().map_or("consent", |id| id.value.as_str());
    let inner = place.inside(file, prefix);
    let (inputs, mut names) = inputs(compiler, consent, file, here);
    let mut about = scenario::about(&inner);
    let vars = variables::of_fragment(compiler, &file.vars, &mut names, &about);
    let steps = scenario::compile_steps(compiler, &inner, &mut names, &mut about);
    Some(Some(Box::new(plan::Use {
        path: file.path.clone(),
        prefix: prefix.to_owned(),
        once: false,
        lasts: None,
        inputs: inputs?,
        vars: vars?,
        steps: steps?,
    })))
}

/// What the step says of the consent, by the name of the input.
fn said(consent: &Consent, name: &str) -> Option<Node> {
    let text = |text: &Text| Node {
        span: text.span,
        kind: NodeKind::Text(text.clone()),
    };
    match name {
        "consent_url" => Some(text(&consent.url)),
        "decision" => Some(match &consent.decision {
            Some(decision) => text(decision),
            None => literal("approve", consent.url.span),
        }),
        "accounts" => consent.accounts.clone(),
        _ => consent.reason.as_ref().map(text),
    }
}

fn literal(value: &str, span: Span) -> Node {
    Node {
        span,
        kind: NodeKind::Text(Text {
            value: value.to_owned(),
            span,
            verbatim_at: None,
        }),
    }
}

/// A flow's inputs: what the step says, then the case's variables of those names, then the flow's defaults.
fn inputs(
    compiler: &mut Compiler<'_>,
    consent: &Consent,
    file: &Scenario,
    here: Here<'_>,
) -> (Option<Vec<plan::Input>>, names::Names) {
    let mut known = scenario::target_names(compiler, &[]);
    let mut inputs = Some(Vec::new());
    let takes = |name: &str| file.params.iter().any(|(known, _)| known.value == name);
    for name in OF_THE_CONSENT {
        let is_said = match name {
            "consent_url" => true,
            "decision" => consent.decision.is_some(),
            _ => said(consent, name).is_some(),
        };
        if is_said && !takes(name) {
            let span = said(consent, name).map_or(consent.url.span, |node| node.span);
            compiler.error(
                span,
                format!("the flow `{}` takes no `{name}`", file.path),
                format!("add it to the flow's `params`, and use it: `params: {{ {name}: }}`"),
            );
        }
    }
    for (name, default) in &file.params {
        let variable = name.value.as_str();
        let given = if OF_THE_CONSENT.contains(&variable) {
            said(consent, variable)
        } else {
            let read = format!("{{{{ {variable} }}}}");
            here.names.has(variable).then(|| literal(&read, name.span))
        };
        let before = known.clone();
        let about = names::File::default();
        let inside = Here::new(&before, &about);
        let value = match (given, default) {
            (Some(node), _) => compiler.value(&node, here).map(|value| (value, false)),
            (None, Some(default)) => compiler.value(default, inside).map(|value| (value, true)),
            (None, None) => {
                compiler.mistake(
                    Diagnostic::error(
                        consent.url.span,
                        format!(
                            "the flow `{}` needs `{variable}`, which is no variable here",
                            file.path
                        ),
                    )
                    .hint(format!(
                        "add `{variable}` to `vars`, or give it a default in the flow's `params`"
                    )),
                );
                None
            }
        };
        known.add(variable);
        match (value, &mut inputs) {
            (Some((value, is_default)), Some(inputs)) => inputs.push(plan::Input {
                name: name.value.clone(),
                value,
                is_default,
            }),
            (None, _) => inputs = None,
            _ => {}
        }
    }
    (inputs, known)
}

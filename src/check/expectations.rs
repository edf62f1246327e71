//! `expect`, `until` and `give_up`.

use super::compiler::{Compiler, Here};
use super::names::{Current, NO_STATUS};
use crate::model::diagnostic::Diagnostic;
use crate::model::matcher::MatcherContext;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan::{self, Check};
use crate::model::scenario::{Expectation, Subject};
use crate::model::template::Expression;

/// Compiles each line; all that is wrong is noted.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    expectations: &[Expectation],
    here: Here<'_>,
) -> Option<Vec<plan::Expectation>> {
    let compiled: Vec<Option<plan::Expectation>> = expectations
        .iter()
        .map(|expectation| one(compiler, expectation, here))
        .collect();
    compiled.into_iter().collect()
}

fn one(
    compiler: &mut Compiler<'_>,
    expectation: &Expectation,
    here: Here<'_>,
) -> Option<plan::Expectation> {
    let node = &expectation.matcher;
    let (subject, context) = match &expectation.subject {
        Subject::That => {
            let expression = compiler.expression(&expression_text(node)?, here)?;
            constant(compiler, &expression);
            return Some(plan::Expectation {
                span: expectation.span,
                check: Check::That(expression),
            });
        }
        Subject::Status if here.current == Current::Notification => {
            compiler.error(expectation.span, "a notification has no status", NO_STATUS);
            return None;
        }
        Subject::Status => (plan::Subject::Status, MatcherContext::Status),
        Subject::Header(name) => (
            plan::Subject::Header(name.value.to_lowercase()),
            MatcherContext::Value,
        ),
        Subject::JsonPath(path) => {
            let query = compiler.query(path);
            // The matcher is read even where the path is wrong, so that its mistakes are told too.
            let Some(query) = query else {
                compiler.matcher(node, MatcherContext::Value, here);
                return None;
            };
            let context = if query.is_singular() {
                MatcherContext::Value
            } else {
                MatcherContext::List
            };
            (plan::Subject::JsonPath(query), context)
        }
        Subject::Body => (plan::Subject::Body, MatcherContext::Value),
        Subject::Text => (plan::Subject::Text, MatcherContext::Value),
        Subject::Duration => (plan::Subject::Duration, MatcherContext::Duration),
        Subject::Url => (plan::Subject::Url, MatcherContext::Value),
    };
    let matcher = compiler.matcher(node, context, here)?;
    Some(plan::Expectation {
        span: expectation.span,
        check: Check::Subject(subject, matcher),
    })
}

/// Notes an expression that reads nothing: it says nothing of the response.
fn constant(compiler: &mut Compiler<'_>, expression: &Expression) {
    let calls = expression.source().contains('(');
    if expression.names().is_empty() && !calls {
        compiler.mistake(
            Diagnostic::warning(expression.span(), "this is the same in every run")
                .hint("read something of the response: `status`, `body.items`, `headers['x-id']`"),
        );
    }
}

/// A bare expression; what YAML reads as a boolean or a number is one too.
fn expression_text(node: &Node) -> Option<Text> {
    let value = match &node.kind {
        NodeKind::Text(text) => return Some(text.clone()),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(Text {
        value,
        span: node.span,
        verbatim_at: None,
    })
}

/// Whether any of them looks at the status.
pub(super) fn name_status(expectations: &[plan::Expectation]) -> bool {
    expectations
        .iter()
        .any(|expectation| match &expectation.check {
            Check::Subject(subject, _) => matches!(subject, plan::Subject::Status),
            Check::That(expression) => expression
                .names()
                .iter()
                .any(|name| name.path.first().is_some_and(|root| root == "status")),
        })
}

//! What must hold of a response.

use serde_json::Value;

use crate::model::exchange::Response;
use crate::model::jsonpath::Found;
use crate::model::matcher::{Actual, MatcherTemplate};
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Check, Expectation, Subject};
use crate::model::source::Span;
use crate::model::template::{Engine, RenderError, Scope};

/// How many characters of a body an excerpt shows.
const EXCERPT: usize = 300;

/// Everything that does not hold, one failure for each. The response is in the scope.
pub(super) fn evaluate(
    expectations: &[Expectation],
    response: &Response,
    engine: &Engine,
    scope: &Scope,
) -> Vec<Failure> {
    expectations
        .iter()
        .flat_map(|expectation| one(expectation, response, engine, scope))
        .collect()
}

/// The failure of an answer of 400 or above where nothing names the status.
pub(super) fn refused(response: &Response, span: Span) -> Option<Failure> {
    (response.status >= 400).then(|| Failure {
        expected: Some("below 400".into()),
        actual: Some(format!("number {}", response.status)),
        notes: excerpt(response)
            .map(|excerpt| format!("the answer says: {excerpt}"))
            .into_iter()
            .collect(),
        ..Failure::new(FailureKind::Mismatch, Some(span), "status")
    })
}

fn one(
    expectation: &Expectation,
    response: &Response,
    engine: &Engine,
    scope: &Scope,
) -> Vec<Failure> {
    let span = expectation.span;
    match &expectation.check {
        Check::That(expression) => match engine.decide(expression, scope) {
            Ok(true) => Vec::new(),
            Ok(false) => vec![Failure {
                expected: Some("boolean true".into()),
                actual: Some("boolean false".into()),
                ..Failure::new(
                    FailureKind::Mismatch,
                    Some(span),
                    format!("that {}", expression.source()),
                )
            }],
            Err(error) => vec![unrenderable(
                error,
                span,
                &format!("that {}", expression.source()),
            )],
        },
        Check::Subject(subject, matcher) => {
            let check =
                |actual: Actual<'_>| matched(matcher, actual, &name(subject), span, engine, scope);
            match subject {
                Subject::Status => check(Actual::Value(&response.status.into())),
                Subject::Header(header) => match response.header_text(header) {
                    Some(value) => check(Actual::Value(&value.into())),
                    None => check(Actual::Missing(&format!(
                        "the response has no header `{header}`"
                    ))),
                },
                Subject::Text => check(Actual::Value(&response.text().into_owned().into())),
                Subject::Url => check(Actual::Value(&response.url.as_str().into())),
                Subject::Duration => check(Actual::Value(&milliseconds(response))),
                Subject::Body => match response.json() {
                    Ok(body) => check(Actual::Value(body)),
                    Err(why) => vec![not_json(&name(subject), span, why, response)],
                },
                Subject::JsonPath(query) => match response.json() {
                    Err(why) => vec![not_json(&name(subject), span, why, response)],
                    Ok(body) => match query.find(body) {
                        Found::One(value) => check(Actual::Value(value)),
                        Found::Missing(story) => check(Actual::Missing(&story)),
                        Found::Many(values) => {
                            let mut failures = check(Actual::Many(&values));
                            if values.is_empty()
                                && let Some(first) = failures.first_mut()
                            {
                                first.notes.extend(query.why_nothing(body));
                            }
                            failures
                        }
                    },
                },
            }
        }
    }
}

fn matched(
    matcher: &MatcherTemplate,
    actual: Actual<'_>,
    name: &str,
    span: Span,
    engine: &Engine,
    scope: &Scope,
) -> Vec<Failure> {
    match matcher.check(actual, engine, scope) {
        Err(error) => vec![unrenderable(error, span, name)],
        Ok(mismatches) => mismatches
            .into_iter()
            .map(|mismatch| Failure {
                kind: FailureKind::Mismatch,
                span: Some(span),
                message: name.to_owned(),
                expected: Some(mismatch.expected),
                actual: Some(mismatch.actual),
                notes: mismatch.notes,
            })
            .collect(),
    }
}

fn unrenderable(error: RenderError, span: Span, name: &str) -> Failure {
    Failure::new(
        FailureKind::Request,
        error.span.or(Some(span)),
        format!("{name}: {}", error.message),
    )
}

/// A body that is not JSON fails every check of what is in it, `exists: false` too: an error page has no
/// `$.error` either.
fn not_json(name: &str, span: Span, why: &str, response: &Response) -> Failure {
    Failure {
        expected: Some("a JSON body".into()),
        actual: Some(why.to_owned()),
        notes: excerpt(response)
            .map(|excerpt| format!("the body begins: {excerpt}"))
            .into_iter()
            .collect(),
        ..Failure::new(FailureKind::Mismatch, Some(span), name)
    }
}

fn name(subject: &Subject) -> String {
    match subject {
        Subject::Status => "status".into(),
        Subject::Header(name) => format!("header {name}"),
        Subject::JsonPath(query) => query.source().to_owned(),
        Subject::Body => "body".into(),
        Subject::Text => "text".into(),
        Subject::Duration => "duration".into(),
        Subject::Url => "url".into(),
    }
}

/// The time it took as `duration` has it in expressions.
fn milliseconds(response: &Response) -> Value {
    Value::from(response.duration.as_secs_f64() * 1000.0)
}

/// The beginning of a body on one line, if it is text.
pub(super) fn excerpt(response: &Response) -> Option<String> {
    let beginning = &response.body[..response.body.len().min(EXCERPT * 4)];
    // Only the cut itself may split a character.
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        _ if line.is_empty() => None,
        Some((end, _)) => Some(format!("{}…", &line[..end])),
        None => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::source::FileId;

    fn response(status: u16, body: &'static str) -> Response {
        Response {
            status,
            body: body.into(),
            ..Response::default()
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(
            excerpt(&response(200, "{\n  \"a\": 1\n}")).as_deref(),
            Some("{ \"a\": 1 }")
        );
        assert_eq!(excerpt(&response(200, " ")), None);
        let long = Response {
            body: "é".repeat(5000).into(),
            ..Response::default()
        };
        assert_eq!(excerpt(&long).unwrap().chars().count(), EXCERPT + 1);
        let binary = Response {
            body: vec![0xff_u8, 0, 1].into(),
            ..Response::default()
        };
        assert_eq!(excerpt(&binary), None);
    }

    #[test]
    fn an_answer_of_400_is_refused() {
        let span = Span {
            file: FileId(0),
            start: 0,
            end: 1,
        };
        assert!(refused(&response(399, ""), span).is_none());
        let failure = refused(&response(404, "no such consent"), span).unwrap();
        assert_eq!(failure.actual.as_deref(), Some("number 404"));
        assert_eq!(failure.notes, ["the answer says: no such consent"]);
    }
}

//! What is kept of a response.

use serde_json::Value;

use super::{cookies, xml};
use crate::model::exchange::Response;
use crate::model::jsonpath::Found;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::plan::{Capture, CaptureSource};
use crate::model::secret::{SHORTEST, Secrets};
use crate::model::template::{Engine, Scope};

/// Nothing was found, for this reason; or a template failed.
enum Nothing {
    Missing { place: String, story: String },
    Unrenderable(Failure),
}

/// The value of a capture; its default where nothing is found. The response is in the scope.
pub(super) fn capture(
    capture: &Capture,
    response: &Response,
    engine: &Engine,
    scope: &Scope,
) -> Result<Value, Failure> {
    let nothing = match find(capture, response, engine, scope) {
        Ok(value) => return Ok(value),
        Err(nothing) => nothing,
    };
    if let Some(default) = &capture.default {
        return engine
            .build(default, scope)
            .map_err(|error| unrenderable(capture, error));
    }
    Err(match nothing {
        Nothing::Unrenderable(failure) => failure,
        Nothing::Missing { place, story } => Failure {
            expected: Some(format!("a value at {place}")),
            actual: Some("nothing".into()),
            notes: vec![story],
            ..Failure::new(
                FailureKind::Mismatch,
                Some(capture.span),
                format!("capture {}", capture.name),
            )
        },
    })
}

/// Hides a captured value in all that is printed or written.
pub(super) fn hide(capture: &Capture, value: &Value, secrets: &mut Secrets) -> Result<(), Failure> {
    let mut too_short = false;
    match value {
        Value::String(text) => too_short = !add(&capture.name, text, secrets),
        Value::Number(number) => too_short = !add(&capture.name, &number.to_string(), secrets),
        Value::Null | Value::Bool(_) => too_short = true,
        Value::Array(_) | Value::Object(_) => leaves(&capture.name, value, secrets),
    }
    if !too_short {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Mismatch,
        Some(capture.span),
        format!(
            "capture {}: a secret shorter than {SHORTEST} characters cannot be hidden",
            capture.name
        ),
    ))
}

fn leaves(name: &str, value: &Value, secrets: &mut Secrets) {
    match value {
        Value::String(text) => {
            add(name, text, secrets);
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, secrets)),
        Value::Object(members) => members
            .values()
            .for_each(|item| leaves(name, item, secrets)),
        Value::Number(number) => {
            add(name, &number.to_string(), secrets);
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn add(name: &str, text: &str, secrets: &mut Secrets) -> bool {
    secrets.add(name, text);
    text.len() >= SHORTEST
}

fn find(
    capture: &Capture,
    response: &Response,
    engine: &Engine,
    scope: &Scope,
) -> Result<Value, Nothing> {
    let missing = |place: String, story: String| Nothing::Missing { place, story };
    match &capture.source {
        CaptureSource::JsonPath(query) => {
            let place = || format!("`{}`", query.source());
            let body = response
                .json()
                .map_err(|why| missing(place(), why.to_owned()))?;
            match query.find(body) {
                Found::One(value) => Ok(value.clone()),
                Found::Many(values) => Ok(values.into_iter().cloned().collect()),
                Found::Missing(story) => Err(missing(place(), story)),
            }
        }
        CaptureSource::Header(name) => {
            response.header_text(name).map(Value::from).ok_or_else(|| {
                missing(
                    format!("header `{name}`"),
                    format!("the response has no header `{name}`"),
                )
            })
        }
        CaptureSource::Cookie(name) => {
            cookies::value(response, name)
                .map(Value::from)
                .ok_or_else(|| {
                    missing(
                        format!("cookie `{name}`"),
                        format!("the response sets no cookie `{name}`"),
                    )
                })
        }
        CaptureSource::Regex(pattern) => {
            let text = response.text();
            pattern
                .captures(&text)
                .and_then(|found| found.get(1).or_else(|| found.get(0)))
                .map(|found| Value::from(found.as_str()))
                .ok_or_else(|| {
                    missing(
                        format!("regex `{pattern}`"),
                        "it matches nothing in the response's text".into(),
                    )
                })
        }
        CaptureSource::XPath {
            xpath,
            json,
            wanted,
        } => {
            let place = || match json {
                Some(query) => format!("`{}` in the XML at `{}`", xpath.source(), query.source()),
                None => format!("`{}`", xpath.source()),
            };
            xml::find(xpath, json.as_ref(), *wanted, response).map_err(|why| missing(place(), why))
        }
        CaptureSource::Expr(expression) => engine
            .compute(expression, scope)
            .map_err(|error| Nothing::Unrenderable(unrenderable(capture, error))),
    }
}

fn unrenderable(capture: &Capture, error: crate::model::template::RenderError) -> Failure {
    Failure::new(
        FailureKind::Request,
        error.span.or(Some(capture.span)),
        format!("capture {}: {}", capture.name, error.message),
    )
}

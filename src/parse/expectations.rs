//! `expect`, `until` and `give_up`: what is looked at, and what it must be.

use super::definition::EXPECT;
use super::fields::Reader;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::{Node, NodeKind, Text};
use crate::model::scenario::{Expect, Expectation, Subject};

/// Reads what `key` holds: a status, or a map of expectations.
pub(super) fn expect(reader: &mut Reader, key: &Text, node: &Node) -> Option<Expect> {
    let mut expectations = Vec::new();
    match &node.kind {
        NodeKind::Map(entries) => {
            expectations.reserve_exact(entries.len());
            for entry in entries {
                one(reader, &entry.key, &entry.value, &mut expectations);
            }
        }
        NodeKind::Null => {}
        NodeKind::Bool(_) => {
            reader.expected(
                node,
                "a status or a map of expectations",
                "write `201`, or lines like `$.status: ACTIVE`",
            );
            return None;
        }
        _ => expectations.push(Expectation {
            span: node.span,
            subject: Subject::Status,
            matcher: node.clone(),
        }),
    }
    expectations.shrink_to_fit();
    Some(Expect {
        span: key.span,
        expectations,
    })
}

fn one(reader: &mut Reader, key: &Text, value: &Node, expectations: &mut Vec<Expectation>) {
    let mut add = |subject: Subject, matcher: &Node| {
        let span = if matches!(matcher.kind, NodeKind::Null) {
            key.span
        } else {
            matcher.span
        };
        expectations.push(Expectation {
            span,
            subject,
            matcher: matcher.clone(),
        });
    };
    match key.value.as_str() {
        "status" => add(Subject::Status, value),
        "body" => add(Subject::Body, value),
        "text" => add(Subject::Text, value),
        "duration" => add(Subject::Duration, value),
        "url" => add(Subject::Url, value),
        "headers" => {
            let known = "`headers`";
            if let Some(fields) = reader.any_fields(value, known) {
                for entry in fields.entries {
                    let span = entry.value.span;
                    expectations.push(Expectation {
                        span,
                        subject: Subject::Header(entry.key.clone()),
                        matcher: entry.value.clone(),
                    });
                }
            }
        }
        "that" => match &value.kind {
            NodeKind::List(items) => {
                for item in items {
                    if reader.text(item, "an expression").is_some() {
                        add(Subject::That, item);
                    }
                }
            }
            _ => reader.expected(
                value,
                "a list of expressions",
                "write `that: [\"body.total > 3\"]`",
            ),
        },
        path if path.starts_with('$') => add(Subject::JsonPath(key.clone()), value),
        other => unknown(reader, key, other),
    }
}

fn unknown(reader: &mut Reader, key: &Text, name: &str) {
    if name.contains(['.', '[']) || name == "id" {
        reader.mistake(
            Diagnostic::error(key.span, format!("nothing can be expected of `{name}`")).hint(
                format!(
                    "a path begins with `$`: write `$.{}`",
                    name.trim_start_matches('.')
                ),
            ),
        );
        return;
    }
    if name.eq_ignore_ascii_case("header") || nearest(name, EXPECT.names()).is_some() {
        reader.judge_key(key, EXPECT.what, &EXPECT.names());
        return;
    }
    reader.mistake(
        Diagnostic::error(key.span, format!("nothing can be expected of `{name}`")).hint(format!(
            "to look into the JSON body write `$.{name}`; else it is one of {}",
            super::fields::list(&EXPECT.names())
        )),
    );
}

//! The shape of the `sandbox` block and step: keys and words that are wrong whatever templates give.
//!
//! The sandbox itself judges the values, when it is set up; this only spares the start of a run
//! that could not succeed.

use super::definition::{BLOCK, MIDWAY, Map, Shape};
use super::fields::{Fields, Reader, list};
use crate::model::diagnostic::nearest;
use crate::model::duration;
use crate::model::node::{Node, NodeKind};
use crate::model::template::calendar::is_date_time;

/// What the map of a fault is called.
const FAULT: &str = "fault";

/// Judges the block of a scenario.
pub(super) fn judge_block(reader: &mut Reader, node: &Node) {
    judge_map(reader, node, &BLOCK);
}

/// Judges a step's.
pub(super) fn judge_step(reader: &mut Reader, node: &Node) {
    judge_map(reader, node, &MIDWAY);
}

fn judge_map(reader: &mut Reader, node: &Node, map: &Map) {
    if is_template(node) {
        return;
    }
    let Some(fields) = reader.defined(node, map) else {
        return;
    };
    if map.id == FAULT {
        judge_fault(reader, &fields);
    }
    for entry in fields.entries {
        if let Some(key) = map.keys.iter().find(|key| key.name == entry.key.value) {
            judge(reader, &entry.value, key.name, key.shape);
        }
    }
}

fn judge(reader: &mut Reader, node: &Node, key: &str, shape: Shape) {
    if is_template(node) {
        return;
    }
    match shape {
        Shape::OrTemplate(shape) => judge(reader, node, key, *shape),
        Shape::Duration => judge_duration(reader, node),
        Shape::Word(words) => judge_word(reader, node, key, words),
        Shape::Map(map) => judge_map(reader, node, map),
        // What is written as a map is meant as one.
        Shape::OneOf(shapes) if matches!(node.kind, NodeKind::Map(_)) => {
            let map = shapes.iter().find(|shape| matches!(shape, Shape::Map(_)));
            if let Some(map) = map {
                judge(reader, node, key, *map);
            }
        }
        Shape::Names(shape) => {
            let Some(fields) = reader.any_fields(node, &format!("`{key}`")) else {
                return;
            };
            for entry in fields.entries {
                judge(reader, &entry.value, key, *shape);
            }
        }
        Shape::List(shape) => match &node.kind {
            NodeKind::List(items) => {
                items
                    .iter()
                    .for_each(|item| judge(reader, item, key, *shape));
            }
            _ => reader.expected(
                node,
                &format!("a list for `{key}`"),
                "begin each item with `- `",
            ),
        },
        Shape::Whole(least, most) => judge_whole(reader, node, key, least, most),
        Shape::Boolean if !matches!(node.kind, NodeKind::Bool(_)) => {
            reader.expected(node, "a boolean", "write `true` or `false`");
        }
        Shape::OneOf([Shape::Boolean, Shape::Map(map)])
            if !matches!(node.kind, NodeKind::Bool(_)) =>
        {
            let keys = map.names().join(": …, ");
            let hint = format!("write `true`, `false` or `{{ {keys}: … }}`");
            reader.expected(node, &format!("a boolean or a map for `{key}`"), &hint);
        }
        Shape::Text if key == "clock" => judge_time(reader, node),
        // The sandbox judges the values.
        _ => {}
    }
}

/// What a fault does, of which it does one thing.
const EFFECTS: [&str; 7] = [
    "status",
    "delay",
    "disconnect",
    "truncate",
    "malformed",
    "slow_body",
    "rate_limit",
];

/// What the sandbox refuses whatever the values are.
fn judge_fault(reader: &mut Reader, fields: &Fields<'_>) {
    // A misspelt key is told, and may be what is missing.
    let is_whole = fields.entries.iter().all(|entry| {
        let key = entry.key.value.as_str();
        FAULTS_OWN.contains(&key) || EFFECTS.contains(&key)
    });
    match fields.get("on") {
        Some(on) => judge_calls(reader, on),
        None if !is_whole => {}
        None => reader.error(
            fields.span,
            "a fault needs `on`",
            "write the calls that it meets: `on: POST /v2/sessions`",
        ),
    }
    let mut effects = fields
        .entries
        .iter()
        .filter(|entry| EFFECTS.contains(&entry.key.value.as_str()));
    let first = effects.next();
    for second in effects {
        let known = first.map_or("", |first| first.key.value.as_str());
        reader.error(
            second.key.span,
            format!("a fault does one thing, and this one has `{known}` already"),
            "make two faults of it",
        );
    }
    if first.is_none() && is_whole {
        let hint = format!("give it one of {}", list(&EFFECTS));
        reader.error(fields.span, "this fault does nothing", &hint);
    }
}

/// The keys of a fault that say nothing of what it does.
const FAULTS_OWN: [&str; 3] = ["on", "times", "body"];

/// `POST /v2/sessions`, of which `*` may stand for either part.
fn judge_calls(reader: &mut Reader, node: &Node) {
    let NodeKind::Text(text) = &node.kind else {
        return reader.expected(node, "a method and a path", CALLS);
    };
    if is_template(node) {
        return;
    }
    let Some((method, path)) = text.value.split_once(' ') else {
        return reader.error(
            node.span,
            format!("`{}` is no method with a path", text.value),
            CALLS,
        );
    };
    let path = path.trim_start();
    let is_method = method.bytes().all(|byte| byte.is_ascii_uppercase());
    if method != "*" && (method.is_empty() || !is_method) {
        let hint = match method.to_uppercase() {
            upper if upper.bytes().all(|byte| byte.is_ascii_uppercase()) && !upper.is_empty() => {
                format!("write `{upper} {path}`")
            }
            _ => CALLS.to_owned(),
        };
        reader.error(node.span, format!("`{method}` is no method"), &hint);
    }
    if !path.starts_with(['/', '*']) {
        reader.error(
            node.span,
            format!("the path `{path}` begins with no `/`"),
            &format!("write `{method} /{path}`"),
        );
    }
}

const CALLS: &str = "write it like `POST /v2/sessions` or `* /v2/*`";

/// A null takes a fixed clock away.
fn judge_time(reader: &mut Reader, node: &Node) {
    let is_time = match &node.kind {
        NodeKind::Null => true,
        NodeKind::Text(text) => is_date_time(&text.value),
        _ => false,
    };
    if !is_time {
        let shown = match &node.kind {
            NodeKind::Text(text) => format!("`{}`", text.value),
            _ => node.describe(),
        };
        reader.error(
            node.span,
            format!("a clock stands at a time, and {shown} is none"),
            "write it like `2025-04-01T00:00:00Z`",
        );
    }
}

fn judge_whole(reader: &mut Reader, node: &Node, key: &str, least: u64, most: u64) {
    let is_one = match &node.kind {
        NodeKind::Number(number) => number
            .as_u64()
            .is_some_and(|number| (least..=most).contains(&number)),
        _ => false,
    };
    if !is_one {
        let range = if most == u64::MAX {
            format!("a whole number from {least} on")
        } else {
            format!("a whole number from {least} to {most}")
        };
        let hint = match (&node.kind, key) {
            (NodeKind::Number(number), "times") if number.as_u64() == Some(0) => {
                "leave `times` out for a fault that always comes, or leave the fault out"
            }
            (NodeKind::Number(_), _) => "write a number of that range",
            _ => "write the digits alone, without quotes",
        };
        reader.expected(node, &range, hint);
    }
}

fn is_template(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Text(text) if text.value.contains("{{"))
}

fn judge_duration(reader: &mut Reader, node: &Node) {
    match &node.kind {
        NodeKind::Text(text) => {
            if let Err(message) = duration::parse(&text.value) {
                reader.error(node.span, message, duration::EXAMPLES);
            }
        }
        NodeKind::Number(number) => {
            reader.error(
                node.span,
                format!("`{number}` has no unit"),
                &format!("write `{number}s` or `{number}d`"),
            );
        }
        _ => reader.expected(node, "a duration", duration::EXAMPLES),
    }
}

fn judge_word(reader: &mut Reader, node: &Node, key: &str, words: &[&str]) {
    let NodeKind::Text(text) = &node.kind else {
        reader.expected(node, "a word", &format!("write one of {}", list(words)));
        return;
    };
    if !words.contains(&text.value.as_str()) {
        let hint = match nearest(&text.value, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list(words)),
        };
        let message = match key {
            "fip" => format!("the sandbox has no FIP `{}`", text.value),
            _ => format!("`{}` means nothing here", text.value),
        };
        reader.error(node.span, message, &hint);
    }
}

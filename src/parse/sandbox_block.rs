//! The shape of the `sandbox` block and step: keys and words that are wrong whatever templates give.
//!
//! The sandbox itself judges the values, when it is set up; this only spares the start of a run
//! that could not succeed.

use super::fields::{Known, Reader, list};
use crate::model::diagnostic::nearest;
use crate::model::duration;
use crate::model::node::{Node, NodeKind};

/// What may stand at a place of the block.
enum Shape {
    /// Anything: the sandbox judges it.
    Any,
    /// A duration like `2s`.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A map with these keys.
    Map(&'static str, &'static [(&'static str, Shape)]),
    /// A map of names to values of one shape.
    Names(&'static str, &'static Shape),
    /// A list of values of one shape.
    List(&'static str, &'static Shape),
}

const FIP: Shape = Shape::Map(
    "a FIP's behaviour",
    &[
        (
            "fetch",
            Shape::Word(&["ready", "timeout", "denied", "failed"]),
        ),
        ("latency", Shape::Duration),
        (
            "status",
            Shape::Word(&["ACTIVE", "INACTIVE", "TEMPORARILY_INACTIVE"]),
        ),
    ],
);

const ACCOUNT: Shape = Shape::Map(
    "an account",
    &[
        ("fip", Shape::Any),
        ("type", Shape::Any),
        ("account_type", Shape::Word(&["SAVINGS", "CURRENT"])),
        ("transactions", Shape::Any),
    ],
);

const CUSTOMER: Shape = Shape::Map(
    "a customer",
    &[
        ("mobile", Shape::Any),
        ("accounts", Shape::List("`accounts`", &ACCOUNT)),
    ],
);

const FAULT: Shape = Shape::Map(
    "a fault",
    &[
        ("on", Shape::Any),
        ("times", Shape::Any),
        ("status", Shape::Any),
        ("body", Shape::Any),
        ("delay", Shape::Duration),
        ("disconnect", Shape::Any),
        ("truncate", Shape::Any),
        ("malformed", Shape::Any),
    ],
);

const PRODUCT: Shape = Shape::Map(
    "`product`",
    &[
        ("auto_fetch", Shape::Any),
        ("tags", Shape::Any),
        ("defaults", Shape::Any),
    ],
);

const CONSENT: Shape = Shape::Map(
    "`consent`",
    &[
        ("id", Shape::Any),
        (
            "action",
            Shape::Word(&["pause", "resume", "revoke", "expire"]),
        ),
    ],
);

const AUTH: Shape = Shape::Word(&["bearer", "client", "any"]);

const BLOCK: Shape = Shape::Map(
    "the `sandbox` block",
    &[
        ("clock", Shape::Any),
        ("seed", Shape::Any),
        ("auth", AUTH),
        ("product", PRODUCT),
        ("customers", Shape::List("`customers`", &CUSTOMER)),
        ("fips", Shape::Names("`fips`", &FIP)),
        ("faults", Shape::List("`faults`", &FAULT)),
    ],
);

const STEP: Shape = Shape::Map(
    "a `sandbox` step",
    &[
        ("advance", Shape::Duration),
        ("consent", CONSENT),
        ("clock", Shape::Any),
        ("seed", Shape::Any),
        ("auth", AUTH),
        ("product", PRODUCT),
        ("customers", Shape::List("`customers`", &CUSTOMER)),
        ("fips", Shape::Names("`fips`", &FIP)),
        ("faults", Shape::List("`faults`", &FAULT)),
    ],
);

/// Judges the block of a scenario.
pub(super) fn judge_block(reader: &mut Reader, node: &Node) {
    judge(reader, node, &BLOCK);
}

/// Judges a step's.
pub(super) fn judge_step(reader: &mut Reader, node: &Node) {
    judge(reader, node, &STEP);
}

fn judge(reader: &mut Reader, node: &Node, shape: &Shape) {
    if let NodeKind::Text(text) = &node.kind
        && text.value.contains("{{")
    {
        return;
    }
    match shape {
        Shape::Any => {}
        Shape::Duration => judge_duration(reader, node),
        Shape::Word(words) => judge_word(reader, node, words),
        Shape::Map(what, keys) => {
            let known: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
            let Some(fields) = reader.fields(
                node,
                &Known {
                    what,
                    keys: &known,
                    later: &[],
                },
            ) else {
                return;
            };
            for entry in fields.entries {
                if let Some((_, shape)) = keys.iter().find(|(key, _)| *key == entry.key.value) {
                    judge(reader, &entry.value, shape);
                }
            }
        }
        Shape::Names(what, shape) => {
            let Some(fields) = reader.any_fields(node, what) else {
                return;
            };
            for entry in fields.entries {
                judge(reader, &entry.value, shape);
            }
        }
        Shape::List(what, shape) => match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| judge(reader, item, shape)),
            _ => reader.expected(
                node,
                &format!("a list for {what}"),
                "begin each item with `- `",
            ),
        },
    }
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

fn judge_word(reader: &mut Reader, node: &Node, words: &[&str]) {
    let NodeKind::Text(text) = &node.kind else {
        reader.expected(node, "a word", &format!("write one of {}", list(words)));
        return;
    };
    if !words.contains(&text.value.as_str()) {
        let hint = match nearest(&text.value, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list(words)),
        };
        reader.error(
            node.span,
            format!("`{}` means nothing here", text.value),
            &hint,
        );
    }
}

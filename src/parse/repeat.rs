//! What repeats a step: a loop over a list.

use super::fields::Reader;
use crate::model::node::{Node, NodeKind};
use crate::model::plan::MOST_TURNS;
use crate::model::scenario::Each;

const EXAMPLE: &str =
    "write `each: { fip: [setu-fip, setu-fip-2] }`, or a template that gives a list";

/// Reads `each`. Where it cannot be read, the variable may be any, so that no use of it is a mistake.
pub(super) fn each(reader: &mut Reader, node: &Node) -> Option<Each> {
    let each = read_each(reader, node);
    if each.is_none() {
        reader.lose();
    }
    each
}

fn read_each(reader: &mut Reader, node: &Node) -> Option<Each> {
    let NodeKind::Map(entries) = &node.kind else {
        reader.expected(node, "a variable with its list", EXAMPLE);
        return None;
    };
    let Some(first) = entries.first() else {
        reader.error(node.span, "this loop has no variable", EXAMPLE);
        return None;
    };
    if let Some(second) = entries.get(1) {
        reader.error(
            second.key.span,
            format!(
                "a loop has one variable, and this one has `{}` already",
                first.key.value
            ),
            "make a list of maps, or put the steps into a fragment that loops itself",
        );
    }
    reader.variable_name(&first.key);
    judge_list(reader, &first.value);
    Some(Each {
        variable: first.key.clone(),
        list: first.value.clone(),
    })
}

fn judge_list(reader: &mut Reader, list: &Node) {
    match &list.kind {
        NodeKind::List(items) if items.is_empty() => reader.error(
            list.span,
            "this list is empty, so the step would do nothing",
            "write at least one item, or leave the step out",
        ),
        NodeKind::List(items) if items.len() > MOST_TURNS => reader.error(
            list.span,
            format!("{} turns are too many", items.len()),
            &format!("a loop has {MOST_TURNS} at most"),
        ),
        NodeKind::List(_) => {}
        NodeKind::Text(text) if text.value.contains("{{") => {}
        _ => reader.expected(list, "a list", EXAMPLE),
    }
}

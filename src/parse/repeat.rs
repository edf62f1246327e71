//! What repeats a step: a loop over a list, a retry, the pauses between tries.

use super::definition::{EVERY, RETRY};
use super::fields::{Reader, list};
use crate::model::diagnostic::nearest;
use crate::model::node::{Node, NodeKind, Text};
use crate::model::plan::{MOST_RETRIES, MOST_TURNS};
use crate::model::scenario::{Each, Every, Retry};

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

/// Reads `retry`: a number, or a map. `unanswered` is the action beside which it stands, if that has no answer.
pub(super) fn retry(reader: &mut Reader, node: &Node, unanswered: Option<&str>) -> Option<Retry> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Some(Retry {
            times: times(reader, node)?,
            every: None,
            on: None,
        });
    }
    let fields = reader.defined(node, &RETRY)?;
    let every = fields.get("every").and_then(|node| every(reader, node));
    let on = fields
        .get("on")
        .map(|node| retry_on(reader, node, unanswered));
    let Some(number) = fields.get("times") else {
        reader.error(
            node.span,
            "`retry` needs `times`, how many more tries there may be",
            "write `{ times: 3 }`",
        );
        return None;
    };
    Some(Retry {
        times: times(reader, number)?,
        every,
        on,
    })
}

fn times(reader: &mut Reader, node: &Node) -> Option<Node> {
    let is_fine = match &node.kind {
        NodeKind::Number(number) => number.as_u64().is_some_and(|number| number <= MOST_RETRIES),
        NodeKind::Text(text) => text.value.contains("{{"),
        _ => false,
    };
    if !is_fine {
        reader.expected(
            node,
            &format!("a whole number of tries up to {MOST_RETRIES}"),
            "write `retry: 3`, or `retry: { times: 3, every: 1s, on: [transport, 5xx, 429] }`",
        );
        return None;
    }
    Some(node.clone())
}

const RETRY_ON: [&str; 4] = ["transport", "timeout", "4xx", "5xx"];

/// The words that ask for no answer's status.
const WITHOUT_ANSWER: [&str; 2] = ["transport", "timeout"];

/// What is tried again; each word is one that there is.
fn retry_on(reader: &mut Reader, node: &Node, unanswered: Option<&str>) -> Vec<Text> {
    let items: &[Node] = match &node.kind {
        NodeKind::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    if items.is_empty() {
        reader.error(
            node.span,
            "this `retry` is for nothing",
            "write `[transport, 5xx, 429]`, or leave `on` out",
        );
    }
    items
        .iter()
        .filter_map(|item| {
            let word = reader.text(
                item,
                "a status, or one of `transport`, `timeout`, `4xx`, `5xx`",
            )?;
            let is_known = RETRY_ON.contains(&word.value.as_str()) || is_status(&word.value);
            if !is_known {
                let hint = match nearest(&word.value, RETRY_ON) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it takes {} and statuses from 100 to 599", list(&RETRY_ON)),
                };
                reader.error(
                    item.span,
                    format!(
                        "`{}` is nothing that a request can be tried again for",
                        word.value
                    ),
                    &hint,
                );
            }
            let is_status = !WITHOUT_ANSWER.contains(&word.value.as_str());
            if let Some(action) = unanswered.filter(|_| is_known && is_status) {
                reader.error(
                    item.span,
                    format!("`{}` is a status, and `{action}` has no answer with one", word.value),
                    "write `transport` or `timeout`, or leave `on` out: any failure is tried again then",
                );
            }
            is_known.then_some(word)
        })
        .collect()
}

fn is_status(text: &str) -> bool {
    text.len() == 3
        && text
            .parse::<u16>()
            .is_ok_and(|status| (100..=599).contains(&status))
}

/// Reads the pauses between two tries.
pub(super) fn every(reader: &mut Reader, node: &Node) -> Option<Every> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Some(Every::Fixed(node.clone()));
    }
    let fields = reader.defined(node, &EVERY)?;
    let Some(from) = fields.get("from") else {
        reader.error(
            node.span,
            "`every` needs `from`, the first pause",
            "write `{ from: 250ms, factor: 2, to: 5s }`",
        );
        return None;
    };
    Some(Every::Growing {
        from: from.clone(),
        factor: fields.get("factor").cloned(),
        to: fields.get("to").cloned(),
    })
}

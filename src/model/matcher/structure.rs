//! Questions that look into lists and maps.

use serde_json::Value;

use super::super::jsonpath::written;
use super::describe;
use super::equality::same;

/// Text in characters, lists and maps in items; nothing else has a length.
pub(super) fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        _ => None,
    }
}

/// Whether text contains a piece of text or a list an item; nothing where the question has no meaning.
pub(super) fn contains(value: &Value, part: &Value) -> Option<bool> {
    match (value, part) {
        (Value::String(text), Value::String(part)) => Some(text.contains(part.as_str())),
        (Value::Array(items), part) => Some(items.iter().any(|item| same(item, part))),
        _ => None,
    }
}

/// Whether a value has at least what another has, at every depth, list items in any order.
pub(super) fn includes(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(map), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| map.get(key).is_some_and(|member| includes(member, wanted))),
        (Value::Array(items), Value::Array(wanted)) => {
            unmatched(items, wanted, includes).is_empty()
        }
        _ => same(value, wanted),
    }
}

/// The wanted items for which no item of their own is left, in the best assignment there is.
fn unmatched(
    items: &[Value],
    wanted: &[Value],
    fits: impl Fn(&Value, &Value) -> bool,
) -> Vec<usize> {
    // Most lists are in the same order or unambiguous: the first free item that fits is enough.
    let mut owner: Vec<Option<usize>> = vec![None; items.len()];
    let mut left: Vec<usize> = Vec::new();
    for (index, wanted) in wanted.iter().enumerate() {
        let free =
            (0..items.len()).find(|item| owner[*item].is_none() && fits(&items[*item], wanted));
        match free {
            Some(item) => owner[item] = Some(index),
            None => left.push(index),
        }
    }
    if left.is_empty() {
        return left;
    }
    // Otherwise, others must make room: augmenting paths.
    let candidates: Vec<Vec<usize>> = wanted
        .iter()
        .map(|wanted| {
            (0..items.len())
                .filter(|item| fits(&items[*item], wanted))
                .collect()
        })
        .collect();
    left.retain(|index| !make_room(*index, &candidates, &mut owner));
    left
}

/// Finds an item for a wanted one, moving others to other items; a search in width, which needs no stack.
fn make_room(start: usize, candidates: &[Vec<usize>], owner: &mut [Option<usize>]) -> bool {
    let mut came_from: Vec<Option<usize>> = vec![None; owner.len()];
    let mut seen = vec![false; owner.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(wanted) = queue.pop_front() {
        for &item in &candidates[wanted] {
            if std::mem::replace(&mut seen[item], true) {
                continue;
            }
            came_from[item] = Some(wanted);
            match owner[item] {
                Some(other) => queue.push_back(other),
                None => {
                    let mut free = item;
                    while let Some(wanted) = came_from[free] {
                        let before = owner.iter().position(|owned| *owned == Some(wanted));
                        owner[free] = Some(wanted);
                        if wanted == start {
                            break;
                        }
                        match before {
                            Some(before) => free = before,
                            None => break,
                        }
                    }
                    return true;
                }
            }
        }
    }
    false
}

/// What is wrong with a list that should have these items in any order.
pub(super) fn unordered(actual: &[Value], expected: &[Value], most: usize) -> Vec<String> {
    let mut used = vec![false; actual.len()];
    let mut notes = Vec::new();
    for wanted in expected {
        // Equality is transitive, so the first free item is as good as any.
        let free = (0..actual.len()).find(|index| !used[*index] && same(&actual[*index], wanted));
        match free {
            Some(index) => used[index] = true,
            None => notes.push(format!("missing: {}", describe(wanted))),
        }
    }
    for (index, item) in actual.iter().enumerate() {
        if !used[index] {
            notes.push(format!("not expected: item {index}, {}", describe(item)));
        }
    }
    shortened(notes, most)
}

fn shortened(mut notes: Vec<String>, most: usize) -> Vec<String> {
    if notes.len() > most {
        let more = notes.len() - most;
        notes.truncate(most);
        notes.push(format!("and {more} more"));
    }
    notes
}

/// The first places where two lists or maps differ; of anything else the message itself says it.
pub(super) fn differences(
    path: &str,
    expected: &Value,
    actual: &Value,
    most: usize,
    notes: &mut Vec<String>,
) {
    if notes.len() >= most || same(expected, actual) {
        return;
    }
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, wanted) in expected {
                let path = format!("{path}{}", written(key));
                match actual.get(key) {
                    Some(member) => differences(&path, wanted, member, most, notes),
                    None => note(
                        notes,
                        most,
                        format!("`{path}`: expected {}, got nothing", describe(wanted)),
                    ),
                }
            }
            for (key, member) in actual {
                if !expected.contains_key(key) {
                    let path = format!("{path}{}", written(key));
                    note(
                        notes,
                        most,
                        format!("`{path}`: expected nothing, got {}", describe(member)),
                    );
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.len() != actual.len() {
                note(
                    notes,
                    most,
                    format!(
                        "`{path}`: expected {}, got {}",
                        items(expected.len()),
                        items(actual.len())
                    ),
                );
            }
            for (index, (wanted, item)) in expected.iter().zip(actual).enumerate() {
                differences(&format!("{path}[{index}]"), wanted, item, most, notes);
            }
        }
        _ if path == "$" => {}
        _ => note(
            notes,
            most,
            format!(
                "`{path}`: expected {}, got {}",
                describe(expected),
                describe(actual)
            ),
        ),
    }
}

/// The first places where a value lacks what it should at least have.
pub(super) fn lacks(
    path: &str,
    wanted: &Value,
    actual: &Value,
    most: usize,
    notes: &mut Vec<String>,
) {
    if notes.len() >= most || includes(actual, wanted) {
        return;
    }
    match (wanted, actual) {
        (Value::Object(wanted), Value::Object(actual)) => {
            for (key, wanted) in wanted {
                let path = format!("{path}{}", written(key));
                match actual.get(key) {
                    Some(member) => lacks(&path, wanted, member, most, notes),
                    None => note(
                        notes,
                        most,
                        format!("`{path}`: expected {}, got nothing", describe(wanted)),
                    ),
                }
            }
        }
        (Value::Array(wanted), Value::Array(actual)) => {
            for index in unmatched(actual, wanted, includes) {
                note(
                    notes,
                    most,
                    format!(
                        "`{path}`: no item of its own for {}",
                        describe(&wanted[index])
                    ),
                );
            }
        }
        _ => note(
            notes,
            most,
            format!(
                "`{path}`: expected {}, got {}",
                describe(wanted),
                describe(actual)
            ),
        ),
    }
}

fn note(notes: &mut Vec<String>, most: usize, text: String) {
    if notes.len() < most {
        notes.push(text);
    }
}

fn items(count: usize) -> String {
    match count {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

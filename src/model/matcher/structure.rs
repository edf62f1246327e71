//! Questions that look into lists and maps.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};

use super::super::jsonpath::written;
use super::describe;
use super::equality::{fingerprint, same};

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

/// Items of a list by their fingerprints, the first of those that are alike last.
struct Alike<'a> {
    items: &'a [Value],
    places: HashMap<u64, Vec<usize>>,
}

impl<'a> Alike<'a> {
    fn of(items: &'a [Value]) -> Alike<'a> {
        let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, item) in items.iter().enumerate().rev() {
            places.entry(fingerprint(item)).or_default().push(index);
        }
        Alike { items, places }
    }

    /// The first item that is the same and was not taken yet.
    fn take(&mut self, wanted: &Value) -> Option<usize> {
        let places = self.places.get_mut(&fingerprint(wanted))?;
        let found = places
            .iter()
            .rposition(|place| same(&self.items[*place], wanted))?;
        Some(places.remove(found))
    }
}

/// With so few wanted items it is quicker to look at each item for each of them.
const FEW: usize = 8;

/// The wanted items for which no item of their own is left, in the best assignment there is. What is the same also
/// fits.
fn unmatched(
    items: &[Value],
    wanted: &[Value],
    fits: impl Fn(&Value, &Value) -> bool,
) -> Vec<usize> {
    let mut owner: Vec<Option<usize>> = vec![None; items.len()];
    let mut left: Vec<usize> = (0..wanted.len()).collect();
    if wanted.len() > FEW {
        let mut alike = Alike::of(items);
        left.retain(|index| match alike.take(&wanted[*index]) {
            Some(item) => {
                owner[item] = Some(*index);
                false
            }
            None => true,
        });
    }
    // Most lists are unambiguous: the first free item that fits is enough.
    left.retain(|index| {
        let free = (0..items.len())
            .find(|item| owner[*item].is_none() && fits(&items[*item], &wanted[*index]));
        match free {
            Some(item) => {
                owner[item] = Some(*index);
                false
            }
            None => true,
        }
    });
    // Otherwise, others must make room: augmenting paths.
    let mut candidates: Vec<Option<Vec<usize>>> = vec![None; wanted.len()];
    let mut candidates_of = |index: usize| {
        candidates[index]
            .get_or_insert_with(|| {
                (0..items.len())
                    .filter(|item| fits(&items[*item], &wanted[index]))
                    .collect()
            })
            .clone()
    };
    left.retain(|index| !make_room(*index, &mut candidates_of, &mut owner));
    left
}

/// Finds an item for a wanted one, moving others to other items; a search in width, which needs no stack.
fn make_room(
    start: usize,
    candidates_of: &mut impl FnMut(usize) -> Vec<usize>,
    owner: &mut [Option<usize>],
) -> bool {
    let mut came_from: Vec<Option<usize>> = vec![None; owner.len()];
    let mut seen = vec![false; owner.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(wanted) = queue.pop_front() {
        for item in candidates_of(wanted) {
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
    let mut alike = Alike::of(actual);
    for wanted in expected {
        // Equality is transitive, so the first free item is as good as any.
        match alike.take(wanted) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;

    #[test]
    fn long_lists_in_another_order_are_not_compared_item_by_item() {
        let items: Vec<Value> = (0..500).map(|n| json!({ "n": n, "list": [n] })).collect();
        let mut wanted: Vec<Value> = items.iter().rev().cloned().collect();
        let asked = Cell::new(0);
        let fits = |item: &Value, wanted: &Value| {
            asked.set(asked.get() + 1);
            includes(item, wanted)
        };
        assert_eq!(unmatched(&items, &wanted, fits), [0; 0]);
        assert_eq!(asked.get(), 0);
        // What is not there is looked for once to be taken and once more to be made room for; a part of an item is found.
        wanted[7] = json!({ "n": -1 });
        wanted[8] = json!({ "n": 491 });
        assert_eq!(unmatched(&items, &wanted, fits), [7]);
        assert!(asked.get() < 2_000, "{}", asked.get());
    }

    #[test]
    fn of_items_that_are_the_same_the_last_is_too_many() {
        let actual = [json!(1), json!(2.0), json!(1.0), json!(1)];
        let notes = unordered(&actual, &[json!(1), json!(1), json!(2)], 9);
        assert_eq!(notes, ["not expected: item 3, number 1"]);
    }
}

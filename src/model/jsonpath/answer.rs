//! What a query gives in a value.

use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::matcher::equality;
use super::PathStep;
use super::lower::{self, Comparison, Operand, Path, Pattern, Segment, Selector, Test};

/// Remembers where a value was found, or does not.
pub(super) trait Place: Clone {
    fn key(&self, key: &str) -> Self;
    fn index(&self, index: usize) -> Self;
}

/// No memory of places.
#[derive(Clone, Copy)]
pub(super) struct Untracked;

impl Place for Untracked {
    fn key(&self, _key: &str) -> Self {
        Untracked
    }
    fn index(&self, _index: usize) -> Self {
        Untracked
    }
}

/// The steps that led to a value, the last first.
#[derive(Clone, Default)]
pub(super) struct Trail(Option<Rc<(Trail, PathStep)>>);

impl Place for Trail {
    fn key(&self, key: &str) -> Self {
        Trail(Some(Rc::new((self.clone(), PathStep::Key(key.to_owned())))))
    }
    fn index(&self, index: usize) -> Self {
        Trail(Some(Rc::new((self.clone(), PathStep::Index(index)))))
    }
}

impl Trail {
    pub(super) fn steps(&self) -> Vec<PathStep> {
        let mut steps = Vec::new();
        let mut trail = self;
        while let Some(link) = &trail.0 {
            steps.push(link.1.clone());
            trail = &link.0;
        }
        steps.reverse();
        steps
    }
}

/// All values that segments give, begun at `start`, in the order of RFC 9535.
pub(super) fn all<'a, P: Place>(
    segments: &[Segment],
    root: &'a Value,
    start: &'a Value,
    place: P,
) -> Vec<(&'a Value, P)> {
    let mut found = vec![(start, place)];
    for segment in segments {
        let mut next = Vec::new();
        for (value, place) in found {
            if segment.descendant {
                descend(segment, root, value, &place, &mut next);
            } else {
                select(segment, root, value, &place, &mut next);
            }
        }
        found = next;
    }
    found
}

fn descend<'a, P: Place>(
    segment: &Segment,
    root: &'a Value,
    value: &'a Value,
    place: &P,
    found: &mut Vec<(&'a Value, P)>,
) {
    select(segment, root, value, place, found);
    each_child(value, place, |child, place| {
        if child.is_array() || child.is_object() {
            descend(segment, root, child, &place, found);
        }
    });
}

fn each_child<'a, P: Place>(value: &'a Value, place: &P, mut visit: impl FnMut(&'a Value, P)) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, place.index(index));
            }
        }
        Value::Object(map) => {
            for (key, member) in map {
                visit(member, place.key(key));
            }
        }
        _ => {}
    }
}

fn select<'a, P: Place>(
    segment: &Segment,
    root: &'a Value,
    value: &'a Value,
    place: &P,
    found: &mut Vec<(&'a Value, P)>,
) {
    for selector in &segment.selectors {
        match selector {
            Selector::Name(name) => {
                if let Some(member) = value.get(name) {
                    found.push((member, place.key(name)));
                }
            }
            Selector::Index(index) => {
                if let Some((index, item)) = item(value, *index) {
                    found.push((item, place.index(index)));
                }
            }
            Selector::Wildcard => {
                each_child(value, place, |child, place| found.push((child, place)));
            }
            Selector::Slice(bounds) => {
                let (start, end, step) = bounds.as_ref();
                if let Value::Array(items) = value {
                    for index in slice(items.len(), *start, *end, *step) {
                        found.push((&items[index], place.index(index)));
                    }
                }
            }
            Selector::Filter(test) => each_child(value, place, |child, place| {
                if holds(test, root, child) {
                    found.push((child, place));
                }
            }),
        }
    }
}

/// The item at an index, counted from the end where it is negative.
pub(super) fn item(value: &Value, index: i64) -> Option<(usize, &Value)> {
    let items = value.as_array()?;
    let index = if index < 0 {
        items
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    items.get(index).map(|item| (index, item))
}

/// RFC 9535, section 2.3.4.2.2.
fn slice(length: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let Ok(length) = i64::try_from(length) else {
        return Vec::new();
    };
    let normal = |index: i64| if index < 0 { length + index } else { index };
    let mut indices = Vec::new();
    if step > 0 {
        let mut index = normal(start.unwrap_or(0)).clamp(0, length);
        let end = normal(end.unwrap_or(length)).clamp(0, length);
        while index < end {
            indices.extend(usize::try_from(index));
            index = index.saturating_add(step);
        }
    } else if step < 0 {
        let mut index = normal(start.unwrap_or(length - 1)).clamp(-1, length - 1);
        let end = end.map_or(-1, |end| normal(end).clamp(-1, length - 1));
        while index > end {
            indices.extend(usize::try_from(index));
            index = index.saturating_add(step);
        }
    }
    indices
}

fn holds(test: &Test, root: &Value, current: &Value) -> bool {
    match test {
        Test::Or(parts) => parts.iter().any(|part| holds(part, root, current)),
        Test::And(parts) => parts.iter().all(|part| holds(part, root, current)),
        Test::Not(inner) => !holds(inner, root, current),
        Test::Exists(path) => !nodes(path, root, current).is_empty(),
        Test::Compare(comparison, left, right) => compare(
            *comparison,
            operand(left, root, current).as_deref(),
            operand(right, root, current).as_deref(),
        ),
        Test::Matches {
            text,
            pattern,
            whole,
        } => {
            let text = operand(text, root, current);
            let Some(Value::String(text)) = text.as_deref() else {
                return false;
            };
            match pattern {
                Pattern::Known(regex) => regex.is_match(text),
                Pattern::Computed(pattern) => {
                    let pattern = operand(pattern, root, current);
                    let Some(Value::String(pattern)) = pattern.as_deref() else {
                        return false;
                    };
                    lower::regex(pattern, *whole).is_some_and(|regex| regex.is_match(text))
                }
            }
        }
    }
}

fn nodes<'a>(path: &Path, root: &'a Value, current: &'a Value) -> Vec<&'a Value> {
    let start = if path.absolute { root } else { current };
    all(&path.segments, root, start, Untracked)
        .into_iter()
        .map(|(value, _)| value)
        .collect()
}

fn operand<'a>(
    operand: &'a Operand,
    root: &'a Value,
    current: &'a Value,
) -> Option<Cow<'a, Value>> {
    match operand {
        Operand::Literal(value) => Some(Cow::Borrowed(value)),
        Operand::Path(path) | Operand::Value(path) => match nodes(path, root, current).as_slice() {
            [value] => Some(Cow::Borrowed(value)),
            _ => None,
        },
        Operand::Count(path) => Some(Cow::Owned(Value::from(nodes(path, root, current).len()))),
        Operand::Length(inner) => {
            let length = match self::operand(inner, root, current)?.as_ref() {
                Value::String(text) => text.chars().count(),
                Value::Array(items) => items.len(),
                Value::Object(map) => map.len(),
                _ => return None,
            };
            Some(Cow::Owned(Value::from(length)))
        }
    }
}

/// RFC 9535, section 2.3.5.2.2: nothing equals nothing, and only numbers and texts have an order.
fn compare(comparison: Comparison, left: Option<&Value>, right: Option<&Value>) -> bool {
    let equal = || match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => equality::same(left, right),
        _ => false,
    };
    let order = || match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => equality::compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match comparison {
        Comparison::Equal => equal(),
        Comparison::NotEqual => !equal(),
        Comparison::Less => order() == Some(Ordering::Less),
        Comparison::LessOrEqual => order() == Some(Ordering::Less) || equal(),
        Comparison::Greater => order() == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => order() == Some(Ordering::Greater) || equal(),
    }
}

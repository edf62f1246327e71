//! JSONPath, RFC 9535: the one notation to look into a response. The only folder that knows `jsonpath-rust`.
//!
//! The library reads a query; what it reads is checked for well-typedness and answered here, because its
//! own answers are wrong for selectors after `..`, for several selectors on several values, and for
//! filters inside filters, and because an answer must come with the story of a path that ended early.

mod answer;
mod lower;
mod mistake;

use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

use answer::{Trail, Untracked};
use lower::{Segment, Selector};

/// A compiled query, which is the same wherever it is cloned to: thousands of steps ask for `$.status`.
#[derive(Clone, Debug)]
pub struct Query(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: Box<str>,
    segments: Vec<Segment>,
    singular: bool,
}

/// Why a query is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the query that are wrong.
    pub range: Range<usize>,
    /// What would be right, if known.
    pub hint: Option<String>,
}

/// What a query gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// The one value of a singular query.
    One(&'a Value),
    /// Nothing, from a singular query: how far the path got and what stands there.
    Missing(String),
    /// All values of any other query, maybe none.
    Many(Vec<&'a Value>),
}

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl Query {
    /// Compiles a query. What cannot be answered by the standard is refused with its reason.
    pub fn compile(source: &str) -> Result<Query, QueryError> {
        mistake::check_size(source)?;
        if let Some(segments) = lower::plain(source) {
            return Ok(Query::new(source, segments));
        }
        let parsed = jsonpath_rust::parser::parse_json_path(source)
            .map_err(|error| mistake::explain(source, &error))?;
        let segments =
            lower::segments(&parsed.segments).map_err(|error| mistake::ill_typed(source, error))?;
        Ok(Query::new(source, segments))
    }

    fn new(source: &str, segments: Vec<Segment>) -> Query {
        Query(Arc::new(Compiled {
            source: source.into(),
            singular: lower::is_singular(&segments),
            segments,
        }))
    }

    /// The query as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it can give at most one value (RFC 9535, section 2.3.5.1).
    pub fn is_singular(&self) -> bool {
        self.0.singular
    }

    /// What it gives in that value.
    pub fn find<'a>(&self, root: &'a Value) -> Found<'a> {
        if !self.0.singular {
            return Found::Many(
                answer::all(&self.0.segments, root, root, Untracked)
                    .into_iter()
                    .map(|(value, _)| value)
                    .collect(),
            );
        }
        let mut value = root;
        for (depth, segment) in self.0.segments.iter().enumerate() {
            let next = match segment.only_selector() {
                Some(Selector::Name(name)) => value.get(name),
                Some(Selector::Index(index)) => answer::item(value, *index).map(|(_, item)| item),
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return Found::Missing(story(&self.0.segments[..=depth], value)),
            }
        }
        Found::One(value)
    }

    /// Why it gives nothing in that value: where the first of its steps that found nothing has looked, or the first of
    /// such places. None where it gives something, or where too much was looked through to be told.
    pub fn why_nothing(&self, root: &Value) -> Option<String> {
        let mut before = vec![(root, Trail::default())];
        for depth in 1..=self.0.segments.len() {
            let segments = &self.0.segments[..depth];
            let found = answer::all(segments, root, root, Trail::default());
            if found.is_empty() {
                let (value, trail) = before.first()?;
                let place = placed(&trail.steps());
                let others = before.len() - 1;
                let mut story = empty(&place, &segments[depth - 1], value)?;
                match others {
                    0 => {}
                    1 => story.push_str("; nothing in 1 other place either"),
                    _ => story.push_str(&format!("; nothing in {others} other places either")),
                }
                return Some(story);
            }
            before = found;
        }
        None
    }

    /// The places of all that it gives, as steps from the root, in document order.
    pub fn locate(&self, root: &Value) -> Vec<Vec<PathStep>> {
        let mut places: Vec<Vec<PathStep>> =
            answer::all(&self.0.segments, root, root, Trail::default())
                .into_iter()
                .map(|(_, trail)| trail.steps())
                .collect();
        // Maps are sorted by key, so the order of the steps is the order of the document.
        places.sort();
        places.dedup();
        places
    }
}

/// How far a path got: the last of these segments found nothing in that value.
fn story(segments: &[Segment], value: &Value) -> String {
    let Some((last, before)) = segments.split_last() else {
        return String::new();
    };
    let mut place = String::from("$");
    for segment in before {
        match segment.only_selector() {
            Some(Selector::Name(name)) => place.push_str(&written(name)),
            Some(Selector::Index(index)) => place.push_str(&format!("[{index}]")),
            _ => {}
        }
    }
    lacking(&place, last, value)
}

fn placed(steps: &[PathStep]) -> String {
    let mut place = String::from("$");
    for step in steps {
        match step {
            PathStep::Key(name) => place.push_str(&written(name)),
            PathStep::Index(index) => place.push_str(&format!("[{index}]")),
        }
    }
    place
}

/// The same of steps that may give several values.
fn empty(place: &str, last: &Segment, value: &Value) -> Option<String> {
    Some(match (last.only_selector()?, value) {
        (Selector::Name(_) | Selector::Index(_), _) => lacking(place, last, value),
        (_, Value::Array(items)) if items.is_empty() => format!("`{place}` is an empty list"),
        (_, Value::Object(map)) if map.is_empty() => format!("`{place}` is an empty map"),
        (Selector::Filter(_), Value::Array(items)) => match items.len() {
            1 => format!("the 1 item of `{place}` is not what the filter asks for"),
            count => format!("none of the {count} items of `{place}` is what the filter asks for"),
        },
        (Selector::Slice(..), Value::Array(items)) => {
            format!(
                "`{place}` has {} items, and none of them is meant",
                items.len()
            )
        }
        (_, other @ (Value::Array(_) | Value::Object(_))) => {
            format!(
                "`{place}` is {}, in which nothing is what is asked for",
                kind(other)
            )
        }
        (_, other) => format!("`{place}` is {}, with nothing inside", kind(other)),
    })
}

/// What one step into a value did not find there.
fn lacking(place: &str, last: &Segment, value: &Value) -> String {
    match (last.only_selector(), value) {
        (Some(Selector::Name(name)), Value::Object(map)) if map.is_empty() => {
            format!("`{place}` is an empty map, it has no `{name}`")
        }
        (Some(Selector::Name(name)), Value::Object(map)) => {
            format!(
                "`{place}` has no `{name}`; it has {}",
                listed(map.keys(), name)
            )
        }
        (Some(Selector::Name(name)), other) => {
            format!(
                "`{place}` is {}, not a map, so it has no `{name}`",
                kind(other)
            )
        }
        (Some(Selector::Index(index)), Value::Array(items)) => {
            let count = match items.len() {
                0 => "is an empty list".to_owned(),
                1 => "has 1 item".to_owned(),
                count => format!("has {count} items"),
            };
            format!("`{place}` {count}, there is none at `[{index}]`")
        }
        (Some(Selector::Index(index)), other) => {
            format!(
                "`{place}` is {}, not a list, so it has no `[{index}]`",
                kind(other)
            )
        }
        _ => format!("nothing at `{place}`"),
    }
}

/// A name as a step of a path, in the short form where there is one.
pub(crate) fn written(name: &str) -> String {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
    };
    if !name.is_empty()
        && name.chars().all(plain)
        && !name.starts_with(|first: char| first.is_ascii_digit())
    {
        format!(".{name}")
    } else {
        format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

/// What a value is called in the story of a path.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// The names that are there, the nearest first, and not too many.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a String>, wanted: &str) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    if let Some(near) = super::diagnostic::nearest(wanted, names.iter().copied()) {
        names.sort_by_key(|name| *name != near);
    }
    let more = names.len().saturating_sub(SHOWN);
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod standard_tests;
#[cfg(test)]
mod tests;

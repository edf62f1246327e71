//! The words of matchers, and what they mean for statuses and durations.

use serde_json::Value;
use std::time::Duration;

use super::super::duration;
use super::describe;
use super::quantity::NotClose;

/// What is asked of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A value with no word: equality.
    Literal,
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Matches,
    Exists,
    Type,
    Format,
    Length,
    Empty,
    Includes,
    Unordered,
    All,
    Any,
    None,
    CloseTo,
    Schema,
    Not,
}

/// Every word with its name and the phrase that begins what it expects.
const WORDS: [(Word, &str, &str); 26] = [
    (Word::Eq, "eq", ""),
    (Word::Ne, "ne", "anything but "),
    (Word::Gt, "gt", "more than "),
    (Word::Gte, "gte", "at least "),
    (Word::Lt, "lt", "less than "),
    (Word::Lte, "lte", "at most "),
    (Word::In, "in", "one of "),
    (Word::NotIn, "not_in", "none of "),
    (Word::Contains, "contains", "something that contains "),
    (
        Word::NotContains,
        "not_contains",
        "something that does not contain ",
    ),
    (Word::StartsWith, "starts_with", "text that starts with "),
    (Word::EndsWith, "ends_with", "text that ends with "),
    (Word::Matches, "matches", "text that matches "),
    (Word::Exists, "exists", ""),
    (Word::Type, "type", ""),
    (Word::Format, "format", "text of the format "),
    (Word::Length, "length", "length: "),
    (Word::Empty, "empty", ""),
    (Word::Includes, "includes", "at least "),
    (Word::Unordered, "unordered", "in any order "),
    (Word::All, "all", "all items: "),
    (Word::Any, "any", "any item: "),
    (Word::None, "none", "no item: "),
    (Word::CloseTo, "close_to", "close to "),
    (Word::Schema, "schema", ""),
    (Word::Not, "not", "not: "),
];

impl Word {
    pub(super) fn named(name: &str) -> Option<Word> {
        WORDS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(word, _, _)| *word)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(_, name, _)| *name)
    }

    fn entry(self) -> Option<&'static (Word, &'static str, &'static str)> {
        WORDS.iter().find(|(word, _, _)| *word == self)
    }

    /// Whether its argument is what the value must be, or must not be.
    pub(super) fn is_about_equality(self) -> bool {
        matches!(
            self,
            Word::Literal | Word::Eq | Word::Ne | Word::In | Word::NotIn
        )
    }

    pub(super) fn name(self) -> &'static str {
        self.entry().map_or("eq", |(_, name, _)| *name)
    }

    pub(super) fn phrase(self) -> &'static str {
        self.entry().map_or("", |(_, _, phrase)| *phrase)
    }
}

/// JSON's types, and whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Number,
    Integer,
    Boolean,
    Null,
    Array,
    Object,
}

/// Every type with its name.
pub(super) const KINDS: [(Kind, &str); 7] = [
    (Kind::String, "string"),
    (Kind::Number, "number"),
    (Kind::Integer, "integer"),
    (Kind::Boolean, "boolean"),
    (Kind::Null, "null"),
    (Kind::Array, "array"),
    (Kind::Object, "object"),
];

impl Kind {
    pub(super) fn named(name: &str) -> Option<Kind> {
        KINDS
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }

    pub(super) fn fits(self, value: &Value) -> bool {
        match self {
            Kind::String => value.is_string(),
            Kind::Number => value.is_number(),
            Kind::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            Kind::Boolean => value.is_boolean(),
            Kind::Null => value.is_null(),
            Kind::Array => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }
}

/// One status, or all of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusRange {
    One(u64),
    Hundred(u64),
}

impl StatusRange {
    /// Reads `201` or `2xx`.
    pub(super) fn read(value: &Value) -> Result<StatusRange, String> {
        let wrong = || {
            format!(
                "{} is not a status: write `201`, `2xx` or a list of them",
                describe(value)
            )
        };
        let number = match value {
            Value::Number(number) => number.as_u64().ok_or_else(wrong)?,
            Value::String(text) => match text.as_bytes() {
                [first @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => {
                    return Ok(StatusRange::Hundred(u64::from(first - b'0')));
                }
                [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => text.parse().map_err(|_| wrong())?,
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        if (100..=599).contains(&number) {
            Ok(StatusRange::One(number))
        } else {
            Err(format!(
                "{number} is not a status: they are from 100 to 599"
            ))
        }
    }

    /// Whether it is that status and no other.
    pub(super) fn is(self, status: u16) -> bool {
        self == StatusRange::One(status.into())
    }

    fn holds(self, status: u64) -> bool {
        match self {
            StatusRange::One(one) => one == status,
            StatusRange::Hundred(hundred) => status / 100 == hundred,
        }
    }
}

/// Whether a status is among those of an argument; nothing if the word means for it what it means elsewhere.
pub(super) fn status_holds(
    word: Word,
    status: &Value,
    argument: &Value,
) -> Result<Option<bool>, String> {
    let positive = match word {
        Word::Literal | Word::Eq | Word::In => true,
        Word::Ne | Word::NotIn => false,
        _ => return Ok(None),
    };
    let Some(status) = status.as_u64() else {
        return Ok(Some(false));
    };
    Ok(Some(
        statuses(argument)?.iter().any(|range| range.holds(status)) == positive,
    ))
}

/// The statuses of an argument.
pub(super) fn statuses(argument: &Value) -> Result<Vec<StatusRange>, String> {
    match argument {
        Value::Array(items) if items.is_empty() => Err("an empty list has no status".to_owned()),
        Value::Array(items) => items.iter().map(StatusRange::read).collect(),
        one => Ok(vec![StatusRange::read(one)?]),
    }
}

/// A duration that a person wrote.
pub(super) fn read_duration(value: &Value) -> Result<Duration, String> {
    match value {
        Value::String(text) => duration::parse(text),
        other => Err(format!(
            "{} is not a duration: write it with its unit, like `500ms` or `2s`",
            describe(other)
        )),
    }
}

/// Whether a duration, in milliseconds, is what is wanted; nothing if the word means what it means elsewhere.
pub(super) fn duration_holds(
    word: Word,
    actual: &Value,
    argument: &Value,
) -> Result<Option<bool>, String> {
    let Some(actual) = actual.as_f64() else {
        return Ok(Some(false));
    };
    let milliseconds = |value: &Value| read_duration(value).map(|time| time.as_secs_f64() * 1000.0);
    Ok(Some(match word {
        Word::Literal | Word::Eq => (actual - milliseconds(argument)?).abs() < 1e-6,
        Word::Ne => (actual - milliseconds(argument)?).abs() >= 1e-6,
        Word::Gt => actual > milliseconds(argument)?,
        Word::Gte => actual >= milliseconds(argument)?,
        Word::Lt => actual < milliseconds(argument)?,
        Word::Lte => actual <= milliseconds(argument)?,
        Word::In | Word::NotIn => {
            let mut is_in = false;
            for item in argument.as_array().into_iter().flatten() {
                is_in |= (actual - milliseconds(item)?).abs() < 1e-6;
            }
            is_in == (word == Word::In)
        }
        _ => return Ok(None),
    }))
}

/// Whether a duration, in milliseconds, is near another.
pub(super) fn durations_close(
    actual: &Value,
    target: &Value,
    by: &Value,
) -> Result<bool, NotClose> {
    let read = |value| {
        read_duration(value)
            .map(|time| time.as_secs_f64() * 1000.0)
            .map_err(NotClose::Argument)
    };
    let (target, by) = (read(target)?, read(by)?);
    Ok(actual
        .as_f64()
        .is_some_and(|actual| (actual - target).abs() <= by + 1e-6))
}

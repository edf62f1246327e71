//! What may stand after each word.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::super::diagnostic::nearest;
use super::super::node::{Node, NodeKind};
use super::format::FORMATS;
use super::quantity::Quantity;
use super::word::{self, KINDS, Kind, Word};
use super::{MatcherContext, describe};

/// A pattern that needs more memory is refused.
const LARGEST_REGEX: usize = 1 << 20;

/// A pattern that a person wrote, or what is wrong with it.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .size_limit(LARGEST_REGEX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the pattern `{text}` is too large"),
            error => {
                let told = error.to_string();
                let reason = told
                    .lines()
                    .last()
                    .unwrap_or("")
                    .trim_start_matches("error: ");
                format!("`{text}` is not a regular expression: {reason}")
            }
        })
}

pub(super) fn check_by(by: &Value) -> Result<(), String> {
    let fits = match by {
        Value::Number(number) => number.as_f64().is_some_and(|number| number >= 0.0),
        Value::String(text) => {
            super::super::duration::parse(text).is_ok() || Quantity::of(by).is_some()
        }
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "`by` is a number that is not negative, or a duration like `5s`; this is {}",
            describe(by)
        ))
    }
}

type Checked = Result<(), (String, Option<String>)>;

/// Whether an argument is one that its word can take.
pub(super) fn check(word: Word, value: &Value) -> Checked {
    let name = word.name();
    let takes = |what: &str| {
        Err((
            format!("`{name}` takes {what}, this is {}", describe(value)),
            None,
        ))
    };
    match word {
        Word::In | Word::NotIn | Word::Unordered if !value.is_array() => takes("a list"),
        Word::StartsWith | Word::EndsWith | Word::Matches if !value.is_string() => takes("text"),
        Word::Exists | Word::Empty if !value.is_boolean() => takes("`true` or `false`"),
        Word::Schema if !value.is_object() => {
            takes("a JSON Schema, which is a map, or the path of a file with one")
        }
        Word::Length if value.as_u64().is_none() && !whole(value) => {
            takes("a whole number that is not negative, or a matcher")
        }
        Word::Type => {
            let names = match value {
                Value::Array(names) if !names.is_empty() => names.as_slice(),
                one => std::slice::from_ref(one),
            };
            for name in names {
                let Some(text) = name.as_str() else {
                    return takes("the name of a type, or a list of them");
                };
                if Kind::named(text).is_none() {
                    return Err(unknown("type", text, KINDS.iter().map(|(_, name)| *name)));
                }
            }
            Ok(())
        }
        Word::Format => match value.as_str() {
            None => takes("the name of a format"),
            Some(text) if !FORMATS.contains(&text) => {
                Err(unknown("format", text, FORMATS.into_iter()))
            }
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

fn whole(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|number| number >= 0.0 && number.fract() == 0.0)
}

fn unknown(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'static str> + Clone,
) -> (String, Option<String>) {
    let meant = match name {
        "list" => Some("array"),
        "map" | "dict" => Some("object"),
        "bool" => Some("boolean"),
        "int" => Some("integer"),
        "float" | "double" | "decimal" => Some("number"),
        "str" | "text" => Some("string"),
        "datetime" | "timestamp" | "time" => Some("date-time"),
        "url" => Some("uri"),
        "phone" => Some("mobile"),
        _ => None,
    }
    .filter(|meant| known.clone().any(|known| known == *meant))
    .or_else(|| nearest(name, known.clone()));
    let hint = match meant {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<String> = known.map(|name| format!("`{name}`")).collect();
            format!("there are {}", all.join(", "))
        }
    };
    (format!("there is no {what} `{name}`"), Some(hint))
}

/// What a known argument must be where the subject is known too.
pub(super) fn check_in_context(word: Word, value: &Value, context: MatcherContext) -> Checked {
    let plain = |message: String| (message, None);
    let ordering = matches!(word, Word::Gt | Word::Gte | Word::Lt | Word::Lte);
    match context {
        MatcherContext::Duration => match (word, value) {
            (Word::Exists, _) => Ok(()),
            (Word::In | Word::NotIn, Value::Array(items)) => items
                .iter()
                .try_for_each(|item| word::read_duration(item).map(|_| ()))
                .map_err(plain),
            _ => word::read_duration(value).map(|_| ()).map_err(plain),
        },
        MatcherContext::Status => match word {
            Word::Literal | Word::Eq | Word::Ne | Word::In | Word::NotIn => {
                word::statuses(value).map(|_| ()).map_err(plain)
            }
            _ if ordering && !value.is_number() => Err(plain(format!(
                "`{}` compares a status with a number, this is {}",
                word.name(),
                describe(value)
            ))),
            _ => Ok(()),
        },
        MatcherContext::Value | MatcherContext::List => {
            if ordering && Quantity::of(value).is_none() {
                return Err((
                    format!(
                        "`{}` compares numbers and times, this is {}",
                        word.name(),
                        describe(value)
                    ),
                    None,
                ));
            }
            if context == MatcherContext::List {
                return check_list(word, value);
            }
            Ok(())
        }
    }
}

const USE_ALL: &str = "use `all` or `any` to look at each value";

fn not_a_list(what: &str) -> (String, Option<String>) {
    (
        format!("this query gives a list, which is never {what}"),
        Some(USE_ALL.to_owned()),
    )
}

/// What a list is compared with must be able to be one.
fn check_list(word: Word, value: &Value) -> Checked {
    match word {
        Word::Literal | Word::Eq | Word::Ne | Word::Includes if !value.is_array() => {
            Err(not_a_list(&describe(value)))
        }
        Word::In | Word::NotIn
            if !value
                .as_array()
                .is_some_and(|items| items.iter().any(Value::is_array)) =>
        {
            Err(not_a_list(&format!("one of {value}")))
        }
        Word::Type => {
            let array = Value::from("array");
            let fits = match value {
                Value::Array(names) => names.contains(&array),
                one => *one == array,
            };
            if fits {
                Ok(())
            } else {
                Err(not_a_list(&format!("of the type {value}")))
            }
        }
        _ => Ok(()),
    }
}

/// What can be known of a list or map with templates in it.
pub(super) fn check_shape(word: Word, node: &Node, context: MatcherContext) -> Checked {
    let is_list = matches!(node.kind, NodeKind::List(_));
    let is_map = matches!(node.kind, NodeKind::Map(_));
    if !is_list && !is_map {
        // Text with more than one template in it is text.
        return match word {
            Word::In | Word::NotIn | Word::Unordered | Word::Exists | Word::Empty => {
                check(word, &Value::from("…"))
            }
            _ => Ok(()),
        };
    }
    let stands_for = if is_list {
        Value::Array(Vec::new())
    } else {
        Value::Object(serde_json::Map::new())
    };
    match word {
        Word::Type | Word::Format if is_map => check(word, &stands_for),
        Word::Type | Word::Format => Ok(()),
        _ => {
            check(word, &stands_for)?;
            let in_list = context == MatcherContext::List && is_map;
            let compares = matches!(word, Word::Literal | Word::Eq | Word::Ne | Word::Includes);
            if in_list && compares {
                return Err(not_a_list("a map"));
            }
            let ordering = matches!(word, Word::Gt | Word::Gte | Word::Lt | Word::Lte);
            if ordering {
                return check_in_context(word, &stands_for, context);
            }
            Ok(())
        }
    }
}

//! From what is written to what is checked: everything that can be known is known here.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::super::diagnostic::{Diagnostic, nearest};
use super::super::node::{Entry, Node, NodeKind};
use super::super::template::{Engine, ValueTemplate};
use super::format::FORMATS;
use super::quantity::Quantity;
use super::word::{self, KINDS, Kind, Word};
use super::{Argument, MatcherContext, MatcherTemplate, Rule, describe};

/// A pattern that needs more memory is refused.
const LARGEST_REGEX: usize = 1 << 20;

/// Reads a matcher; nothing if there was a mistake, which is then among the mistakes.
pub(super) fn matcher(
    node: &Node,
    context: MatcherContext,
    engine: &mut Engine,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<MatcherTemplate> {
    let before = mistakes.len();
    let rules = match &node.kind {
        NodeKind::Map(entries) => words(node, entries, context, engine, mistakes),
        _ => rule(Word::Literal, node, node, context, engine, mistakes)
            .into_iter()
            .collect(),
    };
    (mistakes.len() == before).then_some(MatcherTemplate { rules, context })
}

fn words(
    node: &Node,
    entries: &[Entry],
    context: MatcherContext,
    engine: &mut Engine,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Rule> {
    const OBJECT: &str =
        "to compare with a map, write `eq: {…}` or, for at least this, `includes: {…}`";
    if entries.is_empty() {
        mistakes.push(
            Diagnostic::error(node.span, "an empty map asks nothing")
                .hint("to compare with an empty map, write `eq: {}`"),
        );
        return Vec::new();
    }
    let known =
        |entry: &Entry| entry.key.value == "schema" || Word::named(&entry.key.value).is_some();
    let is_object = !entries.iter().any(known);
    let mut rules = Vec::new();
    for entry in entries {
        let name = entry.key.value.as_str();
        if name == "schema" {
            mistakes.push(Diagnostic::error(
                entry.key.span,
                "`schema` is not there yet",
            ));
            continue;
        }
        let Some(word) = Word::named(name) else {
            let hint = match nearest(name, Word::names()) {
                Some(near) => format!("did you mean `{near}`? {OBJECT}"),
                None => OBJECT.to_owned(),
            };
            mistakes.push(
                Diagnostic::error(
                    entry.key.span,
                    format!("`{name}` is not a word of matchers"),
                )
                .hint(hint),
            );
            if is_object {
                // One is enough where none is meant as a word.
                break;
            }
            continue;
        };
        if let Some(mistake) = unfit(word, context) {
            mistakes.push(Diagnostic::error(entry.key.span, mistake.0).maybe_hint(mistake.1));
            continue;
        }
        rules.extend(rule(word, &entry.value, node, context, engine, mistakes));
    }
    let nothing = rules.iter().position(|rule| {
        rule.word == Word::Exists && matches!(rule.argument, Argument::Fixed(Value::Bool(false)))
    });
    if let Some(index) = nothing
        && entries.len() > 1
    {
        mistakes.push(
            Diagnostic::error(
                rules[index].span,
                "`exists: false` cannot stand with other words: nothing else holds of nothing",
            )
            .hint("leave one of them out"),
        );
    }
    rules
}

/// Why a word can never hold in a context.
fn unfit(word: Word, context: MatcherContext) -> Option<(String, Option<String>)> {
    let name = word.name();
    match context {
        MatcherContext::Value => None,
        MatcherContext::List => matches!(
            word,
            Word::Gt
                | Word::Gte
                | Word::Lt
                | Word::Lte
                | Word::CloseTo
                | Word::StartsWith
                | Word::EndsWith
                | Word::Matches
                | Word::Format
        )
        .then(|| {
            (
                format!("`{name}` can never hold of a list, which this query gives"),
                Some(format!("use `all` or `any`: `{{ all: {{ {name}: … }} }}`")),
            )
        }),
        MatcherContext::Status | MatcherContext::Duration => {
            let subject = if context == MatcherContext::Status {
                "a status"
            } else {
                "a duration"
            };
            matches!(
                word,
                Word::Contains
                    | Word::NotContains
                    | Word::StartsWith
                    | Word::EndsWith
                    | Word::Matches
                    | Word::Format
                    | Word::Length
                    | Word::Empty
                    | Word::Includes
                    | Word::Unordered
                    | Word::All
                    | Word::Any
                    | Word::None
                    | Word::Type
            )
            .then(|| (format!("`{name}` cannot be asked of {subject}"), None))
        }
    }
}

fn rule(
    word: Word,
    node: &Node,
    whole: &Node,
    context: MatcherContext,
    engine: &mut Engine,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let span = node.span;
    let argument = match (word, &node.kind) {
        (Word::All | Word::Any | Word::None, _) => {
            Argument::Matcher(matcher(node, MatcherContext::Value, engine, mistakes)?)
        }
        (Word::Not, _) => Argument::Matcher(matcher(node, context, engine, mistakes)?),
        (Word::Length, NodeKind::Map(_)) => {
            Argument::Matcher(matcher(node, MatcherContext::Value, engine, mistakes)?)
        }
        (Word::CloseTo, _) => close(node, context, engine, mistakes)?,
        _ => {
            let value = match engine.value(node) {
                Ok(value) => value,
                Err(errors) => {
                    mistakes.extend(errors);
                    return None;
                }
            };
            match value.as_fixed() {
                None => {
                    // Even before its templates are known, a list or a map is one.
                    if value.as_template().is_none()
                        && let Err((message, hint)) = check_shape(word, node, context)
                    {
                        mistakes.push(Diagnostic::error(span, message).maybe_hint(hint));
                        return None;
                    }
                    Argument::Computed(value)
                }
                Some(value) => {
                    let checked = check_argument(word, &value)
                        .and_then(|()| check_in_context(word, &value, context));
                    if let Err((message, hint)) = checked {
                        mistakes.push(Diagnostic::error(span, message).maybe_hint(hint));
                        return None;
                    }
                    match (word, &value) {
                        (Word::Matches, Value::String(text)) => match pattern(text) {
                            Ok(pattern) => Argument::Pattern(pattern),
                            Err(message) => {
                                mistakes.push(Diagnostic::error(span, message));
                                return None;
                            }
                        },
                        _ => Argument::Fixed(value),
                    }
                }
            }
        }
    };
    debug_assert!(whole.span.file == span.file);
    Some(Rule {
        span,
        word,
        argument,
    })
}

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

fn close(
    node: &Node,
    context: MatcherContext,
    engine: &mut Engine,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Argument> {
    const SHAPE: &str = "write `close_to: {value: 10, by: 0.5}`";
    let before = mistakes.len();
    let NodeKind::Map(entries) = &node.kind else {
        mistakes.push(
            Diagnostic::error(
                node.span,
                format!("`close_to` takes a map, this is {}", node.describe()),
            )
            .hint(SHAPE),
        );
        return None;
    };
    let mut parts: [Option<ValueTemplate>; 2] = [None, None];
    for entry in entries {
        let index = match entry.key.value.as_str() {
            "value" => 0,
            "by" => 1,
            other => {
                mistakes.push(
                    Diagnostic::error(
                        entry.key.span,
                        format!("`{other}` is not a key of `close_to`"),
                    )
                    .hint(SHAPE),
                );
                continue;
            }
        };
        match engine.value(&entry.value) {
            Ok(value) => {
                if let Some(fixed) = value.as_fixed() {
                    let checked = match (index, context) {
                        (_, MatcherContext::Duration) => word::read_duration(&fixed).map(|_| ()),
                        (0, _) if Quantity::of(&fixed).is_none() => Err(format!(
                            "{} is neither a number nor a time",
                            describe(&fixed)
                        )),
                        (1, _) => check_by(&fixed),
                        _ => Ok(()),
                    };
                    if let Err(message) = checked {
                        mistakes.push(Diagnostic::error(entry.value.span, message));
                    }
                }
                parts[index] = Some(value);
            }
            Err(errors) => mistakes.extend(errors),
        }
    }
    let both_known = |parts: &[Option<ValueTemplate>; 2]| {
        Some((
            parts[0].as_ref()?.as_fixed()?,
            parts[1].as_ref()?.as_fixed()?,
        ))
    };
    if mistakes.len() == before
        && context != MatcherContext::Duration
        && let Some((value, by)) = both_known(&parts)
        && let Err(super::quantity::NotClose::Argument(message)) =
            super::quantity::close(&value, &value, &by)
    {
        mistakes.push(Diagnostic::error(node.span, message));
    }
    match parts {
        [Some(value), Some(by)] => (mistakes.len() == before).then_some(Argument::Close(value, by)),
        [value, _] => {
            if mistakes.len() == before {
                let missing = if value.is_none() { "value" } else { "by" };
                mistakes.push(
                    Diagnostic::error(node.span, format!("`close_to` lacks `{missing}`"))
                        .hint(SHAPE),
                );
            }
            None
        }
    }
}

fn check_by(by: &Value) -> Result<(), String> {
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
pub(super) fn check_argument(word: Word, value: &Value) -> Checked {
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
fn check_in_context(word: Word, value: &Value, context: MatcherContext) -> Checked {
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
fn check_shape(word: Word, node: &Node, context: MatcherContext) -> Checked {
    let is_list = matches!(node.kind, NodeKind::List(_));
    let is_map = matches!(node.kind, NodeKind::Map(_));
    if !is_list && !is_map {
        // Text with more than one template in it is text.
        return match word {
            Word::In | Word::NotIn | Word::Unordered | Word::Exists | Word::Empty => {
                check_argument(word, &Value::from("…"))
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
        Word::Type | Word::Format if is_map => check_argument(word, &stands_for),
        Word::Type | Word::Format => Ok(()),
        _ => {
            check_argument(word, &stands_for)?;
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

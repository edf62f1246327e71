//! From what is written to what is checked: everything that can be known is known here.

use serde_json::Value;

use super::super::diagnostic::{Diagnostic, nearest};
use super::super::node::{Entry, Node, NodeKind};
use super::super::template::{Engine, ValueTemplate};
use super::quantity::Quantity;
use super::schema::{Schema, SchemaFiles};
use super::word::{self, Word};
use super::{Argument, MatcherContext, MatcherTemplate, Rule, argument, describe};

/// What a matcher is read with, and what was wrong so far.
pub(super) struct Reading<'r> {
    pub(super) engine: &'r mut Engine,
    pub(super) files: &'r dyn SchemaFiles,
    pub(super) mistakes: Vec<Diagnostic>,
}

/// Reads a matcher; nothing if there was a mistake, which is then among the mistakes, or told elsewhere.
pub(super) fn matcher(
    node: &Node,
    context: MatcherContext,
    reading: &mut Reading<'_>,
) -> Option<MatcherTemplate> {
    let before = reading.mistakes.len();
    let rules = match &node.kind {
        NodeKind::Map(entries) => words(node, entries, context, reading)?,
        _ => vec![rule(Word::Literal, node, context, reading)?],
    };
    (reading.mistakes.len() == before).then_some(MatcherTemplate { rules, context })
}

fn words(
    node: &Node,
    entries: &[Entry],
    context: MatcherContext,
    reading: &mut Reading<'_>,
) -> Option<Vec<Rule>> {
    const OBJECT: &str =
        "to compare with a map, write `eq: {…}` or, for at least this, `includes: {…}`";
    if entries.is_empty() {
        reading.mistakes.push(
            Diagnostic::error(node.span, "an empty map asks nothing")
                .hint("to compare with an empty map, write `eq: {}`"),
        );
        return None;
    }
    let known = |entry: &Entry| Word::named(&entry.key.value).is_some();
    let is_object = !entries.iter().any(known);
    let mut rules = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.key.value.as_str();
        let Some(word) = Word::named(name) else {
            let hint = match nearest(name, Word::names()) {
                Some(near) => format!("did you mean `{near}`? {OBJECT}"),
                None => OBJECT.to_owned(),
            };
            reading.mistakes.push(
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
            reading
                .mistakes
                .push(Diagnostic::error(entry.key.span, mistake.0).maybe_hint(mistake.1));
            continue;
        }
        rules.push(rule(word, &entry.value, context, reading));
    }
    let rules: Vec<Rule> = rules.into_iter().collect::<Option<_>>()?;
    let nothing = rules.iter().position(|rule| {
        rule.word == Word::Exists && matches!(rule.argument, Argument::Fixed(Value::Bool(false)))
    });
    if let Some(index) = nothing
        && entries.len() > 1
    {
        reading.mistakes.push(
            Diagnostic::error(
                rules[index].span,
                "`exists: false` cannot stand with other words: nothing else holds of nothing",
            )
            .hint("leave one of them out"),
        );
    }
    Some(rules)
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
                    | Word::Schema
            )
            .then(|| (format!("`{name}` cannot be asked of {subject}"), None))
        }
    }
}

fn rule(
    word: Word,
    node: &Node,
    context: MatcherContext,
    reading: &mut Reading<'_>,
) -> Option<Rule> {
    let span = node.span;
    let argument = match (word, &node.kind) {
        (Word::All | Word::Any | Word::None, _) => {
            Argument::Matcher(matcher(node, MatcherContext::Value, reading)?)
        }
        (Word::Not, _) => Argument::Matcher(matcher(node, context, reading)?),
        (Word::Length, NodeKind::Map(_)) => {
            Argument::Matcher(matcher(node, MatcherContext::Value, reading)?)
        }
        (Word::CloseTo, _) => close(node, context, reading)?,
        (Word::Schema, _) => schema(node, context, reading)?,
        _ => {
            let value = match reading.engine.value(node) {
                Ok(value) => value,
                Err(errors) => {
                    reading.mistakes.extend(errors);
                    return None;
                }
            };
            match value.as_fixed() {
                None => {
                    // Even before its templates are known, a list or a map is one.
                    if value.as_template().is_none()
                        && let Err((message, hint)) = argument::check_shape(word, node, context)
                    {
                        reading
                            .mistakes
                            .push(Diagnostic::error(span, message).maybe_hint(hint));
                        return None;
                    }
                    Argument::Computed(value)
                }
                Some(value) => {
                    let checked = argument::check(word, &value)
                        .and_then(|()| argument::check_in_context(word, &value, context));
                    if let Err((message, hint)) = checked {
                        reading
                            .mistakes
                            .push(Diagnostic::error(span, message).maybe_hint(hint));
                        return None;
                    }
                    match (word, &value) {
                        (Word::Matches, Value::String(text)) => match argument::pattern(text) {
                            Ok(pattern) => Argument::Pattern(pattern),
                            Err(message) => {
                                reading.mistakes.push(Diagnostic::error(span, message));
                                return None;
                            }
                        },
                        _ => Argument::Fixed(value),
                    }
                }
            }
        }
    };
    Some(Rule {
        span,
        word,
        argument,
    })
}

fn schema(node: &Node, context: MatcherContext, reading: &mut Reading<'_>) -> Option<Argument> {
    let value = match reading.engine.value(node) {
        Ok(value) => value,
        Err(errors) => {
            reading.mistakes.extend(errors);
            return None;
        }
    };
    if value.as_fixed().is_none() {
        if let NodeKind::Text(text) = &node.kind
            && !(text.value.trim().starts_with("{{") && text.value.trim().ends_with("}}"))
        {
            let mistake = Diagnostic::error(node.span, "the path of a schema is no template")
                .hint("write the path itself: it must be known before anything is sent");
            reading.mistakes.push(mistake);
            return None;
        }
        if value.as_template().is_none()
            && let Err((message, hint)) = argument::check_shape(Word::Schema, node, context)
        {
            let mistake = Diagnostic::error(node.span, message).maybe_hint(hint);
            reading.mistakes.push(mistake);
            return None;
        }
        return Some(Argument::Computed(value));
    }
    match Schema::read(node, reading.files) {
        Ok(schema) => Some(Argument::Schema(schema)),
        Err(mistakes) => {
            reading.mistakes.extend(mistakes);
            None
        }
    }
}

fn close(node: &Node, context: MatcherContext, reading: &mut Reading<'_>) -> Option<Argument> {
    const SHAPE: &str = "write `close_to: {value: 10, by: 0.5}`";
    let before = reading.mistakes.len();
    let NodeKind::Map(entries) = &node.kind else {
        reading.mistakes.push(
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
                reading.mistakes.push(
                    Diagnostic::error(
                        entry.key.span,
                        format!("`{other}` is not a key of `close_to`"),
                    )
                    .hint(SHAPE),
                );
                continue;
            }
        };
        match reading.engine.value(&entry.value) {
            Ok(value) => {
                if let Some(fixed) = value.as_fixed() {
                    let checked = match (index, context) {
                        (_, MatcherContext::Duration) => word::read_duration(&fixed).map(|_| ()),
                        (0, _) if Quantity::of(&fixed).is_none() => Err(format!(
                            "{} is neither a number nor a time",
                            describe(&fixed)
                        )),
                        (1, _) => argument::check_by(&fixed),
                        _ => Ok(()),
                    };
                    if let Err(message) = checked {
                        reading
                            .mistakes
                            .push(Diagnostic::error(entry.value.span, message));
                    }
                }
                parts[index] = Some(value);
            }
            Err(errors) => reading.mistakes.extend(errors),
        }
    }
    let both_known = |parts: &[Option<ValueTemplate>; 2]| {
        Some((
            parts[0].as_ref()?.as_fixed()?,
            parts[1].as_ref()?.as_fixed()?,
        ))
    };
    if reading.mistakes.len() == before
        && context != MatcherContext::Duration
        && let Some((value, by)) = both_known(&parts)
        && let Err(super::quantity::NotClose::Argument(message)) =
            super::quantity::close(&value, &value, &by)
    {
        reading.mistakes.push(Diagnostic::error(node.span, message));
    }
    match parts {
        [Some(value), Some(by)] => {
            (reading.mistakes.len() == before).then_some(Argument::Close(Box::new((value, by))))
        }
        [value, _] => {
            if reading.mistakes.len() == before {
                let missing = if value.is_none() { "value" } else { "by" };
                reading.mistakes.push(
                    Diagnostic::error(node.span, format!("`close_to` lacks `{missing}`"))
                        .hint(SHAPE),
                );
            }
            None
        }
    }
}

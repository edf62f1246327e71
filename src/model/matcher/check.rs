//! Whether a matcher holds, and what is told where it does not.

use serde_json::Value;
use std::borrow::Cow;

use super::super::template::{Engine, RenderError, Scope, ValueTemplate};
use super::quantity::{self, Quantity};
use super::schema::{self, Schema};
use super::word::{self, Kind, Word};
use super::{
    Argument, MatcherContext, MatcherTemplate, Mismatch, Rule, argument, describe, equality,
    format, structure,
};

/// What is needed to compute arguments.
pub(super) struct Checking<'a> {
    pub(super) engine: &'a Engine,
    pub(super) scope: &'a Scope,
}

/// What did not hold, without the words for it.
#[derive(Default)]
struct Failure {
    /// In place of the value, where another thing is to be shown.
    actual: Option<String>,
    notes: Vec<String>,
}

/// Notes beyond these help nobody.
const MOST_NOTES: usize = 5;

impl Checking<'_> {
    pub(super) fn all_words(
        &self,
        matcher: &MatcherTemplate,
        value: &Value,
        many: bool,
    ) -> Result<Vec<Mismatch>, RenderError> {
        let mut mismatches = Vec::new();
        for rule in &matcher.rules {
            if let Some(failure) = self.holds(rule, matcher.context, value, many)? {
                mismatches.push(Mismatch {
                    expected: self.expected(rule, matcher.context)?,
                    actual: failure
                        .actual
                        .unwrap_or_else(|| shown(value, matcher.context)),
                    notes: failure.notes,
                });
            }
        }
        Ok(mismatches)
    }

    /// Something missing fails everything but `exists: false`.
    pub(super) fn missing(
        &self,
        matcher: &MatcherTemplate,
        story: &str,
    ) -> Result<Vec<Mismatch>, RenderError> {
        let mut mismatches = Vec::new();
        for rule in &matcher.rules {
            if rule.word == Word::Exists && !self.truth(rule)? {
                continue;
            }
            mismatches.push(Mismatch {
                expected: self.expected(rule, matcher.context)?,
                actual: "nothing".to_owned(),
                notes: if story.is_empty() || !mismatches.is_empty() {
                    Vec::new()
                } else {
                    vec![story.to_owned()]
                },
            });
        }
        Ok(mismatches)
    }

    fn argument<'r>(&self, rule: &'r Rule) -> Result<Cow<'r, Value>, RenderError> {
        match &rule.argument {
            Argument::Fixed(value) => Ok(Cow::Borrowed(value)),
            Argument::Computed(template) => {
                let value = self.engine.build(template, self.scope)?;
                argument::check(rule.word, &value).map_err(|(message, _)| RenderError {
                    message,
                    span: Some(rule.span),
                })?;
                Ok(Cow::Owned(value))
            }
            Argument::Pattern(_)
            | Argument::Matcher(_)
            | Argument::Schema(_)
            | Argument::Close(..) => Ok(Cow::Owned(Value::Null)),
        }
    }

    fn truth(&self, rule: &Rule) -> Result<bool, RenderError> {
        Ok(self.argument(rule)?.as_bool().unwrap_or(true))
    }

    fn wrong(rule: &Rule, message: String) -> RenderError {
        RenderError {
            message,
            span: Some(rule.span),
        }
    }

    /// Nothing if the word holds.
    fn holds(
        &self,
        rule: &Rule,
        context: MatcherContext,
        value: &Value,
        many: bool,
    ) -> Result<Option<Failure>, RenderError> {
        let plain = |holds: bool| Ok((!holds).then(Failure::default));
        match &rule.argument {
            Argument::Matcher(inner) => return self.nested(rule.word, inner, value),
            Argument::Pattern(pattern) => {
                return plain(value.as_str().is_some_and(|text| pattern.is_match(text)));
            }
            Argument::Schema(schema) => return Ok(misfit(schema, value)),
            Argument::Close(close) => {
                return self.close(rule, context, value, &close.0, &close.1);
            }
            Argument::Fixed(_) | Argument::Computed(_) => {}
        }
        let argument = self.argument(rule)?;
        match context {
            MatcherContext::Status => {
                if let Some(holds) = word::status_holds(rule.word, value, &argument)
                    .map_err(|message| Self::wrong(rule, message))?
                {
                    return plain(holds);
                }
            }
            MatcherContext::Duration => {
                if let Some(holds) = word::duration_holds(rule.word, value, &argument)
                    .map_err(|message| Self::wrong(rule, message))?
                {
                    return plain(holds);
                }
            }
            MatcherContext::Value | MatcherContext::List => {}
        }
        match rule.word {
            Word::Literal | Word::Eq => {
                if equality::same(value, &argument) {
                    return Ok(None);
                }
                let mut notes = Vec::new();
                structure::differences("$", &argument, value, MOST_NOTES, &mut notes);
                Ok(Some(Failure {
                    actual: None,
                    notes,
                }))
            }
            Word::Ne => plain(!equality::same(value, &argument)),
            Word::Gt | Word::Gte | Word::Lt | Word::Lte => {
                let expected = Quantity::of(&argument).ok_or_else(|| {
                    Self::wrong(
                        rule,
                        format!("{} is neither a number nor a time", describe(&argument)),
                    )
                })?;
                match Quantity::of(value) {
                    None => Ok(Some(Failure {
                        actual: None,
                        notes: vec![format!(
                            "{} is neither a number nor a time, so it has no order",
                            describe(value)
                        )],
                    })),
                    Some(actual) => match actual.compare(&expected) {
                        None => Ok(Some(Failure {
                            actual: None,
                            notes: vec!["a number and a time cannot be compared".to_owned()],
                        })),
                        Some(order) => plain(match rule.word {
                            Word::Gt => order.is_gt(),
                            Word::Gte => order.is_ge(),
                            Word::Lt => order.is_lt(),
                            _ => order.is_le(),
                        }),
                    },
                }
            }
            Word::In | Word::NotIn => {
                let is_in = argument
                    .as_array()
                    .is_some_and(|items| items.iter().any(|item| equality::same(value, item)));
                plain(is_in == (rule.word == Word::In))
            }
            Word::Contains | Word::NotContains => match structure::contains(value, &argument) {
                Some(contains) => plain(contains == (rule.word == Word::Contains)),
                None => Ok(Some(Failure {
                    actual: None,
                    notes: vec![match (value, argument.as_ref()) {
                        (Value::String(_), other) => {
                            format!("text contains only text, never {}", describe(other))
                        }
                        _ => "only text and lists contain something".to_owned(),
                    }],
                })),
            },
            Word::StartsWith | Word::EndsWith => plain(match (value.as_str(), argument.as_str()) {
                (Some(text), Some(part)) if rule.word == Word::StartsWith => text.starts_with(part),
                (Some(text), Some(part)) => text.ends_with(part),
                _ => false,
            }),
            Word::Matches => {
                let pattern = argument.as_str().unwrap_or_default();
                let regex =
                    argument::pattern(pattern).map_err(|message| Self::wrong(rule, message))?;
                plain(value.as_str().is_some_and(|text| regex.is_match(text)))
            }
            Word::Exists => {
                let exists = !many || value.as_array().is_some_and(|items| !items.is_empty());
                plain(exists == argument.as_bool().unwrap_or(true))
            }
            Word::Type => {
                let names = match argument.as_ref() {
                    Value::Array(names) => names.as_slice(),
                    one => std::slice::from_ref(one),
                };
                plain(
                    names
                        .iter()
                        .filter_map(Value::as_str)
                        .filter_map(Kind::named)
                        .any(|kind| kind.fits(value)),
                )
            }
            Word::Format => plain(match (value.as_str(), argument.as_str()) {
                (Some(text), Some(name)) => format::fits(name, text),
                _ => false,
            }),
            Word::Length => {
                let Some(length) = structure::length(value) else {
                    return Ok(Some(Failure {
                        actual: None,
                        notes: vec!["only text, lists and maps have a length".to_owned()],
                    }));
                };
                let holds = equality::same(&Value::from(length), &argument);
                Ok((!holds).then(|| Failure {
                    actual: Some(format!("length {length}: {}", describe(value))),
                    notes: Vec::new(),
                }))
            }
            Word::Empty => match structure::length(value) {
                Some(length) => plain((length == 0) == argument.as_bool().unwrap_or(true)),
                None => Ok(Some(Failure {
                    actual: None,
                    notes: vec!["only text, lists and maps can be empty".to_owned()],
                })),
            },
            Word::Includes => {
                if structure::includes(value, &argument) {
                    return Ok(None);
                }
                let mut notes = Vec::new();
                structure::lacks("$", &argument, value, MOST_NOTES, &mut notes);
                Ok(Some(Failure {
                    actual: None,
                    notes,
                }))
            }
            Word::Unordered => {
                let (Some(actual), Some(expected)) = (value.as_array(), argument.as_array()) else {
                    return plain(false);
                };
                let notes = structure::unordered(actual, expected, MOST_NOTES);
                Ok((!notes.is_empty()).then_some(Failure {
                    actual: None,
                    notes,
                }))
            }
            Word::Schema => {
                let schema = Schema::computed(&argument)
                    .map_err(|message| Self::wrong(rule, format!("the schema: {message}")))?;
                Ok(misfit(&schema, value))
            }
            // Their arguments are matchers, which were seen to above.
            Word::All | Word::Any | Word::None | Word::Not | Word::CloseTo => plain(false),
        }
    }

    fn nested(
        &self,
        word: Word,
        inner: &MatcherTemplate,
        value: &Value,
    ) -> Result<Option<Failure>, RenderError> {
        match word {
            Word::Not => {
                let fails = !self.all_words(inner, value, false)?.is_empty();
                return Ok((!fails).then(Failure::default));
            }
            Word::Length => {
                let Some(length) = structure::length(value) else {
                    return Ok(Some(Failure {
                        actual: None,
                        notes: vec!["only text, lists and maps have a length".to_owned()],
                    }));
                };
                let fails = !self
                    .all_words(inner, &Value::from(length), false)?
                    .is_empty();
                return Ok(fails.then(|| Failure {
                    actual: Some(format!("length {length}: {}", describe(value))),
                    notes: Vec::new(),
                }));
            }
            _ => {}
        }
        let Value::Array(items) = value else {
            return Ok(Some(Failure {
                actual: None,
                notes: vec![format!("`{}` looks into a list", word.name())],
            }));
        };
        if word == Word::All && items.is_empty() {
            return Ok(Some(Failure {
                actual: Some("an empty list".to_owned()),
                notes: Vec::new(),
            }));
        }
        let mut notes = Vec::new();
        let (mut fitting, mut told) = (0_usize, 0_usize);
        for (index, item) in items.iter().enumerate() {
            let mismatches = self.all_words(inner, item, false)?;
            if mismatches.is_empty() {
                fitting += 1;
            }
            if mismatches.is_empty() == (word == Word::None) && word != Word::Any {
                told += 1;
                if told <= MOST_NOTES {
                    notes.push(format!("item {index} is {}", describe(item)));
                    let inner_notes = mismatches.iter().flat_map(|mismatch| &mismatch.notes);
                    notes.extend(inner_notes.map(|note| format!("item {index}: {note}")));
                }
            }
        }
        if told > MOST_NOTES {
            notes.push(format!("and {} more", told - MOST_NOTES));
        }
        let holds = match word {
            Word::All => fitting == items.len(),
            Word::Any => fitting > 0,
            _ => fitting == 0,
        };
        Ok((!holds).then_some(Failure {
            actual: items.is_empty().then(|| "an empty list".to_owned()),
            notes,
        }))
    }

    fn close(
        &self,
        rule: &Rule,
        context: MatcherContext,
        value: &Value,
        target: &ValueTemplate,
        by: &ValueTemplate,
    ) -> Result<Option<Failure>, RenderError> {
        let target = self.engine.build(target, self.scope)?;
        let by = self.engine.build(by, self.scope)?;
        let holds = if context == MatcherContext::Duration {
            word::durations_close(value, &target, &by)
        } else {
            quantity::close(value, &target, &by)
        };
        match holds {
            Ok(true) => Ok(None),
            Ok(false) => Ok(Some(Failure::default())),
            Err(quantity::NotClose::Actual(note)) => Ok(Some(Failure {
                actual: None,
                notes: vec![note],
            })),
            Err(quantity::NotClose::Argument(message)) => Err(Self::wrong(rule, message)),
        }
    }

    /// What a rule wants, in words.
    fn expected(&self, rule: &Rule, context: MatcherContext) -> Result<String, RenderError> {
        match &rule.argument {
            Argument::Pattern(pattern) => return Ok(format!("text that matches `{pattern}`")),
            Argument::Schema(schema) => return Ok(schema.expected()),
            Argument::Matcher(inner) => {
                let parts = inner
                    .rules
                    .iter()
                    .map(|rule| self.expected(rule, inner.context))
                    .collect::<Result<Vec<_>, _>>()?;
                return Ok(format!("{}{}", rule.word.phrase(), parts.join(" and ")));
            }
            Argument::Close(close) => {
                let (target, by) = close.as_ref();
                let target = self.engine.build(target, self.scope)?;
                let by = self.engine.build(by, self.scope)?;
                let by = by.as_str().map_or_else(|| by.to_string(), str::to_owned);
                return Ok(format!("{}, give or take {by}", shown(&target, context)));
            }
            Argument::Fixed(_) | Argument::Computed(_) => {}
        }
        if rule.word == Word::Schema {
            return Ok(schema::EXPECTED.to_owned());
        }
        let argument = self.argument(rule)?;
        let shown = match (context, argument.as_ref()) {
            (MatcherContext::Duration, Value::String(text)) => text.clone(),
            (MatcherContext::Status, Value::String(text)) => text.clone(),
            (_, value) => describe(value),
        };
        Ok(match (rule.word, argument.as_ref()) {
            (Word::Literal, Value::Array(_)) if context == MatcherContext::Status => {
                format!("one of {}", describe::cut(&argument.to_string()))
            }
            (Word::Exists, Value::Bool(false)) => "nothing".to_owned(),
            (Word::Exists, _) => "something".to_owned(),
            (Word::Empty, Value::Bool(false)) => "something not empty".to_owned(),
            (Word::Empty, _) => "something empty".to_owned(),
            (Word::Type, Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" or "),
            (Word::Type | Word::Format, Value::String(name)) => {
                format!("{}{name}", rule.word.phrase())
            }
            (Word::Length, length) => format!("length {length}"),
            (Word::Matches, Value::String(pattern)) => format!("text that matches `{pattern}`"),
            (Word::In | Word::NotIn | Word::Includes | Word::Unordered, value) => {
                format!(
                    "{}{}",
                    rule.word.phrase(),
                    describe::cut(&value.to_string())
                )
            }
            _ => format!("{}{shown}", rule.word.phrase()),
        })
    }
}

/// All that does not fit a schema.
fn misfit(schema: &Schema, value: &Value) -> Option<Failure> {
    let notes = schema.violations(value);
    (!notes.is_empty()).then_some(Failure {
        actual: None,
        notes,
    })
}

/// A value in the words of what it is.
fn shown(value: &Value, context: MatcherContext) -> String {
    match (context, value) {
        (MatcherContext::Duration, Value::Number(number)) => format!("{number}ms"),
        (MatcherContext::Duration, Value::String(text)) => text.clone(),
        _ => describe(value),
    }
}

//! Matchers: what a value must be.

mod argument;
mod check;
mod compile;
mod describe;
pub(crate) mod equality;
mod format;
mod quantity;
mod schema;
mod schema_keywords;
mod structure;
mod word;

use regex::Regex;
use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::node::Node;
use super::source::Span;
use super::template::{Engine, RenderError, Scope, Template, ValueTemplate};
use check::Checking;
use schema::Schema;
use word::Word;

pub use describe::describe;
pub use format::FORMATS;
pub use schema::{NoSchemaFiles, SchemaFiles};

/// A matcher as it is written, its templates compiled and everything that is known already read.
#[derive(Debug, Clone)]
pub struct MatcherTemplate {
    rules: Vec<Rule>,
    context: MatcherContext,
}

/// What is matched.
#[derive(Debug, Clone, Copy)]
pub enum Actual<'a> {
    /// A value.
    Value(&'a Value),
    /// All values that a query gave that can give several.
    Many(&'a [&'a Value]),
    /// Nothing; how far the path got, for the message.
    Missing(&'a str),
}

/// What the matcher is applied to, for what only some subjects allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatcherContext {
    /// A value, or the one value of a singular query.
    Value,
    /// The list of a query that can give several values: a literal that is no list is an error.
    List,
    /// The status: `2xx` and a list of statuses have their own meaning.
    Status,
    /// The time it took: arguments are durations.
    Duration,
}

/// Why a value does not match. One for each word that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was expected, with its type: `string "PENDING"`, `at least number 3`.
    pub expected: String,
    /// What came, with its type: `string "ACTIVE"`, `nothing`.
    pub actual: String,
    /// More to know: which items failed `all`, where two maps differ.
    pub notes: Vec<String>,
}

/// One word with its argument.
#[derive(Debug, Clone)]
struct Rule {
    span: Span,
    word: Word,
    argument: Argument,
}

/// What stands after a word.
#[derive(Debug, Clone)]
enum Argument {
    /// Known before anything runs.
    Fixed(Value),
    /// Computed.
    Computed(ValueTemplate),
    /// A pattern that is known.
    Pattern(Regex),
    /// Another matcher.
    Matcher(MatcherTemplate),
    /// A JSON Schema that is known.
    Schema(Schema),
    /// `{value, by}`.
    Close(Box<(ValueTemplate, ValueTemplate)>),
}

/// The names of all words.
pub fn words() -> impl Iterator<Item = &'static str> {
    Word::names()
}

impl MatcherTemplate {
    /// Reads a matcher; every mistake at once, each with its place. Schemas in files are in `files`.
    pub fn compile(
        node: &Node,
        context: MatcherContext,
        engine: &mut Engine,
        files: &dyn SchemaFiles,
    ) -> Result<MatcherTemplate, Vec<Diagnostic>> {
        let mut reading = compile::Reading {
            engine,
            files,
            mistakes: Vec::new(),
        };
        let matcher = compile::matcher(node, context, &mut reading);
        matcher.ok_or(reading.mistakes)
    }

    /// Whether the value matches. Everything that does not hold is told.
    pub fn check(
        &self,
        actual: Actual<'_>,
        engine: &Engine,
        scope: &Scope,
    ) -> Result<Vec<Mismatch>, RenderError> {
        let checking = Checking { engine, scope };
        match actual {
            Actual::Value(value) => checking.all_words(self, value, false),
            Actual::Many(values) => {
                let list = Value::Array(values.iter().map(|value| (*value).clone()).collect());
                checking.all_words(self, &list, true)
            }
            Actual::Missing(story) => checking.missing(self, story),
        }
    }

    /// Whether it is for statuses and that one stands in it as it is, wanted or not.
    pub fn names_status(&self, status: u16) -> bool {
        self.context == MatcherContext::Status
            && self.rules.iter().any(|rule| match &rule.argument {
                // `lt: 500` means all below it, not that one.
                Argument::Fixed(value) => {
                    rule.word.is_about_equality()
                        && word::statuses(value)
                            .is_ok_and(|ranges| ranges.iter().any(|range| range.is(status)))
                }
                Argument::Matcher(matcher) => matcher.names_status(status),
                Argument::Computed(_)
                | Argument::Pattern(_)
                | Argument::Schema(_)
                | Argument::Close(..) => false,
            })
    }

    /// Calls a function for each template in it.
    pub fn for_each_template(&self, visit: &mut dyn FnMut(&Template)) {
        for rule in &self.rules {
            match &rule.argument {
                Argument::Fixed(_) | Argument::Pattern(_) | Argument::Schema(_) => {}
                Argument::Computed(value) => value.for_each_template(visit),
                Argument::Matcher(matcher) => matcher.for_each_template(visit),
                Argument::Close(close) => {
                    let (value, by) = close.as_ref();
                    value.for_each_template(visit);
                    by.for_each_template(visit);
                }
            }
        }
    }
}

#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;

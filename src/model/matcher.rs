//! Matchers: what a value must be.

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::node::Node;
use super::template::{Engine, RenderError, Scope, Template};

/// A matcher as it is written, its templates compiled and everything that is known already read.
#[derive(Debug, Clone)]
pub struct MatcherTemplate {}

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

impl MatcherTemplate {
    /// Reads a matcher; every mistake at once, each with its place.
    pub fn compile(
        _node: &Node,
        _context: MatcherContext,
        _engine: &mut Engine,
    ) -> Result<MatcherTemplate, Vec<Diagnostic>> {
        unimplemented!()
    }
    /// Whether the value matches. Everything that does not hold is told.
    pub fn check(
        &self,
        _actual: Actual<'_>,
        _engine: &Engine,
        _scope: &Scope,
    ) -> Result<Vec<Mismatch>, RenderError> {
        unimplemented!()
    }
    /// Calls a function for each template in it.
    pub fn for_each_template(&self, _visit: &mut dyn FnMut(&Template)) {
        unimplemented!()
    }
}

/// A value with its type, for messages: `string "PENDING"`, `number 4`, `list [1, 2]`, cut where it is long.
pub fn describe(_value: &Value) -> String {
    unimplemented!()
}

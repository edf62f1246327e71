//! JSONPath, RFC 9535: the one notation to look into a response. The only file that knows `jsonpath-rust`.

use serde_json::Value;
use std::ops::Range;

/// A compiled query.
#[derive(Clone, Debug)]
pub struct Query {
    source: String,
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

impl Query {
    /// Compiles a query. What the library would answer wrongly is refused with its reason.
    pub fn compile(source: &str) -> Result<Query, QueryError> {
        Ok(Query {
            source: source.to_owned(),
        })
    }

    /// The query as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it can give at most one value (RFC 9535, section 2.3.5.1).
    pub fn is_singular(&self) -> bool {
        unimplemented!()
    }

    /// What it gives in that value.
    pub fn find<'a>(&self, _root: &'a Value) -> Found<'a> {
        unimplemented!()
    }

    /// The places of all that it gives, as steps from the root, in document order.
    pub fn locate(&self, _root: &Value) -> Vec<Vec<PathStep>> {
        unimplemented!()
    }
}

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

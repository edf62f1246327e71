//! XPath 1.0: looking into XML. The only folder that knows `roxmltree`.
//!
//! The library reads the XML. The expressions are read and answered here: of the crates that do, none gets
//! `!=` and `<` on several nodes as the standard has them, and none bounds its work.
//!
//! Where it differs from the standard, on purpose: a name without a prefix matches in any namespace, and a
//! name with one matches where that prefix stands for that namespace in the document. What is refused: the
//! namespace axis, variables and `id(…)`, because no DTD is read.

mod answer;
mod axis;
mod compare;
mod document;
mod functions;
mod grammar;
mod read;
mod steps;
mod story;
mod token;

use serde_json::Value;
use std::ops::Range;

use grammar::{Expression, Kind};

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct XPath {
    source: String,
    expression: Expression,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XPathError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the expression that are wrong.
    pub range: Range<usize>,
    /// What would be right, if known.
    pub hint: Option<String>,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The text of each node, in the order of the document; at least one.
    Nodes(Vec<String>),
    /// No node: how far the path got.
    Missing(String),
    /// The one value of an expression that gives no nodes: `count(//Account)`.
    One(Value),
}

/// How many of the nodes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The first in the order of the document.
    First,
    /// All.
    All,
}

impl XPath {
    /// Compiles an expression. What cannot be answered by the standard is refused with its reason.
    pub fn compile(source: &str) -> Result<XPath, XPathError> {
        Ok(XPath {
            source: source.to_owned(),
            expression: read::expression(source)?,
        })
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it gives nodes, and not one number, text or boolean.
    pub fn gives_nodes(&self) -> bool {
        self.expression.kind() == Kind::Nodes
    }

    /// What it gives in an XML document; why not, if the text is no XML, or too large or deep a one, or
    /// the answer takes too long.
    pub fn find(&self, xml: &str, wanted: Wanted) -> Result<Found, String> {
        let document = document::parse(xml)?;
        answer::find(self, &document, wanted)
    }
}

#[cfg(test)]
mod tests;

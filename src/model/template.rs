//! Templates and expressions. The only file that knows `minijinja`.

use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

use super::exchange::Response;
use super::node::Node;
use super::source::Span;

/// What compiles templates and evaluates them: one for a run.
#[derive(Debug, Default)]
pub struct Engine {}

/// A compiled string in which `{{ … }}` may stand.
#[derive(Clone, Debug)]
pub struct Template {}

/// A compiled bare expression.
#[derive(Clone, Debug)]
pub struct Expression {}

/// A YAML value whose strings are templates.
#[derive(Clone, Debug)]
pub struct ValueTemplate {}

/// A name that a template reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameUse {
    /// The name and what is read in it: `["steps", "login", "status"]`.
    pub path: Vec<String>,
    /// Its bytes in the template's text.
    pub range: Range<usize>,
    /// Whether the template only asks if it is there (`x is defined`, `x | default(…)`).
    pub may_be_missing: bool,
}

/// What is wrong with a template, when it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the template's text that are wrong.
    pub range: Range<usize>,
    /// What would be right, if known.
    pub hint: Option<String>,
}

/// Why a template gave nothing, when it was evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// What is wrong.
    pub message: String,
    /// Where in the file.
    pub span: Option<Span>,
}

/// What the world gives to functions: time, randomness, files.
pub trait World: Send + Sync + std::fmt::Debug {
    /// The target's time, in nanoseconds since 1970.
    fn now(&self) -> i128;
    /// 64 random bits.
    fn random(&self) -> u64;
    /// The text of a file of the project, by a path relative to the file that names it, or why not.
    fn file(&self, from: super::source::FileId, path: &str) -> Result<String, String>;
}

/// The names that a template may read.
#[derive(Clone, Debug)]
pub struct Scope {}

impl Scope {
    /// A scope with nothing in it.
    pub fn new(_world: Arc<dyn World>) -> Self {
        unimplemented!()
    }
    /// Gives a name a value; a name that was there is replaced.
    pub fn set(&mut self, _name: &str, _value: Value) {
        unimplemented!()
    }
    /// The value of a name.
    pub fn get(&self, _name: &str) -> Option<Value> {
        unimplemented!()
    }
    /// Makes an earlier step's response readable as `steps.<id>`.
    pub fn set_step(&mut self, _id: &str, _response: Arc<Response>) {
        unimplemented!()
    }
    /// The same names, and those of the current response over them.
    pub fn with_response(&self, _response: Arc<Response>) -> Scope {
        unimplemented!()
    }
}

impl Engine {
    /// Compiles a string; a `FileId` in the span tells `file(path)` where it is relative to.
    pub fn template(&mut self, _text: &super::node::Text) -> Result<Template, TemplateError> {
        unimplemented!()
    }
    /// Compiles a bare expression.
    pub fn expression(&mut self, _text: &super::node::Text) -> Result<Expression, TemplateError> {
        unimplemented!()
    }
    /// Compiles all strings of a value, all mistakes at once, each with its place.
    pub fn value(
        &mut self,
        _node: &Node,
    ) -> Result<ValueTemplate, Vec<super::diagnostic::Diagnostic>> {
        unimplemented!()
    }
    /// What a template gives; one that is exactly one `{{ expression }}` keeps the expression's type.
    pub fn evaluate(&self, _template: &Template, _scope: &Scope) -> Result<Value, RenderError> {
        unimplemented!()
    }
    /// What a template gives as text, values in JSON's spelling; a list, a map or null is an error.
    pub fn render(&self, _template: &Template, _scope: &Scope) -> Result<String, RenderError> {
        unimplemented!()
    }
    /// What an expression gives.
    pub fn compute(&self, _expression: &Expression, _scope: &Scope) -> Result<Value, RenderError> {
        unimplemented!()
    }
    /// What an expression gives; anything but a boolean is an error.
    pub fn decide(&self, _expression: &Expression, _scope: &Scope) -> Result<bool, RenderError> {
        unimplemented!()
    }
    /// A whole value with its templates evaluated.
    pub fn build(&self, _value: &ValueTemplate, _scope: &Scope) -> Result<Value, RenderError> {
        unimplemented!()
    }
    /// The same as JSON text, members in the order in which they are written.
    pub fn build_json(
        &self,
        _value: &ValueTemplate,
        _scope: &Scope,
    ) -> Result<String, RenderError> {
        unimplemented!()
    }
}

impl Template {
    /// A template that is just this text.
    pub fn literal(_text: &str, _span: Span) -> Template {
        unimplemented!()
    }
    /// The text, if there is nothing to evaluate in it.
    pub fn as_literal(&self) -> Option<&str> {
        unimplemented!()
    }
    /// The names that it reads.
    pub fn names(&self) -> &[NameUse] {
        unimplemented!()
    }
    /// Whether it calls `now()` or `today()`.
    pub fn uses_clock(&self) -> bool {
        unimplemented!()
    }
    /// The place of the whole.
    pub fn span(&self) -> Span {
        unimplemented!()
    }
    /// The place of a part of its text.
    pub fn part(&self, _range: Range<usize>) -> Span {
        unimplemented!()
    }
}

impl Expression {
    /// The text.
    pub fn source(&self) -> &str {
        unimplemented!()
    }
    /// The names that it reads.
    pub fn names(&self) -> &[NameUse] {
        unimplemented!()
    }
    /// Whether it calls `now()` or `today()`.
    pub fn uses_clock(&self) -> bool {
        unimplemented!()
    }
    /// The place of the whole.
    pub fn span(&self) -> Span {
        unimplemented!()
    }
    /// The place of a part of its text.
    pub fn part(&self, _range: Range<usize>) -> Span {
        unimplemented!()
    }
}

impl ValueTemplate {
    /// A value with no template in it.
    pub fn fixed(_value: Value) -> ValueTemplate {
        unimplemented!()
    }
    /// The value, if there is nothing to evaluate in it.
    pub fn as_fixed(&self) -> Option<Value> {
        unimplemented!()
    }
    /// Calls a function for each template in it.
    pub fn for_each_template(&self, _visit: &mut dyn FnMut(&Template)) {
        unimplemented!()
    }
}

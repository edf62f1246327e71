//! What an expression is made of.

use super::functions::Function;

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nodes,
    Text,
    Number,
    Boolean,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Nodes => "nodes",
            Kind::Text => "text",
            Kind::Number => "a number",
            Kind::Boolean => "true or false",
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Or(Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    Calculate(Calculation, Box<Expression>, Box<Expression>),
    Negate(Box<Expression>),
    Union(Box<Expression>, Box<Expression>),
    Path(Path),
    Text(String),
    Number(f64),
    Call(Function, Vec<Expression>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is done with two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A path: where it begins, and its steps.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// At the document: `/a`.
    Root,
    /// Where the expression is evaluated: `a`.
    Here,
    /// At what an expression gives, filtered: `(//a)[1]/b`. Its end in the source.
    Given(Box<Expression>, Vec<Expression>, usize),
}

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expression>,
    /// Where it ends in the source.
    pub(super) end: usize,
}

/// In which direction a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

/// Every axis with its name.
pub(super) const AXES: [(Axis, &str); 12] = [
    (Axis::Ancestor, "ancestor"),
    (Axis::AncestorOrSelf, "ancestor-or-self"),
    (Axis::Attribute, "attribute"),
    (Axis::Child, "child"),
    (Axis::Descendant, "descendant"),
    (Axis::DescendantOrSelf, "descendant-or-self"),
    (Axis::Following, "following"),
    (Axis::FollowingSibling, "following-sibling"),
    (Axis::Parent, "parent"),
    (Axis::Preceding, "preceding"),
    (Axis::PrecedingSibling, "preceding-sibling"),
    (Axis::Itself, "self"),
];

/// Which nodes a step takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// Elements, or attributes on their axis, with that name; in any namespace if there is no prefix.
    Name(Option<String>, String),
    /// Any element or attribute; with a prefix, those of its namespace.
    Any(Option<String>),
    /// `node()`.
    Node,
    /// `text()`.
    Text,
    /// `comment()`.
    Comment,
    /// `processing-instruction()`, maybe with a target.
    Instruction(Option<String>),
}

impl Expression {
    /// What it gives.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Expression::Or(..) | Expression::And(..) | Expression::Compare(..) => Kind::Boolean,
            Expression::Calculate(..) | Expression::Negate(_) | Expression::Number(_) => {
                Kind::Number
            }
            Expression::Union(..) | Expression::Path(_) => Kind::Nodes,
            Expression::Text(_) => Kind::Text,
            Expression::Call(function, _) => function.gives(),
        }
    }
}

//! What an expression gives in a document.

use roxmltree::Document;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::cell::Cell;

use super::axis::Item;
use super::grammar::{Axis, Calculation, Expression, Path, Start, Step, Test};
use super::{Found, Wanted, XPath, compare, functions, story};

/// What one answer may cost: a node that is looked at is one, and so are 64 bytes of text.
const BUDGET: u64 = 10_000_000;

/// The answer would cost more than it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop;

/// What an answer may still cost.
pub(super) struct Budget(Cell<u64>);

impl Budget {
    pub(super) fn spend(&self, cost: u64) -> Result<(), Stop> {
        let left = self.0.get().checked_sub(cost).ok_or(Stop)?;
        self.0.set(left);
        Ok(())
    }

    pub(super) fn spend_text(&self, text: &str) -> Result<(), Stop> {
        self.spend(1 + text.len() as u64 / 64)
    }
}

/// A value of XPath.
#[derive(Debug)]
pub(super) enum Given<'d> {
    /// In the order of the document, each once.
    Nodes(Vec<Item<'d>>),
    Text(Cow<'d, str>),
    Number(f64),
    Boolean(bool),
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Place<'a, 'd> {
    pub(super) item: Item<'d>,
    pub(super) position: usize,
    pub(super) size: usize,
    pub(super) budget: &'a Budget,
}

/// Answers an expression.
pub(super) fn find<'d>(
    xpath: &XPath,
    document: &'d Document<'d>,
    wanted: Wanted,
) -> Result<Found, String> {
    let budget = Budget(Cell::new(BUDGET));
    let place = Place {
        item: document.root().into(),
        position: 1,
        size: 1,
        budget: &budget,
    };
    found(xpath, place, wanted).unwrap_or_else(|Stop| {
        Err("the answer takes too long: the XPath looks at too many nodes".to_owned())
    })
}

fn found(
    xpath: &XPath,
    place: Place<'_, '_>,
    wanted: Wanted,
) -> Result<Result<Found, String>, Stop> {
    Ok(Ok(match evaluate(&xpath.expression, place)? {
        Given::Nodes(nodes) if nodes.is_empty() => Found::Missing(story::tell(xpath, place)?),
        Given::Nodes(nodes) => {
            let most = if wanted == Wanted::All {
                nodes.len()
            } else {
                1
            };
            let texts: Result<Vec<String>, Stop> = nodes
                .iter()
                .take(most)
                .map(|node| Ok(node.text(place.budget)?.into_owned()))
                .collect();
            Found::Nodes(texts?)
        }
        Given::Text(text) => Found::One(Value::from(text.as_ref())),
        Given::Boolean(truth) => Found::One(Value::from(truth)),
        Given::Number(number) => match json(number) {
            Some(value) => Found::One(value),
            None => {
                return Ok(Err(format!(
                    "it gives {}, which is no number of JSON",
                    functions::number_text(number)
                )));
            }
        },
    }))
}

/// A whole number where it is one; none for what JSON has not.
fn json(number: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and below 2^53"
        )]
        let whole = number as i64;
        return Some(Value::from(whole));
    }
    Number::from_f64(number).map(Value::Number)
}

/// The value of an expression at a place.
pub(super) fn evaluate<'d>(
    expression: &Expression,
    place: Place<'_, 'd>,
) -> Result<Given<'d>, Stop> {
    place.budget.spend(1)?;
    Ok(match expression {
        Expression::Text(text) => Given::Text(Cow::Owned(text.clone())),
        Expression::Number(number) => Given::Number(*number),
        Expression::Or(left, right) => Given::Boolean(truth(left, place)? || truth(right, place)?),
        Expression::And(left, right) => Given::Boolean(truth(left, place)? && truth(right, place)?),
        Expression::Compare(comparison, left, right) => {
            let (left, right) = (evaluate(left, place)?, evaluate(right, place)?);
            Given::Boolean(compare::holds(*comparison, &left, &right, place.budget)?)
        }
        Expression::Calculate(calculation, left, right) => {
            let left = functions::number(&evaluate(left, place)?, place.budget)?;
            let right = functions::number(&evaluate(right, place)?, place.budget)?;
            Given::Number(match calculation {
                Calculation::Add => left + right,
                Calculation::Subtract => left - right,
                Calculation::Multiply => left * right,
                Calculation::Divide => left / right,
                Calculation::Remainder => left % right,
            })
        }
        Expression::Negate(inner) => {
            Given::Number(-functions::number(&evaluate(inner, place)?, place.budget)?)
        }
        Expression::Union(left, right) => {
            let mut nodes = self::nodes(left, place)?;
            nodes.extend(self::nodes(right, place)?);
            Given::Nodes(in_order(nodes, place.budget)?)
        }
        Expression::Path(path) => Given::Nodes(walk(path, path.steps.len(), place)?),
        Expression::Call(function, arguments) => functions::call(*function, arguments, place)?,
    })
}

fn truth(expression: &Expression, place: Place<'_, '_>) -> Result<bool, Stop> {
    Ok(functions::truth(&evaluate(expression, place)?))
}

/// The nodes of an expression that gives some; of any other, which reading refuses, none.
pub(super) fn nodes<'d>(
    expression: &Expression,
    place: Place<'_, 'd>,
) -> Result<Vec<Item<'d>>, Stop> {
    Ok(match evaluate(expression, place)? {
        Given::Nodes(nodes) => nodes,
        _ => Vec::new(),
    })
}

/// The nodes that the first steps of a path lead to.
pub(super) fn walk<'d>(
    path: &Path,
    steps: usize,
    place: Place<'_, 'd>,
) -> Result<Vec<Item<'d>>, Stop> {
    let mut found = match &path.start {
        Start::Here => vec![place.item],
        Start::Root => vec![place.item.node.document().root().into()],
        Start::Given(expression, predicates, _) => {
            let mut nodes = nodes(expression, place)?;
            for predicate in predicates {
                nodes = filter(predicate, nodes, place.budget)?;
            }
            nodes
        }
    };
    let mut steps = path.steps.get(..steps).unwrap_or_default();
    while let Some((step, after)) = steps.split_first() {
        steps = after;
        // `//name` is one walk where no predicate counts children.
        if let (Some(axis), Some((next, after))) = (is_anywhere(step), after.split_first())
            && next.axis == Axis::Child
            && next.predicates.is_empty()
        {
            found = take(axis, next, found, place.budget)?;
            steps = after;
            continue;
        }
        found = take(step.axis, step, found, place.budget)?;
    }
    Ok(found)
}

/// The axis that `//` becomes before a child.
fn is_anywhere(step: &Step) -> Option<Axis> {
    (step.axis == Axis::DescendantOrSelf && step.test == Test::Node && step.predicates.is_empty())
        .then_some(Axis::Descendant)
}

fn take<'d>(
    axis: Axis,
    step: &Step,
    from: Vec<Item<'d>>,
    budget: &Budget,
) -> Result<Vec<Item<'d>>, Stop> {
    let mut all = Vec::new();
    for item in from {
        let mut nodes = item.along(axis, &step.test, budget)?;
        for predicate in &step.predicates {
            nodes = filter(predicate, nodes, budget)?;
        }
        all.extend(nodes);
    }
    in_order(all, budget)
}

/// The nodes for which a predicate holds: a number is a position.
fn filter<'d>(
    predicate: &Expression,
    nodes: Vec<Item<'d>>,
    budget: &Budget,
) -> Result<Vec<Item<'d>>, Stop> {
    let size = nodes.len();
    let mut kept = Vec::new();
    for (index, item) in nodes.into_iter().enumerate() {
        let position = index + 1;
        let place = Place {
            item,
            position,
            size,
            budget,
        };
        let holds = match evaluate(predicate, place)? {
            #[expect(clippy::float_cmp, reason = "the standard asks for the exact number")]
            Given::Number(number) => number == functions::count(position),
            other => functions::truth(&other),
        };
        if holds {
            kept.push(item);
        }
    }
    Ok(kept)
}

fn in_order<'d>(mut nodes: Vec<Item<'d>>, budget: &Budget) -> Result<Vec<Item<'d>>, Stop> {
    budget.spend(nodes.len() as u64)?;
    nodes.sort_unstable();
    nodes.dedup();
    Ok(nodes)
}

//! Comparing, by section 3.4 of the standard: of several nodes, one that fits is enough.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::answer::{Budget, Given, Stop};
use super::axis::Item;
use super::functions::{number, number_of, text, truth};
use super::grammar::Comparison;

pub(super) fn holds(
    comparison: Comparison,
    left: &Given<'_>,
    right: &Given<'_>,
    budget: &Budget,
) -> Result<bool, Stop> {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    Ok(match (left, right) {
        (Given::Nodes(left), Given::Nodes(right)) if is_equality => {
            let (left, right) = (texts(left, budget)?, texts(right, budget)?);
            if comparison == Comparison::Equal {
                !left.is_disjoint(&right)
            } else {
                // Two that differ: there are both, and more than one text in all.
                !left.is_empty() && !right.is_empty() && left.union(&right).nth(1).is_some()
            }
        }
        (Given::Nodes(left), Given::Nodes(right)) => {
            // The least of one side and the greatest of the other decide.
            let (left, right) = (numbers(left, budget)?, numbers(right, budget)?);
            let (least, greatest) = (
                |all: &[f64]| all.iter().copied().reduce(f64::min),
                |all: &[f64]| all.iter().copied().reduce(f64::max),
            );
            let pair = match comparison {
                Comparison::Less | Comparison::LessOrEqual => least(&left).zip(greatest(&right)),
                _ => greatest(&left).zip(least(&right)),
            };
            pair.is_some_and(|(left, right)| numbers_hold(comparison, left, right))
        }
        (Given::Boolean(_), _) | (_, Given::Boolean(_)) => {
            let (left, right) = (truth(left), truth(right));
            numbers_hold(comparison, f64::from(left), f64::from(right))
        }
        (Given::Nodes(nodes), other) => {
            any(nodes, budget, |item| one(comparison, &item, other, budget))?
        }
        (other, Given::Nodes(nodes)) => {
            any(nodes, budget, |item| one(comparison, other, &item, budget))?
        }
        (left, right) => one(comparison, left, right, budget)?,
    })
}

/// Two values of which neither is nodes or a boolean.
fn one(
    comparison: Comparison,
    left: &Given<'_>,
    right: &Given<'_>,
    budget: &Budget,
) -> Result<bool, Stop> {
    if let (Comparison::Equal | Comparison::NotEqual, Given::Text(left), Given::Text(right)) =
        (comparison, left, right)
    {
        return Ok((left == right) == (comparison == Comparison::Equal));
    }
    Ok(numbers_hold(
        comparison,
        number(left, budget)?,
        number(right, budget)?,
    ))
}

fn any<'d>(
    nodes: &[Item<'d>],
    budget: &Budget,
    mut holds: impl FnMut(Given<'d>) -> Result<bool, Stop>,
) -> Result<bool, Stop> {
    for node in nodes {
        if holds(Given::Text(node.text(budget)?))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn texts<'d>(nodes: &[Item<'d>], budget: &Budget) -> Result<BTreeSet<Cow<'d, str>>, Stop> {
    nodes.iter().map(|node| node.text(budget)).collect()
}

/// The numbers among them: what is none is neither less nor greater than anything.
fn numbers(nodes: &[Item<'_>], budget: &Budget) -> Result<Vec<f64>, Stop> {
    let mut all = Vec::new();
    for node in nodes {
        let number = number_of(&text(&Given::Nodes(vec![*node]), budget)?);
        if !number.is_nan() {
            all.push(number);
        }
    }
    Ok(all)
}

#[expect(clippy::float_cmp, reason = "the standard asks for the exact number")]
fn numbers_hold(comparison: Comparison, left: f64, right: f64) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}

//! Which items of two lists belong together, by what is in them.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::time::Instant;

use super::numbered;
use crate::snapshot::diff::PATIENCE;
use crate::snapshot::exact::Exact;

/// An item's place in the old list and in the new one; one that is in only one of them came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair(pub(super) Option<usize>, pub(super) Option<usize>);

/// So many pairs are weighed one by one to find those that belong together.
const MOST_WEIGHED: usize = 10_000;

/// Pairs with less in common than half are two different items.
pub(super) const ALIKE: u32 = 50;

/// What lists have in them.
pub(super) trait Item {
    /// A number that equal items share, and those that differ only in the numbers of placeholders.
    fn mark(&self) -> u64;
    /// How much two have in common, of 100.
    fn alike(&self, other: &Self) -> u32;
}

/// The items of both lists in order. Equal ones first; what stands between them goes by likeness.
pub(super) fn align<T: Item>(old: &[T], new: &[T]) -> Vec<Pair> {
    let (old_marks, new_marks): (Vec<u64>, Vec<u64>) = (
        old.iter().map(T::mark).collect(),
        new.iter().map(T::mark).collect(),
    );
    let deadline = Some(Instant::now() + PATIENCE);
    let mut pairs = Vec::new();
    for operation in
        capture_diff_slices_deadline(Algorithm::Myers, &old_marks, &new_marks, deadline)
    {
        let (left, right) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Equal { .. }) || left.len() == right.len() {
            pairs.extend(
                left.zip(right)
                    .map(|(left, right)| Pair(Some(left), Some(right))),
            );
        } else {
            by_likeness(old, new, left, right, &mut pairs);
        }
    }
    pairs
}

/// The order-keeping pairing with the most in common.
fn by_likeness<T: Item>(
    old: &[T],
    new: &[T],
    left: Range<usize>,
    right: Range<usize>,
    pairs: &mut Vec<Pair>,
) {
    let (rows, columns) = (left.len(), right.len());
    let together =
        |row: usize, column: usize| Pair(Some(left.start + row), Some(right.start + column));
    if rows.saturating_mul(columns) > MOST_WEIGHED {
        let both = rows.min(columns);
        pairs.extend((0..both).map(|index| together(index, index)));
        pairs.extend(left.clone().skip(both).map(|index| Pair(Some(index), None)));
        pairs.extend(
            right
                .clone()
                .skip(both)
                .map(|index| Pair(None, Some(index))),
        );
        return;
    }
    let likeness: Vec<Vec<u32>> = left
        .clone()
        .map(|row| {
            right
                .clone()
                .map(|column| old[row].alike(&new[column]))
                .collect()
        })
        .collect();
    // What the rows and columns from here on have in common at best.
    let mut best = vec![vec![0_u32; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let paired = match likeness[row][column] {
                weight if weight >= ALIKE => weight + best[row + 1][column + 1],
                _ => 0,
            };
            best[row][column] = paired.max(best[row + 1][column]).max(best[row][column + 1]);
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        let weight = likeness[row][column];
        if weight >= ALIKE && best[row][column] == weight + best[row + 1][column + 1] {
            pairs.push(together(row, column));
            row += 1;
            column += 1;
        } else if best[row][column] == best[row + 1][column] {
            pairs.push(Pair(Some(left.start + row), None));
            row += 1;
        } else {
            pairs.push(Pair(None, Some(right.start + column)));
            column += 1;
        }
    }
    pairs.extend((left.start + row..left.end).map(|index| Pair(Some(index), None)));
    pairs.extend((right.start + column..right.end).map(|index| Pair(None, Some(index))));
}

impl Item for Exact<'_> {
    fn mark(&self) -> u64 {
        mark(self)
    }

    fn alike(&self, other: &Self) -> u32 {
        match (self, other) {
            (Exact::Map(old), Exact::Map(new)) => {
                let most = old.len().max(new.len()).max(1);
                let common: usize = old
                    .iter()
                    .map(
                        |(key, value)| match new.binary_search_by(|(other, _)| other.cmp(key)) {
                            Ok(at) => likeness_of_members(value, &new[at].1),
                            Err(_) => 0,
                        },
                    )
                    .sum();
                u32::try_from(common / most).unwrap_or(0)
            }
            (Exact::List(_), Exact::List(_)) => ALIKE,
            _ => 0,
        }
    }
}

fn likeness_of_members(old: &Exact, new: &Exact) -> usize {
    match (old, new) {
        _ if mark(old) == mark(new) => 100,
        (Exact::Map(_), Exact::Map(_)) | (Exact::List(_), Exact::List(_)) => 50,
        _ => 0,
    }
}

fn mark(value: &Exact) -> u64 {
    let mut hasher = DefaultHasher::new();
    feed(value, &mut hasher);
    hasher.finish()
}

fn feed(value: &Exact, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Exact::Null | Exact::Removed => {}
        Exact::Bool(truth) => truth.hash(hasher),
        Exact::Number(number) => number.hash(hasher),
        Exact::Text(text) if text.contains('[') => numbered::loose(text).hash(hasher),
        Exact::Text(text) => text.hash(hasher),
        Exact::List(items) => {
            items.len().hash(hasher);
            items.iter().for_each(|item| feed(item, hasher));
        }
        Exact::Map(members) => {
            members.len().hash(hasher);
            for (key, value) in members {
                key.hash(hasher);
                feed(value, hasher);
            }
        }
        Exact::Kept(inside) => feed(inside, hasher),
    }
}

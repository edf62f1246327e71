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

/// So much is compared at most to find which of two lists' items belong together: parts of one with parts of another.
const MOST_WORK: usize = 4_000_000;

/// A pair costs this much besides its parts.
const WORK_OF_PAIR: usize = 4;

/// Pairs with less in common than half are two different items.
pub(super) const ALIKE: u32 = 50;

/// What lists have in them.
pub(super) trait Item {
    /// What likeness is seen by. It is made once for an item, which may be compared with hundreds.
    type Parts<'a>
    where
        Self: 'a;

    /// A number that equal items share, and those that differ only in the numbers of placeholders.
    fn mark(&self) -> u64;
    /// The parts.
    fn parts(&self) -> Self::Parts<'_>;
    /// How many parts there are.
    fn count(parts: &Self::Parts<'_>) -> usize;
    /// How much two have in common, of 100.
    fn alike(old: &Self::Parts<'_>, new: &Self::Parts<'_>) -> u32;
}

/// How much may still be compared in two documents, however their lists lie in each other.
#[derive(Debug)]
pub(super) struct Effort {
    left: usize,
}

impl Effort {
    pub(super) fn new() -> Effort {
        Effort { left: MOST_WORK }
    }

    /// Whether there is so much left; it is taken then.
    fn take(&mut self, work: usize) -> bool {
        let is_enough = work <= self.left;
        if is_enough {
            self.left -= work;
        }
        is_enough
    }
}

/// The items of both lists in order. Equal ones first; what stands between them goes by likeness.
pub(super) fn align<T: Item>(old: &[T], new: &[T], effort: &mut Effort) -> Vec<Pair> {
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
            continue;
        }
        match likeness(&old[left.clone()], &new[right.clone()], effort) {
            Some(likeness) => by_likeness(&likeness, left, right, &mut pairs),
            None => by_place(left, right, &mut pairs),
        }
    }
    pairs
}

/// How alike each of the old ones is to each of the new ones; nothing where that would take too much work.
fn likeness<T: Item>(old: &[T], new: &[T], effort: &mut Effort) -> Option<Vec<Vec<u32>>> {
    let (rows, columns) = (old.len(), new.len());
    // Before their parts are made, which takes work as well.
    if rows.saturating_mul(columns) > effort.left / WORK_OF_PAIR {
        return None;
    }
    let old: Vec<_> = old.iter().map(T::parts).collect();
    let new: Vec<_> = new.iter().map(T::parts).collect();
    let parts = |all: &[T::Parts<'_>]| all.iter().map(T::count).sum::<usize>();
    let pairs = rows * columns * WORK_OF_PAIR;
    let work = parts(&old)
        .saturating_mul(columns)
        .saturating_add(parts(&new).saturating_mul(rows))
        .saturating_add(pairs);
    effort.take(work).then(|| {
        let row = |old| new.iter().map(|new| T::alike(old, new)).collect();
        old.iter().map(row).collect()
    })
}

/// The first with the first, and so on.
fn by_place(left: Range<usize>, right: Range<usize>, pairs: &mut Vec<Pair>) {
    let both = left.len().min(right.len());
    let together = left.clone().zip(right.clone());
    pairs.extend(together.map(|(left, right)| Pair(Some(left), Some(right))));
    pairs.extend(left.skip(both).map(|index| Pair(Some(index), None)));
    pairs.extend(right.skip(both).map(|index| Pair(None, Some(index))));
}

/// The order-keeping pairing with the most in common.
fn by_likeness(
    likeness: &[Vec<u32>],
    left: Range<usize>,
    right: Range<usize>,
    pairs: &mut Vec<Pair>,
) {
    let (rows, columns) = (left.len(), right.len());
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
            pairs.push(Pair(Some(left.start + row), Some(right.start + column)));
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

/// What likeness of two JSON values is seen by.
pub(super) enum Parts<'a> {
    /// The members, sorted by key.
    Map(Vec<Member<'a>>),
    List,
    Other,
}

/// A member of a map.
pub(super) struct Member<'a> {
    key: &'a str,
    mark: u64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Map,
    List,
    Other,
}

fn kind(value: &Exact) -> Kind {
    match value {
        Exact::Map(_) => Kind::Map,
        Exact::List(_) => Kind::List,
        _ => Kind::Other,
    }
}

impl Item for Exact<'_> {
    type Parts<'a>
        = Parts<'a>
    where
        Self: 'a;

    fn mark(&self) -> u64 {
        mark(self)
    }

    fn parts(&self) -> Parts<'_> {
        match self {
            Exact::Map(members) => {
                let members = members.iter().map(|(key, value)| Member {
                    key,
                    mark: mark(value),
                    kind: kind(value),
                });
                Parts::Map(members.collect())
            }
            Exact::List(_) => Parts::List,
            _ => Parts::Other,
        }
    }

    fn count(parts: &Parts<'_>) -> usize {
        match parts {
            Parts::Map(members) => members.len(),
            Parts::List | Parts::Other => 1,
        }
    }

    fn alike(old: &Parts<'_>, new: &Parts<'_>) -> u32 {
        match (old, new) {
            (Parts::Map(old), Parts::Map(new)) => {
                let most = old.len().max(new.len()).max(1);
                u32::try_from(in_common(old, new) / most).unwrap_or(0)
            }
            (Parts::List, Parts::List) => ALIKE,
            _ => 0,
        }
    }
}

/// What the members of two maps have in common, 100 each.
fn in_common(old: &[Member<'_>], new: &[Member<'_>]) -> usize {
    let (mut common, mut at) = (0, 0);
    for member in old {
        while new.get(at).is_some_and(|other| other.key < member.key) {
            at += 1;
        }
        common += match new.get(at).filter(|other| other.key == member.key) {
            Some(other) if other.mark == member.mark => 100,
            Some(other) if other.kind == member.kind && member.kind != Kind::Other => 50,
            _ => 0,
        };
    }
    common
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// An item that counts what is asked of it. No two are equal.
    struct Counted<'a> {
        number: u64,
        width: usize,
        made: &'a Cell<usize>,
        compared: &'a Cell<usize>,
    }

    impl Item for Counted<'_> {
        type Parts<'b>
            = &'b Self
        where
            Self: 'b;

        fn mark(&self) -> u64 {
            self.number
        }

        fn parts(&self) -> &Self {
            self.made.set(self.made.get() + 1);
            self
        }

        fn count(parts: &&Self) -> usize {
            parts.width
        }

        fn alike(old: &&Self, new: &&Self) -> u32 {
            old.compared
                .set(old.compared.get() + old.width + new.width + WORK_OF_PAIR);
            if old.number / 2 == new.number / 2 {
                100
            } else {
                0
            }
        }
    }

    /// How often parts were made, and how much was compared.
    fn work(old: usize, new: usize, width: usize, lists: usize) -> (usize, usize, Vec<Pair>) {
        let (made, compared) = (Cell::new(0), Cell::new(0));
        let list = |count: usize, from: u64| -> Vec<Counted<'_>> {
            (0..count as u64)
                .map(|index| Counted {
                    number: (index + from) * 2 + from,
                    width,
                    made: &made,
                    compared: &compared,
                })
                .collect()
        };
        // The old ones are even and the new ones odd; the first of the new ones has no like.
        let (old, mut new) = (list(old, 0), list(new, 1));
        new.rotate_right(1);
        let mut effort = Effort::new();
        let mut pairs = Vec::new();
        for _ in 0..lists {
            pairs = align(&old, &new, &mut effort);
        }
        (made.get(), compared.get(), pairs)
    }

    #[test]
    fn what_an_item_has_in_it_is_looked_up_once() {
        let (made, compared, _) = work(300, 301, 5, 1);
        assert_eq!(made, 601);
        assert_eq!(compared, 300 * 301 * 14);
    }

    #[test]
    fn documents_of_any_make_take_bounded_work() {
        for (old, new, width, lists) in [
            (100, 99, 1_000_000, 1),
            (30_000, 30_001, 1, 1),
            (500, 501, 4, 1_000),
            (1, 1_500_000, 1, 1),
        ] {
            let (_, compared, pairs) = work(old, new, width, lists);
            assert!(compared <= MOST_WORK, "{compared}");
            assert!(pairs.len() >= new, "{}", pairs.len());
        }
    }
}

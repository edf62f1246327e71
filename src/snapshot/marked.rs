//! Which lines of a diff belong beside each other, and what differs inside two such lines.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::ops::Range;
use std::time::Instant;

use super::diff::PATIENCE;
use crate::model::marked::{Line, Piece, Row};
use crate::model::outcome::DiffLine;

/// Blocks with more pairs of lines than this are paired by their order.
const MOST_PAIRS: usize = 40_000;
/// Lines about different things that have less than this share of their text in common are marked as a whole.
const LEAST_COMMON: f64 = 0.3;

/// The lines of a diff as rows of two columns.
pub fn marked(diff: &[DiffLine]) -> Vec<Row> {
    let deadline = Instant::now() + PATIENCE;
    let (mut old_number, mut new_number) = (1, 1);
    let mut rows = Vec::with_capacity(diff.len());
    let mut at = 0;
    while at < diff.len() {
        match &diff[at] {
            DiffLine::Same(text) => {
                rows.push(Row::Same(old_number, new_number, text.clone()));
                old_number += 1;
                new_number += 1;
                at += 1;
            }
            DiffLine::Folded(count) => {
                rows.push(Row::Folded(*count));
                old_number += count;
                new_number += count;
                at += 1;
            }
            DiffLine::Removed(_) | DiffLine::Added(_) => {
                let (mut old, mut new) = (Vec::new(), Vec::new());
                while let Some(DiffLine::Removed(line)) = diff.get(at) {
                    old.push(line.as_str());
                    at += 1;
                }
                while let Some(DiffLine::Added(line)) = diff.get(at) {
                    new.push(line.as_str());
                    at += 1;
                }
                for (left, right) in pairs(&old, &new) {
                    let (left_pieces, right_pieces) = pieces(
                        left.map(|index| old[index]),
                        right.map(|index| new[index]),
                        deadline,
                    );
                    let line = |index: Option<usize>, from: usize, pieces: Vec<Piece>| {
                        let number = from + index?;
                        Some(Line { number, pieces })
                    };
                    rows.push(Row::Changed(
                        line(left, old_number, left_pieces),
                        line(right, new_number, right_pieces),
                    ));
                }
                old_number += old.len();
                new_number += new.len();
            }
        }
    }
    rows
}

type Pair = (Option<usize>, Option<usize>);

/// Which line came in place of which, in the order of both.
fn pairs(old: &[&str], new: &[&str]) -> Vec<Pair> {
    let (mut pairs, mut left, mut right) = (Vec::new(), 0, 0);
    let matches = if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        Vec::new()
    } else {
        best(old, new)
    };
    let between = |left: Range<usize>, right: Range<usize>, pairs: &mut Vec<Pair>| {
        let is_other = |(old_line, new_line): (&&str, &&str)| {
            let names = (name(old_line.trim()), name(new_line.trim()));
            matches!(names, (Some(old_name), Some(new_name)) if old_name != new_name)
        };
        let mut beside = old[left.clone()].iter().zip(&new[right.clone()]);
        if left.len() == right.len() && !beside.any(is_other) {
            pairs.extend(left.zip(right).map(|(old, new)| (Some(old), Some(new))));
        } else {
            pairs.extend(left.map(|old| (Some(old), None)));
            pairs.extend(right.map(|new| (None, Some(new))));
        }
    };
    // As many on both sides that resemble none stand beside each other, unless they are about different things.
    for (next_left, next_right) in matches {
        between(left..next_left, right..next_right, &mut pairs);
        pairs.push((Some(next_left), Some(next_right)));
        (left, right) = (next_left + 1, next_right + 1);
    }
    between(left..old.len(), right..new.len(), &mut pairs);
    pairs
}

/// The pairs, in order on both sides, that resemble each other most in all.
fn best(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut sums = vec![0_u32; (old.len() + 1) * width];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            let apart = sums[(left + 1) * width + right].max(sums[left * width + right + 1]);
            let likeness = likeness(old[left], new[right]);
            let together = if likeness > 0 {
                sums[(left + 1) * width + right + 1] + likeness
            } else {
                0
            };
            sums[left * width + right] = apart.max(together);
        }
    }
    let (mut left, mut right, mut found) = (0, 0, Vec::new());
    while left < old.len() && right < new.len() {
        let sum = sums[left * width + right];
        let likeness = likeness(old[left], new[right]);
        // The first that is as good as any, so that what came more stands behind.
        if likeness > 0 && sum == sums[(left + 1) * width + right + 1] + likeness {
            found.push((left, right));
            (left, right) = (left + 1, right + 1);
        } else if sum == sums[(left + 1) * width + right] {
            left += 1;
        } else {
            right += 1;
        }
    }
    found
}

/// How much two lines are like each other; 0 where they have nothing to do with each other.
fn likeness(old: &str, new: &str) -> u32 {
    let (old, new) = (old.trim(), new.trim());
    let (old_name, new_name) = (name(old), name(new));
    if old_name != new_name {
        return 0;
    }
    let common = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(left, right)| left == right)
        .count();
    let longest = old.len().max(new.len()).max(1);
    let share = u32::try_from(common * 100 / longest).unwrap_or(0);
    match old_name {
        Some(_) => 100 + share,
        None if share >= 50 => share,
        None => 0,
    }
}

/// A JSON member's or a header's name, or an XML element's: what a line is about.
fn name(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix('<') {
        return rest.split([' ', '>', '/']).next();
    }
    line.split_once(": ").map(|(name, _)| name)
}

/// Both lines in pieces, those marked that the other has not.
fn pieces(old: Option<&str>, new: Option<&str>, deadline: Instant) -> (Vec<Piece>, Vec<Piece>) {
    let (Some(old), Some(new)) = (old, new) else {
        // One that has nothing beside it is new or gone as a whole, which needs no marks.
        let plain = |text: Option<&str>| {
            let text = text.into_iter();
            text.map(|text| piece(text, false)).collect()
        };
        return (plain(old), plain(new));
    };
    let (old_words, new_words) = (words(old), words(new));
    let operations =
        capture_diff_slices_deadline(Algorithm::Myers, &old_words, &new_words, Some(deadline));
    let common: usize = operations
        .iter()
        .filter_map(|operation| match operation {
            DiffOp::Equal { .. } => Some(old_words[operation.old_range()].concat().trim().len()),
            _ => None,
        })
        .sum();
    let longest = old.trim().len().max(new.trim().len());
    let is_named = name(old).is_some() && name(old) == name(new);
    if !is_named && (common as f64) < longest as f64 * LEAST_COMMON {
        return (vec![piece(old, true)], vec![piece(new, true)]);
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let last = operations.len().saturating_sub(1);
    for (index, operation) in operations.iter().enumerate() {
        let is_equal = matches!(operation, DiffOp::Equal { .. });
        let text = old_words[operation.old_range()].concat();
        // A sign between two changes, as in a date, is marked with them, so that one change looks like one.
        let is_sign = index > 0 && index < last && text.len() == 1 && text != " ";
        let is_marked = !is_equal || is_sign;
        push(&mut left, &text, is_marked);
        push(
            &mut right,
            &new_words[operation.new_range()].concat(),
            is_marked,
        );
    }
    (left, right)
}

fn piece(text: &str, is_marked: bool) -> Piece {
    let text = text.to_owned();
    Piece { text, is_marked }
}

fn push(pieces: &mut Vec<Piece>, text: &str, is_marked: bool) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.is_marked == is_marked => last.text.push_str(text),
        _ => pieces.push(piece(text, is_marked)),
    }
}

/// Words and numbers, and every other character by itself.
fn words(line: &str) -> Vec<&str> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut words = Vec::new();
    let mut from = 0;
    let mut was_word = false;
    for (at, character) in line.char_indices() {
        if at > from && !(was_word && is_word(character)) {
            words.push(&line[from..at]);
            from = at;
        }
        was_word = is_word(character);
    }
    if from < line.len() {
        words.push(&line[from..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::diff;
    use super::*;

    /// `|` between the columns, and brackets around what is marked.
    fn shown(old: &str, new: &str) -> Vec<String> {
        let side = |line: &Option<Line>| {
            line.as_ref().map_or_else(String::new, |line| {
                let pieces = line.pieces.iter().map(|piece| {
                    if piece.is_marked {
                        format!("[{}]", piece.text)
                    } else {
                        piece.text.clone()
                    }
                });
                format!("{} {}", line.number, pieces.collect::<String>())
            })
        };
        marked(&diff(old, new))
            .iter()
            .map(|row| match row {
                Row::Same(old, new, text) => format!("{old} {new} {text}"),
                Row::Changed(old, new) => format!("{} | {}", side(old), side(new)),
                Row::Folded(count) => format!("…{count}"),
            })
            .collect()
    }

    #[test]
    fn changed_values_are_marked_inside_their_line() {
        for (old, new, expected) in [
            ("a: 30,", "a: 24,", "1 a: [30], | 1 a: [24],"),
            ("a: \"x\"", "a: \"xy\"", "1 a: \"[x]\" | 1 a: \"[xy]\""),
            (
                "on: 2025-04-01",
                "on: 2026-05-01",
                "1 on: [2025-04]-01 | 1 on: [2026-05]-01",
            ),
            ("a: [1]", "a: [1],", "1 a: [1] | 1 a: [1][,]"),
            (
                "a: 1",
                "a: \"something else\"",
                "1 a: [1] | 1 a: [\"something else\"]",
            ),
            ("200 OK", "500 No", "1 [200 OK] | 1 [500 No]"),
            ("₹ 5", "₹ 6", "1 ₹ [5] | 1 ₹ [6]"),
            ("", "x", " | 1 x"),
        ] {
            assert_eq!(shown(old, new), [expected]);
        }
    }

    #[test]
    fn lines_stand_beside_those_that_they_replace() {
        let old = "{\n  \"a\": 1,\n  \"b\": 2\n}";
        let new = "{\n  \"z\": 1,\n  \"y\": 1,\n  \"b\": 3\n}";
        assert_eq!(
            shown(old, new),
            [
                "1 1 {",
                "2   \"a\": 1, | ",
                " | 2   \"z\": 1,",
                " | 3   \"y\": 1,",
                "3   \"b\": [2] | 4   \"b\": [3]",
                "4 5 }",
            ]
        );
        assert_eq!(
            shown("b: 1\nc: 1\nlike", "b: 2\nd: 1\nlike it"),
            [
                "1 b: [1] | 1 b: [2]",
                "2 c: 1 | ",
                " | 2 d: 1",
                "3 like | 3 like[ it]",
            ]
        );
        assert_eq!(
            shown("<a x=\"1\"/>", "<a x=\"2\"/>\n<a x=\"3\"/>"),
            ["1 <a x=\"[1]\"/> | 1 <a x=\"[2]\"/>", " | 2 <a x=\"3\"/>"]
        );
        assert_eq!(
            shown("<a x=\"1\"/>\n<c/>", "<b/>\n<b/>\n<a x=\"2\"/>\n<c/>"),
            [
                " | 1 <b/>",
                " | 2 <b/>",
                "1 <a x=\"[1]\"/> | 3 <a x=\"[2]\"/>",
                "2 4 <c/>",
            ]
        );
    }

    #[test]
    fn numbers_count_what_is_folded() {
        let many: String = (0..20).map(|number| format!("{number}\n")).collect();
        let rows = shown(&many, &many.replace("10\n", "x\n"));
        assert_eq!(rows[0], "…7");
        assert_eq!(rows[4], "11 [10] | 11 [x]");
    }

    #[test]
    fn a_line_of_a_megabyte_does_not_hang() {
        let text = |seed: usize| -> String {
            (0..200_000)
                .map(|word| format!("{} ", word * 2 + seed))
                .collect()
        };
        let begun = Instant::now();
        assert_eq!(marked(&diff(&text(0), &text(1))).len(), 1);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}

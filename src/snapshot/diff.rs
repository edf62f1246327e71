//! The lines that differ between two snapshots.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::{Duration, Instant};

use crate::model::outcome::DiffLine;

/// So many equal lines are shown on each side of a difference.
const CONTEXT: usize = 3;

/// A better diff than the one found by then is not worth waiting for.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// The lines of both texts, with long equal parts folded. Two huge texts that have little in common give a diff
/// that is right but not the shortest.
pub fn diff(old: &str, new: &str) -> Vec<DiffLine> {
    diff_with_context(old, new, CONTEXT)
}

/// The same, with so many equal lines on each side of a difference.
pub fn diff_with_context(old: &str, new: &str, context: usize) -> Vec<DiffLine> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let deadline = Some(Instant::now() + PATIENCE);
    let mut operations = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline);
    slide(&mut operations, &old, &new);
    let mut lines = Vec::new();
    let removed = |range: &[&str]| {
        range
            .iter()
            .map(|line| DiffLine::Removed((*line).to_owned()))
            .collect::<Vec<_>>()
    };
    let added = |range: &[&str]| {
        range
            .iter()
            .map(|line| DiffLine::Added((*line).to_owned()))
            .collect::<Vec<_>>()
    };
    let last = operations.len().saturating_sub(1);
    for (index, operation) in operations.iter().enumerate() {
        match *operation {
            DiffOp::Equal { old_index, len, .. } => {
                let before = if index == 0 { 0 } else { context };
                let after = if index == last { 0 } else { context };
                fold(&old[old_index..old_index + len], before, after, &mut lines);
            }
            DiffOp::Delete {
                old_index, old_len, ..
            } => {
                lines.extend(removed(&old[old_index..old_index + old_len]));
            }
            DiffOp::Insert {
                new_index, new_len, ..
            } => {
                lines.extend(added(&new[new_index..new_index + new_len]));
            }
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                lines.extend(removed(&old[old_index..old_index + old_len]));
                lines.extend(added(&new[new_index..new_index + new_len]));
            }
        }
    }
    lines
}

/// Moves lines that came or went up to where they are a whole: of `}, { a` and `{ a }, `, which tell the same, the
/// second. That is where the first of them is indented least.
fn slide(operations: &mut Vec<DiffOp>, old: &[&str], new: &[&str]) {
    for at in 1..operations.len() {
        let (text, range) = match operations[at] {
            DiffOp::Insert { .. } => (new, operations[at].new_range()),
            DiffOp::Delete { .. } => (old, operations[at].old_range()),
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => continue,
        };
        let is_behind = !matches!(operations.get(at + 1), None | Some(DiffOp::Equal { .. }));
        let room = match operations[at - 1] {
            DiffOp::Equal { len, .. } if !is_behind => len.saturating_sub(1).min(range.len()),
            _ => continue,
        };
        let can_move = (1..=room)
            .take_while(|by| text[range.start - by] == text[range.end - by])
            .count();
        let by = (0..=can_move).min_by_key(|by| indent(text[range.start - by]));
        shift(operations, at, by.unwrap_or(0));
    }
}

/// Moves an operation between equal lines up by so many of them.
fn shift(operations: &mut Vec<DiffOp>, at: usize, by: usize) {
    if by == 0 {
        return;
    }
    if let DiffOp::Equal { len, .. } = &mut operations[at - 1] {
        *len -= by;
    }
    let (old_end, new_end) = (
        operations[at].old_range().end,
        operations[at].new_range().end,
    );
    if let DiffOp::Insert {
        old_index,
        new_index,
        ..
    }
    | DiffOp::Delete {
        old_index,
        new_index,
        ..
    } = &mut operations[at]
    {
        *old_index -= by;
        *new_index -= by;
    }
    match operations.get_mut(at + 1) {
        Some(DiffOp::Equal {
            old_index,
            new_index,
            len,
        }) => {
            *old_index -= by;
            *new_index -= by;
            *len += by;
        }
        _ => operations.push(DiffOp::Equal {
            old_index: old_end - by,
            new_index: new_end - by,
            len: by,
        }),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Equal lines: so many of the first, so many of the last, and what is between them folded.
fn fold(equal: &[&str], first: usize, last: usize, lines: &mut Vec<DiffLine>) {
    let same = |line: &&str| DiffLine::Same((*line).to_owned());
    let folded = equal.len().saturating_sub(first.saturating_add(last));
    // A fold takes a line itself.
    if folded <= 1 {
        lines.extend(equal.iter().map(same));
        return;
    }
    lines.extend(equal[..first].iter().map(same));
    lines.push(DiffLine::Folded(folded));
    lines.extend(equal[equal.len() - last..].iter().map(same));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        diff(old, new)
            .iter()
            .map(|line| match line {
                DiffLine::Same(line) => format!(" {line}"),
                DiffLine::Removed(line) => format!("-{line}"),
                DiffLine::Added(line) => format!("+{line}"),
                DiffLine::Folded(count) => format!("…{count}"),
            })
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn differences_have_context_and_the_rest_is_folded() {
        let many: String = (0..20).map(|number| format!("{number}\n")).collect();
        for (old, new, expected) in [
            ("", "", ""),
            ("a", "a", " a"),
            ("", "a\nb", "+a|+b"),
            ("a", "b", "-a|+b"),
            ("a\nb\nc", "a\nx\nc", " a|-b|+x| c"),
            (
                "[\n {\n  1\n },\n {\n  2\n }\n]",
                "[\n {\n  1\n },\n {\n  3\n },\n {\n  2\n }\n]",
                " [|  {|   1|  },|+ {|+  3|+ },|  {|   2|  }| ]",
            ),
            ("0\n {\n  1\n {\n  1", "0\n {\n  1", " 0|  {|   1|- {|-  1"),
            ("0\n1\n1\n1", "0\n1", " 0| 1|-1|-1"),
            (many.as_str(), many.as_str(), "…20"),
            (
                many.as_str(),
                &many.replace("10\n", "x\n"),
                "…7| 7| 8| 9|-10|+x| 11| 12| 13|…6",
            ),
            (
                many.as_str(),
                &many.replace("3\n", "x\n"),
                " 0| 1| 2|-3|+x| 4| 5| 6|…3| 10| 11| 12|-13|+1x| 14| 15| 16|…3",
            ),
        ] {
            assert_eq!(shown(old, new), expected);
        }
    }

    #[test]
    fn a_rewrite_of_ten_megabytes_does_not_hang() {
        let text = |seed: usize| -> String {
            (0..500_000)
                .map(|line| format!("line {} of it\n", line * 2 + seed))
                .collect()
        };
        let begun = Instant::now();
        let lines = diff(&text(0), &text(1));
        assert_eq!(lines.len(), 1_000_000);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}

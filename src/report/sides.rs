//! Lines of a diff, one below the other or side by side, within the columns that there are.

use super::review::Drawing;
use super::style::paint;
use super::text::{plural, visible_line};
use super::width;
use crate::model::outcome::DiffLine;

/// A long line that changed is wrapped to so many rows unless all is asked for.
const MOST_ROWS: usize = 6;

/// One below the other, with a sign before each.
pub(super) fn below(diff: &[DiffLine], drawing: &Drawing) -> Vec<String> {
    let palette = &drawing.palette;
    let columns = drawing.width.saturating_sub(4).max(20);
    let mut rows = Vec::new();
    let mut at = 0;
    while at < diff.len() {
        match &diff[at] {
            DiffLine::Same(line) => {
                let line = cut(&visible_line(line.trim_end()), columns);
                rows.push(format!("    {}", paint(palette.dim, line)));
                at += 1;
            }
            DiffLine::Folded(count) => {
                rows.push(folded(*count, drawing));
                at += 1;
            }
            DiffLine::Removed(_) | DiffLine::Added(_) => {
                let (left, right) = sides_at(diff, &mut at);
                for (lines, others, sign, style) in [
                    (&left, &right, "-", palette.removed),
                    (&right, &left, "+", palette.good),
                ] {
                    for (index, line) in lines.iter().enumerate() {
                        let other = others.get(index).copied();
                        let texts = wrapped(line, other, columns, drawing);
                        for (row, text) in texts.into_iter().enumerate() {
                            let sign = if row == 0 { sign } else { " " };
                            let text = paint(style, format!("{sign} {text}"));
                            rows.push(format!("  {text}"));
                        }
                    }
                }
            }
        }
    }
    rows
}

/// The lines that went and those that came in their place.
fn sides_at<'a>(diff: &'a [DiffLine], at: &mut usize) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let Some(DiffLine::Removed(line)) = diff.get(*at) {
        left.push(line.as_str());
        *at += 1;
    }
    while let Some(DiffLine::Added(line)) = diff.get(*at) {
        right.push(line.as_str());
        *at += 1;
    }
    (left, right)
}

/// The old on the left, the new on the right.
pub(super) fn beside(diff: &[DiffLine], drawing: &Drawing) -> Vec<String> {
    let columns = (drawing.width.saturating_sub(8) / 2).max(16);
    let mut rows = Vec::new();
    let mut at = 0;
    while at < diff.len() {
        match &diff[at] {
            DiffLine::Same(line) => {
                let line = cut(&visible_line(line.trim_end()), columns);
                let dim = drawing.palette.dim;
                let left = paint(dim, width::padded(&line, columns));
                rows.push(format!("    {left}   {}", paint(dim, line)));
                at += 1;
            }
            DiffLine::Folded(count) => {
                rows.push(folded(*count, drawing));
                at += 1;
            }
            DiffLine::Removed(_) | DiffLine::Added(_) => {
                let (left, right) = sides_at(diff, &mut at);
                block(&left, &right, columns, drawing, &mut rows);
            }
        }
    }
    rows
}

/// What went, and what came in its place.
fn block(left: &[&str], right: &[&str], columns: usize, drawing: &Drawing, rows: &mut Vec<String>) {
    let palette = &drawing.palette;
    for index in 0..left.len().max(right.len()) {
        let cell = |lines: &[&str], others: &[&str], sign: &str| -> Vec<String> {
            lines.get(index).map_or_else(Vec::new, |line| {
                wrapped(line, others.get(index).copied(), columns, drawing)
                    .into_iter()
                    .enumerate()
                    .map(|(row, text)| format!("{} {text}", if row == 0 { sign } else { " " }))
                    .collect()
            })
        };
        let (old, new) = (cell(left, right, "-"), cell(right, left, "+"));
        let cells = columns + 2;
        for row in 0..old.len().max(new.len()) {
            let empty = String::new();
            let (old, new) = (
                old.get(row).unwrap_or(&empty),
                new.get(row).unwrap_or(&empty),
            );
            let old = paint(palette.removed, width::padded(old, cells));
            let line = format!("  {old} {}", paint(palette.good, new));
            rows.push(line.trim_end().to_owned());
        }
    }
}

fn folded(count: usize, drawing: &Drawing) -> String {
    let text = format!("… {}", plural(count, "equal line"));
    format!("    {}", paint(drawing.palette.dim, text))
}

/// The line in rows of that width. What changed is not cut away but where it is very long.
fn wrapped(line: &str, other: Option<&str>, columns: usize, drawing: &Drawing) -> Vec<String> {
    let line = visible_line(line.trim_end_matches(['\r', '\n']));
    let line = match other {
        Some(other) if !drawing.is_full => to_what_differs(&line, &visible_line(other), columns),
        _ => line,
    };
    let most = if drawing.is_full {
        usize::MAX
    } else {
        MOST_ROWS
    };
    let (mut rows, mut rest) = (Vec::new(), line.as_str());
    while rows.is_empty() || (!rest.is_empty() && rows.len() < most) {
        let (row, after) = width::split(rest, columns);
        rows.push(row.to_owned());
        rest = after;
    }
    if !rest.is_empty() {
        let more = plural(rest.chars().count(), "more character");
        rows.push(format!("… {more}"));
    }
    rows
}

/// A line that is too long to be shown, without most of what it has in common with the other, so that what differs is
/// among what is shown.
fn to_what_differs(line: &str, other: &str, columns: usize) -> String {
    let common = common(line, other);
    let is_shown = width::split(line, columns * MOST_ROWS).1.is_empty();
    if is_shown || common < columns * 2 {
        return line.to_owned();
    }
    let (beginning, _) = width::split(line, columns / 2);
    let (_, rest) = width::split(line, common - columns / 4);
    format!("{beginning} … {rest}")
}

/// How many columns two texts have in common at their beginnings.
fn common(one: &str, other: &str) -> usize {
    one.chars()
        .zip(other.chars())
        .take_while(|(left, right)| left == right)
        .map(|(character, _)| width::of(character))
        .sum()
}

/// The text, cut to so many columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width::split(text, columns).1.is_empty() {
        return text.to_owned();
    }
    let (beginning, _) = width::split(text, columns.saturating_sub(1));
    format!("{beginning}…")
}

/// Two texts, cut to so many columns each around the first character that differs.
pub(super) fn around(old: &str, new: &str, columns: usize) -> (String, String) {
    let common = common(old, new);
    let is_long = |text: &str| !width::split(text, columns).1.is_empty();
    if common < columns / 2 || !(is_long(old) || is_long(new)) {
        return (cut(old, columns), cut(new, columns));
    }
    let from = common - columns / 4;
    let part = |text: &str| {
        let (_, rest) = width::split(text, from);
        cut(&format!("…{rest}"), columns)
    };
    (part(old), part(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Color;
    use crate::report::Palette;

    fn drawing(width: usize, is_full: bool) -> Drawing {
        Drawing {
            palette: Palette::new(Color::Plain),
            width,
            is_beside: false,
            is_full,
        }
    }

    #[test]
    fn what_changed_is_wrapped_and_what_did_not_is_cut() {
        let long = "0123456789".repeat(5);
        let diff = [
            DiffLine::Same(long.clone()),
            DiffLine::Folded(7),
            DiffLine::Removed(long.clone()),
            DiffLine::Added(String::new()),
        ];
        assert_eq!(
            below(&diff, &drawing(34, false)),
            [
                "    01234567890123456789012345678…",
                "    … 7 equal lines",
                "  - 012345678901234567890123456789",
                "    01234567890123456789",
                "  + ",
            ]
        );
        let huge = [DiffLine::Added("x".repeat(10_000_000))];
        let rows = below(&huge, &drawing(34, false));
        assert_eq!(rows.len(), 7);
        assert_eq!(rows[6], "    … 9999820 more characters");
        assert_eq!(below(&huge, &drawing(104, true)).len(), 100_000);
    }

    #[test]
    fn old_and_new_stand_beside_each_other() {
        let diff = [
            DiffLine::Same("same".into()),
            DiffLine::Removed("a long line of the old".into()),
            DiffLine::Added("new".into()),
            DiffLine::Added("newer".into()),
        ];
        assert_eq!(
            beside(&diff, &drawing(40, false)),
            [
                "    same               same",
                "  - a long line of t   + new",
                "    he old",
                "                       + newer",
            ]
            .map(|row| row.replace("t   + new", "t + new").replace(
                "                       + newer",
                "                     + newer"
            ))
        );
        for row in beside(&diff, &drawing(80, false)) {
            assert!(row.chars().count() <= 80, "{row}");
        }
    }

    #[test]
    fn columns_stand_below_each_other_whatever_the_script() {
        let old = "\u{4e2d}\u{6587} \u{1f600} \u{928}\u{93f}\u{935}\u{947}\u{936} e\u{301}";
        let diff = [
            DiffLine::Same(old.into()),
            DiffLine::Removed(old.repeat(3)),
            DiffLine::Added("new".into()),
        ];
        for width in [40, 80] {
            let rows = beside(&diff, &drawing(width, false));
            let place = |row: &str, what: &str| {
                let (before, _) = row.rsplit_once(what).unwrap();
                width::columns(before)
            };
            let right = place(&rows[1], "+ new");
            assert_eq!(place(&rows[0], old), right + 2, "{rows:?}");
            for row in &rows {
                assert!(width::columns(row) <= width, "{row}");
            }
        }
        for row in below(&diff, &drawing(34, true)) {
            assert!(width::columns(&row) <= 34, "{row}");
        }
    }

    #[test]
    fn of_a_long_line_what_differs_is_shown() {
        let text = |middle: &str| {
            format!(
                "\"key\": \"{}{middle}{}\"",
                "a".repeat(900),
                "z".repeat(900)
            )
        };
        let diff = [DiffLine::Removed(text("30")), DiffLine::Added(text("24"))];
        for is_beside in [false, true] {
            let draw = |is_full| {
                let drawing = drawing(84, is_full);
                let rows = if is_beside {
                    beside(&diff, &drawing)
                } else {
                    below(&diff, &drawing)
                };
                rows.join("\n")
            };
            let folded = draw(false);
            assert!(folded.contains("  - \"key\": \"aaa"), "{folded}");
            assert!(folded.contains("a … a"), "{folded}");
            assert!(
                folded.contains("30zz") && folded.contains("24zz"),
                "{folded}"
            );
            assert!(folded.lines().count() < 18, "{folded}");
            // All of it is asked for, and then nothing is left out.
            assert!(!draw(true).contains('…'));
        }
        // One that has nothing beside it begins at its beginning.
        let rows = below(&diff[..1], &drawing(84, false));
        assert!(
            !rows[0].contains('…') && rows[6].contains("more characters"),
            "{rows:?}"
        );
    }

    #[test]
    fn values_are_cut_around_what_differs() {
        assert_eq!(around("30", "24", 12), ("30".into(), "24".into()));
        let (old, new) = (
            format!("{}a", "x".repeat(90)),
            format!("{}b", "x".repeat(90)),
        );
        assert_eq!(around(&old, &new, 12), ("…xxxa".into(), "…xxxb".into()));
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}

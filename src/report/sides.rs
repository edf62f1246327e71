//! Lines of a diff, one below the other or side by side, within the columns that there are.

use super::review::Drawing;
use super::style::{emphasised, paint};
use super::text::{plural, visible_line};
use super::width;
use crate::model::outcome::DiffLine;
use anstyle::Style;
use std::ops::Range;

/// A long line that changed is wrapped to so many rows unless all is asked for.
const MOST_ROWS: usize = 6;
/// In a window that is narrower still, the terminal wraps.
const LEAST_COLUMNS: usize = 8;

/// A row of a line, and where in it that differs from the line in whose place it came.
#[derive(Debug, Default)]
struct Row {
    text: String,
    differs: Range<usize>,
}

/// One below the other, with a sign before each.
pub(super) fn below(diff: &[DiffLine], drawing: &Drawing) -> Vec<String> {
    let palette = &drawing.palette;
    let columns = drawing.width.saturating_sub(4).max(LEAST_COLUMNS);
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
                        for (at, row) in
                            self::rows(line, other, columns, drawing).iter().enumerate()
                        {
                            let sign = if at == 0 { sign } else { " " };
                            rows.push(format!("  {}", row.paint(sign, style)));
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
    let columns = (drawing.width.saturating_sub(8) / 2).max(LEAST_COLUMNS);
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
        let cell = |lines: &[&str], others: &[&str]| -> Vec<Row> {
            lines.get(index).map_or_else(Vec::new, |line| {
                self::rows(line, others.get(index).copied(), columns, drawing)
            })
        };
        let (old, new) = (cell(left, right), cell(right, left));
        for at in 0..old.len().max(new.len()) {
            let sign = |sign| if at == 0 { sign } else { " " };
            let old = match old.get(at) {
                Some(row) => {
                    let room = columns.saturating_sub(width::columns(&row.text));
                    row.paint(sign("-"), palette.removed) + &" ".repeat(room)
                }
                None => " ".repeat(columns + 2),
            };
            let new = new.get(at).map(|row| row.paint(sign("+"), palette.good));
            let line = format!("  {old} {}", new.unwrap_or_default());
            rows.push(line.trim_end().to_owned());
        }
    }
}

impl Row {
    fn plain(text: String) -> Row {
        Row {
            text,
            differs: 0..0,
        }
    }

    /// The row behind a sign, with what differs standing out.
    fn paint(&self, sign: &str, style: Style) -> String {
        let differs = self.differs.clone();
        if differs.is_empty() {
            return paint(style, format!("{sign} {}", self.text));
        }
        let (before, after) = (&self.text[..differs.start], &self.text[differs.end..]);
        let mut text = paint(style, format!("{sign} {before}"));
        text.push_str(&paint(emphasised(style), &self.text[differs]));
        if !after.is_empty() {
            text.push_str(&paint(style, after));
        }
        text
    }
}

fn folded(count: usize, drawing: &Drawing) -> String {
    let text = format!("… {}", plural(count, "equal line"));
    format!("    {}", paint(drawing.palette.dim, text))
}

/// The line in rows of that width. What changed is not cut away but where it is very long.
fn rows(line: &str, other: Option<&str>, columns: usize, drawing: &Drawing) -> Vec<Row> {
    let line = visible_line(line.trim_end_matches(['\r', '\n']));
    let (line, differs) = match other {
        Some(other) => {
            let differs = what_differs(&line, &visible_line(other));
            if drawing.is_full {
                (line, differs)
            } else {
                to_what_differs(line, differs, columns)
            }
        }
        None => (line, 0..0),
    };
    let most = if drawing.is_full {
        usize::MAX
    } else {
        MOST_ROWS
    };
    let (mut rows, mut rest) = (Vec::new(), line.as_str());
    while rows.is_empty() || (!rest.is_empty() && rows.len() < most) {
        let from = line.len() - rest.len();
        let (row, after) = width::split(rest, columns);
        let within = |at: usize| at.saturating_sub(from).min(row.len());
        rows.push(Row {
            text: row.to_owned(),
            differs: within(differs.start)..within(differs.end),
        });
        rest = after;
    }
    if !rest.is_empty() {
        let more = plural(rest.chars().count(), "more character");
        rows.push(Row::plain(format!("… {more}")));
    }
    rows
}

/// Where in a line it differs from another; nowhere if the two have little in common.
fn what_differs(line: &str, other: &str) -> Range<usize> {
    let is_same = |(left, right): &(char, char)| left == right;
    let length = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs
            .map(|(character, _)| character.len_utf8())
            .sum::<usize>()
    };
    let start = length(&mut line.chars().zip(other.chars()).take_while(is_same));
    // What both begin with is not what they end with.
    let (tail, other_tail) = (&line[start..], &other[start..]);
    let both = tail.chars().rev().zip(other_tail.chars().rev());
    let end = line.len() - length(&mut both.take_while(is_same));
    let (start, end) = (before_marks(line, start), after_marks(line, end));
    let words = line[..start].trim().len() + line[end..].trim().len();
    if words * 3 < line.trim().len() {
        return 0..0;
    }
    start..end
}

/// A place that is not between a character and the marks on it: before that character.
fn before_marks(line: &str, at: usize) -> usize {
    let is_mark = |at: usize| {
        line[at..]
            .chars()
            .next()
            .is_some_and(|it| width::of(it) == 0)
    };
    let before = line[..at].char_indices().rev().map(|(at, _)| at);
    let mut places = std::iter::once(at).chain(before);
    places.find(|at| !is_mark(*at)).unwrap_or(0)
}

/// The same behind the marks.
fn after_marks(line: &str, at: usize) -> usize {
    let marks = line[at..].chars().take_while(|it| width::of(*it) == 0);
    at + marks.map(char::len_utf8).sum::<usize>()
}

/// A line that is too long to be shown, without most of what it has in common with the other, so that what differs is
/// among what is shown; and where that is then.
fn to_what_differs(line: String, differs: Range<usize>, columns: usize) -> (String, Range<usize>) {
    let is_shown = width::split(&line, columns * MOST_ROWS).1.is_empty();
    if is_shown || differs == (0..0) {
        return (line, differs);
    }
    let (before, after) = (&line[..differs.start], &line[differs.end..]);
    let mut shown = if width::columns(before) < columns * 2 {
        before.to_owned()
    } else {
        let (beginning, _) = width::split(before, columns / 2);
        format!("{beginning} … {}", ending(before, columns / 4))
    };
    let start = shown.len();
    shown.push_str(&line[differs]);
    let end = shown.len();
    if width::columns(after) < columns * 2 {
        shown.push_str(after);
    } else {
        let (beginning, _) = width::split(after, columns / 2);
        shown.push_str(&format!("{beginning} … {}", ending(after, columns / 4)));
    }
    (shown, start..end)
}

/// The end of a text, of about so many columns.
fn ending(text: &str, columns: usize) -> &str {
    let from = width::columns(text).saturating_sub(columns);
    width::split(text, from).1
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
#[path = "sides_tests.rs"]
mod tests;

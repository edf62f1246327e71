//! The line of a file that something is wrong with, and marks under the place.

use std::fmt::Write as _;

use super::style::{Palette, paint};
use super::text::visible_columns;
use super::width;
use crate::model::source::{Sources, Span};

/// A longer line is cut around the place that it is shown for.
const LONGEST_LINE: usize = 120;
/// So much of it is shown in the narrowest window.
const SHORTEST_LINE: usize = 20;
/// Text beside the marks is put under them where it would reach beyond this column.
const WIDTH: usize = 100;

/// The source line of a place, and which of a terminal's columns the place covers.
pub(super) struct Excerpt {
    line: usize,
    pub(super) text: String,
    column: usize,
    length: usize,
    /// Up to where text may stand beside the marks.
    width: usize,
}

impl Excerpt {
    /// The line of that place, as much of it as a terminal of so many columns has room for.
    pub(super) fn of(sources: &Sources, span: Span, columns: Option<usize>) -> Excerpt {
        let position = sources.position(span);
        let source = &sources.get(span.file).text;
        let line = sources.line(span.file, position.line);
        let mut characters: Vec<char> = visible_columns(line).chars().collect();
        let mut start = (position.column - 1).min(characters.len());
        let covered = source
            .get(span.start as usize..span.end as usize)
            .and_then(|part| part.lines().next())
            .map_or(1, |part| part.trim_end().chars().count());
        let room = columns.map_or(LONGEST_LINE, |columns| {
            let before = gutter_of(position.line) + " | …".chars().count();
            LONGEST_LINE.min(columns.saturating_sub(before).max(SHORTEST_LINE))
        });
        if taken(&characters) > room {
            let (from, to) = around(&characters, start, room);
            let (head, tail) = (from > 0, to < characters.len());
            characters = characters[from..to].to_vec();
            start -= from;
            if head {
                characters[0] = '…';
            }
            if tail {
                characters.push('…');
            }
        }
        let end = (start + covered).min(characters.len()).max(start);
        let (column, length) = (taken(&characters[..start]), taken(&characters[start..end]));
        let length = length.max(1);
        Excerpt {
            line: position.line,
            text: characters
                .into_iter()
                .collect::<String>()
                .trim_end()
                .to_owned(),
            column,
            length,
            width: WIDTH.min(columns.unwrap_or(WIDTH)),
        }
    }

    /// The line, the marks under it, and what is said beside the marks, or under them where that is too wide.
    pub(super) fn write(&self, text: &mut String, said: &[String], palette: &Palette) {
        let gutter = self.gutter();
        let bar = paint(palette.dim, '|');
        let number = paint(palette.dim, format!("{:>gutter$}", self.line));
        let _ = writeln!(text, "{number} {bar} {}", self.text);
        let (room, marks) = (" ".repeat(self.column), "^".repeat(self.length));
        let widest = said
            .iter()
            .map(|line| width::columns(line))
            .max()
            .unwrap_or(0);
        let is_wide = gutter + 4 + self.column + self.length + widest > self.width;
        let (beside, under) = said.split_at(if is_wide { 0 } else { said.len().min(1) });
        let first = format!("{marks} {}", beside.concat());
        let first = paint(palette.bad, first.trim_end());
        let _ = writeln!(text, "{:gutter$} {bar} {room}{first}", "");
        let indent = if is_wide {
            0
        } else {
            self.column + self.length + 1
        };
        for line in under {
            let line = paint(palette.bad, line);
            let _ = writeln!(text, "{:gutter$} {bar} {:indent$}{line}", "", "");
        }
    }

    /// How many columns the number of the line takes.
    pub(super) fn gutter(&self) -> usize {
        gutter_of(self.line)
    }
}

fn gutter_of(line: usize) -> usize {
    line.to_string().len().max(2) + 4
}

/// How many columns characters take.
fn taken(characters: &[char]) -> usize {
    characters.iter().copied().map(width::of).sum()
}

/// The part of a line around a character that fits into so many columns: a third of them before it.
fn around(characters: &[char], start: usize, room: usize) -> (usize, usize) {
    let (mut from, mut before) = (start, 0);
    while from > 0 && before + width::of(characters[from - 1]) <= room / 3 {
        from -= 1;
        before += width::of(characters[from]);
    }
    let (mut to, mut after) = (from, 0);
    while to < characters.len() && after + width::of(characters[to]) <= room {
        after += width::of(characters[to]);
        to += 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str, wrong: &str, columns: Option<usize>) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", line);
        let start = line.find(wrong).unwrap();
        let place = |at: usize| u32::try_from(at).unwrap();
        let span = Span {
            file,
            start: place(start),
            end: place(start + wrong.len()),
        };
        let mut text = String::new();
        let said = ["expected x".to_owned(), "got      y".to_owned()];
        let palette = Palette::new(crate::model::diagnostic::Color::Plain);
        Excerpt::of(&sources, span, columns).write(&mut text, &said, &palette);
        text.lines().map(str::to_owned).collect()
    }

    /// The columns that a part of a line takes in a terminal.
    fn place(line: &str, part: &str) -> (usize, usize) {
        let at = line
            .find(part)
            .unwrap_or_else(|| panic!("no {part} in {line}"));
        (width::columns(&line[..at]), width::columns(part))
    }

    #[test]
    fn marks_stand_under_what_they_mean_whatever_is_before_it() {
        let before = "\u{905}\u{928}\u{941}\u{92e}\u{924}\u{93f} \u{540c}\u{610f} ".repeat(20);
        for (line, wrong) in [
            ("a: \u{540c}\u{610f}, b: no".to_owned(), "no"),
            ("a: b, c: \u{540c}\u{610f}".to_owned(), "\u{540c}\u{610f}"),
            (format!("a: {before}, b: wrong, c: {before}"), "wrong"),
        ] {
            for columns in [None, Some(40), Some(60), Some(80), Some(200)] {
                let drawn = drawn(&line, wrong, columns);
                let marks = "^".repeat(width::columns(wrong));
                assert_eq!(
                    place(&drawn[0], wrong),
                    place(&drawn[1], &marks),
                    "{drawn:#?}"
                );
                for row in &drawn {
                    assert!(
                        width::columns(row) <= columns.unwrap_or(140),
                        "{columns:?}: {row}"
                    );
                }
            }
        }
    }
}

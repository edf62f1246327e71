//! Texts and the places in them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Which text of a [`Sources`] a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A place: the bytes from `start` to `end` of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// One text that was read, with the path it is shown under.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user knows it, with `/` between its parts.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Where each line begins, once somebody has asked: reports ask for every step.
    lines: OnceLock<Vec<usize>>,
}

/// A line and a column, both counted from one; the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// All texts of a run, so that a [`Span`] can be shown.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Keeps a text and gives its number.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        self.files.push(Source {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
        });
        id
    }

    /// The text of that number.
    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// All texts, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// Where a place begins.
    pub fn position(&self, span: Span) -> Position {
        let source = self.get(span.file);
        let start = source.text.floor_char_boundary(span.start as usize);
        let lines = source.line_starts();
        // The first line begins at zero, so there is always one that begins before.
        let line = lines.partition_point(|begin| *begin <= start);
        Position {
            line,
            column: source.text[lines[line - 1]..start].chars().count() + 1,
        }
    }

    /// A line by its number, counted from one, without what ends it; nothing where there is none.
    pub fn line(&self, file: FileId, line: usize) -> &str {
        let source = self.get(file);
        let begin = line
            .checked_sub(1)
            .and_then(|index| source.line_starts().get(index));
        let rest = begin.map_or("", |begin| &source.text[*begin..]);
        let line = rest.split('\n').next().unwrap_or_default();
        line.trim_end_matches('\r')
    }

    /// `path:line:column` of a place.
    pub fn place(&self, span: Span) -> String {
        let Position { line, column } = self.position(span);
        format!("{}:{line}:{column}", self.get(span.file).path)
    }
}

impl Source {
    fn line_starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let newlines = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(newlines).collect()
        })
    }
}

impl Span {
    /// The part of this place that these bytes, counted from its start, cover.
    pub fn part(self, range: Range<usize>) -> Span {
        let at = |offset: usize| {
            self.start
                .saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
                .min(self.end)
        };
        Span {
            file: self.file,
            start: at(range.start),
            end: at(range.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_lines() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "é: 1\r\n\nlast: é2");
        let at = |start| {
            let end = start;
            let Position { line, column } = sources.position(Span { file, start, end });
            (line, column)
        };
        // The second byte of a character is in the character.
        for (start, place) in [
            (0, (1, 1)),
            (1, (1, 1)),
            (2, (1, 2)),
            (6, (1, 6)),
            (7, (2, 1)),
            (8, (3, 1)),
            (16, (3, 8)),
            (17, (3, 9)),
            (99, (3, 9)),
        ] {
            assert_eq!(at(start), place, "{start}");
        }
        let lines: Vec<&str> = (0..5).map(|line| sources.line(file, line)).collect();
        assert_eq!(lines, ["", "é: 1", "", "last: é2", ""]);
        let empty = sources.add("b.yaml", "");
        assert_eq!(sources.line(empty, 1), "");
    }
}

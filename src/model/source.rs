//! Texts and the places in them.

use std::ops::Range;
use std::sync::Arc;

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
        let text = &self.get(span.file).text;
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
        }
    }

    /// `path:line:column` of a place.
    pub fn place(&self, span: Span) -> String {
        let Position { line, column } = self.position(span);
        format!("{}:{line}:{column}", self.get(span.file).path)
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

//! Places of a report that was read back: files of which only the lines are known that it shows.

use serde::Deserialize;
use std::collections::BTreeMap;

use crate::model::source::{FileId, Sources, Span};

/// No scenario has more lines, and none has longer ones.
const MOST: usize = 1_000_000;

/// A place as it was written.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    path: String,
    line: usize,
    column: usize,
    text: Option<String>,
    length: Option<usize>,
}

/// The lines that are known, and then where they stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    files: BTreeMap<String, Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    file: Option<FileId>,
    lines: BTreeMap<usize, Line>,
}

#[derive(Debug, Default)]
struct Line {
    text: String,
    /// The first byte, once the file has been put together.
    start: usize,
}

impl Places {
    /// Takes note of a place.
    pub(super) fn note(&mut self, place: &Place) -> Result<(), String> {
        if place.line == 0 || place.column == 0 || place.line > MOST || place.column > MOST {
            return Err(format!(
                "it names line {}, column {} of `{}`, which no file has",
                place.line, place.column, place.path
            ));
        }
        let lines = self.files.entry(place.path.clone()).or_default();
        let line = lines.lines.entry(place.line).or_default();
        if let Some(text) = &place.text
            && line.text.trim().is_empty()
        {
            line.text = text.replace('\n', " ");
        }
        let known = line.text.chars().count();
        line.text.extend(std::iter::repeat_n(
            ' ',
            (place.column - 1).saturating_sub(known),
        ));
        Ok(())
    }

    /// Puts the files together: lines that are not known are empty.
    pub(super) fn add_to(&mut self, sources: &mut Sources) {
        for (path, lines) in &mut self.files {
            let (mut text, mut number) = (String::new(), 1);
            for (at, line) in &mut lines.lines {
                text.extend(std::iter::repeat_n('\n', at - number));
                number = *at;
                line.start = text.len();
                text.push_str(&line.text);
            }
            lines.file = Some(sources.add(path.as_str(), text));
        }
    }

    /// Where a place is that was noted before the files were put together.
    pub(super) fn span(&self, place: &Place) -> Span {
        let found = self.files.get(&place.path).and_then(|lines| {
            let line = lines.lines.get(&place.line)?;
            Some((lines.file?, line))
        });
        let (file, line) = found.expect("all places are noted before any is looked for");
        let byte = |characters: usize| {
            let found = line.text.char_indices().nth(characters);
            line.start + found.map_or(line.text.len(), |(byte, _)| byte)
        };
        let from = place.column - 1;
        let to = from.saturating_add(place.length.unwrap_or(0));
        let offset = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Span {
            file,
            start: offset(byte(from)),
            end: offset(byte(to)),
        }
    }
}

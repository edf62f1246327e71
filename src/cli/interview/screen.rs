//! A page in a terminal, which stays where it is when something on it is new.

use std::io::{self, Write};

use crate::report::columns;

/// What was written since the first line of a page.
#[derive(Default)]
pub(super) struct Sheet {
    rows: usize,
    /// The rows and the columns of the window that it was written in.
    size: (u16, u16),
}

impl Sheet {
    /// The rows and the columns of the window that it was written in.
    pub(super) fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Begins a page below what is there.
    pub(super) fn begin(
        &mut self,
        text: &str,
        size: (u16, u16),
        out: &mut impl Write,
    ) -> io::Result<()> {
        *self = Sheet { rows: 0, size };
        self.go_on(text, out)
    }

    /// Goes on with it.
    pub(super) fn go_on(&mut self, text: &str, out: &mut impl Write) -> io::Result<()> {
        self.rows += rows(text, self.size.1.into());
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Whether its first line can still be seen, in a window of that size: what was written in another one may have been
    /// broken into other rows.
    pub(super) fn is_in_sight(&self, size: (u16, u16)) -> bool {
        self.size == size && self.rows < usize::from(size.0)
    }

    /// Writes another text, with lines before it that stay, in the place of the page. The cursor is in the first column below
    /// it. Nothing is cleared before it is written over, so that nothing flickers.
    pub(super) fn replace(
        &mut self,
        before: &str,
        text: &str,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let all = format!("{before}{text}").replace('\n', "\x1b[K\n");
        let up = match self.rows {
            0 => String::new(),
            rows => format!("\x1b[{rows}A"),
        };
        out.write_all(format!("{up}{all}\x1b[J").as_bytes())?;
        self.rows = rows(text, self.size.1.into());
        out.flush()
    }
}

/// How many rows the lines of a text take.
fn rows(text: &str, width: usize) -> usize {
    let of = |line: &str| columns(&plain(line)).div_ceil(width.max(1)).max(1);
    text.lines().map(of).sum()
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_window() {
        for (text, expected) in [
            ("", 0),
            ("\n", 1),
            ("one\n\ntwo\n", 3),
            ("1234567890\n", 1),
            ("12345678901\n", 2),
            ("\x1b[1m1234567890\x1b[0m\n", 1),
            ("統統統統統統\n", 2),
        ] {
            assert_eq!(rows(text, 10), expected, "{text:?}");
        }
    }

    #[test]
    fn a_page_is_replaced_where_it_stands_while_its_first_line_is_in_sight() {
        let mut out = Vec::new();
        let mut sheet = Sheet::default();
        sheet.begin("one\ntwo\n", (4, 80), &mut out).unwrap();
        sheet.go_on("\n", &mut out).unwrap();
        assert!(sheet.is_in_sight((4, 80)));
        assert!(!sheet.is_in_sight((4, 81)) && !sheet.is_in_sight((3, 80)));
        out.clear();
        sheet.replace("news\n", "1\n2\n3\n", &mut out).unwrap();
        let expected = "\x1b[3Anews\x1b[K\n1\x1b[K\n2\x1b[K\n3\x1b[K\n\x1b[J";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        sheet.go_on("4\n", &mut Vec::new()).unwrap();
        assert!(!sheet.is_in_sight((4, 80)));
    }
}

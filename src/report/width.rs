//! How many columns of a terminal a text takes: two for a Chinese character, none for a combining mark.

use unicode_width::UnicodeWidthChar as _;

/// The columns of one character.
pub(super) fn of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// The columns of a text that steers nothing.
pub fn columns(text: &str) -> usize {
    text.chars().map(of).sum()
}

/// The text with spaces behind it, up to so many columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// The part of the text that fits into so many columns, and the rest. Marks stay with what they are put on.
pub(super) fn split(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += of(character);
        // One that is wider than all there is room for still has to go somewhere.
        if used > width && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// The text in rows of that width, broken between words where there are any.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let room = width.saturating_sub(1 + rows.last().map_or(width, |row| columns(row)));
        match rows.last_mut() {
            Some(row) if columns(word) <= room => {
                row.push(' ');
                row.push_str(word);
            }
            _ => {
                let mut rest = word;
                while !rest.is_empty() {
                    let (row, after) = split(rest, width.max(1));
                    rows.push(row.to_owned());
                    rest = after;
                }
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_a_terminal() {
        for (text, width) in [
            ("abc", 3),
            ("\u{20b9} 10", 4),
            ("\u{4e2d}\u{6587}", 4),
            ("e\u{301}", 1),
            ("\u{1f600}", 2),
            // A Devanagari consonant with a virama and a vowel sign above.
            ("\u{915}\u{94d}\u{937}\u{947}", 2),
            ("", 0),
        ] {
            assert_eq!(columns(text), width, "{text}");
        }
    }

    #[test]
    fn nothing_is_cut_through() {
        assert_eq!(split("ab\u{4e2d}c", 3), ("ab", "\u{4e2d}c"));
        assert_eq!(split("e\u{301}x", 1), ("e\u{301}", "x"));
        assert_eq!(split("\u{4e2d}x", 1), ("\u{4e2d}", "x"));
        assert_eq!(split("ab", 2), ("ab", ""));
        assert_eq!(padded("\u{4e2d}", 4), "\u{4e2d}  ");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a 123456789 b", 4), ["a", "1234", "5678", "9 b"]);
        assert_eq!(wrapped("ab cd e", 4), ["ab", "cd e"]);
        assert_eq!(wrapped("", 4), Vec::<String>::new());
    }
}

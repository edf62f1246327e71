//! JSON text read into tokens, of which whoever needs them makes values.

use std::ops::Range;

use super::cursor::Cursor;

/// Deeper bodies are shown as text. It is `serde_json`'s own limit, so that both see the same bodies as JSON.
const DEEPEST: usize = 127;

/// A value of a text, or a member's key, which stands before the member's value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    start: u32,
    end: u32,
    next: u32,
}

/// What a token spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// A string as it stands between its quotes.
    Text,
    /// A string with escapes in it.
    Escaped,
    List,
    Map,
}

impl Token {
    /// Its place in the text that was read; a string's quotes are not in it.
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.place()]
    }

    /// The same in bytes, where a character need not be looked for.
    #[inline]
    pub(super) fn place(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The number of the first token behind it and all that is in it.
    pub(super) fn next(&self) -> usize {
        self.next as usize
    }
}

/// The tokens of a whole text, if it is JSON: a value, and behind it what is in it.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    // Places are kept in 32 bits, and no body is that long.
    u32::try_from(text.len()).ok()?;
    let mut reader = Reader {
        cursor: Cursor::new(text.as_bytes()),
        tokens: Vec::with_capacity(text.len() / BYTES_A_TOKEN),
    };
    reader.value(0)?;
    reader.cursor.skip_space();
    reader.cursor.is_at_end().then_some(reader.tokens)
}

/// Most bodies have fewer tokens than this gives them room for.
const BYTES_A_TOKEN: usize = 8;

struct Reader<'a> {
    cursor: Cursor<'a>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    /// Notes a token.
    fn note(&mut self, kind: Kind, place: Range<usize>) {
        let token = Token {
            kind,
            start: place.start as u32,
            end: place.end as u32,
            next: self.tokens.len() as u32 + 1,
        };
        self.tokens.push(token);
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<()> {
        let start = self.cursor.at;
        self.cursor.word(word)?;
        self.note(kind, start..self.cursor.at);
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.cursor.skip_space();
        match self.cursor.peek()? {
            b'"' => self.string()?,
            b'{' if depth < DEEPEST => self.all(Kind::Map, b'}', depth + 1)?,
            b'[' if depth < DEEPEST => self.all(Kind::List, b']', depth + 1)?,
            b't' => self.word(b"true", Kind::True)?,
            b'f' => self.word(b"false", Kind::False)?,
            b'n' => self.word(b"null", Kind::Null)?,
            b'-' | b'0'..=b'9' => {
                let number = self.cursor.number()?;
                self.note(Kind::Number, number);
            }
            _ => return None,
        }
        Some(())
    }

    #[inline]
    fn string(&mut self) -> Option<()> {
        let start = self.cursor.at + 1;
        let kind = match self.cursor.string()? {
            true => Kind::Escaped,
            false => Kind::Text,
        };
        self.note(kind, start..self.cursor.at - 1);
        Some(())
    }

    /// A member's key, and the colon behind it.
    fn key(&mut self) -> Option<()> {
        self.cursor.skip_space();
        self.string()?;
        self.cursor.skip_space();
        self.cursor.take(b':')
    }

    /// A list or a map, to the sign that closes it.
    fn all(&mut self, kind: Kind, close: u8, depth: usize) -> Option<()> {
        let opened = self.tokens.len();
        let start = self.cursor.at;
        self.note(kind, start..start);
        self.cursor.at += 1;
        self.cursor.skip_space();
        if self.cursor.take(close).is_none() {
            loop {
                if kind == Kind::Map {
                    self.key()?;
                }
                self.value(depth)?;
                if !self.cursor.goes_on(close)? {
                    break;
                }
            }
        }
        let next = self.tokens.len() as u32;
        let token = &mut self.tokens[opened];
        (token.end, token.next) = (self.cursor.at as u32, next);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::exact::Exact;
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_ends_a_string_is_seen_wherever_it_stands() {
        for length in 0..20 {
            for at in 0..=length {
                for odd in [
                    "\"", "\\n", "\\", "\u{1f}", "\n", "\u{7f}", " ", "!", "#", "[", "]", "é", "₹",
                    "\u{80}",
                ] {
                    let text = format!("\"{}{odd}{}\"", "x".repeat(at), "x".repeat(length - at));
                    let expected = serde_json::from_str::<Value>(&text).ok();
                    let found = Exact::parse(&text).map(|found| found.to_value());
                    assert_eq!(found, expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn what_serde_json_refuses_is_refused() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let (fits, too_deep) = (deep(127), deep(128));
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "nul",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"a\nb\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "1 2",
            "{a:1}",
            "'a'",
            "NaN",
            "\"\\u12₹\"",
            "true",
            "[1, 2]",
            "\"a\"",
            fits.as_str(),
            too_deep.as_str(),
        ] {
            assert_eq!(
                read(text).is_some(),
                serde_json::from_str::<Value>(text).is_ok(),
                "{text}"
            );
        }
    }
}

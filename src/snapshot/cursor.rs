//! Where JSON text is read, and the grammar of its smallest parts. It takes what `serde_json` takes, so that a body that
//! the expectations could be checked on is also one that the rules of a snapshot apply to.

use std::ops::Range;

/// Deeper bodies are shown as text. It is `serde_json`'s own limit, so that both see the same bodies as JSON.
pub(super) const DEEPEST: usize = 127;

/// Looked at together.
const EIGHT: usize = 8;

/// A text's bytes, and how far they were read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// A string as it stands between its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) place: Range<usize>,
    pub(super) has_escapes: bool,
}

/// What a string with escapes says, given what stands between its quotes.
pub(super) fn unescaped(raw: &str) -> String {
    let mut cursor = Cursor::new(raw.as_bytes());
    let mut result = String::with_capacity(raw.len());
    loop {
        let from = cursor.at;
        cursor.skip_plain();
        result.push_str(&raw[from..cursor.at]);
        match cursor.take(b'\\').and_then(|()| cursor.escape()) {
            Some(character) => result.push(character),
            None => return result,
        }
    }
}

/// How many of eight bytes come before the first that ends a string or begins an escape in it.
#[inline]
fn plain(bytes: [u8; EIGHT]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(bytes);
    // The highest bit of each byte that is below the limit. Of bytes behind such a one it may be set too, which does not matter.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let found = (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7);
    found.trailing_zeros() as usize / EIGHT
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether all was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        // Most bodies are sent without any.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        }
    }

    fn skip_while(&mut self, is_passed_over: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| !is_passed_over(*byte));
        self.at += end.unwrap_or(rest.len());
    }

    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// A word that may stand there.
    pub(super) fn word(&mut self, word: &[u8]) -> Option<()> {
        let is_there = self.bytes[self.at..].starts_with(word);
        is_there.then(|| self.at += word.len())
    }

    /// What is between two items, or closes them all. Says whether another one comes.
    #[inline]
    pub(super) fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.skip_space();
        let sign = self.peek()?;
        self.at += 1;
        match sign {
            b',' => Some(true),
            sign if sign == close => Some(false),
            _ => None,
        }
    }

    /// A member's key, and the colon behind it.
    #[inline]
    pub(super) fn key(&mut self) -> Option<Quoted> {
        self.skip_space();
        let key = self.string()?;
        self.skip_space();
        self.take(b':')?;
        Some(key)
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        (self.at > from).then_some(())
    }

    pub(super) fn number(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(start..self.at)
    }

    #[inline]
    pub(super) fn string(&mut self) -> Option<Quoted> {
        self.take(b'"')?;
        let start = self.at;
        self.skip_plain();
        let has_escapes = self.peek()? != b'"';
        if has_escapes {
            self.skip_escaped()?;
        }
        let place = start..self.at;
        self.at += 1;
        Some(Quoted { place, has_escapes })
    }

    /// To the end of a string, from its first escape on.
    fn skip_escaped(&mut self) -> Option<()> {
        while self.peek()? != b'"' {
            self.take(b'\\')?;
            self.escape()?;
            self.skip_plain();
        }
        Some(())
    }

    /// What is itself in a string.
    #[inline]
    fn skip_plain(&mut self) {
        while let Some(some) = self.bytes[self.at..].first_chunk() {
            let count = plain(*some);
            self.at += count;
            if count < EIGHT {
                return;
            }
        }
        self.skip_while(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    }

    /// Passes over a value, if it is one. Where it ends does not depend on that.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                byte if depth > 0 && is_between(byte) => self.at += 1,
                _ => {
                    let start = self.at;
                    self.skip_while(|byte| !is_between(byte) && !matches!(byte, b']' | b'}'));
                    (self.at > start).then_some(())?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_plain();
            let sign = self.peek()?;
            self.at += 1;
            match sign {
                b'"' => return Some(()),
                // And what it escapes.
                b'\\' => {
                    self.peek()?;
                    self.at += 1;
                }
                _ => return None,
            }
        }
    }

    /// The character that is spelled behind a backslash.
    fn escape(&mut self) -> Option<char> {
        let escape = self.peek()?;
        self.at += 1;
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// What stands after `\u`. Half a surrogate pair is no character, so the whole is no JSON.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        self.take(b'\\')?;
        self.take(b'u')?;
        let second = self.hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        digits
            .iter()
            .try_fold(0, |all, byte| Some(all * 16 + digit(byte)?))
    }
}

/// What may stand between the values of a list or a map.
fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_passed_over_to_its_end() {
        for value in [
            "1",
            "-1.5e3",
            "null",
            r#""""#,
            r#""a\"b]\\""#,
            "[]",
            "{}",
            r#"[1, [2, {"a]": "}"}], "x"]"#,
            r#"{"a": {"b": [true , false]}, "c" : "\\"}"#,
        ] {
            for behind in ["", ",1", "}", "]", " "] {
                let text = format!("{value}{behind}");
                let mut cursor = Cursor::new(text.as_bytes());
                assert_eq!(cursor.skip_value(), Some(()), "{text}");
                assert_eq!(&text[..cursor.at], value);
            }
        }
        for none in [
            "", ",", "]", "}", "[", "{\"a\":", "\"a", "\"a\\", "[1", " 1",
        ] {
            let mut cursor = Cursor::new(none.as_bytes());
            assert_eq!(cursor.skip_value(), None, "{none}");
        }
    }
}

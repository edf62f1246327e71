//! Where JSON text is read, and the grammar of its smallest parts. It takes what `serde_json` takes, so that a body that
//! the expectations could be checked on is also one that the rules of a snapshot apply to.

use std::ops::Range;

/// So many bytes are looked at together. Most strings are shorter.
const TOGETHER: usize = 16;

/// A text's bytes, and how far they were read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
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

/// How many of these bytes come before the first that ends a string or begins an escape in it.
#[inline(always)]
fn plain(bytes: &[u8; TOGETHER]) -> usize {
    // Bytes of ones and not truths, of which the compiler makes no vector.
    let mut ends = [0; TOGETHER];
    for (end, byte) in ends.iter_mut().zip(bytes) {
        let if_it = |is: bool| if is { u8::MAX } else { 0 };
        *end = if_it(*byte < 0x20) | if_it(*byte == b'"') | if_it(*byte == b'\\');
    }
    u128::from_le_bytes(ends).trailing_zeros() as usize / 8
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

    /// A string with its quotes; whether it has escapes.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Option<bool> {
        self.take(b'"')?;
        self.skip_plain();
        let has_escapes = self.peek()? != b'"';
        if has_escapes {
            self.skip_escaped()?;
        }
        self.at += 1;
        Some(has_escapes)
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
    #[inline(always)]
    fn skip_plain(&mut self) {
        let mut at = self.at;
        while let Some(some) = self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            let count = plain(some);
            at += count;
            if count < TOGETHER {
                self.at = at;
                return;
            }
        }
        self.at = at;
        self.skip_while(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
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

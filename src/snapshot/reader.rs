//! JSON text read into tokens, of which whoever needs them makes values. It takes what `serde_json` takes, so that a body
//! that the expectations could be checked on is also one that the rules of a snapshot apply to.

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
        &text[self.start as usize..self.end as usize]
    }

    /// The number of the first token behind it and all that is in it.
    pub(super) fn next(&self) -> usize {
        self.next as usize
    }
}

/// The tokens of a whole text, if it is JSON: a value, and behind it what is in it.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    read_into(text, &mut tokens)?;
    Some(tokens)
}

/// The same, into what is there already.
pub(super) fn read_into(text: &str, tokens: &mut Vec<Token>) -> Option<()> {
    // Places are kept in 32 bits, and no body is that long.
    u32::try_from(text.len()).ok()?;
    tokens.clear();
    tokens.reserve(text.len() / BYTES_A_TOKEN);
    let mut reader = Reader {
        bytes: text.as_bytes(),
        at: 0,
        tokens,
    };
    reader.value(0)?;
    reader.skip_space();
    (reader.at == text.len()).then_some(())
}

/// What a string with escapes says, given what stands between its quotes.
pub(super) fn unescaped(raw: &str) -> String {
    let mut reader = Reader {
        bytes: raw.as_bytes(),
        at: 0,
        tokens: &mut Vec::new(),
    };
    let mut result = String::with_capacity(raw.len());
    loop {
        let from = reader.at;
        reader.skip_plain();
        result.push_str(&raw[from..reader.at]);
        match reader.take(b'\\').and_then(|()| reader.escape()) {
            Some(character) => result.push(character),
            None => return result,
        }
    }
}

/// Most bodies have fewer tokens than this gives them room for.
const BYTES_A_TOKEN: usize = 8;

/// Looked at together.
const EIGHT: usize = 8;

/// How many of eight bytes come before the first that ends a string or begins an escape in it.
fn plain(bytes: [u8; EIGHT]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(bytes);
    // The highest bit of each byte that is below the limit. Of bytes behind such a one it may be set too, which does not matter.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let found = (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7);
    found.trailing_zeros() as usize / EIGHT
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    tokens: &'a mut Vec<Token>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
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

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Notes a token from there to here.
    fn note(&mut self, kind: Kind, start: usize) {
        let token = Token {
            kind,
            start: start as u32,
            end: self.at as u32,
            next: self.tokens.len() as u32 + 1,
        };
        self.tokens.push(token);
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<()> {
        let start = self.at;
        self.bytes[start..].starts_with(word).then(|| {
            self.at += word.len();
            self.note(kind, start);
        })
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.skip_space();
        match self.peek()? {
            b'"' => self.string(),
            b'{' if depth < DEEPEST => self.all(Kind::Map, b'}', depth + 1),
            b'[' if depth < DEEPEST => self.all(Kind::List, b']', depth + 1),
            b't' => self.word(b"true", Kind::True),
            b'f' => self.word(b"false", Kind::False),
            b'n' => self.word(b"null", Kind::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    /// A list or a map, to the sign that closes it.
    fn all(&mut self, kind: Kind, close: u8, depth: usize) -> Option<()> {
        let opened = self.tokens.len();
        self.note(kind, self.at);
        self.at += 1;
        self.skip_space();
        if self.take(close).is_none() {
            loop {
                if kind == Kind::Map {
                    self.key()?;
                }
                self.value(depth)?;
                self.skip_space();
                let sign = self.peek()?;
                self.at += 1;
                match sign {
                    b',' => {}
                    sign if sign == close => break,
                    _ => return None,
                }
            }
        }
        let next = self.tokens.len() as u32;
        let token = &mut self.tokens[opened];
        (token.end, token.next) = (self.at as u32, next);
        Some(())
    }

    fn key(&mut self) -> Option<()> {
        self.skip_space();
        self.string()?;
        self.skip_space();
        self.take(b':')
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<()> {
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
        self.note(Kind::Number, start);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        let (start, mut kind) = (self.at, Kind::Text);
        loop {
            self.skip_plain();
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    self.escape()?;
                    kind = Kind::Escaped;
                }
                _ => return None,
            }
        }
        self.note(kind, start);
        self.at += 1;
        Some(())
    }

    /// What is itself in a string.
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

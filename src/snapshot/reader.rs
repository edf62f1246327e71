//! JSON text read into an exact tree. It takes what `serde_json` takes, so that a body that the expectations
//! could be checked on is also one that the rules of a snapshot apply to.

use std::borrow::Cow;

use super::exact::{Exact, Member};

/// Deeper bodies are shown as text. It is `serde_json`'s own limit, so that both see the same bodies as JSON.
const DEEPEST: usize = 127;

/// The value that a whole text spells, if it is JSON.
pub(super) fn read(text: &str) -> Option<Exact<'_>> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    (reader.at == text.len()).then_some(value)
}

/// Sorts by key; of equal keys the first sent comes first. Most keys differ in their first letter already.
fn sort(members: &mut [Member<'_>]) {
    let rank = |key: &str| key.as_bytes().first().copied();
    members
        .sort_by(|(one, _), (other, _)| rank(one).cmp(&rank(other)).then_with(|| one.cmp(other)));
}

/// Looked at together.
const EIGHT: usize = 8;

/// Whether none of eight bytes ends a string or begins an escape in it.
fn is_plain(bytes: &[u8; EIGHT]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_ne_bytes(*bytes);
    // The highest bit of each byte that is below the limit; of a higher byte it may be set too, which costs a second look.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7) == 0
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        // Most bodies are sent without any.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        }
    }

    fn skip_while(&mut self, is_passed_over: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        let end = rest.iter().position(|byte| !is_passed_over(*byte));
        self.at += end.unwrap_or(rest.len());
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Exact<'a>) -> Option<Exact<'a>> {
        self.text[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: usize) -> Option<Exact<'a>> {
        self.skip_space();
        match self.peek()? {
            b'{' if depth < DEEPEST => self.map(depth + 1),
            b'[' if depth < DEEPEST => self.list(depth + 1),
            b'"' => Some(Exact::Text(self.string()?)),
            b't' => self.word("true", Exact::Bool(true)),
            b'f' => self.word("false", Exact::Bool(false)),
            b'n' => self.word("null", Exact::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<Exact<'a>> {
        self.take(b'[')?;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']').is_some() {
            return Some(Exact::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']').is_some() {
                return Some(Exact::List(items));
            }
            self.take(b',')?;
        }
    }

    fn map(&mut self, depth: usize) -> Option<Exact<'a>> {
        self.take(b'{')?;
        let mut members = Vec::new();
        self.skip_space();
        if self.take(b'}').is_some() {
            return Some(Exact::Map(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.take(b':')?;
            members.push((key, self.value(depth)?));
            self.skip_space();
            if self.take(b'}').is_some() {
                sort(&mut members);
                return Some(Exact::Map(members));
            }
            self.take(b',')?;
        }
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Exact<'a>> {
        let from = self.at;
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
        let text: &'a str = self.text;
        Some(Exact::Number(text[from..self.at].into()))
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.take(b'"')?;
        let text: &'a str = self.text;
        let from = self.at;
        self.skip_plain();
        if self.take(b'"').is_some() {
            return Some(text[from..self.at - 1].into());
        }
        let mut result = text[from..self.at].to_owned();
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(result.into());
                }
                b'\\' => {
                    self.at += 1;
                    let escape = self.peek()?;
                    self.at += 1;
                    result.push(match escape {
                        b'"' | b'\\' | b'/' => char::from(escape),
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.unicode()?,
                        _ => return None,
                    });
                }
                _ => return None,
            }
            let from = self.at;
            self.skip_plain();
            result.push_str(&text[from..self.at]);
        }
    }

    /// What is itself in a string.
    fn skip_plain(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest
            .as_chunks()
            .0
            .iter()
            .take_while(|some| is_plain(some))
            .count()
            * EIGHT;
        self.skip_while(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
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
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
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
                    let found = read(&text).map(|found| found.to_value());
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

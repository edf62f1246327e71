//! A body read beside what it should be printed as, without printing it.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::{Cursor, DEEPEST, Quoted, unescaped};
use super::exact::{begun_line, print_text};
use super::placeholders::Placeholders;
use crate::model::secret::Secrets;

/// A member of a map whose members come in another order than they are printed in.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// By which most keys are told apart.
    beginning: u64,
    /// The key, and the value behind it.
    key: Range<usize>,
    value: Range<usize>,
}

/// Follows a body through the text that it should be printed as. Whatever it gives up at may still be as accepted.
#[derive(Debug)]
pub(super) struct Follower<'c> {
    text: &'c str,
    body: Cursor<'c>,
    /// What is left of the accepted text.
    left: &'c [u8],
    with: With<'c>,
    /// The members of the maps that are open and not in order.
    members: &'c mut Vec<Member>,
    /// So many bytes may still be passed over to find out in which order members come.
    patience: usize,
}

/// What takes the place of parts of a body.
#[derive(Debug)]
pub(super) struct With<'c> {
    pub(super) placeholders: &'c mut Placeholders,
    pub(super) now: i128,
    pub(super) secrets: &'c Secrets,
    /// Whether each part must be asked for secrets, because escapes could hide one from whoever looks at the whole.
    pub(super) has_escapes: bool,
}

/// What a map within a map within a map costs where the order is another in each.
const MOST_PASSES: usize = 16;

/// The first eight bytes as a number by which texts are in the order of their bytes, except for those that are alike so far.
fn beginning(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let shift = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
            let missing = (size_of::<u64>() - text.len()) * 8;
            let all = text.iter().fold(0, shift);
            // Of no byte there is nothing to shift.
            all.checked_shl(missing as u32).unwrap_or(0)
        }
    }
}

/// Whether two texts of one length are the same. Most are so short that a call would take longer than the look.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    const EIGHT: usize = 8;
    if one.len() > 4 * EIGHT {
        return one == other;
    }
    let (ones, ends) = one.as_chunks::<EIGHT>();
    let (others, other_ends) = other.as_chunks::<EIGHT>();
    if !ones.iter().zip(others).all(|(one, other)| one == other) {
        return false;
    }
    // The last eight once more, with what is left over.
    match (one.last_chunk::<EIGHT>(), other.last_chunk::<EIGHT>()) {
        (Some(one), Some(other)) => one == other,
        _ => ends.iter().zip(other_ends).all(|(one, other)| one == other),
    }
}

/// Follows a whole body; nothing, if it is not certain to be printed as what is accepted.
pub(super) fn follow<'c>(
    text: &'c str,
    accepted: &'c [u8],
    with: With<'c>,
    members: &'c mut Vec<Member>,
) -> Option<()> {
    // A comparison that was given up leaves some.
    members.clear();
    let mut follower = Follower {
        text,
        body: Cursor::new(text.as_bytes()),
        left: accepted,
        with,
        members,
        patience: MOST_PASSES * text.len(),
    };
    follower.body.skip_space();
    follower.value(0)?;
    follower.body.skip_space();
    (follower.body.is_at_end() && follower.left.is_empty()).then_some(())
}

impl<'c> Follower<'c> {
    #[inline]
    fn take(&mut self, piece: &[u8]) -> Option<()> {
        let (begun, left) = self.left.split_at_checked(piece.len())?;
        self.left = left;
        is_same(begun, piece).then_some(())
    }

    #[inline]
    fn take_line(&mut self, index: usize, level: usize) -> Option<()> {
        let (line, spaces) = begun_line(index, level);
        self.take(line.as_bytes())?;
        let (more, left) = self.left.split_at_checked(spaces)?;
        self.left = left;
        more.iter().all(|byte| *byte == b' ').then_some(())
    }

    /// A text between quotes, and what stands behind them.
    #[inline]
    fn take_quoted<const BEHIND: usize>(
        &mut self,
        text: &[u8],
        behind: &[u8; BEHIND],
    ) -> Option<()> {
        let (quoted, left) = self.left.split_at_checked(text.len() + 2 + BEHIND)?;
        let (quoted, last) = quoted.split_last_chunk::<BEHIND>()?;
        let [b'"', inside @ .., b'"'] = quoted else {
            return None;
        };
        let is_there = is_same(inside, text) && last == behind;
        is_there.then(|| self.left = left)
    }

    /// The value that begins here.
    fn value(&mut self, level: usize) -> Option<()> {
        match self.body.peek()? {
            b'"' => {
                let quoted = self.body.string()?;
                self.string(&quoted)
            }
            b'{' if level < DEEPEST => self.map(level),
            b'[' if level < DEEPEST => self.list(level),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'-' | b'0'..=b'9' => {
                let number = self.body.number()?;
                let number = &self.text[number];
                self.has_no_secret(number)?;
                self.take(number.as_bytes())
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.body.word(word)?;
        self.take(word)
    }

    /// Whether a list or map that begins here has nothing in it.
    #[inline]
    fn is_empty(&mut self, close: u8) -> bool {
        self.body.at += 1;
        self.body.skip_space();
        self.body.take(close).is_some()
    }

    fn list(&mut self, level: usize) -> Option<()> {
        if self.is_empty(b']') {
            return self.take(b"[]");
        }
        self.take(b"[")?;
        let mut index = 0;
        loop {
            self.take_line(index, level + 1)?;
            self.body.skip_space();
            self.value(level + 1)?;
            if !self.body.goes_on(b']')? {
                break;
            }
            index += 1;
        }
        self.take_line(0, level)?;
        self.take(b"]")
    }

    fn map(&mut self, level: usize) -> Option<()> {
        if self.is_empty(b'}') {
            return self.take(b"{}");
        }
        self.take(b"{")?;
        let mut last: &[u8] = b"";
        let mut index = 0;
        loop {
            let start = self.body.at;
            let quoted = self.body.key()?;
            let key = self.key(&quoted)?;
            self.take_line(index, level + 1)?;
            // Accepted texts are printed in order. What is not would be told apart.
            if !is_in_order(last, key) || self.take_quoted(key, b": ").is_none() {
                self.body.at = start;
                self.rest_of_map(last, index, level)?;
                break;
            }
            self.body.skip_space();
            self.value(level + 1)?;
            if !self.body.goes_on(b'}')? {
                break;
            }
            last = key;
            index += 1;
        }
        self.take_line(0, level)?;
        self.take(b"}")
    }

    /// The members of a map from the first on that is not the next in order. The line of the next has begun.
    fn rest_of_map(&mut self, last: &[u8], begun: usize, level: usize) -> Option<()> {
        let first = self.members.len();
        self.gather_members()?;
        let bytes = self.text.as_bytes();
        self.members[first..].sort_by(|one, other| {
            let by_key = || bytes[one.key.clone()].cmp(&bytes[other.key.clone()]);
            one.beginning.cmp(&other.beginning).then_with(by_key)
        });
        let behind = self.body.at;
        for index in first..self.members.len() {
            let Member { key, value, .. } = self.members[index].clone();
            if index > first {
                self.take_line(begun + index - first, level + 1)?;
            } else if !is_in_order(last, &bytes[key.clone()]) {
                return None;
            }
            self.take_quoted(&bytes[key], b": ")?;
            self.body.at = value.start;
            self.value(level + 1)?;
            // Else it is no value.
            (self.body.at == value.end).then_some(())?;
        }
        self.members.truncate(first);
        self.body.at = behind;
        Some(())
    }

    /// Notes the members from here on, and passes over the map's end.
    fn gather_members(&mut self) -> Option<()> {
        let from = self.body.at;
        loop {
            let quoted = self.body.key()?;
            let key = self.key(&quoted)?;
            self.body.skip_space();
            let start = self.body.at;
            self.body.skip_value()?;
            self.members.push(Member {
                beginning: beginning(key),
                key: quoted.place,
                value: start..self.body.at,
            });
            if !self.body.goes_on(b'}')? {
                break;
            }
        }
        self.patience = self.patience.checked_sub(self.body.at - from)?;
        Some(())
    }

    /// A key. Where one has escapes, which is its own place among the others is for printing to find out.
    #[inline]
    fn key(&self, quoted: &Quoted) -> Option<&'c [u8]> {
        if quoted.has_escapes {
            return None;
        }
        let key = &self.text[quoted.place.clone()];
        self.has_no_secret(key)?;
        Some(key.as_bytes())
    }

    #[inline]
    fn string(&mut self, quoted: &Quoted) -> Option<()> {
        let raw = &self.text[quoted.place.clone()];
        let is_plain = !quoted.has_escapes && !self.with.has_escapes;
        // Without escapes it is printed as it was sent. A secret in it is seen in the accepted text.
        if is_plain && !self.with.replaces(raw) && self.take_quoted(raw.as_bytes(), b"").is_some() {
            return Some(());
        }
        let sent = match quoted.has_escapes {
            true => Cow::Owned(unescaped(raw)),
            false => Cow::Borrowed(raw),
        };
        let mut printed = String::new();
        match (&sent, self.with.shown(&sent)) {
            (Cow::Borrowed(_), Cow::Borrowed(_)) => return self.take_quoted(raw.as_bytes(), b""),
            (_, shown) => print_text(&shown, &mut printed),
        }
        self.take(printed.as_bytes())
    }

    /// Whatever stands in a key's or a number's place would have to be put among the others, or printed otherwise.
    #[inline]
    fn has_no_secret(&self, part: &str) -> Option<()> {
        let is_one = self.with.has_escapes && self.with.hides(part);
        (!is_one).then_some(())
    }
}

/// Whether a key may stand behind another.
#[inline]
fn is_in_order(one: &[u8], other: &[u8]) -> bool {
    match (one.first(), other.first()) {
        // Most differ in their first letter.
        (Some(one), Some(other)) if one != other => one < other,
        _ => one <= other,
    }
}

impl With<'_> {
    /// What is shown of a text: first secrets are hidden, then the rest is replaced.
    fn shown<'t>(&mut self, sent: &'t str) -> Cow<'t, str> {
        match self.secrets.hidden(sent) {
            Cow::Borrowed(sent) => self.placeholders.replace(sent, self.now),
            Cow::Owned(hidden) => self
                .placeholders
                .replace(&hidden, self.now)
                .into_owned()
                .into(),
        }
    }

    /// Whether anything takes the place of a part of the text. Numbers nothing.
    #[inline]
    fn replaces(&self, text: &str) -> bool {
        self.placeholders.may_replace(text)
            && matches!(self.placeholders.peek(text, self.now), Cow::Owned(_))
    }

    fn hides(&self, part: &str) -> bool {
        matches!(self.secrets.hidden(part), Cow::Owned(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_compared_whole() {
        for length in 0..80 {
            let text = vec![b'x'; length];
            assert!(is_same(&text, &text.clone()));
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'y';
                assert!(!is_same(&text, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn beginnings_are_in_the_order_of_texts() {
        let texts = ["", "\0", "a", "aa", "aaaaaaa", "aaaaaaab", "ab", "b", "₹"];
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at..] {
                assert!(beginning(one.as_bytes()) <= beginning(other.as_bytes()));
                assert!(is_in_order(one.as_bytes(), other.as_bytes()));
                let is_turned = is_in_order(other.as_bytes(), one.as_bytes());
                assert_eq!(is_turned, one == other, "{one} {other}");
            }
        }
    }
}

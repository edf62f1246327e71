//! A body read beside what it should be printed as, without printing it.

use std::borrow::Cow;
use std::ops::Range;

use super::Received;
use super::exact::{LINE, line_place, new_line, print_text, said};
use super::placeholders::Placeholders;
use super::reader::{Kind, Token, read};
use crate::model::secret::Secrets;

/// The first eight bytes of a member's key, which tell most keys apart, and the key's token.
type Member = (u64, usize);

/// In most bodies no more members are in the maps that are open.
const USUAL_MEMBERS: usize = 64;

/// Follows a body through the text that it should be printed as. Whatever it gives up at may still be as accepted.
struct Follower<'c, 'w> {
    text: &'c str,
    tokens: &'c [Token],
    /// What is left of the accepted text.
    left: &'c [u8],
    with: &'c mut With<'w>,
    /// The members of the maps that are open.
    members: Vec<Member>,
    /// How long the accepted text is.
    length: usize,
    replaced: Vec<(usize, Range<usize>)>,
}

/// A body that is printed as what is accepted.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) tokens: Vec<Token>,
    /// The texts that something takes the place of or that are escaped, in the order in which they are printed: the number of
    /// their token, and where in the accepted text that is.
    pub(super) replaced: Vec<(usize, Range<usize>)>,
}

/// What takes the place of parts of a body.
#[derive(Debug)]
pub(super) struct With<'c> {
    placeholders: &'c mut Placeholders,
    now: i128,
    secrets: &'c Secrets,
    /// The lengths of the shortest parts that may hold a secret, and that may not be printed as they were sent. Most are shorter.
    shortest_secret: usize,
    shortest_changed: usize,
}

/// The first eight bytes of what stands there as a number by which texts are in the order of their bytes, except for those
/// that are alike so far.
#[inline]
fn beginning(bytes: &[u8], place: Range<usize>) -> u64 {
    let length = place.len();
    match bytes[place.start..].first_chunk() {
        Some(first) if length >= first.len() => u64::from_be_bytes(*first),
        // Without those that are behind it.
        Some(first) => u64::from_be_bytes(*first) & !(u64::MAX >> (8 * length)),
        None => {
            let mut first = [0; size_of::<u64>()];
            first[..length].copy_from_slice(&bytes[place]);
            u64::from_be_bytes(first)
        }
    }
}

/// Whether two texts of one length are the same. Most are so short that a call would take longer than the look.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    match one.len() {
        0..4 => one.iter().zip(other).all(|(one, other)| one == other),
        4..8 => has_same_ends::<4>(one, other),
        8..16 => has_same_ends::<8>(one, other),
        16..=32 => has_same_ends::<16>(one, other),
        _ => one == other,
    }
}

/// Whether two texts are the same that are twice as long as their ends, or shorter.
#[inline]
fn has_same_ends<const LENGTH: usize>(one: &[u8], other: &[u8]) -> bool {
    one.first_chunk::<LENGTH>() == other.first_chunk::<LENGTH>()
        && one.last_chunk::<LENGTH>() == other.last_chunk::<LENGTH>()
}

/// Follows a whole body; nothing, if it is not certain to be printed as what is accepted.
pub(super) fn follow(text: &str, accepted: &[u8], with: &mut With<'_>) -> Option<Followed> {
    let tokens = read(text)?;
    let mut follower = Follower {
        text,
        tokens: &tokens,
        left: accepted,
        with,
        members: Vec::with_capacity(USUAL_MEMBERS),
        length: accepted.len(),
        replaced: Vec::new(),
    };
    follower.value(0, 0)?;
    let (is_all, replaced) = (follower.left.is_empty(), follower.replaced);
    is_all.then_some(Followed { tokens, replaced })
}

impl Follower<'_, '_> {
    #[inline]
    fn take(&mut self, piece: &[u8]) -> Option<()> {
        let (begun, left) = self.left.split_at_checked(piece.len())?;
        self.left = left;
        is_same(begun, piece).then_some(())
    }

    #[inline]
    fn take_line(&mut self, index: usize, level: usize) -> Option<()> {
        match LINE.as_bytes().get(line_place(index, level)) {
            Some(line) => self.take(line),
            None => self.take_deep_line(index, level),
        }
    }

    #[cold]
    fn take_deep_line(&mut self, index: usize, level: usize) -> Option<()> {
        let mut line = String::new();
        new_line(index, level, &mut line);
        self.take(line.as_bytes())
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

    /// The value of that token.
    fn value(&mut self, at: usize, level: usize) -> Option<()> {
        let token = self.tokens[at];
        match token.kind {
            Kind::Text | Kind::Escaped => self.string(at, &token),
            Kind::List if token.next() == at + 1 => self.take(b"[]"),
            Kind::List => self.list(token.next(), at + 1, level),
            Kind::Map if token.next() == at + 1 => self.take(b"{}"),
            Kind::Map => self.map(token.next(), at + 1, level),
            Kind::Number => {
                // A text would stand in its place.
                self.has_no_secret(token.of(self.text))?;
                self.take(&self.text.as_bytes()[token.place()])
            }
            Kind::Null => self.take(b"null"),
            Kind::True => self.take(b"true"),
            Kind::False => self.take(b"false"),
        }
    }

    fn list(&mut self, end: usize, mut item: usize, level: usize) -> Option<()> {
        self.take(b"[")?;
        let mut index = 0;
        while item < end {
            self.take_line(index, level + 1)?;
            self.value(item, level + 1)?;
            item = self.tokens[item].next();
            index += 1;
        }
        self.take_line(0, level)?;
        self.take(b"]")
    }

    fn map(&mut self, end: usize, member: usize, level: usize) -> Option<()> {
        let bytes = self.text.as_bytes();
        let first = self.members.len();
        self.gather_members(end, member)?;
        self.take(b"{")?;
        for index in first..self.members.len() {
            let (_, key) = self.members[index];
            let token = self.tokens[key];
            // Whatever stands in its place would have to be put among the others.
            self.has_no_secret(token.of(self.text))?;
            self.take_line(index - first, level + 1)?;
            self.take_quoted(&bytes[token.place()], b": ")?;
            self.value(key + 1, level + 1)?;
        }
        self.members.truncate(first);
        self.take_line(0, level)?;
        self.take(b"}")
    }

    /// Notes the members of a map in the order in which they are printed.
    fn gather_members(&mut self, end: usize, mut member: usize) -> Option<()> {
        let (bytes, tokens) = (self.text.as_bytes(), self.tokens);
        let key = |(_, at): Member| &bytes[tokens[at].place()];
        let in_order = |one: Member, other: Member| {
            let by_key = || key(one).cmp(key(other));
            one.0.cmp(&other.0).then_with(by_key)
        };
        let first = self.members.len();
        let mut is_sorted = true;
        while member < end {
            // Which is its own place among the others is known when it has been read.
            if tokens[member].kind == Kind::Escaped {
                return None;
            }
            let new = (beginning(bytes, tokens[member].place()), member);
            if let Some(last) = self.members[first..].last() {
                is_sorted &= in_order(*last, new).is_le();
            }
            self.members.push(new);
            member = tokens[member + 1].next();
        }
        if !is_sorted {
            self.members[first..].sort_by(|one, other| in_order(*one, *other));
        }
        Some(())
    }

    #[inline]
    fn string(&mut self, at: usize, token: &Token) -> Option<()> {
        let raw = &self.text[token.place()];
        // Without escapes it is printed as it was sent.
        if token.kind == Kind::Text
            && !self.with.changes(raw)
            && self.take_quoted(raw.as_bytes(), b"").is_some()
        {
            return Some(());
        }
        self.shown(at, token)
    }

    /// A text, or what takes its place.
    fn shown(&mut self, at: usize, token: &Token) -> Option<()> {
        let printed = self.with.printed(&said(self.text, token))?;
        let start = self.length - self.left.len();
        self.take(printed.as_bytes())?;
        self.replaced.push((at, start..start + printed.len()));
        Some(())
    }

    #[inline]
    fn has_no_secret(&self, part: &str) -> Option<()> {
        (!self.with.hides(part)).then_some(())
    }
}

impl<'c> With<'c> {
    /// For a text in which nothing shorter than that can be secret.
    pub(super) fn new(
        placeholders: &'c mut Placeholders,
        received: &Received<'c>,
        shortest_secret: usize,
    ) -> Self {
        With {
            shortest_changed: shortest_secret.min(placeholders.shortest()),
            placeholders,
            now: received.now,
            secrets: received.secrets,
            shortest_secret,
        }
    }

    /// The length of the shortest part that anything may take the place of.
    pub(super) fn shortest(&self) -> usize {
        self.shortest_changed
    }

    /// A text as it is printed, or what takes its place.
    pub(super) fn printed(&mut self, sent: &str) -> Option<String> {
        let mut printed = String::new();
        print_text(&self.shown(sent), &mut printed);
        // What was put together from harmless parts may not be harmless.
        (!self.secrets.are_in(&printed)).then_some(printed)
    }

    /// What is shown of a text: first secrets are hidden, then the rest is replaced.
    fn shown<'t>(&mut self, sent: &'t str) -> Cow<'t, str> {
        match self.secrets.hidden_of_few(sent) {
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
    pub(super) fn changes(&self, text: &str) -> bool {
        text.len() >= self.shortest_changed && (self.hides(text) || self.replaces(text))
    }

    fn replaces(&self, text: &str) -> bool {
        self.placeholders.may_replace(text)
            && matches!(self.placeholders.peek(text, self.now), Cow::Owned(_))
    }

    /// Whether a part of the text has a secret in it.
    #[inline]
    pub(super) fn hides(&self, part: &str) -> bool {
        part.len() >= self.shortest_secret && self.secrets.are_in(part)
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
                for behind in ["", "\":17", "zzzzzzzzzzzzzzzz"] {
                    let of =
                        |text: &str| beginning(format!("{text}{behind}").as_bytes(), 0..text.len());
                    assert!(of(one) <= of(other), "{one} {other}");
                    let is_told_apart = one.as_bytes()[..one.len().min(8)]
                        != other.as_bytes()[..other.len().min(8)];
                    assert!(!is_told_apart || of(one) < of(other) || one.is_empty());
                }
            }
        }
    }
}

//! Whether a response is as its snapshot has it, found by reading both beside each other.
//!
//! Nearly all comparisons of a run end so. What is found here is what [`super::normalise`] would find by making the
//! response's whole text, or nothing: where more would have to be known, that has the last word.

use std::borrow::Cow;

use super::Received;
use super::exact::{begun_line, print_text, said};
use super::normalise::{head, url};
use super::placeholders::Placeholders;
use super::reader::{self, Kind, Token};
use crate::model::bytes::has_any;
use crate::model::secret::{Secrets, may_be_escaped};

/// Whether what was received is certain to be compared as what is accepted: a snapshot's contents, which `contents` gives for
/// the URL as it is kept. That it is not, or that it takes more to find out, is not told apart.
pub(super) fn agrees<'c>(
    scratch: &mut Scratch,
    placeholders: &mut Placeholders,
    received: &Received<'_>,
    contents: impl FnOnce(&str) -> Option<&'c str>,
) -> bool {
    let before = placeholders.mark();
    let url = url(placeholders, received);
    let agrees = contents(&url)
        .and_then(|accepted| find(scratch, placeholders, received, accepted))
        .is_some();
    if !agrees {
        placeholders.rewind(before);
    }
    agrees
}

/// Whether it can be found at all: not where rules change the body.
pub(super) fn may_agree(received: &Received<'_>) -> bool {
    let rules = received.rules;
    rules.redact.is_empty()
        && rules.shape.is_empty()
        && rules.sort.is_empty()
        && rules.only.is_none()
        && rules.of_all.is_empty()
}

/// The first eight bytes of a member's key, which tell most keys apart, and the key's token.
type Member = (u64, usize);

/// The quotes around a text.
const QUOTES: usize = 2;

/// What a comparison fills while it lasts, kept for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    tokens: Vec<Token>,
    members: Vec<Member>,
}

/// The first eight bytes as a number by which texts are in the order of their bytes, except for those that are alike so far.
fn beginning(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let shift = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
            let missing = (size_of::<u64>() - bytes.len()) * 8;
            let all = bytes.iter().fold(0, shift);
            // Of no byte there is nothing to shift.
            all.checked_shl(missing as u32).unwrap_or(0)
        }
    }
}

/// Whether two texts of one length are the same. Most are so short that a call would take longer than the look.
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

fn find(
    scratch: &mut Scratch,
    placeholders: &mut Placeholders,
    received: &Received<'_>,
    accepted: &str,
) -> Option<()> {
    // Documents in a body are shown once more below it, and lines' ends are made alike.
    if has_any(accepted.as_bytes(), b"<\r") {
        return None;
    }
    let head = head(placeholders, received);
    let secrets = received.secrets;
    let body = std::str::from_utf8(&received.response.body).ok()?;
    let text = body.trim_start_matches('\u{feff}');
    let Scratch { tokens, members } = scratch;
    reader::read_into(text, tokens)?;
    // A comparison that was given up leaves some.
    members.clear();
    let has_secrets = !secrets.is_empty();
    let mut comparison = Comparison {
        text,
        tokens,
        placeholders,
        now: received.now,
        secrets: Some(secrets).filter(|_| has_secrets && may_be_escaped(text.as_bytes())),
        left: accepted.as_bytes(),
        members,
        was_replaced: false,
    };
    comparison.take(head.as_bytes())?;
    comparison.value(0, 0)?;
    if !comparison.left.is_empty() {
        return None;
    }
    // A secret in a part of the body stands in the accepted text too, unless something else took that part's place.
    let hides = |text: &str| matches!(secrets.hidden(text), Cow::Owned(_));
    let is_hidden = has_secrets && (hides(accepted) || comparison.was_replaced && hides(text));
    (!is_hidden).then_some(())
}

/// A body that is read beside what it should be printed as.
struct Comparison<'c> {
    text: &'c str,
    tokens: &'c [Token],
    placeholders: &'c mut Placeholders,
    now: i128,
    /// Where escapes could hide a secret, each part is looked at alone.
    secrets: Option<&'c Secrets>,
    /// What is left of the accepted text.
    left: &'c [u8],
    /// The members of the maps that are open, by their keys' tokens.
    members: &'c mut Vec<Member>,
    /// Whether a placeholder or a name stands for a part of the body.
    was_replaced: bool,
}

impl<'c> Comparison<'c> {
    #[inline]
    fn take(&mut self, piece: &[u8]) -> Option<()> {
        let (begun, left) = self.left.split_at_checked(piece.len())?;
        self.left = left;
        is_same(begun, piece).then_some(())
    }

    fn take_line(&mut self, index: usize, level: usize) -> Option<()> {
        let (line, spaces) = begun_line(index, level);
        self.take(line.as_bytes())?;
        let (more, left) = self.left.split_at_checked(spaces)?;
        self.left = left;
        more.iter().all(|byte| *byte == b' ').then_some(())
    }

    #[inline]
    fn take_quoted(&mut self, text: &str) -> Option<()> {
        let (begun, left) = self.left.split_at_checked(text.len() + QUOTES)?;
        self.left = left;
        let [b'"', inside @ .., b'"'] = begun else {
            return None;
        };
        is_same(inside, text.as_bytes()).then_some(())
    }

    fn value(&mut self, at: usize, level: usize) -> Option<()> {
        let token = self.tokens[at];
        match token.kind {
            Kind::Null => self.take(b"null"),
            Kind::True => self.take(b"true"),
            Kind::False => self.take(b"false"),
            Kind::Number => {
                let number = token.of(self.text);
                self.has_no_secret(number)?;
                self.take(number.as_bytes())
            }
            Kind::Text | Kind::Escaped => self.string(&token),
            Kind::List if token.next() == at + 1 => self.take(b"[]"),
            Kind::List => self.list(&token, at + 1, level),
            Kind::Map if token.next() == at + 1 => self.take(b"{}"),
            Kind::Map => self.map(&token, at + 1, level),
        }
    }

    fn list(&mut self, token: &Token, mut item: usize, level: usize) -> Option<()> {
        self.take(b"[")?;
        let mut index = 0;
        while item < token.next() {
            self.take_line(index, level + 1)?;
            self.value(item, level + 1)?;
            item = self.tokens[item].next();
            index += 1;
        }
        self.take_line(0, level)?;
        self.take(b"]")
    }

    fn map(&mut self, token: &Token, mut member: usize, level: usize) -> Option<()> {
        let (text, tokens) = (self.text, self.tokens);
        let key = |(_, at): Member| tokens[at].of(text);
        let in_order = |one: Member, other: Member| {
            let by_key = || key(one).cmp(key(other));
            one.0.cmp(&other.0).then_with(by_key)
        };
        let first = self.members.len();
        let mut is_sorted = true;
        while member < token.next() {
            // Which is its own place among the others is known when it has been read.
            if tokens[member].kind == Kind::Escaped {
                return None;
            }
            let new = (beginning(tokens[member].of(text)), member);
            if let Some(last) = self.members[first..].last() {
                is_sorted &= in_order(*last, new).is_le();
            }
            self.members.push(new);
            member = tokens[member + 1].next();
        }
        if !is_sorted {
            self.members[first..].sort_by(|one, other| in_order(*one, *other));
        }
        self.take(b"{")?;
        for index in first..self.members.len() {
            let member = self.members[index];
            self.has_no_secret(key(member))?;
            self.take_line(index - first, level + 1)?;
            self.take_quoted(key(member))?;
            self.take(b": ")?;
            self.value(member.1 + 1, level + 1)?;
        }
        self.members.truncate(first);
        self.take_line(0, level)?;
        self.take(b"}")
    }

    fn string(&mut self, token: &Token) -> Option<()> {
        let sent = said(self.text, token);
        self.has_no_secret(&sent)?;
        let replaced = self.placeholders.replace(&sent, self.now);
        self.was_replaced |= matches!(replaced, Cow::Owned(_));
        match (&sent, &replaced) {
            // Without escapes it was sent, and so it is printed.
            (Cow::Borrowed(_), Cow::Borrowed(text)) => self.take_quoted(text),
            _ => {
                let mut printed = String::new();
                print_text(&replaced, &mut printed);
                self.take(printed.as_bytes())
            }
        }
    }

    fn has_no_secret(&self, part: &str) -> Option<()> {
        match self.secrets.map(|secrets| secrets.hidden(part)) {
            Some(Cow::Owned(_)) => None,
            _ => Some(()),
        }
    }
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;

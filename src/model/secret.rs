//! Values that must reach no output, and the hiding of them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::bytes::{contains, has_any};
use super::disguise;
use super::encodings::encodings;
use super::finder::Finder;

/// A shorter value would hide half of every output, so it is refused as a secret.
pub const SHORTEST: usize = 6;

/// A text up to this length is looked through once for each form sooner than what looks for all at once is made.
const SHORT: usize = 1024;

/// What messages put where they leave something out.
const CUT: char = '…';

/// A value that is never shown: `Debug` prints stars, there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// The value itself, for the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A secret with what it is looked for by.
struct Known {
    name: String,
    secret: Secret,
    /// The longest first.
    forms: Vec<String>,
    /// No text in which it stands is shorter.
    shortest: usize,
}

impl Known {
    fn new(name: &str, value: &str) -> Self {
        let forms = encodings(value);
        // What reads backslashes takes fewer for more of them.
        let least = value.bytes().filter(|byte| *byte != b'\\').count();
        Known {
            name: name.to_owned(),
            secret: Secret::new(value),
            shortest: forms.iter().map(String::len).fold(least, usize::min),
            forms,
        }
    }

    /// Whether it holds what stands between the values of JSON, or what is escaped in them.
    fn may_span_values(&self) -> bool {
        let is_between = |byte: u8| byte <= b' ' || b"\"\\,:[]{}".contains(&byte);
        self.secret.expose().bytes().any(is_between)
    }

    /// What takes the place of one of its forms.
    fn shown(&self, form: &str, plain: &dyn Fn(&str) -> String) -> String {
        if form == self.secret.expose() {
            plain(&self.name)
        } else {
            format!("[{}]", self.name)
        }
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let short = self.forms.iter().rev();
        let mut that_fit = short.take_while(|form| form.len() <= bytes.len());
        that_fit.any(|form| match form.len() == bytes.len() {
            true => form.as_bytes() == bytes,
            false => contains(bytes, form.as_bytes()),
        })
    }
}

/// The secrets of a case, which grow as captures add to them.
#[derive(Default)]
pub struct Secrets {
    known: Vec<Arc<Known>>,
    may_span_values: bool,
    /// How many of them are those that it was cloned from.
    common: usize,
    /// Made when something is first looked for.
    finder: Arc<OnceLock<Finder>>,
    /// The same for those that it was cloned from, made once for all clones.
    common_finder: Arc<OnceLock<Finder>>,
}

impl Clone for Secrets {
    fn clone(&self) -> Self {
        Secrets {
            known: self.known.clone(),
            may_span_values: self.may_span_values,
            common: self.known.len(),
            finder: Arc::clone(&self.finder),
            common_finder: Arc::clone(&self.finder),
        }
    }
}

/// Those secrets that are common to clones, without any of which some text is.
#[derive(Clone)]
pub struct Common(Arc<OnceLock<Finder>>);

impl fmt::Debug for Common {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Secrets {
    /// Adds a secret under a name. The same value keeps its first name; values too short to hide are passed over.
    pub fn add(&mut self, name: &str, value: &str) {
        if value.len() < SHORTEST || self.has(value) {
            return;
        }
        self.know(Arc::new(Known::new(name, value)));
    }

    fn know(&mut self, known: Arc<Known>) {
        self.may_span_values |= known.may_span_values();
        self.known.push(known);
        self.finder = Arc::default();
    }

    fn has(&self, value: &str) -> bool {
        self.known
            .iter()
            .any(|known| known.secret.expose() == value)
    }

    /// Adds those of another.
    pub fn add_all(&mut self, other: &Secrets) {
        for known in &other.known {
            if !self.has(known.secret.expose()) {
                self.know(Arc::clone(known));
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether one of them may be in printed JSON without being in any of its values or keys.
    pub fn may_span_values(&self) -> bool {
        self.may_span_values
    }

    /// No part of the text that is shorter has anything hidden in it.
    pub fn shortest_in(&self, text: &str) -> usize {
        let bytes = text.as_bytes();
        if may_be_cut(bytes) {
            return match self.known.is_empty() {
                true => usize::MAX,
                false => 0,
            };
        }
        // Most texts have none of those that are common, and a case's own are long.
        let has_none = !may_be_escaped(bytes) && self.common_form_in(bytes).is_none();
        shortest(&self.known[if has_none { self.common } else { 0 }..])
    }

    /// Those that are common, if none of them is in the text, nor anything escaped or cut in which any secret could be.
    pub fn common_not_in(&self, text: &str) -> Option<Common> {
        let bytes = text.as_bytes();
        let has_none =
            !may_be_cut(bytes) && !may_be_escaped(bytes) && self.common_form_in(bytes).is_none();
        has_none.then(|| Common(Arc::clone(&self.common_finder)))
    }

    /// No part of a text that is without those has anything hidden in it that is shorter, if they are what is common here too.
    pub fn shortest_without(&self, common: &Common) -> Option<usize> {
        let is_same = Arc::ptr_eq(&common.0, &self.common_finder);
        is_same.then(|| shortest(&self.known[self.common..]))
    }

    /// Whether anything of a text is hidden, where a few short ones are asked for.
    pub fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() >= shortest(&self.known)
            && (self.has_form(bytes) || self.disguised_in(bytes).is_some())
            || self.has_begun(text)
    }

    fn has_form(&self, bytes: &[u8]) -> bool {
        if self.finder.get().is_some() || bytes.len() > SHORT {
            return self.form_in(bytes, 0).is_some();
        }
        let mut own = self.known[self.common..].iter();
        self.common_form_in(bytes).is_some() || own.any(|known| known.is_in(bytes))
    }

    fn common_form_in(&self, bytes: &[u8]) -> Option<(Range<usize>, usize)> {
        let common = &self.known[..self.common];
        let finder = self.common_finder.get_or_init(|| finder(common));
        finder.find(bytes, 0)
    }

    fn disguised_in(&self, bytes: &[u8]) -> Option<&Known> {
        if !may_be_escaped(bytes) {
            return None;
        }
        let is_in = |known: &&Arc<Known>| disguise::find(bytes, known.secret.expose(), 0).is_some();
        self.known.iter().find(is_in).map(Arc::as_ref)
    }

    /// Whether one has begun where a message cut the text.
    fn has_begun(&self, text: &str) -> bool {
        let mut pieces = text.split(CUT);
        // What stands behind the last cut was not cut.
        may_be_cut(text.as_bytes())
            && pieces.next_back().is_some()
            && pieces.any(|piece| self.begun_at_end(piece).is_some())
    }

    /// The text with each secret replaced by its name in brackets.
    pub fn hide(&self, text: &str) -> String {
        self.hidden(text).into_owned()
    }

    /// The same; the text itself where no secret is in it.
    pub fn hidden<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.hide_as(text, &|name| format!("[{name}]"))
    }

    /// The same where a few short texts are asked for, for which it is not worth getting ready to look for many.
    pub fn hidden_of_few<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.are_in(text) {
            true => self.hidden(text),
            false => text.into(),
        }
    }

    /// The same, with something else in the place of a secret that stands there as it is.
    pub fn hide_as<'t>(&self, text: &'t str, plain: &dyn Fn(&str) -> String) -> Cow<'t, str> {
        if self.known.is_empty() {
            return text.into();
        }
        let text = match text.len() < shortest(&self.known) {
            true => text.into(),
            false => self.hide_disguised(self.hide_forms(text, plain)),
        };
        match self.hide_cut(&text) {
            Some(hidden) => hidden.into(),
            None => text,
        }
    }

    fn hide_forms<'t>(&self, text: &'t str, plain: &dyn Fn(&str) -> String) -> Cow<'t, str> {
        if let Some(known) = self.that_is_all_of(text) {
            return known.shown(text, plain).into();
        }
        let (mut hidden, mut shown) = (String::new(), 0);
        while let Some((found, known)) = self.form_in(text.as_bytes(), shown) {
            // A form is a text, and so a match neither begins nor ends inside a character.
            hidden.push_str(&text[shown..found.start]);
            hidden.push_str(&known.shown(&text[found.clone()], plain));
            shown = found.end;
        }
        if shown == 0 {
            return text.into();
        }
        hidden.push_str(&text[shown..]);
        hidden.into()
    }

    /// The secret that a text is a form of, as what a token is captured from: then nothing needs to be looked for.
    fn that_is_all_of(&self, text: &str) -> Option<&Known> {
        let is_it = |known: &&Arc<Known>| known.forms.iter().any(|form| form == text);
        self.known.iter().find(is_it).map(Arc::as_ref)
    }

    /// The first form of a secret from there on, the longest of those that begin at its place.
    fn form_in(&self, bytes: &[u8], from: usize) -> Option<(Range<usize>, &Known)> {
        let finder = self.finder.get_or_init(|| finder(&self.known));
        let (found, index) = finder.find(bytes, from)?;
        Some((found, &self.known[index]))
    }

    /// Hides what is none of the known forms, because it was escaped in a way of its own.
    fn hide_disguised<'t>(&self, mut text: Cow<'t, str>) -> Cow<'t, str> {
        if !may_be_escaped(text.as_bytes()) {
            return text;
        }
        for known in &self.known {
            let mut from = 0;
            while let Some(found) = disguise::find(text.as_bytes(), known.secret.expose(), from) {
                let name = format!("[{}]", known.name);
                text.to_mut().replace_range(found.start..found.end, &name);
                from = found.start + name.len();
            }
        }
        text
    }

    /// Messages cut long texts, and a secret that was cut is none of the known forms any more: what stands
    /// before a cut and begins like a secret is hidden too.
    fn hide_cut(&self, text: &str) -> Option<String> {
        if !may_be_cut(text.as_bytes()) {
            return None;
        }
        let (before, last) = text.rsplit_once(CUT)?;
        let mut hidden = String::with_capacity(text.len());
        for piece in before.split(CUT) {
            match self.begun_at_end(piece) {
                Some((start, name)) => {
                    hidden.push_str(&piece[..start]);
                    hidden.push_str(&format!("[{name}]"));
                }
                None => hidden.push_str(piece),
            }
            hidden.push(CUT);
        }
        hidden.push_str(last);
        Some(hidden)
    }

    /// Where a secret begins that the end of the text cuts, and its name.
    fn begun_at_end(&self, piece: &str) -> Option<(usize, &str)> {
        let begun = |form: &String| {
            let length = (SHORTEST..form.len()).rev().find(|length| {
                form.is_char_boundary(*length) && piece.ends_with(&form[..*length])
            })?;
            Some(piece.len() - length)
        };
        let all = self.known.iter().flat_map(|known| {
            let disguised = disguise::cut_at_end(piece.as_bytes(), known.secret.expose(), SHORTEST);
            let starts = known.forms.iter().filter_map(begun).chain(disguised);
            starts.map(|start| (start, known.name.as_str()))
        });
        all.min_by_key(|(start, _)| *start)
    }

    /// The name of the first secret that stands in these bytes, in any encoding.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        if let Some((_, known)) = self.form_in(bytes, 0) {
            return Some(&known.name);
        }
        self.disguised_in(bytes).map(|known| known.name.as_str())
    }
}

/// The length of the shortest text that one of them can stand in, but for what a message cut.
fn shortest(known: &[Arc<Known>]) -> usize {
    let lengths = known.iter().map(|known| known.shortest);
    lengths.min().unwrap_or(usize::MAX)
}

fn finder(known: &[Arc<Known>]) -> Finder {
    Finder::new(known.iter().enumerate().flat_map(|(index, known)| {
        let forms = known.forms.iter();
        forms.map(move |form| (form.as_str(), index))
    }))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.known.iter().map(|known| &known.name))
            .finish()
    }
}

/// Whether there is anything in these bytes with which escapes begin.
pub fn may_be_escaped(bytes: &[u8]) -> bool {
    has_any(bytes, b"\\%&+")
}

/// Whether what messages put where they leave something out may be in these bytes: whether its first byte is.
fn may_be_cut(bytes: &[u8]) -> bool {
    const FIRST: u8 = 0xe2;
    has_any(bytes, &[FIRST])
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;

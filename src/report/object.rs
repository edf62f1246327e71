//! JSON, written member by member: a report of a large run is hundreds of megabytes of it, and values in between took
//! most of the run's time.

use std::ops::Range;
use std::time::Duration;

use super::letters::{decimal, digits, quoted};

/// So many bytes has an object of those that are kept: a page of an archive, a line of a list.
const ROOM: usize = 256;

/// A member's name as it is written, with what stands around it: to copy that at once is quicker. Names are ours, and
/// have nothing in them that is escaped.
macro_rules! key {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}
pub(super) use key;

/// How objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With every member.
    Whole,
    /// Without what says nothing: null, false, empty texts and empty lists.
    Lean,
}

/// An object that is being written.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    style: Style,
    has_members: bool,
    /// Where the last member's value begins.
    value: usize,
}

/// Writes an object, and gives its text.
pub(super) fn object(style: Style, write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(ROOM);
    write_object(&mut out, style, write);
    out
}

/// Writes an object behind what is there.
pub(super) fn write_object(out: &mut Vec<u8>, style: Style, write: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    write(&mut Object {
        out,
        style,
        has_members: false,
        value: 0,
    });
    out.push(b'}');
}

impl Object<'_> {
    /// A text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        if !(self.is_lean() && text.is_empty()) {
            self.name(name);
            quoted(self.out, text);
        }
    }

    /// A word of ours, in which nothing is escaped.
    pub(super) fn word(&mut self, name: &'static str, word: &'static str) {
        self.name(name);
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    /// What is JSON already.
    pub(super) fn json(&mut self, name: &'static str, json: &[u8]) {
        if !(self.is_lean() && matches!(json, b"\"\"" | b"[]")) {
            self.name(name);
            self.out.extend_from_slice(json);
        }
    }

    /// A list of what is JSON already.
    pub(super) fn jsons<'j>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = &'j [u8]>,
    ) {
        self.list(name, items, |out, json| out.extend_from_slice(json));
    }

    /// Where what is written next will stand.
    pub(super) fn position(&self) -> usize {
        self.out.len()
    }

    /// Members that are JSON already, the comma before them where there are others included.
    pub(super) fn members(&mut self, members: &[u8]) {
        self.has_members = true;
        self.out.extend_from_slice(members);
    }

    /// Where the value stands that was written last.
    pub(super) fn last_value(&self) -> Range<usize> {
        self.value..self.out.len()
    }

    /// A text, or null.
    pub(super) fn maybe_text(&mut self, name: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.null(name),
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self, name: &'static str, number: impl Whole) {
        self.name(name);
        digits(self.out, number.whole());
    }

    /// A time in seconds, to the microsecond.
    pub(super) fn seconds(&mut self, name: &'static str, time: Duration) {
        self.name(name);
        decimal::<6>(self.out, microseconds(time));
    }

    /// A time in milliseconds, to the microsecond.
    pub(super) fn milliseconds(&mut self, name: &'static str, time: Duration) {
        self.name(name);
        decimal::<3>(self.out, microseconds(time));
    }

    /// A number, or null.
    pub(super) fn maybe_number(&mut self, name: &'static str, number: Option<impl Whole>) {
        match number {
            Some(number) => self.number(name, number),
            None => self.null(name),
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, name: &'static str, flag: bool) {
        if flag || !self.is_lean() {
            self.name(name);
            self.out
                .extend_from_slice(if flag { b"true" } else { b"false" });
        }
    }

    /// Null.
    pub(super) fn null(&mut self, name: &'static str) {
        if !self.is_lean() {
            self.name(name);
            self.out.extend_from_slice(b"null");
        }
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        write_object(self.out, self.style, write);
    }

    /// An object of what is there, or null.
    pub(super) fn maybe_object<T>(
        &mut self,
        name: &'static str,
        value: Option<T>,
        write: impl FnOnce(&mut Object<'_>, T),
    ) {
        match value {
            Some(value) => self.object(name, |object| write(object, value)),
            None => self.null(name),
        }
    }

    /// A list of objects.
    pub(super) fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Object<'_>, T),
    ) {
        self.objects_in(self.style, name, items, write);
    }

    /// A list of objects that are written in another style.
    pub(super) fn objects_in<T>(
        &mut self,
        style: Style,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Object<'_>, T),
    ) {
        self.list(name, items, |out, item| {
            write_object(out, style, |object| write(object, item));
        });
    }

    /// A list of texts.
    pub(super) fn texts<T: AsRef<str>>(
        &mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) {
        self.list(name, texts, |out, text| quoted(out, text.as_ref()));
    }

    fn list<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Vec<u8>, T),
    ) {
        let mut items = items.into_iter().peekable();
        if self.is_lean() && items.peek().is_none() {
            return;
        }
        self.name(name);
        self.out.push(b'[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            write(self.out, item);
        }
        self.out.push(b']');
    }

    fn is_lean(&self) -> bool {
        self.style == Style::Lean
    }

    #[inline]
    fn name(&mut self, name: &'static str) {
        self.out
            .extend_from_slice(&name.as_bytes()[usize::from(!self.has_members)..]);
        self.has_members = true;
        self.value = self.out.len();
    }
}

/// A whole number.
pub(super) trait Whole {
    /// The same in more bits.
    fn whole(self) -> u64;
}

impl Whole for u16 {
    fn whole(self) -> u64 {
        self.into()
    }
}

impl Whole for u32 {
    fn whole(self) -> u64 {
        self.into()
    }
}

impl Whole for u64 {
    fn whole(self) -> u64 {
        self
    }
}

impl Whole for usize {
    fn whole(self) -> u64 {
        self as u64
    }
}

/// Whole ones; a run does not take as long as there would be too many.
fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn all(object: &mut Object<'_>) {
        object.text(key!("text"), "a \"b\"\n\u{1}é");
        object.text(key!("no_text"), "");
        object.word(key!("word"), "a");
        object.json(key!("json"), b"[1]");
        object.json(key!("no_json"), b"[]");
        object.jsons(key!("jsons"), [&b"1"[..], b"null"]);
        object.maybe_text(key!("none"), None);
        object.number(key!("number"), 0_u32);
        object.seconds(key!("seconds"), Duration::from_micros(1_000_203));
        object.milliseconds(key!("milliseconds"), Duration::from_micros(500));
        object.maybe_number(key!("no_number"), None::<u32>);
        object.flag(key!("yes"), true);
        object.flag(key!("no"), false);
        object.object(key!("inner"), |inner| inner.texts(key!("nothing"), [""; 0]));
        object.maybe_object(key!("no_object"), None::<()>, |_, ()| {});
        object.objects(key!("objects"), [1_u32, 2], |object, n| {
            object.number(key!("n"), n)
        });
        object.texts(key!("texts"), ["", "b"]);
    }

    #[test]
    fn what_is_written_is_json() {
        let whole: Value = serde_json::from_slice(&object(Style::Whole, all)).unwrap();
        let expected = json!({
            "text": "a \"b\"\n\u{1}é", "no_text": "", "word": "a", "json": [1], "no_json": [], "jsons": [1, null], "none": null, "number": 0,
            "seconds": 1.000_203, "milliseconds": 0.5, "no_number": null, "yes": true, "no": false, "inner": { "nothing": [] },
            "no_object": null, "objects": [{ "n": 1 }, { "n": 2 }], "texts": ["", "b"],
        });
        assert_eq!(whole, expected);
        let lean: Value = serde_json::from_slice(&object(Style::Lean, all)).unwrap();
        let expected = json!({
            "text": "a \"b\"\n\u{1}é", "word": "a", "json": [1], "jsons": [1, null], "number": 0, "seconds": 1.000_203,
            "milliseconds": 0.5, "yes": true, "inner": {},
            "objects": [{ "n": 1 }, { "n": 2 }], "texts": ["", "b"],
        });
        assert_eq!(lean, expected);
    }
}

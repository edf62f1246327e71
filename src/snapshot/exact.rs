//! JSON as it was sent: numbers keep their spelling, so that `1.10` and `24203.0` are shown as they came.
//!
//! `serde_json` reads numbers into 64 bits unless its `arbitrary_precision` is on, which changes it for
//! every crate of the build; a snapshot must not depend on that.

use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

use crate::model::jsonpath::PathStep;

use super::cursor::unescaped;
use super::reader::{self, Kind, Token};

/// A JSON value, with the marks that rules leave in it. What no rule and no escape touches is the text's own, so what is
/// borrowed has nothing in it that must be escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Exact<'t> {
    Null,
    Bool(bool),
    /// As it was spelled.
    Number(Cow<'t, str>),
    Text(Cow<'t, str>),
    List(Vec<Exact<'t>>),
    /// Sorted by key; of equal keys the first sent comes first.
    Map(Vec<Member<'t>>),
    /// What a rule took out; its place stays until all paths have been followed.
    Removed,
    /// What `only` asks for.
    Kept(Box<Exact<'t>>),
}

/// A key and its value.
pub(super) type Member<'t> = (Cow<'t, str>, Exact<'t>);

impl<'t> Exact<'t> {
    /// The value that a whole text spells, if it is JSON.
    pub(super) fn parse(text: &'t str) -> Option<Exact<'t>> {
        let tokens = reader::read(text)?;
        Exact::of(text, &tokens, 0)
    }

    /// The value that begins with that token.
    fn of(text: &'t str, tokens: &[Token], at: usize) -> Option<Exact<'t>> {
        let token = tokens.get(at)?;
        Some(match token.kind {
            Kind::Null => Exact::Null,
            Kind::True => Exact::Bool(true),
            Kind::False => Exact::Bool(false),
            Kind::Number => Exact::Number(token.of(text).into()),
            Kind::Text | Kind::Escaped => Exact::Text(said(text, token)),
            Kind::List => {
                let mut items = Vec::new();
                let mut at = at + 1;
                while at < token.next() {
                    items.push(Exact::of(text, tokens, at)?);
                    at = tokens[at].next();
                }
                Exact::List(items)
            }
            Kind::Map => {
                let mut members = Vec::new();
                let mut at = at + 1;
                while at < token.next() {
                    members.push((said(text, &tokens[at]), Exact::of(text, tokens, at + 1)?));
                    at = tokens[at + 1].next();
                }
                sort(&mut members);
                Exact::Map(members)
            }
        })
    }

    /// The value at the end of a path: every one, where a key stands twice.
    pub(super) fn each_at(&mut self, path: &[PathStep], act: &mut dyn FnMut(&mut Exact<'t>)) {
        if let Exact::Kept(inside) = self {
            return inside.each_at(path, act);
        }
        let Some((step, rest)) = path.split_first() else {
            return act(self);
        };
        match (self, step) {
            (Exact::List(items), PathStep::Index(index)) => {
                if let Some(item) = items.get_mut(*index) {
                    item.each_at(rest, act);
                }
            }
            (Exact::Map(members), PathStep::Key(key)) => {
                let from = members.partition_point(|(name, _)| **name < **key);
                for (_, member) in members[from..]
                    .iter_mut()
                    .take_while(|(name, _)| *name == **key)
                {
                    member.each_at(rest, act);
                }
            }
            _ => {}
        }
    }

    /// Every text in it that is a value, in the order in which it is shown.
    pub(super) fn each_text(&mut self, act: &mut dyn FnMut(&mut Cow<'t, str>)) {
        match self {
            Exact::Text(text) => act(text),
            Exact::List(items) => items.iter_mut().for_each(|item| item.each_text(act)),
            Exact::Map(members) => members
                .iter_mut()
                .for_each(|(_, value)| value.each_text(act)),
            Exact::Kept(inside) => inside.each_text(act),
            Exact::Null | Exact::Bool(_) | Exact::Number(_) | Exact::Removed => {}
        }
    }

    /// The same value for those who need no exact numbers; where a key stands twice, the last counts.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Exact::Null | Exact::Removed => Value::Null,
            Exact::Bool(truth) => Value::Bool(*truth),
            // One that does not fit is shown as it is; only filters that compare it miss it.
            Exact::Number(number) => serde_json::from_str(number).unwrap_or(Value::Null),
            Exact::Text(text) => Value::String(text.to_string()),
            Exact::List(items) => items.iter().map(Exact::to_value).collect(),
            Exact::Map(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.to_string(), value.to_value()))
                    .collect(),
            ),
            Exact::Kept(inside) => inside.to_value(),
        }
    }

    /// The same, for longer than the text.
    pub(super) fn into_owned(self) -> Exact<'static> {
        let owned = |text: Cow<'t, str>| Cow::Owned(text.into_owned());
        match self {
            Exact::Null => Exact::Null,
            Exact::Bool(truth) => Exact::Bool(truth),
            Exact::Number(number) => Exact::Number(owned(number)),
            Exact::Text(text) => Exact::Text(owned(text)),
            Exact::List(items) => Exact::List(items.into_iter().map(Exact::into_owned).collect()),
            Exact::Map(members) => Exact::Map(
                (members.into_iter())
                    .map(|(key, value)| (owned(key), value.into_owned()))
                    .collect(),
            ),
            Exact::Removed => Exact::Removed,
            Exact::Kept(inside) => Exact::Kept(Box::new(inside.into_owned())),
        }
    }

    /// Pretty-printed, two spaces a level, with no newline at the end.
    pub(super) fn print(&self, output: &mut String) {
        self.print_at(0, output);
    }

    fn print_at(&self, level: usize, output: &mut String) {
        match self {
            Exact::Null => output.push_str("null"),
            Exact::Bool(truth) => output.push_str(if *truth { "true" } else { "false" }),
            Exact::Number(number) => output.push_str(number),
            Exact::Text(Cow::Borrowed(text)) => print_plain(text, output),
            Exact::Text(Cow::Owned(text)) => print_text(text, output),
            Exact::List(items) if items.is_empty() => output.push_str("[]"),
            Exact::List(items) => {
                output.push('[');
                for (index, item) in items.iter().enumerate() {
                    new_line(index, level + 1, output);
                    item.print_at(level + 1, output);
                }
                new_line(0, level, output);
                output.push(']');
            }
            Exact::Map(members) if members.is_empty() => output.push_str("{}"),
            Exact::Map(members) => {
                output.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    new_line(index, level + 1, output);
                    match key {
                        Cow::Borrowed(key) => print_plain(key, output),
                        Cow::Owned(key) => print_text(key, output),
                    }
                    output.push_str(": ");
                    value.print_at(level + 1, output);
                }
                new_line(0, level, output);
                output.push('}');
            }
            Exact::Kept(inside) => inside.print_at(level, output),
            Exact::Removed => {}
        }
    }
}

/// What a string's token says.
pub(super) fn said<'t>(text: &'t str, token: &Token) -> Cow<'t, str> {
    let raw = token.of(text);
    match token.kind {
        Kind::Escaped => unescaped(raw).into(),
        _ => raw.into(),
    }
}

/// Sorts by key; of equal keys the first sent comes first. Most keys differ in their first letter already.
fn sort(members: &mut [Member<'_>]) {
    let rank = |key: &str| key.as_bytes().first().copied();
    members
        .sort_by(|(one, _), (other, _)| rank(one).cmp(&rank(other)).then_with(|| one.cmp(other)));
}

/// A comma before all but the first, then the line's start.
pub(super) fn new_line(index: usize, level: usize, output: &mut String) {
    let place = line_place(index, level);
    let mut spaces = place.end.saturating_sub(LINE.len());
    output.push_str(&LINE[place.start..place.end.min(LINE.len())]);
    while spaces > 0 {
        let some = spaces.min(LINE.len() - COMMA);
        output.push_str(&LINE[COMMA..COMMA + some]);
        spaces -= some;
    }
}

const COMMA: usize = 2;
/// What stands before an item, as far as most are indented.
pub(super) const LINE: &str = ",\n                                ";

/// The part of it that stands before an item at that level; it goes on with spaces where it is longer.
#[inline]
pub(super) fn line_place(index: usize, level: usize) -> Range<usize> {
    usize::from(index == 0)..COMMA + level * 2
}

/// A text in which nothing must be escaped.
fn print_plain(text: &str, output: &mut String) {
    output.push('"');
    output.push_str(text);
    output.push('"');
}

/// A JSON string with only what must be escaped escaped.
pub(super) fn print_text(text: &str, output: &mut String) {
    let is_plain =
        |plain: bool, byte: &u8| plain & (*byte >= 0x20) & (*byte != b'"') & (*byte != b'\\');
    if text.as_bytes().iter().fold(true, is_plain) {
        return print_plain(text, output);
    }
    output.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        output.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => output.push_str("\\\""),
            b'\\' => output.push_str("\\\\"),
            b'\n' => output.push_str("\\n"),
            b'\r' => output.push_str("\\r"),
            b'\t' => output.push_str("\\t"),
            _ => output.push_str(&format!("\\u{byte:04x}")),
        }
    }
    output.push_str(&text[plain..]);
    output.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        let mut output = String::new();
        Exact::parse(text).unwrap().print(&mut output);
        output
    }

    #[test]
    fn numbers_are_printed_as_they_were_sent() {
        for number in [
            "24203.0",
            "1.10",
            "1e5",
            "1E+05",
            "-0",
            "-0.0",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
            "1e999",
        ] {
            assert_eq!(printed(number), number);
            assert_eq!(
                printed(&format!("[{number} ]")),
                format!("[\n  {number}\n]")
            );
        }
    }

    #[test]
    fn keys_are_sorted_and_order_of_sending_does_not_show() {
        let text = "{\n  \"a\": [],\n  \"b\": {\n    \"x\": {},\n    \"y\": null\n  }\n}";
        assert_eq!(printed(r#"{"b":{"y":null,"x":{}},"a":[]}"#), text);
        assert_eq!(
            printed(r#" { "a" : [ ] , "b" : {"x":{},"y":null} } "#),
            text
        );
    }

    #[test]
    fn each_level_is_two_spaces_further_in() {
        let deep = 40;
        let text = printed(&format!("{}{}", "[".repeat(deep), "]".repeat(deep)));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 * deep - 1);
        for (at, line) in lines.iter().enumerate() {
            let level = at.min(2 * deep - 2 - at);
            assert_eq!(line.len() - line.trim_start().len(), 2 * level, "{line:?}");
        }
    }

    #[test]
    fn text_is_escaped_no_more_than_json_asks() {
        for (sent, shown) in [
            (r#""₹ \u20b9 \/ \ud83d\ude00""#, r#""₹ ₹ / 😀""#),
            (
                r#""\u0000\b\f\n\r\t\"\\""#,
                r#""\u0000\u0008\u000c\n\r\t\"\\""#,
            ),
        ] {
            assert_eq!(printed(sent), shown);
            assert_eq!(printed(shown), shown);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_shown_twice_and_found_twice() {
        let mut value = Exact::parse(r#"{"a":1,"b":0,"a":2}"#).unwrap();
        let mut found = Vec::new();
        value.each_at(&[PathStep::Key("a".into())], &mut |at| {
            found.push(at.clone())
        });
        assert_eq!(
            found,
            [Exact::Number("1".into()), Exact::Number("2".into())]
        );
        assert_eq!(value.to_value(), serde_json::json!({"a": 2, "b": 0}));
    }
}

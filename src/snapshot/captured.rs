//! The captured values of a case, found again in any text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// So many bytes of a value choose the values that are compared in full. No value that is noted is shorter.
const HEAD: usize = 8;

/// Values and their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    /// By their first bytes, the longest first. A tree: looked at for many places of a text, and there are few values.
    by_head: BTreeMap<u64, Vec<(String, String)>>,
    /// Whether any value begins with that byte, to pass over most of a text quickly.
    first: Vec<bool>,
    /// The length of the shortest value. Most texts are shorter.
    shortest: usize,
    /// How many values have each name.
    names: HashMap<String, usize>,
}

impl Captured {
    /// Remembers a value of at least [`HEAD`] bytes. Its first name stays; a name's second value is told apart.
    pub(super) fn note(&mut self, name: &str, value: &str) {
        let Some(head) = value.as_bytes().first_chunk::<HEAD>() else {
            return;
        };
        let values = self.by_head.entry(u64::from_be_bytes(*head)).or_default();
        if values.iter().any(|(known, _)| known == value) {
            return;
        }
        let count = self.names.entry(name.to_owned()).or_insert(0);
        *count += 1;
        let placeholder = match *count {
            1 => format!("[{name}]"),
            count => format!("[{name}-{count}]"),
        };
        self.shortest = match self.shortest {
            0 => value.len(),
            shortest => shortest.min(value.len()),
        };
        values.push((value.to_owned(), placeholder));
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        self.first.resize(256, false);
        self.first[usize::from(head[0])] = true;
    }

    /// The text with each value replaced by its name: the leftmost first, of several there the longest.
    pub(super) fn replace<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if self.by_head.is_empty() || text.len() < self.shortest {
            return text;
        }
        let bytes = text.as_bytes();
        let mut result = String::new();
        let mut kept = 0;
        let mut at = 0;
        let may_begin = |byte: &u8| self.first[usize::from(*byte)];
        while let Some(skipped) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(may_begin))
        {
            at += skipped;
            let Some(head) = bytes[at..].first_chunk::<HEAD>() else {
                break;
            };
            if let Some(values) = self.by_head.get(&u64::from_be_bytes(*head))
                && let Some((value, name)) = values
                    .iter()
                    .find(|(value, _)| bytes[at..].starts_with(value.as_bytes()))
            {
                result.push_str(&text[kept..at]);
                result.push_str(name);
                at += value.len();
                kept = at;
            } else {
                at += 1;
            }
        }
        if kept == 0 {
            return text;
        }
        result.push_str(&text[kept..]);
        Cow::Owned(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wins_and_second_values_of_a_name_are_told_apart() {
        let mut captured = Captured::default();
        captured.note("short", "abcdefgh1234");
        captured.note("long", "abcdefgh1234-5678");
        captured.note("again", "abcdefgh1234");
        captured.note("short", "₹₹₹₹ 12345678");
        for (text, expected) in [
            ("abcdefgh1234", "[short]"),
            ("xabcdefgh1234y", "x[short]y"),
            ("abcdefgh1234-5678", "[long]"),
            ("abcdefgh1234-567", "[short]-567"),
            ("abcdefgh123", "abcdefgh123"),
            ("₹₹₹₹ 12345678₹", "[short-2]₹"),
            ("₹₹₹₹ 12345679", "₹₹₹₹ 12345679"),
            ("abcdefghabcdefgh1234abcdefgh1234", "abcdefgh[short][short]"),
            ("", ""),
        ] {
            assert_eq!(captured.replace(Cow::Borrowed(text)), expected);
        }
    }
}

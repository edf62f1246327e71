//! Looks for many texts at once: for their beginnings, which are few and short, and where one stands, for the whole.

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, Input, Match, Span};
use std::collections::HashMap;
use std::ops::Range;

use super::secret::SHORTEST;

/// Looks for the forms of secrets.
pub(super) struct Finder {
    /// None, if there is nothing to look for.
    beginnings: Option<Beginnings>,
    /// For each beginning the forms that have it, each with the number of its secret; the longest first.
    forms: Vec<Vec<(Vec<u8>, usize)>>,
}

impl Finder {
    /// Of forms that are [`SHORTEST`] bytes long at least, each with the number of its secret.
    pub(super) fn new<'f>(all: impl Iterator<Item = (&'f str, usize)>) -> Self {
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut beginnings = Vec::new();
        let mut forms: Vec<Vec<(Vec<u8>, usize)>> = Vec::new();
        for (form, secret) in all {
            let beginning = &form.as_bytes()[..SHORTEST];
            let number = *numbers.entry(beginning).or_insert_with(|| {
                beginnings.push(beginning);
                forms.push(Vec::new());
                forms.len() - 1
            });
            forms[number].push((form.into(), secret));
        }
        for same in &mut forms {
            // A form that two secrets have is the first one's.
            same.sort_by_key(|(form, secret)| (std::cmp::Reverse(form.len()), *secret));
        }
        Finder {
            beginnings: Beginnings::new(&beginnings),
            forms,
        }
    }

    /// The first place from there on where one of the forms stands, the longest of those that do, and its secret.
    pub(super) fn find(&self, bytes: &[u8], mut from: usize) -> Option<(Range<usize>, usize)> {
        let beginnings = self.beginnings.as_ref()?;
        // They are all of one length, so what ends first begins first.
        while let Some(begun) = beginnings.find(bytes, from) {
            let start = begun.start();
            let stands = |(form, _): &&(Vec<u8>, usize)| bytes[start..].starts_with(form);
            if let Some((form, secret)) = self.forms[begun.pattern()].iter().find(stands) {
                return Some((start..start + form.len(), *secret));
            }
            from = start + 1;
        }
        None
    }
}

/// Looks for the beginnings, all of one length.
enum Beginnings {
    /// Looks at many bytes at once. A case that captures a token makes one of its own, so being made quickly counts.
    Few(Searcher),
    /// What there are too many of for that, or where the machine has no such instructions.
    Many(AhoCorasick),
}

impl Beginnings {
    /// Nothing, if there is nothing to look for.
    fn new(all: &[&[u8]]) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let few = packed::Builder::new().extend(all).build().map(Self::Few);
        few.or_else(|| {
            let many = AhoCorasick::new(all).expect("so few and short ones have room");
            Some(Self::Many(many))
        })
    }

    /// The one that stands first from there on.
    fn find(&self, bytes: &[u8], from: usize) -> Option<Match> {
        let end = bytes.len();
        match self {
            Self::Few(searcher) => searcher.find_in(bytes, Span { start: from, end }),
            Self::Many(automaton) => automaton.find(Input::new(bytes).range(from..)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(forms: &[&str], text: &str) -> Vec<(String, usize)> {
        let finder = Finder::new(forms.iter().enumerate().map(|(at, form)| (*form, at)));
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some((place, form)) = finder.find(text.as_bytes(), from) {
            from = place.end;
            all.push((text[place].to_owned(), form));
        }
        all
    }

    #[test]
    fn the_longest_at_the_first_place_wins() {
        let forms = ["token-a", "token-abc", "oken-abcdef", "token-ab"];
        let longest = vec![("token-abc".to_owned(), 1), ("token-a".to_owned(), 0)];
        assert_eq!(found(&forms, "x token-abcdef token-a."), longest);
    }

    #[test]
    fn as_many_as_there_are_are_found() {
        for count in [1, 10, 100, 1000] {
            let forms: Vec<String> = (0..count).map(|at| format!("{at:06}-{at}")).collect();
            let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
            for (at, form) in forms.iter().enumerate() {
                let expected = vec![((*form).to_owned(), at)];
                assert_eq!(found(&forms, form), expected);
                assert_eq!(
                    found(&forms, &format!("₹ {form}, {}", &form[..6])),
                    expected
                );
            }
        }
    }

    #[test]
    fn what_only_begins_like_one_hides_none_behind_it() {
        let one = vec![("aaaaaab".to_owned(), 0)];
        assert_eq!(found(&["aaaaaab"], "aaaaaaaaaaaab"), one);
        assert_eq!(found(&["aaaaaab"], "aaaaaaaaaaaa"), []);
        assert_eq!(found(&[], "aaaaaaaaaaaa"), []);
    }
}

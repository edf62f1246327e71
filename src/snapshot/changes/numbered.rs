//! Placeholders with numbers, `[uuid-7]`, which move when something before them comes or goes.

use std::collections::BTreeMap;

use crate::model::change::{Change, What};
use crate::snapshot::exact::Exact;

/// What placeholders may stand in.
pub(super) trait Texts {
    /// Tells all of them, as long as `note` says so; whether it always did.
    fn each(&self, note: &mut dyn FnMut(&str, &str) -> bool) -> bool;
}

/// One more item in a list gives the placeholders behind it other numbers. Where what was equal stays equal and what
/// differed differs, all changes that are no more than that, by their places in `found`, become one.
pub(super) fn settle<T: Texts + ?Sized>(
    found: &mut Vec<Change>,
    renumbered: Vec<usize>,
    equal: &[&T],
) {
    let texts = renumbered
        .iter()
        .filter_map(|at| match &found.get(*at)?.what {
            What::Changed { old, new } => Some((old.as_str(), new.as_str())),
            _ => None,
        });
    let Some(numbers) = mapping(texts, equal) else {
        return;
    };
    let mut gone = renumbered.into_iter().peekable();
    let mut index = 0;
    found.retain(|_| {
        let keep = gone.next_if_eq(&index).is_none();
        index += 1;
        keep
    });
    found.push(Change {
        place: "$".into(),
        what: What::Renumbered(numbers),
    });
}

/// The text with the numbers of its placeholders left out.
pub(in crate::snapshot) fn loose(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in places(text) {
        let placeholder = &text[start..end];
        let stem = placeholder.rfind('-').unwrap_or(0);
        output.push_str(&text[from..start + stem]);
        output.push_str("-]");
        from = end;
    }
    output.push_str(&text[from..]);
    output
}

/// Which placeholder became which, if none became two and no two became one. `texts` have changed; `equal` has not.
fn mapping<'a, T: Texts + ?Sized>(
    texts: impl Iterator<Item = (&'a str, &'a str)>,
    equal: &[&T],
) -> Option<Vec<(String, String)>> {
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    let mut note = |old: &str, new: &str| {
        let to = there
            .entry(old.to_owned())
            .or_insert_with(|| new.to_owned());
        let from = back.entry(new.to_owned()).or_insert_with(|| old.to_owned());
        to == new && from == old
    };
    let mut is_any = false;
    for (old, new) in texts {
        is_any = true;
        for (left, right) in places(old).zip(places(new)) {
            if !note(&old[left.0..left.1], &new[right.0..right.1]) {
                return None;
            }
        }
    }
    if !is_any || !equal.iter().all(|value| value.each(&mut note)) {
        return None;
    }
    let mut numbers: Vec<(String, String)> =
        there.into_iter().filter(|(old, new)| old != new).collect();
    numbers.sort_by(|left, right| (left.0.len(), &left.0).cmp(&(right.0.len(), &right.0)));
    Some(numbers)
}

impl Texts for Exact<'_> {
    fn each(&self, note: &mut dyn FnMut(&str, &str) -> bool) -> bool {
        match self {
            Exact::Text(text) => (**text).each(note),
            Exact::List(items) => items.iter().all(|item| item.each(note)),
            Exact::Map(members) => members.iter().all(|(_, value)| value.each(note)),
            _ => true,
        }
    }
}

impl Texts for str {
    fn each(&self, note: &mut dyn FnMut(&str, &str) -> bool) -> bool {
        places(self).all(|(start, end)| {
            let placeholder = &self[start..end];
            note(placeholder, placeholder)
        })
    }
}

/// Where the placeholders stand.
fn places(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.match_indices('[').filter_map(|(start, _)| {
        let rest = &text[start + 1..];
        let length = rest
            .find(|found: char| !(found.is_ascii_alphanumeric() || found == '_' || found == '-'))?;
        let (word, number) = rest[..length].rsplit_once('-')?;
        let is_one = rest[length..].starts_with(']')
            && !word.is_empty()
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then_some((start, start + length + 2))
    })
}

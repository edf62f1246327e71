//! Placeholders with numbers, `[uuid-7]`, which move when something before them comes or goes.

use std::collections::BTreeMap;

use crate::snapshot::exact::Exact;

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
pub(super) fn mapping<'a>(
    texts: impl Iterator<Item = (&'a str, &'a str)>,
    equal: &[&Exact],
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
    if !is_any || !equal.iter().all(|value| each_text(value, &mut note)) {
        return None;
    }
    let mut numbers: Vec<(String, String)> =
        there.into_iter().filter(|(old, new)| old != new).collect();
    numbers.sort_by(|left, right| (left.0.len(), &left.0).cmp(&(right.0.len(), &right.0)));
    Some(numbers)
}

fn each_text(value: &Exact, note: &mut impl FnMut(&str, &str) -> bool) -> bool {
    match value {
        Exact::Text(text) => places(text).all(|(start, end)| {
            let placeholder = &text[start..end];
            note(placeholder, placeholder)
        }),
        Exact::List(items) => items.iter().all(|item| each_text(item, note)),
        Exact::Map(members) => members.iter().all(|(_, value)| each_text(value, note)),
        _ => true,
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

//! What takes the place of values that varied: as little as makes them equal, so that what did not vary is still
//! compared.

use jiff::Timestamp;

use super::Replacement;
use crate::snapshot::changes::loose;
use crate::snapshot::exact::Exact;
use crate::snapshot::mask::{mask, round};

/// The replacement for all pairs of values that were seen at a path.
pub(super) fn replacement(name: &str, values: &[(Exact<'_>, Exact<'_>)]) -> Replacement {
    let numbers = pairs(values, |value| match value {
        Exact::Number(number) => Some(&**number),
        _ => None,
    });
    let texts = pairs(values, |value| match value {
        Exact::Text(text) => Some(&**text),
        _ => None,
    });
    let any = || Replacement::Text(format!("[{name}]"));
    if let Some(numbers) = numbers {
        if let Some(decimals) = decimals(&numbers) {
            return Replacement::Round(decimals);
        }
        return any();
    }
    let Some(texts) = texts else {
        return any();
    };
    if all(&texts, is_time) {
        return Replacement::Text("[time]".into());
    }
    if all(&texts, is_date) {
        return Replacement::Text("[date]".into());
    }
    if let Some(pattern) = form(&texts) {
        let text = format!("[{name}]");
        return Replacement::IfMatches { pattern, text };
    }
    // A person's name or number that keeps its shape is more than a word in brackets.
    let is_masked = |(old, new): &(&str, &str)| {
        old.contains([' ', '@']) && mask(old) == mask(new) && loose(old) != loose(new)
    };
    if texts.iter().all(is_masked) {
        return Replacement::Mask;
    }
    any()
}

/// All of them, if they are all of one kind.
fn pairs<'v>(
    values: &'v [(Exact<'v>, Exact<'v>)],
    kind: impl Fn(&'v Exact<'v>) -> Option<&'v str>,
) -> Option<Vec<(&'v str, &'v str)>> {
    values
        .iter()
        .map(|(old, new)| Some((kind(inner(old))?, kind(inner(new))?)))
        .collect()
}

fn inner<'v>(value: &'v Exact<'v>) -> &'v Exact<'v> {
    match value {
        Exact::Kept(inside) => inner(inside),
        other => other,
    }
}

fn all(texts: &[(&str, &str)], is: fn(&str) -> bool) -> bool {
    texts.iter().all(|(old, new)| is(old) && is(new))
}

/// Two numbers that have fewer digits in common happen to be near each other.
const FEWEST_DIGITS: i32 = 3;

/// So many decimals that the numbers are equal, where what is left out is noise: less than a tenth of the last
/// decimal that stays, of a number of which enough stays.
fn decimals(numbers: &[(&str, &str)]) -> Option<u32> {
    let is_whole = |(old, new): &(&str, &str)| !old.contains('.') && !new.contains('.');
    if numbers.iter().any(is_whole) {
        return None;
    }
    (0..=6_u32).rev().find(|decimals| {
        numbers.iter().all(|(old, new)| {
            let (Ok(one), Ok(other)) = (old.parse::<f64>(), new.parse::<f64>()) else {
                return false;
            };
            let places = i32::try_from(*decimals).unwrap_or(6);
            (one - other).abs() <= 0.1_f64.powi(places + 1)
                && digits(one, places) >= FEWEST_DIGITS
                && round(old, *decimals).is_some_and(|old| Some(old) == round(new, *decimals))
        })
    })
}

/// How many digits of a number stay, with so many decimals; those of nought are its decimals.
fn digits(number: f64, decimals: i32) -> i32 {
    // The power of ten of each digit is whole, and far from an integer's limits.
    let size = (-30..30)
        .rev()
        .find(|power| number.abs() >= 10_f64.powi(*power));
    match size {
        Some(size) if size + decimals >= 0 => size + 1 + decimals,
        _ => decimals,
    }
}

fn is_time(text: &str) -> bool {
    let has_both = text.len() >= 16 && text.as_bytes().get(4) == Some(&b'-');
    has_both
        && (text.parse::<Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok())
        && text.contains(':')
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// What all values have in common, as a regular expression: a beginning of at least two characters or a rest of one
/// kind and length, as ids have it.
fn form(texts: &[(&str, &str)]) -> Option<String> {
    let all: Vec<&str> = texts.iter().flat_map(|(old, new)| [*old, *new]).collect();
    let first = all.first()?;
    let mut common = first.len();
    for text in &all {
        let same = (first.bytes().zip(text.bytes()))
            .take_while(|(one, other)| one == other)
            .count();
        common = common.min(same);
    }
    // Letters and digits of the varying part that happen to be the same belong to it.
    let prefix = stable_prefix(first.get(..common)?);
    let rests: Vec<&str> = all.iter().map(|text| &text[prefix.len()..]).collect();
    let length = rests.first()?.len();
    if length < 4 || rests.iter().any(|rest| rest.len() != length) {
        return None;
    }
    let class = [
        (
            "[0-9]",
            (|letter: u8| letter.is_ascii_digit()) as fn(u8) -> bool,
        ),
        ("[0-9a-f]", |letter| {
            letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter)
        }),
        ("[0-9A-Z]", |letter| {
            letter.is_ascii_digit() || letter.is_ascii_uppercase()
        }),
        ("[0-9a-z]", |letter| {
            letter.is_ascii_digit() || letter.is_ascii_lowercase()
        }),
        ("[0-9A-Za-z_-]", |letter| {
            letter.is_ascii_alphanumeric() || b"_-".contains(&letter)
        }),
    ]
    .into_iter()
    .find(|(_, fits)| rests.iter().all(|rest| rest.bytes().all(fits)));
    let (class, _) = class?;
    // A word in letters alone is no id.
    let has_digit = |rest: &&str| rest.bytes().any(|letter| letter.is_ascii_digit());
    if !rests.iter().any(has_digit) {
        return None;
    }
    Some(format!("^{}{class}{{{length}}}$", escaped(prefix)))
}

/// The text as a part of a regular expression. A hyphen means nothing there.
fn escaped(text: &str) -> String {
    regex::escape(text).replace("\\-", "-")
}

/// The prefix up to its last separator, or its letters before the first digit.
fn stable_prefix(common: &str) -> &str {
    let separator = common.rfind(['-', '_', ':', '/', '.']);
    let until = separator.map_or_else(
        || {
            let letters = common.bytes().take_while(u8::is_ascii_uppercase).count();
            if letters >= 2 { letters } else { 0 }
        },
        |at| at + 1,
    );
    &common[..until]
}

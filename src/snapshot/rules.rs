//! What a scenario's own rules do to a body: `redact`, `shape`, `sort` and `only`.
//!
//! Each takes places that were looked up in the body as it came, so nothing here moves a place before all
//! rules are done: what is removed leaves a mark, and inner lists are sorted before outer ones.

use crate::model::jsonpath::PathStep;
use crate::model::plan::Redaction;

use super::exact::Exact;
use super::mask::{mask, round};
use super::shape::shape_of;

/// A place in a body.
pub(super) type Path = Vec<PathStep>;

/// Applies a redaction, and says whether it applied to anything.
pub(super) fn redact(tree: &mut Exact, paths: &[Path], redaction: &Redaction) -> bool {
    let mut applied = false;
    for path in paths {
        tree.each_at(path, &mut |value| applied |= redact_one(value, redaction));
    }
    applied
}

/// Leaves keys and types of each place.
pub(super) fn shape(tree: &mut Exact, paths: &[Path]) {
    for path in paths {
        tree.each_at(path, &mut |value| {
            // What `only` keeps must outlive the merging of the lists that it stands in.
            let mut inside = false;
            each_kept(value, &mut |kept| {
                *kept = shape_of(kept);
                inside = true;
            });
            if !inside {
                *value = shape_of(value);
            }
        });
    }
}

/// Sorts the lists at those places by what `key` gives, and says whether there was one. Equal items stay in order.
pub(super) fn sort(tree: &mut Exact, paths: &[Path], key: impl Fn(&Exact) -> String) -> bool {
    let mut deepest_first: Vec<&Path> = paths.iter().collect();
    deepest_first.sort_by_key(|path| std::cmp::Reverse(path.len()));
    let mut sorted = false;
    for path in deepest_first {
        tree.each_at(path, &mut |value| {
            if let Exact::List(items) = value {
                items.sort_by_cached_key(&key);
                sorted = true;
            }
        });
    }
    sorted
}

/// Marks what `only` asks for.
pub(super) fn mark(tree: &mut Exact, paths: &[Path]) {
    for path in paths {
        tree.each_at(path, &mut |value| {
            let inside = std::mem::replace(value, Exact::Null);
            *value = Exact::Kept(Box::new(inside));
        });
    }
}

/// What was marked, in the order in which it stands now.
pub(super) fn marked<'t>(tree: &mut Exact<'t>) -> Vec<Exact<'t>> {
    let mut found = Vec::new();
    collect(tree, &mut found);
    found
}

/// Takes out what was removed, and the marks.
pub(super) fn finish(tree: &mut Exact) {
    while let Exact::Kept(inside) = tree {
        *tree = std::mem::replace(inside, Exact::Null);
    }
    match tree {
        Exact::List(items) => {
            items.retain(|item| !is_removed(item));
            items.iter_mut().for_each(finish);
        }
        Exact::Map(members) => {
            members.retain(|(_, value)| !is_removed(value));
            members.iter_mut().for_each(|(_, value)| finish(value));
        }
        _ => {}
    }
}

fn is_removed(value: &Exact) -> bool {
    match value {
        Exact::Kept(inside) => is_removed(inside),
        value => *value == Exact::Removed,
    }
}

fn collect<'t>(tree: &mut Exact<'t>, found: &mut Vec<Exact<'t>>) {
    if let Exact::Kept(inside) = tree {
        let mut copy = (**inside).clone();
        finish(&mut copy);
        if copy != Exact::Removed {
            found.push(copy);
        }
    }
    match tree {
        Exact::Kept(inside) => collect(inside, found),
        Exact::List(items) => items.iter_mut().for_each(|item| collect(item, found)),
        Exact::Map(members) => members
            .iter_mut()
            .for_each(|(_, value)| collect(value, found)),
        _ => {}
    }
}

/// Each part that `only` asks for; what is kept inside another comes with that.
pub(super) fn each_kept<'t>(tree: &mut Exact<'t>, act: &mut dyn FnMut(&mut Exact<'t>)) {
    match tree {
        Exact::Kept(inside) => act(inside),
        Exact::List(items) => items.iter_mut().for_each(|item| each_kept(item, act)),
        Exact::Map(members) => members
            .iter_mut()
            .for_each(|(_, value)| each_kept(value, act)),
        _ => {}
    }
}

fn redact_one(value: &mut Exact, redaction: &Redaction) -> bool {
    match redaction {
        Redaction::Text(text) => {
            *value = Exact::Text(text.clone().into());
            true
        }
        Redaction::Remove => {
            *value = Exact::Removed;
            true
        }
        Redaction::Mask => {
            mask_all(value);
            true
        }
        Redaction::Round(decimals) => match value {
            Exact::Number(number) | Exact::Text(number) => match round(number, *decimals) {
                Some(rounded) => {
                    *number = rounded.into();
                    true
                }
                None => false,
            },
            _ => false,
        },
        Redaction::IfMatches { pattern, text } => match value {
            Exact::Text(found) | Exact::Number(found) if pattern.is_match(found) => {
                *value = Exact::Text(text.clone().into());
                true
            }
            _ => false,
        },
    }
}

fn mask_all(value: &mut Exact) {
    match value {
        Exact::Text(text) | Exact::Number(text) => *value = Exact::Text(mask(text).into()),
        Exact::Bool(truth) => *value = Exact::Text(mask(&truth.to_string()).into()),
        Exact::List(items) => items.iter_mut().for_each(mask_all),
        Exact::Map(members) => members.iter_mut().for_each(|(_, value)| mask_all(value)),
        Exact::Kept(inside) => mask_all(inside),
        Exact::Null | Exact::Removed => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// `a.0.b` as a path.
    fn path(text: &str) -> Path {
        text.split('.')
            .filter(|part| !part.is_empty())
            .map(|part| match part.parse() {
                Ok(index) => PathStep::Index(index),
                Err(_) => PathStep::Key(part.to_owned()),
            })
            .collect()
    }

    fn tree(text: &str) -> Exact<'_> {
        Exact::parse(text).unwrap()
    }

    fn compact(mut tree: Exact) -> String {
        finish(&mut tree);
        let mut output = String::new();
        tree.print(&mut output);
        output.split_whitespace().collect()
    }

    #[test]
    fn each_redaction_hits_and_misses() {
        let matches = |pattern: &str| Redaction::IfMatches {
            pattern: Regex::new(pattern).unwrap(),
            text: "[ref]".into(),
        };
        for (body, at, redaction, expected, applied) in [
            (
                r#"{"a":1}"#,
                "a",
                Redaction::Text("[x]".into()),
                r#"{"a":"[x]"}"#,
                true,
            ),
            (
                r#"{"a":{"b":[1]}}"#,
                "a",
                Redaction::Text("[x]".into()),
                r#"{"a":"[x]"}"#,
                true,
            ),
            (
                r#"{"a":1}"#,
                "b",
                Redaction::Text("[x]".into()),
                r#"{"a":1}"#,
                false,
            ),
            (
                r#"{"a":1,"b":2}"#,
                "a",
                Redaction::Remove,
                r#"{"b":2}"#,
                true,
            ),
            (r#"[1,2,3]"#, "1", Redaction::Remove, "[1,3]", true),
            (
                r#"{"a":"9999994373"}"#,
                "a",
                Redaction::Mask,
                r#"{"a":"XXXXXX4373"}"#,
                true,
            ),
            (
                r#"{"a":[9999994373,true,null]}"#,
                "a",
                Redaction::Mask,
                r#"{"a":["XXXXXX4373","XXXX",null]}"#,
                true,
            ),
            (
                r#"{"a":1.239}"#,
                "a",
                Redaction::Round(2),
                r#"{"a":1.24}"#,
                true,
            ),
            (
                r#"{"a":"1.239"}"#,
                "a",
                Redaction::Round(1),
                r#"{"a":"1.2"}"#,
                true,
            ),
            (
                r#"{"a":"x"}"#,
                "a",
                Redaction::Round(1),
                r#"{"a":"x"}"#,
                false,
            ),
            (
                r#"{"a":true}"#,
                "a",
                Redaction::Round(1),
                r#"{"a":true}"#,
                false,
            ),
            (
                r#"{"a":"TXN1"}"#,
                "a",
                matches(r"^TXN\d+$"),
                r#"{"a":"[ref]"}"#,
                true,
            ),
            (
                r#"{"a":"ABC"}"#,
                "a",
                matches(r"^TXN\d+$"),
                r#"{"a":"ABC"}"#,
                false,
            ),
            (
                r#"{"a":12}"#,
                "a",
                matches(r"^\d+$"),
                r#"{"a":"[ref]"}"#,
                true,
            ),
            (
                r#"{"a":null}"#,
                "a",
                matches("null"),
                r#"{"a":null}"#,
                false,
            ),
        ] {
            let mut body = tree(body);
            assert_eq!(
                redact(&mut body, &[path(at)], &redaction),
                applied,
                "{redaction:?}"
            );
            assert_eq!(compact(body), expected, "{redaction:?}");
        }
    }

    #[test]
    fn removing_several_items_of_a_list_takes_the_right_ones() {
        let mut body = tree("[0,1,2,3,4]");
        assert!(redact(
            &mut body,
            &[path("1"), path("2"), path("4")],
            &Redaction::Remove
        ));
        assert_eq!(compact(body), "[0,3]");
    }

    #[test]
    fn inner_lists_are_sorted_before_outer_ones() {
        let key = |item: &Exact| {
            let mut text = String::new();
            item.print(&mut text);
            text
        };
        let mut one = tree(r#"{"l":[{"x":[3,1]},{"x":[2,9]}]}"#);
        let mut other = tree(r#"{"l":[{"x":[9,2]},{"x":[1,3]}]}"#);
        for body in [&mut one, &mut other] {
            assert!(sort(body, &[path("l"), path("l.0.x"), path("l.1.x")], key));
        }
        assert_eq!(one, other);
        assert_eq!(compact(one), r#"{"l":[{"x":[1,3]},{"x":[2,9]}]}"#);
        assert!(!sort(&mut tree(r#"{"l":1}"#), &[path("l")], key));
    }

    #[test]
    fn only_follows_the_other_rules() {
        let mut body = tree(r#"{"l":[{"id":2,"x":"b"},{"id":1,"x":"a"}]}"#);
        mark(&mut body, &[path("l.0.id"), path("l.1.id")]);
        redact(&mut body, &[path("l.0.x")], &Redaction::Remove);
        sort(&mut body, &[path("l")], |item| {
            let mut text = String::new();
            item.print(&mut text);
            text
        });
        assert_eq!(
            marked(&mut body),
            [Exact::Number("1".into()), Exact::Number("2".into())]
        );

        let mut body = tree(r#"{"l":[{"id":2},{"id":1}]}"#);
        mark(&mut body, &[path("l.0.id")]);
        shape(&mut body, &[path("l")]);
        assert_eq!(marked(&mut body), [Exact::Text("number".into())]);

        let mut body = tree(r#"{"l":1}"#);
        mark(&mut body, &[path("l")]);
        redact(&mut body, &[path("l")], &Redaction::Remove);
        assert_eq!(marked(&mut body), []);
    }
}

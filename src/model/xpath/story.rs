//! How far a path got that found nothing.

use std::collections::BTreeSet;

use super::XPath;
use super::answer::{Place, Stop, walk};
use super::axis::Item;
use super::grammar::{Axis, Expression, Path, Start, Test};

/// More names help nobody.
const SHOWN: usize = 8;

/// The longest beginning of the path that leads somewhere, and what stands there.
pub(super) fn tell(xpath: &XPath, place: Place<'_, '_>) -> Result<String, Stop> {
    let Expression::Path(path) = &xpath.expression else {
        return Ok("no part of it finds a node".to_owned());
    };
    for steps in (0..path.steps.len()).rev() {
        let ends_anywhere = steps
            .checked_sub(1)
            .and_then(|last| path.steps.get(last))
            .is_some_and(|step| step.axis == Axis::DescendantOrSelf && step.test == Test::Node);
        if ends_anywhere {
            continue;
        }
        let found = walk(path, steps, place)?;
        let Some(first) = found.first() else {
            continue;
        };
        let (Some(begun), Some(missed)) = (begun(xpath, path, steps), path.steps.get(steps)) else {
            continue;
        };
        let rest = xpath.source.get(begun.len()..).unwrap_or_default().trim();
        let whole = if begun.is_empty() { "the document" } else { "" };
        let place = if whole.is_empty() {
            format!("`{}`", begun.trim())
        } else {
            whole.to_owned()
        };
        let nodes = match found.len() {
            _ if !whole.is_empty() => String::new(),
            1 => ", which is there".to_owned(),
            count => format!(", which is there {count} times"),
        };
        let names = names(first, missed.axis);
        let has = match (missed.predicates.is_empty(), names.is_empty()) {
            (false, _) | (true, true) => String::new(),
            (true, false) if found.len() == 1 => format!("; it has {names}"),
            (true, false) => format!("; the first has {names}"),
        };
        return Ok(format!("nothing is at `{rest}` in {place}{nodes}{has}"));
    }
    Ok(format!("nothing is at `{}` in the document", xpath.source))
}

/// The text of the first steps.
fn begun<'x>(xpath: &'x XPath, path: &Path, steps: usize) -> Option<&'x str> {
    let end = match steps.checked_sub(1) {
        Some(last) => path.steps.get(last)?.end,
        None => match &path.start {
            Start::Given(_, _, end) => *end,
            Start::Root | Start::Here => 0,
        },
    };
    xpath.source.get(..end)
}

/// The names that are there in place of the one that was looked for.
fn names(item: &Item<'_>, axis: Axis) -> String {
    let names: BTreeSet<String> = match axis {
        Axis::Attribute => item
            .node
            .attributes()
            .map(|attribute| format!("`@{}`", attribute.name()))
            .collect(),
        Axis::Child => item
            .node
            .children()
            .filter(|child| child.is_element())
            .map(|child| format!("`{}`", child.tag_name().name()))
            .take(1000)
            .collect(),
        _ => BTreeSet::new(),
    };
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.into_iter().take(SHOWN).collect();
    let mut text = shown.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

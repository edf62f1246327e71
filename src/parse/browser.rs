//! The actions of a `browser` step.

use super::definition::{
    BROWSER_ACTION, CLICK, FILL, LOCATOR, Map, PAGE, PRESS, ROLES, SCREEN, SELECT, WAIT_FOR,
};
use super::fields::{Fields, Reader, list};
use crate::model::browsing::{By, Deed, Locator, PageExpectation, Screen};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::scenario::BrowserAction;
use crate::model::source::Span;

/// The keys of which an action has one.
const DEEDS: [&str; 9] = [
    "goto",
    "fill",
    "click",
    "select",
    "press",
    "wait_for",
    "screenshot",
    "expect",
    "screens",
];
/// The keys that say how an element is found, of which one is needed.
const WAYS: [&str; 4] = ["css", "role", "label", "text"];
/// What people write who come from other tools, and what it is here.
const FOREIGN: [(&str, &str); 16] = [
    ("navigate", "goto"),
    ("open", "goto"),
    ("visit", "goto"),
    ("url", "goto"),
    ("type", "fill"),
    ("write", "fill"),
    ("input", "fill"),
    ("check", "click"),
    ("uncheck", "click"),
    ("tap", "click"),
    ("choose", "select"),
    ("key", "press"),
    ("wait", "wait_for"),
    ("waitFor", "wait_for"),
    ("assert", "expect"),
    ("picture", "screenshot"),
];

/// Reads a list of actions.
pub(super) fn actions(reader: &mut Reader, key: &Text, node: &Node) -> Option<Vec<BrowserAction>> {
    let NodeKind::List(items) = &node.kind else {
        reader.expected(
            node,
            "a list of actions",
            "write one action a line, like `- goto: https://…`",
        );
        return None;
    };
    if items.is_empty() {
        reader.error(
            key.span,
            format!("`{}` has no action", key.value),
            &format!("give it one of {}", list(&DEEDS)),
        );
        return None;
    }
    let read: Vec<Option<BrowserAction>> = items.iter().map(|item| action(reader, item)).collect();
    read.into_iter().collect()
}

fn action(reader: &mut Reader, node: &Node) -> Option<BrowserAction> {
    let fields = reader.any_fields(node, BROWSER_ACTION.what)?;
    for entry in fields.entries {
        judge_key(reader, &entry.key);
    }
    let mut deeds = fields
        .entries
        .iter()
        .filter(|entry| DEEDS.contains(&entry.key.value.as_str()));
    let Some(entry) = deeds.next() else {
        if fields
            .entries
            .iter()
            .all(|entry| BROWSER_ACTION.has(&entry.key.value))
        {
            reader.error(
                fields.span,
                "this action does nothing",
                &format!("give it one of {}", list(&DEEDS)),
            );
        }
        return None;
    };
    if let Some(second) = deeds.next() {
        let message = format!(
            "an action does one thing, and this one has `{}` already",
            entry.key.value
        );
        reader.error(second.key.span, message, "make two actions of it");
    }
    for key in ["until", "give_up"] {
        if let Some(beside) = fields.entry(key)
            && entry.key.value != "screens"
        {
            let message = format!("`{key}` means nothing beside `{}`", entry.key.value);
            reader.error(beside.key.span, message, "leave it out");
        }
    }
    let condition = fields
        .get("if")
        .map(|node| reader.text(node, "an expression"));
    let deed = deed(reader, entry, &fields)?;
    Some(BrowserAction {
        span: entry.value.span,
        condition: match condition {
            Some(condition) => Some(condition?),
            None => None,
        },
        deed,
    })
}

fn judge_key(reader: &mut Reader, key: &Text) {
    let foreign = FOREIGN.iter().find(|(word, _)| *word == key.value);
    match foreign {
        Some((word, here)) => reader.error(
            key.span,
            format!("{} has no key `{word}`", BROWSER_ACTION.what),
            &format!("here it is `{here}`"),
        ),
        None => reader.judge_key(key, BROWSER_ACTION.what, &BROWSER_ACTION.names()),
    }
}

fn deed(reader: &mut Reader, entry: &Entry, fields: &Fields<'_>) -> Option<Deed<Text, Node, Text>> {
    let node = &entry.value;
    Some(match entry.key.value.as_str() {
        "goto" => Deed::Goto(reader.text(node, "a URL")?),
        "fill" => {
            let (at, with) = with_more(reader, node, &FILL, "with", "a text to write")?;
            Deed::Fill { at, with }
        }
        "select" => {
            let (at, option) = with_more(reader, node, &SELECT, "option", "an option")?;
            Deed::Select { at, option }
        }
        "click" => Deed::Click {
            at: locator(reader, node, &CLICK)?,
            all: flag(reader, node, "all"),
            optional: flag(reader, node, "optional"),
        },
        "wait_for" => Deed::WaitFor {
            at: locator(reader, node, &WAIT_FOR)?,
            hidden: flag(reader, node, "hidden"),
        },
        "press" => press(reader, node)?,
        "screenshot" => Deed::Screenshot(reader.text(node, "a picture's name")?),
        "expect" => Deed::Expect(Box::new(expectation(reader, &entry.key, node)?)),
        _ => screens(reader, entry, fields)?,
    })
}

/// An element and the text that goes with it.
fn with_more(
    reader: &mut Reader,
    node: &Node,
    map: &Map,
    key: &str,
    what: &str,
) -> Option<(Locator<Text>, Text)> {
    let NodeKind::Map(_) = &node.kind else {
        let hint = format!("write `{{ label: …, {key}: … }}`");
        reader.expected(node, &format!("an element and {what}"), &hint);
        return None;
    };
    let at = locator(reader, node, map);
    let fields = Fields::of(node);
    let Some(value) = fields.and_then(|fields| fields.get(key)) else {
        reader.error(
            node.span,
            format!("{} lacks `{key}`", map.what),
            &format!("add `{key}: …`: {what}"),
        );
        return None;
    };
    let text = reader.text(value, what);
    Some((at?, text?))
}

/// A boolean beside an element's keys.
fn flag(reader: &mut Reader, node: &Node, key: &str) -> bool {
    let value = Fields::of(node).and_then(|fields| fields.get(key));
    value.is_some_and(|value| reader.boolean(value))
}

fn press(reader: &mut Reader, node: &Node) -> Option<Deed<Text, Node, Text>> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Some(Deed::Press {
            at: None,
            key: reader.text(node, "a key")?,
        });
    }
    let (at, key) = with_more(reader, node, &PRESS, "key", "a key")?;
    Some(Deed::Press { at: Some(at), key })
}

/// Which elements are meant: a CSS selector, or a map that has others of the map's keys too.
fn locator(reader: &mut Reader, node: &Node, map: &Map) -> Option<Locator<Text>> {
    if let NodeKind::Text(css) = &node.kind {
        if css.value.trim().is_empty() {
            reader.error(
                node.span,
                "an empty selector finds nothing",
                "write a CSS selector, or `{ role: button, name: … }`",
            );
            return None;
        }
        return Some(Locator {
            span: node.span,
            by: By::Css(css.clone()),
            exact: false,
        });
    }
    if !matches!(node.kind, NodeKind::Map(_)) {
        reader.expected(
            node,
            "an element",
            "write a CSS selector, or `{ role: button, name: … }`",
        );
        return None;
    }
    let fields = reader.defined(node, map)?;
    let mut ways = fields
        .entries
        .iter()
        .filter(|entry| WAYS.contains(&entry.key.value.as_str()));
    let Some(way) = ways.next() else {
        let is_known = |entry: &Entry| map.has(&entry.key.value);
        if fields.entries.iter().all(is_known) {
            reader.error(
                node.span,
                "this says of no element which one is meant",
                &format!("give it one of {}", list(&WAYS)),
            );
        }
        return None;
    };
    if let Some(second) = ways.next() {
        reader.error(
            second.key.span,
            format!(
                "an element is found in one way, and `{}` is one already",
                way.key.value
            ),
            "leave one of them out; a CSS selector can say several things",
        );
        return None;
    }
    let by = found_by(reader, way, &fields);
    let exact = fields.entry("exact");
    if let Some(exact) = exact
        && way.key.value == "css"
    {
        reader.error(
            exact.key.span,
            "a CSS selector is always exact",
            "leave `exact` out",
        );
    }
    let exact = exact.is_some_and(|entry| reader.boolean(&entry.value));
    Some(Locator {
        span: node.span,
        by: by?,
        exact,
    })
}

fn found_by(reader: &mut Reader, way: &Entry, fields: &Fields<'_>) -> Option<By<Text>> {
    let text = reader.text(&way.value, "a text")?;
    let name = fields.entry("name");
    if let Some(name) = name
        && way.key.value != "role"
    {
        let message = format!("`name` goes with `role`, not with `{}`", way.key.value);
        reader.error(name.key.span, message, "leave it out");
    }
    if text.value.trim().is_empty() {
        reader.error(
            way.value.span,
            format!("an empty `{}` finds nothing", way.key.value),
            "write what stands on the page",
        );
        return None;
    }
    Some(match way.key.value.as_str() {
        "css" => By::Css(text),
        "label" => By::Label(text),
        "text" => By::Text(text),
        _ => By::Role {
            role: role(reader, &text)?,
            name: match name {
                Some(name) => Some(reader.text(&name.value, "a name")?),
                None => None,
            },
        },
    })
}

fn role(reader: &mut Reader, text: &Text) -> Option<String> {
    let role = text.value.as_str();
    if ROLES.contains(&role) {
        return Some(role.to_owned());
    }
    let hint = match (role, nearest(role, ROLES.iter().copied())) {
        (_, Some(near)) => format!("did you mean `{near}`?"),
        ("input" | "field" | "textfield", None) => "a field is a `textbox`".into(),
        ("a", None) => "a link is a `link`".into(),
        ("select" | "dropdown", None) => "a list to choose from is a `combobox`".into(),
        _ => "write an ARIA role, like `button`, `link`, `textbox`, `checkbox`, `heading`".into(),
    };
    reader.mistake(
        Diagnostic::error(text.span, format!("no element has the role `{role}`")).hint(hint),
    );
    None
}

fn expectation(
    reader: &mut Reader,
    key: &Text,
    node: &Node,
) -> Option<PageExpectation<Text, Node>> {
    let fields = reader.defined(node, &PAGE)?;
    let matcher = |key: &str| {
        let entry = fields.entry(key)?;
        Some((entry.value.span, entry.value.clone()))
    };
    let element = match fields.get("element") {
        Some(node) => Some(locator(reader, node, &LOCATOR)?),
        None => None,
    };
    if element.is_none() {
        for of_element in ["visible", "enabled", "checked", "value", "count"] {
            if let Some(entry) = fields.entry(of_element) {
                reader.error(
                    entry.key.span,
                    format!("`{of_element}` is said of an element"),
                    "name it: `element: { role: button, name: … }`",
                );
                return None;
            }
        }
    }
    let expected = PageExpectation {
        url: matcher("url"),
        text: matcher("text"),
        visible: boolean(reader, &fields, "visible"),
        enabled: boolean(reader, &fields, "enabled"),
        checked: boolean(reader, &fields, "checked"),
        value: matcher("value"),
        count: matcher("count"),
        element,
    };
    if fields.entries.is_empty() {
        reader.error(
            key.span,
            "this `expect` checks nothing, so it can never fail",
            &format!("give it one of {}", list(&PAGE.names())),
        );
        return None;
    }
    alone(reader, &fields);
    Some(expected)
}

/// What is not there has no text, and how many there are is said of all of them.
fn alone(reader: &mut Reader, fields: &Fields<'_>) {
    let is_hidden = fields
        .get("visible")
        .is_some_and(|node| matches!(node.kind, NodeKind::Bool(false)));
    let alone = match fields.entry("count") {
        Some(_) => "count",
        None if is_hidden => "visible: false",
        None => return,
    };
    for entry in fields.entries {
        let key = entry.key.value.as_str();
        let is_of_one = ["text", "enabled", "checked", "value"].contains(&key)
            || (key == "visible" && alone == "count");
        if is_of_one {
            reader.error(
                entry.key.span,
                format!("beside `{alone}` nothing is said of one element"),
                &format!("leave `{key}` out, or make a second `expect` of it"),
            );
        }
    }
}

fn boolean(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<(Span, bool)> {
    let entry = fields.entry(key)?;
    Some((entry.value.span, reader.boolean(&entry.value)))
}

fn screens(
    reader: &mut Reader,
    entry: &Entry,
    fields: &Fields<'_>,
) -> Option<Deed<Text, Node, Text>> {
    let Some(until) = fields.get("until") else {
        reader.error(
            entry.key.span,
            "nothing says which screen is the last",
            "add `until: { text: … }` beside `screens`",
        );
        return None;
    };
    let until = several(reader, until);
    let give_up = match fields.get("give_up") {
        Some(node) => several(reader, node),
        None => Some(Vec::new()),
    };
    let NodeKind::List(items) = &entry.value.kind else {
        reader.expected(
            &entry.value,
            "a list of screens",
            "write `- { when: …, do: […] }`",
        );
        return None;
    };
    let screens: Vec<Option<Screen<Text, Node, Text>>> =
        items.iter().map(|item| screen(reader, item)).collect();
    Some(Deed::Screens {
        screens: screens.into_iter().collect::<Option<_>>()?,
        until: until?,
        give_up: give_up?,
    })
}

/// An element, or a list of them.
fn several(reader: &mut Reader, node: &Node) -> Option<Vec<Locator<Text>>> {
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => {
            let read: Vec<Option<Locator<Text>>> = items
                .iter()
                .map(|item| locator(reader, item, &LOCATOR))
                .collect();
            read.into_iter().collect()
        }
        _ => locator(reader, node, &LOCATOR).map(|one| vec![one]),
    }
}

fn screen(reader: &mut Reader, node: &Node) -> Option<Screen<Text, Node, Text>> {
    let fields = reader.defined(node, &SCREEN)?;
    for (key, hint) in [
        (
            "when",
            "say what the screen is known by: `when: { role: heading, name: … }`",
        ),
        ("do", "say what is done there: `do: [{ click: … }]`"),
    ] {
        if fields.entry(key).is_none() {
            reader.error(node.span, format!("a screen lacks `{key}`"), hint);
        }
    }
    let when = locator(reader, fields.get("when")?, &LOCATOR);
    let todo = fields.entry("do")?;
    let actions = actions(reader, &todo.key, &todo.value);
    Some(Screen {
        when: when?,
        actions: actions?,
    })
}

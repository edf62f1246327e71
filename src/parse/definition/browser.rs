//! The actions of a `browser` step.

use super::Map;
use super::Shape::{Boolean, List, Map as Of, Names, OneOf, Text, Word};

use super::Shape;
use super::expect::MATCHER;

/// What any value may be held against.
static MATCHED: Shape = OneOf(&[Shape::Literal, Of(&MATCHER)]);

/// The keys that say which element is meant, and others beside them.
macro_rules! located {
    ($($key:expr),* $(,)?) => {
        &[
            key!("css", Text, "A CSS selector."),
            key!(
                "role",
                Word(&ROLES),
                "The ARIA role: what the element is to somebody who cannot see the page."
            ),
            key!("name", Text, "With `role`: the accessible name, or a part of it."),
            key!("label", Text, "The label of a field, or a part of it."),
            key!("text", Text, "The text that stands in the element, or a part of it."),
            key!(
                "exact",
                Boolean,
                "Whether the name, label or text must be the whole one, capitals included."
            ),
            $($key,)*
        ]
    };
}

/// The roles that elements can be found by.
pub(in crate::parse) static ROLES: [&str; 54] = [
    "alert",
    "alertdialog",
    "article",
    "banner",
    "blockquote",
    "button",
    "cell",
    "checkbox",
    "columnheader",
    "combobox",
    "complementary",
    "contentinfo",
    "definition",
    "dialog",
    "figure",
    "form",
    "grid",
    "gridcell",
    "group",
    "heading",
    "img",
    "link",
    "list",
    "listbox",
    "listitem",
    "log",
    "main",
    "menu",
    "menubar",
    "menuitem",
    "menuitemcheckbox",
    "menuitemradio",
    "meter",
    "navigation",
    "note",
    "option",
    "progressbar",
    "radio",
    "radiogroup",
    "region",
    "row",
    "rowgroup",
    "rowheader",
    "search",
    "searchbox",
    "separator",
    "slider",
    "spinbutton",
    "status",
    "switch",
    "tab",
    "table",
    "tabpanel",
    "textbox",
];

/// One action.
pub(in crate::parse) static BROWSER_ACTION: Map = Map {
    id: "browser_action",
    what: "an action of the browser",
    keys: &[
        key!(
            "if",
            Text,
            "A bare expression; the action is left out where it is false."
        ),
        key!(
            "goto",
            Text,
            "Opens a page; a URL with no host goes to the target."
        ),
        key!(
            "fill",
            Of(&FILL),
            "Writes into a field, in place of what is there."
        ),
        key!(
            "click",
            OneOf(&[Text, Of(&CLICK)]),
            "Clicks on an element: a CSS selector, or a map that says which."
        ),
        key!("select", Of(&SELECT), "Chooses an option of a list."),
        key!(
            "press",
            OneOf(&[Text, Of(&PRESS)]),
            "Presses a key where the focus is, or at an element: `Enter`, `Tab`, `a`, `Control+a`."
        ),
        key!(
            "wait_for",
            OneOf(&[Text, Of(&WAIT_FOR)]),
            "Waits until an element can be seen."
        ),
        key!(
            "screenshot",
            Text,
            "Keeps a picture of the whole page under this name."
        ),
        key!(
            "expect",
            Of(&PAGE),
            "What must hold of the page, now or before the step's time is up."
        ),
        key!(
            "screens",
            List(&Of(&SCREEN)),
            "Answers the screens that come, in whatever order, until one of `until` comes."
        ),
        key!(
            "until",
            OneOf(&[Text, Of(&LOCATOR), List(&OneOf(&[Text, Of(&LOCATOR)]))]),
            "With `screens`: the element that ends it, or several of which one does."
        ),
        key!(
            "give_up",
            OneOf(&[Text, Of(&LOCATOR), List(&OneOf(&[Text, Of(&LOCATOR)]))]),
            "With `screens`: the element that fails it at once, or several of which one does."
        ),
    ],
    others: None,
};

pub(in crate::parse) static LOCATOR: Map = Map {
    id: "locator",
    what: "an element",
    keys: located!(),
    others: None,
};

pub(in crate::parse) static FILL: Map = Map {
    id: "fill",
    what: "`fill`",
    keys: located!(key!("with", Text, "What is written.")),
    others: None,
};

pub(in crate::parse) static CLICK: Map = Map {
    id: "click",
    what: "`click`",
    keys: located!(
        key!(
            "all",
            Boolean,
            "Whether to click on each of several, one after the other."
        ),
        key!(
            "optional",
            Boolean,
            "Whether to go on where there is none now, instead of waiting for one."
        )
    ),
    others: None,
};

pub(in crate::parse) static SELECT: Map = Map {
    id: "select",
    what: "`select`",
    keys: located!(key!("option", Text, "The option's label or value.")),
    others: None,
};

pub(in crate::parse) static PRESS: Map = Map {
    id: "press",
    what: "`press`",
    keys: located!(key!(
        "key",
        Text,
        "The key that is pressed: `Enter`, `a`, `Control+a`."
    )),
    others: None,
};

pub(in crate::parse) static WAIT_FOR: Map = Map {
    id: "wait_for",
    what: "`wait_for`",
    keys: located!(key!(
        "hidden",
        Boolean,
        "Whether to wait until it can not be seen."
    )),
    others: None,
};

pub(in crate::parse) static PAGE: Map = Map {
    id: "page",
    what: "what is expected of a page",
    keys: &[
        key!("url", Shape::Same(&MATCHED), "The page's URL."),
        key!(
            "text",
            Shape::Same(&MATCHED),
            "The page's visible text; with `element`, that of the element."
        ),
        key!(
            "element",
            OneOf(&[Text, Of(&LOCATOR)]),
            "The element that is looked at; it must be visible if nothing else is said."
        ),
        key!("visible", Boolean, "Whether the element can be seen."),
        key!("enabled", Boolean, "Whether the element can be used."),
        key!("checked", Boolean, "Whether the element is ticked."),
        key!("value", Shape::Same(&MATCHED), "What a field holds."),
        key!(
            "count",
            Shape::Same(&MATCHED),
            "How many such elements can be seen."
        ),
    ],
    others: None,
};

pub(in crate::parse) static SCREEN: Map = Map {
    id: "screen",
    what: "a screen",
    keys: &[
        key!(
            "when",
            OneOf(&[Text, Of(&LOCATOR)]),
            "The element that the screen is known by."
        ),
        key!(
            "do",
            List(&Of(&BROWSER_ACTION)),
            "The actions that answer it."
        ),
    ],
    others: None,
};

/// How a consent is given on a target by a driven browser.
pub(in crate::parse) static DRIVEN: Map = Map {
    id: "driven_consent",
    what: "`consent`",
    keys: &[key!(
        "browser",
        Text,
        "The flow that answers the consent pages, relative to this file: `flows/setu.yaml`."
    )],
    others: None,
};

/// What a driven browser is told of a target.
pub(in crate::parse) static TARGET_BROWSER: Map = Map {
    id: "target_browser",
    what: "`browser`",
    keys: &[
        key!(
            "insecure",
            Boolean,
            "Whether pages are opened although their certificates are not trusted."
        ),
        key!(
            "resolve",
            Names(&Text),
            "Where names of hosts lead to for pages, before what the target's `resolve` says: an address, or `127.0.0.1:8443`."
        ),
    ],
    others: None,
};

//! Steps: the actions, and the keys that go with them.

use super::Shape::{
    Anything, Boolean, Duration, List, Literal, Map as Of, Names, OneOf, OrTemplate, Same, Text,
    Whole, Word,
};
use super::{BROWSER_ACTION, EXPECT, Key, MIDWAY, Map, OF_STEP, RETRY, Shape};

/// What a step can do, by key; the keys that only go with that action.
pub(in crate::parse) static ACTIONS: &[(&str, &[&str])] = &[
    ("get", &[]),
    ("post", &[]),
    ("put", &[]),
    ("patch", &[]),
    ("delete", &[]),
    ("head", &[]),
    ("options", &[]),
    ("request", &[]),
    ("consent", &["decision", "accounts", "reason"]),
    ("await", &["absent"]),
    ("browser", &[]),
    ("sandbox", &[]),
    ("use", &["with", "once"]),
    ("set", &[]),
    ("sleep", &[]),
    ("print", &[]),
];

const URL: Shape = Text;
static EXPECTATIONS: Shape = OneOf(&[Literal, Of(&EXPECT)]);

const fn method(name: &'static str, meaning: &'static str) -> Key {
    key!(name, URL, meaning)
}

/// A step: what it does, and what goes with that. Requests have [`super::REQUEST`]'s keys beside these.
pub(in crate::parse) static STEP: Map = Map {
    id: "step",
    what: "a step",
    keys: &[
        key!(
            "id",
            Text,
            "Letters, digits and `_`, unique in the file. A snapshot is kept under it, and `steps.<id>` reads the response later.",
        ),
        key!("name", Text, "What people and reports call the step."),
        key!(
            "if",
            Text,
            "A bare expression; the step is left out where it is false."
        ),
        key!(
            "each",
            Names(&OrTemplate(&List(&Anything))),
            "`{ name: list }`: runs the step once for each item. Captures become lists.",
        ),
        method(
            "get",
            "A GET request to this URL; one with no host goes to the target.",
        ),
        method(
            "post",
            "A POST request to this URL; one with no host goes to the target.",
        ),
        method(
            "put",
            "A PUT request to this URL; one with no host goes to the target.",
        ),
        method(
            "patch",
            "A PATCH request to this URL; one with no host goes to the target.",
        ),
        method(
            "delete",
            "A DELETE request to this URL; one with no host goes to the target.",
        ),
        method(
            "head",
            "A HEAD request to this URL; one with no host goes to the target.",
        ),
        method(
            "options",
            "An OPTIONS request to this URL; one with no host goes to the target.",
        ),
        key!(
            "request",
            Of(&ANY_METHOD),
            "A request with any other method."
        ),
        key!(
            "consent",
            URL,
            "The customer's answer on that consent page."
        ),
        key!(
            "decision",
            OrTemplate(&Word(&["approve", "reject", "cancel"])),
            "What the customer decides; `approve` if not given."
        ),
        key!(
            "accounts",
            OrTemplate(&OneOf(&[Word(&["all"]), List(&Text)])),
            "The accounts that are shared: `all`, or masked numbers or FIP ids; to a sandbox also `fip-id/masked number`."
        ),
        key!("reason", Text, "Why the customer rejects or cancels."),
        key!(
            "await",
            Of(&EXPECT),
            "Waits for a notification of which this holds. It is the step's response."
        ),
        key!(
            "absent",
            Duration,
            "Passes if no such notification is there and none comes within this time."
        ),
        key!(
            "browser",
            List(&Of(&BROWSER_ACTION)),
            "Actions in a real browser, one after the other."
        ),
        key!(
            "sandbox",
            Of(&MIDWAY),
            "Changes the embedded sandbox; on another target the case is skipped."
        ),
        key!(
            "use",
            Text,
            "Runs a fragment's steps here; the path is relative to this file. Its captures become this file's."
        ),
        key!("with", Names(&Anything), "The fragment's inputs."),
        key!(
            "once",
            OneOf(&[Boolean, Duration]),
            "Whether all cases that talk to the same server share one run of the fragment; or for how long, `25m`."
        ),
        key!("set", Names(&Anything), "Gives variables values."),
        key!(
            "sleep",
            Duration,
            "A pause. To wait for something, `until` is quicker and surer."
        ),
        key!("print", Text, "A line in the output."),
        key!(
            "until",
            Same(&EXPECTATIONS),
            "Repeats the request until this holds."
        ),
        key!(
            "every",
            OneOf(&[Duration, Of(&EVERY)]),
            "The pause between two tries of `until`; 1s if not given."
        ),
        key!(
            "within",
            Duration,
            "How long `until` (60s) or `await` (10s) may wait."
        ),
        key!(
            "give_up",
            Same(&EXPECTATIONS),
            "Ends `until` at once, and fails the step, when this holds."
        ),
        key!(
            "expect",
            Same(&EXPECTATIONS),
            "What must hold of the response: a status, or a map. All that does not is told."
        ),
        key!(
            "capture",
            Names(&OneOf(&[Text, Of(&CAPTURE)])),
            "Variables that are read from the response: `name: $.path`."
        ),
        key!(
            "snapshot",
            OneOf(&[Boolean, Of(&OF_STEP)]),
            "Compares the response with its reviewed snapshot."
        ),
        key!(
            "timeout",
            Duration,
            "How long the step may take: for a request, one try of it; for `use`, all steps of the fragment together; 30s for `browser` if not given."
        ),
        key!(
            "retry",
            OneOf(&[OrTemplate(&Whole(0, 100)), Of(&RETRY)]),
            "How many more tries there are: of a request that got no answer, a 5xx or a 429; of a `use`, whose fragment failed so; of a `consent` or `browser` that failed.",
        ),
        key!(
            "keep_going",
            Boolean,
            "Whether the steps after it run although it failed. The case fails all the same."
        ),
        key!(
            "defer",
            Boolean,
            "Puts the step aside when it is reached; it runs at the end of the case, whatever failed."
        ),
    ],
    others: None,
};

pub(in crate::parse) static ANY_METHOD: Map = Map {
    id: "any_method",
    what: "`request`",
    keys: &[
        key!("method", Text, "The method."),
        key!("url", URL, "The URL; one with no host goes to the target."),
    ],
    others: None,
};

/// A pause that grows.
pub(in crate::parse) static EVERY: Map = Map {
    id: "every",
    what: "`every`",
    keys: &[
        key!("from", Duration, "The first pause."),
        key!(
            "factor",
            Anything,
            "What each pause is longer by than the one before, from 1 to 100; 2 if not given."
        ),
        key!("to", Duration, "The longest pause."),
    ],
    others: None,
};

/// A capture that is more than a path.
pub(in crate::parse) static CAPTURE: Map = Map {
    id: "capture",
    what: "a capture",
    keys: &[
        key!(
            "jsonpath",
            Text,
            "A JSONPath into the body; with `xpath`, to XML that stands as text in it."
        ),
        key!(
            "xpath",
            Text,
            "An XPath into the XML body: the text of the first node."
        ),
        key!(
            "all",
            Boolean,
            "Whether `xpath` gives all nodes, as a list."
        ),
        key!("header", Text, "The name of a header."),
        key!(
            "cookie",
            Text,
            "The name of a cookie that the response sets."
        ),
        key!(
            "regex",
            Text,
            "A regular expression over the body's text: group 1, else the whole match."
        ),
        key!(
            "expr",
            Text,
            "A bare expression, like `body.items | length`."
        ),
        key!(
            "default",
            Anything,
            "The value where nothing is found; without it, that fails the step."
        ),
        key!(
            "secret",
            Boolean,
            "Whether the value is hidden in all that is printed or written."
        ),
    ],
    others: None,
};

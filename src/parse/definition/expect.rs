//! `expect` and its matchers.

use super::Shape::{
    Anything, Boolean, List, Literal, Map as Of, Names, OneOf, OrTemplate, Same, Text, Word,
};
use super::{Map, Shape};

static MATCH: Shape = OneOf(&[Literal, Of(&MATCHER)]);

/// What must hold of a response.
pub(in crate::parse) static EXPECT: Map = Map {
    id: "expect",
    what: "an `expect`",
    keys: &[
        key!(
            "status",
            Same(&MATCH),
            "The status: `201`, `[200, 201]` or `2xx`. Where nothing names it, 400 and above fails the step.",
        ),
        key!("headers", Names(&MATCH), "Headers by name."),
        key!("body", Same(&MATCH), "The JSON body as a whole."),
        key!("text", Same(&MATCH), "The body as text."),
        key!(
            "duration",
            Same(&MATCH),
            "How long the answer took, compared with durations: `{ lt: 500ms }`."
        ),
        key!("url", Same(&MATCH), "The last URL, after redirects."),
        key!(
            "that",
            List(&OneOf(&[Text, Boolean])),
            "Bare expressions that must be true."
        ),
    ],
    others: Some(("^\\$", Same(&MATCH))),
};

/// Every format that `format` knows.
pub(super) const FORMATS: &[&str] = &[
    "uuid",
    "date",
    "date-time",
    "email",
    "uri",
    "base64",
    "jwt",
    "pan",
    "ifsc",
    "gstin",
    "mobile",
    "vua",
];
/// JSON's types, as `type` names them.
const TYPES: &[&str] = &[
    "null", "boolean", "number", "integer", "string", "array", "object",
];

/// The words of a matcher, all of which must hold.
pub(in crate::parse) static MATCHER: Map = Map {
    id: "matcher",
    what: "a matcher",
    keys: &[
        key!(
            "eq",
            Anything,
            "Deep equality; `1` equals `1.0`. What stands here is literal."
        ),
        key!("ne", Anything, "Not equal to this."),
        key!(
            "gt",
            Literal,
            "Greater: numbers, numbers in text, or times."
        ),
        key!("gte", Literal, "Greater or equal, compared as `gt` does."),
        key!("lt", Literal, "Less, compared as `gt` does."),
        key!("lte", Literal, "Less or equal, compared as `gt` does."),
        key!("in", OrTemplate(&List(&Anything)), "Equal to one of these."),
        key!(
            "not_in",
            OrTemplate(&List(&Anything)),
            "Equal to none of these."
        ),
        key!(
            "contains",
            Anything,
            "A piece of a text, or one item of a list."
        ),
        key!("not_contains", Anything, "No such piece, no such item."),
        key!("starts_with", Text, "How a text begins."),
        key!("ends_with", Text, "How a text ends."),
        key!(
            "matches",
            Text,
            "A regular expression that is found in the text."
        ),
        key!("exists", Boolean, "Whether it is there at all."),
        key!(
            "type",
            OneOf(&[Word(TYPES), List(&Word(TYPES))]),
            "JSON's name of its type, or `integer`."
        ),
        key!(
            "format",
            OrTemplate(&Word(FORMATS)),
            "A text of this format."
        ),
        key!(
            "length",
            Same(&MATCH),
            "How many characters, items or members: a number or a matcher."
        ),
        key!(
            "empty",
            Boolean,
            "Whether it has no characters, items or members."
        ),
        key!(
            "includes",
            Anything,
            "At least this, at every depth; list items in any order."
        ),
        key!(
            "unordered",
            OrTemplate(&List(&Anything)),
            "Just these items, in any order."
        ),
        key!("all", Same(&MATCH), "Every item matches, and there is one."),
        key!("any", Same(&MATCH), "Some item matches."),
        key!("none", Same(&MATCH), "No item matches."),
        key!(
            "close_to",
            OrTemplate(&Of(&CLOSE_TO)),
            "A number near another."
        ),
        key!(
            "schema",
            OneOf(&[Text, Names(&Anything)]),
            "A JSON Schema, or the path of a file with one."
        ),
        key!("not", Same(&MATCH), "Does not match this."),
    ],
    others: None,
};

static CLOSE_TO: Map = Map {
    id: "close_to",
    what: "`close_to`",
    keys: &[
        key!("value", Literal, "The number."),
        key!("by", Literal, "How far from it at most."),
    ],
    others: None,
};

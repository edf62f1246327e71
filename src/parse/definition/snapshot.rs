//! Snapshot settings, at project, target, file and step level.

use super::Shape::{List, Map as Of, Names, OneOf, Text, Whole, Word};
use super::{Key, Map, Shape};

const NAMES: Shape = OneOf(&[Text, List(&Text)]);
const REDACT: Key = key!(
    "redact",
    Names(&OneOf(&[Word(&["mask", "remove"]), Text, Of(&REDACTION)])),
    "What is replaced in a snapshot, by JSONPath: by a text, by `mask`, `remove`, or `{ round: 2 }`.",
);
const HEADERS: Key = key!(
    "headers",
    NAMES,
    "The headers that are kept; none if not given."
);
const ONLY: Key = key!("only", Text, "The JSONPath of the only part that is kept.");
const SORT: Key = key!(
    "sort",
    NAMES,
    "JSONPaths of lists whose order means nothing."
);
const SHAPE: Key = key!(
    "shape",
    NAMES,
    "JSONPaths of parts of which only keys and types are kept.",
);

/// Settings of a project, a target or a file.
pub(in crate::parse) static SETTINGS: Map = Map {
    id: "snapshot_settings",
    what: "`snapshot`",
    keys: &[REDACT, HEADERS, ONLY, SORT, SHAPE],
    others: None,
};

/// Settings of one step's snapshot.
pub(in crate::parse) static OF_STEP: Map = Map {
    id: "snapshot",
    what: "`snapshot`",
    keys: &[
        key!(
            "name",
            Text,
            "What it is kept under, in place of the step's id."
        ),
        REDACT,
        HEADERS,
        ONLY,
        SORT,
        SHAPE,
    ],
    others: None,
};

static REDACTION: Map = Map {
    id: "redaction",
    what: "a redaction",
    keys: &[
        key!("round", Whole(0, 20), "How many decimals a number keeps."),
        key!(
            "if_matches",
            Text,
            "Only a text that this regular expression matches is replaced."
        ),
        key!("as", Text, "What it is replaced by."),
    ],
    others: None,
};

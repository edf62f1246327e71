//! Scenario files and fragments.

use super::Shape::{Anything, Duration, List, Map as Of, Names, Nothing, OneOf, Text};
use super::{BLOCK, DEFAULTS, Key, Map, SETTINGS, STEP};

const NAME: Key = key!(
    "name",
    Text,
    "What people and reports call it; the file's name if it has none."
);
const DESCRIPTION: Key = key!("description", Text, "What it is about, for people.");
const VARS: Key = key!(
    "vars",
    Names(&Anything),
    "Variables and their default values. A value may use earlier ones: `\"{{ mobile }}@onemoney\"`. Cases, `--var` and captures are stronger.",
);
const OWN_DEFAULTS: Key = key!(
    "defaults",
    Of(&DEFAULTS),
    "Request settings for this file's own steps, not for the fragments that they use.",
);
const SNAPSHOT: Key = key!(
    "snapshot",
    Of(&SETTINGS),
    "Snapshot settings for every step of this file.",
);
const STEPS: Key = key!(
    "steps",
    List(&Of(&STEP)),
    "The steps, run one after another. The first that fails ends the case.",
);

/// A file that is run by itself.
pub(in crate::parse) static SCENARIO: Map = Map {
    id: "scenario",
    what: "a scenario",
    keys: &[
        NAME,
        DESCRIPTION,
        key!(
            "tags",
            OneOf(&[Text, List(&Text)]),
            "Words for `--tag` to select by."
        ),
        key!(
            "targets",
            OneOf(&[Text, List(&Text)]),
            "The targets that it may run on; on others it is skipped.",
        ),
        VARS,
        key!(
            "matrix",
            Of(&MATRIX),
            "Lists of values: one case for each combination.",
        ),
        key!(
            "cases",
            OneOf(&[Text, List(&Names(&Anything))]),
            "One case a row: a list of maps, or the path of a `.csv`, `.json` or `.yaml` file of rows. A key `case` names the case.",
        ),
        key!(
            "sandbox",
            Of(&BLOCK),
            "How the embedded sandbox is set up for each case; read on the embedded target only.",
        ),
        OWN_DEFAULTS,
        SNAPSHOT,
        STEPS,
        key!(
            "timeout",
            Duration,
            "How long one case may take as a whole, like `2m`."
        ),
    ],
    others: Some(("^x-", Anything)),
};

/// A file that others use.
pub(in crate::parse) static FRAGMENT: Map = Map {
    id: "fragment",
    what: "a fragment",
    keys: &[
        NAME,
        DESCRIPTION,
        key!(
            "params",
            Names(&OneOf(&[Nothing, Anything])),
            "The inputs: `name: default`, or `name:` alone if it must be given.",
        ),
        VARS,
        OWN_DEFAULTS,
        SNAPSHOT,
        STEPS,
    ],
    others: Some(("^x-", Anything)),
};

static MATRIX: Map = Map {
    id: "matrix",
    what: "`matrix`",
    keys: &[key!(
        "exclude",
        List(&Names(&Anything)),
        "Combinations to leave out: each map names values, and all cases that have them are gone.",
    )],
    others: Some(("", List(&Anything))),
};

//! The project file, `sammati.yaml`.

use super::Shape::{Anything, Boolean, List, Map as Of, Names, OneOf, Text, Whole, Word};
use super::{DEFAULTS, DRIVEN, Map, SETTINGS, TARGET_BROWSER, TLS};

/// The whole file.
pub(in crate::parse) static PROJECT: Map = Map {
    id: "project",
    what: "the project file",
    keys: &[
        key!(
            "target",
            Text,
            "The target of runs that name none; `embedded` if not given."
        ),
        key!(
            "targets",
            Names(&Of(&TARGET)),
            "Where scenarios can run, by name."
        ),
        key!(
            "defaults",
            Of(&DEFAULTS),
            "Request settings for every scenario."
        ),
        key!(
            "snapshot",
            Of(&SETTINGS),
            "Snapshot settings for every scenario."
        ),
    ],
    others: None,
};

/// One target.
pub(in crate::parse) static TARGET: Map = Map {
    id: "target",
    what: "a target",
    keys: &[
        key!(
            "sandbox",
            OneOf(&[Boolean, Text]),
            "`true` for the embedded sandbox, or the URL of one that runs already."
        ),
        key!(
            "base_url",
            Text,
            "What URLs without a host are relative to."
        ),
        key!(
            "vars",
            Names(&Anything),
            "Variables for every scenario; no templates."
        ),
        key!(
            "secrets",
            Names(&Text),
            "Secrets, each the name of a variable of the environment: `$SETU_CLIENT_ID`."
        ),
        key!(
            "hosts",
            List(&Text),
            "The hosts that secrets may go to, beside that of `base_url`."
        ),
        key!(
            "resolve",
            Names(&Text),
            "Where names of hosts lead to, in place of what a name server says: an address, or `127.0.0.1:8443`."
        ),
        key!(
            "tls",
            Of(&TLS),
            "Certificates for requests that are sent while it is the target."
        ),
        key!(
            "jobs",
            Whole(1, 10_000),
            "How many cases run at a time at most."
        ),
        key!(
            "notifications",
            Text,
            "Where its notifications are received, `127.0.0.1:9400`; a sandbox needs none."
        ),
        key!(
            "rate",
            Text,
            "How often requests are sent to it at most: `5/s`, `100/m`, `1000/h`."
        ),
        key!(
            "snapshot",
            Of(&SETTINGS),
            "Snapshot settings on this target."
        ),
        key!(
            "consent",
            OneOf(&[Word(&["manual", "browser"]), Of(&DRIVEN)]),
            "How consents are given: by a person who is shown the link, or by a driven browser."
        ),
        key!(
            "browser",
            Of(&TARGET_BROWSER),
            "What a driven browser is told of this target."
        ),
    ],
    others: None,
};

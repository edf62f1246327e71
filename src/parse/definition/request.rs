//! Requests, their defaults, and how they authenticate.

use super::Shape::{
    Anything, Boolean, Duration, List, Literal, Map as Of, Names, Nothing, OneOf, OrTemplate, Text,
    Whole, Word,
};
use super::{EVERY, Key, Map, Shape};

const REPEATED: Shape = Names(&Literal);
const PEM: Shape = OneOf(&[Text, Nothing]);
const HEADERS: Key = key!(
    "headers",
    Names(&Literal),
    "Headers by name. Null takes a default away.",
);
const QUERY: Key = key!(
    "query",
    REPEATED,
    "Query parameters by name. A list repeats the name, null leaves it out.",
);
const AUTH_KEY: Key = key!(
    "auth",
    OneOf(&[Word(&["none"]), Of(&AUTH)]),
    "How the request authenticates: `bearer`, `basic`, or `none` to take a default away.",
);
const FOLLOW: Key = key!(
    "follow",
    OrTemplate(&OneOf(&[Boolean, Whole(0, 100)])),
    "Whether redirects are followed, or how many. Not at all if not given.",
);
const TIMEOUT: Key = key!(
    "timeout",
    Duration,
    "How long one try may take; 30s if not given.",
);
const RETRY_KEY: Key = key!(
    "retry",
    OneOf(&[OrTemplate(&Whole(0, 100)), Of(&RETRY)]),
    "How many more tries a request has that got no answer, a 5xx or a 429. An answer whose status `expect` accepts or names is never retried.",
);
const TLS_KEY: Key = key!("tls", Of(&TLS), "Certificates for this request.",);

/// What a request takes beside its method.
pub(in crate::parse) static REQUEST: Map = Map {
    id: "request",
    what: "a request",
    keys: &[
        QUERY,
        HEADERS,
        key!(
            "json",
            Anything,
            "The body, as JSON. Members are sent in the order in which they are written."
        ),
        key!(
            "form",
            REPEATED,
            "The body, as URL-encoded fields. A list repeats the name, null leaves it out.",
        ),
        key!(
            "multipart",
            Names(&OneOf(&[
                Literal,
                Of(&FILE_PART),
                List(&OneOf(&[Literal, Of(&FILE_PART)]))
            ])),
            "The body, in parts by name: text, or `{ file: path, name, type }`. A list repeats the name, null leaves it out.",
        ),
        key!("text", Text, "The body, as plain text."),
        key!("xml", Text, "The body, as XML."),
        key!(
            "file",
            Text,
            "The body, from a file; the path is relative to this one."
        ),
        AUTH_KEY,
        FOLLOW,
        TLS_KEY,
        TIMEOUT,
        RETRY_KEY,
        key!(
            "max_body",
            OneOf(&[Whole(0, u64::MAX), Text]),
            "How large a response may be, in bytes or like `4MiB`; 16MiB if not given.",
        ),
    ],
    others: None,
};

/// What `defaults` takes.
pub(in crate::parse) static DEFAULTS: Map = Map {
    id: "defaults",
    what: "`defaults`",
    keys: &[
        AUTH_KEY, HEADERS, QUERY, TIMEOUT, FOLLOW, RETRY_KEY, TLS_KEY,
    ],
    others: None,
};

/// What `auth` takes.
pub(in crate::parse) static AUTH: Map = Map {
    id: "auth",
    what: "`auth`",
    keys: &[
        key!(
            "bearer",
            Text,
            "A token, sent as `Authorization: Bearer …`."
        ),
        key!("basic", Of(&BASIC), "A user and a password."),
    ],
    others: None,
};

/// What `basic` takes.
pub(in crate::parse) static BASIC: Map = Map {
    id: "basic",
    what: "`basic`",
    keys: &[
        key!("user", Text, "The user."),
        key!("password", Text, "The password."),
    ],
    others: None,
};

const RETRY_ON: Shape = OneOf(&[
    Word(&["transport", "timeout", "4xx", "5xx"]),
    Whole(100, 599),
]);

/// What `retry` takes.
pub(in crate::parse) static RETRY: Map = Map {
    id: "retry",
    what: "`retry`",
    keys: &[
        key!("times", OrTemplate(&Whole(0, 100)), "How many more tries."),
        key!(
            "every",
            OneOf(&[Duration, Of(&EVERY)]),
            "The pause before the next try; 500ms, 1s, 2s … up to 30s if not given. `Retry-After` of an answer is honoured, up to 60s.",
        ),
        key!(
            "on",
            OneOf(&[List(&RETRY_ON), RETRY_ON]),
            "What is retried: `transport` (no answer), `timeout` (none in time), statuses like `429`, `4xx` or `5xx`; `[transport, 5xx, 429]` if not given.",
        ),
    ],
    others: None,
};

/// What a file in `multipart` takes.
pub(in crate::parse) static FILE_PART: Map = Map {
    id: "file_part",
    what: "a file in `multipart`",
    keys: &[
        key!(
            "file",
            Text,
            "The file that is sent; the path is relative to this one."
        ),
        key!("name", Text, "The file name that is sent, if not its own."),
        key!(
            "type",
            Text,
            "The media type that is sent, if not the one that the path's ending says."
        ),
    ],
    others: None,
};

/// What `tls` takes.
pub(in crate::parse) static TLS: Map = Map {
    id: "tls",
    what: "`tls`",
    keys: &[
        key!(
            "ca",
            PEM,
            "A PEM file of authorities that are trusted beside the system's. Null takes a default away."
        ),
        key!("cert", PEM, "A PEM file with the client's certificate."),
        key!("key", PEM, "A PEM file with that certificate's key."),
        key!(
            "insecure",
            OneOf(&[OrTemplate(&Boolean), Nothing]),
            "Whether the server's certificate is not verified."
        ),
    ],
    others: None,
};

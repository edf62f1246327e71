//! The `sandbox` block and step. The sandbox itself judges the values; these are its keys and words.

use super::Shape::{
    Anything, Boolean, Duration, List, Map as Of, Names, OneOf, OrTemplate, Text, Whole, Word,
};
use super::{Key, Map};

const CLOCK: Key = key!(
    "clock",
    Text,
    "A time like `2025-04-01T00:00:00Z` at which the clock stands until it is moved; without it, the real time.",
);
const SEED: Key = key!(
    "seed",
    OrTemplate(&Whole(0, u64::MAX)),
    "What ids and data are made from; 0 if not given.",
);
const AUTH: Key = key!(
    "auth",
    OrTemplate(&Word(&["bearer", "client", "any"])),
    "Which credentials it takes; any if not given.",
);
const AGGREGATORS: Key = key!(
    "aggregators",
    OrTemplate(&Word(&["observed", "strict", "lenient"])),
    "How strict the aggregators are with fair use: as observed (Finvu alone is), all of them, or none.",
);
const ARTEFACT_DELAY: Key = key!(
    "artefact_delay",
    Duration,
    "How long after an approval data sessions are still refused, in real time.",
);
const DATA: Key = key!(
    "data",
    OrTemplate(&Word(&["reconciled", "observed"])),
    "Whether DEPOSIT data adds up, which it does if not given, or is random as Setu's hosted sandbox gives it.",
);
const SCHEMA_VERSION: Key = key!(
    "schema_version",
    OrTemplate(&Word(&["v1.1", "v2.0.0"])),
    "Which version's names DEPOSIT, TERM_DEPOSIT and RECURRING_DEPOSIT data has; v1.1 if not given.",
);
const PRODUCT_KEY: Key = key!("product", Of(&PRODUCT), "The product's configuration.");
const CUSTOMERS: Key = key!(
    "customers",
    OrTemplate(&List(&OrTemplate(&Of(&CUSTOMER)))),
    "Customers and their accounts. Any other mobile number is a customer too.",
);
const FIPS: Key = key!("fips", Of(&CATALOGUE), "How FIPs behave, by their id.");
const FAULTS: Key = key!(
    "faults",
    OrTemplate(&List(&OrTemplate(&Of(&FAULT)))),
    "Calls that go wrong, and how.",
);

/// The block of a scenario.
pub(in crate::parse) static BLOCK: Map = Map {
    id: "sandbox",
    what: "the `sandbox` block",
    keys: &[
        CLOCK,
        SEED,
        AUTH,
        AGGREGATORS,
        ARTEFACT_DELAY,
        DATA,
        SCHEMA_VERSION,
        PRODUCT_KEY,
        CUSTOMERS,
        FIPS,
        FAULTS,
    ],
    others: None,
};

/// A step's, mid-way.
pub(in crate::parse) static MIDWAY: Map = Map {
    id: "sandbox_step",
    what: "a `sandbox` step",
    keys: &[
        key!(
            "advance",
            Duration,
            "Moves a clock that stands, like `121d`."
        ),
        key!(
            "consent",
            Of(&CONSENT),
            "Changes the state of a consent, as the customer would at the aggregator."
        ),
        CLOCK,
        SEED,
        AUTH,
        AGGREGATORS,
        ARTEFACT_DELAY,
        DATA,
        SCHEMA_VERSION,
        PRODUCT_KEY,
        CUSTOMERS,
        FIPS,
        FAULTS,
    ],
    others: None,
};

static PRODUCT: Map = Map {
    id: "product",
    what: "`product`",
    keys: &[
        key!(
            "auto_fetch",
            OrTemplate(&OneOf(&[Boolean, Of(&AUTO_FETCH)])),
            "Whether data is fetched as soon as a consent is active, and of PERIODIC ones again in each unit of their frequency; or `{ every: 1d }`, how often."
        ),
        key!(
            "partial_fetch",
            OrTemplate(&Boolean),
            "Whether a session is PARTIAL as soon as there is data of one account, while others are waited for."
        ),
        key!(
            "fip_selector",
            OrTemplate(&Boolean),
            "Whether a customer who is named without an aggregator chooses a FIP first: the consent is INITIATED until then."
        ),
        key!(
            "tags",
            OrTemplate(&List(&Text)),
            "The tags that consents may have."
        ),
        key!(
            "defaults",
            Names(&Anything),
            "What a consent request leaves out, named as in the API."
        ),
    ],
    others: None,
};

static AUTO_FETCH: Map = Map {
    id: "auto_fetch",
    what: "`auto_fetch`",
    keys: &[key!(
        "every",
        Duration,
        "How often PERIODIC consents are fetched, on the sandbox's clock: from `1s` to `3650d`."
    )],
    others: None,
};

static CUSTOMER: Map = Map {
    id: "customer",
    what: "a customer",
    keys: &[
        key!("mobile", Text, "Ten digits."),
        key!(
            "accounts",
            OrTemplate(&List(&OrTemplate(&Of(&ACCOUNT)))),
            "The customer's accounts."
        ),
    ],
    others: None,
};

static ACCOUNT: Map = Map {
    id: "account",
    what: "an account",
    keys: &[
        key!(
            "fip",
            OrTemplate(&Word(&FIP_IDS)),
            "The id of the FIP that holds it."
        ),
        key!(
            "type",
            Text,
            "The type of financial information: DEPOSIT if not given."
        ),
        key!(
            "account_type",
            OrTemplate(&Word(&["SAVINGS", "CURRENT"])),
            "The kind of a deposit account."
        ),
        key!(
            "transactions",
            OrTemplate(&Whole(0, 100_000)),
            "How many a year; 24 if not given."
        ),
        key!(
            "fetch",
            OrTemplate(&Word(&["ready", "timeout", "denied", "failed"])),
            "How a data session goes for this account, when its FIP answers well."
        ),
    ],
    others: None,
};

/// The sandbox's FIPs. They are its own to say; a test holds the two against each other.
const FIP_IDS: [&str; 10] = [
    "setu-fip",
    "setu-fip-2",
    "pretend-bank",
    "sleeping-bank",
    "makebelieve-finance",
    "imaginary-registrar",
    "fictional-depository",
    "storybook-insurance",
    "dreamland-pensions",
    "sample-tax-office",
];

static CATALOGUE: Map = Map {
    id: "fips",
    what: "the sandbox's catalogue of FIPs",
    keys: &[
        of_fip(FIP_IDS[0]),
        of_fip(FIP_IDS[1]),
        of_fip(FIP_IDS[2]),
        of_fip(FIP_IDS[3]),
        of_fip(FIP_IDS[4]),
        of_fip(FIP_IDS[5]),
        of_fip(FIP_IDS[6]),
        of_fip(FIP_IDS[7]),
        of_fip(FIP_IDS[8]),
        of_fip(FIP_IDS[9]),
    ],
    others: None,
};

const fn of_fip(id: &'static str) -> Key {
    key!(id, Of(&FIP), "How this FIP behaves.")
}

static FIP: Map = Map {
    id: "fip",
    what: "a FIP's behaviour",
    keys: &[
        key!(
            "fetch",
            OrTemplate(&Word(&["ready", "timeout", "denied", "failed"])),
            "How it answers a data session."
        ),
        key!("latency", Duration, "How long it takes to answer."),
        key!(
            "status",
            OrTemplate(&Word(&["ACTIVE", "INACTIVE", "TEMPORARILY_INACTIVE"])),
            "What the list of FIPs says of it."
        ),
    ],
    others: None,
};

static FAULT: Map = Map {
    id: "fault",
    what: "a fault",
    keys: &[
        key!(
            "on",
            Text,
            "The calls: a method and a path, like `POST /v2/sessions`; `*` stands for anything."
        ),
        key!(
            "times",
            OrTemplate(&Whole(1, u64::MAX)),
            "How often; for ever if not given."
        ),
        key!(
            "status",
            OrTemplate(&Whole(200, 599)),
            "Answers this status, and does nothing."
        ),
        key!("body", Anything, "The body of that answer."),
        key!("delay", Duration, "Answers later."),
        key!(
            "disconnect",
            OrTemplate(&Boolean),
            "Closes the connection without an answer."
        ),
        key!("truncate", OrTemplate(&Boolean), "Ends the answer early."),
        key!(
            "malformed",
            OrTemplate(&Boolean),
            "Answers what is not JSON."
        ),
        key!(
            "slow_body",
            Duration,
            "Answers at once, with a body that takes this long to arrive."
        ),
        key!(
            "rate_limit",
            Of(&RATE_LIMIT),
            "Answers 429 to what is more than so many calls in so much real time."
        ),
    ],
    others: None,
};

static RATE_LIMIT: Map = Map {
    id: "rate_limit",
    what: "`rate_limit`",
    keys: &[
        key!(
            "calls",
            OrTemplate(&Whole(0, 1_000_000)),
            "How many are answered."
        ),
        key!(
            "per",
            Duration,
            "In how much real time, from the first of them."
        ),
    ],
    others: None,
};

static CONSENT: Map = Map {
    id: "consent_change",
    what: "`consent`",
    keys: &[
        key!("id", Text, "The consent."),
        key!(
            "action",
            OrTemplate(&Word(&["pause", "resume", "revoke", "expire"])),
            "What happens to it."
        ),
    ],
    others: None,
};

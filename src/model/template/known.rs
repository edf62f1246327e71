//! The names of functions, filters and tests, and what is known of them before anything runs.

use super::super::jsonpath::Query;
use super::{calendar, functions};

/// The functions that an author may call.
pub const FUNCTIONS: &[&str] = &[
    "now",
    "today",
    "uuid",
    "random_int",
    "random_digits",
    "file",
    "range",
    "dict",
];

/// The filters that an author may use.
pub const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "b64decode",
    "b64encode",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "fromjson",
    "groupby",
    "hmac_sha256",
    "indent",
    "int",
    "iso",
    "items",
    "join",
    "jsonpath",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "mask",
    "max",
    "min",
    "minus",
    "plus",
    "pprint",
    "regex_find",
    "regex_replace",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "sha256",
    "slice",
    "sort",
    "split",
    "strftime",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "urlencode",
    "zip",
];

/// The tests that may stand after `is`.
pub const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// Whether a filter may give nothing though its operand is there.
pub(super) fn may_give_nothing(filter: &str) -> bool {
    matches!(
        filter,
        "first" | "last" | "min" | "max" | "attr" | "default" | "d"
    )
}

/// What to write in place of what other languages have.
pub(super) fn instead(name: &str) -> Option<String> {
    let right = match name {
        "len" | "size" => "| length",
        "str" | "to_s" | "toString" => "| string",
        "json" | "to_json" | "dumps" | "stringify" | "toJson" => "| tojson",
        "parse" | "from_json" | "loads" | "parseJson" => "| fromjson",
        "toUpperCase" | "uppercase" | "upcase" => "| upper",
        "toLowerCase" | "lowercase" | "downcase" => "| lower",
        "base64" | "btoa" | "base64encode" => "| b64encode",
        "atob" | "base64decode" => "| b64decode",
        "startswith" | "startsWith" => "is startingwith('…')",
        "endswith" | "endsWith" => "is endingwith('…')",
        "contains" | "includes" => "'…' in …",
        "date" | "timestamp" | "newDate" => "now()",
        "random" | "rand" => "random_int(1, 6)",
        _ => return None,
    };
    Some(format!("write `{right}`"))
}

/// What can be known of a filter's constant argument before anything runs.
pub(super) fn check_argument(filter: &str, text: &str) -> Result<(), (String, Option<String>)> {
    match filter {
        "regex_find" | "regex_replace" => functions::compile_regex(text)
            .map(|_| ())
            .map_err(|message| (message, None)),
        "jsonpath" => Query::compile(text)
            .map(|_| ())
            .map_err(|error| (error.message, error.hint)),
        "plus" | "minus" => calendar::check_amount(text).map_err(|message| (message, None)),
        _ => Ok(()),
    }
}

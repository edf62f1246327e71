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

/// How many arguments functions take, and how they are written.
const OF_FUNCTIONS: &[(&str, usize, &str)] = &[
    ("now", 0, "now()"),
    ("today", 0, "today()"),
    ("uuid", 0, "uuid()"),
    ("random_int", 2, "random_int(1, 6)"),
    ("random_digits", 1, "random_digits(10)"),
    ("file", 1, "file('body.json')"),
];

/// The same of filters that take a fixed number, beside what they are applied to.
const OF_FILTERS: &[(&str, usize, &str)] = &[
    ("plus", 1, "| plus('4 months')"),
    ("minus", 1, "| minus('1 year')"),
    ("iso", 0, "| iso"),
    ("strftime", 1, "| strftime('%Y-%m-%d')"),
    ("b64encode", 0, "| b64encode"),
    ("b64decode", 0, "| b64decode"),
    ("sha256", 0, "| sha256"),
    ("hmac_sha256", 1, "| hmac_sha256(key)"),
    ("mask", 0, "| mask"),
    ("fromjson", 0, "| fromjson"),
    ("jsonpath", 1, "| jsonpath('$.name')"),
    ("regex_find", 1, "| regex_find('[0-9]+')"),
    ("regex_replace", 2, "| regex_replace('[0-9]', 'X')"),
    ("upper", 0, "| upper"),
    ("lower", 0, "| lower"),
    ("length", 0, "| length"),
    ("first", 0, "| first"),
    ("last", 0, "| last"),
    ("abs", 0, "| abs"),
    ("bool", 0, "| bool"),
    ("string", 0, "| string"),
];

/// How something is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    Function,
    Filter,
}

/// Whether something is called with as many arguments as it takes, where that is known. What is wrong comes with what
/// would be right.
pub(super) fn check_count(
    called: Called,
    name: &str,
    count: usize,
) -> Result<(), (String, Option<String>)> {
    let all = match called {
        Called::Function => OF_FUNCTIONS,
        Called::Filter => OF_FILTERS,
    };
    let Some((_, takes, example)) = all.iter().find(|(known, _, _)| *known == name) else {
        return Ok(());
    };
    if count == *takes {
        return Ok(());
    }
    let taken = match takes {
        0 => "no arguments".to_owned(),
        1 => "one argument".to_owned(),
        _ => format!("{takes} arguments"),
    };
    let given = match count {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    Err((
        format!("`{name}` takes {taken}, and here it has {given}"),
        Some(format!("write `{example}`")),
    ))
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

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::{Environment, ErrorKind};

    /// What is refused before a run is refused by the run, and what is let through is not.
    #[test]
    fn the_numbers_of_arguments_are_those_that_are_taken() {
        let mut environment = Environment::new();
        functions::register(&mut environment);
        let all = [
            (Called::Function, OF_FUNCTIONS),
            (Called::Filter, OF_FILTERS),
        ];
        for (called, table) in all {
            for (name, takes, _) in table {
                for count in 0..4 {
                    // What is wrong in itself would be told before what is missing.
                    let argument = if name.starts_with("random") {
                        "1"
                    } else {
                        "'1'"
                    };
                    let arguments = vec![argument; count].join(", ");
                    let text = match called {
                        Called::Function => format!("__{name}({arguments})"),
                        Called::Filter => format!("'1' | {name}({arguments})"),
                    };
                    let done = environment
                        .compile_expression(&text)
                        .unwrap()
                        .eval(minijinja::context! {});
                    let is_wrong = done.is_err_and(|error| {
                        let kinds = [ErrorKind::MissingArgument, ErrorKind::TooManyArguments];
                        kinds.contains(&error.kind())
                    });
                    assert_eq!(is_wrong, count != *takes, "{text}");
                    assert_eq!(check_count(called, name, count).is_err(), count != *takes);
                }
            }
        }
    }
}

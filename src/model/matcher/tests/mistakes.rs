//! What is wrong with a matcher as it is written, and what is told of one that does not hold.

use super::*;

#[test]
fn mistakes_are_found_before_anything_runs() {
    use MatcherContext::{Duration, List, Status, Value as One};
    for (matcher, context, message, hint) in [
        (json!({}), One, "an empty map", "eq: {}"),
        (
            json!({ "contians": 1 }),
            One,
            "`contians` is not a word",
            "did you mean `contains`?",
        ),
        (
            json!({ "unit": "DAY", "value": 4 }),
            One,
            "`unit` is not a word",
            "`includes: {…}`",
        ),
        (json!({ "gt": 1, "x": 2 }), One, "`x` is not a word", "eq"),
        (json!({ "all": { "gtt": 1 } }), One, "`gtt`", "`gt`"),
        (json!({ "schema": {} }), One, "asks nothing", ""),
        (
            json!({ "gt": "abc" }),
            One,
            "compares numbers and times",
            "",
        ),
        (json!({ "gt": null }), One, "compares numbers and times", ""),
        (json!({ "lt": [1] }), One, "compares numbers and times", ""),
        (
            json!({ "lt": ["{{ n }}"] }),
            One,
            "compares numbers and times",
            "",
        ),
        (json!({ "in": "abc" }), One, "takes a list", ""),
        (
            json!({ "unordered": { "a": "{{ n }}" } }),
            One,
            "takes a list",
            "",
        ),
        (json!({ "starts_with": 1 }), One, "takes text", ""),
        (
            json!({ "matches": "(" }),
            One,
            "not a regular expression",
            "",
        ),
        (
            json!({ "matches": "(a{1000}){1000}" }),
            One,
            "too large",
            "",
        ),
        (json!({ "exists": "yes" }), One, "`true` or `false`", ""),
        (
            json!({ "exists": false, "eq": 3 }),
            One,
            "cannot stand with other words",
            "",
        ),
        (json!({ "type": "list" }), One, "no type `list`", "`array`"),
        (
            json!({ "type": ["string", "strng"] }),
            One,
            "no type `strng`",
            "`string`",
        ),
        (json!({ "type": [] }), One, "the name of a type", ""),
        (
            json!({ "format": "datetime" }),
            One,
            "no format `datetime`",
            "`date-time`",
        ),
        (json!({ "format": "zzz" }), One, "no format `zzz`", "`uuid`"),
        (json!({ "length": -1 }), One, "whole number", ""),
        (json!({ "length": 1.5 }), One, "whole number", ""),
        (json!({ "length": "2" }), One, "whole number", ""),
        (json!({ "empty": 1 }), One, "`true` or `false`", ""),
        (json!({ "close_to": 5 }), One, "takes a map", "value"),
        (
            json!({ "close_to": { "value": 5 } }),
            One,
            "lacks `by`",
            "value",
        ),
        (
            json!({ "close_to": { "value": 5, "by": 1, "x": 1 } }),
            One,
            "`x` is not a key",
            "value",
        ),
        (
            json!({ "close_to": { "value": 5, "by": "5s" } }),
            One,
            "`by` must be a number",
            "",
        ),
        (
            json!({ "close_to": { "value": "x", "by": 1 } }),
            One,
            "neither a number",
            "",
        ),
        (
            json!({ "close_to": { "value": 1, "by": -1 } }),
            One,
            "not negative",
            "",
        ),
        (json!("{{ a | uper }}"), One, "no filter `uper`", "`upper`"),
        (
            json!("PENDING"),
            List,
            "never string \"PENDING\"",
            "`all` or `any`",
        ),
        (json!(null), List, "never null", "`all` or `any`"),
        (
            json!({ "eq": { "a": 1 } }),
            List,
            "never map",
            "`all` or `any`",
        ),
        (
            json!({ "eq": { "a": "{{ n }}" } }),
            List,
            "never a map",
            "`all` or `any`",
        ),
        (
            json!({ "gt": 1 }),
            List,
            "can never hold of a list",
            "`all` or `any`",
        ),
        (
            json!({ "matches": "a" }),
            List,
            "can never hold of a list",
            "`all` or `any`",
        ),
        (
            json!({ "type": "string" }),
            List,
            "never of the type",
            "`all` or `any`",
        ),
        (
            json!({ "in": ["a", "b"] }),
            List,
            "never one of",
            "`all` or `any`",
        ),
        (
            json!({ "not": "a" }),
            List,
            "never string",
            "`all` or `any`",
        ),
        (json!(99), Status, "from 100 to 599", ""),
        (json!(600), Status, "from 100 to 599", ""),
        (json!("6xx"), Status, "is not a status", ""),
        (json!("20x"), Status, "is not a status", ""),
        (json!([]), Status, "empty list", ""),
        (json!(true), Status, "is not a status", ""),
        (
            json!({ "matches": "2.." }),
            Status,
            "cannot be asked of a status",
            "",
        ),
        (json!({ "gt": "2xx" }), Status, "with a number", ""),
        (json!({ "lt": 500 }), Duration, "with its unit", ""),
        (json!({ "lt": "500" }), Duration, "is not a duration", ""),
        (
            json!({ "contains": "1s" }),
            Duration,
            "cannot be asked of a duration",
            "",
        ),
    ] {
        let found = mistakes(&matcher, context);
        assert_eq!(found.len(), 1, "{matcher}: {found:?}");
        assert!(found[0].message.contains(message), "{matcher}: {found:?}");
        assert!(
            found[0].hint.as_deref().unwrap_or("").contains(hint),
            "{matcher}: {found:?}"
        );
    }
    assert_eq!(
        mistakes(&json!({ "gt": "a", "in": 1, "matches": "(" }), One).len(),
        3
    );
}

#[test]
fn wrong_values_of_templates_are_errors_of_the_run() {
    for matcher in [
        json!({ "gt": "{{ word }}" }),
        json!({ "in": "{{ n }}" }),
        json!({ "matches": "{{ bad }}" }),
        json!({ "type": "{{ word }}" }),
        json!({ "length": "{{ word }}" }),
        json!({ "close_to": { "value": "{{ word }}", "by": 1 } }),
        json!("{{ unknown_name }}"),
    ] {
        let mut engine = Engine::default();
        let compiled = MatcherTemplate::compile(
            &node(&matcher),
            MatcherContext::Value,
            &mut engine,
            &NoSchemaFiles,
        )
        .unwrap();
        let result = compiled.check(Actual::Value(&json!("abc")), &engine, &scope());
        assert!(result.is_err(), "{matcher}: {result:?}");
    }
}

#[test]
fn messages_name_both_sides_with_their_types() {
    for (matcher, actual, expected, got, notes) in [
        (
            json!("PENDING"),
            json!("ACTIVE"),
            "string \"PENDING\"",
            "string \"ACTIVE\"",
            vec![],
        ),
        (
            json!({ "gte": 3 }),
            json!(2),
            "at least number 3",
            "number 2",
            vec![],
        ),
        (
            json!({ "length": 3 }),
            json!([1]),
            "length 3",
            "length 1: list [1]",
            vec![],
        ),
        (
            json!({ "matches": "^a" }),
            json!("b"),
            "text that matches `^a`",
            "string \"b\"",
            vec![],
        ),
        (
            json!({ "type": "integer" }),
            json!("1"),
            "integer",
            "string \"1\"",
            vec![],
        ),
        (
            json!({ "in": ["a", "b"] }),
            json!("c"),
            "one of [\"a\",\"b\"]",
            "string \"c\"",
            vec![],
        ),
        (
            json!({ "all": { "in": [1, 2] } }),
            json!([1, 3]),
            "all items: one of [1,2]",
            "list [1, 3]",
            vec!["item 1 is number 3"],
        ),
        (
            json!({ "eq": { "a": { "b": 1, "c": 2 } } }),
            json!({ "a": { "b": 2, "d e": 3 } }),
            "map {\"a\": {\"b\": 1, \"c\": 2}}",
            "map {\"a\": {\"b\": 2, \"d e\": 3}}",
            vec![
                "`$.a.b`: expected number 1, got number 2",
                "`$.a.c`: expected number 2, got nothing",
                "`$.a['d e']`: expected nothing, got number 3",
            ],
        ),
        (
            json!({ "unordered": [1, 2] }),
            json!([1, 3]),
            "in any order [1,2]",
            "list [1, 3]",
            vec!["missing: number 2", "not expected: item 1, number 3"],
        ),
    ] {
        let mismatches = check(&matcher, &actual);
        assert_eq!(mismatches.len(), 1, "{matcher}");
        assert_eq!(
            (
                mismatches[0].expected.as_str(),
                mismatches[0].actual.as_str()
            ),
            (expected, got),
            "{matcher}"
        );
        assert_eq!(mismatches[0].notes, notes, "{matcher}");
    }
    let long = describe(&json!("☺".repeat(5000)));
    assert!(long.chars().count() < 220 && long.ends_with('…'), "{long}");
    let many = describe(&Value::Array(vec![json!("x".repeat(50)); 100_000]));
    assert!(many.chars().count() < 220, "{many}");
    assert_eq!(describe(&json!(true)), "boolean true");
    assert_eq!(describe(&json!(null)), "null");
}

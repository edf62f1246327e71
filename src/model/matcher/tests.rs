mod mistakes;

use super::*;
use crate::model::node::{Entry, NodeKind, Text};
use crate::model::source::FileId;
use crate::model::template::World;
use serde_json::json;
use std::sync::Arc;

#[derive(Debug)]
struct Still;

impl World for Still {
    fn now(&self) -> i128 {
        0
    }
    fn random(&self) -> u64 {
        0
    }
    fn file(&self, _from: FileId, path: &str) -> Result<String, String> {
        Err(format!("`{path}` is not there"))
    }
}

fn node(value: &Value) -> Node {
    let span = Span {
        file: FileId(0),
        start: 0,
        end: 1,
    };
    let text = |value: &str| Text {
        value: value.to_owned(),
        span,
        verbatim_at: None,
    };
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Number(number) => NodeKind::Number(number.clone()),
        Value::String(value) => NodeKind::Text(text(value)),
        Value::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        Value::Object(map) => NodeKind::Map(
            map.iter()
                .map(|(key, value)| Entry {
                    key: text(key),
                    value: node(value),
                })
                .collect(),
        ),
    };
    Node { span, kind }
}

fn scope() -> Scope {
    let mut scope = Scope::new(Arc::new(Still));
    for (name, value) in [
        ("n", json!(3)),
        ("word", json!("abc")),
        ("map", json!({ "eq": 1 })),
        ("list", json!([1, 2])),
        ("pattern", json!("^a")),
        ("bad", json!("(")),
        ("code", json!("2xx")),
        ("codes", json!([200, 201])),
        ("soon", json!("2s")),
    ] {
        scope.set(name, value);
    }
    scope
}

fn check_in(context: MatcherContext, matcher: &Value, actual: Actual<'_>) -> Vec<Mismatch> {
    let mut engine = Engine::default();
    let compiled = MatcherTemplate::compile(&node(matcher), context, &mut engine, &NoSchemaFiles)
        .unwrap_or_else(|mistakes| panic!("{matcher}: {mistakes:?}"));
    compiled
        .check(actual, &engine, &scope())
        .unwrap_or_else(|error| panic!("{matcher}: {error:?}"))
}

fn check(matcher: &Value, actual: &Value) -> Vec<Mismatch> {
    check_in(MatcherContext::Value, matcher, Actual::Value(actual))
}

fn mistakes(matcher: &Value, context: MatcherContext) -> Vec<Diagnostic> {
    MatcherTemplate::compile(
        &node(matcher),
        context,
        &mut Engine::default(),
        &NoSchemaFiles,
    )
    .err()
    .unwrap_or_default()
}

#[test]
fn every_word_holds_and_fails() {
    let table: Vec<(Value, Vec<Value>, Vec<Value>)> = vec![
        (
            json!("a"),
            vec![json!("a")],
            vec![json!("b"), json!(null), json!(["a"])],
        ),
        (
            json!(1),
            vec![json!(1), json!(1.0)],
            vec![json!("1"), json!(true), json!(2)],
        ),
        (json!(null), vec![json!(null)], vec![json!(0), json!("")]),
        (
            json!([1, { "a": 2 }]),
            vec![json!([1.0, { "a": 2 }])],
            vec![json!([{ "a": 2 }, 1]), json!([1])],
        ),
        (
            json!({ "eq": { "gt": 1 } }),
            vec![json!({ "gt": 1.0 })],
            vec![json!({ "gt": 1, "b": 2 }), json!(2)],
        ),
        (
            json!({ "ne": 1 }),
            vec![json!(2), json!("1"), json!(null)],
            vec![json!(1), json!(1.0)],
        ),
        (
            json!({ "gt": 3 }),
            vec![json!(4), json!(3.5), json!("3.01"), json!(u64::MAX)],
            vec![
                json!(3),
                json!("3.0"),
                json!("abc"),
                json!(null),
                json!([4]),
                json!("NaN"),
                json!("inf"),
                json!("2025-01-01"),
            ],
        ),
        (
            json!({ "gte": "24203.0" }),
            vec![
                json!("24203"),
                json!(24203),
                json!("24203.00"),
                json!("1e9"),
            ],
            vec![json!("24202.99"), json!("")],
        ),
        (
            json!({ "lt": 0 }),
            vec![json!(-1), json!("-0.01"), json!(-1e300)],
            vec![json!(0), json!("-0")],
        ),
        (
            json!({ "lte": "123456789012345678901234567890.1" }),
            vec![json!("123456789012345678901234567890.1"), json!("99")],
            vec![json!("123456789012345678901234567890.2")],
        ),
        (
            json!({ "gt": "2025-04-01T00:00:00Z" }),
            vec![json!("2025-04-01T05:30:01+05:30"), json!("2025-04-02")],
            vec![
                json!("2025-04-01T05:30:00+05:30"),
                json!("2025-03-31"),
                json!(5),
                json!("soon"),
            ],
        ),
        (
            json!({ "in": [1, "a", { "eq": 2 }] }),
            vec![json!(1.0), json!("a"), json!({ "eq": 2 })],
            vec![json!(2), json!(null)],
        ),
        (
            json!({ "not_in": [1, 2] }),
            vec![json!(3), json!("1")],
            vec![json!(1)],
        ),
        (
            json!({ "contains": "b" }),
            vec![json!("abc"), json!(["a", "b"])],
            vec![json!("ac"), json!(["abc"]), json!(5), json!({ "b": 1 })],
        ),
        (
            json!({ "contains": { "a": 1 } }),
            vec![json!([{ "a": 1.0 }])],
            vec![json!([{ "a": 1, "b": 2 }]), json!("a")],
        ),
        (
            json!({ "not_contains": "b" }),
            vec![json!("ac"), json!([])],
            vec![json!("abc"), json!(["b"]), json!(5)],
        ),
        (
            json!({ "starts_with": "a" }),
            vec![json!("abc")],
            vec![json!("bc"), json!(["a"]), json!(5)],
        ),
        (
            json!({ "ends_with": "é" }),
            vec![json!("café")],
            vec![json!("cafe")],
        ),
        (
            json!({ "matches": "^[a-z]+\\d$" }),
            vec![json!("ab1")],
            vec![json!("ab"), json!(1)],
        ),
        (
            json!({ "matches": "b" }),
            vec![json!("abc")],
            vec![json!("ac")],
        ),
        (
            json!({ "exists": true }),
            vec![json!(null), json!(0), json!([])],
            vec![],
        ),
        (
            json!({ "exists": false }),
            vec![],
            vec![json!(null), json!(0)],
        ),
        (
            json!({ "type": "integer" }),
            vec![json!(1), json!(1.0), json!(u64::MAX)],
            vec![json!(1.5), json!("1")],
        ),
        (
            json!({ "type": ["string", "null"] }),
            vec![json!("a"), json!(null)],
            vec![json!(1)],
        ),
        (
            json!({ "type": "number" }),
            vec![json!(1), json!(1.5)],
            vec![json!("1")],
        ),
        (
            json!({ "type": "boolean" }),
            vec![json!(true)],
            vec![json!(0)],
        ),
        (json!({ "type": "array" }), vec![json!([])], vec![json!({})]),
        (
            json!({ "type": "object" }),
            vec![json!({})],
            vec![json!([])],
        ),
        (
            json!({ "format": "date" }),
            vec![json!("2025-04-01")],
            vec![json!("2025-04-31"), json!(20_250_401)],
        ),
        (
            json!({ "length": 2 }),
            vec![json!("é☺"), json!([1, 2]), json!({ "a": 1, "b": 2 })],
            vec![json!("a"), json!(2), json!([])],
        ),
        (
            json!({ "length": { "gt": 1, "lt": 4 } }),
            vec![json!([1, 2])],
            vec![json!([1]), json!([1, 2, 3, 4]), json!(null)],
        ),
        (
            json!({ "empty": true }),
            vec![json!(""), json!([]), json!({})],
            vec![json!("a"), json!(null), json!(0), json!([1])],
        ),
        (
            json!({ "empty": false }),
            vec![json!("a"), json!([0])],
            vec![json!(""), json!(null), json!({})],
        ),
        (
            json!({ "includes": { "a": [2, 1], "b": { "c": "x" } } }),
            vec![json!({ "a": [1, 2.0, 3], "b": { "c": "x", "d": 0 }, "e": 1 })],
            vec![
                json!({ "a": [1], "b": { "c": "x" } }),
                json!({ "a": [1, 2] }),
                json!(1),
            ],
        ),
        (
            json!({ "includes": [{ "a": 1 }, { "a": 1, "b": 2 }] }),
            // The first wanted item fits both, so it must make room.
            vec![
                json!([{ "a": 1, "b": 2 }, { "a": 1 }]),
                json!([{ "a": 1 }, { "a": 1, "b": 2 }, 5]),
            ],
            vec![json!([{ "a": 1, "b": 2 }]), json!([{ "a": 1 }, { "a": 1 }])],
        ),
        (
            json!({ "includes": [1, 1] }),
            vec![json!([1, 2, 1])],
            vec![json!([1, 2])],
        ),
        (
            json!({ "includes": "abc" }),
            vec![json!("abc")],
            vec![json!("xabc")],
        ),
        (
            json!({ "unordered": [1, 2, 2] }),
            vec![json!([2, 1.0, 2])],
            vec![
                json!([1, 2]),
                json!([1, 1, 2]),
                json!([1, 2, 2, 3]),
                json!(1),
            ],
        ),
        (
            json!({ "all": { "gt": 1 } }),
            vec![json!([2, 3])],
            vec![json!([1, 2]), json!([]), json!(2), json!({ "a": 2 })],
        ),
        (
            json!({ "all": "x" }),
            vec![json!(["x"])],
            vec![json!(["x", "y"])],
        ),
        (
            json!({ "any": { "starts_with": "a" } }),
            vec![json!(["b", "ab"])],
            vec![json!(["b"]), json!([]), json!("a")],
        ),
        (
            json!({ "none": { "in": ["x", "y"] } }),
            vec![json!(["a"]), json!([])],
            vec![json!(["a", "x"]), json!("a")],
        ),
        (
            json!({ "close_to": { "value": 10.2, "by": 0.1 } }),
            vec![json!(10.3), json!(10.1), json!("10.25")],
            vec![json!(10.31), json!("x"), json!(null)],
        ),
        (
            json!({ "close_to": { "value": "2025-04-01T00:00:00Z", "by": "5s" } }),
            vec![json!("2025-04-01T00:00:05Z"), json!("2025-03-31T23:59:55Z")],
            vec![json!("2025-04-01T00:00:05.001Z"), json!(5)],
        ),
        (
            json!({ "not": { "contains": "b" } }),
            vec![json!("ac"), json!(5)],
            vec![json!("abc")],
        ),
        (json!({ "not": "a" }), vec![json!("b")], vec![json!("a")]),
        (
            json!({ "gte": 1, "lte": 5, "type": "integer" }),
            vec![json!(1), json!(5)],
            vec![json!(0), json!(2.5)],
        ),
        // Templates.
        (json!("{{ n }}"), vec![json!(3)], vec![json!("3")]),
        (json!("{{ map }}"), vec![json!({ "eq": 1 })], vec![json!(1)]),
        (json!({ "gt": "{{ n }}" }), vec![json!(4)], vec![json!(3)]),
        (
            json!({ "in": "{{ list }}" }),
            vec![json!(2)],
            vec![json!(3)],
        ),
        (
            json!({ "in": ["{{ n }}", "x{{ n }}"] }),
            vec![json!(3), json!("x3")],
            vec![json!("3")],
        ),
        (
            json!({ "matches": "{{ pattern }}" }),
            vec![json!("abc")],
            vec![json!("b")],
        ),
        (
            json!({ "includes": { "a": "{{ n }}" } }),
            vec![json!({ "a": 3, "b": 1 })],
            vec![json!({ "a": 4 })],
        ),
        (
            json!({ "length": "{{ n }}" }),
            vec![json!("abc")],
            vec![json!("a")],
        ),
        (
            json!({ "close_to": { "value": "{{ n }}", "by": 1 } }),
            vec![json!(4)],
            vec![json!(5)],
        ),
    ];
    for (matcher, right, wrong) in table {
        for actual in right {
            assert_eq!(check(&matcher, &actual), vec![], "{matcher} {actual}");
        }
        for actual in wrong {
            assert!(!check(&matcher, &actual).is_empty(), "{matcher} {actual}");
        }
        let missing = check_in(MatcherContext::Value, &matcher, Actual::Missing("story"));
        assert_eq!(
            missing.is_empty(),
            matcher == json!({ "exists": false }),
            "{matcher}"
        );
        if let Some(first) = missing.first() {
            assert_eq!(
                (first.actual.as_str(), first.notes.as_slice()),
                ("nothing", &["story".to_owned()][..])
            );
        }
    }
    for matcher in [
        json!({ "not": { "exists": true } }),
        json!({ "not": { "exists": false } }),
        json!({ "none": 1 }),
        json!({ "empty": true }),
    ] {
        assert!(
            !check_in(MatcherContext::Value, &matcher, Actual::Missing("")).is_empty(),
            "{matcher}"
        );
    }
}

#[test]
fn the_list_of_a_query_is_itself_the_value() {
    let (ready, delivered) = (json!("READY"), json!("DELIVERED"));
    let many = [&ready, &delivered];
    for (matcher, expected) in [
        (json!(["READY", "DELIVERED"]), true),
        (json!(["DELIVERED", "READY"]), false),
        (json!({ "unordered": ["DELIVERED", "READY"] }), true),
        (json!({ "all": { "in": ["READY", "DELIVERED"] } }), true),
        (json!({ "any": "READY" }), true),
        (json!({ "none": "READY" }), false),
        (json!({ "length": 2 }), true),
        (json!({ "contains": "READY" }), true),
        (json!({ "exists": true }), true),
        (json!({ "exists": false }), false),
        (json!({ "type": "array" }), true),
        (json!("{{ word }}"), false),
    ] {
        let result = check_in(MatcherContext::List, &matcher, Actual::Many(&many));
        assert_eq!(result.is_empty(), expected, "{matcher}");
    }
    for (matcher, expected) in [
        (json!({ "exists": true }), false),
        (json!({ "exists": false }), true),
        (json!({ "empty": true }), true),
        (json!({ "all": "x" }), false),
        (json!({ "any": "x" }), false),
        (json!({ "none": "x" }), true),
        (json!([]), true),
    ] {
        let result = check_in(MatcherContext::List, &matcher, Actual::Many(&[]));
        assert_eq!(result.is_empty(), expected, "{matcher}");
    }
}

#[test]
fn statuses_and_durations_have_their_own_words() {
    for (matcher, right, wrong) in [
        (json!(201), vec![201], vec![200]),
        (json!([200, 201]), vec![200, 201], vec![202]),
        (json!("2xx"), vec![200, 299], vec![199, 300]),
        (json!(["2xx", 404]), vec![204, 404], vec![400]),
        (json!("{{ code }}"), vec![204], vec![400]),
        (json!("{{ codes }}"), vec![201], vec![202]),
        (json!({ "in": [200, "4xx"] }), vec![200, 418], vec![500]),
        (json!({ "not_in": ["5xx"] }), vec![200], vec![503]),
        (json!({ "lt": 400 }), vec![399], vec![400]),
        (json!({ "gte": 200, "lt": 300 }), vec![200], vec![300]),
        (json!({ "ne": 404 }), vec![200], vec![404]),
        (json!({ "not": "5xx" }), vec![200], vec![500]),
    ] {
        for status in right {
            assert_eq!(
                check_in(
                    MatcherContext::Status,
                    &matcher,
                    Actual::Value(&json!(status))
                ),
                vec![],
                "{matcher} {status}"
            );
        }
        for status in wrong {
            assert!(
                !check_in(
                    MatcherContext::Status,
                    &matcher,
                    Actual::Value(&json!(status))
                )
                .is_empty(),
                "{matcher} {status}"
            );
        }
    }
    for (matcher, right, wrong) in [
        (json!({ "lt": "500ms" }), json!(499.5), json!(500)),
        (
            json!({ "gte": "1s", "lte": "{{ soon }}" }),
            json!(2000),
            json!(2001),
        ),
        (json!("250ms"), json!(250), json!(251)),
        (
            json!({ "close_to": { "value": "1s", "by": "100ms" } }),
            json!(1100),
            json!(1101),
        ),
        (json!({ "not": { "gt": "1s" } }), json!(1), json!(1001)),
    ] {
        assert_eq!(
            check_in(MatcherContext::Duration, &matcher, Actual::Value(&right)),
            vec![],
            "{matcher}"
        );
        assert!(
            !check_in(MatcherContext::Duration, &matcher, Actual::Value(&wrong)).is_empty(),
            "{matcher}"
        );
    }
}

#[test]
fn templates_are_visited_wherever_they_stand() {
    let matcher = json!({ "all": { "in": ["{{ a }}", { "x": "{{ b }}" }] }, "close_to": { "value": "{{ c }}", "by": "{{ d }}" }, "eq": "{{ e }}" });
    let compiled = MatcherTemplate::compile(
        &node(&matcher),
        MatcherContext::Value,
        &mut Engine::default(),
        &NoSchemaFiles,
    )
    .unwrap();
    let mut names = Vec::new();
    compiled.for_each_template(&mut |template| {
        names.extend(template.names().iter().map(|name| name.path[0].clone()))
    });
    names.sort();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}

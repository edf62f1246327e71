use super::*;
use crate::model::node::{Entry, NodeKind, Text};
use crate::model::source::{FileId, Span};
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

fn compile(matcher: &Value) -> Result<(MatcherTemplate, Engine), Vec<Diagnostic>> {
    let mut engine = Engine::default();
    let node = node(matcher);
    MatcherTemplate::compile(&node, MatcherContext::Value, &mut engine, &NoSchemaFiles)
        .map(|matcher| (matcher, engine))
}

fn check(matcher: &Value, actual: &Value) -> Result<Vec<Mismatch>, RenderError> {
    let (matcher, engine) = compile(matcher).unwrap_or_else(|told| panic!("{matcher}: {told:?}"));
    let mut scope = Scope::new(Arc::new(Still));
    scope.set("kind", json!("string"));
    scope.set("schema", json!({ "type": "string" }));
    scope.set("wrong", json!({ "type": "strng" }));
    scope.set("text", json!("schema.json"));
    matcher.check(Actual::Value(actual), &engine, &scope)
}

/// What is told of a value; nothing if it fits.
fn notes(schema: Value, actual: &Value) -> Vec<String> {
    check(&json!({ "schema": schema }), actual)
        .unwrap()
        .into_iter()
        .flat_map(|mismatch| mismatch.notes)
        .collect()
}

#[test]
fn all_that_does_not_fit_is_told_with_its_place() {
    let schema = json!({
        "type": "object",
        "required": ["id", "status", "fips"],
        "additionalProperties": false,
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "status": { "enum": ["ACTIVE", "PENDING"] },
            "fips": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/fip" } },
            "a b": { "maximum": 3 },
        },
        "$defs": { "fip": { "required": ["fipID"], "properties": { "fipID": { "pattern": "^setu" } } } },
    });
    let right = json!({ "id": "0f8fad5b-d9cb-469f-a165-70867728950e", "status": "ACTIVE", "fips": [{ "fipID": "setu-fip" }] });
    assert!(notes(schema.clone(), &right).is_empty());
    let wrong = json!({ "id": "1", "fips": [{ "fipID": "other" }, {}], "a b": 4, "more": 1 });
    assert_eq!(
        notes(schema.clone(), &wrong),
        [
            "`$`: `status` is missing",
            "`$['a b']`: number 4 is greater than the maximum of 3",
            "`$.fips[0].fipID`: string \"other\" does not match \"^setu\"",
            "`$.fips[1]`: `fipID` is missing",
            "`$.id`: string \"1\" is not a \"uuid\"",
            "`$`: the schema knows no `more`",
        ]
    );
    assert_eq!(
        notes(schema, &json!([])),
        ["`$`: list [] is not of type \"object\""]
    );
    let many = json!(vec![json!("x"); 40]);
    let told = notes(json!({ "items": { "type": "number" } }), &many);
    assert_eq!(told.len(), 11);
    assert_eq!(told[10], "and 30 more");
    let very_many = json!(vec![json!("x"); 2000]);
    let told = notes(json!({ "items": { "type": "number" } }), &very_many);
    assert_eq!(told[10], "and at least 990 more");
}

#[test]
fn drafts_and_formats() {
    for (schema, right, wrong) in [
        // 2020-12 unless the schema says another.
        (
            json!({ "prefixItems": [{ "type": "string" }], "items": false }),
            json!(["a"]),
            json!(["a", 1]),
        ),
        (
            json!({ "$schema": "http://json-schema.org/draft-07/schema#", "items": [{ "type": "string" }], "additionalItems": false }),
            json!(["a"]),
            json!(["a", 1]),
        ),
        (
            json!({ "$schema": "http://json-schema.org/draft-04/schema#", "maximum": 3, "exclusiveMaximum": true }),
            json!(2),
            json!(3),
        ),
        (
            json!({ "format": "date-time" }),
            json!("2025-04-01T00:00:00Z"),
            json!("2025-04-01"),
        ),
        (
            json!({ "format": "email" }),
            json!("asha@example.com"),
            json!("asha"),
        ),
        (
            json!({ "format": "uri" }),
            json!("https://setu.co"),
            json!("setu"),
        ),
        (
            json!({ "format": "ipv4" }),
            json!("127.0.0.1"),
            json!("localhost"),
        ),
        // Ours are known there too.
        (
            json!({ "format": "pan" }),
            json!("AAAPR1234C"),
            json!("AAAPR1234"),
        ),
        (
            json!({ "format": "ifsc" }),
            json!("SBIN0001234"),
            json!("SBIN1001234"),
        ),
        (
            json!({ "format": "gstin" }),
            json!("27AAPFU0939F1ZV"),
            json!("27AAPFU0939F1ZA"),
        ),
        (
            json!({ "format": "mobile" }),
            json!("9999999999"),
            json!("5999999999"),
        ),
        (
            json!({ "format": "vua" }),
            json!("9999999999@onemoney"),
            json!("onemoney"),
        ),
        (
            json!({ "type": "integer", "format": "int64" }),
            json!(1),
            json!("1"),
        ),
        (
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "null" } } }),
            json!(null),
            json!(1),
        ),
        (json!({ "not": { "type": "null" } }), json!(1), json!(null)),
    ] {
        assert!(notes(schema.clone(), &right).is_empty(), "{schema} {right}");
        assert!(
            !notes(schema.clone(), &wrong).is_empty(),
            "{schema} {wrong}"
        );
    }
}

#[test]
fn it_stands_wherever_a_word_can() {
    let word = json!({ "schema": { "type": "number" } });
    for (matcher, right, wrong) in [
        (json!({ "all": word }), json!([1, 2]), json!([1, "2"])),
        (json!({ "any": word }), json!(["1", 2]), json!(["1"])),
        (json!({ "none": word }), json!(["1"]), json!(["1", 2])),
        (json!({ "not": word }), json!("1"), json!(1)),
        (
            json!({ "schema": { "type": "number" }, "gt": 3 }),
            json!(4),
            json!(3),
        ),
        (json!({ "schema": "{{ schema }}" }), json!("a"), json!(1)),
        (
            json!({ "schema": { "type": "{{ kind }}" } }),
            json!("a"),
            json!(1),
        ),
    ] {
        assert!(check(&matcher, &right).unwrap().is_empty(), "{matcher}");
        assert!(!check(&matcher, &wrong).unwrap().is_empty(), "{matcher}");
    }
    let told = check(&json!({ "all": word }), &json!([1, "2"])).unwrap();
    assert_eq!(told[0].expected, "all items: a value that fits the schema");
    assert_eq!(
        told[0].notes,
        [
            "item 1 is string \"2\"",
            "item 1: `$`: string \"2\" is not of type \"number\""
        ]
    );
    let (matcher, engine) = compile(&word).unwrap();
    let scope = Scope::new(Arc::new(Still));
    let missing = matcher.check(Actual::Missing("story"), &engine, &scope);
    assert_eq!(missing.unwrap()[0].actual, "nothing");
}

#[test]
fn what_is_no_schema_is_refused() {
    for (schema, message) in [
        (json!({ "type": "strng" }), "there is no type `strng`"),
        (json!({}), "asks nothing"),
        (json!({ "title": "x" }), "asks nothing"),
        (json!(true), "a schema is a map"),
        (json!([]), "a schema is a map"),
        (json!(null), "a schema is a map"),
        (json!("a.json"), "there is no file `a.json`"),
        (json!("{{ schema }}.json"), "no template"),
        (json!({ "pattern": "(" }), "no regular expression"),
        (json!({ "format": "gstn" }), "no format"),
        (json!({ "$ref": "#/$defs/a" }), "leads nowhere"),
        (json!({ "$ref": "other.json" }), "is not read"),
        (json!({ "$ref": "file:///etc/passwd" }), "is not read"),
        (
            json!({ "$schema": "http://nope/", "type": "null" }),
            "there is no draft",
        ),
        (json!(["{{ schema }}"]), "takes a JSON Schema"),
    ] {
        let told = compile(&json!({ "schema": schema })).expect_err(&schema.to_string());
        assert!(told[0].message.contains(message), "{schema}: {told:?}");
    }
    let two =
        json!({ "schema": { "properties": { "a": { "type": "x" }, "b": { "minimum": "1" } } } });
    assert_eq!(compile(&two).unwrap_err().len(), 2);
    for (name, message) in [
        ("wrong", "there is no type"),
        ("text", "takes a JSON Schema"),
    ] {
        let told = check(&json!({ "schema": format!("{{{{ {name} }}}}") }), &json!(1)).unwrap_err();
        assert!(told.message.contains(message), "{told:?}");
    }
}

#[test]
fn schemas_that_go_round_in_circles_end() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
        json!({ "$dynamicRef": "#" }),
        json!({ "properties": { "a": { "$ref": "#" } }, "items": { "$ref": "#" } }),
    ] {
        let _ = check(
            &json!({ "schema": schema }),
            &json!({ "a": { "a": [[1]] } }),
        );
    }
}

//! Any text as a JSONPath on any JSON: what it finds stands where it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sammati::model::jsonpath::Query;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let (source, document) = text.split_once('\n').unwrap_or((text, ""));
    let document: Value = serde_json::from_str(document).unwrap_or_else(|_| {
        json!({ "a": [1, "two", { "b": null }, [true, 4.5]], "b": { "a": "x", "b-c": {} } })
    });
    match Query::compile(source) {
        Ok(query) => {
            let _ = query.find(&document);
            let places = query.locate(&document);
            assert!(!query.is_singular() || places.len() <= 1);
        }
        Err(error) => assert!(source.get(error.range).is_some(), "{}", error.message),
    }
});

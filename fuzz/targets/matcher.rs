//! Any matcher on any value: it says what does not hold, or nothing; what it says can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sammati::model::matcher::{Actual, MatcherContext, MatcherTemplate, NoSchemaFiles};
use sammati::model::node::NodeKind;
use sammati::model::source::Sources;
use sammati::model::template::Engine;
use sammati::parse;
use serde_json::{Value, json};

#[path = "../support.rs"]
mod support;

fuzz_target!(|text: &str| {
    let (source, document) = text.split_once("\n---\n").unwrap_or((text, ""));
    let document: Value = serde_json::from_str(document)
        .unwrap_or_else(|_| json!([1, "1.50", null, { "a": "ACTIVE" }, [], "2025-04-01T00:00:00Z"]));
    let mut sources = Sources::default();
    let file = sources.add("matcher.yaml", format!("matcher: {source}\n"));
    let Ok(node) = parse::variables(&sources, file) else {
        return;
    };
    let NodeKind::Map(entries) = &node.kind else {
        return;
    };
    let scope = support::scope();
    let mut engine = Engine::default();
    for context in [MatcherContext::Value, MatcherContext::List, MatcherContext::Status] {
        let Ok(matcher) = MatcherTemplate::compile(&entries[0].value, context, &mut engine, &NoSchemaFiles)
        else {
            continue;
        };
        for value in support::values(&document) {
            if let Ok(mismatches) = matcher.check(Actual::Value(value), &engine, &scope) {
                assert!(mismatches.iter().all(|told| !told.expected.is_empty()));
            }
        }
    }
});

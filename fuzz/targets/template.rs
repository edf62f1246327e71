//! Any text as a template and as an expression: it ends, in a value or in an error at a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sammati::model::node::Text;
use sammati::model::source::{FileId, Span};
use sammati::model::template::Engine;

#[path = "../support.rs"]
mod support;

fuzz_target!(|source: &str| {
    let text = Text {
        value: source.to_owned(),
        span: Span {
            file: FileId(0),
            start: 0,
            end: u32::try_from(source.len()).unwrap(),
        },
        verbatim_at: Some(0),
    };
    let scope = support::scope();
    let mut engine = Engine::default();
    match engine.template(&text) {
        Ok(template) => {
            for name in template.names() {
                assert!(source.get(name.range.clone()).is_some());
            }
            let value = engine.evaluate(&template, &scope);
            let rendered = engine.render(&template, &scope);
            if let (Ok(serde_json::Value::String(value)), Ok(rendered)) = (value, rendered)
                && !source.contains('(')
            {
                assert_eq!(value, rendered);
            }
        }
        Err(error) => assert!(source.get(error.range).is_some(), "{}", error.message),
    }
    match engine.expression(&text) {
        Ok(expression) => {
            let _ = engine.compute(&expression, &scope);
            let _ = engine.decide(&expression, &scope);
        }
        Err(error) => assert!(source.get(error.range).is_some(), "{}", error.message),
    }
});

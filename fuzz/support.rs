//! What the targets share.

use sammati::model::source::FileId;
use sammati::model::template::{Scope, World};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Still;

impl World for Still {
    fn now(&self) -> i128 {
        1_743_465_600_000_000_000
    }
    fn random(&self) -> u64 {
        7
    }
    fn file(&self, _from: FileId, path: &str) -> Result<String, String> {
        Err(format!("`{path}` is not there"))
    }
}

/// Some variables.
pub fn scope() -> Scope {
    let mut scope = Scope::new(Arc::new(Still));
    for (name, value) in [
        ("a", json!(4)),
        ("b", json!("text")),
        ("c", json!([3, 1, 2])),
        ("d", json!({ "e": { "f": [10, 20] } })),
        ("g", json!(null)),
        ("h", json!(true)),
    ] {
        scope.set(name, value);
    }
    scope
}

/// A value and what is in it.
#[allow(dead_code, reason = "not every target looks into values")]
pub fn values(value: &Value) -> Vec<&Value> {
    let mut all = vec![value];
    match value {
        Value::Array(items) => all.extend(items.iter()),
        Value::Object(members) => all.extend(members.values()),
        _ => {}
    }
    all
}

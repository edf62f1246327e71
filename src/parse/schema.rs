//! The JSON Schemas of scenario files and of the project file, for editors: made of the definitions by
//! which files are read.
//!
//! A schema knows shapes only. What it lets pass may still be a mistake that `check` tells; what it
//! refuses is always one.

use serde_json::{Map as Object, Value, json};
use std::collections::BTreeMap;

use super::definition::{self, ACTIONS, Map, REQUEST, Shape};

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Scenarios and fragments.
    Scenario,
    /// `sammati.yaml`.
    Project,
}

/// The JSON Schema (draft 2020-12) of a kind of file.
pub fn schema(document: Document) -> Value {
    let mut writer = Writer::default();
    let (title, root) = match document {
        Document::Scenario => ("A scenario or a fragment of Sammati", writer.file()),
        Document::Project => (
            "The project file of Sammati",
            writer.reference(&definition::PROJECT),
        ),
    };
    let mut whole = Object::new();
    whole.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    whole.insert("title".into(), json!(title));
    if let Value::Object(root) = root {
        whole.extend(root);
    }
    whole.insert("$defs".into(), json!(writer.written));
    Value::Object(whole)
}

/// Writes each map once, under its id.
#[derive(Default)]
struct Writer {
    written: BTreeMap<&'static str, Value>,
}

impl Writer {
    /// A scenario or a fragment: which of them it is, its name says, and that no schema sees.
    fn file(&mut self) -> Value {
        let mut schema = self.map(&definition::SCENARIO);
        let inputs = self.properties(&definition::FRAGMENT).remove("params");
        schema["properties"]["params"] = json!(inputs);
        schema
    }

    fn reference(&mut self, map: &'static Map) -> Value {
        if !self.written.contains_key(map.id) {
            // Maps may hold themselves: the place is taken before what is in it is written.
            self.written.insert(map.id, Value::Null);
            let written = match map.id {
                "step" => self.step(map),
                _ => self.map(map),
            };
            self.written.insert(map.id, written);
        }
        json!({ "$ref": format!("#/$defs/{}", map.id) })
    }

    fn map(&mut self, map: &'static Map) -> Value {
        let mut schema = json!({
            "type": "object",
            "properties": self.properties(map),
            "additionalProperties": false,
        });
        match map.others {
            Some(("", shape)) => schema["additionalProperties"] = self.shape(shape),
            Some((pattern, shape)) => {
                schema["patternProperties"] = json!({ pattern: self.shape(shape) });
            }
            None => {}
        }
        if map.keys.iter().any(|key| key.name == "steps") {
            schema["required"] = json!(["steps"]);
        }
        schema
    }

    fn properties(&mut self, map: &'static Map) -> Object<String, Value> {
        let mut properties = Object::new();
        for key in map.keys {
            let mut schema = self.shape(key.shape);
            schema["description"] = json!(key.meaning);
            properties.insert(key.name.into(), schema);
        }
        properties
    }

    /// A step does exactly one thing, and has only what goes with it.
    fn step(&mut self, map: &'static Map) -> Value {
        let mut properties = self.properties(&REQUEST);
        properties.extend(self.properties(map));
        let one_action: Vec<Value> = ACTIONS
            .iter()
            .map(|(action, _)| json!({ "required": [action] }))
            .collect();
        let mut needed = Object::new();
        for (action, own) in ACTIONS {
            for key in *own {
                needed.insert((*key).into(), json!([action]));
            }
        }
        json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "oneOf": one_action,
            "dependentRequired": needed,
        })
    }

    fn shape(&mut self, shape: Shape) -> Value {
        match shape {
            Shape::Anything => json!({}),
            Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Whole(least, most) => {
                let mut schema = json!({ "type": "integer", "minimum": least });
                if most < u64::MAX {
                    schema["maximum"] = json!(most);
                }
                schema
            }
            Shape::Duration => json!({
                "type": "string",
                "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$|\\{\\{",
            }),
            Shape::Word(words) => json!({ "enum": words }),
            Shape::Nothing => json!({ "type": "null" }),
            Shape::Same(shape) => self.shape(*shape),
            Shape::Map(map) => self.reference(map),
            Shape::Names(inner) => {
                json!({ "type": "object", "additionalProperties": self.shape(*inner) })
            }
            Shape::List(inner) => json!({ "type": "array", "items": self.shape(*inner) }),
            Shape::OneOf(shapes) => {
                let shapes: Vec<Value> = shapes.iter().map(|shape| self.shape(*shape)).collect();
                json!({ "anyOf": shapes })
            }
            Shape::Literal => json!({ "not": { "type": "object" } }),
            Shape::OrTemplate(inner) => json!({ "anyOf": [
                self.shape(*inner),
                { "type": "string", "pattern": "\\{\\{" },
            ] }),
        }
    }
}

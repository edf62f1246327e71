//! The keywords of JSON Schema. One that is misspelt is no mistake to a validator: it checks nothing.

use serde_json::Value;

use super::super::diagnostic::nearest;

/// Keywords that say something and ask nothing, of all drafts and of OpenAPI.
const SAYING: [&str; 28] = [
    "$schema",
    "$id",
    "id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "then",
    "else",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "nullable",
    "discriminator",
    "externalDocs",
    "xml",
    "divisibleBy",
];

/// The keywords that ask something, of all drafts.
pub(super) const KEYWORDS: [&str; 41] = [
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "dependentSchemas",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "dependencies",
    "format",
];

/// Keywords that are nearly known ones: where each stands, its name, and the one that was meant.
pub(super) fn misspelt(schema: &Value) -> Vec<(Vec<String>, String, &'static str)> {
    let mut found = Vec::new();
    look(schema, &mut Vec::new(), &mut found);
    found
}

type Found = Vec<(Vec<String>, String, &'static str)>;

fn look(schema: &Value, place: &mut Vec<String>, found: &mut Found) {
    let Value::Object(members) = schema else {
        return;
    };
    for (name, value) in members {
        place.push(name.clone());
        match name.as_str() {
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
            | "dependencies" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    inside(key.clone(), inner, place, found);
                }
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => each(value, place, found),
            "items" if value.is_array() => each(value, place, found),
            "not"
            | "if"
            | "then"
            | "else"
            | "items"
            | "additionalItems"
            | "contains"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema" => look(value, place, found),
            known if KEYWORDS.contains(&known) || SAYING.contains(&known) => {}
            unknown => {
                let near = nearest(unknown, KEYWORDS.iter().chain(&SAYING).copied());
                if let Some(near) = near {
                    found.push((place.clone(), name.clone(), near));
                }
            }
        }
        place.pop();
    }
}

fn each(schemas: &Value, place: &mut Vec<String>, found: &mut Found) {
    for (index, inner) in schemas.as_array().into_iter().flatten().enumerate() {
        inside(index.to_string(), inner, place, found);
    }
}

fn inside(step: String, schema: &Value, place: &mut Vec<String>, found: &mut Found) {
    place.push(step);
    look(schema, place, found);
    place.pop();
}

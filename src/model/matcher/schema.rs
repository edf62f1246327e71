//! JSON Schemas. The only file that knows `jsonschema`.

use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{ReferencingError, ValidationError, Validator};
use serde_json::Value;
use std::sync::Arc;

use super::super::diagnostic::{Diagnostic, nearest};
use super::super::jsonpath::written;
use super::super::node::{Node, NodeKind};
use super::super::source::Span;
use super::describe;
use super::format::{self, FORMATS};
use super::word::KINDS;

/// What is expected where the schema has no name.
pub(super) const EXPECTED: &str = "a value that fits the schema";
/// More violations help nobody.
const SHOWN: usize = 10;
/// Beyond these they are not even counted.
const COUNTED: usize = 1000;
/// Formats that others have, of numbers or of text of any shape: nothing to check.
const ELSEWHERE: [&str; 7] = [
    "int32", "int64", "float", "double", "password", "byte", "binary",
];

/// A schema that is ready.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    validator: Arc<Validator>,
    /// The path of its file, as it is written at the matcher.
    path: Option<String>,
}

/// Where schemas that stand in files are found.
pub trait SchemaFiles {
    /// The schema at a path that is written at that place, relative to the file that it stands in. The
    /// error says what is wrong, with a hint; nothing, if that was told elsewhere.
    fn schema(&self, path: &str, at: Span) -> Result<&Node, Option<(String, String)>>;
}

/// No files: every path is missing.
#[derive(Clone, Copy, Debug)]
pub struct NoSchemaFiles;

impl SchemaFiles for NoSchemaFiles {
    fn schema(&self, path: &str, _at: Span) -> Result<&Node, Option<(String, String)>> {
        Err(Some((
            format!("there is no file `{path}`"),
            "write the schema here".to_owned(),
        )))
    }
}

impl Schema {
    /// Reads what stands after the word: a map, or the path of a file with one. All that is wrong is told,
    /// in a file at its place there.
    pub(super) fn read(node: &Node, files: &dyn SchemaFiles) -> Result<Schema, Vec<Diagnostic>> {
        let (node, path) = match &node.kind {
            NodeKind::Text(text) => match files.schema(&text.value, node.span) {
                Ok(found) => (found, Some(text.value.clone())),
                Err(None) => return Err(Vec::new()),
                Err(Some((message, hint))) => {
                    return Err(vec![Diagnostic::error(node.span, message).hint(hint)]);
                }
            },
            _ => (node, None),
        };
        let validator = compile(&node.to_json()).map_err(|mistakes| {
            mistakes
                .into_iter()
                .map(|mistake| {
                    let span = place(node, &mistake.pointer);
                    Diagnostic::error(span, mistake.message).maybe_hint(mistake.hint)
                })
                .collect::<Vec<_>>()
        })?;
        Ok(Schema {
            validator: Arc::new(validator),
            path,
        })
    }

    /// A schema that a template gave.
    pub(super) fn computed(value: &Value) -> Result<Schema, String> {
        match compile(value) {
            Ok(validator) => Ok(Schema {
                validator: Arc::new(validator),
                path: None,
            }),
            Err(mistakes) => Err(mistakes
                .into_iter()
                .next()
                .map_or_else(String::new, |mistake| mistake.message)),
        }
    }

    /// What it expects, in words.
    pub(super) fn expected(&self) -> String {
        match &self.path {
            Some(path) => format!("a value that fits the schema `{path}`"),
            None => EXPECTED.to_owned(),
        }
    }

    /// What in a value does not fit, each with its place; nothing if all does.
    pub(super) fn violations(&self, value: &Value) -> Vec<String> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        let mut told = Vec::new();
        let mut more = 0;
        for error in self.validator.iter_errors(value).take(COUNTED) {
            if told.len() == SHOWN {
                more += 1;
                continue;
            }
            let place = json_path(error.instance_path());
            let what = match error.kind() {
                // These speak of the members themselves; the map around them would say nothing.
                ValidationErrorKind::Required { property } => {
                    let name = property
                        .as_str()
                        .map_or_else(|| property.to_string(), str::to_owned);
                    format!("`{name}` is missing")
                }
                ValidationErrorKind::AdditionalProperties { unexpected }
                | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                    let names: Vec<String> =
                        unexpected.iter().map(|name| format!("`{name}`")).collect();
                    format!("the schema knows no {}", names.join(", "))
                }
                _ => format!("{} {}", describe(error.instance()), nameless(&error)),
            };
            told.push(format!("`{place}`: {what}"));
        }
        if more > 0 {
            let at_least = if more + SHOWN == COUNTED {
                "at least "
            } else {
                ""
            };
            told.push(format!("and {at_least}{more} more"));
        }
        if told.is_empty() {
            told.push("it does not fit".to_owned());
        }
        told
    }
}

/// Something wrong in a schema.
struct Mistake {
    message: String,
    hint: Option<String>,
    /// The place in it: the steps from its root.
    pointer: Vec<String>,
}

fn mistake(message: &str, hint: Option<String>) -> Vec<Mistake> {
    vec![Mistake {
        message: message.to_owned(),
        hint,
        pointer: Vec::new(),
    }]
}

/// 2020-12, unless `$schema` says another.
fn compile(schema: &Value) -> Result<Validator, Vec<Mistake>> {
    let Value::Object(members) = schema else {
        return Err(mistake(
            &format!(
                "a schema is a map, or the path of a file with one; this is {}",
                describe(schema)
            ),
            None,
        ));
    };
    if !members.keys().any(|name| KEYWORDS.contains(&name.as_str())) {
        let near = members
            .keys()
            .find_map(|name| nearest(name, KEYWORDS.iter().copied()));
        return Err(mistake(
            "this schema asks nothing, so it could never fail",
            Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write what must hold, like `type: object` or `required: [id]`".to_owned(),
            }),
        ));
    }
    // The schema of schemas knows all that is wrong, building stops at the first.
    if let Ok(about_schemas) = jsonschema::meta::validator_for(schema) {
        let wrong: Vec<Mistake> = about_schemas
            .iter_errors(schema)
            .take(SHOWN)
            .map(|error| {
                let pointer = steps(error.instance_path());
                let (message, hint) = match (pointer.last(), error.instance().as_ref()) {
                    (Some(keyword), Value::String(name)) if keyword == "type" => (
                        format!("there is no type `{name}`"),
                        Some(named(name, KINDS.map(|(_, name)| name))),
                    ),
                    (_, value) => (format!("{} {}", describe(value), nameless(&error)), None),
                };
                Mistake {
                    message,
                    hint,
                    pointer,
                }
            })
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
    }
    let mut options = jsonschema::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false);
    for name in ["pan", "ifsc", "gstin", "mobile", "vua", "jwt", "base64"] {
        options = options.with_format(name, move |text: &str| format::fits(name, text));
    }
    for name in ELSEWHERE {
        options = options.with_format(name, |_: &str| true);
    }
    options.build(schema).map_err(|error| {
        let (message, hint) = unbuilt(&error);
        vec![Mistake {
            message,
            hint,
            pointer: steps(error.instance_path()),
        }]
    })
}

/// Why a schema of the right form cannot be used, and what would be right.
fn unbuilt(error: &ValidationError<'_>) -> (String, Option<String>) {
    const ONE_PIECE: &str = "a schema stands in one piece: put what `$ref` means under `$defs`, and write `$ref: '#/$defs/name'`";
    let told = error.to_string();
    match (error.kind(), error.instance().as_ref()) {
        (ValidationErrorKind::Format { format }, Value::String(text)) if format == "regex" => {
            (format!("`{text}` is no regular expression"), None)
        }
        (ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }), _) => (
            format!("`{uri}` is not read: a schema may only refer to its own parts"),
            Some(ONE_PIECE.to_owned()),
        ),
        (
            ValidationErrorKind::Referencing(ReferencingError::UnknownSpecification {
                specification,
            }),
            _,
        ) => (
            format!("there is no draft `{specification}`"),
            Some("leave `$schema` out for 2020-12".to_owned()),
        ),
        (ValidationErrorKind::Referencing(_), _) => (
            format!("a `$ref` leads nowhere: {told}"),
            Some(ONE_PIECE.to_owned()),
        ),
        (_, Value::String(name)) if told.starts_with("Unknown format") => (
            format!("there is no format `{name}`"),
            Some(named(name, FORMATS)),
        ),
        _ => (told, None),
    }
}

/// What was meant, or all that there is.
fn named<const COUNT: usize>(name: &str, known: [&'static str; COUNT]) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "there are {}",
            known.map(|name| format!("`{name}`")).join(", ")
        ),
    }
}

/// What is said of a value, without the value.
fn nameless(error: &ValidationError<'_>) -> String {
    error.masked_with("").to_string().trim_start().to_owned()
}

/// The steps of a JSON pointer.
fn steps(location: &Location) -> Vec<String> {
    location
        .as_str()
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// The place of a value in a file, or the nearest around it.
fn place(node: &Node, pointer: &[String]) -> Span {
    let mut node = node;
    for step in pointer {
        let next = match &node.kind {
            NodeKind::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
            _ => node.get(step),
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span
}

/// A place in a value, as a JSONPath.
fn json_path(location: &Location) -> String {
    let mut path = String::from("$");
    for step in location {
        match step {
            LocationSegment::Index(index) => {
                path.push_str(&format!("[{index}]"));
            }
            LocationSegment::Property(name) => path.push_str(&written(&name)),
        }
    }
    path
}

/// The keywords that ask something, of all drafts.
const KEYWORDS: [&str; 41] = [
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

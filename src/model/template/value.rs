//! A YAML value whose strings are templates.

use serde_json::{Map, Value};

use super::super::diagnostic::Diagnostic;
use super::super::node::{Node, NodeKind, Text};
use super::{Engine, RenderError, Scope, Template};

/// A YAML value whose strings are templates.
#[derive(Clone, Debug)]
pub struct ValueTemplate(Part);

#[derive(Clone, Debug)]
enum Part {
    /// Neither list nor map, and nothing to evaluate.
    Fixed(Value),
    Template(Template),
    List(Vec<Part>),
    /// The members in the order in which they are written.
    Map(Vec<(String, Part)>),
}

impl ValueTemplate {
    /// A value with no template in it.
    pub fn fixed(value: Value) -> ValueTemplate {
        ValueTemplate(Part::fixed(value))
    }

    /// The value, if there is nothing to evaluate in it.
    pub fn as_fixed(&self) -> Option<Value> {
        self.0.as_fixed()
    }

    /// The template, if the whole value is one string with something to evaluate in it.
    pub fn as_template(&self) -> Option<&Template> {
        match &self.0 {
            Part::Template(template) => Some(template),
            _ => None,
        }
    }

    /// Calls a function for each template in it.
    pub fn for_each_template(&self, visit: &mut dyn FnMut(&Template)) {
        self.0.visit(visit);
    }

    pub(super) fn compile(
        node: &Node,
        engine: &mut Engine,
    ) -> Result<ValueTemplate, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let part = Part::compile(node, engine, &mut mistakes);
        if mistakes.is_empty() {
            Ok(ValueTemplate(part))
        } else {
            Err(mistakes)
        }
    }

    pub(super) fn build(&self, engine: &Engine, scope: &Scope) -> Result<Value, RenderError> {
        self.0.build(engine, scope)
    }

    pub(super) fn build_json(&self, engine: &Engine, scope: &Scope) -> Result<String, RenderError> {
        let mut text = String::new();
        self.0.write(engine, scope, &mut text)?;
        Ok(text)
    }
}

impl Part {
    fn fixed(value: Value) -> Part {
        match value {
            Value::Array(items) => Part::List(items.into_iter().map(Part::fixed).collect()),
            Value::Object(map) => Part::Map(
                map.into_iter()
                    .map(|(key, value)| (key, Part::fixed(value)))
                    .collect(),
            ),
            scalar => Part::Fixed(scalar),
        }
    }

    fn compile(node: &Node, engine: &mut Engine, mistakes: &mut Vec<Diagnostic>) -> Part {
        match &node.kind {
            NodeKind::Text(text) => Part::text(text, engine, mistakes),
            NodeKind::List(items) => Part::List(
                items
                    .iter()
                    .map(|item| Part::compile(item, engine, mistakes))
                    .collect(),
            ),
            NodeKind::Map(entries) => Part::Map(
                entries
                    .iter()
                    .map(|entry| {
                        let value = Part::compile(&entry.value, engine, mistakes);
                        (entry.key.value.clone(), value)
                    })
                    .collect(),
            ),
            _ => Part::Fixed(node.to_json()),
        }
    }

    fn text(text: &Text, engine: &mut Engine, mistakes: &mut Vec<Diagnostic>) -> Part {
        match engine.template(text) {
            Ok(template) => match template.as_literal() {
                Some(literal) => Part::Fixed(Value::from(literal)),
                None => Part::Template(template),
            },
            Err(error) => {
                mistakes.push(error.at(text));
                Part::Fixed(Value::Null)
            }
        }
    }

    fn as_fixed(&self) -> Option<Value> {
        match self {
            Part::Fixed(value) => Some(value.clone()),
            Part::Template(template) => template.as_literal().map(Value::from),
            Part::List(items) => items.iter().map(Part::as_fixed).collect(),
            Part::Map(members) => members
                .iter()
                .map(|(key, value)| Some((key.clone(), value.as_fixed()?)))
                .collect::<Option<Map<_, _>>>()
                .map(Value::Object),
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Template)) {
        match self {
            Part::Fixed(_) => {}
            Part::Template(template) => visit(template),
            Part::List(items) => items.iter().for_each(|item| item.visit(visit)),
            Part::Map(members) => members.iter().for_each(|(_, value)| value.visit(visit)),
        }
    }

    fn build(&self, engine: &Engine, scope: &Scope) -> Result<Value, RenderError> {
        Ok(match self {
            Part::Fixed(value) => value.clone(),
            Part::Template(template) => engine.evaluate(template, scope)?,
            Part::List(items) => Value::Array(
                items
                    .iter()
                    .map(|item| item.build(engine, scope))
                    .collect::<Result<_, _>>()?,
            ),
            Part::Map(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.build(engine, scope)?)))
                    .collect::<Result<_, RenderError>>()?,
            ),
        })
    }

    fn write(&self, engine: &Engine, scope: &Scope, text: &mut String) -> Result<(), RenderError> {
        match self {
            Part::Fixed(value) => text.push_str(&value.to_string()),
            Part::Template(template) => {
                text.push_str(&engine.evaluate(template, scope)?.to_string());
            }
            Part::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    item.write(engine, scope, text)?;
                }
                text.push(']');
            }
            Part::Map(members) => {
                text.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    text.push_str(&Value::from(key.as_str()).to_string());
                    text.push(':');
                    value.write(engine, scope, text)?;
                }
                text.push('}');
            }
        }
        Ok(())
    }
}

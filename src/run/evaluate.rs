//! What a request is evaluated with.

use serde_json::Value;

use super::request::from_render;
use crate::model::files::Files;
use crate::model::outcome::{Failure, FailureKind};
use crate::model::source::Span;
use crate::model::template::{Engine, Scope, Template, ValueTemplate};

/// The templates' engine, their names, the project's files, and where a failure is shown that has no narrower place.
#[derive(Clone, Copy)]
pub(super) struct Evaluate<'e> {
    pub(super) engine: &'e Engine,
    pub(super) scope: &'e Scope,
    pub(super) files: &'e dyn Files,
    pub(super) span: Span,
}

impl Evaluate<'_> {
    /// What a template gives as text.
    pub(super) fn text(&self, template: &Template) -> Result<String, Failure> {
        self.engine
            .render(template, self.scope)
            .map_err(|error| from_render(error, self.span))
    }

    /// What a value gives.
    pub(super) fn value(&self, value: &ValueTemplate) -> Result<Value, Failure> {
        self.engine
            .build(value, self.scope)
            .map_err(|error| from_render(error, self.span))
    }

    /// What a value gives as JSON text, members in the order in which they are written.
    pub(super) fn json(&self, value: &ValueTemplate) -> Result<String, Failure> {
        self.engine
            .build_json(value, self.scope)
            .map_err(|error| from_render(error, self.span))
    }

    /// The path that a template gives, and the bytes of that file.
    pub(super) fn file(&self, template: &Template) -> Result<(String, Vec<u8>), Failure> {
        let path = self.text(template)?;
        match self.files.read(template.span().file, &path) {
            Ok(bytes) => Ok((path, bytes)),
            Err(problem) => Err(fail(template.span(), problem.about(&path))),
        }
    }

    /// Names with their values, a list repeated, null left out.
    pub(super) fn fields(
        &self,
        fields: &[(String, ValueTemplate)],
        what: &str,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut pairs = Vec::new();
        for (name, value) in fields {
            let texts = self.texts(value, &format!("{what} `{name}`"))?;
            pairs.extend(texts.into_iter().map(|text| (name.clone(), text)));
        }
        Ok(pairs)
    }

    /// A value as text; a list gives one for each item, null none.
    pub(super) fn texts(&self, value: &ValueTemplate, what: &str) -> Result<Vec<String>, Failure> {
        let value = self.value(value)?;
        let items = match &value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut texts = Vec::new();
        for item in items {
            let text = spell(item).map_err(|kind| fail(self.span, format!("the {what} is {kind}")));
            texts.extend(text?);
        }
        Ok(texts)
    }
}

/// A request that cannot be made.
pub(super) fn fail(span: Span, message: String) -> Failure {
    Failure::new(FailureKind::Request, Some(span), message)
}

/// A value as text, in JSON's spelling; nothing for null.
pub(super) fn spell(value: &Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) => Err("a list, which cannot be written as text"),
        Value::Object(_) => Err("a map, which cannot be written as text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_spelt_as_in_json() {
        assert_eq!(spell(&json!(true)), Ok(Some("true".into())));
        assert_eq!(spell(&json!(4.5)), Ok(Some("4.5".into())));
        assert_eq!(spell(&json!("x")), Ok(Some("x".into())));
        assert_eq!(spell(&json!(null)), Ok(None));
        assert!(spell(&json!([1])).is_err());
        assert!(spell(&json!({})).is_err());
    }
}

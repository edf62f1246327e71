//! The bodies of requests.

use super::compiler::{Compiler, Here};
use crate::model::node::Text;
use crate::model::plan;
use crate::model::scenario::{Body, PartValue};
use crate::model::template::{Template, ValueTemplate};

/// Compiles the body of a request. A file that it names must be there, unless the path is computed.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    body: &Body,
    here: Here<'_>,
) -> Option<plan::Body> {
    Some(match body {
        Body::Json(node) => plan::Body::Json(compiler.value(node, here)?),
        Body::Text(text) => plan::Body::Text(compiler.template(text, here)?),
        Body::Xml(text) => plan::Body::Xml(compiler.template(text, here)?),
        Body::File(path) => plan::Body::File(file(compiler, path, here)?),
        Body::Multipart(parts) => {
            let parts: Vec<Option<(String, plan::PartValue)>> = parts
                .iter()
                .map(|(name, value)| Some((name.value.clone(), part(compiler, value, here)?)))
                .collect();
            plan::Body::Multipart(parts.into_iter().collect::<Option<_>>()?)
        }
        Body::Form(fields) => {
            let fields: Vec<Option<(String, ValueTemplate)>> = fields
                .iter()
                .map(|(name, value)| {
                    compiler
                        .value(value, here)
                        .map(|value| (name.value.clone(), value))
                })
                .collect();
            plan::Body::Form(fields.into_iter().collect::<Option<_>>()?)
        }
    })
}

fn part(compiler: &mut Compiler<'_>, part: &PartValue, here: Here<'_>) -> Option<plan::PartValue> {
    let part = match part {
        PartValue::Text(node) => return compiler.value(node, here).map(plan::PartValue::Text),
        PartValue::File(part) => part,
    };
    let path = file(compiler, &part.path, here);
    let name = optional(part.name.as_ref(), |text| compiler.template(text, here));
    let media_type = optional(part.media_type.as_ref(), |text| {
        let template = compiler.template(text, here)?;
        if template
            .as_literal()
            .is_some_and(|literal| !plan::is_media_type(literal))
        {
            compiler.error(
                text.span,
                format!("`{}` is no media type", text.value),
                "write it like `application/pdf`",
            );
            return None;
        }
        Some(template)
    });
    Some(plan::PartValue::File(Box::new(plan::FilePart {
        path: path?,
        name: name?,
        media_type: media_type?,
    })))
}

fn file(compiler: &mut Compiler<'_>, path: &Text, here: Here<'_>) -> Option<Template> {
    let template = compiler.template(path, here)?;
    if let Some(literal) = template.as_literal()
        && let Err(problem) = compiler.input.files.find(path.span.file, literal)
    {
        compiler.error(path.span, problem.about(literal), problem.hint());
        return None;
    }
    Some(template)
}

/// Nothing of nothing; of something, what the function gives.
fn optional<T, U>(value: Option<T>, compile: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        Some(value) => compile(value).map(Some),
        None => Some(None),
    }
}

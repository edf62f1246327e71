//! One `capture`.

use super::compiler::{Compiler, Here};
use super::step::optional;
use crate::model::node::Text;
use crate::model::plan;
use crate::model::scenario::{Capture, CaptureSource};
use crate::model::source::Span;
use crate::model::xpath::Wanted;

/// Compiles a capture; all that is wrong in it is noted.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    written: &Capture,
    answered: Here<'_>,
) -> Option<plan::Capture> {
    let default = optional(written.default.as_ref(), |node| {
        compiler.value(node, answered)
    });
    let mut literal = |text: &Text| {
        if text.value.contains("{{") {
            compiler.error(
                text.span,
                "this is no template",
                "write the name itself; `expr:` takes an expression",
            );
            return None;
        }
        Some(text.value.clone())
    };
    let (span, source) = match &written.source {
        CaptureSource::JsonPath(text) => (
            text.span,
            compiler.query(text).map(plan::CaptureSource::JsonPath),
        ),
        CaptureSource::Header(text) => (
            text.span,
            literal(text).map(|name| plan::CaptureSource::Header(name.to_lowercase())),
        ),
        CaptureSource::Cookie(text) => (text.span, literal(text).map(plan::CaptureSource::Cookie)),
        CaptureSource::Regex(text) => (
            text.span,
            compiler.regex(text).map(plan::CaptureSource::Regex),
        ),
        CaptureSource::Expr(text) => (
            text.span,
            compiler
                .expression(text, answered)
                .map(plan::CaptureSource::Expr),
        ),
        CaptureSource::XPath { xpath, json, all } => {
            (xpath.span, xml(compiler, xpath, json.as_ref(), *all))
        }
    };
    Some(plan::Capture {
        name: written.name.value.clone(),
        span,
        source: source?,
        default: default?,
        secret: written.secret,
    })
}

/// Compiles an XPath and the JSONPath before it.
fn xml(
    compiler: &mut Compiler<'_>,
    xpath: &Text,
    json: Option<&Text>,
    all: Option<Span>,
) -> Option<plan::CaptureSource> {
    let json = optional(json, |text| compiler.query(text));
    let xpath = compiler.xpath(xpath)?;
    if let Some(span) = all
        && !xpath.gives_nodes()
    {
        compiler.error(
            span,
            "`all` wants nodes, and this XPath gives one value",
            "leave `all` out",
        );
        return None;
    }
    Some(plan::CaptureSource::XPath {
        xpath: Box::new(xpath),
        json: json?,
        wanted: if all.is_some() {
            Wanted::All
        } else {
            Wanted::First
        },
    })
}

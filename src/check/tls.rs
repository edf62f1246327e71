//! What requests ask of TLS. A file that is named must be PEM, unless its path is computed.

use super::compiler::{Compiler, Here};
use super::request::strongest_pairs;
use crate::model::node::{NodeKind, Text};
use crate::model::pem;
use crate::model::plan;
use crate::model::scenario::Named;
use crate::model::template::{Template, ValueTemplate};

/// Compiles the settings of all layers; nothing if none says anything.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    layers: [&Vec<Named>; 4],
    here: Here<'_>,
) -> Option<Option<Box<plan::Tls>>> {
    let mut pairs = strongest_pairs(layers, |left, right| left == right);
    pairs.retain(|(_, node)| !matches!(node.kind, NodeKind::Null));
    if pairs.is_empty() {
        return Some(None);
    }
    let (mut ca, mut certificate, mut key) = (None, None, None);
    let mut insecure = ValueTemplate::fixed(false.into());
    let mut is_right = true;
    for (name, node) in pairs {
        if name.value == "insecure" {
            match compiler.value(node, here) {
                Some(value) => insecure = value,
                None => is_right = false,
            }
            continue;
        }
        // `parse` has told of anything else.
        let NodeKind::Text(path) = &node.kind else {
            is_right = false;
            continue;
        };
        let Some(template) = pem_file(compiler, &name.value, path, here) else {
            is_right = false;
            continue;
        };
        match name.value.as_str() {
            "ca" => ca = Some(template),
            "cert" => certificate = Some(template),
            _ => key = Some(template),
        }
    }
    is_right.then(|| {
        Some(Box::new(plan::Tls {
            ca,
            identity: certificate.zip(key),
            insecure,
        }))
    })
}

fn pem_file(
    compiler: &mut Compiler<'_>,
    role: &str,
    path: &Text,
    here: Here<'_>,
) -> Option<Template> {
    let template = compiler.template(path, here)?;
    let Some(literal) = template.as_literal() else {
        return Some(template);
    };
    let bytes = match compiler.input.files.read(path.span.file, literal) {
        Ok(bytes) => bytes,
        Err(problem) => {
            compiler.error(path.span, problem.about(literal), problem.hint());
            return None;
        }
    };
    let judged = if role == "key" {
        pem::private_key(&bytes).map(drop)
    } else {
        pem::certificates(&bytes).map(drop)
    };
    if let Err(why) = judged {
        compiler.error(
            path.span,
            format!("`{literal}` {why}"),
            "certificates and keys are read from PEM files",
        );
        return None;
    }
    Some(template)
}

//! What is asked of TLS.

use super::body::path;
use super::definition::TLS;
use super::fields::Reader;
use crate::model::node::{Node, NodeKind};
use crate::model::scenario::Named;

/// Reads a `tls` map. Null in the place of a value takes a weaker one away.
pub(super) fn tls(reader: &mut Reader, node: &Node) -> Vec<Named> {
    if let NodeKind::Bool(_) | NodeKind::Text(_) = &node.kind {
        reader.expected(
            node,
            "a map",
            "write `tls: { ca: ca.pem }`; `tls: { insecure: true }` takes any certificate",
        );
        return Vec::new();
    }
    let Some(fields) = reader.defined(node, &TLS) else {
        return Vec::new();
    };
    let mut settings = Vec::new();
    for entry in fields.entries {
        let (key, value) = (&entry.key, &entry.value);
        let is_fine = match (key.value.as_str(), &value.kind) {
            (_, NodeKind::Null) => true,
            ("insecure", NodeKind::Bool(_)) => true,
            ("insecure", NodeKind::Text(text)) if text.value.contains("{{") => true,
            ("insecure", _) => {
                reader.expected(
                    value,
                    "a boolean",
                    "write `insecure: true` to take any certificate",
                );
                false
            }
            _ => path(reader, value).is_some(),
        };
        if is_fine {
            settings.push((key.clone(), value.clone()));
        }
    }
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if let Some(entry) = fields.entry(one)
            && fields.entry(other).is_none()
        {
            reader.error(
                entry.key.span,
                format!("there is a `{one}` without a `{other}`"),
                "a client certificate is both: `tls: { cert: client.pem, key: client.key }`",
            );
        }
    }
    settings
}

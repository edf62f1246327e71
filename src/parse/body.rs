//! The bodies of requests.

use super::definition::FILE_PART;
use super::fields::{Fields, Reader};
use super::request::{Lists, judge_value, pairs};
use crate::model::node::{Node, NodeKind, Text};
use crate::model::scenario::{Body, FilePart, PartValue};

const BODIES: [&str; 6] = ["json", "form", "multipart", "text", "xml", "file"];

/// Reads the body of a request, if it has one.
pub(super) fn body(reader: &mut Reader, fields: &Fields<'_>) -> Option<Body> {
    let mut bodies = fields
        .entries
        .iter()
        .filter(|entry| BODIES.contains(&entry.key.value.as_str()));
    let first = bodies.next()?;
    for second in bodies {
        reader.error(
            second.key.span,
            format!(
                "a request has one body, and this one has `{}` already",
                first.key.value
            ),
            "keep one of the two",
        );
    }
    let value = &first.value;
    Some(match first.key.value.as_str() {
        "json" => Body::Json(value.clone()),
        "form" => Body::Form(pairs(reader, value, "`form`", Lists::Repeat)),
        "multipart" => Body::Multipart(multipart(reader, value)),
        "xml" => Body::Xml(xml(reader, value)?),
        "file" => Body::File(path(reader, value)?),
        _ => Body::Text(reader.text(value, "text")?),
    })
}

fn xml(reader: &mut Reader, node: &Node) -> Option<Text> {
    if let NodeKind::Map(_) | NodeKind::List(_) = &node.kind {
        reader.expected(
            node,
            "XML as text",
            "write it as it is sent: `xml: <Account type=\"deposit\"/>`, or many lines after `xml: |`",
        );
        return None;
    }
    reader.text(node, "XML as text")
}

fn multipart(reader: &mut Reader, node: &Node) -> Vec<(Text, PartValue)> {
    let mut parts = Vec::new();
    for (name, value) in reader.named(node, "`multipart`") {
        let items = match &value.kind {
            NodeKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&value),
        };
        for item in items {
            match &item.kind {
                NodeKind::Null => {}
                NodeKind::Map(_) => {
                    if let Some(part) = file_part(reader, &name, item) {
                        parts.push((name.clone(), PartValue::File(Box::new(part))));
                    }
                }
                _ => {
                    judge_value(reader, &name, item, Lists::Forbidden);
                    parts.push((name.clone(), PartValue::Text(item.clone())));
                }
            }
        }
    }
    parts
}

fn file_part(reader: &mut Reader, field: &Text, node: &Node) -> Option<FilePart> {
    let fields = reader.defined(node, &FILE_PART)?;
    let Some(file) = fields.get("file") else {
        if fields.entries.is_empty() || fields.get("name").or(fields.get("type")).is_some() {
            reader.error(
                node.span,
                format!("`{}` names no file", field.value),
                "write `{ file: path }`; `name` and `type` are what the server is told of it",
            );
        }
        return None;
    };
    let path = path(reader, file);
    let mut text = |key: &str, what: &str| fields.get(key).map(|node| reader.text(node, what));
    let (name, media_type) = (text("name", "a file name"), text("type", "a media type"));
    Some(FilePart {
        path: path?,
        name: name.flatten(),
        media_type: media_type.flatten(),
    })
}

/// A path to a file of the project.
pub(super) fn path(reader: &mut Reader, node: &Node) -> Option<Text> {
    let path = reader.text(node, "a path")?;
    if path.value.is_empty() {
        reader.error(
            path.span,
            "the path is empty",
            "write a path relative to this file, like `data/statement.pdf`",
        );
        return None;
    }
    Some(path)
}

//! `capture`: what is kept of a response.

use super::definition::CAPTURE;
use super::fields::{Fields, Reader};
use crate::model::node::{Entry, Node, NodeKind, Text};
use crate::model::scenario::{Capture, CaptureSource};

const SOURCES: [&str; 6] = ["jsonpath", "header", "cookie", "regex", "expr", "xpath"];

/// Reads all captures of a step. One that is wrong is left out, its mistake noted.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Vec<Capture> {
    let mut captures: Vec<Capture> = reader
        .variables(node, "`capture`")
        .into_iter()
        .filter_map(|(name, value)| {
            let capture = capture(reader, name.clone(), &value);
            if capture.is_none() {
                reader.lose_name(&name.value);
            }
            capture
        })
        .collect();
    captures.shrink_to_fit();
    captures
}

fn capture(reader: &mut Reader, name: Text, node: &Node) -> Option<Capture> {
    if let NodeKind::Text(path) = &node.kind {
        let source = CaptureSource::JsonPath(path.clone());
        return Some(Capture {
            name,
            source,
            default: None,
            secret: false,
        });
    }
    let fields = reader.defined(node, &CAPTURE)?;
    let source = match fields.entry("xpath") {
        Some(entry) => xpath(reader, entry, &fields),
        None => {
            if let Some(entry) = fields.entry("all") {
                reader.error(
                    entry.key.span,
                    "`all` belongs to `xpath`",
                    "a JSONPath that can give several values gives all by itself: `$.items[*].id`",
                );
            }
            other(reader, node, &fields)
        }
    };
    let secret = fields
        .get("secret")
        .is_some_and(|node| reader.boolean(node));
    Some(Capture {
        name,
        source: source?,
        default: fields.get("default").cloned(),
        secret,
    })
}

/// An XPath, maybe into what a JSONPath finds.
fn xpath(reader: &mut Reader, entry: &Entry, fields: &Fields<'_>) -> Option<CaptureSource> {
    let others = fields.entries.iter().filter(|other| {
        let key = other.key.value.as_str();
        SOURCES.contains(&key) && !["xpath", "jsonpath"].contains(&key)
    });
    for other in others {
        reader.error(
            other.key.span,
            "a capture has one source, and this one has `xpath`",
            "make two captures of it; only `jsonpath` goes with `xpath`, for XML that stands in JSON",
        );
    }
    let json = match fields.get("jsonpath") {
        Some(node) => Some(reader.text(node, "a JSONPath")?),
        None => None,
    };
    let all = fields
        .entry("all")
        .filter(|entry| reader.boolean(&entry.value))
        .map(|entry| entry.key.span);
    Some(CaptureSource::XPath {
        xpath: reader.text(&entry.value, "an XPath")?,
        json,
        all,
    })
}

fn other(reader: &mut Reader, node: &Node, fields: &Fields<'_>) -> Option<CaptureSource> {
    let mut sources = fields
        .entries
        .iter()
        .filter(|entry| SOURCES.contains(&entry.key.value.as_str()));
    let first = sources.next();
    if let Some(second) = sources.next() {
        reader.error(
            second.key.span,
            "a capture has one source, and this one has another already",
            "make two captures of it",
        );
    }
    let Some(first) = first else {
        // What is misspelt was told, and may be it.
        let is_told = |entry: &Entry| !CAPTURE.has(&entry.key.value);
        if !fields.entries.iter().any(is_told) {
            reader.error(
                node.span,
                "this capture has no source",
                "write `$.path`, or one of `jsonpath`, `header`, `cookie`, `regex`, `xpath`, `expr`",
            );
        }
        return None;
    };
    let text = reader.text(&first.value, "text")?;
    Some(match first.key.value.as_str() {
        "jsonpath" => CaptureSource::JsonPath(text),
        "header" => CaptureSource::Header(text),
        "cookie" => CaptureSource::Cookie(text),
        "regex" => CaptureSource::Regex(text),
        _ => CaptureSource::Expr(text),
    })
}

//! Snapshot settings, at project, target, file and step level.

use super::definition::{Map, OF_STEP, SETTINGS};
use super::fields::Reader;
use crate::model::node::Node;
use crate::model::scenario::SnapshotOptions;

/// Reads the settings of a project, a target or a file.
pub(super) fn read(reader: &mut Reader, node: &Node) -> SnapshotOptions {
    options(reader, node, &SETTINGS)
}

/// Reads the settings of one step, which may name its snapshot.
pub(super) fn of_step(reader: &mut Reader, node: &Node) -> SnapshotOptions {
    options(reader, node, &OF_STEP)
}

fn options(reader: &mut Reader, node: &Node, map: &Map) -> SnapshotOptions {
    let mut options = SnapshotOptions::default();
    let Some(fields) = reader.defined(node, map) else {
        return options;
    };
    for entry in fields.entries {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "name" => options.name = reader.text(value, "a name"),
            "redact" => options.redact = reader.named(value, "`redact`"),
            "headers" => options.headers = reader.texts(value, "a header's name"),
            "only" => options.only = reader.text(value, "a path"),
            "sort" => options.sort = reader.texts(value, "a path"),
            "shape" => options.shape = reader.texts(value, "a path"),
            _ => {}
        }
    }
    options
}

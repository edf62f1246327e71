//! Snapshot settings, at project, target, file and step level.

use super::fields::{Known, Reader};
use crate::model::node::Node;
use crate::model::scenario::SnapshotOptions;

const EVERYWHERE: [&str; 5] = ["redact", "headers", "only", "sort", "shape"];
const OF_STEP: [&str; 6] = ["name", "redact", "headers", "only", "sort", "shape"];

/// Reads the settings of a project, a target or a file.
pub(super) fn read(reader: &mut Reader, node: &Node) -> SnapshotOptions {
    options(reader, node, &EVERYWHERE)
}

/// Reads the settings of one step, which may name its snapshot.
pub(super) fn of_step(reader: &mut Reader, node: &Node) -> SnapshotOptions {
    options(reader, node, &OF_STEP)
}

fn options(reader: &mut Reader, node: &Node, keys: &[&str]) -> SnapshotOptions {
    let mut options = SnapshotOptions::default();
    let known = Known {
        what: "`snapshot`",
        keys,
        later: &[],
    };
    let Some(fields) = reader.fields(node, &known) else {
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

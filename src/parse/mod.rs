//! Text -> [`Scenario`]: everything that is wrong in one file, each mistake at its place.

use crate::model::diagnostic::Diagnostic;
use crate::model::node::Node;
use crate::model::project::Project;
use crate::model::scenario::Scenario;
use crate::model::source::{FileId, Sources};

/// Reads a scenario or a fragment. `key` is its path in the project's folder, with `/` between the parts.
pub fn scenario(
    _sources: &Sources,
    _file: FileId,
    _key: &str,
) -> Result<Scenario, Vec<Diagnostic>> {
    unimplemented!()
}

/// Reads `sammati.yaml`.
pub fn project(_sources: &Sources, _file: FileId) -> Result<Project, Vec<Diagnostic>> {
    unimplemented!()
}

/// Reads a file of variables: one map, in YAML or JSON.
pub fn variables(_sources: &Sources, _file: FileId) -> Result<Node, Vec<Diagnostic>> {
    unimplemented!()
}

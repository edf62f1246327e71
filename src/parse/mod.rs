//! Text -> [`Scenario`]: everything that is wrong in one file, each mistake at its place.
//!
//! `yaml` makes a located value of the text, the other files read that value key by key. Nothing
//! here looks at a second file, compiles a template, or knows which names exist: that is `check`'s.

mod body;
mod browser;
mod capture;
mod cases;
mod csv;
mod definition;
mod expectations;
mod fields;
mod hints;
mod notification;
mod project;
mod repeat;
mod request;
mod rows;
#[cfg(test)]
mod rows_tests;
mod sandbox_block;
mod scalar;
mod scenario;
mod schema;
mod snapshot_options;
mod step;
mod tls;
mod yaml;
mod yaml_map;
#[cfg(test)]
mod yaml_tests;

use crate::model::diagnostic::Diagnostic;
use crate::model::node::{Node, NodeKind};
use crate::model::project::Project;
use crate::model::scenario::{Row, Scenario};
use crate::model::source::{FileId, Sources};
use fields::Reader;
pub use rows::RowFormat;

pub use schema::{Document, schema};

/// A file as it was read, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Read {
    /// The scenario. It is there even where the file has mistakes, as far as they let it be read,
    /// so that `check` can tell the others.
    pub scenario: Option<Scenario>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a scenario or, where the file's name begins with `_`, a fragment. `key` is its path in the
/// project's folder, with `/` between the parts.
pub fn scenario(sources: &Sources, file: FileId, key: &str) -> Read {
    let name = key.rsplit('/').next();
    let is_fragment = name.is_some_and(|name| name.starts_with('_'));
    read(sources, file, key, is_fragment)
}

/// Reads the flow of a driven consent: a fragment, whatever its file is called.
pub fn flow(sources: &Sources, file: FileId, key: &str) -> Read {
    read(sources, file, key, true)
}

fn read(sources: &Sources, file: FileId, key: &str, is_fragment: bool) -> Read {
    let node = match yaml::read(&sources.get(file).text, file) {
        Ok(node) => node,
        Err(diagnostics) => {
            return Read {
                scenario: None,
                diagnostics,
            };
        }
    };
    let mut reader = Reader::default();
    let scenario = scenario::read(
        &mut reader,
        &node,
        &sources.get(file).path,
        key,
        is_fragment,
    );
    Read {
        scenario,
        diagnostics: reader.into_diagnostics(),
    }
}

/// Reads `sammati.yaml`.
pub fn project(sources: &Sources, file: FileId) -> Result<Project, Vec<Diagnostic>> {
    let node = yaml::read(&sources.get(file).text, file)?;
    let mut reader = Reader::default();
    let project = project::read(&mut reader, &node, file);
    reader.finish(project)
}

/// Reads a JSON Schema, in YAML or JSON.
pub fn json_schema(sources: &Sources, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let node = yaml::read(&sources.get(file).text, file)?;
    match node.kind {
        NodeKind::Map(_) => Ok(node),
        _ => Err(vec![Diagnostic::error(
            node.span,
            format!("a schema is a map, not {}", node.describe()),
        )]),
    }
}

/// Reads a file of rows, each of which is a case; what stands in it is data, not templates.
pub fn rows(
    sources: &Sources,
    file: FileId,
    format: RowFormat,
) -> Result<Vec<Row>, Vec<Diagnostic>> {
    rows::read(&sources.get(file).text, file, format)
}

/// Reads a file that is one map, in YAML or JSON: variables, or the set-up of a sandbox.
pub fn variables(sources: &Sources, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let node = yaml::read(&sources.get(file).text, file)?;
    match node.kind {
        NodeKind::Map(_) => Ok(node),
        _ => Err(vec![
            Diagnostic::error(
                node.span,
                format!("this file must be a map, not {}", node.describe()),
            )
            .hint("write one `name: value` a line"),
        ]),
    }
}

//! JSON Schemas that stand in files.

use super::Input;
use super::fragments::resolve;
use crate::model::diagnostic::nearest;
use crate::model::matcher::SchemaFiles;
use crate::model::node::{Node, NodeKind};
use crate::model::scenario::{Action, Expectation, Scenario};
use crate::model::source::Span;

/// The keys of the files that its matchers name as schemas: what must be read before it can be checked.
/// There may be too many, where a literal map has a key `schema`; one that is not there is no harm.
pub fn used_schemas(scenario: &Scenario) -> Vec<String> {
    let mut keys = Vec::new();
    for step in &scenario.steps {
        let (until, give_up) = match &step.until {
            Some(until) => (until.expectations.as_slice(), until.give_up.as_slice()),
            None => (&[][..], &[][..]),
        };
        let expect = step
            .expect
            .as_ref()
            .map_or(&[][..], |expect| &expect.expectations);
        let awaited = match &step.action {
            Action::Await(wanted) => wanted.expectations.as_slice(),
            _ => &[],
        };
        let all = until.iter().chain(give_up).chain(expect).chain(awaited);
        for Expectation { matcher, .. } in all {
            collect(matcher, &scenario.key, &mut keys);
        }
    }
    keys
}

fn collect(node: &Node, from: &str, keys: &mut Vec<String>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| collect(item, from, keys)),
        NodeKind::Map(entries) => {
            for entry in entries {
                match &entry.value.kind {
                    NodeKind::Text(path) if entry.key.value == "schema" => {
                        keys.extend(resolve(from, &path.value));
                    }
                    _ => collect(&entry.value, from, keys),
                }
            }
        }
        _ => {}
    }
}

/// The schemas that were read, and the scenario that is compiled.
pub(super) struct ReadSchemas<'a>(pub(super) &'a Input<'a>, pub(super) Option<&'a Scenario>);

impl SchemaFiles for ReadSchemas<'_> {
    fn schema(&self, path: &str, at: Span) -> Result<&Node, Option<(String, String)>> {
        const RELATIVE: &str = "a path is relative to the file that it stands in";
        let input = self.0;
        let from = self
            .1
            .into_iter()
            .chain(input.fragments.values())
            .find(|scenario| scenario.file == at.file)
            .map_or("", |scenario| scenario.key.as_str());
        let Some(key) = resolve(from, path) else {
            return Err(Some((
                format!("`{path}` leaves the project's folder"),
                RELATIVE.to_owned(),
            )));
        };
        match input.schemas.get(&key) {
            Some(Some(node)) => Ok(node),
            Some(None) => Err(None),
            None => {
                let near = nearest(&key, input.schemas.keys().map(String::as_str));
                let hint = near.map_or_else(
                    || format!("{RELATIVE}; a schema may also be written here, as a map"),
                    |near| {
                        format!(
                            "did you mean `{}`?",
                            near.rsplit('/').next().unwrap_or(near)
                        )
                    },
                );
                Err(Some((format!("there is no file `{path}`"), hint)))
            }
        }
    }
}

//! Snapshots: normalising, comparing, the files, what is pending.
//!
//! A response goes through [`Normaliser`] and then to [`Store`]; people's decisions go through [`pending`].
//! Nothing here asks anything of a terminal or of the environment.

pub mod agenda;
mod agreement;
mod ahead;
mod captured;
pub mod catalogue;
mod changes;
mod claims;
mod cursor;
pub mod decision;
mod diff;
mod disk;
mod exact;
mod file;
mod follower;
mod many;
mod marked;
mod mask;
mod name;
mod normalise;
pub mod pending;
mod placeholders;
mod reader;
mod referenced;
mod repeated;
mod rules;
pub mod selection;
mod shape;
mod store;
pub mod suggest;
mod tape;
#[cfg(test)]
mod testing;
mod updates;
mod xml;

use serde_json::Value;
use std::path::PathBuf;

use crate::model::exchange::{Request, Response};
use crate::model::plan::SnapshotRules;
use crate::model::secret::Secrets;

pub use changes::changes;
pub use diff::{diff, diff_with_context};
pub use file::SnapshotFile;
pub use marked::marked;
pub use referenced::Referenced;
pub use store::Store;
pub use tape::Tapes;

use ahead::Ahead;
use placeholders::Placeholders;

/// What a new or different snapshot does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It fails the case and leaves a pending file.
    Review,
    /// It fails the case and writes nothing under the snapshots' folder; pending files go to `output`, if given.
    Check {
        /// Where pending files go, laid out as under the snapshots' folder.
        output: Option<PathBuf>,
    },
    /// It is accepted.
    Update,
    /// Nothing is compared.
    Off,
}

/// Which snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The scenario's path without ending, relative to the scenarios' folder: `consent_to_data`.
    pub stem: String,
    /// The step or the snapshot's name, with the fragment's prefix.
    pub name: String,
    /// The case, where a scenario has several.
    pub case: Option<String>,
    /// The target, if it is not the default one.
    pub target: Option<String>,
    /// The scenario file, for the header.
    pub source: String,
    /// The step, for the header.
    pub expression: String,
}

/// Makes responses comparable. One for each case, because ids are numbered as the case first sees them.
#[derive(Debug)]
pub struct Normaliser {
    placeholders: Placeholders,
    /// What the case's responses are compared with, as far as it was read before.
    ahead: Option<Ahead>,
    /// Writes down what it is told, where that is to be normalised again.
    pen: Option<tape::Pen>,
}

/// What a normaliser is told of the case.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The target's origin, which becomes `[target]`.
    pub origin: String,
    /// When the run started in the target's time, in nanoseconds since 1970, if its clock is not fixed.
    pub started: Option<i128>,
}

/// What is made comparable: a response, and all that its text depends on.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// What was asked.
    pub request: &'a Request,
    /// What was answered.
    pub response: &'a Response,
    /// The rules of its snapshot.
    pub rules: &'a SnapshotRules,
    /// What must not be shown.
    pub secrets: &'a Secrets,
    /// The target's time, in nanoseconds since 1970.
    pub now: i128,
}

/// A response as it is compared and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The request's method and URL, for the header's `info`.
    pub method: String,
    /// The request's URL, normalised.
    pub url: String,
    /// The status line, kept headers, an empty line, the body.
    pub contents: String,
    /// Rules that matched nothing and the like.
    pub warnings: Vec<String>,
    /// The paths of the rules that are for all responses, and whether they did anything to this one.
    pub rules_of_all: Vec<(String, bool)>,
}

/// Why a snapshot could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What is wrong, with the path.
    pub message: String,
}

impl Normaliser {
    /// For one case.
    pub fn new(surroundings: Surroundings) -> Self {
        Normaliser {
            placeholders: Placeholders::new(&surroundings.origin, surroundings.started),
            ahead: None,
            pen: None,
        }
    }

    /// Remembers that a value was captured under a name; the first name of a value stays. The items of a list
    /// are remembered one by one; a name's second value is `[name-2]`.
    pub fn note_capture(&mut self, name: &str, value: &Value) {
        if let Some(pen) = &self.pen {
            pen.capture(name, value);
        }
        self.name_values(name, value);
    }

    fn name_values(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) => self.placeholders.note_capture(name, text),
            Value::Array(items) => items.iter().for_each(|item| self.name_values(name, item)),
            _ => {}
        }
    }

    /// Writes a response down whose snapshot is `subject`, where that is done at all.
    pub fn write_down(&self, received: &Received<'_>, subject: &Subject) {
        if let Some(pen) = &self.pen {
            pen.response(received, subject);
        }
    }

    /// A response as it is compared and kept.
    pub fn normalise(&mut self, received: &Received<'_>) -> Normalised {
        normalise::normalise(&mut self.placeholders, received)
    }
}

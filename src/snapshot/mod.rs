//! Snapshots: normalising, comparing, the files, what is pending.

use serde_json::Value;
use std::path::PathBuf;

use crate::model::exchange::Exchange;
use crate::model::outcome::SnapshotOutcome;
use crate::model::plan::SnapshotRules;
use crate::model::secret::Secrets;

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

/// The snapshots' folder. Cheap to clone; safe to use from several tasks and several processes at once.
#[derive(Clone, Debug)]
pub struct Store {}

/// Which snapshot.
#[derive(Clone, Debug)]
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
pub struct Normaliser {}

/// What a normaliser is told of the case.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The target's origin, which becomes `[target]`.
    pub origin: String,
    /// When the run started in the target's time, in nanoseconds since 1970, if its clock is not fixed.
    pub started: Option<i128>,
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
}

/// Why a snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What is wrong, with the path.
    pub message: String,
}

impl Store {
    /// The snapshots under that folder, which need not exist yet.
    pub fn new(_root: PathBuf, _mode: Mode) -> Store {
        unimplemented!()
    }
    /// Whether anything is compared at all.
    pub fn is_off(&self) -> bool {
        unimplemented!()
    }
    /// Compares, and leaves behind what the mode says.
    pub fn compare(
        &self,
        _subject: &Subject,
        _normalised: &Normalised,
    ) -> Result<SnapshotOutcome, StoreError> {
        unimplemented!()
    }
}

impl Normaliser {
    /// For one case.
    pub fn new(_surroundings: Surroundings) -> Self {
        unimplemented!()
    }
    /// Remembers that a value was captured under a name; the first name of a value stays.
    pub fn note_capture(&mut self, _name: &str, _value: &Value) {
        unimplemented!()
    }
    /// A response as it is compared and kept. `now` is the target's time, in nanoseconds since 1970.
    pub fn normalise(
        &mut self,
        _exchange: &Exchange,
        _rules: &SnapshotRules,
        _secrets: &Secrets,
        _now: i128,
    ) -> Normalised {
        unimplemented!()
    }
}

//! What every report of a run must know of it, beside its events.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{self, Context};
use super::style::Palette;
use super::text::{shell_word, visible_line};
use crate::model::diagnostic::Color;
use crate::model::outcome::{CaseIdentity, CaseOutcome};
use crate::model::source::Sources;

/// A run, as its reports know it.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// The texts that failures point into.
    pub sources: Arc<Sources>,
    /// Where paths are seen from.
    pub working_folder: PathBuf,
    /// The target's name.
    pub target: String,
    /// What everything random came from; none where parts of a run, put together, had different ones.
    pub seed: Option<u64>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// Which part it is of how many, counted from one.
    pub shard: Option<(usize, usize)>,
    /// What follows the path in the command that runs a case again, by the path, with a space
    /// before it; no secrets.
    pub rerun_options: BTreeMap<String, String>,
    /// The whole command that runs a case again, by the case, where another run has told it.
    pub rerun_commands: HashMap<CaseKey, String>,
    /// Where pending files are, if not beside the snapshots.
    pub pending_folder: Option<PathBuf>,
    /// Reads a picture of a page that this run has kept, unless it is a large one; none where other runs kept them.
    pub picture: Option<ReadPicture>,
}

/// Gives what a file of a picture has in it.
pub type ReadPicture = fn(&Path) -> Option<Vec<u8>>;

/// What tells a case from all others: the path, the case, the repetition.
pub type CaseKey = (String, Option<String>, Option<u32>);

/// How many lines of a failing step's answer are in a report for machines.
const ANSWER_LINES: usize = 80;

/// A command is seldom longer.
const COMMAND: usize = 128;

impl RunFacts {
    /// The command that runs just this case again. Secrets are never in it.
    pub(super) fn rerun(&self, about: &CaseIdentity) -> String {
        if !self.rerun_commands.is_empty()
            && let Some(command) = self.rerun_commands.get(&about.key())
        {
            return command.clone();
        }
        let mut command = String::with_capacity(COMMAND);
        command.push_str("sammati run ");
        command.push_str(&shell_word(&visible_line(&about.path)));
        if let Some(case) = &about.case {
            command.push_str(" --case ");
            command.push_str(&shell_word(&visible_line(case)));
        }
        if let Some(options) = self.rerun_options.get(&about.path) {
            command.push_str(options);
        }
        command
    }

    /// All that went wrong in a case, as it is shown to people, without colour.
    pub(super) fn story(&self, outcome: &CaseOutcome) -> String {
        let context = Context {
            palette: Palette::new(Color::Plain),
            facts: self,
            answer_lines: ANSWER_LINES,
            columns: None,
        };
        failure::case(outcome, &context)
    }
}

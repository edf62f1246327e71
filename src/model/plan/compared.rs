//! How a response becomes a snapshot.

use regex::Regex;
use std::sync::Arc;

use super::super::jsonpath::Query;
use super::super::source::Span;

/// How a response becomes a snapshot. Project, target, file and step are merged, weakest first.
#[derive(Debug, Clone, Default)]
pub struct SnapshotRules {
    /// The snapshot's file name without ending, `login.token` for a fragment's step.
    pub name: String,
    /// The fragment that it is kept under instead of the scenario, where cases share its run.
    pub owner: Option<Arc<SnapshotOwner>>,
    /// The place of the step's `snapshot` key.
    pub span: Option<Span>,
    /// What is replaced.
    pub redact: Vec<RedactRule>,
    /// The headers that are kept, in lower case.
    pub headers: Vec<String>,
    /// Where each of them is asked for, at every level that does.
    pub header_places: Vec<HeaderPlace>,
    /// The only part that is kept.
    pub only: Option<Query>,
    /// Lists whose order means nothing.
    pub sort: Vec<Query>,
    /// Parts of which only keys and types are kept.
    pub shape: Vec<Query>,
    /// The paths that a project or a target has for all responses, and those of what is to be gone and may be absent: that
    /// they match nothing in one means nothing.
    pub of_all: Vec<String>,
    /// Those of them that stand in the scenario itself and nowhere else, so that they are for its own responses.
    pub of_file: Vec<String>,
}

impl SnapshotRules {
    /// Whether it is worth a word that this path has matched nothing in one response.
    pub fn is_meant_for_this(&self, query: &Query) -> bool {
        !self.of_all.iter().any(|path| path == query.source())
    }
}

/// Where the settings of snapshots stand, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapshotLevel {
    /// In the project file, for all that there is.
    Project,
    /// In the project file, for one target.
    Target,
    /// In a scenario or fragment, for its steps.
    File,
    /// In one step.
    Step,
}

/// Where a header is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderPlace {
    /// The header, in lower case.
    pub name: String,
    /// Whose settings.
    pub level: SnapshotLevel,
    /// The place of its name there.
    pub span: Span,
}

/// The fragment whose own a snapshot is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotOwner {
    /// The path that its snapshots are kept under, without ending: `_login`.
    pub stem: String,
    /// The path under which it is shown.
    pub path: String,
}

/// One rule that replaces a part of a response in its snapshot.
#[derive(Debug, Clone)]
pub struct RedactRule {
    /// Where the rule stands.
    pub span: Span,
    /// What it applies to.
    pub query: Query,
    /// What happens to it.
    pub redaction: Redaction,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub enum Redaction {
    /// The value becomes this text.
    Text(String),
    /// The shape is kept: `XXXXXX4373`.
    Mask,
    /// The value is left out.
    Remove,
    /// A number keeps this many decimals.
    Round(u32),
    /// A text that matches becomes the other.
    IfMatches {
        /// What it must match.
        pattern: Regex,
        /// What it becomes.
        text: String,
    },
}

//! The project file, and the target that a run talks to.

use serde_json::Value;
use std::net::SocketAddr;

use super::node::{Node, Text};
use super::rate::Rate;
use super::scenario::{Named, RequestOptions, SnapshotOptions};
use super::secret::Secret;
use super::source::{FileId, Span};

/// `sammati.yaml` as it is written.
#[derive(Clone, Debug)]
pub struct Project {
    /// The text that it was read from; none if there is no project file.
    pub file: Option<FileId>,
    /// The target that is used if none is named.
    pub target: Option<Text>,
    /// The targets.
    pub targets: Vec<TargetDefinition>,
    /// Request settings of every step.
    pub defaults: RequestOptions,
    /// Snapshot settings of every step.
    pub snapshot: SnapshotOptions,
}

/// One target as it is written.
#[derive(Clone, Debug)]
pub struct TargetDefinition {
    /// Its name.
    pub name: Text,
    /// The place of the whole.
    pub span: Span,
    /// The embedded sandbox: `true`, or the URL of one that runs already.
    pub sandbox: Option<Node>,
    /// Where requests without a host go.
    pub base_url: Option<Text>,
    /// Variables.
    pub vars: Vec<Named>,
    /// Names of secrets, each with a `$VARIABLE` of the environment.
    pub secrets: Vec<(Text, Text)>,
    /// The hosts that secrets may go to, beside the base URL's.
    pub hosts: Vec<Text>,
    /// Where names of hosts lead to, in place of what a name server says.
    pub resolve: Vec<(Text, SocketAddr)>,
    /// What its requests ask of TLS.
    pub tls: Vec<Named>,
    /// How many cases run at once on it.
    pub jobs: Option<u32>,
    /// Who answers its consents, if it says so.
    pub consent: Option<ConsentDefinition>,
    /// What a driven browser is told of it.
    pub browser: BrowserDefinition,
    /// Where its notifications are received.
    pub notifications: Option<SocketAddr>,
    /// How often requests may be sent to it.
    pub rate: Option<Rate>,
    /// Snapshot settings of every step that runs on it.
    pub snapshot: SnapshotOptions,
}

/// Who answers the consents of a target, as it is written.
#[derive(Clone, Debug)]
pub enum ConsentDefinition {
    /// A person.
    Manual,
    /// A driven browser, by the flow in that file or by the one that is built in.
    Browser(Option<Text>),
}

/// What a driven browser is told of a target.
#[derive(Clone, Debug, Default)]
pub struct BrowserDefinition {
    /// Whether pages are opened although their certificates are not trusted.
    pub insecure: bool,
    /// Where names of hosts lead to, before what the target says of them.
    pub resolve: Vec<(Text, SocketAddr)>,
}

/// The target of a run, everything known.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether it is the project's default target, whose snapshots have no suffix.
    pub is_default: bool,
    /// What it is.
    pub kind: TargetKind,
    /// Variables, from `sammati.yaml`.
    pub vars: Vec<(String, Value)>,
    /// Secrets, from the environment or the command line.
    pub secrets: Vec<(String, Secret)>,
    /// The hosts that secrets may go to, beside the base URL's: `name` or `name:port`.
    pub hosts: Vec<String>,
    /// Where names of hosts lead to; port 0 stands for the URL's own.
    pub resolve: Vec<(String, SocketAddr)>,
    /// How often requests may be sent to it, by all cases together.
    pub rate: Option<Rate>,
}

/// What a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A sandbox of its own for each case.
    Embedded,
    /// A sandbox that runs already, at this origin.
    RunningSandbox(String),
    /// Any other server, at this base URL.
    Remote(String),
}

impl Target {
    /// Whether there is a sandbox that can be told what to do.
    pub fn has_sandbox(&self) -> bool {
        !matches!(self.kind, TargetKind::Remote(_))
    }
}

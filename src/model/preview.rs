//! What a case would send, told without sending it.
//!
//! The texts have marks in them: around the name of what only an earlier answer will tell, and in the place of a
//! secret that stands there as it is. What shows them decides what becomes of the marks.

use std::path::PathBuf;
use std::time::Duration;

use super::outcome::{CaseIdentity, Failure};
use super::source::Span;

/// What stands around the name of something that is not known yet: two characters that no text has.
pub const UNKNOWN: [char; 2] = ['\u{e000}', '\u{e001}'];
/// What stands around the name of a secret.
pub const SECRET: [char; 2] = ['\u{e002}', '\u{e003}'];

/// What stands for a space between the first marks, because no URL may have one.
pub const SPACE: char = '\u{e004}';

/// A name between marks.
pub fn marked([open, close]: [char; 2], name: &str) -> String {
    format!("{open}{name}{close}")
}

/// The name, if a text is nothing but a name between marks.
pub fn only_marked([open, close]: [char; 2], text: &str) -> Option<&str> {
    let name = text.strip_prefix(open)?.strip_suffix(close)?;
    (!name.contains([open, close])).then_some(name)
}

/// What a case would do, in its order.
#[derive(Debug)]
pub struct CasePreview {
    /// Which case.
    pub about: CaseIdentity,
    /// Why it would not begin, if so.
    pub skipped: Option<String>,
    /// What it would do.
    pub lines: Vec<PreviewLine>,
}

/// One thing that a case would do.
#[derive(Debug)]
pub enum PreviewLine {
    /// Something to know of what follows.
    Note {
        /// What it is.
        text: String,
        /// Where that stands.
        span: Span,
    },
    /// A request.
    Request(Box<PreviewRequest>),
    /// A pause.
    Pause(Duration),
    /// What will fail.
    Wrong(Failure),
}

/// A request that would be sent. Secrets are hidden.
#[derive(Debug)]
pub struct PreviewRequest {
    /// The step's name.
    pub label: String,
    /// Where the step stands, if a step asks for it.
    pub span: Option<Span>,
    /// Whether it is a step's own request, and nothing that the sandbox is told.
    pub is_own: bool,
    /// The method, in capitals.
    pub method: String,
    /// The URL. Where it begins with something that is not known yet, that may be a whole address.
    pub url: String,
    /// All headers, names in lower case, but those that `user` and `body` imply.
    pub headers: Vec<(String, String)>,
    /// `user:password`, where that is how it authenticates.
    pub user: Option<String>,
    /// The body.
    pub body: PreviewBody,
    /// How many redirects are followed.
    pub follow: usize,
    /// What is asked of TLS.
    pub tls: PreviewTls,
    /// What its answer tells: names, each with what it is read from.
    pub gives: Vec<String>,
    /// What else is to be known, each on a line.
    pub notes: Vec<String>,
}

/// A body that would be sent.
#[derive(Debug)]
pub enum PreviewBody {
    /// None.
    None,
    /// Text, byte for byte.
    Text(String),
    /// Fields, of which some cannot be shown as they are sent.
    Fields(Vec<(String, String)>),
    /// The bytes of a file.
    File(PathBuf),
    /// Several parts.
    Parts(Vec<PreviewPart>),
}

/// One part of a body.
#[derive(Debug)]
pub struct PreviewPart {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: PartContent,
}

/// What a part holds.
#[derive(Debug)]
pub enum PartContent {
    /// Text.
    Text(String),
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What it is called.
        name: String,
        /// Its media type.
        media_type: String,
    },
}

/// What is asked of TLS.
#[derive(Debug, Default)]
pub struct PreviewTls {
    /// A file of CAs.
    pub ca: Option<PathBuf>,
    /// The files of a certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether any certificate is taken.
    pub insecure: bool,
}

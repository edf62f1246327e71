//! A scenario file as it is written: every value in its place, nothing resolved.
//!
//! `parse` makes it, `check` turns it into a [`super::plan::ScenarioPlan`]. Templates, paths and
//! expressions are still text here.

use serde_json::Value;

use super::browsing;
use super::node::{Node, Text};
use super::source::{FileId, Span};

/// A name and its value, as written.
pub type Named = (Text, Node);
/// An action of a `browser` step, as written.
pub type BrowserAction = browsing::BrowserAction<Text, Node, Text>;

/// One file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The text that it was read from.
    pub file: FileId,
    /// The path under which it is shown.
    pub path: String,
    /// Where it is in the project's folder, with `/` between the parts: what `use` finds it by.
    pub key: String,
    /// The whole file, for mistakes that have no narrower place.
    pub span: Span,
    /// Whether every step and capture could be read, so that all that it makes and reads is known.
    pub is_whole: bool,
    /// What the parts would make that could not be read.
    pub unread: Unread,
    /// What it is called; the file's stem if not given.
    pub name: Option<Text>,
    /// For people.
    pub description: Option<Text>,
    /// For filters.
    pub tags: Vec<Text>,
    /// The targets it may run on; all if empty.
    pub targets: Vec<Text>,
    /// Default variables.
    pub vars: Vec<Named>,
    /// What makes it several cases.
    pub cases: Option<Cases>,
    /// How the embedded sandbox is set up.
    pub sandbox: Option<Node>,
    /// Request settings of this file's own steps.
    pub defaults: RequestOptions,
    /// Snapshot settings of every step.
    pub snapshot: SnapshotOptions,
    /// The steps.
    pub steps: Vec<Step>,
    /// The time that a whole case may take.
    pub timeout: Option<Node>,
    /// A fragment's inputs; `None` for a required one.
    pub params: Vec<(Text, Option<Node>)>,
}

/// What parts of a file would make that could not be read. A name that is made there is no mistake elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Unread {
    /// Variables, and ids of steps.
    pub names: Vec<String>,
    /// Whether they may make any others, seen in the whole file.
    pub any: bool,
    /// The number of the step from which on steps that could not be read may have made any others.
    pub any_from: Option<usize>,
}

impl Unread {
    /// Whether something could not be read that may make any name.
    pub fn may_be_any(&self) -> bool {
        self.any || self.any_from.is_some()
    }
}

/// What makes a scenario several cases.
#[derive(Clone, Debug)]
pub enum Cases {
    /// One for each combination of values.
    Matrix(Matrix),
    /// One for each map of a list.
    Rows(Vec<Row>),
    /// One for each row of a file, which is read apart.
    File(Text),
}

/// Lists of values, one case for each combination.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The place of the key.
    pub span: Span,
    /// Each name with its values, in the order in which they are written.
    pub axes: Vec<(Text, Vec<Node>)>,
    /// The combinations that are left out: those that have all values of one of these.
    pub exclude: Vec<Exclusion>,
}

/// Combinations that are left out of a matrix.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// Its place.
    pub span: Span,
    /// The values that they have.
    pub values: Vec<Named>,
}

/// One case as it is written.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place.
    pub span: Span,
    /// What it is called, if it says so.
    pub name: Option<Text>,
    /// Its values, each under a name of its own.
    pub values: Vec<(Text, Cell)>,
}

/// One value of a case as it is written.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Beside the steps, where texts are templates.
    Written(Node),
    /// In a file of rows that has types: what stands there is meant as it is.
    Data(Span, Value),
    /// In a file that knows only text: `vars` may give it a type.
    Untyped(Text),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole step.
    pub span: Span,
    /// Its id.
    pub id: Option<Text>,
    /// What people call it.
    pub name: Option<Text>,
    /// The bare expression that decides whether it runs.
    pub condition: Option<Text>,
    /// The loop that it runs in.
    pub each: Option<Box<Each>>,
    /// Whether the case goes on after it failed.
    pub keep_going: bool,
    /// Whether it is put aside for the end of the case.
    pub defer: bool,
    /// How long a step without a request may take, or a fragment used here; a request has its own in its options.
    pub timeout: Option<Node>,
    /// How a step without a request is tried again, or a fragment used here.
    pub retry: Option<Box<Retry>>,
    /// What it does.
    pub action: Action,
    /// Polling.
    pub until: Option<Box<Until>>,
    /// What must hold.
    pub expect: Option<Expect>,
    /// What is kept.
    pub capture: Vec<Capture>,
    /// Whether the response is compared with a snapshot; its place is the key's.
    pub snapshot: Option<Box<(Span, SnapshotOptions)>>,
}

/// A loop: the step runs once for each item of a list.
#[derive(Clone, Debug)]
pub struct Each {
    /// The variable that has the item.
    pub variable: Text,
    /// A list, or a template that gives one.
    pub list: Node,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// An HTTP request.
    Http(Box<Request>),
    /// The customer's answer on a consent page.
    Consent(Box<Consent>),
    /// A notification that must come, or must not.
    Await(Box<Await>),
    /// Actions in a real browser.
    Browser(Vec<BrowserAction>),
    /// A change of the embedded sandbox.
    Sandbox(Node),
    /// A fragment's steps.
    Use(Use),
    /// New variables.
    Set(Vec<Named>),
    /// A pause.
    Sleep(Node),
    /// A line in the output.
    Print(Text),
}

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method: the key for the short forms, in capitals.
    pub method: Text,
    /// Where to.
    pub url: Text,
    /// Query, headers and the like.
    pub options: RequestOptions,
    /// The body.
    pub body: Option<Body>,
}

/// Settings that defaults may give too.
#[derive(Clone, Debug, Default)]
pub struct RequestOptions {
    /// Query parameters.
    pub query: Vec<Named>,
    /// Headers.
    pub headers: Vec<Named>,
    /// How it authenticates.
    pub auth: Option<Auth>,
    /// How many redirects are followed: a boolean, a number or a template.
    pub follow: Option<Node>,
    /// How long one try may take.
    pub timeout: Option<Node>,
    /// How large a response may be, in bytes or as `16MiB`.
    pub max_body: Option<Node>,
    /// `ca`, `cert`, `key` and `insecure`; null takes a weaker one away.
    pub tls: Vec<Named>,
    /// When it is sent again.
    pub retry: Option<Retry>,
}

/// When a request is sent again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// How many more tries there may be: a number or a template.
    pub times: Node,
    /// The pause between two tries.
    pub every: Option<Every>,
    /// What is tried again: words and statuses.
    pub on: Option<Vec<Text>>,
}

/// How a request authenticates.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer(Text),
    /// `Authorization: Basic …`.
    Basic {
        /// The user.
        user: Text,
        /// The password.
        password: Text,
    },
    /// Not at all, whatever the defaults say.
    None,
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// JSON.
    Json(Node),
    /// URL-encoded fields.
    Form(Vec<Named>),
    /// Plain text.
    Text(Text),
    /// XML.
    Xml(Text),
    /// The bytes of a file.
    File(Text),
    /// Fields and files.
    Multipart(Vec<(Text, PartValue)>),
}

/// What one part of a multipart body holds.
#[derive(Clone, Debug)]
pub enum PartValue {
    /// Text, or a template that gives a list of texts.
    Text(Node),
    /// A file.
    File(Box<FilePart>),
}

/// A file in a multipart body.
#[derive(Clone, Debug)]
pub struct FilePart {
    /// Where it is, relative to the scenario's file.
    pub path: Text,
    /// The file name that is sent, if not its own.
    pub name: Option<Text>,
    /// The media type that is sent, if not the one that its ending says.
    pub media_type: Option<Text>,
}

/// The customer's answer on a consent page.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The page.
    pub url: Text,
    /// `approve`, `reject` or `cancel`, or a template that gives one.
    pub decision: Option<Text>,
    /// `all`, or a list of masked numbers or FIP ids.
    pub accounts: Option<Node>,
    /// Why it was rejected or cancelled.
    pub reason: Option<Text>,
}

/// What a notification must be that is waited for.
#[derive(Clone, Debug)]
pub struct Await {
    /// The place of the key.
    pub span: Span,
    /// What it must be; any will do if there is none.
    pub expectations: Vec<Expectation>,
    /// How long it is waited for.
    pub within: Option<Node>,
    /// For how long none may come.
    pub absent: Option<Node>,
}

/// A fragment's steps, run here.
#[derive(Clone, Debug)]
pub struct Use {
    /// The fragment, relative to this file.
    pub path: Text,
    /// Its inputs.
    pub with: Vec<Named>,
    /// Whether cases share one run of it.
    pub once: Option<Once>,
}

/// One run of a fragment for all cases.
#[derive(Clone, Debug)]
pub struct Once {
    /// The place of the key.
    pub span: Span,
    /// How long what it gives may be used, if the author says so.
    pub lasts: Option<Node>,
}

/// Polling.
#[derive(Clone, Debug)]
pub struct Until {
    /// What ends it.
    pub expectations: Vec<Expectation>,
    /// The place of the key.
    pub span: Span,
    /// The pause between two tries.
    pub every: Option<Every>,
    /// How long it may go on.
    pub within: Option<Node>,
    /// What fails it at once.
    pub give_up: Vec<Expectation>,
}

/// The pause between two tries.
#[derive(Clone, Debug)]
pub enum Every {
    /// Always the same.
    Fixed(Node),
    /// Growing from the first, by a factor, up to the last.
    Growing {
        /// The first pause.
        from: Node,
        /// What each is longer by.
        factor: Option<Node>,
        /// The longest.
        to: Option<Node>,
    },
}

/// What must hold of a response.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The place of the key.
    pub span: Span,
    /// Each line.
    pub expectations: Vec<Expectation>,
}

/// One line of an `expect`, `until` or `give_up`.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The place that is shown when it fails: the value.
    pub span: Span,
    /// What is looked at.
    pub subject: Subject,
    /// What it must be; for [`Subject::That`] the expression.
    pub matcher: Node,
}

/// What an expectation looks at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The status.
    Status,
    /// A header.
    Header(Text),
    /// What a JSONPath gives.
    JsonPath(Text),
    /// The JSON body.
    Body,
    /// The body as text.
    Text,
    /// The time it took.
    Duration,
    /// The last URL.
    Url,
    /// An expression that must be true.
    That,
}

/// One value that is kept.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The variable.
    pub name: Text,
    /// Where it is found.
    pub source: CaptureSource,
    /// What it is if nothing is found.
    pub default: Option<Node>,
    /// Whether it is hidden in all that is printed or written.
    pub secret: bool,
}

/// Where a capture looks.
#[derive(Clone, Debug)]
pub enum CaptureSource {
    /// The JSON body.
    JsonPath(Text),
    /// A header.
    Header(Text),
    /// A cookie that the response sets.
    Cookie(Text),
    /// The body's text.
    Regex(Text),
    /// An expression.
    Expr(Text),
    /// XML: the body, or the text that a JSONPath finds in it.
    XPath {
        /// The XPath.
        xpath: Text,
        /// Where the XML stands in the JSON body.
        json: Option<Text>,
        /// The key `all`, if all nodes are wanted.
        all: Option<Span>,
    },
}

/// Snapshot settings.
#[derive(Clone, Debug, Default)]
pub struct SnapshotOptions {
    /// The snapshot's name, if not the step's id.
    pub name: Option<Text>,
    /// What is replaced.
    pub redact: Vec<Named>,
    /// The headers that are kept.
    pub headers: Vec<Text>,
    /// The only part that is kept.
    pub only: Option<Text>,
    /// Lists whose order means nothing.
    pub sort: Vec<Text>,
    /// Parts of which only keys and types are kept.
    pub shape: Vec<Text>,
}

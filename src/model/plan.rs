//! What will be run: everything compiled, every name resolved, every fragment in its place.
//!
//! A plan holds no YAML and needs no second look: if `run` had to say "the checker saw to it",
//! the type here would be wrong.

mod compared;

use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::browsing;
use super::jsonpath::Query;
use super::matcher::MatcherTemplate;
use super::source::Span;
use super::template::{Engine, Expression, Template, ValueTemplate};
use super::xpath::{Wanted, XPath};

pub use compared::{
    HeaderPlace, RedactRule, Redaction, SnapshotLevel, SnapshotOwner, SnapshotRules,
};

/// All scenarios of a run.
#[derive(Debug)]
pub struct Plan {
    /// The scenarios, in the order in which they are shown.
    pub scenarios: Vec<ScenarioPlan>,
    /// What their templates were compiled with.
    pub engine: Arc<Engine>,
}

impl Plan {
    /// How many cases there are.
    pub fn case_count(&self) -> usize {
        self.scenarios
            .iter()
            .map(|scenario| scenario.cases.len())
            .sum()
    }
}

/// One scenario file, ready to run.
#[derive(Debug)]
pub struct ScenarioPlan {
    /// The path under which it is shown, with its ending: `scenarios/consent_to_data.yaml`.
    pub path: String,
    /// The path that its snapshots are kept under, without ending: `consent_to_data`.
    pub stem: String,
    /// What it is called.
    pub name: String,
    /// For filters.
    pub tags: Vec<String>,
    /// The targets it may run on; all if empty.
    pub targets: Vec<String>,
    /// Its variables in the order in which they are evaluated.
    pub vars: Vec<Variable>,
    /// Its cases in the order in which they are shown: at least one, which has no name where the file says
    /// nothing of cases.
    pub cases: Vec<Case>,
    /// The set-up of the embedded sandbox.
    pub sandbox: Option<ValueTemplate>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The time that the whole case may take.
    pub timeout: Option<DurationTemplate>,
}

/// A variable that a scenario begins with. A value from outside wins over the case's, that over the default;
/// with none of them the target's stands.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The file's own value.
    pub default: Option<ValueTemplate>,
    /// The value from outside: `--var`, `--vars-file`.
    pub given: Option<Value>,
}

/// One case of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// What it is called; none if the file says nothing of cases.
    pub name: Option<String>,
    /// Its values. Cases share those that they have in common.
    pub values: BTreeMap<String, Arc<ValueTemplate>>,
    /// Which of its repetitions it is, counted from one, where each case runs several times.
    pub repetition: Option<u32>,
}

/// One step, ready to run.
#[derive(Debug)]
pub struct Step {
    /// The whole step.
    pub span: Span,
    /// Its id.
    pub id: Option<String>,
    /// What it is called in the output: its name, its id, or what it does.
    pub label: String,
    /// The bare expression that decides whether it runs.
    pub condition: Option<Expression>,
    /// The loop that it runs in; its `if` is asked before the loop.
    pub each: Option<Box<Each>>,
    /// Whether the case goes on after it failed.
    pub keep_going: bool,
    /// Whether it is put aside for the end of the case.
    pub defer: bool,
    /// How long a step without a request may take as a whole, or a fragment used here; a request limits each try itself.
    pub time_limit: Option<DurationTemplate>,
    /// How it is tried again as a whole; a request has its own.
    pub retry: Option<Box<Retry>>,
    /// What it does.
    pub action: Action,
    /// Polling.
    pub until: Option<Box<Until>>,
    /// What must hold.
    pub expect: Vec<Expectation>,
    /// Whether an answer of 400 or above fails the step: true where nothing names `status`.
    pub success_expected: bool,
    /// What is kept.
    pub captures: Vec<Capture>,
    /// How the response is compared with a snapshot.
    pub snapshot: Option<Box<SnapshotRules>>,
    /// Whether something in it asks for the time, so that the target's clock must be known.
    pub uses_clock: bool,
    /// Whether a later step looks at `steps.<id>`, so that the response must be kept.
    pub kept: bool,
}

/// A loop: the step runs once for each item of a list.
#[derive(Debug)]
pub struct Each {
    /// The place of the list.
    pub span: Span,
    /// The variable that has the item, in the step alone.
    pub variable: String,
    /// What gives the list: with one to [`MOST_TURNS`] items, or the step fails.
    pub list: ValueTemplate,
    /// The variables that become lists, one value a turn.
    pub gathered: Vec<String>,
}

/// How many turns a loop may have.
pub const MOST_TURNS: usize = 10_000;

/// An action of a `browser` step.
pub type BrowserAction = browsing::BrowserAction<Template, MatcherTemplate, Expression>;

/// What a step does.
#[derive(Debug)]
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
    Sandbox(ValueTemplate),
    /// A fragment's steps, with only its inputs and the target's variables in scope.
    Use(Box<Use>),
    /// New variables.
    Set(Vec<(String, ValueTemplate)>),
    /// A pause.
    Sleep(DurationTemplate),
    /// A line in the output.
    Print(Template),
}

impl Action {
    /// Whether it is done in a driven browser.
    pub fn is_driven(&self) -> bool {
        match self {
            Action::Browser(_) => true,
            Action::Consent(consent) => consent.flow.is_some(),
            _ => false,
        }
    }
}

/// An HTTP request, defaults merged in.
#[derive(Debug)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// Where to; with no host, relative to the target's base URL.
    pub url: Template,
    /// The place of the URL.
    pub url_span: Span,
    /// Query parameters: a list repeats the name, null leaves it out.
    pub query: Vec<(String, ValueTemplate)>,
    /// Headers: null leaves one out.
    pub headers: Vec<(String, ValueTemplate)>,
    /// How it authenticates.
    pub auth: Auth,
    /// The body.
    pub body: Option<Body>,
    /// How many redirects are followed: `true` or a number, else none.
    pub follow: ValueTemplate,
    /// How long one try may take.
    pub timeout: DurationTemplate,
    /// How large a response may be, in bytes.
    pub max_body: u64,
    /// What is asked of TLS beside what the system says.
    pub tls: Option<Box<Tls>>,
    /// When it is sent again.
    pub retry: Option<Box<Retry>>,
}

/// When something is tried again.
#[derive(Debug)]
pub struct Retry {
    /// How many more tries there may be: a whole number up to [`MOST_RETRIES`].
    pub times: ValueTemplate,
    /// The place of that number.
    pub span: Span,
    /// The pauses between tries.
    pub every: Pauses,
    /// What is tried again.
    pub on: Vec<RetryOn>,
}

/// How many more tries a request may have.
pub const MOST_RETRIES: u64 = 100;

/// What is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryOn {
    /// There was no whole answer, a try that took too long included.
    Transport,
    /// A try took too long.
    Timeout,
    /// A status.
    Status(u16),
    /// All statuses that begin with this digit.
    Hundred(u16),
    /// Any failure that another try may not have. No author writes it: it is what steps without an answer are tried again for.
    Failure,
}

/// The pauses between tries.
#[derive(Debug, Clone)]
pub struct Pauses {
    /// The first pause.
    pub first: DurationTemplate,
    /// What each pause is longer by than the one before.
    pub factor: f64,
    /// The longest pause.
    pub longest: Option<DurationTemplate>,
}

/// What a request asks of TLS. The paths are relative to the file in which they stand.
#[derive(Debug)]
pub struct Tls {
    /// A PEM file of CAs that are trusted beside the system's.
    pub ca: Option<Template>,
    /// The PEM files of a certificate and its key, for a server that asks who is there.
    pub identity: Option<(Template, Template)>,
    /// Whether the server's certificate is not looked at; a boolean.
    pub insecure: ValueTemplate,
}

/// How a request authenticates.
#[derive(Debug, Clone)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer(Template),
    /// `Authorization: Basic …`.
    Basic {
        /// The user.
        user: Template,
        /// The password.
        password: Template,
    },
    /// Not at all.
    None,
}

/// A request's body.
#[derive(Debug)]
pub enum Body {
    /// JSON; the members are sent in the order in which they are written.
    Json(ValueTemplate),
    /// URL-encoded fields: a list repeats the name, null leaves it out.
    Form(Vec<(String, ValueTemplate)>),
    /// Plain text.
    Text(Template),
    /// XML.
    Xml(Template),
    /// The bytes of a file, by its path relative to the file in which it stands.
    File(Template),
    /// Fields and files, in the order in which they are written.
    Multipart(Vec<(String, PartValue)>),
}

/// What one part of a multipart body holds.
#[derive(Debug)]
pub enum PartValue {
    /// Text: a list repeats the field, null leaves it out.
    Text(ValueTemplate),
    /// A file.
    File(Box<FilePart>),
}

/// A file in a multipart body.
#[derive(Debug)]
pub struct FilePart {
    /// Its path, relative to the file in which it stands.
    pub path: Template,
    /// The file name that is sent, if not its own.
    pub name: Option<Template>,
    /// The media type that is sent, if not the one that its ending says.
    pub media_type: Option<Template>,
}

/// Whether a text can be sent as a media type: `application/pdf`, parameters allowed.
pub fn is_media_type(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|character| {
                character.is_ascii_alphanumeric() || "!#$&^_.+-*".contains(character)
            })
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    essence
        .trim()
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_word(kind) && is_word(subtype))
        && !parameters.chars().any(char::is_control)
}

/// The customer's answer on a consent page.
#[derive(Debug)]
pub struct Consent {
    /// The page.
    pub url: Template,
    /// `approve`, `reject` or `cancel`.
    pub decision: Template,
    /// `all`, or a list of masked numbers or FIP ids.
    pub accounts: Option<ValueTemplate>,
    /// Why it was rejected or cancelled.
    pub reason: Option<Template>,
    /// How a driven browser gives the answer, where one does.
    pub flow: Option<Box<Use>>,
}

/// What a notification must be that is waited for.
#[derive(Debug)]
pub struct Await {
    /// The place of the key.
    pub span: Span,
    /// What it must be; any will do if there is none.
    pub expectations: Vec<Expectation>,
    /// How it is waited for.
    pub patience: Patience,
}

/// How a notification is waited for.
#[derive(Debug)]
pub enum Patience {
    /// It must come within this time, or have come already.
    Within(DurationTemplate),
    /// It must not have come already, nor come within this time.
    Absent(DurationTemplate),
}

/// A fragment's steps, run in place.
#[derive(Debug)]
pub struct Use {
    /// The fragment's path, as it is shown.
    pub path: String,
    /// What its snapshots and reports are prefixed with: the use's id, or the fragment's stem.
    pub prefix: String,
    /// Whether cases that talk to the same server share one run of it.
    pub once: bool,
    /// How long what a shared run gives may be used; if that is not said, as long as its tokens live.
    pub lasts: Option<DurationTemplate>,
    /// Its inputs: those given are evaluated in the caller's scope, the defaults (`true`) in the fragment's own.
    pub inputs: Vec<Input>,
    /// The fragment's own default variables.
    pub vars: Vec<(String, ValueTemplate)>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One input of a fragment.
#[derive(Debug)]
pub struct Input {
    /// Its name inside the fragment.
    pub name: String,
    /// Its value.
    pub value: ValueTemplate,
    /// Whether the value is the fragment's default, so that it may use earlier inputs.
    pub is_default: bool,
}

/// A duration, known or computed.
#[derive(Debug, Clone)]
pub enum DurationTemplate {
    /// Known.
    Fixed(Duration),
    /// Text like `2s` computed by a template.
    Computed(Template),
}

/// Polling.
#[derive(Debug)]
pub struct Until {
    /// The place of the key.
    pub span: Span,
    /// What ends it.
    pub expectations: Vec<Expectation>,
    /// What fails it at once.
    pub give_up: Vec<Expectation>,
    /// Whether an answer of 400 or above fails it at once: true where neither names `status`.
    pub success_expected: bool,
    /// The pauses between tries.
    pub every: Pauses,
    /// How long it may go on.
    pub within: DurationTemplate,
}

/// One line of an `expect`, `until` or `give_up`.
#[derive(Debug)]
pub struct Expectation {
    /// The place that is shown when it fails.
    pub span: Span,
    /// What is looked at, and what it must be.
    pub check: Check,
}

/// What is looked at, and what it must be.
#[derive(Debug)]
pub enum Check {
    /// A part of the response against a matcher.
    Subject(Subject, MatcherTemplate),
    /// A bare expression that must be true.
    That(Expression),
}

/// What an expectation looks at.
#[derive(Debug)]
pub enum Subject {
    /// The status.
    Status,
    /// A header, by its name in lower case.
    Header(String),
    /// What a JSONPath gives.
    JsonPath(Query),
    /// The JSON body.
    Body,
    /// The body as text.
    Text,
    /// The time it took.
    Duration,
    /// The last URL.
    Url,
}

/// One value that is kept.
#[derive(Debug)]
pub struct Capture {
    /// The variable.
    pub name: String,
    /// The place of its source.
    pub span: Span,
    /// Where it is found.
    pub source: CaptureSource,
    /// What it is if nothing is found.
    pub default: Option<ValueTemplate>,
    /// Whether it is hidden in all that is printed or written.
    pub secret: bool,
}

/// Where a capture looks.
#[derive(Debug)]
pub enum CaptureSource {
    /// The JSON body.
    JsonPath(Query),
    /// A header.
    Header(String),
    /// A cookie that the response sets.
    Cookie(String),
    /// The body's text: group 1, else the whole match.
    Regex(Regex),
    /// An expression.
    Expr(Expression),
    /// XML.
    XPath {
        /// What is looked for.
        xpath: Box<XPath>,
        /// Where the XML stands in the JSON body; without it, the body is XML.
        json: Option<Query>,
        /// Whether all nodes are kept, as a list, or the first.
        wanted: Wanted,
    },
}

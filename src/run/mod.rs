//! Plan -> events: scheduling, steps, HTTP, polling, consent.
//!
//! Workers run cases and send events; one loop hands them to the listener. Nothing here prints,
//! reads the environment, or knows what YAML is.

mod again;
mod alert;
mod anew;
mod body;
mod browser;
mod capture;
mod case;
mod checks;
mod consent;
mod control;
mod cookies;
mod decode;
mod doctor;
mod each;
mod errand;
mod evaluate;
mod files;
mod flow;
mod follow;
mod guard;
mod http;
mod limits;
mod multipart;
mod no_answer;
mod notification;
mod once;
mod pace;
mod pauses;
mod poll;
mod preview;
mod probe;
mod receiver;
mod record;
mod redirect;
mod renew;
mod request;
mod retry;
mod schedule;
mod scope;
mod send;
mod setup;
mod snapshots;
mod step;
mod tls;
mod trouble;
mod world;
mod xml;

use std::any::Any;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::model::node::Text;
use crate::model::outcome::{Event, Keep, RunOutcome, StepOutcome, Written};
use crate::model::plan::Plan;
use crate::model::project::Target;
use crate::model::secret::Secret;
use crate::snapshot::Store;

pub use doctor::{Finding, Health, Reception, Trust, examine};
pub(crate) use errand::{Errands, Mailbox};
pub use files::ProjectFiles;
pub use limits::GRACE;
pub use preview::preview;
pub use probe::Probe;
pub use receiver::Notifications;
pub use request::OWN_HEADERS;

/// How a run is done.
#[derive(Clone)]
pub struct Settings {
    /// What it talks to.
    pub target: Target,
    /// How many cases run at once.
    pub jobs: usize,
    /// What listeners want to be kept of each step.
    pub keep: Keep,
    /// Writes each step where it ran, for reports.
    pub write: Option<WriteStep>,
    /// The project's folder: `file(path)` reads nothing outside it.
    pub root: PathBuf,
    /// Where each file that the plan was made of stands on disk, by its number in the plan's places:
    /// what `file(path)` is relative to.
    pub files: Arc<[PathBuf]>,
    /// The variables of the environment that the plan reads as `env.NAME`; all of them are secrets.
    pub environment: Vec<(String, Secret)>,
    /// The snapshots.
    pub snapshots: Store,
    /// What everything random comes from; two runs with the same seed send the same.
    pub seed: u64,
    /// How often a case that failed is run again.
    pub reruns: u32,
    /// What is made of a case that passed only when it, or a step of it, was tried again.
    pub flaky: FlakyPolicy,
    /// Who answers consents.
    pub customer: Customer,
    /// Where the target's notifications are received, if it is no sandbox.
    pub notifications: Option<Arc<Notifications>>,
    /// How a sandbox is started, on the embedded target.
    pub launch_sandbox: Option<LaunchSandbox>,
    /// How a browser is started, for steps that drive one.
    pub launch_browser: Option<LaunchBrowser>,
    /// How a driven browser gets its pages.
    pub pages: Pages,
    /// The folder in which pictures of pages are kept.
    pub pictures: PathBuf,
    /// Whether to go on.
    pub interrupt: watch::Receiver<Interrupt>,
    /// What a case that failed asks, if that is enough. Whoever hears of it only later, no other case begins before that.
    pub stop_at_failure: Option<watch::Sender<Interrupt>>,
    /// How long deferred steps may take once their case was cut short: [`GRACE`] for people.
    pub grace: Duration,
}

/// What is made of a case that passed, but not at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlakyPolicy {
    /// It has passed, and is told to be flaky.
    Pass,
    /// It has failed.
    Fail,
}

/// Who answers consents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Customer {
    /// The sandbox itself.
    Sandbox,
    /// A person, who is shown the page.
    Person,
    /// A person would have to, but there is none, for this reason.
    Nobody(&'static str),
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// It goes on.
    None,
    /// A case has failed, and no other needs to be known. Cases are stopped where they are; their deferred steps
    /// still run.
    Enough,
    /// The same, because somebody wants it to end.
    Stop,
    /// Deferred steps are stopped too.
    Quit,
}

impl Interrupt {
    /// Asks for it; who asked for more has asked for this too.
    pub fn ask(self, sender: &watch::Sender<Interrupt>) {
        sender.send_if_modified(|asked| {
            let is_more = self > *asked;
            if is_more {
                *asked = self;
            }
            is_more
        });
    }
}

/// Writes a step, secrets hidden; nothing where that is better left to who is told of it.
pub type WriteStep = Arc<dyn Fn(&StepOutcome) -> Option<Written> + Send + Sync>;

/// Starts a sandbox of a case's own.
pub type LaunchSandbox = Arc<
    dyn Fn() -> Pin<Box<dyn Future<Output = std::io::Result<RunningSandbox>> + Send>> + Send + Sync,
>;

/// A sandbox that runs until this is dropped.
pub struct RunningSandbox {
    /// Its origin: `http://127.0.0.1:1234`.
    pub origin: String,
    /// How far its clock, which runs, is ahead of ours.
    pub ahead: Duration,
    /// What keeps it running.
    pub keep: Box<dyn Any + Send>,
}

/// How a driven browser gets its pages.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Whether they are opened although their certificates are not trusted.
    pub trust_anyone: bool,
    /// The file of certificates in PEM by which they are trusted too, as the project file names it.
    pub ca: Option<Text>,
    /// Where names of hosts lead to; port 0 stands for the URL's own.
    pub resolve: Vec<(String, SocketAddr)>,
}

/// Starts a browser that can be driven.
pub type LaunchBrowser = Arc<
    dyn Fn() -> Pin<Box<dyn Future<Output = Result<RunningBrowser, String>> + Send>> + Send + Sync,
>;

/// A browser that speaks the protocol of Chrome's developer tools, messages ending with a zero byte. It ends when
/// nobody holds the end of `commands` any more.
pub struct RunningBrowser {
    /// What it was started as.
    pub name: String,
    /// What it says.
    pub answers: Box<dyn AsyncRead + Send + Unpin>,
    /// What it is told.
    pub commands: Box<dyn AsyncWrite + Send + Unpin>,
    /// The program. It is killed when this is dropped.
    pub process: Box<dyn BrowserProcess>,
}

/// A browser's program.
pub trait BrowserProcess: Send + Sync {
    /// What it said last, for when it does not start.
    fn last_words(&self) -> Vec<String>;

    /// Waits for its end, helps where it does not come, and removes what it leaves behind.
    fn end(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Runs every case of a plan. Each event is handed to `on_event` as it happens; the outcome has
/// the cases in the plan's order.
///
/// # Panics
///
/// If a case panicked: a bug of ours must not pass for a case that went missing.
pub async fn run(plan: Arc<Plan>, settings: Settings, on_event: impl FnMut(&Event)) -> RunOutcome {
    schedule::run(plan, settings, on_event).await
}

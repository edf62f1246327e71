//! `browser` steps: an installed browser, driven. One for the whole run, started when a step first needs it; each case
//! has a tab with cookies of its own.

mod asker;
mod connection;
mod courier;
mod driver;
mod evidence;
mod expect;
mod place;
mod screens;
mod tab;

use serde_json::json;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::case::{Case, Frame};
use super::limits::Cut;
use super::record::{Record, hide_url};
use super::request::{from_render, time};
use super::{BrowserProcess, LaunchBrowser, Pages, ProjectFiles};
use crate::model::duration;
use crate::model::files::Files as _;
use crate::model::outcome::{Failure, FailureKind, PageSeen};
use crate::model::plan::{BrowserAction, Step};
use crate::model::source::Span;
use connection::Connection;
use courier::Courier;
use driver::Driver;
use evidence::Album;
pub(super) use tab::Tab;
use tab::{PageSight, Trust};

/// How long a step may take that does not say it.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a browser may take to start.
const START: Duration = Duration::from_secs(30);
/// How much longer than the step a browser may take to answer, before it is taken to hang.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a picture of a failure may take.
const PICTURE: Duration = Duration::from_secs(5);
/// How much of a page's text is shown with a failure.
const EXCERPT: usize = 300;

/// The browser of a run.
pub(super) struct Browsers {
    launch: Option<LaunchBrowser>,
    running: Mutex<Option<Running>>,
    /// What gets its pages, once a tab needs it.
    courier: OnceLock<Result<Arc<Courier>, String>>,
}

struct Running {
    connection: Arc<Connection>,
    process: Box<dyn BrowserProcess>,
}

impl Browsers {
    pub(super) fn new(launch: Option<LaunchBrowser>) -> Self {
        Browsers {
            launch,
            running: Mutex::default(),
            courier: OnceLock::new(),
        }
    }

    /// The browser, started now if it does not run; one that has ended is replaced.
    async fn get(&self) -> Result<Arc<Connection>, String> {
        let mut running = self.running.lock().await;
        match running.take() {
            Some(known) if !known.connection.has_ended() => {
                let connection = Arc::clone(&known.connection);
                *running = Some(known);
                return Ok(connection);
            }
            Some(ended) => ended.process.end().await,
            None => {}
        }
        let Some(launch) = &self.launch else {
            return Err("there is no browser in this program".into());
        };
        let (connection, process) = connection::speak(launch().await?);
        let greeting = connection.call(None, "Browser.getVersion", json!({}));
        let why = match timeout(START, greeting).await {
            Ok(Ok(_)) => {
                let connection = Arc::new(connection);
                *running = Some(Running {
                    connection: Arc::clone(&connection),
                    process,
                });
                return Ok(connection);
            }
            Ok(Err(why)) => why,
            Err(_) => format!("it did not answer within {}", duration::display(START)),
        };
        let mut message = format!("`{}` did not start: {why}", connection.name);
        for word in process.last_words() {
            message.push_str(&format!("\n{word}"));
        }
        drop(connection);
        process.end().await;
        Err(message)
    }

    /// Ends the browser, if it runs.
    pub(super) async fn close(&self) {
        if let Some(Running {
            connection,
            process,
        }) = self.running.lock().await.take()
        {
            connection.tell(None, "Browser.close", json!({}));
            drop(connection);
            process.end().await;
        }
    }
}

impl Case<'_> {
    /// Does a step's actions in the case's tab.
    pub(super) async fn browse(
        &mut self,
        step: &Step,
        actions: &[BrowserAction],
        frame: &Frame,
        record: &mut Record,
    ) -> Result<(), Cut> {
        record.summary = "browser".into();
        let limit = match &step.time_limit {
            None => LIMIT,
            Some(limit) => match time(limit, &self.run.plan.engine, &frame.scope) {
                Ok(limit) => limit,
                Err(error) => {
                    record.failures.push(from_render(error, step.span));
                    return Ok(());
                }
            },
        };
        if !self.has_tab() {
            match self.limits.bound(self.open_tab()).await? {
                Ok(tab) => self.tab = Some(tab),
                Err(why) => {
                    record.failures.push(no_browser(step.span, &why));
                    return Ok(());
                }
            }
        }
        let Some(tab) = &self.tab else {
            return Ok(());
        };
        let label = self.secrets.hide(&frame.label(step));
        let album = self.album(&label);
        let mut driver = Driver {
            tab,
            engine: &self.run.plan.engine,
            scope: &frame.scope,
            base: &self.base,
            guard: &self.guard,
            secrets: &self.secrets,
            album: &album,
            deadline: Instant::now() + limit,
            limit,
            seen: Vec::new(),
            done: 0,
            doing: None,
        };
        let latest = driver.deadline + ANSWER;
        let ended = self
            .limits
            .bound(timeout_at(latest, driver.actions(actions)))
            .await?;
        let Driver {
            seen, done, doing, ..
        } = driver;
        record.pages.extend(seen);
        let failures = match ended {
            Ok(Ok(())) => Vec::new(),
            Ok(Err(failures)) => failures,
            Err(_) => {
                let (span, what) = doing.unwrap_or((step.span, "browser".into()));
                let message = format!("{what}: the page does not answer");
                vec![Failure::new(FailureKind::Timeout, Some(span), message)]
            }
        };
        let actions = if done == 1 { "action" } else { "actions" };
        record.summary = format!("browser did {done} {actions}");
        if failures.is_empty() {
            let page = timeout(ANSWER, tab.ask::<PageSight>(&json!({ "do": "page" }))).await;
            if let Ok(Ok(page)) = page {
                let url = hide_url(&page.url, &self.secrets);
                record.summary = format!("{}, last at {url}", record.summary);
            }
            return Ok(());
        }
        let (failures, seen) = self.tell_of_page(&album, failures).await;
        record.pages.extend(seen);
        record.failures.extend(failures);
        Ok(())
    }

    /// Adds what the page shows to the failures of a step that was ended from outside, and keeps a picture of it.
    pub(super) async fn witness(&self, label: &str, failures: Vec<Failure>, record: &mut Record) {
        let album = self.album(&self.secrets.hide(label));
        let (failures, seen) = self.tell_of_page(&album, failures).await;
        record.pages.extend(seen);
        record.failures.extend(failures);
    }

    /// Adds what the page shows instead to the first failure, and keeps a picture of it.
    async fn tell_of_page(
        &self,
        album: &Album,
        mut failures: Vec<Failure>,
    ) -> (Vec<Failure>, Option<PageSeen>) {
        let (Some(tab), Some(first)) = (&self.tab, failures.first_mut()) else {
            return (failures, None);
        };
        for dialog in tab.state().dialogs {
            first.notes.push(format!(
                "the page opened a dialog, which was closed: {dialog}"
            ));
        }
        if !tab.is_alive() {
            return (failures, None);
        }
        if let Some(trouble) = tab.state().trouble
            && !first.message.contains(&trouble)
        {
            first.notes.push(format!("a page did not come: {trouble}"));
        }
        let page = timeout(ANSWER, tab.ask::<PageSight>(&json!({ "do": "page" }))).await;
        if let Ok(Ok(page)) = page {
            // The browser's own page in place of one that did not come has nothing to say that was not said.
            if page.url.starts_with("chrome-error:") || page.url == "about:blank" {
                return (failures, None);
            }
            let url = hide_url(&page.url, &self.secrets);
            first
                .notes
                .push(format!("the page is “{}” at {url}", page.title));
            let shown = excerpt(&page.text);
            if !shown.is_empty() {
                first.notes.push(format!("it shows: {shown}"));
            }
        }
        let kept = timeout(PICTURE, album.keep(tab, &self.secrets, "")).await;
        match kept {
            Ok(Ok(seen)) => (failures, Some(seen)),
            Ok(Err(why)) => {
                first.notes.push(why);
                (failures, None)
            }
            Err(_) => {
                let note = "there is no picture of the page: it does not answer";
                first.notes.push(note.into());
                (failures, None)
            }
        }
    }

    /// Where the pictures of a step are kept.
    fn album(&self, label: &str) -> Album {
        let case = match (&self.about.case, self.about.repetition) {
            (case, None | Some(1)) => case.clone(),
            (case, Some(number)) => {
                let case = case.as_deref().unwrap_or_default();
                Some(format!("{case}-{number}"))
            }
        };
        Album::new(
            &self.run.settings.pictures,
            &self.scenario.stem,
            case.as_deref(),
            label,
        )
    }

    fn has_tab(&self) -> bool {
        self.tab.as_ref().is_some_and(Tab::is_alive)
    }

    async fn open_tab(&self) -> Result<Tab, String> {
        let browser = self.run.browsers.get().await?;
        let trust = self.trust()?;
        match timeout(START, Tab::open(browser, trust)).await {
            Ok(tab) => tab.map_err(|why| format!("the browser opens no page: {why}")),
            Err(_) => Err("the browser opens no page, and does not say why".into()),
        }
    }
}

impl Case<'_> {
    /// Whose pages a tab of the case opens.
    fn trust(&self) -> Result<Trust, String> {
        let settings = &self.run.settings;
        let ca = match &settings.pages {
            pages if pages.trust_anyone => return Ok(Trust::Anyone),
            Pages { ca: Some(ca), .. } => ca,
            _ => return Ok(Trust::Usual),
        };
        let made = self.run.browsers.courier.get_or_init(|| {
            let files = ProjectFiles::new(settings.root.clone(), Arc::clone(&settings.files));
            let read = files.read(ca.span.file, &ca.value);
            let bytes = read.map_err(|problem| problem.about(&ca.value))?;
            Ok(Arc::new(Courier::new(bytes, &settings.pages.resolve)))
        });
        match made {
            Ok(courier) => Ok(Trust::Brought(Arc::clone(courier))),
            Err(why) => Err(format!("the `ca` of `tls`: {why}")),
        }
    }
}

/// The failure of a browser that is not there, its own words as notes.
fn no_browser(span: Span, why: &str) -> Failure {
    let mut lines = why.lines();
    let message = lines.next().unwrap_or_default();
    let mut failure = Failure::new(FailureKind::Transport, Some(span), message);
    failure.notes = lines.map(str::to_owned).collect();
    failure
}

/// The beginning of a page's text on one line.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

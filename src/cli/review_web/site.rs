//! Requests and answers of a review in a browser.
//!
//! Each form is answered with a redirect to what comes next, so neither a reload nor the back button decides twice.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

use super::desk::{Desk, Done};
use super::item::Item;
use super::pages::{self, Wish, page_of, stop_of};
use super::{guard, say};
use crate::cli::source::Source;
use crate::report::{
    self, Palette, WebFrame, WebNotice, WebNoticeKind, WebOrder, WebTally, WebView, web_policy,
};
use crate::snapshot::agenda::{Answer, Stop};
use crate::snapshot::pending::Listed;

/// The largest form has three short fields.
const LARGEST_FORM: usize = 64 * 1024;
/// Whoever asks while snapshots are compared waits so long before being told to.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is served.
pub(super) struct Site {
    base: String,
    policy: String,
    palette: Palette,
    total: usize,
    compared: AtomicUsize,
    desk: Mutex<Option<Desk>>,
    ready: watch::Sender<bool>,
    ended: Notify,
    is_stopping: Arc<AtomicBool>,
}

impl Site {
    pub(super) fn new(base: String, total: usize, palette: Palette) -> Site {
        Site {
            base,
            policy: web_policy(),
            palette,
            total,
            compared: AtomicUsize::new(0),
            desk: Mutex::new(None),
            ready: watch::Sender::new(false),
            ended: Notify::new(),
            is_stopping: Arc::default(),
        }
    }

    /// Reads and compares everything, on as many processors as there are.
    pub(super) fn compare(
        &self,
        chosen: Vec<Listed>,
        source: Source,
        root: PathBuf,
        folder: PathBuf,
    ) {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let part = chosen.len().div_ceil(workers).max(1);
        let mut parts: Vec<Vec<Listed>> = Vec::new();
        let mut rest = chosen.into_iter().peekable();
        while rest.peek().is_some() {
            parts.push(rest.by_ref().take(part).collect());
        }
        let compare = |part: Vec<Listed>| -> Vec<Item> {
            part.into_iter()
                .filter_map(|listed| {
                    let item = Item::new(listed);
                    self.compared.fetch_add(1, Ordering::Relaxed);
                    item
                })
                .collect()
        };
        let items = std::thread::scope(|scope| {
            let running: Vec<_> = parts
                .into_iter()
                .map(|part| scope.spawn(move || compare(part)))
                .collect();
            running
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .flatten()
                .collect()
        });
        *self.lock() = Some(Desk::new(
            items,
            source,
            root,
            folder,
            Arc::clone(&self.is_stopping),
        ));
        self.ready.send_replace(true);
    }

    /// Waits until the review is over.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Leaves pending what is still to be written, so that the end need not wait for thousands of files.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// What came of it, and whether something could not be written.
    pub(super) fn outcome(&self) -> (WebTally, bool) {
        let none = WebTally {
            total: self.total,
            ..WebTally::default()
        };
        let desk = self.lock();
        desk.as_ref()
            .map_or((none, false), |desk| (desk.tally(), desk.has_failed()))
    }

    /// A request that failed in the middle left the desk as it was: what it holds is changed in whole steps.
    fn lock(&self) -> MutexGuard<'_, Option<Desk>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self, page: &str, wish: &Wish, did: Option<usize>) -> String {
        let did = did.map(|number| number.to_string());
        let more: Vec<(&str, &str)> = did.iter().map(|did| ("did", did.as_str())).collect();
        wish.view.address(&self.base, page, &more)
    }

    fn html(&self, status: StatusCode, html: String) -> Response {
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&self.policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        response
    }

    /// Waits a moment for the desk; a page that says how far it is where that is not enough.
    async fn is_ready(&self) -> bool {
        let mut ready = self.ready.subscribe();
        let ready = ready.wait_for(|is_ready| *is_ready);
        tokio::time::timeout(PATIENCE, ready).await.is_ok()
    }

    fn waiting(&self) -> Response {
        let tally = WebTally {
            total: self.total,
            ..WebTally::default()
        };
        let frame = WebFrame {
            base: &self.base,
            tally,
            notices: &[],
            view: WebView::default(),
        };
        let compared = self.compared.load(Ordering::Relaxed);
        let html = report::web_waiting(&frame, compared, self.total);
        self.html(StatusCode::OK, html)
    }

    /// The last page. The review is over.
    fn end(&self, desk: Option<&Desk>, wish: &Wish, notices: &[WebNotice]) -> Response {
        let tally = desk.map_or(
            WebTally {
                total: self.total,
                ..WebTally::default()
            },
            Desk::tally,
        );
        let frame = WebFrame {
            base: &self.base,
            tally,
            notices,
            view: wish.view,
        };
        let response = self.html(StatusCode::OK, report::web_ended(&frame));
        self.ended.notify_one();
        response
    }

    /// The first question that is open, or what there is instead.
    fn home(&self, desk: &mut Desk, wish: &Wish) -> Response {
        let mut notices = pages::notices(desk, wish);
        if desk.tally().pending() == 0 {
            return self.end(Some(desk), wish, &notices);
        }
        match desk.sequence(wish.view.order).first() {
            Some(stop) => see_other(&self.address(&page_of(*stop), wish, wish.did)),
            None => {
                notices.extend(desk.new_ones());
                let frame = pages::frame(desk, &self.base, &notices, wish.view);
                self.html(StatusCode::OK, report::web_nothing_left(&frame))
            }
        }
    }

    fn show(&self, page: &str, wish: &Wish) -> Response {
        let mut guard = self.lock();
        let Some(desk) = guard.as_mut() else {
            return self.waiting();
        };
        desk.take_up();
        match (page, stop_of(page)) {
            ("", _) => self.home(desk, wish),
            ("list", _) => self.html(StatusCode::OK, pages::list(desk, &self.base, wish)),
            (_, Some(stop)) => match pages::question(desk, &self.base, stop, wish) {
                Some(html) => self.html(StatusCode::OK, html),
                // It was decided on, here or elsewhere.
                None => self.home(desk, wish),
            },
            _ => refused(StatusCode::NOT_FOUND, "there is no such page"),
        }
    }

    fn take(&self, page: &str, wish: &Wish, form: &[u8]) -> Response {
        let mut guard = self.lock();
        if page == "finish" {
            return self.end(guard.as_ref(), wish, &[]);
        }
        let Some(desk) = guard.as_mut() else {
            return self.waiting();
        };
        if page == "again" {
            desk.ask_again();
            return see_other(&self.address("", wish, None));
        }
        let Some(stop) = stop_of(page) else {
            return refused(StatusCode::NOT_FOUND, "there is no such page");
        };
        let Some((answer, seen)) = answer_of(form) else {
            return refused(
                StatusCode::BAD_REQUEST,
                "an answer is `accept`, `reject` or `skip`, to what was seen",
            );
        };
        self.answered(desk, stop, answer, &seen, wish)
    }

    fn answered(
        &self,
        desk: &mut Desk,
        stop: Stop,
        answer: Answer,
        seen: &str,
        wish: &Wish,
    ) -> Response {
        let Done { number, next } = desk.answer(stop, answer, seen, wish.view.order);
        self.tell(desk.notices(number));
        // The last is not the last where a run has left others.
        desk.take_up();
        if desk.tally().pending() == 0 {
            let notices = desk.notices(number).to_vec();
            return self.end(Some(desk), wish, &notices);
        }
        let page = next.map_or_else(String::new, page_of);
        see_other(&self.address(&page, wish, Some(number)))
    }

    /// Says in the terminal what was done in the browser.
    fn tell(&self, notices: &[WebNotice]) {
        let mut text = String::new();
        for notice in notices {
            let style = match notice.kind {
                WebNoticeKind::Done => self.palette.good,
                WebNoticeKind::Trouble => self.palette.warn,
            };
            let shown = report::visible_line(&notice.text);
            text.push_str(&format!("{style}{shown}{style:#}\n"));
            for line in &notice.details {
                text.push_str(&format!("  {}\n", report::visible_line(line)));
            }
        }
        // The decision is on disk, whether or not somebody reads along.
        let _ = say(&text);
    }
}

/// Answers a request.
pub(super) async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let mut response = respond(site, request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        // Not `no-referrer`, with which browsers do not say where a form comes from.
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn respond(site: Arc<Site>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(page) = guard::behind_base(parts.uri.path(), &site.base).map(str::to_owned) else {
        return refused(
            StatusCode::NOT_FOUND,
            "open the whole address that the terminal shows",
        );
    };
    if !guard::is_to_us(&parts.headers) {
        return refused(
            StatusCode::FORBIDDEN,
            "the review is reached by this machine's own name only",
        );
    }
    let wish = wish(parts.uri.query().unwrap_or_default());
    let is_form = parts.method == Method::POST;
    if is_form && !guard::is_from_us(&parts.headers) {
        return refused(StatusCode::FORBIDDEN, "the form is of another site");
    }
    if !is_form && parts.method != Method::GET && parts.method != Method::HEAD {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "pages are read or answered");
    }
    let Ok(form) = axum::body::to_bytes(body, LARGEST_FORM).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "no form is that large");
    };
    if page != "finish" && !site.is_ready().await {
        return site.waiting();
    }
    let done = tokio::task::spawn_blocking(move || {
        if is_form {
            site.take(&page, &wish, &form)
        } else {
            site.show(&page, &wish)
        }
    });
    done.await.unwrap_or_else(|_| {
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "this page cannot be made; the others can",
        )
    })
}

/// What an address asks for; what it does not say, or says wrongly, is as usual.
fn wish(query: &str) -> Wish {
    let mut wish = Wish::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "beside" => wish.view.is_beside = value == "1",
            "by" if value == WebOrder::Scenario.name() => wish.view.order = WebOrder::Scenario,
            "full" => wish.is_full = value == "1",
            "from" => wish.from = value.parse().unwrap_or(0),
            "page" => wish.part = value.parse().ok(),
            "did" => wish.did = value.parse().ok(),
            _ => {}
        }
    }
    wish
}

fn answer_of(form: &[u8]) -> Option<(Answer, String)> {
    let (mut answer, mut seen) = (None, None);
    for (name, value) in url::form_urlencoded::parse(form) {
        match (name.as_ref(), value.as_ref()) {
            ("answer", "accept") => answer = Some(Answer::Accept),
            ("answer", "reject") => answer = Some(Answer::Reject),
            ("answer", "skip") => answer = Some(Answer::Skip),
            ("seen", text) => seen = Some(text.to_owned()),
            _ => {}
        }
    }
    Some((answer?, seen?))
}

fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Addresses are made of known words and numbers.
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, address);
    }
    response
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, format!("{why}\n")).into_response()
}

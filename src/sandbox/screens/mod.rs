//! The pages for people: a consent's or a collection's, where its customer answers it, and `/_sandbox`, which shows what goes on.
//!
//! All of it is HTML made here, without scripts and with nothing from outside. Each form that is sent is answered with
//! a redirect to the page that comes next, so neither a reload nor the back button sends anything twice; a form that
//! is sent again when the visit has gone on leads to where the visit is.

mod accounts;
mod answer;
mod closed;
mod done;
mod form;
mod link;
mod overview;
mod page;
mod reasons;
mod redirect;
mod request;
mod sign_in;
mod step;
mod terms;
pub(crate) mod visit;
mod wants;
mod words;

use std::convert::Infallible;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{any, get, post};

use super::decision::{Asked, asked};
use super::domain::consent::ConsentStatus;
use super::domain::moment::Moment;
use super::gateway::{Gateway, World};
use form::Form;
use page::{Page, Problem, see_other};
use step::Step;
use visit::{Visit, cookie, token_of};

/// The consent pages.
pub(crate) fn consent_pages() -> Router<Gateway> {
    Router::new()
        .route("/v2/consents/webview/{id}", get(show).post(take))
        .route("/v2/consents/webview/{id}/{step}", get(show).post(take))
        .route("/v2/consents/webview/{id}/{step}/{*rest}", any(no_page))
        .method_not_allowed_fallback(wrong_method)
}

/// The page of the whole sandbox, which is part of its control interface.
pub(crate) fn overview_page() -> Router<Gateway> {
    Router::new()
        .route("/_sandbox", get(overview::show))
        .route("/_sandbox/page/clock", post(overview::move_clock))
}

/// What a consent page is made from.
struct Scene<'a> {
    world: &'a World,
    /// The consent's, or the collection's.
    id: &'a str,
    first: Asked<'a>,
    /// What else a collection asks for.
    others: Vec<Asked<'a>>,
    /// Who asks: the client's id, because the gateway knows no other name of it.
    client: &'a str,
    now: Moment,
}

impl<'a> Scene<'a> {
    /// What is asked for, in the collection's order.
    fn requests(&self) -> impl Iterator<Item = &Asked<'a>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    fn asks_for_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// Whether all of it can still be answered.
    fn is_open(&self) -> bool {
        self.requests()
            .all(|asked| asked.consent.status(self.now).is_open())
    }

    fn was_cancelled(&self) -> bool {
        self.is_open() && self.requests().all(|asked| asked.consent.reason.is_some())
    }

    /// How often the customer has cancelled any of it.
    fn cancellations(&self) -> u64 {
        cancellations(self.requests())
    }

    /// The customer's number, which is the same for all that is asked for.
    fn mobile(&self) -> &'a str {
        &self.first.consent.vua.mobile
    }

    /// `the request`, or `the requests`.
    fn the_request(&self) -> &'static str {
        if self.asks_for_several() {
            "the requests"
        } else {
            "the request"
        }
    }

    /// The aggregator whose page it would be, if the customer has one already.
    fn aggregator(&self) -> Option<&str> {
        let consent = self.first.consent;
        let has_one = consent.status(self.now) != ConsentStatus::Initiated;
        has_one.then_some(consent.vua.handle.as_str())
    }
}

fn cancellations<'a>(asked: impl Iterator<Item = &'a Asked<'a>>) -> u64 {
    asked.map(|asked| asked.consent.cancellations).sum()
}

/// Where a form leads.
enum Next {
    Go(Step),
    /// To the visit's next page, or to the first if there is none.
    On,
    /// A visit begins, with this token.
    Begin(String),
    /// The same page again, with what is wrong.
    Again(Problem),
    /// There were too many wrong codes, and the visit is over.
    TooManyTries,
}

/// The consent and the page that a path names.
struct PagePath {
    id: String,
    step: Option<Step>,
}

impl<S: Send + Sync> FromRequestParts<S> for PagePath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PagePath, Infallible> {
        let path: Result<Path<Vec<String>>, _> = Path::from_request_parts(parts, state).await;
        let mut segments = path
            .map(|Path(segments)| segments)
            .unwrap_or_default()
            .into_iter();
        Ok(PagePath {
            id: segments.next().unwrap_or_default(),
            step: match segments.next() {
                None => Some(Step::Mobile),
                Some(name) => Step::named(&name),
            },
        })
    }
}

async fn show(State(gateway): State<Gateway>, path: PagePath, headers: HeaderMap) -> Response {
    let world = gateway.world();
    let Some(scene) = scene(&world, &path.id, &gateway) else {
        return closed::unknown();
    };
    let Some(step) = path.step else {
        return closed::no_page();
    };
    let visit = visit_of(&world, &path.id, &headers);
    match refused(&scene, step, visit) {
        Some(Refused::Elsewhere(step)) => see_other(&step.path(&path.id)),
        Some(Refused::Page(response)) => response,
        None => rendered(&scene, step, visit, None),
    }
}

async fn take(
    State(gateway): State<Gateway>,
    path: PagePath,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut world = gateway.world();
    let id = path.id.as_str();
    let Some(before) = scene(&world, id, &gateway) else {
        return closed::unknown();
    };
    let Some(step) = path.step.filter(|step| step.has_form()) else {
        return closed::no_page();
    };
    if form::is_foreign(&headers) {
        return closed::foreign();
    }
    if !before.is_open() {
        return see_other(&Step::Done.path(id));
    }
    let visit = visit_of(&world, id, &headers);
    match refused(&before, step, visit) {
        Some(Refused::Elsewhere(step)) => return see_other(&step.path(id)),
        Some(Refused::Page(response)) => return response,
        None => {}
    }
    let form = Form::read(&body);
    let next = match step {
        Step::Mobile => sign_in::take_mobile(&mut world, id, &form),
        Step::Otp => sign_in::take_otp(&mut world, id, &form),
        Step::Request => request::take(&mut world, id),
        Step::Fips => accounts::take_fips(&mut world, id, &form),
        Step::Accounts => accounts::take_accounts(&mut world, id, &form),
        Step::Link => link::take(&mut world, id, &form),
        Step::Review => answer::approve(&mut world, id, &form),
        Step::Reject => reasons::reject(&mut world, id, &form),
        Step::Cancel => reasons::cancel(&mut world, id, &form),
        Step::Done => Next::Go(Step::Done),
    };
    match next {
        Next::Go(step) => see_other(&step.path(id)),
        Next::On => {
            let step = world.visits.get(id).map_or(Step::Mobile, Visit::next);
            see_other(&step.path(id))
        }
        Next::Begin(token) => cookie(see_other(&Step::Otp.path(id)), id, &token),
        Next::Again(problem) => {
            let Some(scene) = scene(&world, id, &gateway) else {
                return closed::unknown();
            };
            rendered(&scene, step, world.visits.get(id), Some(&problem))
        }
        Next::TooManyTries => closed::too_many_tries(id),
    }
}

/// None if there is no consent and no collection of this id.
fn scene<'a>(world: &'a World, id: &'a str, gateway: &'a Gateway) -> Option<Scene<'a>> {
    let mut asked = asked(world, id).into_iter();
    Some(Scene {
        world,
        id,
        first: asked.next()?,
        others: asked.collect(),
        client: &gateway.options().client_id,
        now: world.now(),
    })
}

/// The visit that a request belongs to.
fn visit_of<'a>(world: &'a World, id: &str, headers: &HeaderMap) -> Option<&'a Visit> {
    let token = token_of(headers)?;
    world.visits.get(id).filter(|visit| visit.token == token)
}

/// Why a page cannot be shown.
enum Refused {
    Elsewhere(Step),
    Page(Response),
}

fn refused(scene: &Scene<'_>, step: Step, visit: Option<&Visit>) -> Option<Refused> {
    match (step, visit) {
        (Step::Done, _) if scene.was_cancelled() || !scene.is_open() => None,
        (Step::Done, _) => Some(Refused::Elsewhere(Step::Mobile)),
        _ if !scene.is_open() && scene.asks_for_several() => Some(Refused::Elsewhere(Step::Done)),
        _ if !scene.is_open() => Some(Refused::Page(closed::answered(scene))),
        (Step::Mobile | Step::Cancel, _) => None,
        (_, None) => Some(Refused::Page(closed::no_visit(scene.id))),
        (_, Some(visit)) if visit.may_see(step) => None,
        (_, Some(visit)) => Some(Refused::Elsewhere(visit.next())),
    }
}

fn rendered(
    scene: &Scene<'_>,
    step: Step,
    visit: Option<&Visit>,
    problem: Option<&Problem>,
) -> Response {
    let page = match (step, visit) {
        (Step::Mobile, _) => sign_in::mobile_page(scene, problem),
        (Step::Cancel, _) => reasons::cancel_page(scene, problem),
        (Step::Done, _) => return done::page(scene),
        (_, None) => return closed::no_visit(scene.id),
        (Step::Otp, Some(visit)) => sign_in::otp_page(scene, visit, problem),
        (Step::Request, Some(_)) => request::page(scene),
        (Step::Fips, Some(visit)) => accounts::fips_page(scene, visit, problem),
        (Step::Accounts, Some(visit)) => accounts::accounts_page(scene, visit, problem),
        (Step::Link, Some(visit)) => link::page(scene, visit, problem),
        (Step::Review, Some(visit)) => answer::review_page(scene, visit),
        (Step::Reject, Some(visit)) => reasons::reject_page(scene, visit, problem),
    };
    page.respond(Problem::status(problem))
}

async fn no_page() -> Response {
    closed::no_page()
}

async fn wrong_method() -> Response {
    Page::new("That cannot be done here")
        .body(maud::html! { p { "This page takes other methods." } })
        .respond(StatusCode::METHOD_NOT_ALLOWED)
}

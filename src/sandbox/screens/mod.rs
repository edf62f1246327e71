//! The pages for people: a consent's, where its customer answers it, and `/_sandbox`, which shows what goes on.
//!
//! All of it is HTML made here, without scripts and with nothing from outside. Each form that is sent is answered with
//! a redirect to the page that comes next, so neither a reload nor the back button sends anything twice; a form that
//! is sent again when the visit has gone on leads to where the visit is.

mod accounts;
mod answer;
mod closed;
mod collection;
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
mod words;

use std::convert::Infallible;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{any, get, post};

use super::domain::consent::{Consent, ConsentStatus};
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
    consent: &'a Consent,
    /// Who asks: the client's id, because the gateway knows no other name of it.
    client: &'a str,
    now: Moment,
}

impl Scene<'_> {
    fn is_open(&self) -> bool {
        self.consent.status(self.now).is_open()
    }

    /// The aggregator whose page it would be, if the customer has one already.
    fn aggregator(&self) -> Option<&str> {
        let has_one = self.consent.status(self.now) != ConsentStatus::Initiated;
        has_one.then_some(self.consent.vua.handle.as_str())
    }
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
    let Some(consent) = world.consents.get(&path.id) else {
        return match path.step {
            Some(Step::Mobile) => collection::show(&world, &path.id, &gateway),
            _ => closed::unknown(),
        };
    };
    let Some(step) = path.step else {
        return closed::no_page();
    };
    let scene = scene(&world, consent, &gateway);
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
    let (id, now) = (path.id.as_str(), world.now());
    let Some(consent) = world.consents.get(id) else {
        return match path.step {
            Some(Step::Mobile) if form::is_foreign(&headers) => closed::foreign(),
            Some(Step::Mobile) => collection::take(&mut world, id, &gateway, &Form::read(&body)),
            _ => closed::unknown(),
        };
    };
    let Some(step) = path.step.filter(|step| step.has_form()) else {
        return closed::no_page();
    };
    if form::is_foreign(&headers) {
        return closed::foreign();
    }
    if !consent.status(now).is_open() {
        return see_other(&Step::Done.path(id));
    }
    let visit = visit_of(&world, id, &headers);
    match refused(&scene(&world, consent, &gateway), step, visit) {
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
        Step::Review => answer::approve(&mut world, id),
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
            let Some(consent) = world.consents.get(id) else {
                return closed::unknown();
            };
            let scene = scene(&world, consent, &gateway);
            rendered(&scene, step, world.visits.get(id), Some(&problem))
        }
        Next::TooManyTries => closed::too_many_tries(id),
    }
}

fn scene<'a>(world: &'a World, consent: &'a Consent, gateway: &'a Gateway) -> Scene<'a> {
    Scene {
        world,
        consent,
        client: &gateway.options().client_id,
        now: world.now(),
    }
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
    let was_cancelled = scene.is_open() && scene.consent.reason.is_some();
    match (step, visit) {
        (Step::Done, _) if was_cancelled || !scene.is_open() => None,
        (Step::Done, _) => Some(Refused::Elsewhere(Step::Mobile)),
        _ if !scene.is_open() => Some(Refused::Page(closed::answered(scene))),
        (Step::Mobile | Step::Cancel, _) => None,
        (_, None) => Some(Refused::Page(closed::no_visit(&scene.consent.id))),
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
        (Step::Done, _) => return answer::done(scene),
        (_, None) => return closed::no_visit(&scene.consent.id),
        (Step::Otp, Some(visit)) => sign_in::otp_page(scene, visit, problem),
        (Step::Request, Some(visit)) => request::page(scene, visit),
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

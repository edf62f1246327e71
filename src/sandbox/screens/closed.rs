//! Pages for links that lead to nothing, or to nothing any more.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::page::Page;
use super::step::Step;
use super::{Scene, words};
use crate::sandbox::domain::consent::ConsentStatus;

pub(super) fn unknown() -> Response {
    Page::new("There is no such request")
        .body(html! {
            p { "This link leads to no consent request. It may have been copied in part, or the sandbox has been started or set up anew since: it keeps everything in memory." }
        })
        .respond(StatusCode::NOT_FOUND)
}

pub(super) fn no_page() -> Response {
    Page::new("There is no such page")
        .body(html! { p { "A consent request has no page of this name." } })
        .respond(StatusCode::NOT_FOUND)
}

/// A consent that can no longer be answered.
pub(super) fn answered(scene: &Scene<'_>) -> Response {
    let consent = scene.first.consent;
    let status = consent.status(scene.now);
    let title = match status {
        ConsentStatus::Expired => "This request has expired",
        ConsentStatus::Revoked => "This consent has been revoked",
        _ => "This request has been answered",
    };
    let answer = match status {
        ConsentStatus::Active => "It was approved.",
        ConsentStatus::Paused => "It was approved, and is paused.",
        ConsentStatus::Rejected => "It was rejected.",
        ConsentStatus::Failed => "No accounts were found.",
        ConsentStatus::Revoked => "Nothing more is shared.",
        ConsentStatus::Initiated | ConsentStatus::Pending | ConsentStatus::Expired => {
            "It can no longer be answered, and nothing more is shared."
        }
    };
    let is_fresh = matches!(
        status,
        ConsentStatus::Active | ConsentStatus::Rejected | ConsentStatus::Failed
    );
    Page::new(title)
        .aggregator(scene.aggregator())
        .body(html! {
            p { (answer) " The request was made by " b { (scene.client) } "." }
            @if status == ConsentStatus::Expired {
                p { "It was good until " (words::time(consent.terms.expiry)) "." }
            }
            @if is_fresh {
                p { a href=(Step::Done.path(scene.id)) { "See what came of it" } }
            }
        })
        .respond(StatusCode::GONE)
}

/// A page that takes signing in first.
pub(super) fn no_visit(id: &str) -> Response {
    Page::new("Please sign in again")
        .body(html! {
            p { "You are not signed in here, or not any more. That is so after too many wrong codes, if somebody signed in for the same request elsewhere, or if your browser keeps no cookies." }
            div.buttons { a.button href=(Step::Mobile.path(id)) { "Sign in" } }
        })
        .respond(StatusCode::FORBIDDEN)
}

pub(super) fn too_many_tries(id: &str) -> Response {
    Page::new("Too many wrong codes")
        .body(html! {
            p { "Nothing was shared. You can begin again with your mobile number." }
            div.buttons { a.button href=(Step::Mobile.path(id)) { "Begin again" } }
        })
        .respond(StatusCode::FORBIDDEN)
}

/// A form that another site's page sent.
pub(super) fn foreign() -> Response {
    Page::new("That form came from elsewhere")
        .body(html! { p { "These pages take only their own forms." } })
        .respond(StatusCode::FORBIDDEN)
}

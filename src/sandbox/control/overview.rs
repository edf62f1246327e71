//! A page for people: what the sandbox has been asked and how everything stands.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::sandbox::domain::consent::Consent;
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::gateway::{Gateway, OpenSession, World};
use crate::sandbox::html::{escaped, page};

/// How many of each kind the page lists.
const LISTED: usize = 100;

pub(super) async fn show(State(gateway): State<Gateway>) -> Response {
    let world = gateway.world();
    let now = world.now();
    let clock = if world.clock.is_fixed() {
        "fixed"
    } else {
        "running"
    };
    let consents = world
        .consents
        .newest_first()
        .map(|consent| consent_line(consent, now));
    let sessions = world
        .sessions
        .newest_first()
        .map(|open| session_line(open, now));
    let body = format!(
        "<p>The clock says {now} and is {clock}.</p>\n<h2>Consents</h2>\n{}<h2>Sessions</h2>\n{}<h2>Notifications</h2>\n{}<h2>Requests</h2>\n{}",
        list(consents),
        list(sessions),
        list(notification_lines(&world)),
        list(request_lines(&world)),
    );
    page(StatusCode::OK, "Sandbox", &body)
}

fn consent_line(consent: &Consent, now: Moment) -> String {
    let history: Vec<String> = consent
        .history()
        .map(|(at, status)| format!("{} {at}", status.name()))
        .collect();
    format!(
        "<a href=\"/v2/consents/webview/{id}\">{id}</a> {} {} ({}){}",
        escaped(&consent.vua.to_string()),
        consent.status(now).name(),
        history.join(", "),
        consent
            .reason
            .as_ref()
            .map(|reason| format!(": {}", escaped(reason)))
            .unwrap_or_default(),
        id = consent.id,
    )
}

fn session_line(open: &OpenSession, now: Moment) -> String {
    let session = &open.session;
    let status = session.status(open.asked.elapsed(), now).name();
    format!(
        "{} {status}, of consent {}, asked for {}",
        session.id, session.consent_id, session.created
    )
}

fn notification_lines(world: &World) -> impl Iterator<Item = String> {
    world
        .notices
        .outbox
        .entries()
        .rev()
        .map(|entry| escaped(&entry.line()))
}

fn request_lines(world: &World) -> impl Iterator<Item = String> {
    world
        .journal
        .entries()
        .rev()
        .map(|entry| escaped(&entry.line()))
}

/// A list of lines that are already markup.
fn list(lines: impl Iterator<Item = String>) -> String {
    let items: String = lines
        .take(LISTED)
        .map(|line| format!("<li>{line}</li>\n"))
        .collect();
    if items.is_empty() {
        "<p>None yet.</p>\n".to_owned()
    } else {
        format!("<ul>\n{items}</ul>\n")
    }
}

//! `/_sandbox`: everything that goes on, newest first, and the clock with forms to move it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use serde_json::{Value, json};

use super::form::{Form, is_foreign};
use super::page::{Page, Problem, described_by, field_error, see_other};
use super::step::Step;
use super::{closed, words};
use crate::sandbox::domain::collection::Collection;
use crate::sandbox::domain::consent::{Consent, ConsentStatus};
use crate::sandbox::domain::moment::Moment;
use crate::sandbox::gateway::{Gateway, OpenSession, World};
use crate::sandbox::setup::read_clock_changes;

/// How many of each kind the page lists.
const LISTED: usize = 100;
/// How much of a request the page shows, in characters.
const SHOWN: usize = 4_000;

pub(super) async fn show(State(gateway): State<Gateway>) -> Response {
    overview(&gateway.world(), None).respond(StatusCode::OK)
}

/// Moves the clock as `/_sandbox/clock` does.
pub(super) async fn move_clock(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if is_foreign(&headers) {
        return closed::foreign();
    }
    let form = Form::read(&body);
    let (field, text) = match form.text("set") {
        "" => ("advance", form.text("advance")),
        set => ("set", set),
    };
    let mut world = gateway.world();
    let outcome = read_clock_changes(&json!({ field: text }))
        .map_err(|_| match field {
            "advance" => "Enter how far to move it, such as 30d",
            _ => "Enter a date and time from 1970 to 2200, such as 2025-04-01T00:00:00Z",
        })
        .and_then(|changes| {
            world
                .change(changes)
                .map_err(|_| "The clock ends with the year 2200")
        });
    match outcome {
        Ok(()) => see_other("/_sandbox"),
        Err(text_of_problem) => {
            let problem = Problem {
                field,
                text: text_of_problem.to_owned(),
                entered: text.chars().take(40).collect(),
            };
            overview(&world, Some(&problem)).respond(StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn overview(world: &World, problem: Option<&Problem>) -> Page {
    let now = world.now();
    let consents: Vec<Markup> = world
        .consents
        .newest_first()
        .take(LISTED)
        .map(|consent| consent_item(consent, now))
        .collect();
    let collections: Vec<Markup> = world
        .collections
        .newest_first()
        .take(LISTED)
        .map(|collection| collection_item(world, collection))
        .collect();
    let sessions: Vec<Markup> = world
        .sessions
        .newest_first()
        .take(LISTED)
        .map(|open| session_item(open, now))
        .collect();
    let requests: Vec<Markup> = world
        .journal
        .entries()
        .rev()
        .take(LISTED)
        .map(|entry| line_item(&entry.line(), entry))
        .collect();
    let notifications: Vec<Markup> = world
        .notices
        .outbox
        .entries()
        .rev()
        .take(LISTED)
        .map(|entry| line_item(&entry.line(), entry))
        .collect();
    Page::new("Sandbox")
        .wide()
        .problem(problem)
        .body(html! {
            nav aria-label="Sections" {
                @for (id, title) in [("clock", "Clock"), ("consents", "Consents"), ("collections", "Collections"), ("sessions", "Sessions"), ("notifications", "Notifications"), ("requests", "Requests")] {
                    a href=(format!("#{id}")) { (title) }
                }
                a href="/_sandbox" { "Reload" }
            }
            (clock(world, problem))
            (section("consents", "Consents", &consents))
            (section("collections", "Collections", &collections))
            (section("sessions", "Data sessions", &sessions))
            (section("notifications", "Notifications", &notifications))
            (section("requests", "Requests", &requests))
        })
}

fn clock(world: &World, problem: Option<&Problem>) -> Markup {
    let of = |field: &str| problem.filter(|problem| problem.field == field);
    let (advance, set) = (of("advance"), of("set"));
    html! {
        section #clock aria-labelledby="clock-title" {
            h2 #clock-title { "Clock" }
            p {
                b { time { (world.now()) } } " "
                @if world.clock.is_fixed() { "It stands still, and moves when told." } @else { "It runs as real time does." }
            }
            div.forms {
                form method="post" action="/_sandbox/page/clock" {
                    div.field {
                        label for="advance" { "Move it on by" }
                        p.hint #advance-hint { "Such as " code { "30d" } ", " code { "12h" } " or " code { "1m30s" } "." }
                        (field_error(advance))
                        input #advance name="advance" autocomplete="off" maxlength="40" value=[advance.map(|problem| &problem.entered)]
                            aria-describedby=(described_by("advance", advance)) aria-invalid=[advance.map(|_| "true")];
                    }
                    button type="submit" { "Move on" }
                }
                form method="post" action="/_sandbox/page/clock" {
                    div.field {
                        label for="set" { "Fix it at" }
                        p.hint #set-hint { "Such as " code { "2025-04-01T00:00:00Z" } "." }
                        (field_error(set))
                        input #set name="set" autocomplete="off" maxlength="40" required value=[set.map(|problem| &problem.entered)]
                            aria-describedby=(described_by("set", set)) aria-invalid=[set.map(|_| "true")];
                    }
                    button type="submit" { "Fix" }
                }
            }
        }
    }
}

fn section(id: &str, title: &str, items: &[Markup]) -> Markup {
    let title_id = format!("{id}-title");
    html! {
        section id=(id) aria-labelledby=(title_id) {
            h2 id=(title_id) { (title) }
            @if items.is_empty() {
                p.none { "None yet." }
            } @else {
                ul.items { @for item in items { li { (item) } } }
                @if items.len() == LISTED { p.small { "The newest " (LISTED) "; older ones are not listed." } }
            }
        }
    }
}

fn consent_item(consent: &Consent, now: Moment) -> Markup {
    let status = consent.status(now);
    html! {
        p.line {
            (badge(status.name(), tone(status)))
            a href=(Step::Mobile.path(&consent.id)) { code { (consent.id) } }
            span { (consent.shown_vua()) }
            @if let Some(reason) = &consent.reason { span.note { (reason) } }
        }
        details {
            summary { "History and terms" }
            ol.history {
                @for (at, status) in consent.history() { li { time { (at) } " " (status.name()) } }
                @if status == ConsentStatus::Expired { li { time { (consent.terms.expiry) } " EXPIRED" } }
            }
            dl.terms {
                div { dt { "Good" } dd { (words::how_long(&consent.terms)) } }
                div { dt { "Fetches" } dd { (words::how_often(&consent.terms)) "; " (consent.usage.count) " so far" } }
                div { dt { "Shared" } dd { ul { @for part in words::parts(&consent.terms) { li { (part) } } } } }
                div { dt { "Accounts" } dd {
                    @if consent.accounts.is_empty() { "None" } @else {
                        ul { @for account in &consent.accounts { li { (account.fip_id) ": " (words::account(account)) } } }
                    }
                } }
                div { dt { "Leads to" } dd { code { (consent.redirect_url) } } }
            }
        }
    }
}

/// Consents that are asked for at once, on pages of their own.
fn collection_item(world: &World, collection: &Collection) -> Markup {
    let now = world.now();
    html! {
        p.line { a href=(Step::Mobile.path(&collection.id)) { code { (collection.id) } } }
        ul {
            @for id in collection.consents() {
                li {
                    code { (id) }
                    @match world.consents.get(id) {
                        Some(consent) => { " " (consent.status(now).name()) }
                        None => { " forgotten" }
                    }
                    @if collection.optional.contains(id) { ", optional" }
                }
            }
        }
    }
}

fn session_item(open: &OpenSession, now: Moment) -> Markup {
    let session = &open.session;
    let elapsed = open.asked.elapsed();
    let status = session.status(elapsed, now).name();
    html! {
        p.line {
            (badge(status, if status == "COMPLETED" { "good" } else { "plain" }))
            code { (session.id) }
        }
        details {
            summary { "History and institutions" }
            dl.terms {
                div { dt { "Of consent" } dd { code { (session.consent_id) } } }
                div { dt { "Asked for" } dd { time { (session.created) } } }
                div { dt { "Data" } dd { (session.data_range.from) " to " (session.data_range.to) ", " (name(&session.format)) } }
                @for fip in &session.fips {
                    div { dt { (fip.fip_id) } dd { ul {
                        @for account in &fip.accounts {
                            li { (words::account(account)) ": " (name(&fip.account_status(account, elapsed))) }
                        }
                    } } }
                }
            }
        }
    }
}

/// A line with everything that is known of it behind it.
fn line_item(line: &str, whole: &impl Serialize) -> Markup {
    let text = serde_json::to_string_pretty(whole).unwrap_or_default();
    let shown: String = text.chars().take(SHOWN).collect();
    html! {
        details {
            summary { (line) }
            pre tabindex="0" { (shown) @if shown.len() < text.len() { "\n…" } }
        }
    }
}

fn badge(text: &str, tone: &str) -> Markup {
    html! { span class=(format!("badge {tone}")) { (text) } }
}

fn tone(status: ConsentStatus) -> &'static str {
    match status {
        ConsentStatus::Active => "good",
        ConsentStatus::Initiated | ConsentStatus::Pending | ConsentStatus::Paused => "open",
        _ => "plain",
    }
}

/// A word as the API writes it.
fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

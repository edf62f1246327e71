//! What is asked for, before the customer chooses anything.

use maud::{Markup, html};

use super::page::Page;
use super::step::Step;
use super::terms::terms;
use super::{Next, Scene};
use crate::sandbox::decision::Asked;
use crate::sandbox::gateway::World;

pub(super) fn page(scene: &Scene<'_>) -> Page {
    let id = scene.id;
    Page::new("What is asked of you")
        .aggregator(scene.aggregator())
        .step(Step::Request)
        .body(html! {
            (together(scene))
            @for (number, asked) in scene.requests().enumerate() {
                @if scene.asks_for_several() { (heading(number, asked)) }
                (terms(scene.client, asked.consent))
            }
            p { "Nothing is shared before you approve it at the end." }
            form method="post" action=(Step::Request.path(id)) {
                div.buttons {
                    button type="submit" { "Continue" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

/// That there are several requests, and what can be left out of them.
fn together(scene: &Scene<'_>) -> Markup {
    let has_optional = scene.requests().any(|asked| asked.is_optional);
    html! {
        @if scene.asks_for_several() {
            p {
                b { (scene.client) } " asks for " (scene.requests().count()) " consents, which you answer together. "
                @if has_optional { "You can leave out the optional one." }
                @else { "Both must be given: you can approve both or neither." }
            }
        }
    }
}

/// The heading of one of several requests.
pub(super) fn heading(number: usize, asked: &Asked<'_>) -> Markup {
    let (word, is_open) = if asked.is_optional {
        ("Optional", false)
    } else {
        ("Must be given", true)
    };
    html! {
        h2.line { (name(number)) " " span.badge.open[is_open] { (word) } }
    }
}

/// What one of several requests is called, by its place from 0.
pub(super) fn name(number: usize) -> String {
    format!("Request {}", number + 1)
}

pub(super) fn take(world: &mut World, id: &str) -> Next {
    if let Some(visit) = world.visits.get_mut(id) {
        visit.mark_read();
    }
    Next::On
}

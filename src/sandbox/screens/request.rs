//! The request, before the customer chooses anything.

use maud::html;

use super::page::Page;
use super::step::Step;
use super::terms::terms;
use super::visit::Visit;
use super::{Next, Scene};
use crate::sandbox::gateway::World;

pub(super) fn page(scene: &Scene<'_>, _visit: &Visit) -> Page {
    let id = &scene.consent.id;
    Page::new("What is asked of you")
        .aggregator(scene.aggregator())
        .step(Step::Request)
        .body(html! {
            (terms(scene))
            p { "Nothing is shared before you approve it at the end." }
            form method="post" action=(Step::Request.path(id)) {
                div.buttons {
                    button type="submit" { "Continue" }
                    a.second href=(Step::Reject.path(id)) { "Reject" }
                }
            }
        })
}

pub(super) fn take(world: &mut World, id: &str) -> Next {
    if let Some(visit) = world.visits.get_mut(id) {
        visit.mark_read();
    }
    Next::On
}

//! What is reviewed, by change or by scenario.

use maud::{Markup, html};

use super::frame::{Parts, key, page};
use super::{WebEntry, WebFrame, WebList, WebOrder, WebState, WebView};
use crate::report::text::visible_line;

/// The page of the list.
pub fn list(frame: &WebFrame<'_>, list: &WebList) -> String {
    let main = html! {
        div.head {
            h1 { "What is reviewed" }
            a.button data-key="j" aria-keyshortcuts="j" href=(frame.view.address(frame.base, "", &[])) {
                "Go on" (key('j'))
            }
        }
        (contents(frame, list))
    };
    let parts = Parts {
        title: "What is reviewed",
        aside: None,
        main,
        bar: None,
        is_going_on: true,
        again_after: None,
    };
    page(frame, parts)
}

/// The list beside a page.
pub(super) fn aside(frame: &WebFrame<'_>, list: &WebList) -> Markup {
    html! {
        aside aria-label="What is reviewed" { (contents(frame, list)) }
    }
}

fn contents(frame: &WebFrame<'_>, list: &WebList) -> Markup {
    html! {
        nav.orders aria-label="Sorted by" {
            @for (order, words) in [(WebOrder::Change, "By change"), (WebOrder::Scenario, "By scenario")] {
                @let view = WebView { order, ..frame.view };
                a href=(view.address(frame.base, "list", &[]))
                    aria-current=[(order == frame.view.order).then_some("true")] { (words) }
            }
        }
        @if list.entries.is_empty() {
            p.hint { "Nothing is left to decide." }
        }
        @for group in groups(&list.entries) {
            @if let Some(first) = group.first() {
                h2.group { (visible_line(&first.heading)) }
                ul.entries { @for entry in group { li { (line(frame, entry)) } } }
            }
        }
        (pager(frame, list))
    }
}

/// Entries under the same heading stand together.
fn groups(entries: &[WebEntry]) -> impl Iterator<Item = &[WebEntry]> {
    entries.chunk_by(|left, right| left.heading == right.heading)
}

fn line(frame: &WebFrame<'_>, entry: &WebEntry) -> Markup {
    let state = entry.state.word();
    let inside = html! {
        span.title { (visible_line(&entry.title)) }
        " "
        span.note { (visible_line(&entry.note)) }
        @if entry.state != WebState::Open {
            " " span class=(format!("state {}", state.split(' ').next().unwrap_or_default())) { (state) }
        }
    };
    html! {
        @if let Some(page) = &entry.page {
            a.entry href=(frame.view.address(frame.base, page, &[]))
                aria-current=[entry.is_current.then_some("page")] { (inside) }
        } @else {
            span.entry { (inside) }
        }
    }
}

fn pager(frame: &WebFrame<'_>, list: &WebList) -> Markup {
    let link = |page: usize, words: &str| {
        let number = page.to_string();
        let address = frame.view.address(frame.base, "list", &[("page", &number)]);
        html! { a href=(address) { (words) } }
    };
    html! {
        @if list.pages > 1 {
            nav.pager aria-label="Parts of the list" {
                @if list.page > 0 { (link(list.page - 1, "Before")) }
                span { "Part " (list.page + 1) " of " (list.pages) }
                @if list.page + 1 < list.pages { (link(list.page + 1, "After")) }
            }
        }
    }
}

//! The pages of a review, as it stands.

use super::desk::Desk;
use super::lists;
use crate::cli::review::context;
use crate::report::{self, ReviewOwner, WebFrame, WebNotice, WebQuestion, WebView};
use crate::snapshot::agenda::{Question, Stop};
use crate::snapshot::marked;

/// What is asked for in an address.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub(super) view: WebView,
    pub(super) is_full: bool,
    pub(super) from: usize,
    pub(super) part: Option<usize>,
    /// What was done before this page.
    pub(super) did: Option<usize>,
}

/// How a stop is called in addresses.
pub(super) fn page_of(stop: Stop) -> String {
    match stop {
        Stop::Shared(number) => format!("change/{number}"),
        Stop::Snapshot(index) => format!("snapshot/{index}"),
    }
}

/// The stop that an address names.
pub(super) fn stop_of(page: &str) -> Option<Stop> {
    let (kind, number) = page.split_once('/')?;
    let number = number.parse().ok()?;
    match kind {
        "change" => Some(Stop::Shared(number)),
        "snapshot" => Some(Stop::Snapshot(number)),
        _ => None,
    }
}

/// What stands around a page.
pub(super) fn frame<'a>(
    desk: &Desk,
    base: &'a str,
    notices: &'a [WebNotice],
    view: WebView,
) -> WebFrame<'a> {
    WebFrame {
        base,
        tally: desk.tally(),
        notices,
        view,
    }
}

/// The page of a question, or none where nothing is left to ask there.
pub(super) fn question(desk: &mut Desk, base: &str, stop: Stop, wish: &Wish) -> Option<String> {
    let (question, news) = desk.question(stop);
    let mut notices = notices(desk, wish);
    notices.extend(news);
    notices.extend(desk.new_ones());
    let question = question?;
    let seen = desk.seen(&question);
    let mut members = question.members.clone();
    // The one with the least else in it shows the change best.
    members.sort_by_key(|member| (member.others, member.index));
    let owners: Vec<ReviewOwner> = members
        .iter()
        .map(|member| {
            let entry = &desk.items[member.index].entry;
            entry.owner(desk.shown(member.index), member.others, member.accepted)
        })
        .collect();
    let first = members.first()?.index;
    let entry = &desk.items[first].entry;
    let mut problem = entry.problem.as_deref().map(|it| desk.shortened(it));
    let rows = match entry.pending.diff_with_context(context(wish.is_full)) {
        Ok(diff) => marked(&diff),
        Err(error) => {
            problem = Some(desk.shortened(&error.to_string()));
            Vec::new()
        }
    };
    let accepted = match stop {
        Stop::Snapshot(index) => desk.agenda.accepted(index).cloned().collect(),
        Stop::Shared(_) => Vec::new(),
    };
    let (previous, next) = around(desk, &question, wish);
    let list = lists::list(desk, wish.view.order, Some(stop), None);
    let frame = frame(desk, base, &notices, wish.view);
    Some(report::web_question(
        &frame,
        &WebQuestion {
            page: &page_of(stop),
            seen: &seen,
            owners: &owners,
            changes: &question.changes,
            accepted: &accepted,
            is_new: entry.is_new,
            is_skipped: members
                .iter()
                .all(|member| desk.items[member.index].state == report::WebState::Skipped),
            problem: problem.as_deref(),
            rows: &rows,
            is_full: wish.is_full,
            from: wish.from,
            previous: previous.as_deref(),
            next: next.as_deref(),
            list: &list,
        },
    ))
}

/// The pages before and after, in the order of the list.
fn around(desk: &Desk, question: &Question, wish: &Wish) -> (Option<String>, Option<String>) {
    let sequence = desk.sequence(wish.view.order);
    let (before, after) = match sequence.iter().position(|stop| *stop == question.stop) {
        Some(at) => (&sequence[..at], &sequence[at + 1..]),
        None => (&[][..], &sequence[..]),
    };
    let page = |stop: Option<&Stop>| stop.map(|stop| page_of(*stop));
    (page(before.last()), page(after.first()))
}

/// The page of the list.
pub(super) fn list(desk: &mut Desk, base: &str, wish: &Wish) -> String {
    let list = lists::list(desk, wish.view.order, None, wish.part);
    let mut notices = notices(desk, wish);
    notices.extend(desk.new_ones());
    report::web_list(&frame(desk, base, &notices, wish.view), &list)
}

pub(super) fn notices(desk: &Desk, wish: &Wish) -> Vec<WebNotice> {
    wish.did
        .map_or_else(Vec::new, |number| desk.notices(number).to_vec())
}

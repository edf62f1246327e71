//! The list of what is reviewed, a part at a time.

use super::desk::Desk;
use super::pages::page_of;
use crate::report::{WebEntry, WebList, WebOrder, WebState, plural};
use crate::snapshot::agenda::Stop;

/// So many entries are in a part.
const PART: usize = 100;

/// The part of the list that the current page is in, or that is asked for.
pub(super) fn list(
    desk: &Desk,
    order: WebOrder,
    current: Option<Stop>,
    part: Option<usize>,
) -> WebList {
    let stops = all(desk, order);
    let pages = stops.len().div_ceil(PART);
    let at = stops.iter().position(|stop| Some(*stop) == current);
    let page = part
        .or(at.map(|at| at / PART))
        .unwrap_or(0)
        .min(pages.saturating_sub(1));
    let entries = stops
        .iter()
        .skip(page * PART)
        .take(PART)
        .map(|stop| entry(desk, order, *stop, Some(*stop) == current))
        .collect();
    WebList {
        entries,
        page,
        pages,
    }
}

fn all(desk: &Desk, order: WebOrder) -> Vec<Stop> {
    match order {
        WebOrder::Change => {
            let skipped = |index: &usize| desk.items[*index].state == WebState::Skipped;
            let skipped = (0..desk.items.len()).filter(skipped).map(Stop::Snapshot);
            desk.agenda.stops().into_iter().chain(skipped).collect()
        }
        WebOrder::Scenario => desk
            .by_scenario
            .iter()
            .map(|index| Stop::Snapshot(*index))
            .collect(),
    }
}

fn entry(desk: &Desk, order: WebOrder, stop: Stop, is_current: bool) -> WebEntry {
    match stop {
        Stop::Shared(number) => {
            let question = desk.agenda.question(stop);
            let members = question.map_or(0, |question| question.members.len());
            let changes = desk.agenda.shared_changes(number);
            let changes = changes.map_or(&[][..], |(changes, _)| changes);
            let title = changes.first().map_or("", |change| change.place.as_str());
            let more = match changes.len() {
                0 | 1 => String::new(),
                count => format!("and {} more, ", count - 1),
            };
            WebEntry {
                heading: "The same in several".into(),
                title: title.to_owned(),
                note: format!("{more}in {}", plural(members, "snapshot")),
                page: Some(page_of(stop)),
                state: WebState::Open,
                is_current,
            }
        }
        Stop::Snapshot(index) => {
            let item = &desk.items[index];
            let owner = item.entry.owner(desk.shown(index), 0, 0);
            let heading = match (order, item.state) {
                (WebOrder::Scenario, _) => owner.scenario.clone(),
                (WebOrder::Change, WebState::Skipped) => "Skipped".into(),
                (WebOrder::Change, _) => "By themselves".into(),
            };
            let title = match (order, &owner.case) {
                (WebOrder::Change, _) => owner.title(),
                (WebOrder::Scenario, None) => owner.step.clone(),
                (WebOrder::Scenario, Some(case)) => format!("{} [{case}]", owner.step),
            };
            WebEntry {
                heading,
                title,
                note: note(desk, index),
                page: item.is_undecided().then(|| page_of(stop)),
                state: item.state,
                is_current,
            }
        }
    }
}

fn note(desk: &Desk, index: usize) -> String {
    let entry = &desk.items[index].entry;
    if entry.problem.is_some() {
        return "cannot be compared".into();
    }
    if entry.is_new {
        return "new".into();
    }
    let accepted = desk.agenda.accepted(index).count();
    let left = entry.changes.len().saturating_sub(accepted);
    if accepted == 0 || left == 0 {
        plural(entry.changes.len(), "change")
    } else {
        format!("{} left", plural(left, "change"))
    }
}

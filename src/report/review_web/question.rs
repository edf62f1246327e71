//! A question: whose change it is, what changed, the difference, and what can be answered.

use maud::{Markup, html};

use super::frame::{Parts, key, page};
use super::{WebFrame, WebQuestion, difference, list};
use crate::model::change::{Change, What};
use crate::report::review::ReviewOwner;
use crate::report::sides;
use crate::report::text::{plural, visible_line};

/// So many changes are told one by one unless all is asked for.
const MOST_CHANGES: usize = 24;
/// So many of the snapshots that share a change are named at once.
const MOST_OWNERS: usize = 8;
/// So many more of them are named where that is asked for.
const MOST_LISTED: usize = 500;
/// Values are cut to so many characters unless all is asked for.
const LONGEST_VALUE: usize = 300;

/// The page of a question.
pub fn question(frame: &WebFrame<'_>, question: &WebQuestion<'_>) -> String {
    let title = title(question);
    let main = html! {
        (head(question, &title))
        @if let Some(problem) = question.problem {
            p.problem { (visible_line(problem)) }
            p.hint { "It can only be rejected, or skipped until that is put right." }
        } @else {
            (summary(question))
            (difference::section(frame, question))
            (owners(question))
        }
        (help())
    };
    let parts = Parts {
        title: &title,
        aside: Some(list::aside(frame, question.list)),
        main,
        bar: Some(bar(frame, question)),
        is_going_on: true,
        again_after: None,
    };
    page(frame, parts)
}

fn title(question: &WebQuestion<'_>) -> String {
    match question.owners {
        [owner] => owner.title(),
        owners => {
            let changes = match question.changes.len() {
                1 => "The same change".to_owned(),
                count => format!("The same {count} changes"),
            };
            format!("{changes} in {}", plural(owners.len(), "snapshot"))
        }
    }
}

fn head(question: &WebQuestion<'_>, title: &str) -> Markup {
    html! {
        div.head {
            h1 { (title) }
            @if question.is_new { span.badge.new { "new" } }
            @if question.is_skipped { span.badge { "skipped before" } }
        }
        @if let [owner] = question.owners {
            dl.facts {
                dt { "Request" } dd { code { (visible_line(&owner.request)) } }
                dt { "Scenario" } dd { (visible_line(&owner.scenario)) }
                dt { "Snapshot" } dd { (visible_line(&owner.path)) }
            }
        }
    }
}

fn summary(question: &WebQuestion<'_>) -> Markup {
    if question.changes.is_empty() {
        return html! {
            @if question.is_new {
                p.lead { "There is no accepted snapshot yet. Is this what the answer should look like?" }
            } @else {
                p.lead { "The same response was accepted meanwhile." }
            }
        };
    }
    let is_single = question.owners.len() == 1;
    let more = question.owners.iter().filter(|it| it.others > 0).count();
    html! {
        section aria-labelledby="what" {
            h2 #what {
                @if is_single && !question.accepted.is_empty() { "What else changed" } @else { "What changed" }
            }
            (changes(question.changes, question.is_full, ""))
            @if more > 0 && !is_single {
                p.warn {
                    @if more == 1 { "1 of them has another change as well, and is asked about by itself after this." }
                    @else { (more) " of them have other changes as well, and are asked about by themselves after this." }
                }
            }
        }
        @if !question.accepted.is_empty() {
            section aria-labelledby="before" {
                h2.minor #before { "Accepted already, with others" }
                (changes(question.accepted, question.is_full, "before"))
            }
        }
    }
}

fn changes(changes: &[Change], is_full: bool, class: &str) -> Markup {
    let most = if is_full { usize::MAX } else { MOST_CHANGES };
    let more = changes.len().saturating_sub(most);
    html! {
        ul class=(format!("changes {class}")) {
            @for change in changes.iter().take(most) { li { (line(change, is_full)) } }
            @if more > 0 { li.more { "… " (plural(more, "more change")) } }
        }
    }
}

/// A change on a line: `$.detail.frequency.value  30 → 24`.
fn line(change: &Change, is_full: bool) -> Markup {
    let place = visible_line(&change.place);
    let room = if is_full {
        usize::MAX / 4
    } else {
        LONGEST_VALUE
    };
    let cut = |value: &str| sides::cut(&visible_line(value), room);
    match &change.what {
        What::Added(value) => html! {
            code.place { (place) } " " span.kind.added { "added" } " " ins { (cut(value)) }
        },
        What::Removed(value) => html! {
            code.place { (place) } " " span.kind.removed { "removed" } " " del { (cut(value)) }
        },
        What::Changed { old, new } => {
            let (old, new) = sides::around(&visible_line(old), &visible_line(new), room);
            html! {
                code.place { (place) } " "
                span.hidden { "was " } del { (old) }
                span.arrow aria-hidden="true" { " → " }
                span.hidden { ", is now " } ins { (new) }
            }
        }
        What::Renumbered(numbers) => html! {
            "Placeholders have other numbers, and what was equal still is: "
            @for (index, (old, new)) in numbers.iter().take(if is_full { usize::MAX } else { 4 }).enumerate() {
                @if index > 0 { ", " }
                code { (visible_line(old)) } " → " code { (visible_line(new)) }
            }
            @if !is_full && numbers.len() > 4 { ", …" }
        },
        What::Rewritten => html! {
            code.place { (place) } " the same values, written or ordered differently"
        },
    }
}

/// The snapshots that a change is in, those with more to come first.
fn owners(question: &WebQuestion<'_>) -> Markup {
    if question.owners.len() < 2 {
        return html! {};
    }
    let (more, only): (Vec<_>, Vec<_>) = question.owners.iter().partition(|it| it.others > 0);
    let all: Vec<&ReviewOwner> = more.iter().chain(&only).copied().collect();
    let shown = MOST_OWNERS.min(all.len());
    let rest = &all[shown..];
    html! {
        section aria-labelledby="where" {
            h2 #where { "Where" }
            ul.owners { @for owner in &all[..shown] { (owner_line(owner)) } }
            @if !rest.is_empty() {
                details.owners {
                    summary { (plural(rest.len(), "more snapshot")) }
                    ul.owners { @for owner in rest.iter().take(MOST_LISTED) { (owner_line(owner)) } }
                    @if rest.len() > MOST_LISTED {
                        p.hint { "… and " (rest.len() - MOST_LISTED) " more, in the list by scenario." }
                    }
                }
            }
        }
    }
}

fn owner_line(owner: &ReviewOwner) -> Markup {
    html! {
        li {
            (owner.title())
            " " span.path { (visible_line(&owner.path)) }
            @if owner.others > 0 {
                " " span.badge.more { "and " (plural(owner.others, "other change")) }
            }
        }
    }
}

fn bar(frame: &WebFrame<'_>, question: &WebQuestion<'_>) -> Markup {
    let action = frame.view.address(frame.base, question.page, &[]);
    let is_sound = question.problem.is_none();
    let several = question.owners.len();
    let beside = super::WebView {
        is_beside: !frame.view.is_beside,
        ..frame.view
    };
    let full: &[(&str, &str)] = if question.is_full {
        &[("full", "1")]
    } else {
        &[]
    };
    let folded: &[(&str, &str)] = if question.is_full {
        &[]
    } else {
        &[("full", "1")]
    };
    html! {
        footer.bar {
            form method="post" action=(action) {
                input type="hidden" name="seen" value=(question.seen);
                @if is_sound {
                    (answer("accept", 'a', "Accept", several))
                }
                (answer("reject", 'r', "Reject", several))
                (answer("skip", 's', "Skip", 1))
            }
            nav aria-label="Moving and showing" {
                @for (name, letter, target) in [("Previous", 'k', question.previous), ("Next", 'j', question.next)] {
                    @if let Some(target) = target {
                        a data-key=(letter) aria-keyshortcuts=(letter)
                            href=(frame.view.address(frame.base, target, &[])) { (name) (key(letter)) }
                    }
                }
                @if is_sound {
                    a data-key="d" aria-keyshortcuts="d"
                        href=(frame.view.address(frame.base, question.page, folded) + "#difference") {
                        @if question.is_full { "Folded" } @else { "Full" } (key('d'))
                    }
                    @if !question.is_new {
                        a.beside data-key="w" aria-keyshortcuts="w"
                            href=(beside.address(frame.base, question.page, full) + "#difference") {
                            @if frame.view.is_beside { "One column" } @else { "Side by side" } (key('w'))
                        }
                    }
                }
                a data-key="l" aria-keyshortcuts="l"
                    href=(frame.view.address(frame.base, "list", &[])) { "List" (key('l')) }
                a.help-link data-key="?" aria-keyshortcuts="?" href="#keys" { "Help" (key('?')) }
            }
        }
    }
}

fn answer(value: &str, letter: char, word: &str, several: usize) -> Markup {
    html! {
        button class=(value) type="submit" name="answer" value=(value)
            data-key=(letter) aria-keyshortcuts=(letter) {
            (word)
            @if several > 1 { span.all { " in all " (several) } }
            (key(letter))
        }
    }
}

fn help() -> Markup {
    html! {
        details.help #keys {
            summary { "Help and keys" }
            dl {
                @for (letters, what) in [
                    ("a", "accept: the new response becomes the snapshot, on disk at once"),
                    ("r", "reject: the pending file is deleted, the accepted snapshot stays"),
                    ("s", "skip: nothing changes, and the snapshot stays pending"),
                    ("j k", "to the next and the one before, without an answer"),
                    ("d", "the whole difference, or only what changed with a few lines around it"),
                    ("w", "the old and the new side by side, or one below the other"),
                    ("l", "the list of all, by change and by scenario"),
                    ("?", "this help"),
                    ("q", "finish: what was decided stays decided, the rest stays pending"),
                ] {
                    dt { @for letter in letters.split(' ') { kbd { (letter) } " " } }
                    dd { (what) }
                }
            }
            p.hint {
                "A change that several snapshots have is asked about once. A snapshot with other changes is decided on "
                "by itself, after that."
            }
        }
    }
}

//! The difference, line by line, one below the other or side by side.

use maud::{Markup, html};

use super::{WebFrame, WebQuestion};
use crate::model::marked::{Line, Piece, Row};
use crate::report::text::{plural, visible_line};

/// So many rows are shown unless all are asked for.
const MOST_ROWS: usize = 400;
/// So many are on a page where all are.
const MOST_FULL_ROWS: usize = 3_000;
/// A longer piece of a line is cut unless all is asked for.
const LONGEST_PIECE: usize = 600;

/// The difference of a question's first snapshot.
pub(super) fn section(frame: &WebFrame<'_>, question: &WebQuestion<'_>) -> Markup {
    let is_beside = frame.view.is_beside && !question.is_new;
    let first = question.owners.first();
    let most = if question.is_full {
        MOST_FULL_ROWS
    } else {
        MOST_ROWS
    };
    let from = question.from.min(question.rows.len());
    let to = from.saturating_add(most).min(question.rows.len());
    let head = head_rows(question.rows);
    let full = frame
        .view
        .address(frame.base, question.page, &[("full", "1")]);
    html! {
        section aria-labelledby="difference" {
            h2 #difference {
                @if question.is_new { "The response" } @else { "The difference" }
                @if let [first, _, ..] = question.owners { " in " (first.title()) }
            }
            @if let Some(owner) = first.filter(|it| it.others > 0 && question.owners.len() > 1) {
                p.warn {
                    "It also shows " (plural(owner.others, "other change")) " of this snapshot, asked about after this."
                }
            }
            (rest(frame, question, from, "Earlier lines", |from| from.checked_sub(most)))
            div class=(if is_beside { "diff beside" } else { "diff below" }) tabindex="0" role="group" aria-label="Lines" {
                @for (index, row) in question.rows.iter().enumerate().take(to).skip(from) {
                    (draw(row, index < head, is_beside, question, &full))
                }
            }
            @if to < question.rows.len() {
                @if question.is_full {
                    (rest(frame, question, to, "Later lines", Some))
                } @else {
                    p.rest { a href=(full.clone() + "#difference") { (plural(question.rows.len() - to, "more line")) } }
                }
            }
        }
    }
}

/// A way to other rows, where there are too many for a page.
fn rest(
    frame: &WebFrame<'_>,
    question: &WebQuestion<'_>,
    at: usize,
    words: &str,
    target: impl Fn(usize) -> Option<usize>,
) -> Markup {
    let from = target(at).filter(|_| at > 0).map(|from| from.to_string());
    html! {
        @if let Some(from) = from {
            @let more = [("full", "1"), ("from", from.as_str())];
            p.rest { a href=(frame.view.address(frame.base, question.page, &more) + "#difference") { (words) } }
        }
    }
}

/// How many rows belong to the status line and the headers, which an empty line ends.
fn head_rows(rows: &[Row]) -> usize {
    let is_end = |row: &Row| match row {
        Row::Same(_, _, text) => text.is_empty(),
        Row::Changed(old, new) => [old, new]
            .into_iter()
            .flatten()
            .any(|line| line.pieces.iter().all(|piece| piece.text.is_empty())),
        // What is folded may have the empty line in it.
        Row::Folded(_) => true,
    };
    rows.iter().position(is_end).unwrap_or(rows.len())
}

fn draw(
    row: &Row,
    is_head: bool,
    is_beside: bool,
    question: &WebQuestion<'_>,
    full: &str,
) -> Markup {
    let is_full = question.is_full;
    match row {
        Row::Folded(count) => html! {
            div.row.folded { a href=(format!("{full}#difference")) { (plural(*count, "equal line")) } }
        },
        Row::Same(old, new, text) => {
            let pieces = [Piece {
                text: text.clone(),
                is_marked: false,
            }];
            html! {
                div.row.same.preamble[is_head] {
                    @if is_beside {
                        (side("old", *old, ' ', "", &pieces, is_full))
                        (side("new", *new, ' ', "", &pieces, is_full))
                    } @else {
                        (side("new", *new, ' ', "", &pieces, is_full))
                    }
                }
            }
        }
        // Where nothing was before, every line is new, and need not say so.
        Row::Changed(None, Some(new)) if question.is_new => html! {
            div.row.same.preamble[is_head] { (side("new", new.number, ' ', "", &new.pieces, is_full)) }
        },
        Row::Changed(old, new) => {
            let kind = match (old, new) {
                (Some(_), Some(_)) => "changed",
                (Some(_), None) => "removed",
                (None, _) => "added",
            };
            html! {
                div class=(format!("row {kind}")) {
                    (half(old.as_ref(), "old", '-', "removed: ", is_beside, is_full))
                    (half(new.as_ref(), "new", '+', "added: ", is_beside, is_full))
                }
            }
        }
    }
}

fn half(
    line: Option<&Line>,
    class: &str,
    sign: char,
    word: &str,
    is_beside: bool,
    is_full: bool,
) -> Markup {
    match line {
        Some(line) => side(class, line.number, sign, word, &line.pieces, is_full),
        None if is_beside => html! { div.side.none {} },
        None => html! {},
    }
}

fn side(
    class: &str,
    number: usize,
    sign: char,
    word: &str,
    pieces: &[Piece],
    is_full: bool,
) -> Markup {
    html! {
        div class=(format!("side {class}")) {
            span.number aria-hidden="true" { (number) }
            span.sign aria-hidden="true" { (sign) }
            code {
                @if !word.is_empty() { span.hidden { (word) } }
                @for piece in pieces {
                    @let text = shortened(&piece.text, is_full);
                    @if piece.is_marked { mark { (text) } } @else { (text) }
                }
            }
        }
    }
}

/// A long piece without its middle.
fn shortened(text: &str, is_full: bool) -> String {
    let text = visible_line(text);
    let count = if is_full { 0 } else { text.chars().count() };
    if count <= LONGEST_PIECE {
        return text;
    }
    let part = LONGEST_PIECE / 2;
    let first: String = text.chars().take(part).collect();
    let last: String = text.chars().skip(count - part).collect();
    format!(
        "{first} … {} … {last}",
        plural(count - 2 * part, "character")
    )
}

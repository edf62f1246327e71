//! What differs between two snapshots, by place: the status, headers, the values of a JSON body, the elements of an
//! XML body; lines of any other.

mod align;
mod json;
mod numbered;
mod xml;

pub(super) use numbered::loose;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::Instant;

use super::diff::PATIENCE;
use super::exact::Exact;
use crate::model::change::{Change, What};

/// The differences between the contents of two snapshots; at least one, unless they are equal.
pub fn changes(old: &str, new: &str) -> Vec<Change> {
    let mut found = Vec::new();
    let (old_head, old_body) = parts(old);
    let (new_head, new_body) = parts(new);
    head(old_head, new_head, &mut found);
    body(old_body, new_body, &mut found);
    if found.is_empty() && old != new {
        found.push(Change {
            place: "$".into(),
            what: What::Rewritten,
        });
    }
    found
}

/// The status line with the headers, and the body.
fn parts(contents: &str) -> (&str, &str) {
    contents.split_once("\n\n").unwrap_or((contents, ""))
}

fn head(old: &str, new: &str, found: &mut Vec<Change>) {
    let (old_status, old_headers) = old.split_once('\n').unwrap_or((old, ""));
    let (new_status, new_headers) = new.split_once('\n').unwrap_or((new, ""));
    push_changed("status".into(), old_status, new_status, found);
    let (old, new) = (headers(old_headers), headers(new_headers));
    for (name, value) in &old {
        let place = format!("header {name}");
        match new.iter().find(|(other, _)| other == name) {
            Some((_, new)) => push_changed(place, value, new, found),
            None => found.push(removed(place, value)),
        }
    }
    for (name, value) in &new {
        if !old.iter().any(|(other, _)| other == name) {
            found.push(added(format!("header {name}"), value));
        }
    }
}

/// The headers by name; one that stands twice is numbered.
fn headers(text: &str) -> Vec<(String, &str)> {
    let mut all: Vec<(String, &str)> = Vec::new();
    for line in text.lines() {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        let before = all
            .iter()
            .filter(|(known, _)| known.split('#').next() == Some(name))
            .count();
        let name = if before == 0 {
            name.to_owned()
        } else {
            format!("{name}#{}", before + 1)
        };
        all.push((name, value));
    }
    all
}

fn body(old: &str, new: &str, found: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old.trim().is_empty(), new.trim().is_empty()) {
        (true, _) => return found.push(added("body".into(), &flat(new))),
        (_, true) => return found.push(removed("body".into(), &flat(old))),
        _ => {}
    }
    let (old_json, old_documents) = json_and_documents(old);
    let (new_json, new_documents) = json_and_documents(new);
    match (old_json, new_json) {
        (Some(old), Some(new)) => {
            let from = found.len();
            json::compare(&old, &new, found);
            documents(&old_documents, &new_documents, from, found);
        }
        (None, None) => elements_or_lines("", old, new, found),
        _ => push_changed("body".into(), &flat(old), &flat(new), found),
    }
}

/// A document in a JSON body: its path and its text.
type Document<'a> = (&'a str, &'a str);

/// A body that is JSON, and the XML documents from texts in it, each below its path. Printed JSON has no empty line.
fn json_and_documents(body: &str) -> (Option<Exact<'_>>, Vec<Document<'_>>) {
    if let Some(whole) = Exact::parse(body) {
        return (Some(whole), Vec::new());
    }
    let (json, rest) = body.split_once("\n\n").unwrap_or((body, ""));
    let documents = rest
        .split("\n\n")
        .filter_map(|document| document.split_once(":\n"))
        .collect();
    (Exact::parse(json), documents)
}

/// A text that is shown as a document on both sides is told by the document's elements, not as a text.
fn documents(old: &[Document<'_>], new: &[Document<'_>], from: usize, found: &mut Vec<Change>) {
    for (path, new_text) in new {
        let Some((_, old_text)) = old.iter().find(|(other, _)| other == path) else {
            continue;
        };
        let told = found.len();
        elements_or_lines(&format!("{path} "), old_text, new_text, found);
        if found.len() > told
            && let Some(at) = (from..told).find(|at| found[*at].place == **path)
        {
            found.remove(at);
        }
    }
}

/// What differs in two XML documents, else the lines that do.
fn elements_or_lines(prefix: &str, old: &str, new: &str, found: &mut Vec<Change>) {
    let from = found.len();
    let are_documents = xml::compare(prefix, old, new, found);
    // Differences in markup that say nothing are lines too.
    if !are_documents || found.len() == from {
        lines(prefix, old, new, found);
    }
}

/// The lines that differ. What was replaced by as many lines is told line by line.
fn lines(prefix: &str, old: &str, new: &str, found: &mut Vec<Change>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let deadline = Some(Instant::now() + PATIENCE);
    let is_one = old.len() == 1 && new.len() == 1 && prefix.is_empty();
    let place = |index: usize| match is_one {
        true => "body".to_owned(),
        false => format!("{prefix}line {}", index + 1),
    };
    for operation in capture_diff_slices_deadline(Algorithm::Myers, &old, &new, deadline) {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let (old_range, new_range) = (operation.old_range(), operation.new_range());
        let both = old_range.len().min(new_range.len());
        for (from, to) in old_range.clone().zip(new_range.clone()) {
            push_changed(place(to), old[from].trim(), new[to].trim(), found);
        }
        for index in old_range.skip(both) {
            found.push(removed(place(index), old[index].trim()));
        }
        for index in new_range.skip(both) {
            found.push(added(place(index), new[index].trim()));
        }
    }
}

/// A body on one line.
fn flat(body: &str) -> String {
    match json_and_documents(body).0 {
        Some(json) => json::compact(&json),
        None => body.trim().to_owned(),
    }
}

fn push_changed(place: String, old: &str, new: &str, found: &mut Vec<Change>) {
    if old != new {
        let (old, new) = (old.to_owned(), new.to_owned());
        let what = What::Changed { old, new };
        found.push(Change { place, what });
    }
}

fn added(place: String, value: &str) -> Change {
    let what = What::Added(value.to_owned());
    Change { place, what }
}

fn removed(place: String, value: &str) -> Change {
    let what = What::Removed(value.to_owned());
    Change { place, what }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

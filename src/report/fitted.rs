//! What is shown of a text where a terminal's line has no room for all of it.

use super::width::{columns, split};

/// A shorter path says too little to be shown.
const SHORTEST_PATH: usize = 10;
/// The same of other texts, which then wrap.
const SHORTEST_TEXT: usize = 16;

/// A path in so many columns: its folders go first, then all of it.
pub(super) fn path(path: &str, room: usize) -> Option<String> {
    if columns(path) <= room {
        return Some(path.to_owned());
    }
    let cut = path
        .match_indices('/')
        .map(|(at, _)| format!("…{}", &path[at..]));
    let mut fitting = cut.filter(|rest| columns(rest) <= room);
    fitting.next().filter(|_| room >= SHORTEST_PATH)
}

/// What a call came to in the same room: how long it took goes first, then the middle of what was called.
pub(super) fn call(text: &str, terminal: Option<usize>, taken: usize) -> String {
    let room = terminal.map_or(usize::MAX, |whole| whole.saturating_sub(taken));
    if columns(text) <= room {
        return text.to_owned();
    }
    let shorter = match text.rsplit_once(" in ") {
        Some((before, time)) if !time.contains(' ') => before,
        _ => text,
    };
    if columns(shorter) <= room {
        return shorter.to_owned();
    }
    match shorter.rsplit_once(" gave ") {
        Some((called, gave)) => {
            let end = format!(" gave {gave}");
            let called = middle(called, terminal, taken + columns(&end));
            format!("{called}{end}")
        }
        None => middle(shorter, terminal, taken),
    }
}

/// A text in what `taken` columns leave of a terminal's, its middle left out if need be; whole where there is none.
pub(super) fn middle(text: &str, terminal: Option<usize>, taken: usize) -> String {
    let Some(whole) = terminal else {
        return text.to_owned();
    };
    let room = whole.saturating_sub(taken);
    if columns(text) <= room || room < SHORTEST_TEXT {
        return text.to_owned();
    }
    let kept = room - 1;
    let (beginning, rest) = split(text, kept / 2);
    // What stands at the end says what came of it.
    let mut end = rest;
    while columns(end) > kept - columns(beginning) {
        let next = end.chars().next().map_or(end.len(), char::len_utf8);
        end = &end[next..];
    }
    format!("{beginning}…{end}")
}

/// How many columns a text takes that has colours in it.
pub(super) fn painted(text: &str) -> usize {
    let mut taken = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        taken += columns(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    taken + columns(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_loses_its_folders_and_then_is_none() {
        let whole = "scenarios/consents/rejected.yaml";
        for (room, shown) in [
            (40, Some(whole)),
            (32, Some(whole)),
            (31, Some("…/consents/rejected.yaml")),
            (23, Some("…/rejected.yaml")),
            (15, Some("…/rejected.yaml")),
            (14, None),
            (0, None),
        ] {
            assert_eq!(path(whole, room).as_deref(), shown, "{room}");
        }
        assert_eq!(path("a/b", 2), None, "that says nothing");
    }

    #[test]
    fn the_middle_goes_and_nothing_is_cut_through() {
        let text = "GET /v2/consents/81a34ee6-1a69-44f6 gave 200 in 0ms";
        assert_eq!(middle(text, None, 0), text);
        assert_eq!(middle(text, Some(80), 20), text);
        assert_eq!(middle(text, Some(80), 50), "GET /v2/consen…gave 200 in 0ms");
        assert_eq!(middle(text, Some(80), 70), text, "there is no room at all");
        for room in SHORTEST_TEXT..50 {
            let shown = middle(&"\u{4e2d}\u{6587}".repeat(10), Some(80), 80 - room);
            assert!(columns(&shown) <= room, "{shown}");
        }
    }

    #[test]
    fn of_a_call_its_time_goes_first_and_its_status_never() {
        let text = "GET /v2/consents/81a34ee6-1a69-44f6 gave 200 in 0ms";
        assert_eq!(call(text, None, 0), text);
        assert_eq!(call(text, Some(80), 29), text);
        let shorter = "GET /v2/consents/81a34ee6-1a69-44f6 gave 200";
        assert_eq!(call(text, Some(80), 30), shorter);
        assert_eq!(call(text, Some(80), 50), "GET /v2/co…-1a69-44f6 gave 200");
        let again = "GET /v2/consents/81a34ee6-1a69-44f6 gave 200 in 0ms (try 2)";
        assert!(call(again, Some(80), 30).ends_with(" gave 200 in 0ms (try 2)"));
    }

    #[test]
    fn colours_take_no_columns() {
        assert_eq!(painted("ab\u{1b}[1;31mc\u{1b}[0m"), 3);
        assert_eq!(painted(", snapshot same"), 15);
    }
}

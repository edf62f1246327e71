//! What a page says, and that nothing in it is markup.

use super::*;
use crate::model::change::What;
use crate::model::marked::{Line, Piece};

const EVIL: &str = "<script>alert(1)</script>\"'&<!--";

fn owner(step: &str, others: usize) -> ReviewOwner {
    ReviewOwner {
        scenario: "scenarios/flow.yaml".into(),
        step: step.into(),
        case: Some(format!("case {step}")),
        request: format!("GET /{step}"),
        path: format!("snapshots/flow/{step}.snap"),
        others,
        accepted: 0,
    }
}

fn line(number: usize, pieces: &[(&str, bool)]) -> Option<Line> {
    let piece = |(text, is_marked): &(&str, bool)| Piece {
        text: (*text).to_owned(),
        is_marked: *is_marked,
    };
    let pieces = pieces.iter().map(piece).collect();
    Some(Line { number, pieces })
}

fn frame(notices: &[WebNotice], is_beside: bool) -> WebFrame<'_> {
    WebFrame {
        base: "/token",
        tally: WebTally {
            total: 9,
            accepted: 3,
            rejected: 1,
            skipped: 2,
            elsewhere: 1,
        },
        notices,
        view: WebView {
            is_beside,
            order: WebOrder::Change,
        },
    }
}

struct Made {
    owners: Vec<ReviewOwner>,
    changes: Vec<Change>,
    accepted: Vec<Change>,
    rows: Vec<Row>,
    list: WebList,
    is_full: bool,
    is_new: bool,
    problem: Option<String>,
}

impl Made {
    fn new(owners: Vec<ReviewOwner>) -> Made {
        let what = What::Changed {
            old: "30".into(),
            new: "24".into(),
        };
        let place = "$.value".to_owned();
        Made {
            owners,
            changes: vec![Change { place, what }],
            accepted: Vec::new(),
            rows: vec![
                Row::Same(1, 1, "200 OK".into()),
                Row::Same(2, 2, String::new()),
                Row::Folded(7),
                Row::Changed(
                    line(10, &[("a: ", false), ("30", true)]),
                    line(10, &[("a: ", false), ("24", true)]),
                ),
                Row::Changed(None, line(11, &[("b: 1", false)])),
            ],
            list: WebList::default(),
            is_full: false,
            is_new: false,
            problem: None,
        }
    }

    fn page(&self, frame: &WebFrame<'_>) -> String {
        question(
            frame,
            &WebQuestion {
                page: "change/0",
                seen: "5eed",
                owners: &self.owners,
                changes: &self.changes,
                accepted: &self.accepted,
                is_new: self.is_new,
                is_skipped: false,
                problem: self.problem.as_deref(),
                rows: &self.rows,
                is_full: self.is_full,
                from: 0,
                previous: None,
                next: Some("snapshot/4"),
                list: &self.list,
            },
        )
    }
}

/// The page's text as it is read: without markup, style and script.
fn text(page: &str) -> String {
    let body = page.split_once("<main>").expect("a main").1;
    let body = body.split_once("<script>").expect("the script").0;
    let tags = regex::Regex::new("<[^>]*>").expect("it is right");
    tags.replace_all(body, "").into_owned()
}

#[test]
fn what_is_told_of_a_shared_change() {
    let made = Made::new(vec![owner("one", 0), owner("two", 2), owner("three", 0)]);
    let page = made.page(&frame(&[], false));
    let text = text(&page);
    for expected in [
        "The same change in 3 snapshots",
        "$.value was 30 → , is now 24",
        "1 of them has another change as well, and is asked about by itself after this.",
        "The difference in flow › one [case one]",
        "7 equal lines",
        "10-removed: a: 30",
        "10+added: a: 24",
        "11+added: b: 1",
        "flow › two [case two] snapshots/flow/two.snap and 2 other changes",
        "Accept in all 3a",
        "Reject in all 3r",
        "Skips",
        "Nextj",
        "Side by sidew",
    ] {
        assert!(text.contains(expected), "no `{expected}` in {text}");
    }
    assert!(page.contains("<mark>30</mark>") && page.contains("<mark>24</mark>"));
    assert!(page.contains(r#"name="seen" value="5eed""#));
    assert!(page.contains(r#"<div class="row added">"#));
    assert!(page.contains(r#"<strong>2 left</strong>"#));
    assert!(!text.contains("Previous"));
}

#[test]
fn a_snapshot_by_itself_says_what_was_accepted_before() {
    let mut made = Made::new(vec![owner("two", 0)]);
    made.accepted = vec![Change {
        place: "$.trace".into(),
        what: What::Added("\"x\"".into()),
    }];
    let text = text(&made.page(&frame(&[], false)));
    for expected in [
        "GET /two",
        "scenarios/flow.yaml",
        "What else changed$.value",
        "Accepted already, with others$.trace added \"x\""
            .replace('"', "&quot;")
            .as_str(),
        "Accepta",
    ] {
        assert!(text.contains(expected), "no `{expected}` in {text}");
    }
}

#[test]
fn no_text_is_markup() {
    let mut owner = owner(EVIL, 0);
    for text in [
        &mut owner.scenario,
        &mut owner.request,
        &mut owner.path,
        &mut owner.step,
    ] {
        *text = format!("{EVIL}\u{202e}");
    }
    owner.case = Some(EVIL.into());
    let mut made = Made::new(vec![owner.clone(), owner]);
    let evil = || EVIL.to_owned();
    let whats = [
        What::Added(evil()),
        What::Removed(evil()),
        What::Changed {
            old: evil(),
            new: evil(),
        },
        What::Renumbered(vec![(evil(), evil())]),
        What::Rewritten,
    ];
    made.changes = whats
        .map(|what| Change {
            place: evil(),
            what,
        })
        .to_vec();
    made.accepted = made.changes.clone();
    made.rows = vec![
        Row::Same(1, 1, evil()),
        Row::Changed(line(2, &[(EVIL, true)]), line(2, &[(EVIL, false)])),
    ];
    made.list.entries = vec![WebEntry {
        heading: evil(),
        title: evil(),
        note: evil(),
        page: None,
        state: WebState::Skipped,
        is_current: false,
    }];
    let notices = [WebNotice {
        kind: WebNoticeKind::Trouble,
        text: evil(),
        details: vec![evil()],
    }];
    let frame = frame(&notices, true);
    let mut pages = vec![made.page(&frame), list(&frame, &made.list), ended(&frame)];
    made.problem = Some(evil());
    pages.push(made.page(&frame));
    made.problem = None;
    made.is_new = true;
    pages.push(made.page(&frame));
    for page in pages {
        // Ours is the last thing of each page.
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert_eq!(
            page.matches("alert(1)").count(),
            page.matches("&lt;script&gt;alert(1)").count()
        );
        assert!(
            !page.contains("\u{202e}") && !page.contains("<!--"),
            "{page}"
        );
    }
}

#[test]
fn what_cannot_be_compared_cannot_be_accepted() {
    let mut made = Made::new(vec![owner("one", 0)]);
    made.problem = Some("`one.snap` has unresolved merge conflicts".into());
    let page = made.page(&frame(&[], false));
    assert!(page.contains("merge conflicts") && page.contains(r#"value="reject""#));
    assert!(!page.contains(r#"value="accept""#) && !page.contains("class=\"diff"));
}

#[test]
fn long_things_are_cut_unless_all_is_asked_for() {
    let mut made = Made::new(vec![owner("one", 0)]);
    let long = "x".repeat(5_000);
    made.rows = vec![Row::Changed(line(1, &[(&long, false)]), None)];
    made.rows
        .extend((0..2_000).map(|number| Row::Same(number, number, "same".into())));
    made.changes = vec![
        Change {
            place: "$.x".into(),
            what: What::Added(long.clone()),
        };
        60
    ];
    let page = text(&made.page(&frame(&[], false)));
    assert!(!page.contains(&"x".repeat(400)), "{page}");
    for expected in [
        "… 4400 characters …",
        "1601 more lines",
        "… 36 more changes",
    ] {
        assert!(page.contains(expected), "no `{expected}` in {page}");
    }
    made.is_full = true;
    let page = text(&made.page(&frame(&[], false)));
    assert_eq!(page.matches(&long).count(), 61);
    made.rows
        .extend((0..2_000).map(|number| Row::Same(number, number, "same".into())));
    let page = made.page(&frame(&[], false));
    assert!(page.contains("/token/change/0?full=1&amp;from=3000#difference"));
}

#[test]
fn what_is_new_is_shown_as_it_is() {
    let mut made = Made::new(vec![owner("one", 0)]);
    made.is_new = true;
    made.changes.clear();
    made.rows = vec![
        Row::Changed(None, line(1, &[("200 OK", false)])),
        Row::Changed(None, line(2, &[("", false)])),
        Row::Changed(None, line(3, &[("body", false)])),
    ];
    let page = made.page(&frame(&[], true));
    let text = text(&page);
    assert!(text.contains("The response1 200 OK2 3 body"), "{text}");
    assert!(text.contains("There is no accepted snapshot yet"), "{text}");
    assert!(!page.contains("Side by side") && page.contains(r#"<div class="row same preamble">"#));
}

#[test]
fn the_end_says_what_came_of_it() {
    let page = ended(&frame(&[], false));
    let said = text(&page);
    assert!(
        said.contains("accepted3rejected1decided elsewhere1still pending4"),
        "{said}"
    );
    assert!(!page.contains("<form"));
    let page = waiting(&frame(&[], false), 12, 5_000);
    assert!(page.contains("http-equiv=\"refresh\"") && page.contains("12 of 5000 snapshots"));
    let said = text(&nothing_left(&frame(&[], false)));
    assert!(said.contains("2 snapshots are still pending"), "{said}");
}

#[test]
fn pages_are_allowed_nothing_from_outside() {
    assert!(web_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    for text in [STYLE, SCRIPT] {
        assert!(!text.contains("://") && !text.contains("//www") && !text.contains("@import"));
        // What would end the element that it stands in.
        assert!(!text.contains("</"));
    }
}

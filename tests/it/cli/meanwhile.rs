//! `sammati review` in a terminal while runs and other reviews go on, and while its window changes.

use super::Project;
use super::keys::{BAR, Session};
use super::review::{body, pending, snapshot};
use std::fs;

/// As a run writes it: whole, or not at all.
fn put(project: &Project, name: &str, text: &str) {
    project.write("half", text);
    let folder = project.path().join("snapshots/flow");
    fs::create_dir_all(&folder).expect("a folder");
    fs::rename(project.path().join("half"), folder.join(name)).expect("it is moved");
}

/// A snapshot like those that share a change.
fn put_alike(project: &Project, step: &str) {
    let (old, new) = ("  \"c\": 1", "  \"c\": 1,\n  \"trace\": \"x\"");
    put(
        project,
        &format!("{step}.snap"),
        &snapshot(step, &body(old)),
    );
    let pending = snapshot(step, &body(new));
    put(project, &format!("{step}.snap.new"), &pending);
}

fn start(project: &Project) -> Session {
    Session::start(project, 80, &[("NO_COLOR", "1")])
}

#[test]
fn what_becomes_pending_is_shown_without_a_key_where_the_page_stands() {
    let project = pending();
    let mut session = start(&project);
    assert!(session.see(BAR).contains("4 left"));
    session.press("w");
    assert!(session.see(BAR).contains("one column"));
    put_alike(&project, "four");
    let page = session.see(BAR);
    // Up to the first of the fifteen lines of the page, from below the empty line behind it.
    assert!(page.contains("\r\u{1b}[16A"), "{page:?}");
    assert!(!page.contains("\u{1b}[2J") && !page.contains("\u{1b}[H"));
    assert!(
        page.contains("new meanwhile snapshots/flow/four.snap"),
        "{page}"
    );
    assert!(page.contains("the same change in 4 snapshots"), "{page}");
    assert!(
        page.contains("5 left") && page.contains("one column"),
        "{page}"
    );
    put(&project, "five.snap.new", &snapshot("five", "201 Created"));
    let page = session.see(BAR);
    assert!(page.contains("the same change in 4 snapshots"), "{page}");
    assert!(page.contains("6 left"), "{page}");
    session.press("?");
    assert!(session.see(BAR).contains("on disk at once"));
    // The help is still there when more of it is gone.
    project.run("reject snapshots/flow/five.snap").with(0);
    let page = session.see(BAR);
    assert!(
        page.contains("gone meanwhile snapshots/flow/five.snap"),
        "{page}"
    );
    assert!(
        page.contains("5 left") && page.contains("on disk at once"),
        "{page}"
    );
    session.press("a");
    let page = session.see(BAR);
    assert!(
        page.contains("   accepted snapshots/flow/four.snap"),
        "{page}"
    );
    session.press("q");
    session.see("3 accepted, 0 rejected, 1 decided elsewhere, 2 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn what_comes_while_others_are_asked_about_does_not_take_their_place() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    put(&project, "one.snap.new", &snapshot("one", "200 OK"));
    let mut session = start(&project);
    assert!(session.see(BAR).contains("new: flow › one"));
    // They share a change, which comes before all that stand alone.
    put_alike(&project, "two");
    put_alike(&project, "three");
    let mut page = session.see(BAR);
    if !page.contains("3 left") {
        page = session.see(BAR);
    }
    assert!(page.contains("new: flow › one"), "{page}");
    assert!(page.contains("3 left"), "{page}");
    session.press("a");
    let page = session.see(BAR);
    assert!(
        page.contains("   accepted snapshots/flow/one.snap"),
        "{page}"
    );
    assert!(page.contains("the same change in 2 snapshots"), "{page}");
    session.press("q");
    session.see("1 accepted, 0 rejected, 2 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_key_that_is_being_pressed_decides_on_nothing_that_was_not_shown() {
    const OVER: &str = "any key shows what is left";
    let project = pending();
    let mut session = start(&project);
    session.see(BAR);
    session.press("s");
    assert!(session.see(BAR).contains("flow › two"));
    // It is decided on elsewhere, and what comes next is told by no more than that.
    project.run("accept snapshots/flow/two.snap").with(0);
    let told = session.see(OVER);
    assert!(
        told.contains("accepted meanwhile snapshots/flow/two.snap"),
        "{told}"
    );
    session.press("a");
    let page = session.see(BAR);
    assert!(page.contains("new: flow › zero"), "{page}");
    assert!(project.has("snapshots/flow/zero.snap.new"));
    // It is written anew.
    put(
        &project,
        "zero.snap.new",
        &snapshot("zero", "502 Bad Gateway"),
    );
    let told = session.see(OVER);
    assert!(
        told.contains("changed meanwhile snapshots/flow/zero.snap"),
        "{told}"
    );
    assert!(!told.contains("502"), "{told}");
    session.press("a");
    assert!(session.see(BAR).contains("+ 502 Bad Gateway"));
    assert!(project.has("snapshots/flow/zero.snap.new"));
    project.run("reject snapshots/flow/zero.snap").with(0);
    session.see(OVER);
    session.press("q");
    session.see("0 accepted, 0 rejected, 2 decided elsewhere, 2 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn what_came_before_a_key_is_told_with_it() {
    let project = pending();
    let mut session = start(&project);
    assert!(session.see(BAR).contains("4 left"));
    session.press("d");
    let page = session.see(BAR);
    assert!(
        !page.contains("meanwhile") && page.contains("folded"),
        "{page}"
    );
    // Another run leaves one more with the same change, and one by itself.
    session.press_after("d", || {
        put_alike(&project, "four");
        put(&project, "five.snap.new", &snapshot("five", "201 Created"));
    });
    let page = session.see(BAR);
    assert!(
        page.contains("new meanwhile snapshots/flow/five.snap"),
        "{page}"
    );
    assert!(
        page.contains("new meanwhile snapshots/flow/four.snap"),
        "{page}"
    );
    assert!(page.contains("the same change in 4 snapshots"), "{page}");
    assert!(page.contains("6 left"), "{page}");
    // Others decide on two of them: there is nothing to decide any more, and the rest of the question holds.
    session.press_after("a", || {
        project.run("accept snapshots/flow/three.snap").with(0);
        project.run("reject snapshots/flow/four.snap").with(0);
    });
    let page = session.see(BAR);
    assert!(
        page.contains("accepted meanwhile snapshots/flow/three.snap"),
        "{page}"
    );
    assert!(
        page.contains("gone meanwhile snapshots/flow/four.snap"),
        "{page}"
    );
    assert!(
        page.contains("   accepted snapshots/flow/one.snap"),
        "{page}"
    );
    assert!(
        page.contains("flow › two") && page.contains("3 left"),
        "{page}"
    );
    // The next one is another than what was read when the review began.
    session.press_after("s", || {
        let text = snapshot("zero", "502 Bad Gateway");
        put(&project, "zero.snap.new", &text);
    });
    let page = session.see(BAR);
    assert!(
        page.contains("changed meanwhile snapshots/flow/zero.snap"),
        "{page}"
    );
    assert!(page.contains("+ 502 Bad Gateway"), "{page}");
    session.press("s");
    assert!(session.see(BAR).contains("new: flow › five"));
    // What comes before the last is answered is no reason to end.
    session.press_after("s", || {
        put(&project, "six.snap.new", &snapshot("six", "202 Accepted"));
    });
    let page = session.see(BAR);
    assert!(
        page.contains("new meanwhile snapshots/flow/six.snap"),
        "{page}"
    );
    assert!(
        page.contains("new: flow › six") && page.contains("1 left"),
        "{page}"
    );
    session.press("a");
    session.see("2 accepted, 0 rejected, 2 decided elsewhere, 3 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_window_of_another_size_is_drawn_anew_without_a_key() {
    let project = pending();
    let mut session = start(&project);
    let page = session.see(BAR);
    assert!(page.contains("──── 4 left ──"), "{page}");
    session.resize(20, 50);
    let page = session.see(" a r s d w ? q");
    // The line of keys takes two rows, and is gone.
    let page = page.strip_prefix("\r\u{1b}[1A\u{1b}[J").expect("it is");
    let first = page.lines().next().expect("the page is drawn anew");
    assert_eq!(first.trim_end().chars().count(), 50, "{page:?}");
    session.press("q");
    session.see("4 still pending");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_page_longer_than_the_window_stays_and_what_is_new_is_told_below_it() {
    let project = Project::new(&[("sammati.yaml", "target: embedded\n")]);
    let lines: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
    let text = format!("200 OK\n\n{}", lines.join("\n"));
    put(&project, "long.snap.new", &snapshot("long", &text));
    let mut session = start(&project);
    session.see(BAR);
    session.press("d");
    assert!(session.see(BAR).contains("line 99"));
    put(&project, "other.snap.new", &snapshot("other", "200 OK"));
    let told = session.see(BAR);
    assert!(
        told.contains("new meanwhile snapshots/flow/other.snap"),
        "{told}"
    );
    assert!(
        !told.contains("line 99") && told.contains("folded"),
        "{told}"
    );
    session.press("q");
    session.see("2 still pending");
    assert_eq!(session.end(), Some(0));
}

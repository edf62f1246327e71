//! Browsers that end, and runs that end while one is driven.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::project::{Pages, Project};
use super::wanted;

const WAITS: &str = r"
steps:
  - id: last
    timeout: 10s
    defer: true
    browser: [ { expect: { text: { contains: Hello } } } ]
  - id: wait
    timeout: 60s
    browser:
      - goto: /
      - wait_for: { text: Nobody }
";

/// Waits until something is so, at most for as long as a slow machine may take.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

/// A run whose page is open.
async fn running(project: &Project, asked: &tokio::sync::Notify) -> Child {
    let child = project.command("run").spawn().expect("it starts");
    let opened = tokio::time::timeout(Duration::from_secs(30), asked.notified());
    opened.await.expect("the page is asked for");
    child
}

fn signal(number: u32, name: &str) {
    let sent = Command::new("kill")
        .args([name, &number.to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

/// The process that started another.
fn parent(number: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{number}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

/// A page, and whoever waits for it to be asked for.
async fn hello() -> (Pages, std::sync::Arc<tokio::sync::Notify>) {
    use axum::response::{Html, IntoResponse as _};
    let asked = std::sync::Arc::new(tokio::sync::Notify::new());
    let told = std::sync::Arc::clone(&asked);
    let pages = Pages::answering(move |_, _| {
        told.notify_one();
        Html("<p>Hello</p>").into_response()
    });
    (pages.await, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_leaves_no_browser_behind_and_deferred_steps_still_have_it() {
    if !wanted() {
        return;
    }
    for (name, status) in [("-INT", 130), ("-TERM", 143)] {
        let (pages, asked) = hello().await;
        let project = Project::of(&pages, WAITS);
        let child = running(&project, &asked).await;
        signal(child.id(), name);
        let output = tokio::task::spawn_blocking(|| child.wait_with_output())
            .await
            .expect("no panic")
            .expect("it ends");
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(status), "{text}");
        assert!(
            !text.contains("step `last`"),
            "the deferred step failed: {text}"
        );
        project.nothing_is_left();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_ends_with_a_run_that_is_killed() {
    if !wanted() {
        return;
    }
    let (pages, asked) = hello().await;
    let project = Project::of(&pages, WAITS);
    let mut child = running(&project, &asked).await;
    signal(child.id(), "-KILL");
    child.wait().expect("it ends");
    until("a browser is left", || project.browsers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_dies_fails_the_step() {
    if !wanted() {
        return;
    }
    let (pages, asked) = hello().await;
    let project = Project::of(&pages, WAITS);
    let child = running(&project, &asked).await;
    let mut started_by_the_run = project.browsers();
    started_by_the_run.retain(|number| parent(*number) == Some(child.id()));
    assert_eq!(started_by_the_run.len(), 1, "{started_by_the_run:?}");
    signal(started_by_the_run[0], "-KILL");
    let output = tokio::task::spawn_blocking(|| child.wait_with_output())
        .await
        .expect("no panic")
        .expect("it ends");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the browser has ended"), "{text}");
    project.nothing_is_left();
}

//! A review in a browser, by somebody who has read nothing about it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{Browser, Screen, browser, keyboard, looks};

/// Which of the forty hides a second change.
const HIDING: usize = 23;

/// A project with pending snapshots, and the review of them that is served.
struct Review {
    folder: tempfile::TempDir,
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Drop for Review {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Review {
    fn start(files: &[(String, String)]) -> Review {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_sammati"))
            .args(["review", "--web"])
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut url = String::new();
        while !url.trim().starts_with("http://") {
            url.clear();
            assert!(stdout.read_line(&mut url).expect("text") > 0, "no address");
        }
        let url = url.trim().to_owned();
        Review {
            folder,
            child,
            stdout,
            url,
        }
    }

    fn path(&self, number: usize) -> PathBuf {
        self.folder
            .path()
            .join(format!("snapshots/flow/step_{number:02}.snap"))
    }

    fn is_pending(&self, number: usize) -> bool {
        self.path(number).with_extension("snap.new").exists()
    }

    fn text(&self, number: usize) -> String {
        fs::read_to_string(self.path(number)).expect("it is there")
    }

    /// How it ended, and what it said last.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).expect("text");
        (self.child.wait().expect("it ends").code(), said)
    }
}

fn file(step: &str, contents: &str) -> String {
    format!(
        "---\nsource: scenarios/flow.yaml\nexpression: {step}\ninfo:\n  method: GET\n  url: \"[target]/v2/{step}\"\n---\n\
         200 OK\ncontent-type: application/json\n\n{contents}\n"
    )
}

/// Forty answers that have got a harmless member, one of which has another value too.
fn forty() -> Vec<(String, String)> {
    let mut files = vec![("sammati.yaml".to_owned(), "target: embedded\n".to_owned())];
    for number in 0..40 {
        let step = format!("step_{number:02}");
        let months = if number == HIDING { 24 } else { 30 };
        let text = |months: usize, more: &str| {
            let body = format!(
                "{{\n  \"frequency\": {{\n    \"unit\": \"MONTH\",\n    \"value\": {months}\n  }},\n  \"step\": {number}{more}\n}}"
            );
            file(&step, &body)
        };
        let path = format!("snapshots/flow/{step}.snap");
        files.push((
            format!("{path}.new"),
            text(months, ",\n  \"traceId\": \"[trace-1]\""),
        ));
        files.push((path, text(30, "")));
    }
    files
}

/// Both ways see the same, and come to the same.
async fn decide(browser: &Browser, review: Review, accept: Way, reject: Way) {
    browser.open(&review.url).await;
    assert_eq!(browser.heading().await, "The same change in 40 snapshots");
    assert_eq!(
        browser.text(".changes").await,
        "$.traceId added \"[trace-1]\""
    );
    let page = browser.text("main").await;
    assert!(
        page.contains("1 of them has another change as well"),
        "{page}"
    );
    assert!(!page.contains("frequency.value"), "{page}");
    accept.go(browser).await;
    assert_eq!(browser.heading().await, "flow › step_23");
    let left: Vec<usize> = (0..40)
        .filter(|number| review.is_pending(*number))
        .collect();
    assert_eq!(left, [HIDING], "the rest is on disk");
    assert!(review.text(0).contains("traceId"));
    let changes = browser.text(".changes:not(.before)").await;
    assert!(changes.starts_with("$.frequency.value"), "{changes}");
    assert_eq!(browser.text(".changed .old mark").await, "30");
    assert_eq!(browser.text(".changed .new mark").await, "24");
    reject.go(browser).await;
    assert_eq!(browser.heading().await, "Everything is decided");
    assert!(!review.is_pending(HIDING));
    let text = review.text(HIDING);
    assert!(
        text.contains("\"value\": 30") && !text.contains("traceId"),
        "{text}"
    );
    let (code, said) = review.end();
    assert_eq!(code, Some(0));
    assert!(
        said.ends_with("39 accepted, 1 rejected, 0 still pending\n"),
        "{said}"
    );
}

/// How something is done.
#[derive(Clone, Copy)]
enum Way {
    Key(char),
    Mouse(&'static str),
}

impl Way {
    async fn go(self, browser: &Browser) {
        match self {
            Way::Key(key) => browser.key_on(key).await,
            Way::Mouse(selector) => browser.click_on(selector).await,
        }
    }
}

#[tokio::test]
async fn one_wrong_change_among_forty_is_found_with_the_keyboard() {
    let Some(browser) = browser(Screen::Desktop).await else {
        return;
    };
    let review = Review::start(&forty());
    decide(&browser, review, Way::Key('a'), Way::Key('r')).await;
    browser.close().await;
}

#[tokio::test]
async fn one_wrong_change_among_forty_is_found_with_the_mouse() {
    let Some(browser) = browser(Screen::Desktop).await else {
        return;
    };
    let review = Review::start(&forty());
    let (accept, reject) = (Way::Mouse("button.accept"), Way::Mouse("button.reject"));
    decide(&browser, review, accept, reject).await;
    browser.close().await;
}

/// All kinds of bodies, and what is odd.
fn all_kinds() -> Vec<(String, String)> {
    let mut files = forty();
    let mut put = |step: &str, old: Option<&str>, new: &str| {
        let path = format!("snapshots/odd/{step}.snap");
        if let Some(old) = old {
            files.push((path.clone(), file(step, old)));
        }
        files.push((format!("{path}.new"), file(step, new)));
    };
    let long = "a-very-long-word-that-has-no-place-to-break-and-goes-on-and-on-".repeat(12);
    put(
        "script",
        Some("{\n  \"a\": 1\n}"),
        "{\n  \"a\": \"<script>document.title = 'run'</script><img src=x onerror=alert(1)>\"\n}",
    );
    put(
        "xml",
        Some("<a>\n  <b c=\"1\"/>\n</a>"),
        "<a>\n  <b c=\"2\"/>\n  <b c=\"3\"/>\n</a>",
    );
    put("bytes", Some("3 bytes, SHA-256 aa"), "4 bytes, SHA-256 bb");
    put(
        "long",
        Some(&format!("{long}x{long}")),
        &format!("{long}y{long}"),
    );
    put("new", None, "{\n  \"a\": 1\n}");
    let values = |value: &str| {
        let members = (0..60).map(|number| format!("  \"a-member-{number:02}\": {value}"));
        format!("{{\n{}\n}}", members.collect::<Vec<_>>().join(",\n"))
    };
    let narration = "\"UPI/000000007919/PAYMENT-TO-MERCHANT/सहमति-वापस-ली-गई/東京都千代田区/👨‍👩‍👧‍👦\"";
    put("many", Some(&values("30")), &values(narration));
    let element = |name: &str| {
        format!(
            "<Holder name=\"{name}\" pan=\"XXXXX1234F\" landline=\"\" address=\"{}\"/>",
            "x".repeat(90)
        )
    };
    let account = |holders: &str| {
        format!(
            "<Account xmlns=\"http://api.rebit.org.in/FISchema/deposit\">\n  <Holders type=\"JOINT\">\n    {holders}\n  </Holders>\n</Account>"
        )
    };
    put(
        "long_xml",
        Some(&account(&element("Asha"))),
        &account(&format!("{}\n    {}", element("Asha"), element("Ravi"))),
    );
    put(
        "conflict",
        Some("<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> other"),
        "2",
    );
    files
}

async fn walk(screen: Screen) {
    let Some(browser) = browser(screen).await else {
        return;
    };
    let review = Review::start(&all_kinds());
    let look = async |name: &str| looks::look(&browser, screen, name).await;
    browser.open(&review.url).await;
    look("40-review-shared").await;
    for (name, step) in [
        ("41-review-script", "script"),
        ("42-review-xml", "xml"),
        ("43-review-bytes", "bytes"),
        ("44-review-long", "long"),
        ("45-review-new", "new"),
        ("51-review-many", "many"),
        ("52-review-long-xml", "long_xml"),
        ("46-review-conflict", "conflict"),
    ] {
        browser.open(&format!("{}list", review.url)).await;
        browser.follow(&format!("flow › {step}")).await;
        assert_eq!(browser.heading().await, format!("flow › {step}"));
        look(name).await;
        for more in ["?beside=1", "?full=1&beside=1"] {
            let url = browser.client.current_url().await.expect("a URL");
            let url = url.as_str().split('?').next().expect("a URL").to_owned();
            browser.open(&format!("{url}{more}")).await;
            look(&format!("{name}{}", more.replace(['?', '=', '&'], "-"))).await;
        }
    }
    let title = browser.client.title().await.expect("a title");
    assert!(title.contains("flow › conflict"), "{title}");
    browser
        .open(&format!("{}list?by=scenario", review.url))
        .await;
    look("47-review-list").await;
    browser.open(&review.url).await;
    browser.key_on('a').await;
    look("48-review-accepted").await;
    browser.key('?').await;
    look("49-review-help").await;
    browser.key_on('q').await;
    assert_eq!(browser.heading().await, "The review has ended");
    look("50-review-ended").await;
    let (code, said) = review.end();
    assert_eq!(code, Some(0));
    assert!(
        said.ends_with("39 accepted, 0 rejected, 9 still pending\n"),
        "{said}"
    );
    browser.close().await;
}

#[tokio::test]
async fn every_page_of_a_review_can_be_read_on_a_desktop() {
    walk(Screen::Desktop).await;
}

#[tokio::test]
async fn every_page_of_a_review_can_be_read_on_a_wide_screen() {
    walk(Screen::Wide).await;
}

#[tokio::test]
async fn every_page_of_a_review_can_be_read_on_a_tablet() {
    walk(Screen::Tablet).await;
}

#[tokio::test]
async fn every_page_of_a_review_can_be_read_on_a_phone() {
    walk(Screen::Phone).await;
}

#[tokio::test]
async fn keys_move_and_show_and_nothing_from_a_response_runs() {
    let Some(browser) = browser(Screen::Desktop).await else {
        return;
    };
    let review = Review::start(&all_kinds());
    browser.open(&review.url).await;
    browser.key_on('j').await;
    let first = browser.heading().await;
    browser.key_on('k').await;
    assert_eq!(browser.heading().await, "The same change in 40 snapshots");
    browser.key_on('j').await;
    assert_eq!(browser.heading().await, first);
    browser.key_on('w').await;
    assert_eq!(browser.count(".diff.beside").await, 1);
    browser.key_on('d').await;
    assert_eq!(
        (
            browser.count(".diff.beside").await,
            browser.count(".folded").await
        ),
        (1, 0)
    );
    // Side by side stays, and so does what was chosen with the mouse.
    browser.key_on('j').await;
    assert_eq!(browser.count(".diff.beside").await, 1);
    // A key with Ctrl is the browser's own; one that means nothing does nothing.
    browser.key('x').await;
    browser.key('?').await;
    assert_eq!(browser.count("details.help[open]").await, 1);
    browser.key('?').await;
    assert_eq!(browser.count("details.help[open]").await, 0);
    browser.open(&format!("{}list", review.url)).await;
    browser.follow("flow › script").await;
    let page = browser.text(".diff").await;
    assert!(
        page.contains("<script>document.title = 'run'</script>"),
        "{page}"
    );
    assert_ne!(browser.client.title().await.expect("a title"), "run");
    browser.key_on('s').await;
    assert!(browser.text(".notice").await.contains("Skipped 1 snapshot"));
    browser.key_on('q').await;
    assert_eq!(review.end().0, Some(0));
    browser.close().await;
}

#[tokio::test]
async fn the_tab_key_reaches_everything_and_shows_where_it_is() {
    let Some(browser) = browser(Screen::Desktop).await else {
        return;
    };
    let review = Review::start(&forty());
    browser.open(&review.url).await;
    keyboard::tab_to(&browser, ".diff a").await;
    keyboard::tab_to(&browser, ".owners summary").await;
    keyboard::enter_at(&browser, "button.accept").await;
    assert_eq!(browser.heading().await, "flow › step_23");
    keyboard::enter_at(&browser, "button.reject").await;
    assert_eq!(browser.heading().await, "Everything is decided");
    assert_eq!(review.end().0, Some(0));
    browser.close().await;
}

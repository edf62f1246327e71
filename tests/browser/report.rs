//! The page that `--report html` writes, as a person meets it: a file, opened from a disk.

use std::path::Path;
use std::process::{Command, Stdio};

use fantoccini::key::Key;
use serde_json::json;

use super::looks::look;
use super::project::{Pages, Project};
use super::{Browser, Screen, start};

const WRONG: &str = r#"
name: "Wrong </script><b class=injected>"
defaults:
  headers: { x-client-id: "{{ client_id }}", x-client-secret: "{{ client_secret }}", x-product-instance-id: "{{ product_instance_id }}" }
sandbox: { faults: [{ on: GET /v2/fips, status: 503, times: 1 }] }
steps:
  - id: tried
    get: /v2/fips
    retry: { times: 3, every: 20ms }
  - id: told
    get: "/v2/fips?q=<b/class=injected>"
    expect: { status: 404 }
    keep_going: true
  - id: kept
    get: /v2/fips/setu-fip
    snapshot: true
"#;

/// A run with a case that passes, one that waits for notifications, and one in which much is wrong.
fn written(folder: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = root.join("scenarios");
    let scenarios = folder.join("scenarios");
    std::fs::create_dir_all(scenarios.join("notifications")).expect("a folder");
    for name in [
        "_login.yaml",
        "consent_to_data.yaml",
        "notifications/consent_and_session.yaml",
    ] {
        std::fs::copy(ours.join(name), scenarios.join(name)).expect("a scenario");
    }
    for stem in ["consent_to_data", "notifications/consent_and_session"] {
        let (from, to) = (
            root.join("snapshots").join(stem),
            folder.join("snapshots").join(stem),
        );
        std::fs::create_dir_all(&to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("snapshots") {
            let entry = entry.expect("a snapshot");
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
    std::fs::write(scenarios.join("wrong.yaml"), WRONG).expect("a scenario");
    let ended = Command::new(env!("CARGO_BIN_EXE_sammati"))
        .args([
            "run",
            "--snapshots",
            "check",
            "--report",
            "html=report.html",
        ])
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    format!("file://{}", folder.join("report.html").display())
}

async fn opened(screen: Screen) -> Option<(tempfile::TempDir, Browser, String)> {
    let (_, browser) = start(screen).await?;
    let folder = tempfile::tempdir().expect("a folder");
    let url = written(folder.path());
    browser.open(&url).await;
    Some((folder, browser, url))
}

async fn walk(screen: Screen) {
    let Some((_folder, browser, url)) = opened(screen).await else {
        return;
    };
    look(&browser, screen, "report-1-list").await;
    for (number, name) in [(1, "consent"), (2, "notifications"), (3, "wrong")] {
        browser.open(&format!("{url}#case-{number}")).await;
        browser
            .evaluate("for (const details of document.querySelectorAll('details')) { details.fillIn?.(); details.open = true; }")
            .await;
        look(&browser, screen, &format!("report-{}-{name}", number + 1)).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn the_report_can_be_read_on_a_desktop() {
    walk(Screen::Desktop).await;
}

#[tokio::test]
async fn the_report_can_be_read_on_a_phone() {
    walk(Screen::Phone).await;
}

#[tokio::test]
async fn the_report_is_searched_filtered_and_followed() {
    let Some((_folder, browser, url)) = opened(Screen::Desktop).await else {
        return;
    };
    assert_eq!(browser.heading().await, "1 of 3 cases did not pass");
    assert_eq!(browser.count("#list li").await, 3);
    assert_eq!(browser.count(".timeline rect").await, 3);
    // Nothing is loaded, and no text has become markup.
    assert_eq!(
        browser
            .evaluate("return performance.getEntriesByType('resource').length")
            .await,
        0
    );
    browser
        .evaluate("document.querySelector('[data-status=failed]').click()")
        .await;
    assert_eq!(browser.count("#list li").await, 1);
    browser
        .evaluate("document.querySelector('[data-status=\"\"]').click()")
        .await;
    browser.key('/').await;
    browser.write("notifications").await;
    assert_eq!(browser.count("#list li").await, 1);
    browser.key(Key::Escape.into()).await;
    assert_eq!(browser.count("#list li").await, 3);
    browser.open(&format!("{url}#case-3-step-2")).await;
    assert_eq!(browser.count("#case-3-step-2[open] .failure").await, 1);
    assert_eq!(browser.text("#case-3-step-2 mark").await, "404");
    assert_eq!(browser.count("#case-3-step-1 .try").await, 2);
    assert!(browser.count("#case-3-step-3 .diff.added").await > 10);
    assert_eq!(browser.count(".injected").await, 0);
    assert!(
        browser
            .text("#case h2")
            .await
            .contains("</script><b class=injected>")
    );
    assert!(
        browser
            .text(".command code")
            .await
            .starts_with("sammati run scenarios/wrong.yaml --seed ")
    );
    browser.key('k').await;
    browser.key(Key::Escape.into()).await;
    // The page hears of its new address only after the key.
    browser
        .evaluate("return new Promise(done => { const look = () => document.querySelector('#case').hidden ? done(true) : requestAnimationFrame(look); look(); })")
        .await;
    assert_eq!(browser.count("#case[hidden]").await, 1);
    browser.open(&format!("{url}#case-2")).await;
    let lanes = browser
        .evaluate(
            "return [...document.querySelectorAll('.calls .who')].map(lane => lane.textContent)",
        )
        .await;
    assert_eq!(lanes, json!(["FIU", "Consent page", "Gateway", "FIPs"]));
    let arrows = browser
        .evaluate("return [...document.querySelectorAll('.calls a')].map(arrow => arrow.getAttribute('aria-label')).join('\\n')")
        .await;
    let arrows = arrows.as_str().expect("a text");
    for part in [
        "POST /v2/consents",
        "CONSENT_STATUS_UPDATE",
        "customer: approve",
        "data of setu-fip",
    ] {
        assert!(arrows.contains(part), "{part}: {arrows}");
    }
    browser.close().await;
}

#[tokio::test]
async fn a_page_that_a_step_kept_is_seen() {
    let Some((_, browser)) = start(Screen::Desktop).await else {
        return;
    };
    let pages = Pages::showing("<h1>Nothing is due</h1>").await;
    let steps = "steps:\n  - id: pay\n    timeout: 400ms\n    browser:\n      - goto: /\n      - click: Pay\n";
    let project = Project::of(&pages, steps);
    project.run("run --report html=report.html").await.failed();
    // The page has it, and needs no other file.
    std::fs::remove_dir_all(project.path().join(".sammati")).expect("pictures were kept");
    let url = format!("file://{}", project.path().join("report.html").display());
    browser.open(&format!("{url}#case-1")).await;
    let width = browser
        .evaluate("return document.querySelector('img.picture').naturalWidth")
        .await;
    assert!(width.as_u64() > Some(300), "{width}");
    look(&browser, Screen::Desktop, "report-5-kept").await;
    browser.close().await;
}

#[tokio::test]
async fn the_report_is_dark_or_light_and_printed() {
    let Some((_folder, browser, _)) = opened(Screen::Desktop).await else {
        return;
    };
    let paper = async || {
        browser
            .evaluate("return getComputedStyle(document.body).backgroundColor")
            .await
    };
    browser.prefer("dark").await;
    let dark = paper().await;
    browser.prefer("light").await;
    let light = paper().await;
    assert_ne!(dark, light);
    for expected in [&light, &dark] {
        browser
            .evaluate("document.getElementById('theme').click()")
            .await;
        assert_eq!(&paper().await, expected);
    }
    browser
        .evaluate("dispatchEvent(new Event('beforeprint'))")
        .await;
    assert_eq!(browser.count("#printed article").await, 1);
    assert_eq!(browser.count("#printed .failure").await, 2);
    // Paper is not scrolled.
    let notice = browser
        .evaluate("return document.querySelector('#printed pre.code + .notice').textContent")
        .await;
    let notice = notice.as_str().expect("a text");
    assert!(
        notice.ends_with("more lines are in the page, and not printed."),
        "{notice}"
    );
    let longest = browser
        .evaluate("return Math.max(...[...document.querySelectorAll('#printed pre.code')].map(code => code.textContent.split('\\n').length))")
        .await;
    assert_eq!(longest, json!(60));
    browser
        .evaluate("dispatchEvent(new Event('afterprint'))")
        .await;
    assert_eq!(browser.count("#printed article").await, 0);
    browser.close().await;
}

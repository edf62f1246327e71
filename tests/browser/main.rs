//! The pages for people, in a real Chromium, driven through chromedriver.
//!
//! Without the two programs these tests fail and say so; `SAMMATI_BROWSER_TESTS=skip` lets them pass unseen, and each
//! says that it was skipped. With `SAMMATI_SCREENSHOTS=FOLDER` the walk through all pages leaves pictures there.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests start programs, read what they are told by the environment, and say that they are skipped; one that \
              cannot go on ends at the place"
)]

mod against_standin;
#[path = "../it/authority.rs"]
mod authority;
mod consents;
mod driven;
mod driver;
mod endings;
#[path = "../forms.rs"]
mod forms;
mod journeys;
mod keyboard;
mod looks;
mod project;
mod report;
mod review;
mod sandbox;
mod secrets;
#[path = "../standin/mod.rs"]
mod standin;
mod trust;

use driver::{Browser, Screen};
use sandbox::Bench;

/// Whether these tests are wanted.
fn wanted() -> bool {
    let is_skipped = std::env::var("SAMMATI_BROWSER_TESTS").is_ok_and(|value| value == "skip");
    if is_skipped {
        println!("skipped: SAMMATI_BROWSER_TESTS=skip");
    }
    !is_skipped
}

/// A sandbox and a browser, or none if these tests are not wanted.
async fn start(screen: Screen) -> Option<(Bench, Browser)> {
    let browser = browser(screen).await?;
    Some((Bench::start().await, browser))
}

/// A browser, or none if these tests are not wanted.
async fn browser(screen: Screen) -> Option<Browser> {
    if !wanted() {
        return None;
    }
    Some(Browser::start(screen).await)
}

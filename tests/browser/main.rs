//! The pages for people, in a real Chromium, driven through chromedriver.
//!
//! Without the two programs these tests fail and say so; `SAMMATI_BROWSER_TESTS=skip` lets them pass unseen, and each
//! says that it was skipped. With `SAMMATI_SCREENSHOTS=FOLDER` the walk through all pages leaves pictures there.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests start programs, read what they are told by the environment, and say that they are skipped"
)]

mod driver;
mod journeys;
mod keyboard;
mod looks;
mod report;
mod sandbox;

use driver::{Browser, Screen};
use sandbox::Bench;

/// A sandbox and a browser, or none if these tests are not wanted.
async fn start(screen: Screen) -> Option<(Bench, Browser)> {
    if std::env::var("SAMMATI_BROWSER_TESTS").is_ok_and(|value| value == "skip") {
        println!("skipped: SAMMATI_BROWSER_TESTS=skip");
        return None;
    }
    Some((Bench::start().await, Browser::start(screen).await))
}

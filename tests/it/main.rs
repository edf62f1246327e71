//! One integration binary, by feature.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on ends at the place"
)]

mod architecture;
mod docs;
mod failures;
mod run;
mod sandbox;
mod scenarios;
mod wrong;

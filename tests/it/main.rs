//! One integration binary, by feature.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the program, and one that cannot go on ends at the place"
)]

mod architecture;
mod cli;
mod docs;
mod failures;
mod run;
mod sandbox;
mod scenarios;
mod wrong;

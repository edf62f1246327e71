//! One integration binary, by feature.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on ends at the place; tests start the program"
)]

mod against_standin;
mod architecture;
mod authority;
#[cfg(unix)]
mod blocks;
mod book;
mod ci;
mod cli;
mod customer;
mod docs;
mod failures;
#[path = "../forms.rs"]
mod forms;
mod merge;
mod portions;
mod red;
mod reference;
mod reports;
mod run;
mod sandbox;
mod scenarios;
#[path = "../standin/mod.rs"]
mod standin;
mod start;
mod trigger;
mod tutorial;
mod wrong;

//! Sammati, a scenario runner and test harness for India's Account Aggregators.
//!
//! The stages, each a function from a value to a value:
//!
//! ```text
//! YAML text --parse--> Scenario --check--> Plan --run--> Events --report--> terminal
//!                                                  |
//!                                    snapshot: normalise, compare, keep
//! ```
//!
//! From a Rust test, [`Harness`] runs a project's scenarios as `sammati run` does.

pub mod check;
pub mod cli;
pub mod model;
pub mod parse;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod snapshot;

pub use cli::{Harness, Report};

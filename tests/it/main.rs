//! One integration binary, by feature.

mod architecture;
mod docs;
mod failures;
mod run;
mod sandbox;
mod scenarios;
mod wrong;

//! One integration binary, by feature.

mod architecture;
mod docs;
mod failures;
mod sandbox;
mod scenarios;
mod wrong;

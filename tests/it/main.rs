//! One integration binary, by feature.

mod architecture;
mod docs;
mod sandbox;
mod scenarios;
mod wrong;

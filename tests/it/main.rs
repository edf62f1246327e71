//! One integration binary, by feature.

mod docs;
mod sandbox;
mod wrong;

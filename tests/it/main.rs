//! One integration binary, by feature.

mod architecture;
mod sandbox;

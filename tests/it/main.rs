//! One integration binary, by feature.

mod sandbox;

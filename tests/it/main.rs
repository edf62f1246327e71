//! One integration binary, by feature.

#![expect(
    clippy::disallowed_methods,
    reason = "tests start the program and others"
)]

mod architecture;
mod cli;
mod docs;
mod sandbox;
mod wrong;

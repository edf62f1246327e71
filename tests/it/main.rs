//! One integration binary, by feature.

mod docs;
mod wrong;

//! One integration binary, by feature.

//! The binary: nothing but the entry.
fn main() {}

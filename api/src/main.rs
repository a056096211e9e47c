//! The `cauri` binary.
fn main() {}

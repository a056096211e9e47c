//! The pure rules of Cauri.

mod ids;

pub use ids::*;

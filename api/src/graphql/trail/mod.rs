//! The audit trail: who was refused, approved, administered, read what is sensitive.

mod query;
mod types;
mod words;

pub use query::TrailQueries;

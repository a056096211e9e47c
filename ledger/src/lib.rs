//! The event store port and its adapters, the envelope and its hash chain, the single-writer engine.

pub mod chain;
pub mod store;

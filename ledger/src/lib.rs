//! The event store port and its adapters, the envelope and its hash chain, the single-writer engine.
//!
//! | to find | look in |
//! | --- | --- |
//! | where events are kept | [`store`] |
//! | what surrounds an event, and its bytes | [`envelope`], [`codec`], [`chain`] |
//! | asking a ledger | [`engine`] |
//! | several ledgers | [`ledgers`] |
//! | reading a log | [`log`] |
//! | a quick start | [`snapshot`] |

pub mod chain;
pub mod codec;
pub mod edge;
pub mod engine;
pub mod envelope;
pub mod fold;
pub mod ledgers;
pub mod log;
pub mod sealed;
pub mod snapshot;
pub mod store;

pub use chain::Hash;
pub use envelope::{Cause, Recorded, Unit};
pub use store::Head;

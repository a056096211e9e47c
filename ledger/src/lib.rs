//! The event store port and its adapters, the envelope and its hash chain, the single-writer engine.
//!
//! | to find | look in |
//! | --- | --- |
//! | where events are kept | [`store`] |
//! | who gives way to whom | [`aside`], [`crowd`] |
//! | what surrounds an event, and its bytes | [`envelope`], [`codec`], [`chain`] |
//! | asking a ledger | [`engine`] |
//! | moving to another store | [`mod@copy`] |
//! | several ledgers | [`ledgers`] |
//! | reading a log | [`log`] |
//! | a quick start | [`snapshot`] |
//! | who did what: refusals, approvals, admin acts, reads | [`trail`] |
//! | what an auditor can check alone | [`transparency`] |
//! | checking a whole log | [`verify`] |

pub mod aside;
pub mod chain;
pub mod codec;
pub mod copy;
pub mod crowd;
pub mod edge;
pub mod engine;
pub mod envelope;
pub mod fold;
pub mod folder;
pub mod ledgers;
pub mod log;
pub mod sealed;
pub mod snapshot;
pub mod store;
pub mod trail;
pub mod transparency;
pub mod verify;

pub use chain::Hash;
pub use envelope::{Cause, Recorded, Unit};
pub use store::Head;

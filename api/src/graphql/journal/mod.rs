//! The journal: all events, their postings, and the books they come to.

mod live;
mod query;
mod subscription;
mod types;

pub use query::JournalQueries;
pub use subscription::JournalSubscriptions;
pub(super) use types::{Entries, JournalEvent};

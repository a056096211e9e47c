//! Reports as files: asked for here, made by [`crate::reports`], fetched from
//! `GET /reports/{ledger}/{id}`.

mod input;
mod mutation;
mod query;
mod types;

pub(super) use input::range;
pub use mutation::ReportMutations;
pub use query::ReportFileQueries;

//! Commission rules, why an entry is what it is, and what the platform and its sellers earn.

mod ask;
mod explanation;
mod input;
mod mutation;
mod query;
mod reports;
mod types;
mod words;

#[allow(unused_imports, reason = "for whatever sells")]
pub use ask::{AgreedCommission, CommissionInput};
pub use explanation::ExplanationQueries;
pub use mutation::CommissionMutations;
pub use query::CommissionQueries;
pub use reports::ReportQueries;

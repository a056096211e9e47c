//! Withdrawals.

mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use input::{ApproveWithdrawalStep, RequestWithdrawalStep};
pub use mutation::WithdrawalMutations;
pub use query::WithdrawalQueries;
pub use subscription::WithdrawalSubscriptions;

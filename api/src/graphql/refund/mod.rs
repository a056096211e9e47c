//! Refunds: money of a provider's payment on its way back to the payer.

mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use input::{RefundToWalletStep, RequestRefundStep};
pub use mutation::RefundMutations;
pub use query::RefundQueries;
pub use subscription::RefundSubscriptions;

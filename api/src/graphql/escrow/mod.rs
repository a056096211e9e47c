//! Escrows.

mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use input::{MarkDeliveredStep, OpenEscrowStep, RefundEscrowStep, ReleaseEscrowStep};
pub use mutation::EscrowMutations;
pub use query::EscrowQueries;
pub use subscription::EscrowSubscriptions;

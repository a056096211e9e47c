//! Escrows.

mod dispute;
mod input;
mod mutation;
mod query;
mod subscription;
mod types;
mod words;

pub use dispute::{ArbitrateEscrowStep, OpenDisputeStep};
pub use input::{
    CancelEscrowStep, ClawBackEscrowStep, FundEscrowStep, MarkDeliveredStep, OpenEscrowStep,
    RefundEscrowStep, ReleaseEscrowStep, RequestRevisionStep,
};
pub use mutation::EscrowMutations;
pub use query::EscrowQueries;
pub use subscription::EscrowSubscriptions;

//! Process managers, the timers they set, and the payouts they make.
//!
//! A process manager is pure: an event in, [`Effect`]s out. The effects are folded into an
//! [`Agenda`] of what is due and what is open; [`Sagas`] does it. Nothing of it is
//! remembered anywhere but in the log: a lost agenda is folded again.
//!
//! | process | waits for | then |
//! | --- | --- | --- |
//! | [`payin`] | the pay-in's expiry, money that comes after it | `ExpirePayin`, `SettleLate` |
//! | [`refund`] | the provider | `SubmitRefund`, `RecordRefund`, `RecordRefundFailure` |
//! | [`chargeback`] | evidence, else the end of its time; debts that stay | `ExpireChargeback`, `ProposeWriteOff` |
//! | [`escrow`] | the end of the inspection period | `AutoReleaseEscrow` |
//! | [`withdrawal`] | a judgement, else the end of its time; then the provider | `AutoApproveWithdrawal`, `SubmitWithdrawal`, `RecordPayout`, `RecordPayoutFailure` |
//! | [`hold`] | the hold's expiry | `ExpireHold` |
//! | [`order`] | the order's money, then the end of the inspection period | `ExpireOrder`, `AutoSettleOrder` |
//! | [`entitlement`] | the entitlement's end | `ExpireEntitlement` |
//! | [`four_eyes`] | the proposal's expiry | `ExpireProposal` |
//!
//! What the ledger refuses, or a provider does not answer for long, is put on record
//! (`RecordStuck`), and freed (`RecordFreed`) when it goes on after all; operators retry, skip, and
//! give up with commands of their own, which the agenda folds like any other event.

pub mod agenda;
mod backoff;
pub mod chargeback;
mod circuit;
mod destinations;
pub mod entitlement;
pub mod escrow;
pub mod four_eyes;
pub mod gateway;
mod gateways;
mod gauges;
mod handle;
pub mod hold;
mod kept;
mod lanes;
mod notes;
pub mod order;
mod outcome;
pub mod payin;
mod payouts;
mod process;
mod queue;
pub mod refund;
mod routes;
mod runner;
pub mod subscription;
pub mod withdrawal;

pub use agenda::Agenda;
pub use backoff::Chance;
pub use circuit::CircuitState;
pub use destinations::{Destinations, ProvidersOwn, Resolved};
pub use gateways::Gateways;
pub use handle::{SagaHandle, SagaOptions, SagaStatus, Sagas};
pub use lanes::ProviderStatus;
pub use process::{Destination, Effect, EscrowPart, Origin, Outgoing, ProcessManager, TimerId};
pub use routes::Route;

//! Escrow: money kept for a condition, still the buyer's until it is released.
//!
//! An escrow is one sum, or milestones that add up to one; each milestone (and the whole of an
//! escrow without any) goes through these states by itself:
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> AwaitingFunds: OpenEscrow, to be funded later
//!     [*] --> Funded: OpenEscrow
//!     AwaitingFunds --> Funded: FundEscrow, a pay-in
//!     AwaitingFunds --> Canceled: CancelEscrow, ExpireEscrowFunding
//!     Funded --> Delivered: MarkDelivered
//!     Delivered --> Funded: RequestRevision
//!     Funded --> Disputed: OpenDispute
//!     Delivered --> Disputed: OpenDispute
//!     Disputed --> Delivered: WithdrawDispute
//!     Disputed --> Funded: WithdrawDispute
//!     Funded --> Released: ReleaseEscrow
//!     Delivered --> Released: ReleaseEscrow, AutoReleaseEscrow
//!     Funded --> Refunded: RefundEscrow, AutoRefundEscrow
//!     Delivered --> Refunded: RefundEscrow
//!     Funded --> Settled: AcceptSettlement
//!     Delivered --> Settled: AcceptSettlement
//!     Disputed --> Settled: AcceptSettlement, ArbitrateEscrow
//! ```
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `OpenEscrow` | `escrow.opened.v1`, `escrow.funded.v1` | buyer available → escrow |
//! | `FundEscrow` | `escrow.funded.v1` | buyer available → escrow |
//! | `CancelEscrow`, `ExpireEscrowFunding` | `escrow.canceled.v1` | none |
//! | `MarkDelivered` | `escrow.delivered.v1` | none |
//! | `RequestRevision` | `escrow.revision_requested.v1` | none |
//! | `ReleaseEscrow`, `AutoReleaseEscrow` | `escrow.released.v1` | escrow → seller available, commission |
//! | `RefundEscrow`, `AutoRefundEscrow` | `escrow.refunded.v1` | escrow → buyer available |
//! | `OpenDispute` | `escrow.disputed.v1` | none |
//! | `WithdrawDispute` | `escrow.dispute_withdrawn.v1` | none |
//! | `OfferSettlement` | `escrow.settlement_offered.v1` | none |
//! | `DeclineSettlement` | `escrow.settlement_declined.v1` | none |
//! | `AcceptSettlement`, `ArbitrateEscrow` | `escrow.settled.v1` | escrow → seller available, commission, buyer available, fees |
//! | `ClawBackEscrow` | `escrow.clawed_back.v1` | seller available (or what it owes), commission → buyer available |
//!
//! The terms, the commission rule among them, are frozen when the escrow is opened. The rule is
//! applied to each milestone by itself, as to a sale of its own. Parts of a milestone are released
//! and refunded one by one, and it ends when nothing is left in it: `Released` or `Refunded` when
//! all went one way, `Settled` when some went each. The whole escrow stands where its least advanced
//! milestones do.
//!
//! The buyer releases, the seller refunds; staff and the marketplace's back end may do both, and
//! staff need four eyes above the ledger's thresholds. What both sides agree is an offer of one and
//! its acceptance by the other. In a dispute nothing moves and no deadline runs, until the one who
//! opened it withdraws it, both agree, or the arbiter named in the terms (or staff) splits what is
//! held.
//!
//! A buyer who bears the commission puts it aside with the amount.

mod commands;
mod dispute;
mod events;
mod evolve;
mod opening;
mod paying;
mod state;
mod unwind;
mod working;

pub use commands::*;
pub use events::*;
pub use state::{Escrow, Offer, Part, Status};

pub(crate) use dispute::*;
pub(crate) use evolve::*;
pub(crate) use opening::*;
pub(crate) use paying::*;
pub(crate) use unwind::*;
pub(crate) use working::*;

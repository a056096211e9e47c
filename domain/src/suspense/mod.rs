//! Suspense: money that a provider really has for us, and that matched nothing.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: RecordReceipt, RecordPayoutFailure
//!     Waiting --> Assigned: AssignSuspense, SettleLate
//!     Waiting --> Refunded: RequestRefund
//!     Waiting --> Succeeded: RecordReceipt (the rest of it came)
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `AssignSuspense` | `suspense.assigned.v1` | suspense → wallet available |
//! | `SettleLate`, where late money is credited | `suspense.assigned.v1` | suspense → wallet available |
//! | `SettleLate`, where late money goes back | `refund.requested.v1` | suspense → refund |
//! | `RequestRefund` | `refund.requested.v1` | suspense → refund |
//!
//! There is one item for each payment of a provider. A person who assigns one, or sends it back,
//! always needs a second one: unmatched money is nobody's, and so is everybody's temptation. What
//! came after its pay-in had ended follows the ledger's policy ([`crate::payments`]), by itself.
//! What a pay-in pays for takes assigned money as it would have taken the pay-in's.

use serde::{Deserialize, Serialize};

use crate::ids::{PayinId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::text::{ObjectId, Provider};

mod rules;
pub(crate) use rules::*;

/// Gives money in suspense to whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// The provider that has it.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// How much is assigned: all that is there, which is checked.
    pub amount: Money,
    /// To whom.
    pub to: Exit,
}

/// To whom money in suspense is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// A wallet.
    Wallet(WalletId),
    /// A pay-in of exactly this amount, which succeeds by it.
    Payin(PayinId),
}

/// Does with late money what the ledger's policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleLate {
    /// The pay-in that had ended.
    pub payin: PayinId,
}

/// Money in suspense was given to whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The provider that has it.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// The wallet that it reached first.
    pub wallet: WalletId,
    /// The pay-in that succeeded by it, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payin: Option<PayinId>,
    /// The pay-in that it had come for, if a wallet has it instead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub meant: Option<PayinId>,
    /// How much.
    pub amount: Money,
    /// By whom.
    pub by: AssignedBy,
    /// Suspense → wallet available.
    pub entry: JournalEntry,
}

/// By whom money in suspense was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBy {
    /// Two persons.
    Person,
    /// The ledger's policy for late money.
    Policy,
}

//! The payout port: what a process manager asks of a provider that pays out, or gives back what was
//! paid in.
//!
//! Sending money has three endings, not two: taken, refused, and not known. Not known is never
//! resolved by sending under another key; it is asked for with [`PayoutGateway::status`]. A second
//! submission under the same key is always safe.
//!
//! Invariant: [`Submitted::Refused`] is only said when the provider itself has said, in its own
//! words, that this instruction will never be paid. Everything doubtful (a proxy's error page, a
//! rejected credential, a key reused with other content) is [`Submitted::Unknown`], because an
//! earlier try under the same key may have been taken.

mod combined;
pub mod http;
mod payins;
mod simulated;

use std::time::Duration;

use cauri_domain::{LedgerId, PayinId, RefundId, WithdrawalId};
use futures::future::BoxFuture;

pub use combined::Combined;
pub use payins::{
    Begun, ClosedThere, OrderField, PayinFound, PayinGateway, PayinGateways, PayinKey, PayinOrder,
    Started,
};
pub use simulated::{GatewayError, SimulatedGateway};

/// A payment to make. The withdrawal's id is the idempotency key.
#[derive(Clone, PartialEq, Eq)]
pub struct PayoutInstruction {
    /// The ledger it is made for: the provider's account for it, where there are several.
    pub ledger: LedgerId,
    /// The withdrawal it is made for.
    pub withdrawal: WithdrawalId,
    /// Decimal at its currency's full scale, such as `10.00`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Where to, in the provider's form: personal, so it is neither logged nor put into an event.
    pub destination: String,
}

impl std::fmt::Debug for PayoutInstruction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PayoutInstruction")
            .field("withdrawal", &self.withdrawal)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}

/// A payment to give back, whole or in part. The refund's id is the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundInstruction {
    /// The ledger it is made for: the provider's account for it, where there are several.
    pub ledger: LedgerId,
    /// The refund it is made for.
    pub refund: RefundId,
    /// The provider's own payment.
    pub payment: String,
    /// Decimal at its currency's full scale, such as `10.00`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// An authorised payment whose money is asked for. The pay-in's id is the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureInstruction {
    /// The ledger it is made for: the provider's account for it, where there are several.
    pub ledger: LedgerId,
    /// The pay-in it is made for.
    pub payin: PayinId,
    /// The provider's own authorised payment.
    pub payment: String,
    /// Decimal at its currency's full scale, such as `10.00`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// How a submission ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The provider has taken the instruction; its outcome follows.
    Accepted {
        /// The provider's id of the payout.
        object: String,
    },
    /// The provider has made it at once.
    Made {
        /// The provider's id of the payout or the refund.
        object: String,
    },
    /// The provider will never pay it.
    Refused {
        /// The provider's reason, a short code of `a-z 0-9 _ . -`.
        code: String,
    },
    /// It cannot be put into the provider's form, now or later: nothing of it was sent, and nobody was
    /// asked.
    NotSendable {
        /// Why not, a short code of `a-z 0-9 _ . -`.
        code: String,
    },
    /// Nobody was asked, since there is no such call: it is for a person.
    Unasked {
        /// What there is none of, a short code such as `no_refunds`.
        why: String,
    },
    /// Nothing of it has left: no connection was made. It may be sent again without being asked for.
    NotSent {
        /// What happened, a short code such as `not_reached`.
        why: String,
    },
    /// It may or may not have been taken: ask for its status.
    Unknown {
        /// What happened, a short code such as `timed_out`.
        why: String,
    },
    /// As unknown; and the provider asks to be left alone for a while (`Retry-After`).
    Busy {
        /// What happened, a short code such as `status_429`.
        why: String,
        /// For how long.
        pause: Duration,
    },
}

/// How far a payout is, as the provider says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutStatus {
    /// Taken, not ended.
    Pending,
    /// Paid.
    Paid {
        /// The provider's id of the payout.
        object: String,
    },
    /// Not paid, and never will be.
    Failed {
        /// The provider's id of the payout.
        object: String,
        /// The provider's reason, a short code of `a-z 0-9 _ . -`.
        code: String,
    },
    /// The provider has never taken an instruction under this key.
    NotFound,
    /// The provider finds nothing by our keys: what became of an instruction, it tells when the same
    /// is sent again under the same key ([`PayoutGateway::keeps_keys`]).
    NotSearchable,
    /// Nobody was asked, since there is no such call, or nothing to ask by: it is for a person.
    Unasked {
        /// What there is none of, a short code such as `no_status_to_ask_for`.
        why: String,
    },
    /// The provider could not be asked.
    Unknown {
        /// What happened, a short code such as `timed_out`.
        why: String,
    },
    /// As unknown; and the provider asks to be left alone for a while (`Retry-After`).
    Busy {
        /// What happened, a short code such as `status_429`.
        why: String,
        /// For how long.
        pause: Duration,
    },
}

/// A provider that pays out, and gives back.
pub trait PayoutGateway: Send + Sync {
    /// The provider's name, as in its clearing account.
    fn provider(&self) -> &str;

    /// For how long the provider knows a key, where it is asked by sending again
    /// ([`PayoutStatus::NotSearchable`]): after that time, the same instruction would be another
    /// payment, so it is not sent again. `None` where it never forgets.
    fn keeps_keys(&self) -> Option<Duration> {
        None
    }

    /// Whether it can use a plain destination. One that it cannot use goes to another of its route.
    fn takes(&self, _destination: &str) -> bool {
        true
    }

    /// Sends an instruction under its own key. Sending it again changes nothing.
    ///
    /// One that pays nothing out (see [`crate::Gateways::add_account`]) is never asked.
    fn submit<'a>(&'a self, _: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async { Submitted::Unasked { why: "no_payouts".to_owned() } })
    }

    /// Asks how far the payout of a withdrawal is.
    fn status(&self, _: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::Unasked { why: "no_payouts".to_owned() } })
    }

    /// Whether it gives anything back. Where it does not, a refund is never submitted to it: it
    /// waits for a person, as if the provider were not there.
    fn gives_back(&self) -> bool {
        true
    }

    /// Gives a payment back under the refund's own key. Sending it again changes nothing.
    fn refund<'a>(&'a self, _: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async { Submitted::Unasked { why: "no_refunds".to_owned() } })
    }

    /// Asks how far a refund is: `Paid` when the money is given back.
    fn refund_status(&self, _: RefundId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(async { PayoutStatus::Unasked { why: "no_refunds".to_owned() } })
    }

    /// Asks for the money of an authorised payment under the pay-in's own key. Asking for it again
    /// changes nothing.
    fn capture<'a>(&'a self, _: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        Box::pin(async { Submitted::Unasked { why: "no_captures".to_owned() } })
    }

    /// Asks how far a capture is: `Paid` when the money is ours, with the payment as it is named
    /// from then on.
    fn capture_status<'a>(&'a self, _: &'a CaptureInstruction) -> BoxFuture<'a, PayoutStatus> {
        Box::pin(async { PayoutStatus::Unasked { why: "no_captures".to_owned() } })
    }
}

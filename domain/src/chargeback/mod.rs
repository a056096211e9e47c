//! Chargebacks: payments that a payer disputes at the provider.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Inquiry: RecordChargeback (inquiry)
//!     [*] --> Open: RecordChargeback (opened)
//!     Inquiry --> Open: RecordChargeback (opened)
//!     Open --> UnderReview: SubmitEvidence
//!     Open --> Lost: ExpireChargeback, RecordChargeback (lost)
//!     UnderReview --> Lost: RecordChargeback (lost)
//!     Open --> Won: RecordChargeback (won)
//!     UnderReview --> Won: RecordChargeback (won)
//!     Lost --> Won: RecordChargeback (won)
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RecordChargeback`: inquiry | `chargeback.inquired.v1` | none |
//! | `RecordChargeback`: opened | `chargeback.opened.v1` | none |
//! | (with it, and with what the wallet gets later, as far as it has it) | `chargeback.reserved.v1` | wallet available → wallet reserve |
//! | `RecordChargeback`: funds withdrawn | `chargeback.withdrawn.v1` | chargeback, expense:disputes → clearing |
//! | (with it, once the payment is known) | `chargeback.borne.v1` | suspense, wallet reserve, available, receivable → chargeback |
//! | `RecordChargeback`: funds reinstated | `chargeback.reinstated.v1` | clearing → chargeback |
//! | (with it) | `chargeback.given_back.v1` | chargeback → wallet available, or suspense |
//! | `RecordChargeback`: won | `chargeback.won.v1` | none |
//! | `RecordChargeback`: lost; `ExpireChargeback` | `chargeback.lost.v1` | none |
//! | (with them, what is not needed any more, or pays what the wallet owes) | `chargeback.released.v1` | wallet reserve → what the wallet owes, then available |
//! | `SubmitEvidence` | `chargeback.evidence_submitted.v1` | none |
//! | `ProposeWriteOff` | `chargeback.reviewed.v1`, and `proposal.made.v1` if the wallet still owes | none: `loss:bad-debt` → receivable is only proposed |
//!
//! Facts come in any order, before the payment they are about, and twice: each is folded into the
//! case, amounts by their maximum, and what follows from all of them together follows in the same
//! unit. What the provider took is always booked; who bears it is settled as soon as the payment is
//! known. The wallet that had the money bears it, also when it has long been paid out: what it
//! lacks, it owes, and later credits pay that first. The provider's fee is the platform's cost, and
//! stays so when the case is won.
//!
//! What may still be taken for a case is kept back. What a wallet has goes first to what it owes,
//! then to what is to be kept back for its cases, the oldest first, and the rest it can spend:
//! whatever it is credited while less is kept back than may be taken is kept back in the same unit,
//! so `chargeback.reserved.v1` may happen several times for a case. When the wallet comes to owe
//! something, what is kept back pays that. It is given back whole once the case is won, or lost and
//! taken, and what more is kept back than may be taken after all, before anew. So balances are the
//! same in whatever order a provider tells of payments, payouts, refunds and cases.
//!
//! While a case is open, nothing that the payment paid for is released
//! ([`Refusal::UnderChargeback`](crate::Refusal::UnderChargeback)), and refunds of it count what is
//! disputed as given back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::ids::{ChargebackId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::payin::PaymentKey;
use crate::receipt::Evidence;
use crate::text::{Code, ObjectId, Provider};

mod reserve;
mod rules;
mod settling;
pub(crate) use reserve::*;
pub(crate) use rules::*;
pub(crate) use settling::*;

/// A provider says something of a chargeback. Anything it says may be the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which chargeback: made of the provider and its own id of it.
    pub chargeback: ChargebackId,
    /// Who says so.
    pub provider: Provider,
    /// The provider's own payment that is disputed.
    pub object: ObjectId,
    /// What it says.
    pub fact: Fact,
}

impl ChargebackId {
    /// The id of the case that a provider calls `case`.
    #[must_use]
    pub fn of_case(provider: Provider, case: &ObjectId) -> Self {
        let name = format!("cauri:chargeback:{provider}:{case}");
        Self(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

/// What a provider says of a chargeback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A warning, or a question that may become a chargeback.
    Inquiry,
    /// The payer disputes the payment.
    Opened {
        /// How much of it.
        amount: Money,
        /// Why, as a code.
        reason: Code,
        /// Until when evidence is taken.
        due_by: Option<DateTime<Utc>>,
    },
    /// The provider has taken the money back.
    FundsWithdrawn {
        /// All that it has taken back so far.
        amount: Money,
        /// All that it charges for the case so far.
        fee: Option<Money>,
    },
    /// The provider has given the money back to us.
    FundsReinstated {
        /// All that it has given back so far.
        amount: Money,
    },
    /// The case is won.
    Won,
    /// The case is lost.
    Lost,
}

/// Evidence is handed in: the case is under review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitEvidence {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// SHA-256 of what was handed in; it is kept elsewhere.
    #[serde(rename = "sha256")]
    pub evidence: Evidence,
}

/// Nobody handed in evidence in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {
    /// Which chargeback.
    pub chargeback: ChargebackId,
}

/// What a chargeback left owing was not paid in time: to write it off is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposeWriteOff {
    /// Which chargeback.
    pub chargeback: ChargebackId,
}

/// A warning, or a question that may become a chargeback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquired {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
}

/// The payer disputes the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// How much of it.
    pub amount: Money,
    /// Why, as a code.
    pub reason: Code,
    /// Until when evidence is taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_by: Option<DateTime<Utc>>,
    /// How much more is given back and disputed now than was ever settled: to be looked into.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub beyond: Option<Money>,
}

/// Part of the wallet's money is kept back until the case is decided: again and again, as it comes,
/// until there is as much as may be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// Whose money.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Wallet available → wallet reserve.
    pub entry: JournalEntry,
}

/// The provider has taken money back, or charged for the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// All that it has taken back so far.
    pub amount: Money,
    /// All that it charges for the case so far.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fee: Option<Money>,
    /// Chargeback and disputes → clearing, what is new.
    pub entry: JournalEntry,
}

/// What the provider has taken back was taken from who had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borne {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// Whose money, if a wallet had it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<WalletId>,
    /// How much.
    pub amount: Money,
    /// When writing off what the wallet owes for it is proposed, if it owes anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub write_off_at: Option<DateTime<Utc>>,
    /// Who had it → chargeback.
    pub entry: JournalEntry,
}

/// The provider has given money back to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reinstated {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// All that it has given back so far.
    pub amount: Money,
    /// Clearing → chargeback, what is new.
    pub entry: JournalEntry,
}

/// Who had borne it has it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenBack {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// Whose money, if a wallet had it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<WalletId>,
    /// How much.
    pub amount: Money,
    /// Chargeback → wallet available, or suspense.
    pub entry: JournalEntry,
}

/// Evidence was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceSubmitted {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// SHA-256 of it.
    #[serde(rename = "sha256")]
    pub evidence: Evidence,
}

/// The case is won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
}

/// The case is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// The provider.
    pub provider: Provider,
    /// The provider's own payment.
    pub object: ObjectId,
    /// By whose word.
    pub by: LostBy,
}

/// By whose word a case is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostBy {
    /// The provider's.
    Provider,
    /// Nobody handed in evidence in time. The provider may still say otherwise.
    Deadline,
}

/// What a chargeback left owing was looked at when its time had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// What the wallet still owes of it, if anything: to write it off is proposed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owed: Option<Money>,
}

/// What was kept back is the wallet's again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which chargeback.
    pub chargeback: ChargebackId,
    /// Whose money.
    pub wallet: WalletId,
    /// How much.
    pub amount: Money,
    /// Wallet reserve → wallet available.
    pub entry: JournalEntry,
}

/// A chargeback as the rules see it: the facts, and what was made of them. Its numbers are minor
/// units of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chargeback {
    /// The provider's payment.
    pub payment: PaymentKey,
    /// Its currency, once an amount was told.
    pub currency: Option<Currency>,
    /// How much is disputed, once it is.
    pub disputed: Option<u64>,
    /// Until when evidence is taken.
    pub due_by: Option<DateTime<Utc>>,
    /// Evidence that was handed in.
    pub evidence: Option<Evidence>,
    /// What the provider said of the end.
    pub outcome: Option<Outcome>,
    /// What is still kept back for it.
    pub reserve: u64,
    /// Of which wallet, if anything is.
    pub reserve_of: Option<WalletId>,
    /// What the provider has taken back.
    pub withdrawn: u64,
    /// What the provider charges.
    pub fee: u64,
    /// What the provider has given back.
    pub reinstated: u64,
    /// What somebody here bears of it.
    pub borne: u64,
    /// What of that nobody had: it is lost.
    pub lost: u64,
    /// When what it left owing is looked at.
    pub write_off_at: Option<DateTime<Utc>>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// In our favour.
    Won,
    /// In the payer's favour, by the provider's word.
    Lost,
    /// In the payer's favour, because nobody answered.
    Uncontested,
}

impl Chargeback {
    /// Where it stands, in lower case.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match (self.outcome, self.disputed, &self.evidence) {
            (Some(Outcome::Won), ..) => "won",
            (Some(Outcome::Lost | Outcome::Uncontested), ..) => "lost",
            (None, _, Some(_)) => "under_review",
            (None, Some(_), None) => "open",
            (None, None, None) if self.withdrawn > 0 => "open",
            (None, None, None) => "inquiry",
        }
    }

    /// What it claims of its payment, and so what cannot be refunded as well.
    #[must_use]
    pub(crate) fn claim(&self) -> u64 {
        match self.outcome {
            Some(Outcome::Won) => self.withdrawn.saturating_sub(self.reinstated),
            Some(Outcome::Lost | Outcome::Uncontested) | None => {
                let taken = self.withdrawn.saturating_sub(self.reinstated);
                let open = if self.reinstated > 0 { 0 } else { self.disputed.unwrap_or(0) };
                taken.max(open)
            }
        }
    }

    /// An amount of its currency.
    pub(crate) fn money(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.currency?)
    }
}

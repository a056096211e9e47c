//! Settlements: what a provider held for us reached our bank account, less what it took on the way.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Recorded: RecordSettlement
//!     Recorded --> Reversed: ReverseSettlement
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RecordSettlement` | `settlement.recorded.v1` | clearing → bank, the net; clearing → expense:provider-fees, the fee |
//! | `RecordSettlement`, of money that the provider took | `settlement.recorded.v1` | bank → clearing |
//! | `ReverseSettlement` | `settlement.reversed.v1` | the other way round |
//!
//! The gross amount is what `clearing:{provider}` goes down by, the net what the bank statement
//! says, the fee the difference: *only fees that are not booked yet*. What a provider took for
//! single payments, and told of (`payin.fee_recorded.v1`), has left clearing before; a settlement
//! that named it again would book it twice. A provider that tells its fees with each payment is
//! thus settled with gross = net; one that tells none with the whole fee here.
//!
//! A provider may also take money from the bank, when chargebacks and refunds were more than what
//! came in: the same with both amounts from the bank.
//!
//! What is settled is a fact that a person read on two papers. It is not refused for want of money
//! in clearing: below nothing, that account says that the books lack something, and reconciling
//! names it. The provider's own id of its payout to us is taken once: the same terms again are so
//! already, others are refused until the first are reversed. Amounts above the threshold need four
//! eyes. An entry counts for its value date, or for the first open day where that month is closed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::SettlementId;
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::period::Dated;
use crate::text::{Code, ObjectId, Provider};

mod rules;
pub(crate) use rules::*;

/// The most currencies of one settlement.
pub const CURRENCIES_MOST: usize = 32;

/// A provider settled what it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id, chosen by the caller.
    pub settlement: SettlementId,
    /// Which provider.
    pub provider: Provider,
    /// The provider's own id of its payout to our bank account.
    pub object: ObjectId,
    /// How much, once for each currency.
    pub sums: Vec<Sum>,
    /// The day it reached the bank account, or left it.
    pub value_date: NaiveDate,
    /// How many payments, payouts and refunds the provider says that it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
}

/// What was settled in one currency. What is not given is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// What the provider holds less by it (or more), before the fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<Moved>,
    /// What the provider took out of it, and is not booked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// What reached the bank account, or left it: the gross amount less the fee, which is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<Moved>,
}

/// An amount, and which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// From the provider to the bank.
    ToBank(Money),
    /// From the bank to the provider.
    FromBank(Money),
}

impl Moved {
    /// How much.
    #[must_use]
    pub const fn money(self) -> Money {
        match self {
            Self::ToBank(money) | Self::FromBank(money) => money,
        }
    }

    /// Minor units towards the bank; negative from it.
    #[must_use]
    pub fn minor(self) -> i128 {
        match self {
            Self::ToBank(money) => i128::from(money.minor()),
            Self::FromBank(money) => -i128::from(money.minor()),
        }
    }
}

/// Takes a settlement back that was recorded wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// Which.
    pub settlement: SettlementId,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// The day it is about; the day it is recorded when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<NaiveDate>,
}

/// A provider settled what it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its id.
    pub settlement: SettlementId,
    /// Which provider.
    pub provider: Provider,
    /// The provider's own id of its payout to our bank account.
    pub object: ObjectId,
    /// The day it reached the bank account, or left it.
    pub value_date: NaiveDate,
    /// How many payments, payouts and refunds the provider says that it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u32>,
    /// Clearing → bank and provider fees.
    pub entry: JournalEntry,
    /// The days of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
}

/// A settlement was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// Which.
    pub settlement: SettlementId,
    /// Which provider's.
    pub provider: Provider,
    /// The provider's own id of its payout to our bank account.
    pub object: ObjectId,
    /// Why.
    pub reason: Code,
    /// The other way round.
    pub entry: JournalEntry,
    /// The days of the entry, where they are not those of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
}

/// A settlement as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Which provider.
    pub provider: Provider,
    /// The provider's own id of its payout to our bank account.
    pub object: ObjectId,
    /// The day it reached the bank account, or left it.
    pub value_date: NaiveDate,
    /// How many things the provider says that it covers.
    pub items: Option<u32>,
    /// What was posted.
    pub entry: JournalEntry,
    /// Why it was taken back, and for which day, if it was.
    pub reversed: Option<(Code, Option<NaiveDate>)>,
}

impl Settlement {
    /// The lower-case name of where it stands.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        if self.reversed.is_some() { "reversed" } else { "recorded" }
    }
}

//! Usage: what a subscriber used of what is metered, within its quotas, billed by period.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Open: Subscribe, or another plan
//!     Open --> Open: RecordUsage
//!     Open --> Closed: CloseUsagePeriod, when its days are over
//!     Open --> Waiting: another plan, or the end of the subscription
//!     Waiting --> Closed: CloseUsagePeriod, at once
//!     Closed --> [*]
//! ```
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `RecordUsage` | `usage.recorded.v1` | none |
//! | `SetQuota` | `usage.quota_set.v1` | none |
//! | `CloseUsagePeriod` | `usage.closed.v1` | wallet → revenue:usage, tax; none by invoice, until it is paid |
//!
//! Each use has a key of its own under which it is counted once, for ever. What was used before the
//! present period and told late costs what it would have added to the period before, on a line of
//! its own; the quota of the present one it leaves alone.
//!
//! A line is worked out exactly, in decimals of any scale, and rounded once: half to even. What is
//! billed was used: a wallet that has not enough owes the rest.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{InvoiceId, SubscriptionId, WalletId};
use crate::invoice::Line;
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::plan::{PlanVersion, Quota, Span};
use crate::subscription::Metering;
use crate::text::{Code, Reference};

mod rating;
mod rules;
mod state;
pub use rating::{cost, rounded};
pub(crate) use rules::*;
pub use state::{Metered, Now, Open};
pub(crate) use state::{begin, end, is_open, open};

/// Something was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// By whom.
    pub subscription: SubscriptionId,
    /// What.
    pub meter: Code,
    /// How much.
    pub quantity: u64,
    /// When.
    pub used_at: DateTime<Utc>,
    /// Under which key: it is counted once.
    pub key: Reference,
}

/// Gives a subscription a quota of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetQuota {
    /// Which.
    pub subscription: SubscriptionId,
    /// Of what.
    pub meter: Code,
    /// How much; that of the plan again where not given.
    pub quota: Option<Quota>,
}

/// The days of a usage period are over: what it came to is billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// Whose.
    pub subscription: SubscriptionId,
}

/// Something was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// By whom.
    pub subscription: SubscriptionId,
    /// What.
    pub meter: Code,
    /// How much.
    pub quantity: u64,
    /// When.
    pub used_at: DateTime<Utc>,
    /// The day that was, in the ledger's time zone.
    pub day: NaiveDate,
    /// Under which key.
    pub key: Reference,
    /// Whether it was told after its period: it is billed with the next.
    pub late: bool,
    /// Whether it is beyond a quota that lets it pass.
    pub over: bool,
}

/// A subscription has a quota of its own, or none any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaSet {
    /// Which.
    pub subscription: SubscriptionId,
    /// Of what.
    pub meter: Code,
    /// How much.
    pub quota: Option<Quota>,
}

/// A usage period was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Whose.
    pub subscription: SubscriptionId,
    /// Who pays.
    pub wallet: WalletId,
    /// Its days.
    pub span: Span,
    /// By the prices of which plan.
    pub plan: PlanVersion,
    /// What was used, and what it costs.
    pub lines: Vec<Line>,
    /// What all of it comes to, with tax.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<Money>,
    /// The invoice that is still to be paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invoice: Option<InvoiceId>,
    /// The period after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Metering>,
    /// When the next is to be closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_at: Option<DateTime<Utc>>,
    /// Wallet, or what it owes → revenue, tax.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// What was used under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// What.
    pub meter: Code,
    /// How much.
    pub quantity: u64,
    /// When.
    pub used_at: DateTime<Utc>,
}

/// How much of each meter.
pub type Counts = BTreeMap<Code, u64>;

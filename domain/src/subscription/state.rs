//! A subscription as the rules see it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Slot, Source, Terms};
use crate::commission::Agreed;
use crate::ids::{InvoiceId, WalletId};
use crate::invoice::TaxPart;
use crate::money::Money;
use crate::plan::PlanVersion;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Who pays.
    pub wallet: WalletId,
    /// What was asked when it began.
    pub asked: Terms,
    /// Where it stands.
    pub status: Status,
    /// The day on which it began.
    pub since: NaiveDate,
    /// The period that it is in, or that is awaited first.
    pub slot: Slot,
    /// What was paid for that.
    pub charge: Option<Paid>,
    /// What is due, and not paid.
    pub due: Option<Due>,
    /// Whether it ends when the period is over.
    pub ending: bool,
    /// What it goes over to when the period is over.
    pub scheduled: Option<(PlanVersion, Option<Money>)>,
    /// What was paid for all periods, in minor units.
    pub paid: u64,
    /// What of it was given back.
    pub refunded: u64,
    /// What of it is revenue.
    pub recognised: u64,
    /// What of it is tax.
    pub taxed: u64,
    /// What of it sellers were paid, commission included.
    pub sold: u64,
}

impl Subscription {
    /// What is deferred, in minor units.
    #[must_use]
    pub fn deferred(&self) -> u64 {
        let net = self.charge.as_ref().and_then(|charge| charge.net).map_or(0, Money::minor);
        net - self.charge.as_ref().map_or(0, |charge| charge.recognised)
    }
}

/// What was paid for the period that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// All of it.
    pub gross: Money,
    /// What was deferred.
    pub net: Option<Money>,
    /// The tax in it.
    pub tax: Option<TaxPart>,
    /// What was agreed of commission, where a seller was paid.
    pub agreed: Option<Agreed>,
    /// With what it was paid.
    pub source: Source,
    /// The invoice of it.
    pub invoice: Option<InvoiceId>,
    /// How many days are recognised.
    pub days: u32,
    /// What they came to, in minor units.
    pub recognised: u64,
}

/// What is due, and not paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// For which period.
    pub slot: Slot,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The invoice, where it is paid so.
    pub invoice: Option<InvoiceId>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again, or looked whether the invoice was paid.
    pub retry_at: Option<DateTime<Utc>>,
    /// When it ends, where it is not tried again.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Waiting for its first payment.
    Awaiting,
    /// In its trial.
    Trialing,
    /// In a period that is free, paid, or invoiced.
    Active,
    /// A period was not paid: tried again, until the grace is over.
    PastDue,
    /// Ended by its subscriber.
    Canceled,
    /// Ended by itself.
    Expired,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }

    /// Whether its subscriber has what they subscribed to.
    #[must_use]
    pub const fn is_entitled(self) -> bool {
        match self {
            Self::Trialing | Self::Active | Self::PastDue => true,
            Self::Awaiting | Self::Canceled | Self::Expired => false,
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Awaiting | Self::Trialing | Self::Active | Self::PastDue => false,
            Self::Canceled | Self::Expired => true,
        }
    }
}

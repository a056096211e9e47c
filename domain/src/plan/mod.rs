//! Plans: what a subscription costs, for how long, and what is in it. Data, in the log.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `SetPlan` | `plan.set.v1` | none |
//!
//! Setting a plan again counts its version up. A subscription keeps the version that it began with
//! until it changes its plan; one that is no longer [`Plan::offered`] is not begun any more.
//! Periods are whole days in the ledger's time zone, and keep the day they began on: from 31
//! January a month goes to 28 February, and the next to 31 March ([`Every::nth`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::commission::{Ask, Tax, Tiering};
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::money::Money;
use crate::text::Code;

mod calendar;
mod price;
mod rules;
pub(crate) use calendar::next_month;
pub use calendar::{Every, Span, Unit};
pub use price::{BadPrice, UnitPrice};
pub(crate) use rules::*;

/// The most meters of a plan, and the most tiers of a meter.
pub const MOST: usize = 16;

/// What can be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub code: Code,
    /// The currency of all that it costs.
    pub currency: Currency,
    /// What a period costs; nothing for a free plan.
    pub price: Option<Money>,
    /// How long a period is.
    pub every: Every,
    /// How many days are free at the beginning, once for each wallet; 0 for no trial.
    pub trial_days: u16,
    /// Who is paid.
    pub payee: Payee,
    /// The tax on the price and on usage, where the platform is paid.
    pub tax: Option<Tax>,
    /// What is metered.
    pub meters: Vec<Meter>,
    /// How long a usage period is; as long as the plan's own where not given.
    pub usage_every: Option<Every>,
    /// What a subscriber may: a number for each feature, such as how many items a shop lists.
    pub features: BTreeMap<Code, u64>,
    /// What is done about a period that could not be charged.
    pub dunning: Dunning,
    /// How many days there are to pay an invoice.
    pub terms_days: u16,
    /// What is given back of a period that is canceled before its end.
    pub refund: Refund,
    /// When what was paid in advance becomes revenue.
    pub recognition: Recognition,
    /// After how many periods it ends by itself; never where not given.
    pub ends_after: Option<u32>,
    /// Whether it can be subscribed to.
    pub offered: bool,
}

/// Who is paid for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payee {
    /// The platform: revenue is deferred, and recognised day by day.
    Platform,
    /// A seller, at once, less commission.
    Seller {
        /// Who.
        wallet: WalletId,
        /// By which rule.
        commission: Ask,
    },
}

/// Something that is counted, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Its name: `ai-tokens`.
    pub code: Code,
    /// How many units of a period cost nothing.
    pub included: u64,
    /// Whether a tier's price is that of the units within it, or of all of them.
    pub tiering: Tiering,
    /// What a unit beyond those included costs; none: nothing.
    pub tiers: Vec<Tier>,
    /// How much may be used in a period.
    pub quota: Option<Quota>,
}

/// Units up to some number, and what each costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Up to how many units beyond those included, itself included; the last tier has no end.
    pub up_to: Option<u64>,
    /// What a unit costs, exactly.
    pub price: UnitPrice,
}

/// How much may be used in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How many units.
    pub limit: u64,
    /// Whether more is refused; else it is taken, and marked.
    pub hard: bool,
}

/// What is done about a period that could not be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dunning {
    /// On which days after it was due it is tried again, in order.
    pub retry_days: Vec<u16>,
    /// How many days after the last try it ends.
    pub grace_days: u16,
}

impl Default for Dunning {
    /// Days 1, 3, 5 and 7, then two days.
    fn default() -> Self {
        Self { retry_days: vec![1, 3, 5, 7], grace_days: 2 }
    }
}

/// What is given back of a period that is canceled before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// Nothing.
    Keep,
    /// The days that are left.
    #[default]
    Prorated,
    /// All of it.
    Full,
}

impl Refund {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Prorated => "prorated",
            Self::Full => "full",
        }
    }
}

/// When what was paid in advance becomes revenue: always by days, but not always day by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recognition {
    /// Each day.
    Day,
    /// With the months of the calendar, and at the end of the period.
    #[default]
    Month,
    /// At the end of the period.
    Period,
}

impl Recognition {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Period => "period",
        }
    }
}

/// Sets a plan: a new one, or the next version of the one of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// What it says.
    pub plan: Plan,
}

/// A plan has a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WasSet {
    /// What it says.
    pub plan: Plan,
    /// 1 for the first of its name.
    pub version: u32,
}

/// One version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanVersion {
    /// The plan's name.
    pub code: Code,
    /// Which version.
    pub version: u32,
}

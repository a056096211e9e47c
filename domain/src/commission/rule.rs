//! Commission rules as data: ordered steps, each a price on a base, to a beneficiary.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::BasisPoints;
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::money::Money;
use crate::text::{Code, TaxCode};

/// At most one amount per currency, in order of currency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Money>", into = "Vec<Money>")]
pub struct Amounts(Vec<Money>);

/// Two amounts in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most one amount per currency")]
pub struct TwoOfOneCurrency;

impl Amounts {
    /// The amount in a currency.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Option<Money> {
        self.0.iter().copied().find(|money| money.currency() == currency)
    }

    /// All of them, in order of currency.
    #[must_use]
    pub fn as_slice(&self) -> &[Money] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<Money>> for Amounts {
    type Error = TwoOfOneCurrency;
    fn try_from(mut amounts: Vec<Money>) -> Result<Self, TwoOfOneCurrency> {
        amounts.sort_unstable_by_key(|money| money.currency());
        if amounts.windows(2).any(|pair| pair[0].currency() == pair[1].currency()) {
            return Err(TwoOfOneCurrency);
        }
        Ok(Self(amounts))
    }
}

impl From<Amounts> for Vec<Money> {
    fn from(amounts: Amounts) -> Self {
        amounts.0
    }
}

impl From<Money> for Amounts {
    fn from(money: Money) -> Self {
        Self(vec![money])
    }
}

/// What a sale costs, to whom, and who bears it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name. The rule named [`DEFAULT`] is taken where a sale names none.
    pub name: Code,
    /// The steps, in order. None: nothing is taken.
    pub steps: Vec<Step>,
    /// The tax on the platform's own fees.
    pub tax: Option<Tax>,
    /// Who bears it.
    pub payer: Payer,
    /// What becomes of it when the buyer gets money back.
    pub refund: RefundPolicy,
}

/// The name of the rule that is taken where a sale names none.
pub const DEFAULT: &str = "default";

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, once in a rule.
    pub name: Code,
    /// How much.
    pub charge: Charge,
    /// Of what.
    pub base: Base,
    /// At least so much, in each currency it is given for; empty: no floor.
    pub floor: Amounts,
    /// At most so much; empty: no cap.
    pub cap: Amounts,
    /// To whom.
    pub to: Beneficiary,
}

/// How much a step takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// A share of the base.
    Percentage(BasisPoints),
    /// The same amount for every sale.
    Fixed(Amounts),
    /// A share that depends on how large the base is.
    Tiered(Tiering, Vec<Tier>),
}

/// What a tier's rate is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tiering {
    /// Each tier's rate is taken of the part of the base within that tier.
    Marginal,
    /// The rate of the tier that the base falls into is taken of the whole base.
    Whole,
}

/// A tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Up to which base, itself included; empty in the last tier, which has no end.
    pub up_to: Amounts,
    /// Its rate.
    pub rate: BasisPoints,
}

/// What a step is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// The whole amount of the sale.
    Gross,
    /// What the steps before left of it.
    Remainder,
}

/// Who gets what a step takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// The platform, as commission: `revenue:commission`.
    Commission,
    /// The platform, as a fee for a service: `revenue:fees`.
    Fees,
    /// The same wallet for every sale.
    Wallet(WalletId),
    /// The wallet that the sale gives under this name, such as its promoter's. Where it gives
    /// none, the step is left out.
    Payee(Code),
    /// The state: `tax:{code}`.
    Tax(TaxCode),
}

/// The tax on the platform's own fees: each step to [`Beneficiary::Commission`] or
/// [`Beneficiary::Fees`] is followed by its tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// To which account: `tax:{code}`.
    pub code: TaxCode,
    /// Its rate on the fee without tax.
    pub rate: BasisPoints,
    /// Whether the fee has it in it.
    pub placed: Placed,
}

/// Whether a fee has its tax in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placed {
    /// The platform's fee is what is left of the step without its tax.
    Inside,
    /// The tax is taken besides the fee.
    OnTop,
}

/// Who bears the commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// It is taken from the seller's part.
    Seller,
    /// It is added on top of the price.
    Buyer,
    /// The platform, as an expense for promotion.
    Platform,
}

/// What becomes of the commission when the buyer gets money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundPolicy {
    /// It is given back in proportion.
    Return,
    /// It is kept.
    Keep,
    /// The fixed steps, with their tax, are kept; the others are given back in proportion.
    KeepFixed,
}

macro_rules! words {
    ($($type:ty { $($variant:ident => $word:literal),* })*) => { $(
        impl $type {
            /// Its lower-case name, as written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    )* };
}

words! {
    Tiering { Marginal => "marginal", Whole => "whole" }
    Base { Gross => "gross", Remainder => "remainder" }
    Placed { Inside => "inside", OnTop => "on_top" }
    Payer { Seller => "seller", Buyer => "buyer", Platform => "platform" }
    RefundPolicy { Return => "return", Keep => "keep", KeepFixed => "keep_fixed" }
}

/// A rule as it was set once: never changed, only followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the first of its name.
    pub version: u32,
    /// Since when it is in force.
    pub from: DateTime<Utc>,
    /// What it says.
    pub rule: Rule,
}

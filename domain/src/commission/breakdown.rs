//! How an amount was shared: everything that is needed to work it out again.

use serde::{Deserialize, Serialize};

use super::agreed::Priced;
use super::rule::{Base, Payer, Placed, RefundPolicy, Tax};
use crate::chart::Account;
use crate::ids::WalletId;
use crate::journal::Draft;
use crate::money::Money;
use crate::text::{Code, TaxCode};

/// What was given to whom of an amount, or given back: the rule, the inputs and each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The rule's name.
    pub rule: Code,
    /// Its version; 0 for the rate in the ledger's settings.
    pub version: u32,
    /// Who sells.
    pub seller: WalletId,
    /// Who bears the commission.
    pub payer: Payer,
    /// Absent where an amount was shared out; what the rule says of refunds where it was given
    /// back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refund: Option<RefundPolicy>,
    /// The whole amount agreed.
    pub total: Money,
    /// How much of it was done before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Money>,
    /// How much of it is done this time.
    pub now: Money,
    /// Each part, in the order of the rule.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<Part>,
}

/// One beneficiary's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The step's name, or the tax's.
    pub name: Code,
    /// The beneficiary's account.
    pub to: Account,
    /// How it comes about.
    pub how: How,
    /// What it is of the whole amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub whole: Option<Money>,
    /// What it is this time: the part of all that is done so far, rounded half-even, less what it
    /// was before. Absent where it is nothing, or is not given back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
}

/// How a part of the whole amount comes about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A step of the rule.
    Step {
        /// How much.
        charge: Priced,
        /// Of what.
        base: Base,
        /// How much that was.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        of: Option<Money>,
        /// At least so much.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        floor: Option<Money>,
        /// At most so much.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cap: Option<Money>,
        /// Which of them it came to.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        bound: Option<Bound>,
    },
    /// The tax on the step before it.
    Tax {
        /// The tax.
        tax: Tax,
        /// The fee it is taken of; inside that fee, it is part of it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        of: Option<Money>,
        /// [`Bound::Amount`] where the sale could not bear all of it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        bound: Option<Bound>,
    },
}

/// What a part was held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The step's floor.
    Floor,
    /// The step's cap.
    Cap,
    /// What the sale's amount could still bear.
    Amount,
}

impl How {
    /// What it was held to.
    #[must_use]
    pub const fn bound(&self) -> Option<Bound> {
        match self {
            Self::Step { bound, .. } | Self::Tax { bound, .. } => *bound,
        }
    }

    /// Of a tax inside its fee: the tax and its rate in basis points.
    #[must_use]
    pub fn tax_inside(&self) -> Option<(TaxCode, u64)> {
        match self {
            Self::Tax { tax, .. } if tax.placed == Placed::Inside => {
                Some((tax.code, tax.rate.get().into()))
            }
            Self::Tax { .. } | Self::Step { .. } => None,
        }
    }
}

impl Breakdown {
    fn minor(&self) -> u64 {
        self.parts
            .iter()
            .filter_map(|part| part.amount)
            .map(Money::minor)
            .fold(0, u64::saturating_add)
    }

    fn of(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.now.currency())
    }

    /// All parts of this time together.
    #[must_use]
    pub fn fee(&self) -> Option<Money> {
        self.of(self.minor())
    }

    /// The seller's part of this time: the rest where the seller pays, else all of it.
    #[must_use]
    pub fn net(&self) -> Option<Money> {
        match self.payer {
            Payer::Seller => self.of(self.now.minor().saturating_sub(self.minor())),
            Payer::Buyer | Payer::Platform => Some(self.now),
        }
    }

    /// What the buyer's side gives this time, or gets back: with the parts on top where the buyer
    /// pays.
    #[must_use]
    pub fn charged(&self) -> Money {
        match self.payer {
            Payer::Buyer => {
                let minor = self.now.minor().saturating_add(self.minor());
                self.of(minor).unwrap_or(self.now)
            }
            Payer::Seller | Payer::Platform => self.now,
        }
    }

    /// What the platform bears this time: all parts, where it pays.
    #[must_use]
    pub fn borne_by_platform(&self) -> Option<Money> {
        match self.payer {
            Payer::Platform => self.fee(),
            Payer::Seller | Payer::Buyer => None,
        }
    }

    /// What an account gets this time.
    #[must_use]
    pub fn to(&self, account: Account) -> Option<Money> {
        let parts = self.parts.iter().filter(|part| part.to == account);
        self.of(parts.filter_map(|part| part.amount).map(Money::minor).fold(0, u64::saturating_add))
    }

    /// The platform's commission of this time, without tax.
    #[must_use]
    pub fn commission(&self) -> Option<Money> {
        self.to(Account::Commission)
    }

    /// Posts it: [`Breakdown::charged`] out of `from`, to the seller and the beneficiaries.
    pub(crate) fn share_out<'a>(&self, draft: Draft<'a>, from: Account) -> Draft<'a> {
        let draft = draft
            .debit(from, self.charged())
            .debit(Account::Promotions, self.borne_by_platform())
            .pay(self.seller, self.net());
        self.parts.iter().fold(draft, |draft, part| match part.to {
            Account::Wallet(wallet) => draft.pay(wallet, part.amount),
            account => draft.credit(account, part.amount),
        })
    }

    /// Posts it the other way: from the seller and the beneficiaries, as far as they give back,
    /// [`Breakdown::charged`] into `to`, a buyer's wallet or an account in between.
    pub(crate) fn give_back<'a>(&self, draft: Draft<'a>, to: Account) -> Draft<'a> {
        let draft = draft.take_back(self.seller, self.net());
        let draft = self.parts.iter().fold(draft, |draft, part| match part.to {
            Account::Wallet(wallet) => draft.take_back(wallet, part.amount),
            account => draft.debit(account, part.amount),
        });
        let draft = draft.credit(Account::Promotions, self.borne_by_platform());
        match to {
            Account::Wallet(wallet) => draft.pay(wallet, self.charged()),
            account => draft.credit(account, self.charged()),
        }
    }
}

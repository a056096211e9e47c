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
        self.credit_all(draft.debit(from, self.charged()))
    }

    /// Posts all but the debit of [`Breakdown::charged`].
    pub(crate) fn credit_all<'a>(&self, draft: Draft<'a>) -> Draft<'a> {
        let draft =
            draft.debit(Account::Promotions, self.borne_by_platform()).pay(self.seller, self.net());
        self.parts.iter().fold(draft, |draft, part| give(draft, part.to, part.amount))
    }

    /// Posts it the other way: from the seller and the beneficiaries, as far as they give back,
    /// [`Breakdown::charged`] into `to`, a buyer's wallet or an account in between.
    pub(crate) fn give_back<'a>(&self, draft: Draft<'a>, to: Account) -> Draft<'a> {
        give(self.taken(draft), to, Some(self.charged()))
    }

    /// The same, for money that goes on from there in the same unit: nothing of it pays what its
    /// wallet owes.
    pub(crate) fn give_on<'a>(&self, draft: Draft<'a>, to: Account) -> Draft<'a> {
        self.taken(draft).credit(to, self.charged())
    }

    fn taken<'a>(&self, draft: Draft<'a>) -> Draft<'a> {
        let draft = draft.take_back(self.seller, self.net());
        let draft = self.parts.iter().fold(draft, |draft, part| match part.to.wallet() {
            Some(wallet) => draft.take_back(wallet, part.amount),
            None => draft.debit(part.to, part.amount),
        });
        draft.credit(Account::Promotions, self.borne_by_platform())
    }
}

/// Credits an account; a wallet is paid.
fn give(draft: Draft<'_>, to: Account, money: Option<Money>) -> Draft<'_> {
    match to.wallet() {
        Some(wallet) => draft.pay(wallet, money),
        None => draft.credit(to, money),
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::*;
    use crate::commission::{Ask, Rule, agree};
    use crate::testing::*;
    use crate::{Asked, EscrowId};
    use proptest::prelude::*;

    /// An escrow that holds what the buyer owes for 1,000 francs, and the shares of it.
    fn sold(rule: Rule) -> Option<(Given, crate::commission::Agreed)> {
        let given = given([opened()]).and((0..3).map(|n| open_wallet(n, "owner-0")));
        let set = Asked {
            id: crate::CommandId(uuid::Uuid::from_u128(1)),
            at: given.now(),
            actor: service(),
            command: set_rule(rule.clone()),
        };
        if crate::decide(&mut given.state.clone(), &set).is_err() {
            return None;
        }
        let given = given.and([set_rule(rule.clone())]);
        let ask = Ask { rule: Some(rule.name), ..Ask::default() };
        let agreed = agree(&given.state, given.now(), &ask, wallet(2), xof(1).currency());
        Some((given, agreed.ok()?))
    }

    const ESCROW: Account = Account::Escrow(EscrowId(uuid::Uuid::from_u128(7)));

    proptest! {
        /// Whoever bears it: shared out in two steps and given back in two, every account is where
        /// it was, but for what the rule says is kept.
        #[test]
        fn what_is_shared_out_and_given_back_leaves_what_is_kept(
            rule in any_rule(),
            (first, second) in (1..2_000_u64, 1..2_000_u64),
        ) {
            let Some((mut given, agreed)) = sold(rule) else { return Ok(()) };
            let total = xof(first + second);
            let mut kept = 0_i128;
            for (before, now) in [(None, xof(first)), (Some(xof(first)), xof(second))] {
                let shares = agreed.shares(total, before, now);
                let entry = shares.share_out(Draft::new(&given.state), ESCROW).entry().unwrap();
                given.state.books.post(&entry);
                kept += shares.fee().map_or(0, |fee| i128::from(fee.minor()));
            }
            let taken = -given.state.books().balance(ESCROW, total.currency());
            prop_assert_eq!(taken, i128::from(agreed.charged(total).minor()));
            for (before, now) in [(None, xof(second)), (Some(xof(second)), xof(first))] {
                let back = agreed.returns(total, before, now);
                let entry = back.give_back(Draft::new(&given.state), ESCROW).entry().unwrap();
                given.state.books.post(&entry);
                kept -= back.fee().map_or(0, |fee| i128::from(fee.minor()));
            }
            prop_assert!(kept >= 0);
            let left = |account| given.state.books().balance(account, total.currency());
            let income: i128 = [Account::Commission, Account::Fees].into_iter().map(left).sum();
            let taxes: i128 = ["vat", "levy"].map(|code| left(Account::Tax(code.parse().unwrap()))).iter().sum();
            let wallets: i128 = [0, 1].map(|n| left(Account::Wallet(wallet(n)))).iter().sum();
            prop_assert_eq!(income + taxes + wallets, kept);
            let who = match agreed.payer {
                Payer::Seller => left(Account::Receivable(wallet(2))) - left(Account::Wallet(wallet(2))),
                Payer::Buyer => -left(ESCROW),
                Payer::Platform => left(Account::Promotions),
            };
            prop_assert_eq!(who, kept, "who bears it bears what is kept");
        }
    }
}

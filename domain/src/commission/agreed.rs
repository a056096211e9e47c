//! A rule as two parties agreed to it: one version, one currency, every beneficiary an account.

use serde::{Deserialize, Serialize};

use super::BasisPoints;
use super::breakdown::{Bound, Breakdown, How, Part};
use super::rounding::{exact_half_even, half_even};
use super::rule::{Base, Payer, Placed, RefundPolicy, Tax, Tiering};
use crate::chart::Account;
use crate::ids::WalletId;
use crate::money::Money;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

/// What was agreed, frozen: no later version of the rule changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The rule's name.
    pub rule: Code,
    /// Its version; 0 for the rate in the ledger's settings.
    pub version: u32,
    /// Who sells.
    pub seller: WalletId,
    /// Who bears the commission.
    pub payer: Payer,
    /// What becomes of it on a refund.
    pub refund: RefundPolicy,
    /// The tax on the platform's fees.
    pub tax: Option<Tax>,
    /// The steps, in order.
    pub terms: Vec<Term>,
}

/// A step, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The step's name.
    pub name: Code,
    /// How much.
    pub charge: Priced,
    /// Of what.
    pub base: Base,
    /// At least so much.
    pub floor: Option<Money>,
    /// At most so much.
    pub cap: Option<Money>,
    /// To which account.
    pub to: Account,
}

/// How much a step takes, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priced {
    /// A share of the base.
    Percentage(BasisPoints),
    /// The same amount for every sale.
    Fixed(Money),
    /// A share that depends on how large the base is.
    Tiered(Tiering, Vec<Bracket>),
}

/// A tier: up to which base (itself included; the last has no end), and its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bracket(pub Option<Money>, pub BasisPoints);

impl Priced {
    /// What it comes to of a base, rounded once.
    fn of(&self, base: u64) -> u64 {
        match self {
            Self::Percentage(rate) => half_even(base, rate.get().into(), 10_000),
            Self::Fixed(amount) => amount.minor(),
            Self::Tiered(Tiering::Whole, brackets) => {
                let ends = |bracket: &&Bracket| bracket.0.is_none_or(|end| base <= end.minor());
                let rate = brackets.iter().find(ends).map_or(0, |bracket| bracket.1.get());
                half_even(base, rate.into(), 10_000)
            }
            Self::Tiered(Tiering::Marginal, brackets) => {
                let (mut start, mut scaled) = (0, 0_u128);
                for Bracket(end, rate) in brackets {
                    let end = end.map_or(base, |end| end.minor().min(base)).max(start);
                    scaled += u128::from(end - start) * u128::from(rate.get());
                    start = end;
                }
                exact_half_even(scaled, 10_000)
            }
        }
    }
}

impl Agreed {
    /// What the buyer has to bring for the whole of `total`: the commission on top of it where the
    /// buyer pays.
    #[must_use]
    pub fn charged(&self, total: Money) -> Money {
        self.shares(total, None, total).charged()
    }

    /// Shares out the next `now` of `total`, of which `before` was shared out (or was never to be)
    /// before.
    ///
    /// Cumulative: the commission on all that is done so far, rounded half-even, less that on
    /// `before`; so any steps that end at `total` give exactly the parts of `total`. No part is ever
    /// negative, and they never come to more than `now` where the seller pays. Beyond `total`,
    /// nothing more is taken.
    #[must_use]
    pub fn shares(&self, total: Money, before: impl Into<Option<Money>>, now: Money) -> Breakdown {
        self.breakdown(total, before.into(), now, None)
    }

    /// Gives back the next `now` of what was shared out, of which `before` was given back before:
    /// the commission as the rule's policy for refunds says.
    ///
    /// `total` is the whole amount agreed, as for [`Agreed::shares`]. What is given back of a part
    /// is never more than was taken for the amounts shared out, as long as no more is given back
    /// than was shared out.
    #[must_use]
    pub fn returns(&self, total: Money, before: impl Into<Option<Money>>, now: Money) -> Breakdown {
        self.breakdown(total, before.into(), now, Some(self.refund))
    }

    fn breakdown(
        &self,
        total: Money,
        before: Option<Money>,
        now: Money,
        refund: Option<RefundPolicy>,
    ) -> Breakdown {
        let currency = total.currency();
        let mut parts = self.waterfall(total);
        let wholes: Vec<u64> =
            parts.iter().map(|part| part.whole.map_or(0, Money::minor)).collect();
        let earlier = before.map_or(0, Money::minor);
        let later = earlier.saturating_add(now.minor());
        let (was, is) = (cumulated(&wholes, earlier, total), cumulated(&wholes, later, total));
        let mut kept = refund == Some(RefundPolicy::Keep);
        for (part, (was, is)) in parts.iter_mut().zip(was.into_iter().zip(is)) {
            if let (Some(RefundPolicy::KeepFixed), How::Step { charge, .. }) = (refund, &part.how) {
                kept = matches!(charge, Priced::Fixed(_));
            }
            part.amount =
                Money::from_minor(if kept { 0 } else { is.saturating_sub(was) }, currency);
        }
        let Self { rule, version, seller, payer, .. } = self;
        Breakdown {
            rule: rule.clone(),
            version: *version,
            seller: *seller,
            payer: *payer,
            refund,
            total,
            before,
            now,
            parts,
        }
    }

    /// The parts of the whole, step after step.
    fn waterfall(&self, total: Money) -> Vec<Part> {
        let currency = total.currency();
        let money = |minor| Money::from_minor(minor, currency);
        // What can be taken at all: the sale's own money, or what still fits on top of it.
        let room = match self.payer {
            Payer::Seller => total.minor(),
            Payer::Buyer | Payer::Platform => u64::MAX - total.minor(),
        };
        let (mut parts, mut taken) = (Vec::with_capacity(self.terms.len()), 0_u64);
        for term in &self.terms {
            let of = match term.base {
                Base::Gross => total.minor(),
                Base::Remainder => total.minor().saturating_sub(taken),
            };
            let (fee, bound) = term.bounded(term.charge.of(of), room - taken);
            taken += fee;
            let tax = self.tax.filter(|_| term.is_the_platforms());
            let tax = tax.map(|tax| (tax, tax.on(fee, room - taken)));
            let inside = tax.map_or(0, |(tax, (part, _))| match tax.placed {
                Placed::Inside => part,
                Placed::OnTop => 0,
            });
            let how = How::Step {
                charge: term.charge.clone(),
                base: term.base,
                of: money(of),
                floor: term.floor,
                cap: term.cap,
                bound,
            };
            parts.push(Part {
                name: term.name.clone(),
                to: term.to,
                how,
                whole: money(fee - inside),
                amount: None,
            });
            if let Some((tax, (part, bound))) = tax {
                taken += part - inside;
                parts.push(Part {
                    name: tax.code.as_str().parse().expect("a tax's name is a word"),
                    to: Account::Tax(tax.code),
                    how: How::Tax { tax, of: money(fee), bound },
                    whole: money(part),
                    amount: None,
                });
            }
        }
        parts
    }

    /// The wallets that get a part.
    pub fn wallets(&self) -> impl Iterator<Item = WalletId> + '_ {
        self.terms.iter().filter_map(|term| term.to.wallet())
    }

    /// Something begins that can end in the wallets that get a part: they stay open until then.
    pub(crate) fn begin(&self, state: &mut LedgerState) {
        self.wallets().for_each(|id| wallet::begin(state, id));
    }

    /// It has ended.
    pub(crate) fn end(&self, state: &mut LedgerState) {
        self.wallets().for_each(|id| wallet::end(state, id));
    }

    /// The rate in the ledger's settings, as a rule of one step.
    pub(crate) fn from_rate(rate: BasisPoints, seller: WalletId) -> Self {
        let term = (rate.get() > 0).then(|| Term {
            name: "commission".parse().expect("a word"),
            charge: Priced::Percentage(rate),
            base: Base::Gross,
            floor: None,
            cap: None,
            to: Account::Commission,
        });
        Self {
            rule: super::DEFAULT.parse().expect("a word"),
            version: 0,
            seller,
            payer: Payer::Seller,
            refund: RefundPolicy::Return,
            tax: None,
            terms: term.into_iter().collect(),
        }
    }
}

impl Term {
    /// What the step comes to, and what held it to that.
    fn bounded(&self, minor: u64, room: u64) -> (u64, Option<Bound>) {
        let (mut minor, mut bound) = (minor, None);
        for (limit, is, floor) in [(self.floor, Bound::Floor, true), (self.cap, Bound::Cap, false)]
        {
            if let Some(limit) = limit.map(Money::minor)
                && (if floor { minor < limit } else { minor > limit })
            {
                (minor, bound) = (limit, Some(is));
            }
        }
        if minor > room { (room, Some(Bound::Amount)) } else { (minor, bound) }
    }

    const fn is_the_platforms(&self) -> bool {
        matches!(self.to, Account::Commission | Account::Fees)
    }
}

impl Tax {
    /// The tax on a fee, and whether there was no room for all of it.
    fn on(&self, fee: u64, room: u64) -> (u64, Option<Bound>) {
        let rate = u64::from(self.rate.get());
        match self.placed {
            Placed::Inside => (half_even(fee, rate, 10_000 + rate), None),
            Placed::OnTop => {
                let tax = half_even(fee, rate, 10_000);
                if tax > room { (room, Some(Bound::Amount)) } else { (tax, None) }
            }
        }
    }
}

/// What each part comes to when `so_far` of `total` is done.
///
/// The parts together: their whole x so far / total, rounded half-even. Of that, all parts but the
/// last have their share, rounded half-even, the last has the rest; and so on down to the first. So
/// each grows with every step, none by more than is done, and at `total` each is its whole.
fn cumulated(wholes: &[u64], so_far: u64, total: Money) -> Vec<u64> {
    let mut sums: Vec<u64> = wholes
        .iter()
        .scan(0_u64, |sum, whole| {
            *sum += whole;
            Some(*sum)
        })
        .collect();
    let so_far = so_far.min(total.minor());
    let (mut done, mut of) = (so_far, total.minor());
    for sum in sums.iter_mut().rev() {
        let whole = *sum;
        *sum = half_even(done, whole, of);
        (done, of) = (*sum, whole);
    }
    let mut first = 0;
    for sum in &mut sums {
        let part = *sum - first;
        (first, *sum) = (*sum, part);
    }
    sums
}

//! An order as the rules see it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Quote, Terms, What};
use crate::commission::rounding::half_even;
use crate::currency::Currency;
use crate::ids::{PayinId, RefundId, WalletId};
use crate::money::Money;
use crate::settings::Seconds;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It waits for its money.
    Placed,
    /// It is paid and not delivered.
    Paid,
    /// It is delivered, and settles itself at this instant.
    Delivered {
        /// When.
        settle_at: DateTime<Utc>,
    },
    /// Its sellers have their money.
    Settled,
    /// It was given up.
    Canceled,
    /// It was not paid in time.
    Expired,
    /// All of it was given back.
    Refunded,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Delivered { .. } => "delivered",
            Self::Settled => "settled",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
        }
    }
}

/// What was given back of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GivenBack {
    /// How much of its price, in minor units.
    pub minor: u64,
    /// How many of it.
    pub quantity: u32,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// What is ordered.
    pub terms: Terms,
    /// What it comes to, and what was agreed with its sellers.
    pub quote: Quote,
    /// How long it was asked to wait for its money.
    pub pay_within_s: Option<Seconds>,
    /// Until when it waits for its money.
    pub pay_by: DateTime<Utc>,
    /// The pay-in that brought the money, where one did.
    pub payin: Option<PayinId>,
    /// Whether its sellers have their money.
    pub settled: bool,
    /// What was given back of each line, in their order.
    pub back: Vec<GivenBack>,
    /// What was given back of its delivery, in minor units.
    pub delivery_back: u64,
    /// What was given back of each tax, in their order, in minor units.
    pub taxes_back: Vec<u64>,
    /// Its refunds that were asked for.
    pub refunds: Vec<(RefundId, What)>,
    /// Where it stands.
    pub status: Status,
}

/// Something that is given back: of each line, of the delivery, of each tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Portion {
    pub(super) lines: Vec<GivenBack>,
    pub(super) delivery: u64,
    pub(super) taxes: Vec<u64>,
}

impl Portion {
    pub(super) fn is_nothing(&self) -> bool {
        self.lines.iter().all(|it| it.minor == 0)
            && self.delivery == 0
            && self.taxes.iter().all(|minor| *minor == 0)
    }
}

impl Sale {
    pub(super) fn currency(&self) -> Currency {
        self.quote.total.currency()
    }

    pub(super) fn money(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.currency())
    }

    /// A line's price, in minor units.
    pub(super) fn price(&self, line: usize) -> u64 {
        self.quote.lines[line].price.map_or(0, Money::minor)
    }

    /// The place of a line in the order.
    pub(super) fn line(&self, number: u16) -> Option<usize> {
        self.terms.lines.iter().position(|line| line.number == number)
    }

    /// What of a part of a line's price the platform had added, when so much of it is done.
    pub(super) fn added(&self, line: usize, minor: u64) -> u64 {
        if !self.quote.is_platforms() {
            return 0;
        }
        let discount = self.quote.lines[line].discount.map_or(0, Money::minor);
        match self.price(line) {
            0 => 0,
            price => half_even(discount, minor.min(price), price),
        }
    }

    pub(super) fn delivery(&self) -> u64 {
        self.terms.delivery.map_or(0, |it| it.fee.minor())
    }

    /// What was not given back.
    pub(super) fn left(&self) -> Portion {
        let line = |(place, line): (usize, &super::Line)| GivenBack {
            minor: self.price(place).saturating_sub(self.back[place].minor),
            quantity: line.quantity.saturating_sub(self.back[place].quantity),
        };
        let tax = |(tax, back): (&super::TaxLine, &u64)| tax.amount.minor().saturating_sub(*back);
        Portion {
            lines: self.terms.lines.iter().enumerate().map(line).collect(),
            delivery: self.delivery().saturating_sub(self.delivery_back),
            taxes: self.terms.taxes.iter().zip(&self.taxes_back).map(tax).collect(),
        }
    }

    /// Nothing of all of it.
    pub(super) fn nothing(&self) -> Portion {
        Portion {
            lines: vec![GivenBack::default(); self.terms.lines.len()],
            delivery: 0,
            taxes: vec![0; self.terms.taxes.len()],
        }
    }

    /// Who sells in it, each once, and the courier.
    pub(super) fn providers(&self) -> Vec<WalletId> {
        let sellers = self.quote.sellers.iter().map(|agreed| agreed.seller);
        let courier = self.terms.delivery.and_then(|it| it.courier);
        let mut all: Vec<_> = sellers.chain(courier).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether its money is kept in the order's account.
    pub(super) const fn is_kept(&self) -> bool {
        matches!(self.status, Status::Paid | Status::Delivered { .. })
    }

    /// What of a seller's lines was given back, and what of them is in a portion, in minor units.
    pub(super) fn of_seller(&self, seller: WalletId, portion: &Portion) -> (u64, u64) {
        let own = self.terms.lines.iter().enumerate().filter(|(_, line)| line.seller == seller);
        own.fold((0, 0), |(before, now), (place, _)| {
            (before + self.back[place].minor, now + portion.lines[place].minor)
        })
    }
}

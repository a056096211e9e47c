//! What an order comes to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Delivery, ENTITLEMENTS_MOST, LINES_MOST, Line, QUANTITY_MOST, TAXES_MOST, TaxLine, Terms,
};
use crate::chart::Account;
use crate::commission::{Agreed, Payer, RefundPolicy, agree};
use crate::coupon::{self, Bearer};
use crate::currency::Currency;
use crate::ids::WalletId;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;

/// What a line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// Which line.
    pub number: u16,
    /// Its unit price times its quantity.
    pub gross: Money,
    /// What the coupon takes off it.
    pub discount: Option<Money>,
    /// What its seller gets for it, before commission: without the seller's own discount.
    pub price: Option<Money>,
}

/// What an order comes to, and what was agreed with its sellers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Its lines, in their order.
    pub lines: Vec<Priced>,
    /// All lines together, before a discount.
    pub subtotal: Money,
    /// What the coupon takes off in all.
    pub discount: Option<Money>,
    /// Who bears that.
    pub bearer: Option<Bearer>,
    /// What was agreed with each seller, in the order of their first lines.
    pub sellers: Vec<Agreed>,
    /// What the buyer pays: lines less discount, commission where the buyer bears it, delivery and
    /// taxes.
    pub total: Money,
}

/// What an account other than a seller's gets, or gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Besides {
    /// Which.
    pub to: Account,
    /// How much.
    pub amount: Money,
}

impl Quote {
    /// Whether the platform bears the discount.
    #[must_use]
    pub fn is_platforms(&self) -> bool {
        self.bearer == Some(Bearer::Platform)
    }

    /// What the platform adds to what the buyer pays.
    #[must_use]
    pub fn promotion(&self) -> Option<Money> {
        self.discount.filter(|_| self.is_platforms())
    }

    /// What a seller gets for all lines of theirs, before commission.
    #[must_use]
    pub fn of_seller(&self, terms: &Terms, seller: WalletId) -> Option<Money> {
        let own = terms.lines.iter().zip(&self.lines).filter(|(line, _)| line.seller == seller);
        let minor = own.map(|(_, priced)| priced.price.map_or(0, Money::minor)).sum();
        Money::from_minor(minor, self.total.currency())
    }
}

/// The name under which a courier's delivery is shared out.
pub const DELIVERY: &str = "delivery";

/// A delivery that a courier gets whole: shared out like a sale of which nobody takes a part.
pub(super) fn courier_terms(courier: WalletId) -> Agreed {
    Agreed {
        rule: DELIVERY.parse().expect("a word"),
        version: 0,
        seller: courier,
        payer: Payer::Seller,
        refund: RefundPolicy::Return,
        tax: None,
        terms: Vec::new(),
    }
}

fn invalid<T>(field: &'static str, allowed: &'static str) -> Result<T, Refusal> {
    Err(Refusal::InvalidSetting { field, allowed })
}

/// The lines' amounts before a discount, if they are lines.
fn gross(lines: &[Line], currency: Currency) -> Result<Vec<Money>, Refusal> {
    if lines.is_empty() || lines.len() > LINES_MOST {
        return invalid("lines", "1 to 50");
    }
    let numbers: BTreeSet<u16> = lines.iter().map(|line| line.number).collect();
    if numbers.len() < lines.len() {
        return invalid("lines", "of different numbers");
    }
    let mut promised = BTreeSet::new();
    let mut amounts = Vec::with_capacity(lines.len());
    for line in lines {
        if line.quantity == 0 || line.quantity > QUANTITY_MOST {
            return invalid("quantity", "1 to 1000000");
        }
        let count = line.entitlements.len();
        let one_each = u32::try_from(count) == Ok(line.quantity) && count <= ENTITLEMENTS_MOST;
        if count > 0 && !one_each {
            return invalid("entitlements", "none, or one for each of a quantity of at most 100");
        }
        if !line.entitlements.iter().all(|id| promised.insert(*id)) {
            return invalid("entitlements", "each once");
        }
        if line.span_s.is_some() && count == 0 {
            return invalid("spanSeconds", "given with entitlements only");
        }
        if line.unit_price.currency() != currency {
            return Err(Refusal::WrongCurrency { currency: line.unit_price.currency() });
        }
        let minor = line.unit_price.minor().checked_mul(line.quantity.into());
        let amount = minor.and_then(|minor| Money::from_minor(minor, currency));
        amounts.push(amount.ok_or(Refusal::AmountTooLarge {})?);
    }
    Ok(amounts)
}

/// Delivery and taxes together, in minor units, if they are what they should be.
fn on_top(
    delivery: Option<&Delivery>,
    taxes: &[TaxLine],
    currency: Currency,
) -> Result<u64, Refusal> {
    let codes: BTreeSet<_> = taxes.iter().map(|tax| tax.code).collect();
    if codes.len() < taxes.len() || taxes.len() > TAXES_MOST {
        return invalid("taxes", "at most 10, each once");
    }
    let fee = delivery.map(|it| it.fee);
    let mut sum = 0_u64;
    for money in fee.into_iter().chain(taxes.iter().map(|tax| tax.amount)) {
        if money.currency() != currency {
            return Err(Refusal::WrongCurrency { currency: money.currency() });
        }
        sum = sum.checked_add(money.minor()).ok_or(Refusal::AmountTooLarge {})?;
    }
    Ok(sum)
}

/// Works out what an order comes to now, in one currency.
///
/// # Errors
/// What its lines, its coupon or its commission are refused for.
pub fn quote(state: &LedgerState, at: DateTime<Utc>, terms: &Terms) -> Result<Quote, Refusal> {
    let Terms { lines, delivery, taxes, coupon, commission, minimum, .. } = terms;
    let Some(currency) = lines.first().map(|line| line.unit_price.currency()) else {
        return invalid("lines", "1 to 50");
    };
    state.settings()?.takes(currency)?;
    let gross = gross(lines, currency)?;
    let too_large = || Refusal::AmountTooLarge {};
    let sum = |minors: Vec<u64>| {
        let sum = minors.into_iter().try_fold(0_u64, u64::checked_add);
        sum.ok_or_else(too_large)
    };
    let subtotal = sum(gross.iter().map(|it| it.minor()).collect())?;
    let subtotal = Money::from_minor(subtotal, currency).ok_or_else(too_large)?;
    if let Some(minimum) = *minimum {
        if minimum.currency() != currency {
            return Err(Refusal::WrongCurrency { currency: minimum.currency() });
        }
        if subtotal.minor() < minimum.minor() {
            return Err(Refusal::BelowMinimum { minimum, subtotal });
        }
    }
    let sold: Vec<_> = lines.iter().map(|line| line.seller).zip(gross.iter().copied()).collect();
    let (bearer, discounts) = match coupon {
        Some(code) => {
            let (bearer, each) = coupon::discounts(state, at, code, &sold)?;
            (Some(bearer), each)
        }
        None => (None, vec![None; lines.len()]),
    };
    let is_sellers = matches!(bearer, Some(Bearer::Seller(_)));
    let priced: Vec<Priced> = lines
        .iter()
        .zip(gross.iter().zip(&discounts))
        .map(|(line, (gross, discount))| {
            let own = discount.filter(|_| is_sellers).map_or(0, Money::minor);
            let price = Money::from_minor(gross.minor() - own, currency);
            Priced { number: line.number, gross: *gross, discount: *discount, price }
        })
        .collect();
    let discount = sum(discounts.iter().map(|it| it.map_or(0, Money::minor)).collect())?;
    let mut quote = Quote {
        lines: priced,
        subtotal,
        discount: Money::from_minor(discount, currency),
        bearer,
        sellers: Vec::new(),
        total: subtotal,
    };
    let mut total = on_top(delivery.as_ref(), taxes, currency)?;
    for line in lines {
        if quote.sellers.iter().any(|agreed| agreed.seller == line.seller) {
            continue;
        }
        let agreed = agree(state, at, commission, line.seller, currency)?;
        if let Some(price) = quote.of_seller(terms, line.seller) {
            let charged = agreed.charged(price).minor();
            total = total.checked_add(charged).ok_or_else(too_large)?;
        }
        quote.sellers.push(agreed);
    }
    let total = total - quote.promotion().map_or(0, Money::minor);
    let Some(total) = Money::from_minor(total, currency) else {
        return Err(Refusal::CouponRefused { why: "nothing would be left to pay" });
    };
    quote.total = total;
    Ok(quote)
}

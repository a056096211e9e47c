//! The rules of giving orders back: asked for, or taken back from outside by a payment's payer.

use super::ending::{added, besides, kept_for, shares};
use super::known::Portion;
use super::rules::{end, named, wrong_state};
use super::{
    GivenBack, LineBack, Part, REFUNDS_MOST, Refund, Refunded, Sale, Status, TaxLine, What, goods,
};
use crate::chargeback;
use crate::chart::Account;
use crate::commission::Breakdown;
use crate::decider::Decided;
use crate::event::Event;
use crate::ids::{RefundId, SaleId};
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::Target;
use crate::payin::targets::{self, Unwound};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

fn invalid<T>(field: &'static str, allowed: &'static str) -> Result<T, Refusal> {
    Err(Refusal::InvalidSetting { field, allowed })
}

/// `part` of `of` things that cost `price` together, rounded down.
fn pro_rata(price: u64, part: u32, of: u32) -> u64 {
    let scaled = u128::from(price) * u128::from(part) / u128::from(of.max(1));
    u64::try_from(scaled).unwrap_or(price)
}

pub(crate) fn decide_refund(state: &LedgerState, command: &Refund) -> Result<Decided, Refusal> {
    let Refund { sale: id, refund, what, reason } = command;
    let sale = named(state, *id)?;
    if let Some((_, known)) = sale.refunds.iter().find(|(it, _)| it == refund) {
        if known == what {
            return Ok(Decided::Already);
        }
        return Err(Refusal::ExistsWithOtherTerms { field: "what" });
    }
    match sale.status {
        Status::Paid | Status::Delivered { .. } | Status::Settled => {}
        Status::Placed | Status::Canceled | Status::Expired | Status::Refunded => {
            return wrong_state(sale.status);
        }
    }
    if sale.refunds.len() >= REFUNDS_MOST {
        return invalid("refund", "one of at most 100 of an order");
    }
    chargeback::none_open(state, &Target::Sale(*id))?;
    wallet::may_receive(state, sale.terms.buyer, "sale")?;
    let portion = asked(state, sale, what)?;
    if portion.is_nothing() {
        return invalid("lines", "something that can still be given back");
    }
    let of = Of { state, id: *id, sale, reason };
    of.events(&portion, Some((*refund, what.clone())), |draft, minor| {
        draft.pay(sale.terms.buyer, minor)
    })
    .map(Decided::Happened)
}

/// What can be given back of a line: not what was, nor what was used.
fn of_line(state: &LedgerState, sale: &Sale, place: usize) -> GivenBack {
    let (line, back, price) = (&sale.terms.lines[place], sale.back[place], sale.price(place));
    let unspent = line.quantity.saturating_sub(goods::spent(state, sale, line));
    GivenBack {
        minor: pro_rata(price, unspent, line.quantity).saturating_sub(back.minor),
        quantity: unspent.saturating_sub(back.quantity),
    }
}

/// What is asked for, if all of it can be given back.
fn asked(state: &LedgerState, sale: &Sale, what: &What) -> Result<Portion, Refusal> {
    let mut portion = sale.nothing();
    if *what == What::default() {
        portion = sale.left();
        for (place, line) in portion.lines.iter_mut().enumerate() {
            *line = of_line(state, sale, place);
        }
        return Ok(portion);
    }
    let exceeds = |left: u64, asked: Money| {
        if asked.currency() != sale.currency() {
            return Err(Refusal::WrongCurrency { currency: asked.currency() });
        }
        let left = i128::from(left);
        if i128::from(asked.minor()) > left {
            return Err(Refusal::RefundExceeds { left, asked });
        }
        Ok(asked.minor())
    };
    for (number, it) in what.lines.iter().enumerate() {
        if what.lines[..number].iter().any(|other| other.number == it.number) {
            return invalid("lines", "each once");
        }
        let place = sale.line(it.number).ok_or(Refusal::NotFound { field: "lines" })?;
        let left = of_line(state, sale, place);
        let (line, back) = (&sale.terms.lines[place], sale.back[place]);
        portion.lines[place] = match it.part {
            Part::All => left,
            Part::Quantity(quantity) if quantity == 0 || quantity > left.quantity => {
                return invalid("quantity", "one or more, of what was not given back or used");
            }
            Part::Quantity(quantity) => {
                let price = sale.price(place);
                let is = pro_rata(price, back.quantity + quantity, line.quantity);
                let was = pro_rata(price, back.quantity, line.quantity);
                let minor = match sale.money(is - was) {
                    Some(money) => exceeds(left.minor, money)?,
                    None => 0,
                };
                GivenBack { minor, quantity }
            }
            Part::Amount(money) => GivenBack { minor: exceeds(left.minor, money)?, quantity: 0 },
        };
        whole_lines(sale, &mut portion, place);
    }
    let left = sale.left();
    if let Some(money) = what.delivery {
        portion.delivery = exceeds(left.delivery, money)?;
    }
    for (number, it) in what.taxes.iter().enumerate() {
        if what.taxes[..number].iter().any(|other| other.code == it.code) {
            return invalid("taxes", "each once");
        }
        let place = sale.terms.taxes.iter().position(|tax| tax.code == it.code);
        let place = place.ok_or(Refusal::NotFound { field: "taxes" })?;
        portion.taxes[place] = exceeds(left.taxes[place], it.amount)?;
    }
    Ok(portion)
}

/// Of a line whose whole price is given back, all of it is.
fn whole_lines(sale: &Sale, portion: &mut Portion, place: usize) {
    let left = sale.left().lines[place];
    let line = &mut portion.lines[place];
    if line.minor > 0 && line.minor == left.minor {
        line.quantity = left.quantity;
    }
}

/// A refund in the making.
struct Of<'a> {
    state: &'a LedgerState,
    id: SaleId,
    sale: &'a Sale,
    reason: &'a Code,
}

impl Of<'_> {
    /// What sellers and courier give back, what the buyer gets, and what the platform gets back of
    /// its discount, in minor units.
    fn parts(&self, portion: &Portion) -> (Vec<Breakdown>, u64, u64) {
        if !self.sale.settled {
            let (buyer, added) = kept_for(self.sale, portion);
            return (Vec::new(), buyer, added);
        }
        let shares = shares(self.sale, portion, true);
        let charged = shares.iter().map(|it| it.charged().minor()).sum::<u64>();
        let others = besides(self.sale, portion).iter().map(|it| it.amount.minor()).sum::<u64>();
        let added = added(self.sale, portion);
        (shares, charged.saturating_add(others).saturating_sub(added), added)
    }

    /// The events of giving a portion back; `credit` gives the buyer theirs.
    fn events(
        &self,
        portion: &Portion,
        asked: Option<(RefundId, What)>,
        credit: impl for<'b> FnOnce(Draft<'b>, Option<Money>) -> Draft<'b>,
    ) -> Result<Vec<Event>, Refusal> {
        let (sale, order) = (self.sale, Account::Order(self.id));
        let (shares, buyer, added) = self.parts(portion);
        let others = if sale.settled { besides(sale, portion) } else { Vec::new() };
        let draft =
            shares.iter().fold(Draft::new(self.state), |draft, it| it.give_back(draft, order));
        let draft = others
            .iter()
            .fold(draft, |draft, it| draft.debit(it.to, it.amount).credit(order, it.amount));
        let (to_buyer, promotion) = (sale.money(buyer), sale.money(added));
        let draft = draft
            .debit(order, sale.money(buyer.saturating_add(added)))
            .credit(Account::Promotions, promotion);
        let entry = credit(draft, to_buyer).entry()?;
        let lines = sale.terms.lines.iter().zip(&portion.lines);
        let lines = lines.filter(|(_, back)| **back != GivenBack::default());
        let taxes = sale.terms.taxes.iter().zip(&portion.taxes);
        let left = sale.left();
        let ended =
            left.lines.iter().zip(&portion.lines).all(|(left, now)| left.minor == now.minor)
                && left.delivery == portion.delivery
                && left.taxes == portion.taxes;
        let mut events = vec![Event::OrderRefunded(Refunded {
            sale: self.id,
            asked: asked.map(Box::new),
            reason: self.reason.clone(),
            lines: lines
                .map(|(line, back)| LineBack {
                    number: line.number,
                    amount: sale.money(back.minor),
                    quantity: back.quantity,
                })
                .collect(),
            delivery: sale.money(portion.delivery),
            taxes: taxes
                .filter_map(|(tax, minor)| {
                    sale.money(*minor).map(|amount| TaxLine { code: tax.code, amount })
                })
                .collect(),
            to_buyer,
            promotion,
            shares,
            besides: others,
            ended,
            entry,
        })];
        events.extend(goods::revoked(self.state, sale, portion, self.reason));
        Ok(events)
    }

    /// The largest portion that brings the buyer at most so much, in minor units: line by line,
    /// then the delivery, then taxes.
    fn up_to(&self, most: u64) -> Portion {
        let left = self.sale.left();
        if self.parts(&left).1 <= most {
            return left;
        }
        let mut portion = self.sale.nothing();
        let slots = left.lines.len() + 1 + left.taxes.len();
        for slot in 0..slots {
            let got = self.parts(&portion).1;
            let limit = *slot_of(&mut left.clone(), slot);
            let brings = |portion: &mut Portion, minor: u64| {
                *slot_of(portion, slot) = minor;
                self.parts(portion).1
            };
            let largest = last(limit, |minor| brings(&mut portion.clone(), minor) <= most);
            // Not more than it takes: what only moves the platform's discount stays.
            let best = brings(&mut portion.clone(), largest);
            let enough = last(largest, |minor| brings(&mut portion.clone(), minor) < best);
            let minor = match best.cmp(&got) {
                std::cmp::Ordering::Greater => (enough + 1).min(largest),
                std::cmp::Ordering::Less | std::cmp::Ordering::Equal => 0,
            };
            *slot_of(&mut portion, slot) = minor;
            if slot < left.lines.len() {
                whole_lines(self.sale, &mut portion, slot);
            }
        }
        portion
    }
}

/// A line's amount, the delivery, or a tax.
fn slot_of(portion: &mut Portion, slot: usize) -> &mut u64 {
    let lines = portion.lines.len();
    match slot.checked_sub(lines) {
        None => &mut portion.lines[slot].minor,
        Some(0) => &mut portion.delivery,
        Some(tax) => &mut portion.taxes[tax - 1],
    }
}

/// The last of 0 to `most` for which it holds; it holds up to there and not beyond. 0 where never.
fn last(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

/// Gets up to an amount of a pay-in's money back from the order that it paid.
pub(crate) fn unwind(state: &LedgerState, paid: &targets::Paid, id: SaleId) -> Unwound {
    let Some(sale) = state.sales.get(&id).filter(|sale| sale.payin == Some(paid.payin)) else {
        return Unwound::default();
    };
    let can = match sale.status {
        Status::Paid | Status::Delivered { .. } | Status::Settled => {
            paid.amount.currency() == sale.currency()
        }
        Status::Placed | Status::Canceled | Status::Expired | Status::Refunded => false,
    };
    if !can {
        return Unwound::default();
    }
    let reason = "payment_taken_back".parse().expect("a word");
    let of = Of { state, id, sale, reason: &reason };
    let portion = of.up_to(paid.amount.minor());
    let minor = of.parts(&portion).1;
    if minor == 0 {
        return Unwound::default();
    }
    // It is taken from there at once: it does not pay what the buyer owes.
    let to = Account::Wallet(sale.terms.buyer);
    let events = of.events(&portion, None, |draft, money| draft.credit(to, money));
    events.map(|events| Unwound { events, minor }).unwrap_or_default()
}

pub(crate) fn evolve_refunded(state: &mut LedgerState, event: &Refunded) {
    let Some(sale) = state.sales.get(&event.sale).cloned() else { return };
    let mut portion = sale.nothing();
    for line in &event.lines {
        if let Some(place) = sale.line(line.number) {
            let minor = line.amount.map_or(0, Money::minor);
            portion.lines[place] = GivenBack { minor, quantity: line.quantity };
        }
    }
    let taxes = sale.terms.taxes.iter().map(|tax| {
        let back = event.taxes.iter().find(|it| it.code == tax.code);
        back.map_or(0, |it| it.amount.minor())
    });
    portion.taxes = taxes.collect();
    portion.delivery = event.delivery.map_or(0, Money::minor);
    goods::give_back(state, &sale, &portion, true);
    if event.ended && !sale.settled {
        end(state, &sale);
    }
    state.sales.modify(event.sale, |sale| {
        for (back, now) in sale.back.iter_mut().zip(&portion.lines) {
            back.minor += now.minor;
            back.quantity += now.quantity;
        }
        for (back, now) in sale.taxes_back.iter_mut().zip(&portion.taxes) {
            *back += now;
        }
        sale.delivery_back += portion.delivery;
        if let Some(asked) = &event.asked {
            sale.refunds.push((**asked).clone());
        }
        if event.ended {
            sale.status = Status::Refunded;
        }
    });
}

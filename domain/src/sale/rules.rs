//! The rules of placing, paying and delivering orders.

use chrono::{DateTime, Utc};

use super::ending::settled;
use super::{
    Deliver, Delivered, Fulfilment, GivenBack, Paid, Pay, Place, Placed, Sale, SettledBy, Status,
    Terms, goods, quote,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{PayinId, SaleId, WalletId};
use crate::journal::Draft;
use crate::payin::targets;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(super) fn named(state: &LedgerState, id: SaleId) -> Result<&Sale, Refusal> {
    state.sales.get(&id).ok_or(Refusal::NotFound { field: "sale" })
}

pub(super) fn wrong_state<T>(status: Status) -> Result<T, Refusal> {
    Err(Refusal::WrongState { state: status.as_str() })
}

/// Whether the actor acts for one of these wallets; staff and the back end act for all.
pub(super) fn one_of(
    state: &LedgerState,
    actor: &Actor,
    wallets: &[WalletId],
) -> Result<(), Refusal> {
    let theirs = |id: &WalletId| wallet::theirs(state, actor, *id, "sale").is_ok();
    if wallets.iter().any(theirs) { Ok(()) } else { Err(Refusal::NotYours { field: "sale" }) }
}

/// Whether the actor acts for all of these wallets.
pub(super) fn sells_all(state: &LedgerState, actor: &Actor, sale: &Sale) -> bool {
    let mut sellers = sale.quote.sellers.iter().map(|agreed| agreed.seller);
    sellers.all(|id| wallet::theirs(state, actor, id, "sale").is_ok())
}

pub(crate) fn decide_place(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Place,
) -> Result<Decided, Refusal> {
    let Place { sale, terms, total, pay_within_s } = command;
    if let Some(known) = state.sales.get(sale) {
        wallet::theirs(state, actor, known.terms.buyer, "sale")?;
        return same_terms(known, command);
    }
    wallet::theirs(state, actor, terms.buyer, "buyer")?;
    wallet::may_receive(state, terms.buyer, "buyer")?;
    for line in &terms.lines {
        if line.seller == terms.buyer {
            return Err(Refusal::SameWallet { field: "lines" });
        }
        wallet::may_receive(state, line.seller, "lines")?;
    }
    if let Some(courier) = terms.delivery.and_then(|it| it.courier) {
        if courier == terms.buyer {
            return Err(Refusal::SameWallet { field: "delivery" });
        }
        wallet::may_receive(state, courier, "delivery")?;
    }
    let quote = quote(state, at, terms)?;
    if quote.total != *total {
        let (field, expected) = ("total", *total);
        return Err(Refusal::TotalDiffers { field, total: quote.total, expected });
    }
    goods::are_there(state, terms)?;
    let span = pay_within_s.unwrap_or(state.settings()?.payin_expiry_s);
    happened([Event::OrderPlaced(Placed {
        sale: *sale,
        terms: Box::new(terms.clone()),
        quote: Box::new(quote),
        pay_within_s: *pay_within_s,
        pay_by: at + span.delta(),
    })])
}

fn same_terms(known: &Sale, asked: &Place) -> Result<Decided, Refusal> {
    let (were, are): (&Terms, &Terms) = (&known.terms, &asked.terms);
    let differs = [
        (were.buyer != are.buyer, "buyer"),
        (were.lines != are.lines, "lines"),
        (were.delivery != are.delivery, "delivery"),
        (were.taxes != are.taxes, "taxes"),
        (were.coupon != are.coupon, "coupon"),
        (were.commission != are.commission, "commission"),
        (were.minimum != are.minimum, "minimum"),
        (were.fulfilment != are.fulfilment, "fulfilment"),
        (known.quote.total != asked.total, "total"),
        (known.pay_within_s != asked.pay_within_s, "payWithinSeconds"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// Whether it can still be paid: the timer may be late.
fn waits(sale: &Sale, at: DateTime<Utc>) -> Result<(), Refusal> {
    match sale.status {
        Status::Placed if at < sale.pay_by => Ok(()),
        Status::Placed => wrong_state(Status::Expired),
        Status::Paid
        | Status::Delivered { .. }
        | Status::Settled
        | Status::Canceled
        | Status::Expired
        | Status::Refunded => wrong_state(sale.status),
    }
}

pub(crate) fn decide_pay(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Pay,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    let buyer = sale.terms.buyer;
    wallet::theirs(state, actor, buyer, "sale")?;
    match sale.status {
        Status::Paid | Status::Delivered { .. } | Status::Settled | Status::Refunded => {
            return Ok(Decided::Already);
        }
        Status::Placed | Status::Canceled | Status::Expired => waits(sale, at)?,
    }
    wallet::may_spend(state, actor, at, buyer, "sale", sale.quote.total)?;
    wallet::has(state, buyer, sale.quote.total)?;
    paid(state, at, command.sale, sale, None).map(Decided::Happened)
}

/// It is paid, and settled where it is fulfilled at once. The buyer's wallet has the money.
fn paid(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SaleId,
    sale: &Sale,
    payin: Option<PayinId>,
) -> Result<Vec<Event>, Refusal> {
    let (buyer, amount, promotion) = (sale.terms.buyer, sale.quote.total, sale.quote.promotion());
    let all = sale.money(amount.minor().saturating_add(promotion.map_or(0, |it| it.minor())));
    let draft = Draft::new(state)
        .debit(Account::Wallet(buyer), amount)
        .debit(Account::Promotions, promotion)
        .credit(Account::Order(id), all);
    let entry = draft.entry()?;
    let mut events =
        vec![Event::OrderPaid(Paid { sale: id, buyer, amount, promotion, payin, entry })];
    match sale.terms.fulfilment {
        Fulfilment::Immediate => {
            events.extend(settled(state, at, id, sale, SettledBy::Payment)?);
        }
        Fulfilment::OnDelivery(_) => {}
    }
    Ok(events)
}

/// What an order makes of money that a pay-in brings for it: nothing where it is not what it waits
/// for, from whom it waits for it. The money is then the payer's.
pub(crate) fn pay_from(
    state: &LedgerState,
    at: DateTime<Utc>,
    it: &targets::Paid,
    id: SaleId,
) -> Vec<Event> {
    let Some(sale) = state.sales.get(&id) else { return Vec::new() };
    let fits = it.payer == sale.terms.buyer
        && it.amount == sale.quote.total
        && waits(sale, at).is_ok()
        && wallet::named(state, it.payer, "sale")
            .and_then(|buyer| wallet::not_frozen(buyer, "sale"))
            .is_ok();
    if !fits {
        return Vec::new();
    }
    paid(state, at, id, sale, Some(it.payin)).unwrap_or_default()
}

/// Whether a pay-in may be begun for an order.
pub(crate) fn may_be_paid(state: &LedgerState, id: SaleId) -> Result<(), Refusal> {
    match state.sales.get(&id) {
        None => Err(Refusal::NotFound { field: "target" }),
        Some(sale) if sale.status == Status::Placed => Ok(()),
        Some(sale) => wrong_state(sale.status),
    }
}

pub(crate) fn decide_deliver(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Deliver,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    let courier: Vec<_> = sale.terms.delivery.and_then(|it| it.courier).into_iter().collect();
    if !sells_all(state, actor, sale) {
        one_of(state, actor, &courier)?;
    }
    match (sale.status, sale.terms.fulfilment) {
        (Status::Paid, Fulfilment::OnDelivery(span)) => {
            let span = span.unwrap_or(state.settings()?.inspection_s);
            let settle_at = at + span.delta();
            happened([Event::OrderDelivered(Delivered { sale: command.sale, settle_at })])
        }
        (Status::Delivered { .. }, _) => Ok(Decided::Already),
        (
            Status::Placed
            | Status::Paid
            | Status::Settled
            | Status::Canceled
            | Status::Expired
            | Status::Refunded,
            _,
        ) => wrong_state(sale.status),
    }
}

pub(crate) fn evolve_placed(state: &mut LedgerState, event: &Placed) {
    let Placed { sale: id, terms, quote, pay_within_s, pay_by } = event.clone();
    let sale = Sale {
        back: vec![GivenBack::default(); terms.lines.len()],
        taxes_back: vec![0; terms.taxes.len()],
        delivery_back: 0,
        terms: *terms,
        quote: *quote,
        pay_within_s,
        pay_by,
        payin: None,
        settled: false,
        refunds: Vec::new(),
        status: Status::Placed,
    };
    goods::reserve(state, id, &sale.terms);
    begin(state, &sale);
    state.sales.insert(id, sale);
}

/// An order begins for its parties: their wallets stay open until it has ended.
fn begin(state: &mut LedgerState, sale: &Sale) {
    let parties = sale.providers().into_iter().chain([sale.terms.buyer]);
    parties.for_each(|id| wallet::begin(state, id));
    sale.quote.sellers.iter().for_each(|agreed| agreed.begin(state));
}

/// It has ended.
pub(super) fn end(state: &mut LedgerState, sale: &Sale) {
    let parties = sale.providers().into_iter().chain([sale.terms.buyer]);
    parties.for_each(|id| wallet::end(state, id));
    sale.quote.sellers.iter().for_each(|agreed| agreed.end(state));
}

pub(crate) fn evolve_paid(state: &mut LedgerState, event: &Paid) {
    let Some(terms) = state.sales.get(&event.sale).map(|sale| sale.terms.clone()) else { return };
    goods::take(state, &terms);
    state.sales.modify(event.sale, |sale| {
        sale.status = Status::Paid;
        sale.payin = event.payin;
    });
}

pub(crate) fn evolve_delivered(state: &mut LedgerState, event: &Delivered) {
    let status = Status::Delivered { settle_at: event.settle_at };
    state.sales.modify(event.sale, |sale| sale.status = status);
}

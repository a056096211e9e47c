//! The rules of how an order ends: settled, given up, or not paid in time.

use chrono::{DateTime, Utc};

use super::known::Portion;
use super::quote::courier_terms;
use super::rules::{end, named, one_of, sells_all, wrong_state};
use super::{
    AutoSettle, Besides, Cancel, Canceled, Expire, Expired, Sale, Settle, Settled, SettledBy,
    Status, goods,
};
use crate::actor::Actor;
use crate::chargeback;
use crate::chart::Account;
use crate::commission::Breakdown;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::SaleId;
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::Target;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

/// Where the delivery goes that no courier gets.
const PLATFORM: Account = Account::Fees;

/// What accounts other than a party's get of a portion, or give back: the delivery that the
/// platform makes, and the taxes.
pub(super) fn besides(sale: &Sale, portion: &Portion) -> Vec<Besides> {
    let own = sale.terms.delivery.filter(|it| it.courier.is_none()).map(|_| portion.delivery);
    let delivery = own.and_then(|minor| sale.money(minor));
    let delivery = delivery.map(|amount| Besides { to: PLATFORM, amount });
    let taxes = sale.terms.taxes.iter().zip(&portion.taxes).filter_map(|(tax, minor)| {
        sale.money(*minor).map(|amount| Besides { to: Account::Tax(tax.code), amount })
    });
    delivery.into_iter().chain(taxes).collect()
}

/// What each seller, and the courier, gets of a portion of a sale, or gives back.
pub(super) fn shares(sale: &Sale, portion: &Portion, back: bool) -> Vec<Breakdown> {
    let mut shares = Vec::new();
    let mut share = |agreed: &crate::commission::Agreed, total, before: u64, now: u64| {
        let (Some(total), Some(now)) = (total, sale.money(now)) else { return };
        let before = sale.money(before);
        shares.push(match back {
            false => agreed.shares(total, before, now),
            true => agreed.returns(total, before, now),
        });
    };
    for agreed in &sale.quote.sellers {
        let (before, now) = sale.of_seller(agreed.seller, portion);
        share(agreed, sale.quote.of_seller(&sale.terms, agreed.seller), before, now);
    }
    if let Some((fee, courier)) = sale.terms.delivery.and_then(|it| Some((it.fee, it.courier?))) {
        share(&courier_terms(courier), Some(fee), sale.delivery_back, portion.delivery);
    }
    shares
}

/// An order's money to who earned it: the events of settling it.
pub(super) fn settled(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SaleId,
    sale: &Sale,
    by: SettledBy,
) -> Result<Vec<Event>, Refusal> {
    let left = sale.left();
    let (shares, besides) = (shares(sale, &left, false), besides(sale, &left));
    let from = Account::Order(id);
    let draft = shares.iter().fold(Draft::new(state), |draft, it| it.share_out(draft, from));
    let draft = besides
        .iter()
        .fold(draft, |draft, it| draft.debit(from, it.amount).credit(it.to, it.amount));
    let entry = draft.entry()?;
    let mut events = vec![Event::OrderSettled(Settled { sale: id, by, shares, besides, entry })];
    events.extend(goods::granted(state, at, id, sale));
    Ok(events)
}

pub(crate) fn decide_settle(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Settle,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    wallet::theirs(state, actor, sale.terms.buyer, "sale")?;
    settle(state, at, command.sale, sale, SettledBy::Request)
}

pub(crate) fn decide_auto_settle(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &AutoSettle,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    match sale.status {
        Status::Delivered { settle_at } if at < settle_at => {
            Err(Refusal::TooEarly { due: settle_at })
        }
        Status::Paid => wrong_state(sale.status),
        Status::Placed
        | Status::Delivered { .. }
        | Status::Settled
        | Status::Canceled
        | Status::Expired
        | Status::Refunded => settle(state, at, command.sale, sale, SettledBy::Timer),
    }
}

fn settle(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SaleId,
    sale: &Sale,
    by: SettledBy,
) -> Result<Decided, Refusal> {
    match sale.status {
        Status::Paid | Status::Delivered { .. } => {
            chargeback::none_open(state, &Target::Sale(id))?;
            settled(state, at, id, sale, by).map(Decided::Happened)
        }
        Status::Settled => Ok(Decided::Already),
        Status::Placed | Status::Canceled | Status::Expired | Status::Refunded => {
            wrong_state(sale.status)
        }
    }
}

/// What of a portion of an order that is not settled is the buyer's, and what the platform had
/// added, in minor units.
pub(super) fn kept_for(sale: &Sale, portion: &Portion) -> (u64, u64) {
    let charged = shares(sale, portion, false).iter().map(|it| it.charged().minor()).sum::<u64>();
    let others = besides(sale, portion).iter().map(|it| it.amount.minor()).sum::<u64>();
    let added = added(sale, portion);
    (charged.saturating_add(others).saturating_sub(added), added)
}

/// What the platform had added to a portion, in minor units.
pub(super) fn added(sale: &Sale, portion: &Portion) -> u64 {
    let of_line = |(place, now): (usize, &super::GivenBack)| {
        let before = sale.back[place].minor;
        sale.added(place, before.saturating_add(now.minor)) - sale.added(place, before)
    };
    portion.lines.iter().enumerate().map(of_line).sum()
}

pub(crate) fn decide_cancel(
    state: &LedgerState,
    actor: &Actor,
    command: &Cancel,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    if !sells_all(state, actor, sale) {
        one_of(state, actor, &[sale.terms.buyer])?;
    }
    let (id, reason) = (command.sale, command.reason.clone());
    match sale.status {
        Status::Placed => {
            let (to_buyer, entry) = (None, None);
            happened([Event::OrderCanceled(Canceled { sale: id, reason, to_buyer, entry })])
        }
        Status::Paid => {
            chargeback::none_open(state, &Target::Sale(id))?;
            let (buyer, added) = kept_for(sale, &sale.left());
            let of = |minor| sale.money(minor);
            let draft = Draft::new(state)
                .debit(Account::Order(id), of(buyer.saturating_add(added)))
                .credit(Account::Promotions, of(added))
                .pay(sale.terms.buyer, of(buyer));
            let entry = Some(draft.entry()?);
            let to_buyer: Option<Money> = of(buyer);
            happened([Event::OrderCanceled(Canceled { sale: id, reason, to_buyer, entry })])
        }
        Status::Canceled => Ok(Decided::Already),
        Status::Delivered { .. } | Status::Settled | Status::Expired | Status::Refunded => {
            wrong_state(sale.status)
        }
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let sale = named(state, command.sale)?;
    match sale.status {
        Status::Placed if at < sale.pay_by => Err(Refusal::TooEarly { due: sale.pay_by }),
        Status::Placed => happened([Event::OrderExpired(Expired { sale: command.sale })]),
        Status::Expired => Ok(Decided::Already),
        Status::Paid
        | Status::Delivered { .. }
        | Status::Settled
        | Status::Canceled
        | Status::Refunded => wrong_state(sale.status),
    }
}

pub(crate) fn evolve_settled(state: &mut LedgerState, event: &Settled) {
    let Some(sale) = state.sales.get(&event.sale).cloned() else { return };
    end(state, &sale);
    state.sales.modify(event.sale, |sale| {
        sale.status = Status::Settled;
        sale.settled = true;
    });
}

pub(crate) fn evolve_canceled(state: &mut LedgerState, event: &Canceled) {
    nothing_came_of_it(state, event.sale, Status::Canceled);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    nothing_came_of_it(state, event.sale, Status::Expired);
}

fn nothing_came_of_it(state: &mut LedgerState, id: SaleId, status: Status) {
    let Some(sale) = state.sales.get(&id).cloned() else { return };
    goods::release(state, &sale, sale.is_kept());
    end(state, &sale);
    state.sales.modify(id, |sale| sale.status = status);
}

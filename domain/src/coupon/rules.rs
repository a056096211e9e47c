//! The rules of coupons.

use chrono::{DateTime, Utc};

use super::{Bearer, Coupon, Create, Created, Disable, Disabled, Discount, Terms};
use crate::actor::Actor;
use crate::commission::rounding::half_even;
use crate::commission::split::split_by_weights;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

/// Whose coupon it is: the platform's is its staff's, a seller's is that seller's.
fn may_manage(state: &LedgerState, actor: &Actor, bearer: Bearer) -> Result<(), Refusal> {
    match bearer {
        Bearer::Platform if actor.role.is_party() => Err(Refusal::Forbidden { role: actor.role }),
        Bearer::Platform => Ok(()),
        Bearer::Seller(seller) => wallet::theirs(state, actor, seller, "bearer").map(drop),
    }
}

pub(crate) fn decide_create(
    state: &LedgerState,
    actor: &Actor,
    command: &Create,
) -> Result<Decided, Refusal> {
    let Create { coupon, terms } = command;
    may_manage(state, actor, terms.bearer)?;
    if let Some(known) = state.coupons.get(coupon) {
        may_manage(state, actor, known.terms.bearer)?;
        return same_terms(&known.terms, terms);
    }
    makes_sense(state, terms)?;
    happened([Event::CouponCreated(Created { coupon: coupon.clone(), terms: *terms })])
}

fn same_terms(known: &Terms, asked: &Terms) -> Result<Decided, Refusal> {
    let differs = [
        (known.discount != asked.discount, "discount"),
        (known.bearer != asked.bearer, "bearer"),
        (known.from != asked.from, "from"),
        (known.to != asked.to, "to"),
        (known.uses != asked.uses, "uses"),
        (known.minimum != asked.minimum, "minimum"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

fn makes_sense(state: &LedgerState, terms: &Terms) -> Result<(), Refusal> {
    let invalid = |field, allowed| Err(Refusal::InvalidSetting { field, allowed });
    let settings = state.settings()?;
    match terms.discount {
        Discount::Percent(rate) if rate.get() == 0 => return invalid("percent", "more than zero"),
        Discount::Percent(_) => {}
        Discount::Fixed(amount) => settings.takes(amount.currency())?,
    }
    if let (Discount::Fixed(amount), Some(minimum)) = (terms.discount, terms.minimum)
        && amount.currency() != minimum.currency()
    {
        return Err(Refusal::WrongCurrency { currency: minimum.currency() });
    }
    if let (Some(from), Some(to)) = (terms.from, terms.to)
        && to <= from
    {
        return invalid("to", "later than its beginning");
    }
    if terms.uses == Some(0) {
        return invalid("uses", "one or more");
    }
    match terms.bearer {
        Bearer::Platform => Ok(()),
        Bearer::Seller(seller) => wallet::may_receive(state, seller, "bearer"),
    }
}

pub(crate) fn decide_disable(
    state: &LedgerState,
    actor: &Actor,
    command: &Disable,
) -> Result<Decided, Refusal> {
    let known = named(state, &command.coupon)?;
    may_manage(state, actor, known.terms.bearer)?;
    if known.disabled {
        return Ok(Decided::Already);
    }
    happened([Event::CouponDisabled(Disabled { coupon: command.coupon.clone() })])
}

fn named<'a>(state: &'a LedgerState, code: &Code) -> Result<&'a Coupon, Refusal> {
    state.coupons.get(code).ok_or(Refusal::NotFound { field: "coupon" })
}

/// What a coupon takes off each line: the discount spread by largest remainder over the lines that
/// it is for. `lines` are who sells and for how much, in the order of the order.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::WrongCurrency`], [`Refusal::CouponRefused`].
pub(crate) fn discounts(
    state: &LedgerState,
    at: DateTime<Utc>,
    code: &Code,
    lines: &[(WalletId, Money)],
) -> Result<(Bearer, Vec<Option<Money>>), Refusal> {
    let coupon = named(state, code)?;
    let terms = coupon.terms;
    let refused = |why| Err(Refusal::CouponRefused { why });
    if coupon.disabled {
        return refused("it was withdrawn");
    }
    if terms.from.is_some_and(|from| at < from) {
        return refused("it is not valid yet");
    }
    if terms.to.is_some_and(|to| at >= to) {
        return refused("it is not valid any more");
    }
    if terms.uses.is_some_and(|uses| coupon.reserved.saturating_add(coupon.redeemed) >= uses) {
        return refused("all of its uses are taken");
    }
    let is_for = |seller: WalletId| match terms.bearer {
        Bearer::Platform => true,
        Bearer::Seller(own) => own == seller,
    };
    let weights: Vec<u64> = lines
        .iter()
        .map(|(seller, money)| if is_for(*seller) { money.minor() } else { 0 })
        .collect();
    let sum = weights.iter().try_fold(0_u64, |sum, weight| sum.checked_add(*weight));
    let sum = sum.ok_or(Refusal::AmountTooLarge {})?;
    let Some(base) = lines.first().and_then(|(_, it)| Money::from_minor(sum, it.currency())) else {
        return refused("the order has nothing that it is for");
    };
    if let Some(minimum) = terms.minimum {
        if minimum.currency() != base.currency() {
            return Err(Refusal::WrongCurrency { currency: base.currency() });
        }
        if sum < minimum.minor() {
            return refused("less is bought than it asks for");
        }
    }
    let off = match terms.discount {
        Discount::Percent(rate) => half_even(sum, rate.get().into(), 10_000),
        Discount::Fixed(amount) if amount.currency() != base.currency() => {
            return Err(Refusal::WrongCurrency { currency: base.currency() });
        }
        Discount::Fixed(amount) => amount.minor().min(sum),
    };
    let off = Money::from_minor(off, base.currency());
    let each = off.and_then(|off| split_by_weights(off, &weights));
    Ok((terms.bearer, each.unwrap_or_else(|| vec![None; lines.len()])))
}

pub(crate) fn evolve_created(state: &mut LedgerState, event: &Created) {
    let coupon = Coupon { terms: event.terms, reserved: 0, redeemed: 0, disabled: false };
    state.coupons.insert(event.coupon.clone(), coupon);
}

pub(crate) fn evolve_disabled(state: &mut LedgerState, event: &Disabled) {
    state.coupons.modify(event.coupon.clone(), |coupon| coupon.disabled = true);
}

/// An order with it was placed.
pub(crate) fn reserve(state: &mut LedgerState, code: &Code) {
    state.coupons.modify(code.clone(), |it| it.reserved += 1);
}

/// It was paid.
pub(crate) fn redeem(state: &mut LedgerState, code: &Code) {
    state.coupons.modify(code.clone(), |it| {
        it.reserved = it.reserved.saturating_sub(1);
        it.redeemed += 1;
    });
}

/// It was cancelled, or its time is over; `paid` says whether it had been paid.
pub(crate) fn release(state: &mut LedgerState, code: &Code, paid: bool) {
    state.coupons.modify(code.clone(), |it| {
        let uses = if paid { &mut it.redeemed } else { &mut it.reserved };
        *uses = uses.saturating_sub(1);
    });
}

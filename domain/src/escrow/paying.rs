//! Releasing to the seller, refunding to the buyer, and taking back what was released.

use chrono::{DateTime, Utc};

use super::commands::{AutoRefund, AutoRelease, ClawBack, Party, Refund, Release};
use super::events::{ClawedBack, Refunded, RefundedBy, Released, ReleasedBy};
use super::state::{Named, Status, named};
use crate::actor::{Asker, Role};
use crate::chargeback;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::Target;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;

/// Whether staff may do this with so much alone.
pub(super) fn override_allowed(
    state: &LedgerState,
    asker: &Asker<'_>,
    amount: Money,
) -> Result<(), Refusal> {
    match asker.role {
        Role::Admin | Role::Superadmin => four_eyes::needed(state, asker, amount),
        Role::Buyer | Role::Seller | Role::Finance | Role::Auditor | Role::Service => Ok(()),
    }
}

pub(crate) fn decide_release(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &Release,
) -> Result<Decided, Refusal> {
    let portion = command.0;
    let named = named(state, portion.escrow, portion.milestone)?;
    named.must_be(state, asker, Party::Buyer)?;
    match named.part.status {
        Status::Funded { .. } | Status::Delivered { .. } => {
            let now = named.portion(portion.amount)?;
            override_allowed(state, asker, now)?;
            release(state, &named, now, ReleasedBy::Request)
        }
        Status::Released => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Disputed { .. }
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

pub(crate) fn decide_auto_release(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &AutoRelease,
) -> Result<Decided, Refusal> {
    let named = named(state, command.escrow, command.milestone)?;
    match named.part.status {
        Status::Delivered { auto_release_at } if at < auto_release_at => {
            Err(Refusal::TooEarly { due: auto_release_at })
        }
        Status::Delivered { .. } => {
            let all = named.portion(None)?;
            release(state, &named, all, ReleasedBy::Timer)
        }
        Status::Released => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Funded { .. }
        | Status::Disputed { .. }
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

/// A wallet with an open escrow cannot be closed, so the seller can always be credited.
fn release(
    state: &LedgerState,
    named: &Named<'_>,
    now: Money,
    by: ReleasedBy,
) -> Result<Decided, Refusal> {
    chargeback::none_open(state, &Target::Escrow(named.id, None))?;
    let shared = named.shares(0, now);
    let entry = shared.share_out(Draft::new(state), named.account()).entry()?;
    happened([Event::EscrowReleased(Released {
        escrow: named.id,
        milestone: named.milestone,
        by,
        commission: shared.commission(),
        shared: Some(Box::new(shared)),
        left: named.money(named.held() - now.minor()),
        mixed: named.part.refunded > 0,
        entry,
    })])
}

pub(crate) fn decide_refund(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &Refund,
) -> Result<Decided, Refusal> {
    let portion = command.0;
    let named = named(state, portion.escrow, portion.milestone)?;
    named.must_be(state, asker, Party::Seller)?;
    match named.part.status {
        Status::Funded { .. } | Status::Delivered { .. } => {
            let now = named.portion(portion.amount)?;
            override_allowed(state, asker, now)?;
            happened([refund(state, &named, now, None)?])
        }
        Status::Refunded => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Disputed { .. }
        | Status::Released
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

pub(crate) fn decide_auto_refund(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &AutoRefund,
) -> Result<Decided, Refusal> {
    let named = named(state, command.escrow, command.milestone)?;
    match named.part.status {
        Status::Funded { deliver_by: Some(due) } if at < due => Err(Refusal::TooEarly { due }),
        Status::Funded { deliver_by: Some(_) } => {
            let all = named.portion(None)?;
            happened([refund(state, &named, all, Some(RefundedBy::Timer))?])
        }
        Status::Refunded => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Funded { deliver_by: None }
        | Status::Delivered { .. }
        | Status::Disputed { .. }
        | Status::Released
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

/// Gives the next `now` back to the buyer, with what they brought on top of it.
pub(super) fn refund(
    state: &LedgerState,
    named: &Named<'_>,
    now: Money,
    by: Option<RefundedBy>,
) -> Result<Event, Refusal> {
    let back = named.shares(0, now).charged();
    let draft = Draft::new(state).debit(named.account(), back);
    let buyer = named.escrow.buyer;
    let draft = match by {
        // It is taken from there in the same unit: nothing of it pays what the buyer owes.
        Some(RefundedBy::Payment) => draft.credit(Account::Wallet(buyer), back),
        Some(RefundedBy::Timer) | None => draft.pay(buyer, back),
    };
    Ok(Event::EscrowRefunded(Refunded {
        escrow: named.id,
        milestone: named.milestone,
        amount: Some(now),
        by,
        left: named.money(named.held() - now.minor()),
        mixed: named.part.released > 0,
        entry: draft.entry()?,
    }))
}

pub(crate) fn decide_claw_back(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &ClawBack,
) -> Result<Decided, Refusal> {
    let named = named(state, command.escrow, command.milestone)?;
    let left = named.part.released - named.part.returned;
    if left == 0 {
        return Err(named.wrong_state());
    }
    let now = command.amount;
    if now.currency() != named.part.amount.currency() {
        return Err(Refusal::WrongCurrency { currency: now.currency() });
    }
    if now.minor() > left {
        return Err(Refusal::RefundExceeds { left: i128::from(left), asked: now });
    }
    four_eyes::needed(state, asker, now)?;
    happened([claw_back(state, &named, now, command.reason.clone(), false, &[])?])
}

/// Takes the next `now` of what was released back, after `earlier` events of the unit; the
/// commission as the rule says of refunds. It may go on from the buyer's wallet at once.
pub(super) fn claw_back(
    state: &LedgerState,
    named: &Named<'_>,
    now: Money,
    reason: Code,
    on: bool,
    earlier: &[Event],
) -> Result<Event, Refusal> {
    let before = named.money(named.part.returned);
    let returned = named.escrow.agreed.returns(named.part.amount, before, now);
    let buyer = Account::Wallet(named.escrow.buyer);
    let draft = Draft::after(state, earlier.iter().filter_map(Event::entry));
    let draft = if on { returned.give_on(draft, buyer) } else { returned.give_back(draft, buyer) };
    Ok(Event::EscrowClawedBack(ClawedBack {
        escrow: named.id,
        milestone: named.milestone,
        amount: now,
        reason,
        returned: Box::new(returned),
        entry: draft.entry()?,
    }))
}

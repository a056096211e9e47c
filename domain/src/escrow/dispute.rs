//! Disputes, and how they end: withdrawn, settled by both, or decided by the arbiter.

use chrono::{DateTime, Utc};

use super::commands::{
    AcceptSettlement, Arbitrate, DeclineSettlement, OfferSettlement, OpenDispute, WithdrawDispute,
};
use super::events::{
    DisputeWithdrawn, Disputed, Settled, SettledBy, SettlementDeclined, SettlementOffered,
};
use super::paying::override_allowed;
use super::state::{Named, Status, after_us, named};
use crate::actor::{Actor, Asker, Role};
use crate::chargeback;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::Target;
use crate::refusal::Refusal;
use crate::state::LedgerState;

pub(crate) fn decide_dispute(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &OpenDispute,
) -> Result<Decided, Refusal> {
    let OpenDispute { escrow, milestone, party, reason, evidence } = command;
    let named = named(state, *escrow, *milestone)?;
    named.must_be(state, actor, *party)?;
    match named.part.status {
        // The timer may be late: what is due is not disputed any more.
        Status::Delivered { auto_release_at: due } | Status::Funded { deliver_by: Some(due) }
            if at >= due =>
        {
            Err(Refusal::WrongState { state: "due" })
        }
        Status::Funded { .. } | Status::Delivered { .. } => {
            happened([Event::EscrowDisputed(Disputed {
                escrow: *escrow,
                milestone: *milestone,
                party: *party,
                reason: reason.clone(),
                evidence: *evidence,
            })])
        }
        Status::Disputed { party: by, .. } if by == *party => Ok(Decided::Already),
        Status::AwaitingFunds
        | Status::Disputed { .. }
        | Status::Released
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

pub(crate) fn decide_withdraw_dispute(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &WithdrawDispute,
) -> Result<Decided, Refusal> {
    let named = named(state, command.escrow, command.milestone)?;
    named.must_be_one(state, actor)?;
    let Status::Disputed { party, delivered, left_us } = named.part.status else {
        return Err(named.wrong_state());
    };
    named.must_be(state, actor, party)?;
    let until = left_us.map(|left| after_us(at, left));
    happened([Event::EscrowDisputeWithdrawn(DisputeWithdrawn {
        escrow: command.escrow,
        milestone: command.milestone,
        auto_release_at: until.filter(|_| delivered),
        deliver_by: until.filter(|_| !delivered),
    })])
}

/// Whether both parties can still agree on what is held.
fn open_for_agreement(named: &Named<'_>) -> Result<(), Refusal> {
    match named.part.status {
        Status::Funded { .. } | Status::Delivered { .. } | Status::Disputed { .. } => Ok(()),
        Status::AwaitingFunds
        | Status::Released
        | Status::Refunded
        | Status::Settled
        | Status::Canceled => Err(named.wrong_state()),
    }
}

pub(crate) fn decide_offer(
    state: &LedgerState,
    actor: &Actor,
    command: &OfferSettlement,
) -> Result<Decided, Refusal> {
    let OfferSettlement { escrow, milestone, party, seller } = *command;
    let named = named(state, escrow, milestone)?;
    named.must_be(state, actor, party)?;
    open_for_agreement(&named)?;
    named.portion(seller)?;
    if named.part.offer.is_some_and(|offer| offer.party == party && offer.seller == seller) {
        return Ok(Decided::Already);
    }
    let offered = SettlementOffered { escrow, milestone, party, seller };
    happened([Event::EscrowSettlementOffered(offered)])
}

pub(crate) fn decide_decline(
    state: &LedgerState,
    actor: &Actor,
    command: &DeclineSettlement,
) -> Result<Decided, Refusal> {
    let DeclineSettlement { escrow, milestone } = *command;
    let named = named(state, escrow, milestone)?;
    named.must_be_one(state, actor)?;
    if named.part.offer.is_none() {
        return Ok(Decided::Already);
    }
    happened([Event::EscrowSettlementDeclined(SettlementDeclined { escrow, milestone })])
}

pub(crate) fn decide_accept(
    state: &LedgerState,
    actor: &Actor,
    command: &AcceptSettlement,
) -> Result<Decided, Refusal> {
    let AcceptSettlement { escrow, milestone, party, seller } = *command;
    let named = named(state, escrow, milestone)?;
    named.must_be(state, actor, party)?;
    open_for_agreement(&named)?;
    let Some(offer) = named.part.offer.filter(|offer| offer.party == party.other()) else {
        return Err(Refusal::NotFound { field: "offer" });
    };
    if offer.seller != seller {
        return Err(Refusal::ExistsWithOtherTerms { field: "seller" });
    }
    // Some may have been released or refunded since it was offered.
    let all = named.portion(None)?;
    named.portion(seller)?;
    let buyer = named.money(all.minor() - seller.map_or(0, Money::minor));
    settle(state, &named, SettledBy::Agreement, seller, buyer, None)
}

pub(crate) fn decide_arbitrate(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &Arbitrate,
) -> Result<Decided, Refusal> {
    let Arbitrate { escrow, milestone, seller, buyer, fee } = *command;
    let named = named(state, escrow, milestone)?;
    let is_arbiter = named.escrow.arbiter.as_ref() == Some(&asker.subject);
    let is_staff = matches!(asker.role, Role::Admin | Role::Superadmin);
    if !is_arbiter && !is_staff {
        return Err(Refusal::NotYours { field: "escrow" });
    }
    if !matches!(named.part.status, Status::Disputed { .. }) {
        return Err(named.wrong_state());
    }
    let parts = [seller, buyer, fee];
    for part in parts {
        named.portion(part)?;
    }
    let sum = parts.into_iter().flatten().map(Money::minor).try_fold(0_u64, u64::checked_add);
    let all = named.portion(None)?;
    if sum != Some(all.minor()) {
        let allowed = "with the other two parts exactly what is held";
        return Err(Refusal::InvalidSetting { field: "seller", allowed });
    }
    if !is_arbiter {
        override_allowed(state, asker, all)?;
    }
    settle(state, &named, SettledBy::Arbiter, seller, buyer, fee)
}

/// Splits all that is held: first the seller's part, of which commission is taken.
fn settle(
    state: &LedgerState,
    named: &Named<'_>,
    by: SettledBy,
    seller: Option<Money>,
    buyer: Option<Money>,
    fee: Option<Money>,
) -> Result<Decided, Refusal> {
    if seller.is_some() {
        chargeback::none_open(state, &Target::Escrow(named.id, None))?;
    }
    let minor = |money: Option<Money>| money.map_or(0, Money::minor);
    let shared = seller.map(|now| Box::new(named.shares(0, now)));
    // What went on top of a part goes where that part goes.
    let brought =
        |skip: u64, part: Option<Money>| part.map(|now| named.shares(skip, now).charged());
    let back = brought(minor(seller), buyer);
    let price = brought(minor(seller) + minor(buyer), fee);
    let mut draft = Draft::new(state);
    if let Some(shared) = &shared {
        draft = shared.share_out(draft, named.account());
    }
    let draft = draft.debit(named.account(), back).pay(named.escrow.buyer, back);
    let draft = draft.debit(named.account(), price).credit(Account::Fees, price);
    happened([Event::EscrowSettled(Settled {
        escrow: named.id,
        milestone: named.milestone,
        by,
        seller,
        buyer,
        fee,
        shared,
        entry: draft.entry()?,
    })])
}

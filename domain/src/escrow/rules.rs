//! The rules of escrow.

use chrono::{DateTime, Utc};

use super::{
    AutoRelease, Deliver, Delivered, Escrow, Funded, Open, Opened, Refund, Refunded, Release,
    Released, ReleasedBy, Status, Terms,
};
use crate::actor::Actor;
use crate::chargeback;
use crate::chart::Account;
use crate::commission::share;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::EscrowId;
use crate::journal::JournalEntry;
use crate::payin::Target;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn decide_open(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Open,
) -> Result<Decided, Refusal> {
    let Open { escrow, buyer, seller, amount, inspection_s } = *command;
    if let Some(known) = state.escrows.get(&escrow) {
        wallet::theirs(state, actor, known.terms.buyer, "escrow")?;
        return same_terms(&known.terms, command);
    }
    wallet::may_spend(state, actor, at, buyer, "buyer", amount)?;
    if buyer == seller {
        return Err(Refusal::SameWallet { field: "seller" });
    }
    wallet::may_receive(state, seller, "seller")?;
    wallet::has(state, buyer, amount)?;
    let settings = state.settings()?;
    let terms = Terms {
        buyer,
        seller,
        amount,
        inspection_s: inspection_s.unwrap_or(settings.inspection_s),
        commission: settings.commission,
    };
    let entry = JournalEntry::transfer(Account::Wallet(buyer), Account::Escrow(escrow), amount);
    happened([
        Event::EscrowOpened(Opened { escrow, terms }),
        Event::EscrowFunded(Funded { escrow, entry }),
    ])
}

fn same_terms(known: &Terms, asked: &Open) -> Result<Decided, Refusal> {
    let differs = [
        (known.buyer != asked.buyer, "buyer"),
        (known.seller != asked.seller, "seller"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (asked.inspection_s.is_some_and(|span| span != known.inspection_s), "inspectionSeconds"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

fn named(state: &LedgerState, id: EscrowId) -> Result<&Escrow, Refusal> {
    state.escrows.get(&id).ok_or(Refusal::NotFound { field: "escrow" })
}

pub(crate) fn decide_deliver(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Deliver,
) -> Result<Decided, Refusal> {
    let escrow = named(state, command.escrow)?;
    wallet::theirs(state, actor, escrow.terms.seller, "escrow")?;
    match escrow.status {
        Status::Funded => happened([Event::EscrowDelivered(Delivered {
            escrow: command.escrow,
            auto_release_at: at + escrow.terms.inspection_s.delta(),
        })]),
        Status::Delivered { .. } => Ok(Decided::Already),
        Status::Opened | Status::Released | Status::Refunded => {
            Err(Refusal::WrongState { state: escrow.status.as_str() })
        }
    }
}

pub(crate) fn decide_release(
    state: &LedgerState,
    actor: &Actor,
    command: &Release,
) -> Result<Decided, Refusal> {
    let escrow = named(state, command.escrow)?;
    wallet::theirs(state, actor, escrow.terms.buyer, "escrow")?;
    match escrow.status {
        Status::Funded | Status::Delivered { .. } => {
            release(state, command.escrow, escrow, ReleasedBy::Request)
        }
        Status::Released => Ok(Decided::Already),
        Status::Opened | Status::Refunded => {
            Err(Refusal::WrongState { state: escrow.status.as_str() })
        }
    }
}

pub(crate) fn decide_auto_release(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &AutoRelease,
) -> Result<Decided, Refusal> {
    let escrow = named(state, command.escrow)?;
    match escrow.status {
        Status::Delivered { auto_release_at } if at < auto_release_at => {
            Err(Refusal::TooEarly { due: auto_release_at })
        }
        Status::Delivered { .. } => release(state, command.escrow, escrow, ReleasedBy::Timer),
        Status::Released => Ok(Decided::Already),
        Status::Opened | Status::Funded | Status::Refunded => {
            Err(Refusal::WrongState { state: escrow.status.as_str() })
        }
    }
}

/// A wallet with an open escrow cannot be closed, so the seller can always be credited.
fn release(
    state: &LedgerState,
    id: EscrowId,
    escrow: &Escrow,
    by: ReleasedBy,
) -> Result<Decided, Refusal> {
    chargeback::none_open(state, &Target::Escrow(id, None))?;
    let shares = share(escrow.terms.amount, escrow.terms.commission);
    let seller = shares.net.map(|net| (Account::Wallet(escrow.terms.seller), net));
    let platform = shares.commission.map(|fee| (Account::Commission, fee));
    let parts: Vec<_> = seller.into_iter().chain(platform).collect();
    let entry = JournalEntry::split(Account::Escrow(id), &parts)
        .expect("shares of one amount sum to that amount");
    happened([Event::EscrowReleased(Released {
        escrow: id,
        by,
        commission: shares.commission,
        entry,
    })])
}

pub(crate) fn decide_refund(
    state: &LedgerState,
    actor: &Actor,
    command: &Refund,
) -> Result<Decided, Refusal> {
    let escrow = named(state, command.escrow)?;
    wallet::theirs(state, actor, escrow.terms.seller, "escrow")?;
    match escrow.status {
        Status::Funded | Status::Delivered { .. } => happened([Event::EscrowRefunded(Refunded {
            escrow: command.escrow,
            entry: JournalEntry::transfer(
                Account::Escrow(command.escrow),
                Account::Wallet(escrow.terms.buyer),
                escrow.terms.amount,
            ),
        })]),
        Status::Refunded => Ok(Decided::Already),
        Status::Opened | Status::Released => {
            Err(Refusal::WrongState { state: escrow.status.as_str() })
        }
    }
}

pub(crate) fn evolve_opened(state: &mut LedgerState, event: &Opened) {
    let escrow = Escrow { terms: event.terms, status: Status::Opened };
    state.escrows.insert(event.escrow, escrow);
    wallet::begin(state, event.terms.buyer);
    wallet::begin(state, event.terms.seller);
}

pub(crate) fn evolve_funded(state: &mut LedgerState, event: &Funded) {
    set_status(state, event.escrow, Status::Funded);
}

pub(crate) fn evolve_delivered(state: &mut LedgerState, event: &Delivered) {
    let status = Status::Delivered { auto_release_at: event.auto_release_at };
    set_status(state, event.escrow, status);
}

pub(crate) fn evolve_released(state: &mut LedgerState, event: &Released) {
    set_status(state, event.escrow, Status::Released);
    end(state, event.escrow);
}

pub(crate) fn evolve_refunded(state: &mut LedgerState, event: &Refunded) {
    set_status(state, event.escrow, Status::Refunded);
    end(state, event.escrow);
}

fn set_status(state: &mut LedgerState, id: EscrowId, status: Status) {
    state.escrows.modify(id, |escrow| escrow.status = status);
}

fn end(state: &mut LedgerState, id: EscrowId) {
    if let Some(terms) = state.escrows.get(&id).map(|escrow| escrow.terms) {
        wallet::end(state, terms.buyer);
        wallet::end(state, terms.seller);
    }
}

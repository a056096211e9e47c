//! The rules of withdrawals.

use chrono::{DateTime, Utc};

use super::{
    Approve, Approved, ApprovedBy, AutoApprove, Failed, Paid, RecordFailure, RecordPayout, Reject,
    Rejected, Request, Requested, Returned, Status, Submit, Submitted, Withdrawal,
};
use crate::actor::{Actor, Asker};
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::WithdrawalId;
use crate::journal::JournalEntry;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn decide_request(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Request,
) -> Result<Decided, Refusal> {
    let Request { withdrawal, wallet, amount, destination } = command;
    if let Some(known) = state.withdrawals.get(withdrawal) {
        wallet::theirs(state, actor, known.wallet, "withdrawal")?;
        return same_terms(known, command);
    }
    wallet::may_spend(state, actor, at, *wallet, "wallet", *amount)?;
    wallet::has(state, *wallet, *amount)?;
    happened([Event::WithdrawalRequested(Requested {
        withdrawal: *withdrawal,
        wallet: *wallet,
        amount: *amount,
        destination: destination.clone(),
        auto_approve_at: at + state.settings()?.auto_approval_s.delta(),
        entry: JournalEntry::transfer(
            Account::Wallet(*wallet),
            Account::Withdrawal(*withdrawal),
            *amount,
        ),
    })])
}

fn same_terms(known: &Withdrawal, asked: &Request) -> Result<Decided, Refusal> {
    let differs = [
        (known.wallet != asked.wallet, "wallet"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (known.destination != asked.destination, "destination"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

fn named(state: &LedgerState, id: WithdrawalId) -> Result<&Withdrawal, Refusal> {
    state.withdrawals.get(&id).ok_or(Refusal::NotFound { field: "withdrawal" })
}

fn wrong_state(withdrawal: &Withdrawal) -> Result<Decided, Refusal> {
    Err(Refusal::WrongState { state: withdrawal.status.as_str() })
}

pub(crate) fn decide_approve(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &Approve,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Requested => {
            four_eyes::needed(state, asker, withdrawal.amount)?;
            approve(state, command.withdrawal, withdrawal, ApprovedBy::Person)
        }
        Status::Approved | Status::Submitted { .. } | Status::Paid { .. } => Ok(Decided::Already),
        Status::Rejected | Status::Failed | Status::Returned | Status::GivenUp => {
            wrong_state(withdrawal)
        }
    }
}

pub(crate) fn decide_auto_approve(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &AutoApprove,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Requested if at < withdrawal.auto_approve_at => {
            Err(Refusal::TooEarly { due: withdrawal.auto_approve_at })
        }
        // Silence is no second person.
        Status::Requested if four_eyes::above(state, withdrawal.amount).is_some() => {
            Err(Refusal::FourEyesNeeded {})
        }
        Status::Requested => approve(state, command.withdrawal, withdrawal, ApprovedBy::Timer),
        Status::Approved | Status::Submitted { .. } | Status::Paid { .. } => Ok(Decided::Already),
        Status::Rejected | Status::Failed | Status::Returned | Status::GivenUp => {
            wrong_state(withdrawal)
        }
    }
}

/// The rules of the request hold again: the wallet may have been frozen, the limit lowered.
fn approve(
    state: &LedgerState,
    id: WithdrawalId,
    withdrawal: &Withdrawal,
    by: ApprovedBy,
) -> Result<Decided, Refusal> {
    wallet::not_frozen(wallet::named(state, withdrawal.wallet, "wallet")?, "wallet")?;
    state.settings()?.allows(withdrawal.amount)?;
    happened([Event::WithdrawalApproved(Approved { withdrawal: id, by })])
}

pub(crate) fn decide_reject(state: &LedgerState, command: &Reject) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Requested => happened([Event::WithdrawalRejected(Rejected {
            withdrawal: command.withdrawal,
            reason: command.reason.clone(),
            entry: back_to_wallet(command.withdrawal, withdrawal),
        })]),
        Status::Rejected => Ok(Decided::Already),
        Status::Approved
        | Status::Submitted { .. }
        | Status::Paid { .. }
        | Status::Failed
        | Status::Returned
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

pub(crate) fn decide_submit(state: &LedgerState, command: &Submit) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Approved => {
            wallet::not_frozen(wallet::named(state, withdrawal.wallet, "wallet")?, "wallet")?;
            happened([Event::WithdrawalSubmitted(Submitted {
                withdrawal: command.withdrawal,
                provider: command.provider,
            })])
        }
        Status::Submitted { provider } | Status::Paid { provider }
            if provider == command.provider =>
        {
            Ok(Decided::Already)
        }
        Status::Submitted { .. } | Status::Paid { .. } => {
            Err(Refusal::ExistsWithOtherTerms { field: "provider" })
        }
        Status::Requested
        | Status::Rejected
        | Status::Failed
        | Status::Returned
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

pub(crate) fn decide_payout(
    state: &LedgerState,
    command: &RecordPayout,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    let receipt = &command.receipt;
    match withdrawal.status {
        Status::Submitted { provider } => {
            if provider != receipt.provider {
                return Err(Refusal::ExistsWithOtherTerms { field: "provider" });
            }
            if withdrawal.amount != receipt.amount {
                return Err(Refusal::ExistsWithOtherTerms { field: "amount" });
            }
            happened([Event::WithdrawalPaid(Paid {
                withdrawal: command.withdrawal,
                receipt: receipt.clone(),
                entry: JournalEntry::transfer(
                    Account::Withdrawal(command.withdrawal),
                    Account::Clearing(provider),
                    withdrawal.amount,
                ),
            })])
        }
        // Once it failed or came back, an older "paid" says nothing new.
        Status::Paid { .. } | Status::Failed | Status::Returned => Ok(Decided::Already),
        // Its money is where two persons put it: what to do with this is theirs to say, too.
        Status::Requested | Status::Approved | Status::Rejected | Status::GivenUp => {
            wrong_state(withdrawal)
        }
    }
}

pub(crate) fn decide_failure(
    state: &LedgerState,
    command: &RecordFailure,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Submitted { provider } | Status::Paid { provider }
            if provider != command.provider =>
        {
            Err(Refusal::ExistsWithOtherTerms { field: "provider" })
        }
        Status::Submitted { .. } => happened([Event::WithdrawalFailed(Failed {
            withdrawal: command.withdrawal,
            object: command.object.clone(),
            reason: command.reason.clone(),
            entry: back_to_wallet(command.withdrawal, withdrawal),
        })]),
        Status::Paid { .. } if withdrawal.paid_as != command.object => {
            Err(Refusal::ExistsWithOtherTerms { field: "object" })
        }
        Status::Paid { provider } => {
            // A paid withdrawal no longer keeps its wallet open.
            let open = wallet::may_receive(state, withdrawal.wallet, "wallet").is_ok();
            let to =
                if open { Account::Wallet(withdrawal.wallet) } else { Account::Suspense(provider) };
            happened([Event::WithdrawalReturned(Returned {
                withdrawal: command.withdrawal,
                object: command.object.clone(),
                reason: command.reason.clone(),
                entry: JournalEntry::transfer(Account::Clearing(provider), to, withdrawal.amount),
            })])
        }
        Status::Failed | Status::Returned | Status::GivenUp => Ok(Decided::Already),
        Status::Requested | Status::Approved | Status::Rejected => wrong_state(withdrawal),
    }
}

/// Its money in transit goes to `into`: it is to end where no provider will say how it ended.
pub(crate) fn given_up(
    state: &LedgerState,
    id: WithdrawalId,
    into: Account,
) -> Result<JournalEntry, Refusal> {
    let withdrawal = state.withdrawals.get(&id).ok_or(Refusal::NotFound { field: "instance" })?;
    match withdrawal.status {
        Status::Requested | Status::Approved | Status::Submitted { .. } => {
            Ok(JournalEntry::transfer(Account::Withdrawal(id), into, withdrawal.amount))
        }
        Status::Rejected
        | Status::Paid { .. }
        | Status::Failed
        | Status::Returned
        | Status::GivenUp => Err(Refusal::WrongState { state: withdrawal.status.as_str() }),
    }
}

/// It has ended: a fact that other events tell.
pub(crate) fn give_up(state: &mut LedgerState, id: WithdrawalId) {
    set_status(state, id, Status::GivenUp);
    end(state, id);
}

fn back_to_wallet(id: WithdrawalId, withdrawal: &Withdrawal) -> JournalEntry {
    let (from, to) = (Account::Withdrawal(id), Account::Wallet(withdrawal.wallet));
    JournalEntry::transfer(from, to, withdrawal.amount)
}

pub(crate) fn evolve_requested(state: &mut LedgerState, event: &Requested) {
    let withdrawal = Withdrawal {
        wallet: event.wallet,
        amount: event.amount,
        destination: event.destination.clone(),
        auto_approve_at: event.auto_approve_at,
        status: Status::Requested,
        paid_as: None,
    };
    state.withdrawals.insert(event.withdrawal, withdrawal);
    wallet::begin(state, event.wallet);
}

pub(crate) fn evolve_approved(state: &mut LedgerState, event: &Approved) {
    set_status(state, event.withdrawal, Status::Approved);
}

pub(crate) fn evolve_rejected(state: &mut LedgerState, event: &Rejected) {
    set_status(state, event.withdrawal, Status::Rejected);
    end(state, event.withdrawal);
}

pub(crate) fn evolve_submitted(state: &mut LedgerState, event: &Submitted) {
    set_status(state, event.withdrawal, Status::Submitted { provider: event.provider });
}

pub(crate) fn evolve_paid(state: &mut LedgerState, event: &Paid) {
    state.withdrawals.modify(event.withdrawal, |withdrawal| {
        withdrawal.status = Status::Paid { provider: event.receipt.provider };
        withdrawal.paid_as = Some(event.receipt.object.clone());
    });
    end(state, event.withdrawal);
}

pub(crate) fn evolve_failed(state: &mut LedgerState, event: &Failed) {
    set_status(state, event.withdrawal, Status::Failed);
    end(state, event.withdrawal);
}

pub(crate) fn evolve_returned(state: &mut LedgerState, event: &Returned) {
    set_status(state, event.withdrawal, Status::Returned);
}

fn set_status(state: &mut LedgerState, id: WithdrawalId, status: Status) {
    state.withdrawals.modify(id, |withdrawal| withdrawal.status = status);
}

fn end(state: &mut LedgerState, id: WithdrawalId) {
    if let Some(wallet) = state.withdrawals.get(&id).map(|withdrawal| withdrawal.wallet) {
        wallet::end(state, wallet);
    }
}

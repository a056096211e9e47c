//! What becomes of a withdrawal that was submitted: what its provider says, or a person.

use super::evolve::{end, set_status};
use super::rules::{named, wrong_state};
use super::{
    Confirm, Failed, Paid, PaidAfterAll, RecordFailure, RecordPayout, RecordUnknown, Returned,
    Status, Unknown, Withdrawal,
};

use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WithdrawalId;
use crate::journal::{Draft, JournalEntry};
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Provider;
use crate::wallet;

pub(crate) fn decide_unknown(
    state: &LedgerState,
    command: &RecordUnknown,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Submitted { provider } if provider != command.provider => {
            Err(Refusal::ExistsWithOtherTerms { field: "provider" })
        }
        Status::Submitted { provider } => happened([Event::WithdrawalUnknown(Unknown {
            withdrawal: command.withdrawal,
            provider,
            reason: command.reason.clone(),
        })]),
        // By now more is known than that.
        Status::Unknown { .. }
        | Status::Paid { .. }
        | Status::Failed { .. }
        | Status::Returned { .. } => Ok(Decided::Already),
        Status::Requested
        | Status::Approved
        | Status::Rejected
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

fn matches_terms(
    withdrawal: &Withdrawal,
    provider: Provider,
    receipt: &Receipt,
) -> Result<(), Refusal> {
    if provider != receipt.provider {
        return Err(Refusal::ExistsWithOtherTerms { field: "provider" });
    }
    if withdrawal.amount != receipt.amount {
        return Err(Refusal::ExistsWithOtherTerms { field: "amount" });
    }
    Ok(())
}

pub(crate) fn decide_payout(
    state: &LedgerState,
    command: &RecordPayout,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Submitted { provider } | Status::Unknown { provider } => {
            pay(state, command.withdrawal, withdrawal, provider, &command.receipt)
        }
        // Once it failed or came back, an older "paid" says nothing new.
        Status::Paid { .. } | Status::Failed { .. } | Status::Returned { .. } => {
            Ok(Decided::Already)
        }
        Status::Requested
        | Status::Approved
        | Status::Rejected
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

fn pay(
    state: &LedgerState,
    id: WithdrawalId,
    withdrawal: &Withdrawal,
    provider: Provider,
    receipt: &Receipt,
) -> Result<Decided, Refusal> {
    matches_terms(withdrawal, provider, receipt)?;
    let draft = Draft::new(state)
        .debit(Account::Withdrawal(id), withdrawal.all()?)
        .credit(Account::Clearing(provider), withdrawal.amount)
        .credit(Account::Fees, withdrawal.fee);
    let (receipt, entry) = (receipt.clone(), draft.entry()?);
    happened([Event::WithdrawalPaid(Paid { withdrawal: id, receipt, entry })])
}

pub(crate) fn decide_confirm(state: &LedgerState, command: &Confirm) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Submitted { provider } | Status::Unknown { provider } => {
            pay(state, command.withdrawal, withdrawal, provider, &command.receipt)
        }
        Status::Failed { provider } | Status::Returned { provider } => {
            matches_terms(withdrawal, provider, &command.receipt)?;
            let draft = Draft::new(state)
                .take_back(withdrawal.wallet, withdrawal.all()?)
                .credit(Account::Clearing(provider), withdrawal.amount)
                .credit(Account::Fees, withdrawal.fee);
            happened([Event::WithdrawalPaidAfterAll(PaidAfterAll {
                withdrawal: command.withdrawal,
                receipt: command.receipt.clone(),
                entry: draft.entry()?,
            })])
        }
        Status::Paid { .. } => Ok(Decided::Already),
        Status::Requested
        | Status::Approved
        | Status::Rejected
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

pub(crate) fn decide_failure(
    state: &LedgerState,
    command: &RecordFailure,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Submitted { provider }
        | Status::Unknown { provider }
        | Status::Paid { provider }
            if provider != command.provider =>
        {
            Err(Refusal::ExistsWithOtherTerms { field: "provider" })
        }
        Status::Submitted { .. } | Status::Unknown { .. } => {
            happened([Event::WithdrawalFailed(Failed {
                withdrawal: command.withdrawal,
                object: command.object.clone(),
                reason: command.reason.clone(),
                entry: back_to_wallet(state, command.withdrawal, withdrawal)?,
            })])
        }
        Status::Paid { .. } if withdrawal.paid_as != command.object => {
            Err(Refusal::ExistsWithOtherTerms { field: "object" })
        }
        Status::Paid { provider } => happened([Event::WithdrawalReturned(Returned {
            withdrawal: command.withdrawal,
            object: command.object.clone(),
            reason: command.reason.clone(),
            entry: returned(state, provider, withdrawal)?,
        })]),
        Status::Failed { .. } | Status::Returned { .. } | Status::GivenUp => Ok(Decided::Already),
        Status::Requested | Status::Approved | Status::Rejected | Status::Canceled => {
            wrong_state(withdrawal)
        }
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
        Status::Requested
        | Status::Approved
        | Status::Submitted { .. }
        | Status::Unknown { .. } => {
            Ok(JournalEntry::transfer(Account::Withdrawal(id), into, withdrawal.all()?))
        }
        Status::Rejected
        | Status::Paid { .. }
        | Status::Failed { .. }
        | Status::Returned { .. }
        | Status::Canceled
        | Status::GivenUp => Err(Refusal::WrongState { state: withdrawal.status.as_str() }),
    }
}

/// It has ended: a fact that other events tell.
pub(crate) fn give_up(state: &mut LedgerState, id: WithdrawalId) {
    set_status(state, id, Status::GivenUp);
    end(state, id);
}

/// The amount and its fee, to the wallet that they left.
pub(super) fn back_to_wallet(
    state: &LedgerState,
    id: WithdrawalId,
    withdrawal: &Withdrawal,
) -> Result<JournalEntry, Refusal> {
    let all = withdrawal.all()?;
    Draft::new(state).debit(Account::Withdrawal(id), all).pay(withdrawal.wallet, all).entry()
}

/// A paid withdrawal no longer keeps its wallet open: when it is closed, suspense takes the money.
fn returned(
    state: &LedgerState,
    provider: Provider,
    withdrawal: &Withdrawal,
) -> Result<JournalEntry, Refusal> {
    let all = withdrawal.all()?;
    let draft = Draft::new(state)
        .debit(Account::Clearing(provider), withdrawal.amount)
        .debit(Account::Fees, withdrawal.fee);
    let open = wallet::may_receive(state, withdrawal.wallet, "wallet").is_ok();
    if open {
        draft.pay(withdrawal.wallet, all).entry()
    } else {
        draft.credit(Account::Suspense(provider), all).entry()
    }
}

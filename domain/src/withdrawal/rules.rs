//! The rules of withdrawals.

use chrono::{DateTime, Utc};

use super::{
    Alerted, Approve, Approved, ApprovedBy, AutoApprove, Cancel, Canceled, Confirm, Failed, Paid,
    PaidAfterAll, RecordFailure, RecordPayout, RecordUnknown, Reject, Rejected, Request, Requested,
    Returned, Status, Submit, Submitted, Unknown, Withdrawal,
};
use crate::actor::{Actor, Asker};
use crate::aml;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::{WalletId, WithdrawalId};
use crate::journal::{Draft, JournalEntry};
use crate::member;
use crate::money::Money;
use crate::payin;
use crate::payments;
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::{Provider, Subject};
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
    let fee = payments::withdrawal_fee(state, *amount)?;
    let all = with_fee(*amount, fee)?;
    wallet::may_spend(state, actor, at, *wallet, "wallet", all)?;
    owes_nothing(state, *wallet, *amount)?;
    wallet::has(state, *wallet, all)?;
    happened([Event::WithdrawalRequested(Requested {
        withdrawal: *withdrawal,
        wallet: *wallet,
        amount: *amount,
        destination: destination.clone(),
        auto_approve_at: at + state.settings()?.auto_approval_s.delta(),
        fee,
        entry: JournalEntry::transfer(
            Account::Wallet(*wallet),
            Account::Withdrawal(*withdrawal),
            all,
        ),
    })])
}

/// An amount and the fee on top of it.
fn with_fee(amount: Money, fee: Option<Money>) -> Result<Money, Refusal> {
    let minor = amount.minor().checked_add(fee.map_or(0, Money::minor));
    minor
        .and_then(|minor| Money::from_minor(minor, amount.currency()))
        .ok_or(Refusal::AmountTooLarge {})
}

impl Withdrawal {
    /// The amount and its fee: what left the wallet.
    fn all(&self) -> Result<Money, Refusal> {
        with_fee(self.amount, self.fee)
    }
}

/// Whoever owes pays that first.
fn owes_nothing(state: &LedgerState, wallet: WalletId, like: Money) -> Result<(), Refusal> {
    let owed = state.books.balance(Account::Receivable(wallet), like.currency()).max(0);
    let owed = Money::from_minor(u64::try_from(owed).unwrap_or(u64::MAX), like.currency());
    owed.map_or(Ok(()), |owed| Err(Refusal::WalletOwes { owed }))
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
            let owner = &wallet::named(state, withdrawal.wallet, "wallet")?.owner;
            let theirs = |it: &Subject| it == owner || member::is_one(state, withdrawal.wallet, it);
            if theirs(&asker.subject) || asker.proposed_by.is_some_and(theirs) {
                return Err(Refusal::OwnWithdrawal {});
            }
            four_eyes::needed(state, asker, withdrawal.amount)?;
            approve(state, command.withdrawal, withdrawal, ApprovedBy::Person)
        }
        Status::Approved
        | Status::Submitted { .. }
        | Status::Unknown { .. }
        | Status::Paid { .. } => Ok(Decided::Already),
        Status::Rejected
        | Status::Failed { .. }
        | Status::Returned { .. }
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
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
        Status::Requested => {
            let threshold = four_eyes::above(state, withdrawal.amount);
            if threshold.is_none() && !aml::under_review(state, withdrawal.wallet) {
                approve(state, command.withdrawal, withdrawal, ApprovedBy::Timer)
            } else if withdrawal.is_alerted {
                // Silence is no second person.
                Ok(Decided::Already)
            } else {
                let withdrawal = command.withdrawal;
                happened([Event::WithdrawalAlerted(Alerted { withdrawal, threshold })])
            }
        }
        Status::Approved
        | Status::Submitted { .. }
        | Status::Unknown { .. }
        | Status::Paid { .. } => Ok(Decided::Already),
        Status::Rejected
        | Status::Failed { .. }
        | Status::Returned { .. }
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

/// The rules of the request hold again: the wallet may have been frozen, or owe, or the limit be
/// lower.
fn approve(
    state: &LedgerState,
    id: WithdrawalId,
    withdrawal: &Withdrawal,
    by: ApprovedBy,
) -> Result<Decided, Refusal> {
    wallet::not_frozen(wallet::named(state, withdrawal.wallet, "wallet")?, "wallet")?;
    owes_nothing(state, withdrawal.wallet, withdrawal.amount)?;
    state.settings()?.allows(withdrawal.amount)?;
    happened([Event::WithdrawalApproved(Approved { withdrawal: id, by })])
}

pub(crate) fn decide_reject(state: &LedgerState, command: &Reject) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    match withdrawal.status {
        Status::Requested => happened([Event::WithdrawalRejected(Rejected {
            withdrawal: command.withdrawal,
            reason: command.reason.clone(),
            entry: back_to_wallet(state, command.withdrawal, withdrawal)?,
        })]),
        Status::Rejected => Ok(Decided::Already),
        Status::Approved
        | Status::Submitted { .. }
        | Status::Unknown { .. }
        | Status::Paid { .. }
        | Status::Failed { .. }
        | Status::Returned { .. }
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

pub(crate) fn decide_cancel(
    state: &LedgerState,
    actor: &Actor,
    command: &Cancel,
) -> Result<Decided, Refusal> {
    let withdrawal = named(state, command.withdrawal)?;
    wallet::theirs(state, actor, withdrawal.wallet, "withdrawal")?;
    match withdrawal.status {
        Status::Requested | Status::Approved => happened([Event::WithdrawalCanceled(Canceled {
            withdrawal: command.withdrawal,
            entry: back_to_wallet(state, command.withdrawal, withdrawal)?,
        })]),
        Status::Canceled => Ok(Decided::Already),
        // It may be with the provider: only the provider can say that it is not.
        Status::Submitted { .. }
        | Status::Unknown { .. }
        | Status::Paid { .. }
        | Status::Rejected
        | Status::Failed { .. }
        | Status::Returned { .. }
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
        Status::Submitted { provider }
        | Status::Unknown { provider }
        | Status::Paid { provider }
            if provider == command.provider =>
        {
            Ok(Decided::Already)
        }
        Status::Submitted { .. } | Status::Unknown { .. } | Status::Paid { .. } => {
            Err(Refusal::ExistsWithOtherTerms { field: "provider" })
        }
        Status::Requested
        | Status::Rejected
        | Status::Failed { .. }
        | Status::Returned { .. }
        | Status::Canceled
        | Status::GivenUp => wrong_state(withdrawal),
    }
}

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
fn back_to_wallet(
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

pub(crate) fn evolve_requested(state: &mut LedgerState, event: &Requested) {
    let withdrawal = Withdrawal {
        wallet: event.wallet,
        amount: event.amount,
        destination: event.destination.clone(),
        auto_approve_at: event.auto_approve_at,
        fee: event.fee,
        is_alerted: false,
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
    paid(state, event.withdrawal, &event.receipt);
    end(state, event.withdrawal);
}

fn paid(state: &mut LedgerState, id: WithdrawalId, receipt: &Receipt) {
    state.withdrawals.modify(id, |withdrawal| {
        withdrawal.status = Status::Paid { provider: receipt.provider };
        withdrawal.paid_as = Some(receipt.object.clone());
    });
}

pub(crate) fn evolve_paid_after_all(state: &mut LedgerState, event: &PaidAfterAll) {
    paid(state, event.withdrawal, &event.receipt);
}

pub(crate) fn evolve_failed(state: &mut LedgerState, event: &Failed) {
    if let Some(provider) = provider(state, event.withdrawal) {
        set_status(state, event.withdrawal, Status::Failed { provider });
    }
    end(state, event.withdrawal);
}

pub(crate) fn evolve_returned(state: &mut LedgerState, event: &Returned) {
    let Some(provider) = provider(state, event.withdrawal) else { return };
    set_status(state, event.withdrawal, Status::Returned { provider });
    // What no wallet could take is an item of suspense, under the withdrawal's own name: a
    // provider may count its payments and its payouts from the same number.
    let object = event.withdrawal.to_string().parse().expect("a UUID is an object's id");
    let key = (provider, object);
    payin::hold(state, &key, &event.entry);
}

pub(crate) fn evolve_canceled(state: &mut LedgerState, event: &Canceled) {
    set_status(state, event.withdrawal, Status::Canceled);
    end(state, event.withdrawal);
}

pub(crate) fn evolve_alerted(state: &mut LedgerState, event: &Alerted) {
    state.withdrawals.modify(event.withdrawal, |withdrawal| withdrawal.is_alerted = true);
}

pub(crate) fn evolve_unknown(state: &mut LedgerState, event: &Unknown) {
    set_status(state, event.withdrawal, Status::Unknown { provider: event.provider });
}

/// The provider that it was sent to.
fn provider(state: &LedgerState, id: WithdrawalId) -> Option<Provider> {
    match state.withdrawals.get(&id)?.status {
        Status::Submitted { provider }
        | Status::Unknown { provider }
        | Status::Paid { provider }
        | Status::Failed { provider }
        | Status::Returned { provider } => Some(provider),
        Status::Requested
        | Status::Approved
        | Status::Rejected
        | Status::Canceled
        | Status::GivenUp => None,
    }
}

fn set_status(state: &mut LedgerState, id: WithdrawalId, status: Status) {
    state.withdrawals.modify(id, |withdrawal| withdrawal.status = status);
}

fn end(state: &mut LedgerState, id: WithdrawalId) {
    if let Some(wallet) = state.withdrawals.get(&id).map(|withdrawal| withdrawal.wallet) {
        wallet::end(state, wallet);
    }
}

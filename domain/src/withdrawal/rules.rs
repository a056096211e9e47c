//! The rules of withdrawals.

use chrono::{DateTime, Utc};

use super::payouts::back_to_wallet;
use super::{
    Alerted, Approve, Approved, ApprovedBy, AutoApprove, Cancel, Canceled, Reject, Rejected,
    Request, Requested, Status, Submit, Submitted, Withdrawal,
};
use crate::actor::{Actor, Asker};
use crate::aml;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::{PaymentMethodId, WalletId, WithdrawalId};
use crate::journal::JournalEntry;
use crate::member;
use crate::money::Money;
use crate::payment_method::PaymentMethod;
use crate::payments;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::{Reference, Subject};
use crate::wallet;

pub(crate) fn decide_request(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Request,
) -> Result<Decided, Refusal> {
    let Request { withdrawal, wallet, amount, .. } = command;
    if let Some(known) = state.withdrawals.get(withdrawal) {
        wallet::theirs(state, actor, known.wallet, "withdrawal")?;
        return same_terms(known, command);
    }
    let destination = destination(state, command)?;
    let fee = payments::withdrawal_fee(state, *amount)?;
    let all = with_fee(*amount, fee)?;
    wallet::may_spend(state, actor, at, *wallet, "wallet", all)?;
    owes_nothing(state, *wallet, *amount)?;
    wallet::has(state, *wallet, all)?;
    happened([Event::WithdrawalRequested(Requested {
        withdrawal: *withdrawal,
        wallet: *wallet,
        amount: *amount,
        destination,
        method: command.method,
        auto_approve_at: at + state.settings()?.auto_approval_s.delta(),
        fee,
        entry: JournalEntry::transfer(
            Account::Wallet(*wallet),
            Account::Withdrawal(*withdrawal),
            all,
        ),
    })])
}

/// Where it goes: what is named, which is where the payment method leads if one is named too.
fn destination(state: &LedgerState, asked: &Request) -> Result<Reference, Refusal> {
    let Some(id) = asked.method else {
        return asked.destination.clone().ok_or(Refusal::NotFound { field: "destination" });
    };
    let method = usable(state, id, asked.wallet)?;
    match &asked.destination {
        Some(destination) if *destination != method.token => {
            Err(Refusal::ExistsWithOtherTerms { field: "destination" })
        }
        Some(_) | None => Ok(method.token.clone()),
    }
}

/// A payment method of this wallet that is not forbidden.
fn usable(
    state: &LedgerState,
    id: PaymentMethodId,
    wallet: WalletId,
) -> Result<&PaymentMethod, Refusal> {
    let known = state.payment_methods.get(&id).filter(|method| method.wallet == wallet);
    let method = known.ok_or(Refusal::NotFound { field: "paymentMethod" })?;
    if method.is_disabled {
        return Err(Refusal::WrongState { state: "disabled" });
    }
    Ok(method)
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
    pub(super) fn all(&self) -> Result<Money, Refusal> {
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
        (known.method != asked.method, "paymentMethod"),
        (asked.destination.as_ref().is_some_and(|it| known.destination != *it), "destination"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

pub(super) fn named(state: &LedgerState, id: WithdrawalId) -> Result<&Withdrawal, Refusal> {
    state.withdrawals.get(&id).ok_or(Refusal::NotFound { field: "withdrawal" })
}

pub(super) fn wrong_state(withdrawal: &Withdrawal) -> Result<Decided, Refusal> {
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
/// lower, or the payment method be forbidden.
fn approve(
    state: &LedgerState,
    id: WithdrawalId,
    withdrawal: &Withdrawal,
    by: ApprovedBy,
) -> Result<Decided, Refusal> {
    wallet::not_frozen(wallet::named(state, withdrawal.wallet, "wallet")?, "wallet")?;
    owes_nothing(state, withdrawal.wallet, withdrawal.amount)?;
    if let Some(method) = withdrawal.method {
        usable(state, method, withdrawal.wallet)?;
    }
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
            if let Some(method) = withdrawal.method {
                // Another provider would not know what the vault's reference means.
                if usable(state, method, withdrawal.wallet)?.provider != command.provider {
                    return Err(Refusal::ExistsWithOtherTerms { field: "provider" });
                }
            }
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

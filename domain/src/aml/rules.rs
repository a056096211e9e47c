//! The rules of flags and risk holds.

use super::{
    Clear, Cleared, Flag, HoldPlaced, HoldReleased, PlaceHold, Raise, Raised, ReleaseHold, RiskHold,
};
use crate::actor::Actor;
use crate::chargeback;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{FlagId, RiskHoldId, WalletId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet::{self, Status};

/// Whether a wallet has a flag that is not cleared.
pub(crate) fn under_review(state: &LedgerState, wallet: WalletId) -> bool {
    state.reviews.get(&wallet).is_some_and(|open| *open > 0)
}

pub(crate) fn decide_raise(
    state: &LedgerState,
    actor: &Actor,
    command: &Raise,
) -> Result<Decided, Refusal> {
    let Raise { flag, wallet, revision, reason, severity } = command;
    if let Some(known) = state.flags.get(flag) {
        let differs = [
            (known.wallet != *wallet, "wallet"),
            (known.revision != *revision, "revision"),
            (known.reason != *reason, "reason"),
            (known.severity != *severity, "severity"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    if wallet.is_none() && revision.is_none() {
        let allowed = "given where no revision is";
        return Err(Refusal::InvalidSetting { field: "wallet", allowed });
    }
    if let Some(wallet) = wallet {
        wallet::named(state, *wallet, "wallet")?;
    }
    happened([Event::FlagRaised(Raised {
        flag: *flag,
        wallet: *wallet,
        revision: *revision,
        reason: reason.clone(),
        severity: *severity,
        by: actor.subject.clone(),
    })])
}

pub(crate) fn decide_clear(
    state: &LedgerState,
    actor: &Actor,
    command: &Clear,
) -> Result<Decided, Refusal> {
    let Clear { flag: id, outcome } = command;
    let flag = state.flags.get(id).ok_or(Refusal::NotFound { field: "flag" })?;
    // Nobody clears themselves.
    let owner = flag.wallet.and_then(|id| state.wallets.get(&id)).map(|it| &it.owner);
    if owner == Some(&actor.subject) {
        return Err(Refusal::NotYours { field: "flag" });
    }
    match &flag.outcome {
        Some(known) if known == outcome => Ok(Decided::Already),
        Some(_) => Err(Refusal::ExistsWithOtherTerms { field: "outcome" }),
        None => happened([Event::FlagCleared(Cleared {
            flag: *id,
            outcome: outcome.clone(),
            by: actor.subject.clone(),
        })]),
    }
}

pub(crate) fn decide_place(state: &LedgerState, command: &PlaceHold) -> Result<Decided, Refusal> {
    let PlaceHold { hold, wallet, amount, reason } = command;
    if let Some(known) = state.risk_holds.get(hold) {
        let differs = [
            (known.wallet != *wallet, "wallet"),
            (known.amount.currency() != amount.currency(), "currency"),
            (known.amount != *amount, "amount"),
            (known.reason != *reason, "reason"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    if wallet::named(state, *wallet, "wallet")?.status == Status::Closed {
        return Err(Refusal::WalletClosed { field: "wallet" });
    }
    // What is there, and no credit: nobody keeps back what a wallet does not have.
    let available = state.books.available(*wallet, amount.currency());
    if available < i128::from(amount.minor()) {
        return Err(Refusal::InsufficientFunds { available, needed: *amount });
    }
    let (from, to) = (Account::Wallet(*wallet), Account::Reserve(*wallet));
    happened([Event::RiskHoldPlaced(HoldPlaced {
        hold: *hold,
        wallet: *wallet,
        amount: *amount,
        reason: reason.clone(),
        entry: JournalEntry::transfer(from, to, *amount),
    })])
}

pub(crate) fn decide_release(
    state: &LedgerState,
    command: &ReleaseHold,
) -> Result<Decided, Refusal> {
    let field = "riskHold";
    let hold = state.risk_holds.get(&command.hold).ok_or(Refusal::NotFound { field })?;
    if hold.is_released {
        return Ok(Decided::Already);
    }
    // A refund may have used it meanwhile.
    let there = state.books.balance(Account::Reserve(hold.wallet), hold.amount.currency()).max(0);
    // Part of what is there may be kept back for chargebacks.
    let of_cases = chargeback::kept(state, hold.wallet, hold.amount.currency());
    let there = u64::try_from(there).unwrap_or(u64::MAX).saturating_sub(of_cases);
    let minor = there.min(hold.amount.minor());
    let released = Money::from_minor(minor, hold.amount.currency());
    let entry = released.map(|money| {
        Draft::new(state)
            .debit(Account::Reserve(hold.wallet), money)
            .pay(hold.wallet, money)
            .entry()
    });
    happened([Event::RiskHoldReleased(HoldReleased {
        hold: command.hold,
        wallet: hold.wallet,
        released,
        entry: entry.transpose()?,
    })])
}

pub(crate) fn evolve_raised(state: &mut LedgerState, event: &Raised) {
    let flag = Flag {
        wallet: event.wallet,
        revision: event.revision,
        reason: event.reason.clone(),
        severity: event.severity,
        outcome: None,
    };
    state.flags.insert(event.flag, flag);
    if let Some(wallet) = event.wallet {
        state.reviews.update(wallet, |open: &mut u32| *open = open.saturating_add(1));
    }
}

pub(crate) fn evolve_cleared(state: &mut LedgerState, event: &Cleared) {
    let outcome = event.outcome.clone();
    state.flags.modify(event.flag, |flag| flag.outcome = Some(outcome));
    if let Some(wallet) = state.flags.get(&event.flag).and_then(|flag| flag.wallet) {
        state.reviews.modify(wallet, |open| *open = open.saturating_sub(1));
    }
}

pub(crate) fn evolve_placed(state: &mut LedgerState, event: &HoldPlaced) {
    let hold = RiskHold {
        wallet: event.wallet,
        amount: event.amount,
        reason: event.reason.clone(),
        is_released: false,
    };
    state.risk_holds.insert(event.hold, hold);
    wallet::begin(state, event.wallet);
}

pub(crate) fn evolve_released(state: &mut LedgerState, event: &HoldReleased) {
    state.risk_holds.modify(event.hold, |hold| hold.is_released = true);
    wallet::end(state, event.wallet);
}

impl LedgerState {
    /// The flag with this id.
    #[must_use]
    pub fn flag(&self, id: FlagId) -> Option<&Flag> {
        self.flags.get(&id)
    }

    /// The risk hold with this id.
    #[must_use]
    pub fn risk_hold(&self, id: RiskHoldId) -> Option<&RiskHold> {
        self.risk_holds.get(&id)
    }

    /// Whether a wallet has a flag that is not cleared: its withdrawals wait for persons.
    #[must_use]
    pub fn is_under_review(&self, wallet: WalletId) -> bool {
        under_review(self, wallet)
    }
}

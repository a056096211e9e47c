//! What is kept back of a wallet while its payments are disputed: one rule for all that moves it.
//!
//! What a wallet has goes first to what it owes, then to what may still be taken of it for its
//! cases, and the rest it can spend. After every unit of the log that moved money of a wallet, or
//! changed one of its cases, that is made so again. So what is kept back depends on what was told
//! and on what the wallet has, and not on the order in which it was told: a payout that comes back
//! after the dispute is kept back as if it had come before.

use std::collections::BTreeSet;

use super::rules::modify;
use super::{Chargeback, Outcome, Released, Reserved};
use crate::chart::Account;
use crate::currency::Currency;
use crate::event::Event;
use crate::ids::{ChargebackId, WalletId};
use crate::journal::{Draft, JournalEntry};
use crate::payin::{self, PaymentKey};
use crate::state::LedgerState;

impl Chargeback {
    /// What may still be taken for it: nothing once some came back, it is won, or lost and taken. What
    /// is lost is taken only later, whatever was told first.
    fn wanted(&self) -> u64 {
        let is_over = match self.outcome {
            Some(Outcome::Won) => true,
            Some(Outcome::Lost | Outcome::Uncontested) => self.withdrawn > 0,
            None => false,
        };
        if is_over || self.reinstated > 0 {
            return 0;
        }
        self.disputed.unwrap_or(0).saturating_sub(self.withdrawn)
    }

    /// What is kept back of this wallet for it.
    pub(super) fn kept_of(&self, wallet: WalletId) -> u64 {
        if self.reserve_of == Some(wallet) { self.reserve } else { 0 }
    }
}

/// A case of a wallet.
struct Claim<'a> {
    id: ChargebackId,
    case: &'a Chargeback,
    currency: Currency,
    /// What is kept back of the wallet for it.
    kept: u64,
    /// What is to be kept back of it, as far as it is there.
    wanted: u64,
}

/// What a case claims of a wallet; nothing when there is nothing to keep or to give back.
fn claim(state: &LedgerState, wallet: WalletId, id: ChargebackId) -> Option<Claim<'_>> {
    let case = state.chargebacks.get(&id)?;
    let had_by = payin::payment(state, &case.payment).and_then(|payment| payment.wallet);
    let kept = case.kept_of(wallet);
    // What another wallet has kept back for it goes back first.
    let is_elsewhere = case.reserve > kept;
    let wanted = if had_by == Some(wallet) && !is_elsewhere { case.wanted() } else { 0 };
    let currency = case.currency.filter(|_| kept > 0 || wanted > 0)?;
    Some(Claim { id, case, currency, kept, wanted })
}

/// The claims on a wallet, the oldest first.
fn claims(state: &LedgerState, wallet: WalletId) -> Vec<Claim<'_>> {
    let cases = state.kept_back.get(&wallet).into_iter().flatten();
    cases.filter_map(|id| claim(state, wallet, *id)).collect()
}

/// What is kept back of a wallet for cases, in minor units: not for a risk hold.
pub(crate) fn kept(state: &LedgerState, wallet: WalletId, currency: Currency) -> u64 {
    let claims = claims(state, wallet);
    let kept = claims.iter().filter(|it| it.currency == currency).map(|it| it.kept);
    kept.fold(0, u64::saturating_add)
}

/// Whether an event moves money of a wallet that has cases.
pub(crate) fn touches(state: &LedgerState, event: &Event) -> bool {
    !state.kept_back.is_empty() && parties(event).any(|id| state.kept_back.get(&id).is_some())
}

fn parties(event: &Event) -> impl Iterator<Item = WalletId> {
    let postings = event.entry().into_iter().flat_map(JournalEntry::postings);
    postings.filter_map(|posting| posting.account.party())
}

/// The wallets with cases that events and payments touch. Those that gave for a payment which
/// another wallet has now come first: that goes back before the other gives.
pub(crate) fn keepers(
    state: &LedgerState,
    events: &[Event],
    payments: &[PaymentKey],
) -> Vec<WalletId> {
    let gave = |key| {
        let cases = state.disputes.get(key).into_iter().flatten();
        cases.filter_map(|id| state.chargebacks.get(id)?.reserve_of)
    };
    let have = |key| payin::payment(state, key).and_then(|payment| payment.wallet);
    let wallets = payments.iter().flat_map(gave).chain(payments.iter().filter_map(have));
    let wallets = wallets.chain(events.iter().flat_map(parties));
    let mut seen = BTreeSet::new();
    wallets.filter(|id| state.kept_back.get(id).is_some() && seen.insert(*id)).collect()
}

/// The next thing to do about what is kept back of a wallet; nothing when all is as it should be.
pub(crate) fn keep_next(state: &LedgerState, wallet: WalletId) -> Option<Event> {
    let there = |account, currency| {
        let balance = state.books.balance(account, currency).max(0);
        u64::try_from(balance).unwrap_or(u64::MAX)
    };
    let owed = |it: &Claim<'_>| there(Account::Receivable(wallet), it.currency);
    let release = |it: &Claim<'_>| {
        // A refund that was made before this rule may have used it.
        let kept = it.kept.min(there(Account::Reserve(wallet), it.currency));
        let amount = it.case.money(kept)?;
        let draft = Draft::new(state).debit(Account::Reserve(wallet), amount);
        let (chargeback, entry) = (it.id, draft.pay(wallet, amount).entry().ok()?);
        Some(Event::ChargebackReleased(Released { chargeback, wallet, amount, entry }))
    };
    let reserve = |it: &Claim<'_>| {
        let available = there(Account::Wallet(wallet), it.currency);
        let amount = it.case.money(it.wanted.saturating_sub(it.kept).min(available))?;
        let (from, to) = (Account::Wallet(wallet), Account::Reserve(wallet));
        let (chargeback, entry) = (it.id, JournalEntry::transfer(from, to, amount));
        Some(Event::ChargebackReserved(Reserved { chargeback, wallet, amount, entry }))
    };
    let claims = claims(state, wallet);
    let mut beyond = claims.iter().filter(|it| it.kept > it.wanted);
    let mut for_debt = claims.iter().rev().filter(|it| it.kept > 0 && owed(it) > 0);
    let mut short = claims.iter().filter(|it| it.kept < it.wanted && owed(it) == 0);
    beyond
        .find_map(release)
        .or_else(|| for_debt.find_map(release))
        .or_else(|| short.find_map(reserve))
}

/// Notes of which wallets something is, or is to be, kept back for a case.
pub(super) fn note(
    state: &mut LedgerState,
    id: ChargebackId,
    wallets: impl IntoIterator<Item = WalletId>,
) {
    for wallet in wallets {
        let is_noted = state.kept_back.get(&wallet).is_some_and(|cases| cases.contains(&id));
        match (claim(state, wallet, id).is_some(), is_noted) {
            (true, false) => state.kept_back.update(wallet, |cases| cases.push(id)),
            (false, true) => {
                state.kept_back.modify(wallet, |cases| cases.retain(|it| *it != id));
                if state.kept_back.get(&wallet).is_some_and(Vec::is_empty) {
                    state.kept_back.remove(wallet);
                }
            }
            (true, true) | (false, false) => {}
        }
    }
}

/// Another wallet has the money of a payment than before: its cases are that one's.
pub(crate) fn note_all(state: &mut LedgerState, key: &PaymentKey, before: Option<WalletId>) {
    let now = payin::payment(state, key).and_then(|payment| payment.wallet);
    if now != before {
        for id in state.disputes.get(key).cloned().unwrap_or_default() {
            note(state, id, before.into_iter().chain(now));
        }
    }
}

pub(crate) fn evolve_reserved(state: &mut LedgerState, event: &Reserved) {
    modify(state, event.chargeback, |it| {
        it.reserve = it.kept_of(event.wallet).saturating_add(event.amount.minor());
        it.reserve_of = Some(event.wallet);
    });
}

pub(crate) fn evolve_released(state: &mut LedgerState, event: &Released) {
    // All of it, also what a refund used of it before there was this rule.
    modify(state, event.chargeback, |it| {
        it.reserve = 0;
        it.reserve_of = None;
    });
}

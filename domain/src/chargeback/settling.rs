//! What follows from all that is known of a payment's chargebacks: who bears them, and what is given
//! back. What is kept back meanwhile is in `reserve`.

use chrono::{DateTime, Utc};

use super::rules::modify;
use super::{Borne, Chargeback, GivenBack};
use crate::chart::Account;
use crate::event::Event;
use crate::ids::ChargebackId;
use crate::journal::{Draft, JournalEntry, Side};
use crate::payin::targets::{Unwound, unwind_payment};
use crate::payin::{self, Payment, PaymentKey, Target};
use crate::payments;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

/// Refuses while a payment for the target is disputed: its money is not given away meanwhile.
pub(crate) fn none_open(state: &LedgerState, target: &Target) -> Result<(), Refusal> {
    let payments = state.paid_for.get(&target.whole()).into_iter().flatten();
    let cases = payments.filter_map(|key| state.disputes.get(key)).flatten();
    let mut open = cases.filter_map(|id| state.chargebacks.get(id));
    if open.any(|case| case.outcome.is_none() && case.claim() > 0) {
        return Err(Refusal::UnderChargeback {});
    }
    Ok(())
}

/// The next thing that follows for a payment's cases; nothing when all is as it should be.
pub(crate) fn settle_next(
    state: &LedgerState,
    at: DateTime<Utc>,
    key: &PaymentKey,
) -> Option<Vec<Event>> {
    let payment = payin::payment(state, key).filter(|payment| payment.told > 0)?;
    let cases = state.disputes.get(key)?;
    cases.iter().find_map(|id| {
        let case = state.chargebacks.get(id)?;
        let next = Next { state, at, id: *id, case, key, payment };
        let one = |event: Event| vec![event];
        next.give_back().map(one).or_else(|| next.bear())
    })
}

struct Next<'a> {
    state: &'a LedgerState,
    at: DateTime<Utc>,
    id: ChargebackId,
    case: &'a Chargeback,
    key: &'a PaymentKey,
    payment: &'a Payment,
}

impl Next<'_> {
    /// What somebody here has to bear.
    const fn due(&self) -> u64 {
        self.case.withdrawn.saturating_sub(self.case.reinstated)
    }

    fn bear(&self) -> Option<Vec<Event>> {
        let minor = self.due().saturating_sub(self.case.borne);
        let amount = self.case.money(minor)?;
        let is_same_currency = self.payment.currency == self.case.currency;
        let held = if is_same_currency { self.payment.held.min(minor) } else { 0 };
        let rest = self.case.money(minor - held);
        let unwound =
            rest.map(|rest| unwind_payment(self.state, self.at, (self.key, self.payment), rest));
        let Unwound { mut events, minor: back } = unwound.unwrap_or_default();
        let rest = (minor - held).saturating_sub(back);
        let kept = self.payment.wallet.map_or(0, |id| self.case.kept_of(id)).min(rest);
        let draft =
            Draft::new(self.state).debit(Account::Suspense(self.key.0), self.case.money(held));
        let draft = match self.payment.wallet {
            Some(wallet) => draft
                .debit(Account::Wallet(wallet), self.case.money(back))
                .take_reserve(wallet, self.case.money(kept))
                .take_back(wallet, self.case.money(rest - kept)),
            None => draft.debit(Account::BadDebt, self.case.money(rest)),
        };
        let entry = draft.credit(Account::Chargeback(self.id), amount).entry().ok()?;
        let owes = entry.postings().iter().any(|posting| {
            posting.side == Side::Debit && matches!(posting.account, Account::Receivable(_))
        });
        let write_off_at = owes.then(|| self.at + payments::rules(self.state).write_off_s.delta());
        let (provider, object) = self.key.clone();
        let (chargeback, wallet) = (self.id, self.payment.wallet);
        let borne = Borne { chargeback, provider, object, wallet, amount, write_off_at, entry };
        events.push(Event::ChargebackBorne(borne));
        Some(events)
    }

    fn give_back(&self) -> Option<Event> {
        let amount = self.case.money(self.case.borne.saturating_sub(self.due()))?;
        let open = |id| wallet::may_receive(self.state, id, "wallet").is_ok();
        let wallet = self.payment.wallet.filter(|id| open(*id));
        // What nobody had is not lost after all.
        let lost = self.case.lost.min(amount.minor());
        let rest = self.case.money(amount.minor() - lost);
        let draft = Draft::new(self.state)
            .debit(Account::Chargeback(self.id), amount)
            .credit(Account::BadDebt, self.case.money(lost));
        let draft = match wallet {
            Some(wallet) => draft.pay(wallet, rest),
            None => draft.credit(Account::Suspense(self.key.0), rest),
        };
        let (chargeback, entry) = (self.id, draft.entry().ok()?);
        let (provider, object) = self.key.clone();
        let back = GivenBack { chargeback, provider, object, wallet, amount, entry };
        Some(Event::ChargebackGivenBack(back))
    }
}

/// What an entry posts to such accounts, on either side.
fn moved(entry: &JournalEntry, of: impl Fn(Account) -> bool) -> u64 {
    let postings = entry.postings().iter().filter(|posting| of(posting.account));
    postings.map(|posting| posting.money.minor()).fold(0, u64::saturating_add)
}

fn note_held(state: &mut LedgerState, id: ChargebackId, entry: &JournalEntry) {
    if let Some(key) = state.chargebacks.get(&id).map(|case| case.payment.clone()) {
        payin::hold(state, &key, entry);
    }
}

pub(crate) fn evolve_borne(state: &mut LedgerState, event: &Borne) {
    let used = moved(&event.entry, |account| matches!(account, Account::Reserve(_)));
    let lost = moved(&event.entry, |account| account == Account::BadDebt);
    modify(state, event.chargeback, |it| {
        it.borne = it.borne.saturating_add(event.amount.minor());
        it.lost = it.lost.saturating_add(lost);
        it.write_off_at = event.write_off_at.or(it.write_off_at);
        it.reserve = it.reserve.saturating_sub(used);
    });
    note_held(state, event.chargeback, &event.entry);
}

pub(crate) fn evolve_given_back(state: &mut LedgerState, event: &GivenBack) {
    let found = moved(&event.entry, |account| account == Account::BadDebt);
    modify(state, event.chargeback, |it| {
        it.borne = it.borne.saturating_sub(event.amount.minor());
        it.lost = it.lost.saturating_sub(found);
    });
    note_held(state, event.chargeback, &event.entry);
}

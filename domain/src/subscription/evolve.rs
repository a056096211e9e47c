//! What events make of subscriptions.

use chrono::{DateTime, Utc};

use super::{
    Begun, CancelScheduled, Canceled, ChangeScheduled, Changed, Charged, Credited, Due, Expired,
    Invoiced, Paid, PaymentFailed, PeriodBegun, Recognised, Resumed, Started, Status, Subscription,
};
use crate::commission::Agreed;
use crate::ids::SubscriptionId;
use crate::money::Money;
use crate::state::LedgerState;
use crate::usage;
use crate::wallet;

pub(crate) fn evolve_started(state: &mut LedgerState, event: &Started, at: DateTime<Utc>) {
    let id = event.subscription;
    let due = event.due_at.filter(|_| !event.trial).map(|expires_at| Due {
        slot: event.slot.clone(),
        since: at,
        invoice: None,
        tries: 0,
        retry_at: None,
        expires_at: Some(expires_at),
    });
    let subscription = Subscription {
        wallet: event.wallet,
        asked: event.asked.clone(),
        status: if event.trial { Status::Trialing } else { Status::Awaiting },
        since: event.slot.period.start,
        slot: event.slot.clone(),
        charge: None,
        due,
        ending: false,
        scheduled: None,
        paid: 0,
        refunded: 0,
        recognised: 0,
        taxed: 0,
        sold: 0,
    };
    state.subscriptions.insert(id, subscription);
    wallet::begin(state, event.wallet);
    if event.trial {
        state.trials.insert((event.wallet, event.asked.plan.clone()), event.slot.period.start);
    }
    if let Some(metering) = &event.metering {
        usage::begin(state, id, Some(metering), &event.slot);
    }
}

const fn minor(money: Option<Money>) -> u64 {
    if let Some(money) = money { money.minor() } else { 0 }
}

/// What the period before had is settled: nobody gives anything back of it any more.
fn close_charge(state: &mut LedgerState, id: SubscriptionId) {
    let agreed: Option<Agreed> = state
        .subscriptions
        .get(&id)
        .and_then(|it| it.charge.as_ref())
        .and_then(|charge| charge.agreed.clone());
    if let Some(agreed) = agreed {
        wallet::end(state, agreed.seller);
        agreed.end(state);
    }
}

/// A period begins: what it is, what was paid for it, and what is counted in it.
fn begin(state: &mut LedgerState, id: SubscriptionId, begun: &Begun) {
    close_charge(state, id);
    if let Some(agreed) = begun.charge.as_ref().and_then(|charge| charge.agreed.as_ref()) {
        wallet::begin(state, agreed.seller);
        agreed.begin(state);
    }
    state.subscriptions.modify(id, |it| {
        it.slot = begun.slot.clone();
        it.charge = begun.charge.as_ref().map(paid);
        it.due = None;
        it.scheduled = None;
        if let Some(Charged { gross, tax, agreed, .. }) = &begun.charge {
            it.paid = it.paid.saturating_add(gross.minor());
            it.taxed = it.taxed.saturating_add(minor(tax.map(|tax| tax.amount)));
            let sold = if agreed.is_some() { gross.minor() } else { 0 };
            it.sold = it.sold.saturating_add(sold);
        }
    });
    if begun.metering.is_some() || begun.usage_due_at.is_some() {
        usage::begin(state, id, begun.metering.as_ref(), &begun.slot);
    }
}

fn paid(charged: &Charged) -> Paid {
    let Charged { gross, net, tax, agreed, source, invoice, .. } = charged.clone();
    Paid { gross, net, tax, agreed, source, invoice, days: 0, recognised: 0 }
}

/// What was given back is not paid any more.
fn give_back(it: &mut Subscription, credit: &Credited) {
    it.refunded = it.refunded.saturating_add(credit.gross.minor());
    it.taxed = it.taxed.saturating_sub(minor(credit.tax));
    if credit.returned.is_some() {
        it.sold = it.sold.saturating_sub(credit.gross.minor());
    }
}

pub(crate) fn evolve_period_begun(state: &mut LedgerState, event: &PeriodBegun) {
    begin(state, event.subscription, &event.begun);
    state.subscriptions.modify(event.subscription, |it| it.status = Status::Active);
}

pub(crate) fn evolve_invoiced(state: &mut LedgerState, event: &Invoiced, at: DateTime<Utc>) {
    begin(state, event.subscription, &event.begun);
    state.subscriptions.modify(event.subscription, |it| {
        it.status = Status::Active;
        it.due = Some(Due {
            slot: event.begun.slot.clone(),
            since: at,
            invoice: Some(event.invoice),
            tries: 0,
            retry_at: Some(event.due_at),
            expires_at: None,
        });
    });
}

pub(crate) fn evolve_payment_failed(state: &mut LedgerState, event: &PaymentFailed) {
    let PaymentFailed { subscription, slot, since, tries, retry_at, expires_at, .. } = event;
    state.subscriptions.modify(*subscription, |it| {
        let invoice = it.due.as_ref().and_then(|due| due.invoice);
        it.status = Status::PastDue;
        it.due = Some(Due {
            slot: slot.clone(),
            since: *since,
            invoice,
            tries: *tries,
            retry_at: *retry_at,
            expires_at: *expires_at,
        });
    });
}

pub(crate) fn evolve_recognised(state: &mut LedgerState, event: &Recognised) {
    state.subscriptions.modify(event.subscription, |it| {
        it.recognised = it.recognised.saturating_add(minor(event.amount));
        if let Some(charge) = &mut it.charge {
            charge.days = event.days;
            charge.recognised = charge.recognised.saturating_add(minor(event.amount));
        }
    });
}

pub(crate) fn evolve_changed(state: &mut LedgerState, event: &Changed) {
    state.subscriptions.modify(event.subscription, |it| {
        if let Some(credit) = &event.credit {
            give_back(it, credit);
        }
    });
    begin(state, event.subscription, &event.begun);
}

pub(crate) fn evolve_change_scheduled(state: &mut LedgerState, event: &ChangeScheduled) {
    state.subscriptions.modify(event.subscription, |it| {
        let wanted = (event.plan.clone(), event.price);
        let is_now = wanted == (it.slot.plan.clone(), it.slot.price);
        it.scheduled = (!is_now).then_some(wanted);
    });
}

pub(crate) fn evolve_cancel_scheduled(state: &mut LedgerState, event: &CancelScheduled) {
    state.subscriptions.modify(event.subscription, |it| it.ending = true);
}

pub(crate) fn evolve_resumed(state: &mut LedgerState, event: &Resumed) {
    state.subscriptions.modify(event.subscription, |it| it.ending = false);
}

fn end(state: &mut LedgerState, id: SubscriptionId, status: Status) {
    close_charge(state, id);
    let mut wallet = None;
    state.subscriptions.modify(id, |it| {
        it.status = status;
        it.charge = None;
        it.due = None;
        it.scheduled = None;
        wallet = Some(it.wallet);
    });
    usage::end(state, id);
    // What was used is billed yet: the wallet stays until then.
    if let (Some(wallet), false) = (wallet, usage::is_open(state, id)) {
        wallet::end(state, wallet);
    }
}

pub(crate) fn evolve_canceled(state: &mut LedgerState, event: &Canceled) {
    state.subscriptions.modify(event.subscription, |it| {
        it.recognised = it.recognised.saturating_add(minor(event.kept));
        it.recognised = it.recognised.saturating_sub(minor(event.unearned));
        if let Some(credit) = &event.credit {
            give_back(it, credit);
        }
    });
    end(state, event.subscription, Status::Canceled);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    end(state, event.subscription, Status::Expired);
}

//! What follows from events in the same unit, whatever command they came of: facts that were told
//! before the payment they are about, what a chargeback's facts together come to, and what is kept
//! back of wallets for chargebacks.

use chrono::{DateTime, Utc};

use crate::chargeback;
use crate::decider::Decided;
use crate::event::Event;
use crate::ids::ChargebackId;
use crate::payin::{self, PaymentKey};
use crate::receipt::Receipt;
use crate::refund;
use crate::state::LedgerState;

/// More steps than any payment can need: each of its cases has a few.
const MOST: usize = 1_000;

/// The events with those that follow from them. The state is as it was when this returns.
pub(crate) fn whole(state: &mut LedgerState, at: DateTime<Utc>, decided: Decided) -> Decided {
    let Decided::Happened(mut events) = decided else { return decided };
    let leads_on =
        |event: &Event| concerns(state, event).is_some() || chargeback::touches(state, event);
    if !events.iter().any(leads_on) {
        return Decided::Happened(events);
    }
    let before = state.mark();
    events.iter().for_each(|event| state.evolve(event, at));
    let mut keys: Vec<_> = events.iter().filter_map(|event| concerns(state, event)).collect();
    keys.dedup();
    for key in &keys {
        for _ in 0..MOST {
            let Some(more) = next(state, at, key) else { break };
            more.iter().for_each(|event| state.evolve(event, at));
            events.extend(more);
        }
    }
    // Only then is known what there is to keep back.
    for wallet in chargeback::keepers(state, &events, &keys) {
        for _ in 0..MOST {
            let Some(more) = chargeback::keep_next(state, wallet) else { break };
            state.evolve(&more, at);
            events.push(more);
        }
    }
    state.undo_to(before);
    Decided::Happened(events)
}

/// The next thing that follows for a payment.
fn next(state: &LedgerState, at: DateTime<Utc>, key: &PaymentKey) -> Option<Vec<Event>> {
    let payment = payin::payment(state, key)?;
    refund::bear(state, at, key, payment).or_else(|| chargeback::settle_next(state, at, key))
}

/// The payment that an event brings news of, if something may follow from it.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing follows from most events")]
fn concerns(state: &LedgerState, event: &Event) -> Option<PaymentKey> {
    let told = |receipt: &Receipt| Some((receipt.provider, receipt.object.clone()));
    let case = |id: &ChargebackId| state.chargebacks.get(id).map(|case| case.payment.clone());
    match event {
        Event::PayinSucceeded(event) => told(&event.receipt),
        Event::PayinSucceededLate(event) => told(&event.receipt),
        Event::PayinMismatched(event) => told(&event.receipt),
        Event::RefundTold(event) => told(&event.receipt),
        Event::SuspenseAssigned(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackOpened(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackWithdrawn(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackReinstated(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackWon(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackLost(event) => Some((event.provider, event.object.clone())),
        Event::ChargebackEvidenceSubmitted(event) => case(&event.chargeback),
        _ => None,
    }
}

//! What events make of withdrawals.

use chrono::{DateTime, Utc};

use super::{
    Alerted, Approved, Canceled, Failed, Paid, PaidAfterAll, Rejected, Requested, Returned, Status,
    Submitted, Unknown, Withdrawal,
};

use crate::ids::WithdrawalId;

use crate::payin;
use crate::receipt::Receipt;
use crate::state::LedgerState;
use crate::text::Provider;
use crate::wallet;

pub(crate) fn evolve_requested(state: &mut LedgerState, event: &Requested, at: DateTime<Utc>) {
    let withdrawal = Withdrawal {
        wallet: event.wallet,
        amount: event.amount,
        destination: event.destination.clone(),
        method: event.method,
        requested_at: at,
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

pub(super) fn set_status(state: &mut LedgerState, id: WithdrawalId, status: Status) {
    state.withdrawals.modify(id, |withdrawal| withdrawal.status = status);
}

pub(super) fn end(state: &mut LedgerState, id: WithdrawalId) {
    if let Some(wallet) = state.withdrawals.get(&id).map(|withdrawal| withdrawal.wallet) {
        wallet::end(state, wallet);
    }
}

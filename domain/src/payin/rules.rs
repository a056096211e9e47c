//! The rules of pay-ins.

use chrono::{DateTime, Utc};

use super::{
    Cancel, Canceled, Created, Declined, Expire, Expired, Initiate, Payin, RecordDecline,
    RecordSubmission, Status, Submitted, targets,
};
use crate::actor::{Actor, Role};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{PayinId, WalletId};
use crate::permission::PARTIES;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::{ObjectId, Provider};
use crate::wallet;

pub(crate) fn decide_initiate(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Initiate,
) -> Result<Decided, Refusal> {
    let Initiate { payin, wallet, amount, provider, target, capture_later } = *command;
    wallet::theirs(state, actor, wallet, "wallet")?;
    if let Some(known) = state.payins.get(&payin) {
        return same_terms(known, command);
    }
    wallet::may_receive(state, wallet, "wallet")?;
    target.iter().try_for_each(|target| targets::may_be_paid(state, target))?;
    state.settings()?.takes(amount.currency())?;
    let expires_at = at + state.settings()?.payin_expiry_s.delta();
    happened([Event::PayinCreated(Created {
        payin,
        wallet,
        amount,
        provider,
        expires_at,
        target,
        capture_later,
    })])
}

fn same_terms(known: &Payin, asked: &Initiate) -> Result<Decided, Refusal> {
    let differs = [
        (known.wallet != asked.wallet, "wallet"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (known.provider != asked.provider, "provider"),
        (known.target != asked.target, "target"),
        (known.capture_later != asked.capture_later, "capture_later"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

pub(crate) fn decide_decline(
    state: &LedgerState,
    command: &RecordDecline,
) -> Result<Decided, Refusal> {
    let payin = asked_of(state, command.payin, command.provider)?;
    let is_of_another = payin.authorised.as_ref().is_some_and(|object| *object != command.object);
    match payin.status {
        // An earlier try that failed says nothing of the one whose money is kept for us.
        Status::Authorised | Status::Capturing if is_of_another => Ok(Decided::Already),
        Status::Created | Status::Submitted | Status::Authorised | Status::Capturing => {
            happened([Event::PayinDeclined(Declined {
                payin: command.payin,
                object: command.object.clone(),
                reason: command.reason.clone(),
            })])
        }
        // A decline that comes after the money, or after its end, changes nothing.
        Status::Declined | Status::Succeeded | Status::Expired | Status::Canceled => {
            Ok(Decided::Already)
        }
    }
}

pub(super) fn asked_of(
    state: &LedgerState,
    id: PayinId,
    provider: Provider,
) -> Result<&Payin, Refusal> {
    let payin = state.payins.get(&id).ok_or(Refusal::NotFound { field: "payin" })?;
    // Another provider was not asked, so its word changes nothing about this pay-in.
    if payin.provider != provider {
        return Err(Refusal::ExistsWithOtherTerms { field: "provider" });
    }
    Ok(payin)
}

pub(crate) fn decide_submission(
    state: &LedgerState,
    command: &RecordSubmission,
) -> Result<Decided, Refusal> {
    let RecordSubmission { payin, provider, object } = command;
    match asked_of(state, *payin, *provider)?.status {
        Status::Created => {
            let (payin, object) = (*payin, object.clone());
            happened([Event::PayinSubmitted(Submitted { payin, object })])
        }
        // Told late: it is further than that.
        Status::Submitted
        | Status::Authorised
        | Status::Capturing
        | Status::Declined
        | Status::Succeeded
        | Status::Expired
        | Status::Canceled => Ok(Decided::Already),
    }
}

pub(crate) fn decide_cancel(
    state: &LedgerState,
    actor: &Actor,
    command: &Cancel,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    wallet::theirs(state, actor, payin.wallet, "payin")?;
    match payin.status {
        // Its provider may have the money by now: only staff give it up.
        Status::Capturing if matches!(actor.role, Role::Buyer | Role::Seller) => {
            Err(Refusal::WrongState { state: payin.status.as_str() })
        }
        Status::Created
        | Status::Submitted
        | Status::Authorised
        | Status::Capturing
        | Status::Declined => {
            let object = payin.open_object.clone();
            happened([Event::PayinCanceled(Canceled { payin: command.payin, object })])
        }
        Status::Canceled => Ok(Decided::Already),
        Status::Succeeded | Status::Expired => {
            Err(Refusal::WrongState { state: payin.status.as_str() })
        }
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let payin = state.payins.get(&command.payin).ok_or(Refusal::NotFound { field: "payin" })?;
    match payin.status {
        Status::Created
        | Status::Submitted
        | Status::Authorised
        | Status::Capturing
        | Status::Declined => {
            if at < payin.expires_at {
                return Err(Refusal::TooEarly { due: payin.expires_at });
            }
            let object = payin.open_object.clone();
            happened([Event::PayinExpired(Expired { payin: command.payin, object })])
        }
        Status::Expired => Ok(Decided::Already),
        Status::Succeeded | Status::Canceled => {
            Err(Refusal::WrongState { state: payin.status.as_str() })
        }
    }
}

/// Whether an actor may have a payment begun at its provider: who may expect its money may, as long as
/// it waits for it.
///
/// # Errors
/// That the pay-in is not there, is another's, or waits no longer.
pub fn may_start<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: PayinId,
) -> Result<&'a Payin, Refusal> {
    let payin = state.payins.get(&id).ok_or(Refusal::NotFound { field: "payin" })?;
    if !PARTIES.contains(&actor.role) {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    wallet::theirs(state, actor, payin.wallet, "payin")?;
    match payin.status {
        Status::Created | Status::Submitted | Status::Declined => Ok(payin),
        Status::Authorised
        | Status::Capturing
        | Status::Succeeded
        | Status::Expired
        | Status::Canceled => Err(Refusal::WrongState { state: payin.status.as_str() }),
    }
}

pub(crate) fn evolve_created(state: &mut LedgerState, event: &Created) {
    let payin = Payin {
        wallet: event.wallet,
        amount: event.amount,
        provider: event.provider,
        expires_at: event.expires_at,
        target: event.target,
        capture_later: event.capture_later,
        authorised: None,
        open_object: None,
        status: Status::Created,
        paid_by: None,
        late: Vec::new(),
    };
    state.payins.insert(event.payin, payin);
    wallet::begin(state, event.wallet);
}

pub(crate) fn evolve_submitted(state: &mut LedgerState, event: &Submitted) {
    set_status(state, event.payin, Status::Submitted);
    set_open(state, event.payin, &event.object);
}

pub(crate) fn evolve_canceled(state: &mut LedgerState, event: &Canceled) {
    set_status(state, event.payin, Status::Canceled);
    end(state, event.payin);
}

pub(crate) fn evolve_declined(state: &mut LedgerState, event: &Declined) {
    set_status(state, event.payin, Status::Declined);
    set_open(state, event.payin, &event.object);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    set_status(state, event.payin, Status::Expired);
    end(state, event.payin);
}

/// What a provider told of may be paid there, also after it was declined.
fn set_open(state: &mut LedgerState, id: PayinId, object: &ObjectId) {
    state.payins.modify(id, |payin| payin.open_object = Some(object.clone()));
}

pub(crate) fn set_status(state: &mut LedgerState, id: PayinId, status: Status) {
    state.payins.modify(id, |payin| payin.status = status);
}

fn end(state: &mut LedgerState, id: PayinId) {
    let wallet: Option<WalletId> = state.payins.get(&id).map(|payin| payin.wallet);
    if let Some(wallet) = wallet {
        wallet::end(state, wallet);
    }
}

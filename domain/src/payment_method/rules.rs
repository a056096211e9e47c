//! The rules of payment methods.

use super::{Add, Added, Disable, Disabled, MadeDefault, MakeDefault, PaymentMethod};
use crate::actor::Actor;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{PaymentMethodId, WalletId};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet::{self, Status};

pub(crate) fn decide_add(
    state: &LedgerState,
    actor: &Actor,
    command: &Add,
) -> Result<Decided, Refusal> {
    let Add { method, wallet, provider, kind, token, hint } = command;
    if let Some(known) = state.payment_methods.get(method) {
        wallet::managed(state, actor, known.wallet, "paymentMethod")?;
        let differs = [
            (known.wallet != *wallet, "wallet"),
            (known.provider != *provider, "provider"),
            (known.kind != *kind, "kind"),
            (known.token != *token, "token"),
            (known.hint != *hint, "hint"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    if wallet::managed(state, actor, *wallet, "wallet")?.status == Status::Closed {
        return Err(Refusal::WalletClosed { field: "wallet" });
    }
    happened([Event::PaymentMethodAdded(Added {
        method: *method,
        wallet: *wallet,
        provider: *provider,
        kind: kind.clone(),
        token: token.clone(),
        hint: hint.clone(),
    })])
}

/// The method, if the actor may look after it.
fn theirs<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: PaymentMethodId,
) -> Result<&'a PaymentMethod, Refusal> {
    let field = "paymentMethod";
    let method = state.payment_methods.get(&id).ok_or(Refusal::NotFound { field })?;
    wallet::managed(state, actor, method.wallet, field)?;
    Ok(method)
}

pub(crate) fn decide_default(
    state: &LedgerState,
    actor: &Actor,
    command: &MakeDefault,
) -> Result<Decided, Refusal> {
    let method = theirs(state, actor, command.method)?;
    if method.is_disabled {
        return Err(Refusal::WrongState { state: "disabled" });
    }
    let before = state.default_methods.get(&method.wallet).copied();
    if before == Some(command.method) {
        return Ok(Decided::Already);
    }
    let (method, wallet) = (command.method, method.wallet);
    happened([Event::PaymentMethodMadeDefault(MadeDefault { method, wallet, before })])
}

pub(crate) fn decide_disable(
    state: &LedgerState,
    actor: &Actor,
    command: &Disable,
) -> Result<Decided, Refusal> {
    let method = theirs(state, actor, command.method)?;
    if method.is_disabled {
        return Ok(Decided::Already);
    }
    let (method, wallet, reason) = (command.method, method.wallet, command.reason.clone());
    happened([Event::PaymentMethodDisabled(Disabled { method, wallet, reason })])
}

pub(crate) fn evolve_added(state: &mut LedgerState, event: &Added) {
    let method = PaymentMethod {
        wallet: event.wallet,
        provider: event.provider,
        kind: event.kind.clone(),
        token: event.token.clone(),
        hint: event.hint.clone(),
        is_disabled: false,
    };
    state.payment_methods.insert(event.method, method);
}

pub(crate) fn evolve_default(state: &mut LedgerState, event: &MadeDefault) {
    state.default_methods.insert(event.wallet, event.method);
}

pub(crate) fn evolve_disabled(state: &mut LedgerState, event: &Disabled) {
    state.payment_methods.modify(event.method, |method| method.is_disabled = true);
    if state.default_methods.get(&event.wallet) == Some(&event.method) {
        state.default_methods.remove(event.wallet);
    }
}

impl LedgerState {
    /// The payment method with this id.
    #[must_use]
    pub fn payment_method(&self, id: PaymentMethodId) -> Option<&PaymentMethod> {
        self.payment_methods.get(&id)
    }

    /// The default payment method of a wallet.
    #[must_use]
    pub fn default_method(&self, wallet: WalletId) -> Option<PaymentMethodId> {
        self.default_methods.get(&wallet).copied()
    }
}

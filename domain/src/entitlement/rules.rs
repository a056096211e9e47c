//! The rules of entitlements.

use chrono::{DateTime, Utc};

use super::{
    Entitlement, Expire, Expired, Grant, Granted, Revoke, Revoked, Status, Transfer, Transferred,
    Use, Used,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::commission::share;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{EntitlementId, SaleId, WalletId};
use crate::journal::Draft;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

fn named(state: &LedgerState, id: EntitlementId) -> Result<&Entitlement, Refusal> {
    let known = state.entitlements.get(&id);
    // What is only promised is nobody's yet.
    known
        .filter(|it| it.status != Status::Promised)
        .ok_or(Refusal::NotFound { field: "entitlement" })
}

fn wrong_state<T>(status: Status) -> Result<T, Refusal> {
    Err(Refusal::WrongState { state: status.as_str() })
}

/// Whether it can be used: the timer may be late.
fn stands(it: &Entitlement, at: DateTime<Utc>) -> Result<(), Refusal> {
    match it.status {
        Status::Granted if it.ends_at.is_none_or(|end| at < end) => Ok(()),
        Status::Granted => wrong_state(Status::Expired),
        Status::Promised | Status::Used | Status::Revoked | Status::Expired => {
            wrong_state(it.status)
        }
    }
}

pub(crate) fn decide_grant(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Grant,
) -> Result<Decided, Refusal> {
    let Grant { entitlement, wallet, kind, seller, ends_at } = command.clone();
    if let Some(known) = state.entitlements.get(&entitlement) {
        let differs = [
            (known.bought.is_some(), "entitlement"),
            (known.first != wallet, "wallet"),
            (known.kind != kind, "kind"),
            (known.seller != seller, "seller"),
            (known.ends_at != ends_at, "endsAt"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    wallet::may_receive(state, wallet, "wallet")?;
    seller.iter().try_for_each(|seller| wallet::may_receive(state, *seller, "seller"))?;
    if ends_at.is_some_and(|end| end <= at) {
        return Err(Refusal::InvalidSetting { field: "endsAt", allowed: "in the future" });
    }
    let bought = None;
    happened([Event::EntitlementGranted(Granted {
        entitlement,
        wallet,
        kind,
        seller,
        bought,
        ends_at,
    })])
}

pub(crate) fn decide_use(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Use,
) -> Result<Decided, Refusal> {
    let it = named(state, command.entitlement)?;
    match it.seller {
        Some(seller) => drop(wallet::theirs(state, actor, seller, "entitlement")?),
        None if actor.role.is_party() => {
            return Err(Refusal::NotYours { field: "entitlement" });
        }
        None => {}
    }
    if it.used.as_ref() == Some(&command.reference) {
        return Ok(Decided::Already);
    }
    stands(it, at)?;
    let Use { entitlement, reference } = command.clone();
    happened([Event::EntitlementUsed(Used { entitlement, reference })])
}

pub(crate) fn decide_transfer(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Transfer,
) -> Result<Decided, Refusal> {
    let Transfer { entitlement, to, price, royalty } = *command;
    let it = named(state, entitlement)?;
    wallet::theirs(state, actor, it.wallet, "entitlement")?;
    if price.is_some() && actor.role.is_party() {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    if it.wallet == to {
        return Ok(Decided::Already);
    }
    stands(it, at)?;
    wallet::may_receive(state, to, "to")?;
    let from = it.wallet;
    let Some(price) = price else {
        let (royalty, entry) = (None, None);
        let given = Transferred { entitlement, from, to, price, royalty, entry };
        return happened([Event::EntitlementTransferred(given)]);
    };
    wallet::may_receive(state, from, "entitlement")?;
    // A seller who is out of business, or sells it on themselves, gets no royalty.
    let seller = it.seller.filter(|seller| {
        *seller != from && *seller != to && wallet::may_receive(state, *seller, "seller").is_ok()
    });
    wallet::may_spend(state, actor, at, to, "to", price)?;
    wallet::has(state, to, price)?;
    let shares = share(price, royalty);
    let (old, royalty) = match seller {
        Some(_) => (shares.net, shares.commission),
        None => (Some(price), None),
    };
    let draft = Draft::new(state).debit(Account::Wallet(to), price).pay(from, old);
    let draft = match seller {
        Some(seller) => draft.pay(seller, royalty),
        None => draft,
    };
    happened([Event::EntitlementTransferred(Transferred {
        entitlement,
        from,
        to,
        price: Some(price),
        royalty,
        entry: Some(draft.entry()?),
    })])
}

pub(crate) fn decide_revoke(state: &LedgerState, command: &Revoke) -> Result<Decided, Refusal> {
    let it = named(state, command.entitlement)?;
    match it.status {
        Status::Granted | Status::Used => happened([Event::EntitlementRevoked(Revoked {
            entitlement: command.entitlement,
            reason: command.reason.clone(),
        })]),
        Status::Revoked => Ok(Decided::Already),
        Status::Promised | Status::Expired => wrong_state(it.status),
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let it = named(state, command.entitlement)?;
    match (it.status, it.ends_at) {
        (Status::Granted, Some(due)) if at < due => Err(Refusal::TooEarly { due }),
        (Status::Granted, Some(_)) => {
            happened([Event::EntitlementExpired(Expired { entitlement: command.entitlement })])
        }
        (Status::Expired, _) => Ok(Decided::Already),
        (Status::Promised | Status::Granted | Status::Used | Status::Revoked, _) => {
            wrong_state(it.status)
        }
    }
}

/// An order that is placed will grant it.
pub(crate) fn promise(
    state: &mut LedgerState,
    id: EntitlementId,
    (wallet, seller): (WalletId, WalletId),
    bought: (SaleId, u16),
    kind: Code,
) {
    let it = Entitlement {
        first: wallet,
        wallet,
        kind,
        seller: Some(seller),
        bought: Some(bought),
        ends_at: None,
        used: None,
        status: Status::Promised,
    };
    state.entitlements.insert(id, it);
}

/// The order will not grant it after all: its id is free again.
pub(crate) fn unpromise(state: &mut LedgerState, id: EntitlementId) {
    if state.entitlements.get(&id).is_some_and(|it| it.status == Status::Promised) {
        state.entitlements.remove(id);
    }
}

pub(crate) fn evolve_granted(state: &mut LedgerState, event: &Granted) {
    let Granted { entitlement, wallet, kind, seller, bought, ends_at } = event.clone();
    let it = Entitlement {
        first: wallet,
        wallet,
        kind,
        seller,
        bought,
        ends_at,
        used: None,
        status: Status::Granted,
    };
    state.entitlements.insert(entitlement, it);
}

pub(crate) fn evolve_used(state: &mut LedgerState, event: &Used) {
    state.entitlements.modify(event.entitlement, |it| {
        it.status = Status::Used;
        it.used = Some(event.reference.clone());
    });
}

pub(crate) fn evolve_transferred(state: &mut LedgerState, event: &Transferred) {
    state.entitlements.modify(event.entitlement, |it| it.wallet = event.to);
}

pub(crate) fn evolve_revoked(state: &mut LedgerState, event: &Revoked) {
    state.entitlements.modify(event.entitlement, |it| it.status = Status::Revoked);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    state.entitlements.modify(event.entitlement, |it| it.status = Status::Expired);
}

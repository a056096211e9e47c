//! The rules of limits.

use chrono::{DateTime, Utc};

use super::{
    Assign, Assigned, KycSet, Limits, Scope, Set, SetKyc, SetZone, Standing, Velocity, WereSet,
    ZoneSet,
};
use crate::actor::{Actor, Role};
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::member;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

/// The limits in force for a wallet.
fn in_force(state: &LedgerState, wallet: WalletId) -> Option<&Limits> {
    // Most ledgers have none: that costs next to nothing.
    if state.limits.is_empty() {
        return None;
    }
    let of = |scope: &Scope| state.limits.get(scope);
    let of_standing = || {
        let standing = state.standings.get(&wallet)?;
        let profile = standing.profile.clone().map(Scope::Profile);
        let kyc = standing.kyc.map(Scope::Kyc);
        profile.as_ref().and_then(of).or_else(|| kyc.as_ref().and_then(of))
    };
    of(&Scope::Wallet(wallet)).or_else(of_standing).or_else(|| of(&Scope::Everybody))
}

/// How often a wallet may be spent from, if that is limited.
pub(crate) fn velocity(state: &LedgerState, wallet: WalletId) -> Option<Velocity> {
    in_force(state, wallet)?.velocity
}

/// How far a wallet may go below nothing in a currency, in minor units.
pub(crate) fn credit(state: &LedgerState, wallet: WalletId, currency: Currency) -> i128 {
    let limits = in_force(state, wallet);
    limits.and_then(|limits| limits.credit.get(&currency)).map_or(0, |it| it.minor().into())
}

/// Whether somebody in a role may spend so much from a wallet now.
pub(crate) fn allow_spending(
    state: &LedgerState,
    role: Role,
    at: DateTime<Utc>,
    wallet: WalletId,
    asked: Money,
) -> Result<(), Refusal> {
    if let Some(limits) = of_role(state, role) {
        within(state, limits, at, wallet, asked)?;
    }
    let Some(limits) = in_force(state, wallet) else { return Ok(()) };
    within(state, limits, at, wallet, asked)?;
    let Some(velocity) = limits.velocity else { return Ok(()) };
    let used = state.used(wallet, asked.currency()).times(velocity, at);
    if used < velocity.count {
        return Ok(());
    }
    let window = i64::from(velocity.window_s.get());
    let next = (at.timestamp().div_euclid(window) + 1) * window;
    let resets_at = DateTime::from_timestamp(next, 0).unwrap_or(at);
    Err(Refusal::TooOften { limit: velocity.count, used, resets_at })
}

/// The limits of a role.
fn of_role(state: &LedgerState, role: Role) -> Option<&Limits> {
    if state.limits.is_empty() { None } else { state.limits.get(&Scope::Role(role)) }
}

/// Whether so much more stays within what these limits allow at once, in a day and in a month.
fn within(
    state: &LedgerState,
    limits: &Limits,
    at: DateTime<Utc>,
    wallet: WalletId,
    asked: Money,
) -> Result<(), Refusal> {
    let currency = asked.currency();
    if let Some(limit) = limits.single.get(&currency)
        && asked.minor() > limit.minor()
    {
        return Err(Refusal::LimitExceeded { limit: *limit, asked });
    }
    let (usage, zone) = (state.used(wallet, currency), state.zone());
    let day = zone.day(at);
    for (kind, limit, used, resets_at) in [
        ("daily", limits.daily.get(&currency), usage.on(day), zone.next_day(day)),
        ("monthly", limits.monthly.get(&currency), usage.in_month(day), zone.next_month(day)),
    ] {
        let Some(limit) = limit else { continue };
        if used.saturating_add(asked.minor()) > limit.minor() {
            let left = limit.minor().saturating_sub(used).into();
            let (limit, used) = (*limit, used.into());
            return Err(Refusal::WindowExceeded { kind, limit, used, left, resets_at });
        }
    }
    Ok(())
}

/// Whether a transfer may bring a wallet so much.
pub(crate) fn allow_holding(
    state: &LedgerState,
    wallet: WalletId,
    more: Money,
) -> Result<(), Refusal> {
    let Some(limits) = in_force(state, wallet) else { return Ok(()) };
    let Some(ceiling) = limits.ceiling.get(&more.currency()) else { return Ok(()) };
    let balance = state.books.available(wallet, more.currency());
    let most = i128::from(ceiling.minor());
    if balance + i128::from(more.minor()) <= most {
        return Ok(());
    }
    Err(Refusal::CeilingExceeded { ceiling: *ceiling, left: (most - balance).max(0) })
}

/// Whom a limit of a wallet binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Whoever asks in this role.
    Role(Role),
    /// Everybody: it is in force for the wallet.
    Wallet,
    /// The member of the wallet who asks.
    Member,
}

/// One limit of a wallet, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Whom it binds.
    pub binds: Binds,
    /// single, daily, monthly, ceiling or credit.
    pub kind: &'static str,
    /// The limit.
    pub limit: Money,
    /// What is used of it, in minor units of its currency.
    pub used: i128,
    /// What is left of it, in minor units; never negative.
    pub left: i128,
    /// When what is used is nothing again, where that is so.
    pub resets_at: Option<DateTime<Utc>>,
}

impl LedgerState {
    /// Every limit of amounts that binds an actor who spends of a wallet, and what is left of it at
    /// an instant; in the order in which they are looked at: of their role, of the wallet, their own
    /// as its member. Who is no party sees those of every role.
    #[must_use]
    pub fn limits_left(&self, wallet: WalletId, actor: &Actor, at: DateTime<Utc>) -> Vec<Left> {
        let roles = Role::ALL.into_iter();
        let shown = roles.filter(|role| !actor.role.is_party() || *role == actor.role);
        let of_roles =
            shown.filter_map(|role| of_role(self, role).map(|it| (Binds::Role(role), it)));
        let of_wallet = in_force(self, wallet).map(|it| (Binds::Wallet, it));
        let sets = of_roles.chain(of_wallet);
        let of_sets = sets.flat_map(|(binds, limits)| self.left_of(limits, binds, wallet, at));
        of_sets.chain(member::left(self, actor, wallet, at)).collect()
    }

    /// What is left of each of some limits.
    fn left_of(
        &self,
        limits: &Limits,
        binds: Binds,
        wallet: WalletId,
        at: DateTime<Utc>,
    ) -> Vec<Left> {
        let zone = self.zone();
        let day = zone.day(at);
        let mut all = Vec::new();
        let mut add = |kind, limit: &Money, used: i128, resets_at| {
            let left = (i128::from(limit.minor()) - used).max(0);
            all.push(Left { binds, kind, limit: *limit, used, left, resets_at });
        };
        let usage = |limit: &Money| self.used(wallet, limit.currency());
        let balance = |limit: &Money| self.books.available(wallet, limit.currency());
        for limit in limits.single.values() {
            add("single", limit, 0, None);
        }
        for limit in limits.daily.values() {
            add("daily", limit, usage(limit).on(day).into(), Some(zone.next_day(day)));
        }
        for limit in limits.monthly.values() {
            add("monthly", limit, usage(limit).in_month(day).into(), Some(zone.next_month(day)));
        }
        for limit in limits.ceiling.values() {
            add("ceiling", limit, balance(limit).max(0), None);
        }
        for limit in limits.credit.values() {
            add("credit", limit, (-balance(limit)).max(0), None);
        }
        all
    }

    /// Whether these limits are set.
    #[must_use]
    pub fn has_limits(&self, scope: &Scope) -> bool {
        self.limits.get(scope).is_some()
    }

    /// How far a wallet may go below nothing in a currency, in minor units.
    #[must_use]
    pub fn credit(&self, wallet: WalletId, currency: Currency) -> i128 {
        credit(self, wallet, currency)
    }
}

pub(crate) fn decide_set(state: &LedgerState, command: &Set) -> Result<Decided, Refusal> {
    let Set { scope, limits } = command;
    match scope {
        Scope::Wallet(id) => drop(wallet::named(state, *id, "wallet")?),
        Scope::Kyc(level) => known_level(*level)?,
        Scope::Role(_) => for_a_role(limits.as_ref())?,
        Scope::Everybody | Scope::Profile(_) => {}
    }
    if state.limits.get(scope) == limits.as_ref() {
        return Ok(Decided::Already);
    }
    let (scope, limits) = (scope.clone(), limits.clone());
    happened([Event::LimitsSet(WereSet { scope, limits })])
}

/// How often, how much to hold and how far to owe are a wallet's, and not a role's.
fn for_a_role(limits: Option<&Limits>) -> Result<(), Refusal> {
    let Some(limits) = limits else { return Ok(()) };
    let bad = [
        (limits.velocity.is_some(), "velocity"),
        (!limits.ceiling.is_empty(), "ceiling"),
        (!limits.credit.is_empty(), "credit"),
    ];
    match bad.into_iter().find(|(is_bad, _)| *is_bad) {
        Some((_, field)) => Err(Refusal::InvalidSetting { field, allowed: "left out for a role" }),
        None => Ok(()),
    }
}

const fn known_level(level: u8) -> Result<(), Refusal> {
    if level > 9 {
        return Err(Refusal::InvalidSetting { field: "level", allowed: "0 to 9" });
    }
    Ok(())
}

pub(crate) fn decide_assign(state: &LedgerState, command: &Assign) -> Result<Decided, Refusal> {
    let Assign { wallet, profile } = command;
    wallet::named(state, *wallet, "wallet")?;
    let known = profile.clone().is_none_or(|it| state.limits.get(&Scope::Profile(it)).is_some());
    if !known {
        return Err(Refusal::NotFound { field: "profile" });
    }
    if state.standings.get(wallet).and_then(|it| it.profile.as_ref()) == profile.as_ref() {
        return Ok(Decided::Already);
    }
    let (wallet, profile) = (*wallet, profile.clone());
    happened([Event::LimitsAssigned(Assigned { wallet, profile })])
}

pub(crate) fn decide_kyc(state: &LedgerState, command: &SetKyc) -> Result<Decided, Refusal> {
    let SetKyc { wallet, level } = *command;
    wallet::named(state, wallet, "wallet")?;
    known_level(level)?;
    if state.standings.get(&wallet).and_then(|it| it.kyc) == Some(level) {
        return Ok(Decided::Already);
    }
    happened([Event::KycLevelSet(KycSet { wallet, level })])
}

pub(crate) fn decide_zone(state: &LedgerState, command: &SetZone) -> Result<Decided, Refusal> {
    if state.zone() == command.zone {
        return Ok(Decided::Already);
    }
    happened([Event::TimeZoneSet(ZoneSet { zone: command.zone })])
}

pub(crate) fn evolve_set(state: &mut LedgerState, event: &WereSet) {
    match &event.limits {
        Some(limits) => state.limits.insert(event.scope.clone(), limits.clone()),
        None => state.limits.remove(event.scope.clone()),
    }
}

pub(crate) fn evolve_assigned(state: &mut LedgerState, event: &Assigned) {
    let profile = event.profile.clone();
    state.standings.update(event.wallet, |standing: &mut Standing| standing.profile = profile);
}

pub(crate) fn evolve_kyc(state: &mut LedgerState, event: &KycSet) {
    let level = event.level;
    state.standings.update(event.wallet, |standing: &mut Standing| standing.kyc = Some(level));
}

pub(crate) fn evolve_zone(state: &mut LedgerState, event: &ZoneSet) {
    state.zone.insert((), event.zone);
}

//! The rules of members.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::{Day, Grant, Granted, May, Member, Revoke, Revoked, Spent};
use crate::actor::Actor;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::limits::{Binds, Left};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Subject;
use crate::wallet::{self, Status};

/// Whether somebody is a member of a wallet.
pub(crate) fn is_one(state: &LedgerState, wallet: WalletId, who: &Subject) -> bool {
    named(state, wallet, who).is_some()
}

/// Whether somebody is a member of a wallet who may so much.
pub(crate) fn may(state: &LedgerState, wallet: WalletId, who: &Subject, what: May) -> bool {
    named(state, wallet, who).is_some_and(|member| member.may >= what)
}

fn named<'a>(state: &'a LedgerState, wallet: WalletId, who: &Subject) -> Option<&'a Member> {
    // Most ledgers have none: that costs next to nothing.
    if state.members.is_empty() {
        return None;
    }
    state.members.get(&(wallet, who.clone()))
}

/// The member that an actor is of a wallet: those who act for its owner anyway are none.
fn acting<'a>(state: &'a LedgerState, actor: &Actor, wallet: WalletId) -> Option<&'a Member> {
    let owner = &state.wallets.get(&wallet)?.owner;
    if actor.may_act_for(owner) { None } else { named(state, wallet, &actor.subject) }
}

fn spent_on(
    state: &LedgerState,
    wallet: WalletId,
    who: &Subject,
    currency: Currency,
    day: NaiveDate,
) -> u64 {
    let known = state.member_days.get(&(wallet, who.clone(), currency)).copied();
    known.filter(|it| it.day == day.num_days_from_ce()).map_or(0, |it| it.minor)
}

/// Whether a member's own limit lets them spend so much now.
pub(crate) fn allow_spending(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    wallet: WalletId,
    asked: Money,
) -> Result<(), Refusal> {
    let Some(limit) = acting(state, actor, wallet).and_then(|it| it.daily) else { return Ok(()) };
    if limit.currency() != asked.currency() {
        let allowed = "that of the member's daily limit";
        return Err(Refusal::InvalidSetting { field: "currency", allowed });
    }
    let zone = state.zone();
    let day = zone.day(at);
    let used = spent_on(state, wallet, &actor.subject, asked.currency(), day);
    if used.saturating_add(asked.minor()) <= limit.minor() {
        return Ok(());
    }
    let left = limit.minor().saturating_sub(used).into();
    let (used, resets_at) = (used.into(), zone.next_day(day));
    Err(Refusal::WindowExceeded { kind: "daily", limit, used, left, resets_at })
}

/// What is left of the limit that the wallet's owner set to a member.
pub(crate) fn left(
    state: &LedgerState,
    actor: &Actor,
    wallet: WalletId,
    at: DateTime<Utc>,
) -> Option<Left> {
    let limit = acting(state, actor, wallet)?.daily?;
    let zone = state.zone();
    let day = zone.day(at);
    let used: i128 = spent_on(state, wallet, &actor.subject, limit.currency(), day).into();
    let left = (i128::from(limit.minor()) - used).max(0);
    let resets_at = Some(zone.next_day(day));
    Some(Left { binds: Binds::Member, kind: "daily", limit, used, left, resets_at })
}

/// What was decided, with what it spends of wallets whose member the actor is.
pub(crate) fn told(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    decided: Decided,
) -> Decided {
    let Decided::Happened(mut events) = decided else { return decided };
    let mut spent = Vec::new();
    if !state.members.is_empty() && actor.role.is_party() {
        for event in &events {
            event.spendings(|it| {
                if acting(state, actor, it.wallet).is_some() {
                    let (wallet, amount) = (it.wallet, it.money);
                    let subject = actor.subject.clone();
                    spent.push(Event::MemberSpent(Spent { wallet, subject, amount, at }));
                }
            });
        }
    }
    events.extend(spent);
    Decided::Happened(events)
}

/// The wallet's owner, if members may still come and go.
fn open<'a>(
    state: &'a LedgerState,
    actor: &Actor,
    id: WalletId,
    who: &Subject,
) -> Result<&'a Subject, Refusal> {
    let wallet = wallet::managed(state, actor, id, "wallet")?;
    if wallet.status == Status::Closed {
        return Err(Refusal::WalletClosed { field: "wallet" });
    }
    // The owner is no member, and no member raises their own limit.
    if wallet.owner == *who || (actor.role.is_party() && actor.subject == *who) {
        let allowed = "somebody other than the wallet's owner and oneself";
        return Err(Refusal::InvalidSetting { field: "subject", allowed });
    }
    Ok(&wallet.owner)
}

pub(crate) fn decide_grant(
    state: &LedgerState,
    actor: &Actor,
    command: &Grant,
) -> Result<Decided, Refusal> {
    let Grant { wallet, subject, may, daily } = command;
    open(state, actor, *wallet, subject)?;
    if let Some(daily) = daily {
        if *may == May::View {
            let allowed = "left out for a member who only looks";
            return Err(Refusal::InvalidSetting { field: "daily", allowed });
        }
        state.settings()?.takes(daily.currency())?;
    }
    if named(state, *wallet, subject) == Some(&Member { may: *may, daily: *daily }) {
        return Ok(Decided::Already);
    }
    happened([Event::MemberGranted(Granted {
        wallet: *wallet,
        subject: subject.clone(),
        may: *may,
        daily: *daily,
        by: actor.subject.clone(),
    })])
}

pub(crate) fn decide_revoke(
    state: &LedgerState,
    actor: &Actor,
    command: &Revoke,
) -> Result<Decided, Refusal> {
    let Revoke { wallet, subject } = command;
    // Whoever is a member may always leave.
    let leaves = actor.subject == *subject && is_one(state, *wallet, subject);
    if !leaves {
        wallet::managed(state, actor, *wallet, "wallet")?;
    }
    if !is_one(state, *wallet, subject) {
        return Ok(Decided::Already);
    }
    happened([Event::MemberRevoked(Revoked {
        wallet: *wallet,
        subject: subject.clone(),
        by: actor.subject.clone(),
    })])
}

pub(crate) fn evolve_granted(state: &mut LedgerState, event: &Granted) {
    let member = Member { may: event.may, daily: event.daily };
    state.members.insert((event.wallet, event.subject.clone()), member);
}

pub(crate) fn evolve_revoked(state: &mut LedgerState, event: &Revoked) {
    state.members.remove((event.wallet, event.subject.clone()));
}

pub(crate) fn evolve_spent(state: &mut LedgerState, event: &Spent) {
    let currency = event.amount.currency();
    let day = state.zone().day(event.at);
    let minor = spent_on(state, event.wallet, &event.subject, currency, day);
    let day =
        Day { day: day.num_days_from_ce(), minor: minor.saturating_add(event.amount.minor()) };
    state.member_days.insert((event.wallet, event.subject.clone(), currency), day);
}

impl LedgerState {
    /// The member of a wallet that this is.
    #[must_use]
    pub fn member(&self, wallet: WalletId, who: &Subject) -> Option<&Member> {
        named(self, wallet, who)
    }

    /// Whether somebody may see a wallet and what is of it: its owner, its members, and whoever
    /// sees everything.
    #[must_use]
    pub fn may_see(&self, actor: &Actor, wallet: WalletId) -> bool {
        let of_owner = self.wallet(wallet).is_some_and(|it| actor.may_act_for(&it.owner));
        of_owner || is_one(self, wallet, &actor.subject)
    }
}

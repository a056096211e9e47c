//! Canceling, ending, and what is given back.

use chrono::{DateTime, Utc};

use super::charge::{issuer, plan_of};
use super::recognise::{self, earned};
use super::rules::{named, theirs, wrong_state};
use super::{
    Cancel, CancelScheduled, Canceled, Credited, End, Expire, Expired, Paid, Reason, Source,
    Status, Subscription,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{SubscriptionId, WalletId};
use crate::invoice::{self, Desk, automatic_id};
use crate::journal::Draft;
use crate::money::Money;
use crate::payin::targets::{Paid as TargetPaid, Unwound};
use crate::plan::Refund;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::usage;
use crate::wallet;

/// What is given back of the present period, when so many of its days are over.
pub(super) fn credit(it: &Subscription, past: u32, policy: Refund) -> Option<Credited> {
    let (charge, days) = (it.charge.as_ref()?, it.slot.period.days());
    let past = match policy {
        Refund::Keep => return None,
        Refund::Prorated => past.max(charge.days).min(days),
        Refund::Full => 0,
    };
    let of = |minor| Money::from_minor(minor, charge.gross.currency());
    let rest = |money: Money| of(money.minor() - earned(money.minor(), days, past));
    let days = days - past;
    if let Some(agreed) = &charge.agreed {
        let price = it.slot.price?;
        let returned = agreed.returns(price, None, rest(price)?);
        let (gross, returned) = (returned.charged(), Some(Box::new(returned)));
        return Some(Credited { days, gross, net: None, tax: None, returned });
    }
    let net = charge.net.and_then(rest);
    let tax = charge.tax.and_then(|tax| rest(tax.amount));
    let minor = |money: Option<Money>| money.map_or(0, Money::minor);
    let gross = of(minor(net).saturating_add(minor(tax)))?;
    Some(Credited { days, gross, net, tax, returned: None })
}

impl Credited {
    /// Posts all but what the subscriber gets: what is still deferred leaves that, the rest is no
    /// revenue any more.
    pub(super) fn debit<'a>(&self, draft: Draft<'a>, charge: &Paid, deferred: u64) -> Draft<'a> {
        let of = |minor| Money::from_minor(minor, self.gross.currency());
        let net = self.net.map_or(0, Money::minor);
        let still = net.min(deferred);
        let draft = draft
            .debit(Account::Deferred, of(still))
            .debit(Account::SubscriptionRevenue, of(net - still));
        match charge.tax {
            Some(tax) => draft.debit(Account::Tax(tax.code), self.tax),
            None => draft,
        }
    }
}

/// What is given back pays first what its wallet owes.
fn to_subscriber<'a>(draft: Draft<'a>, wallet: WalletId, money: Money) -> Draft<'a> {
    draft.pay(wallet, money)
}

/// What is given back goes on from there at once.
fn to_wallet<'a>(draft: Draft<'a>, wallet: WalletId, money: Money) -> Draft<'a> {
    draft.credit(Account::Wallet(wallet), money)
}

/// The events of an end at once: what the days so far earned, the end itself with what is given
/// back, and the papers.
pub(super) fn ended(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    it: &Subscription,
    policy: Refund,
    to: for<'a> fn(Draft<'a>, WalletId, Money) -> Draft<'a>,
) -> Result<Vec<Event>, Refusal> {
    let past = it.slot.period.past(recognise::today(state, at).1);
    // Nothing is left of a period that is over.
    let mut events: Vec<Event> = recognise::up_to(state, id, it, past).into_iter().collect();
    let deferred = deferred_after(it, past);
    let credit = credit(it, past, policy);
    let given = credit.as_ref().and_then(|credit| credit.net).map_or(0, Money::minor);
    let mut draft = Draft::new(state);
    let (mut kept, mut unearned, mut moved) = (None, None, false);
    if let Some(charge) = &it.charge {
        let of = |minor: u64| Money::from_minor(minor, charge.gross.currency());
        kept = of(deferred.saturating_sub(given));
        unearned = of(given.saturating_sub(deferred));
        if let Some(credit) = &credit {
            moved = true;
            draft = match &credit.returned {
                Some(returned) => returned.give_back(draft, Account::Wallet(it.wallet)),
                None => to(credit.debit(draft, charge, deferred), it.wallet, credit.gross),
            };
        }
        if kept.is_some() {
            moved = true;
            draft = draft.debit(Account::Deferred, kept).credit(Account::SubscriptionRevenue, kept);
        }
    }
    let entry = if moved { Some(draft.entry()?) } else { None };
    let paper = credit.as_ref().map(|credit| (credit.gross, credit.tax));
    events.push(Event::SubscriptionCanceled(Canceled {
        subscription: id,
        credit: credit.map(Box::new),
        kept,
        unearned,
        usage_due_at: usage::is_open(state, id).then_some(at),
        entry,
    }));
    events.extend(papers(state, id, it, paper)?);
    Ok(events)
}

/// What is deferred once so many days are recognised.
pub(super) fn deferred_after(it: &Subscription, past: u32) -> u64 {
    let net = it.charge.as_ref().and_then(|charge| charge.net).map_or(0, Money::minor);
    let done = it.charge.as_ref().map_or(0, |charge| charge.recognised);
    net - earned(net, it.slot.period.days(), past).max(done)
}

/// The credit note of what was given back, and the end of an invoice that nobody paid.
fn papers(
    state: &LedgerState,
    id: SubscriptionId,
    it: &Subscription,
    credit: Option<(Money, Option<Money>)>,
) -> Result<Vec<Event>, Refusal> {
    let mut desk = Desk::new(state);
    let invoiced = it.charge.as_ref().and_then(|charge| charge.invoice);
    if let (Some((gross, tax)), Some(of)) = (credit, invoiced) {
        let issuer = issuer(plan_of(state, &it.slot.plan)?);
        let note = automatic_id(id, "credit", it.slot.number);
        desk.credit_note(note, issuer, of, (gross, tax), None, None)?;
    }
    let mut events = desk.issued();
    let unpaid = it.due.as_ref().and_then(|due| due.invoice);
    events.extend(unpaid.map(invoice::voided));
    Ok(events)
}

pub(crate) fn decide_cancel(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Cancel,
) -> Result<Decided, Refusal> {
    let Cancel { subscription: id, at_once, refund } = *command;
    let it = theirs(state, actor, id)?;
    if refund.is_some() && actor.role.is_party() {
        return Err(Refusal::Forbidden { role: actor.role });
    }
    let at_once = match it.status {
        Status::Canceled => return Ok(Decided::Already),
        Status::Expired => return wrong_state(it),
        // Nothing was paid for a period that it could still have.
        Status::Awaiting | Status::PastDue => true,
        Status::Trialing | Status::Active => at_once || it.due.is_some(),
    };
    if !at_once {
        if it.ending {
            return Ok(Decided::Already);
        }
        let ends_at = state.zone().begins(it.slot.period.end);
        let scheduled = CancelScheduled { subscription: id, ends_at };
        return happened([Event::SubscriptionCancelScheduled(scheduled)]);
    }
    let policy = match it.status {
        // The period that was paid is over.
        Status::PastDue => Refund::Keep,
        Status::Awaiting
        | Status::Trialing
        | Status::Active
        | Status::Canceled
        | Status::Expired => refund.unwrap_or(plan_of(state, &it.slot.plan)?.refund),
    };
    let events = ended(state, at, id, it, policy, to_subscriber)?;
    Ok(Decided::Happened(events))
}

pub(crate) fn decide_end(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &End,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = named(state, id)?;
    match it.status {
        Status::Trialing | Status::Active => {}
        Status::Canceled | Status::Expired => return Ok(Decided::Already),
        Status::Awaiting | Status::PastDue => return wrong_state(it),
    }
    let is_last = it.slot.number > 0 && it.slot.left == Some(0) && it.scheduled.is_none();
    if !(it.ending || is_last) || it.due.is_some() {
        return wrong_state(it);
    }
    let due = state.zone().begins(it.slot.period.end);
    if at < due {
        return Err(Refusal::TooEarly { due });
    }
    if it.ending {
        return Ok(Decided::Happened(ended(state, at, id, it, Refund::Keep, to_subscriber)?));
    }
    Ok(Decided::Happened(expired(state, at, id, it, Reason::Term)?))
}

fn expired(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: SubscriptionId,
    it: &Subscription,
    reason: Reason,
) -> Result<Vec<Event>, Refusal> {
    let mut events: Vec<Event> = recognise::up_to(state, id, it, u32::MAX).into_iter().collect();
    let usage_due_at = usage::is_open(state, id).then_some(at);
    events.push(Event::SubscriptionExpired(Expired { subscription: id, reason, usage_due_at }));
    events.extend(papers(state, id, it, None)?);
    Ok(events)
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let id = command.subscription;
    let it = named(state, id)?;
    match it.status {
        Status::Awaiting | Status::PastDue => {}
        Status::Expired => return Ok(Decided::Already),
        Status::Trialing | Status::Active | Status::Canceled => return wrong_state(it),
    }
    match it.due.as_ref().and_then(|due| due.expires_at) {
        Some(due) if at < due => Err(Refusal::TooEarly { due }),
        Some(_) => Ok(Decided::Happened(expired(state, at, id, it, Reason::Unpaid)?)),
        // It is tried again first.
        None => wrong_state(it),
    }
}

/// Money that a pay-in brought is taken back: a subscription that it paid ends, and the days that
/// are left come back, as far as that is not more than is asked for.
pub(crate) fn unwind(
    state: &LedgerState,
    at: DateTime<Utc>,
    paid: &TargetPaid,
    id: SubscriptionId,
) -> Unwound {
    let of_it = |it: &&Subscription| {
        let paid_so = |charge: &Paid| charge.source == Source::Payin(paid.payin);
        !it.status.has_ended() && it.charge.as_ref().is_some_and(paid_so)
    };
    let Some(it) = state.subscriptions.get(&id).filter(of_it) else { return Unwound::default() };
    let past = it.slot.period.past(recognise::today(state, at).1);
    let back = credit(it, past, Refund::Prorated).filter(|credit| {
        // A seller gives back to the wallet what may first pay what it owes.
        let same = credit.gross.currency() == paid.amount.currency();
        same && credit.returned.is_none() && credit.gross.minor() <= paid.amount.minor()
    });
    let Some(back) = back else { return Unwound::default() };
    // All of it is taken from there at once: it does not pay what the wallet owes.
    match ended(state, at, id, it, Refund::Prorated, to_wallet) {
        Ok(events) => Unwound { events, minor: back.gross.minor() },
        Err(_) => Unwound::default(),
    }
}

/// Nothing may go on where a wallet that owes would be paid first.
pub(super) fn owes_nothing(
    state: &LedgerState,
    wallet: WalletId,
    money: Money,
) -> Result<(), Refusal> {
    let owed = state.books.balance(Account::Receivable(wallet), money.currency());
    match u64::try_from(owed).ok().and_then(|owed| Money::from_minor(owed, money.currency())) {
        Some(owed) => Err(Refusal::WalletOwes { owed }),
        None => wallet::named(state, wallet, "wallet").map(drop),
    }
}

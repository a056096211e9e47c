//! The rules of holds.

use chrono::{DateTime, Utc};

use super::{
    Beyond, CAPTURES_MOST, Capture, Captured, Expire, Expired, Extend, Extended, Hold, Increase,
    Increased, Leg, MOST, Paid, Payee, Place, Placed, Status, USUAL_SPAN_S, Void, Voided,
};
use crate::actor::Actor;
use crate::chart::Account;
use crate::commission::agree;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{HoldId, WalletId};
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::settings::Seconds;
use crate::state::LedgerState;
use crate::wallet;

const COUNT: &str = "1 to 20, each wallet once, in one currency";

impl Hold {
    /// The currency of all its legs.
    fn currency(&self) -> Currency {
        self.legs.first().expect("a hold has a leg").amount.currency()
    }

    /// What each payer still has in it, in minor units: captures draw on the legs in their order.
    fn remaining(&self) -> Vec<(WalletId, u64)> {
        let mut captured = self.captured;
        let part = |leg: &Leg| {
            let drawn = captured.min(leg.amount.minor());
            captured -= drawn;
            (leg.wallet, leg.amount.minor() - drawn)
        };
        self.legs.iter().map(part).collect()
    }

    /// What is still held, in minor units.
    fn held(&self) -> u64 {
        self.remaining().iter().map(|(_, minor)| minor).sum()
    }
}

/// The legs as one amount, if they are legs.
fn total(legs: &[Leg]) -> Result<Money, Refusal> {
    let bad = || Refusal::InvalidSetting { field: "legs", allowed: COUNT };
    let first = legs.first().filter(|_| legs.len() <= MOST).ok_or_else(bad)?;
    let currency = first.amount.currency();
    let mut sum = 0_u64;
    for (place, leg) in legs.iter().enumerate() {
        let again = legs[..place].iter().any(|other| other.wallet == leg.wallet);
        if again || leg.amount.currency() != currency {
            return Err(bad());
        }
        sum = sum.checked_add(leg.amount.minor()).ok_or(Refusal::AmountTooLarge {})?;
    }
    Money::from_minor(sum, currency).ok_or(Refusal::AmountTooLarge {})
}

pub(crate) fn decide_place(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Place,
) -> Result<Decided, Refusal> {
    let Place { hold, legs, span_s, commission } = command;
    let whole = total(legs)?;
    let span = span_s.unwrap_or_else(|| Seconds::try_from(USUAL_SPAN_S).expect("a week is a span"));
    if let Some(known) = state.holds.get(hold) {
        for leg in &known.legs {
            wallet::theirs(state, actor, leg.wallet, "hold")?;
        }
        let differs = [
            (!begins_with(known, legs), "legs"),
            (
                span_s.is_some() && known.placed_at + span.delta() != known.asked_until,
                "spanSeconds",
            ),
            (known.commission != *commission, "commission"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    let mut draft = Draft::new(state);
    for leg in legs {
        wallet::may_spend(state, actor, at, leg.wallet, "legs", leg.amount)?;
        wallet::has(state, leg.wallet, leg.amount)?;
        draft = draft.debit(Account::Wallet(leg.wallet), leg.amount);
    }
    // A rule that is not there is refused now, and not when somebody is to be paid.
    agree(state, at, commission, legs[0].wallet, whole.currency())?;
    happened([Event::HoldPlaced(Placed {
        hold: *hold,
        legs: legs.clone(),
        expires_at: at + span.delta(),
        placed_at: at,
        commission: commission.clone(),
        entry: draft.credit(Account::Hold(*hold), whole).entry()?,
    })])
}

/// Whether a hold that was perhaps increased since began with these legs: the same payers, and no
/// more from any of them than now.
fn begins_with(known: &Hold, legs: &[Leg]) -> bool {
    known.legs.len() == legs.len()
        && known.legs.iter().zip(legs).all(|(now, then)| {
            now.wallet == then.wallet
                && now.amount.currency() == then.amount.currency()
                && now.amount.minor() >= then.amount.minor()
        })
}

fn named(state: &LedgerState, id: HoldId) -> Result<&Hold, Refusal> {
    state.holds.get(&id).ok_or(Refusal::NotFound { field: "hold" })
}

fn wrong_state(hold: &Hold) -> Result<Decided, Refusal> {
    Err(Refusal::WrongState { state: hold.status.as_str() })
}

/// Whether money can still be taken from it: the timer may be late.
fn stands(hold: &Hold, at: DateTime<Utc>) -> Result<(), Refusal> {
    match hold.status {
        Status::Placed if at < hold.expires_at => Ok(()),
        Status::Placed => Err(Refusal::WrongState { state: Status::Expired.as_str() }),
        Status::Captured | Status::Voided | Status::Expired => wrong_state(hold).map(drop),
    }
}

pub(crate) fn decide_increase(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Increase,
) -> Result<Decided, Refusal> {
    let Increase { hold: id, legs } = command;
    let hold = named(state, *id)?;
    for leg in &hold.legs {
        wallet::theirs(state, actor, leg.wallet, "hold")?;
    }
    stands(hold, at)?;
    total(legs)?;
    let same = hold.legs.len() == legs.len()
        && hold.legs.iter().zip(legs).all(|(now, then)| {
            now.wallet == then.wallet
                && now.amount.currency() == then.amount.currency()
                && then.amount.minor() >= now.amount.minor()
        });
    if !same {
        let allowed = "the same payers in the same order, each with as much or more";
        return Err(Refusal::InvalidSetting { field: "legs", allowed });
    }
    let mut draft = Draft::new(state);
    let mut more = 0_u64;
    for (now, then) in hold.legs.iter().zip(legs) {
        let added = then.amount.minor() - now.amount.minor();
        let Some(money) = Money::from_minor(added, now.amount.currency()) else { continue };
        wallet::may_spend(state, actor, at, now.wallet, "legs", money)?;
        wallet::has(state, now.wallet, money)?;
        draft = draft.debit(Account::Wallet(now.wallet), money);
        more = more.checked_add(added).ok_or(Refusal::AmountTooLarge {})?;
    }
    let Some(more) = Money::from_minor(more, hold.currency()) else { return Ok(Decided::Already) };
    let entry = draft.credit(Account::Hold(*id), more).entry()?;
    happened([Event::HoldIncreased(Increased { hold: *id, legs: legs.clone(), entry })])
}

pub(crate) fn decide_extend(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Extend,
) -> Result<Decided, Refusal> {
    let hold = named(state, command.hold)?;
    stands(hold, at)?;
    if command.expires_at == hold.expires_at {
        return Ok(Decided::Already);
    }
    let latest = at + Seconds::LONGEST.delta();
    if command.expires_at < hold.expires_at || command.expires_at > latest {
        let allowed = "later than before, and at most 1,000 days ahead";
        return Err(Refusal::InvalidSetting { field: "expiresAt", allowed });
    }
    let (hold, expires_at) = (command.hold, command.expires_at);
    happened([Event::HoldExtended(Extended { hold, expires_at })])
}

pub(crate) fn decide_capture(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Capture,
) -> Result<Decided, Refusal> {
    let Capture { hold: id, capture, payees, last, beyond } = command;
    let hold = named(state, *id)?;
    if let Some((_, known, was_last)) = hold.captures.iter().find(|(it, ..)| it == capture) {
        let differs = [(known != payees, "payees"), (was_last != last, "last")];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    stands(hold, at)?;
    if payees.len() > MOST || (payees.is_empty() && !last) || hold.captures.len() >= CAPTURES_MOST {
        let allowed = "1 to 20, of at most 100 captures; none only of the last";
        return Err(Refusal::InvalidSetting { field: "payees", allowed });
    }
    let paid = payees.iter().map(|payee| pay(state, hold, payee)).collect::<Result<Vec<_>, _>>()?;
    let charged = charged(&paid)?;
    let held = hold.held();
    let (taken, above) = (charged.min(held), charged.saturating_sub(held));
    let of = |minor| Money::from_minor(minor, hold.currency());
    let mut draft = Draft::new(state).debit(Account::Hold(*id), of(taken));
    if let Some(above) = of(above) {
        draft = beyond_the_hold(state, hold, draft, above, *last, *beyond)?;
    }
    draft = post(draft, &paid);
    if *last {
        draft = draft.debit(Account::Hold(*id), of(held - taken));
        draft = give_back(draft, hold, taken);
    }
    happened([Event::HoldCaptured(Captured {
        hold: *id,
        capture: *capture,
        payees: payees.clone(),
        paid,
        taken: of(taken),
        last: *last,
        ended: *last || taken == held,
        drawn: drawn(hold, if *last { held } else { taken }),
        entry: draft.entry()?,
    })])
}

fn pay(state: &LedgerState, hold: &Hold, payee: &Payee) -> Result<Paid, Refusal> {
    wallet::may_receive(state, payee.wallet, "payees")?;
    if payee.amount.currency() != hold.currency() {
        return Err(Refusal::WrongCurrency { currency: payee.amount.currency() });
    }
    if payee.tip {
        return Ok(Paid::Tip(Leg { wallet: payee.wallet, amount: payee.amount }));
    }
    let (asked, placed_at) = (&hold.commission, hold.placed_at);
    let agreed = agree(state, placed_at, asked, payee.wallet, hold.currency())?;
    Ok(Paid::Shared(Box::new(agreed.shares(payee.amount, None, payee.amount))))
}

/// What payees and commission come to, in minor units.
fn charged(paid: &[Paid]) -> Result<u64, Refusal> {
    let mut sum = 0_u64;
    for paid in paid {
        let part = match paid {
            Paid::Shared(breakdown) => breakdown.charged(),
            Paid::Tip(leg) => leg.amount,
        };
        sum = sum.checked_add(part.minor()).ok_or(Refusal::AmountTooLarge {})?;
    }
    Ok(sum)
}

/// The part above what is held, as the caller wants it.
fn beyond_the_hold<'a>(
    state: &LedgerState,
    hold: &Hold,
    draft: Draft<'a>,
    above: Money,
    last: bool,
    beyond: Beyond,
) -> Result<Draft<'a>, Refusal> {
    let payer = hold.legs.first().expect("a hold has a leg").wallet;
    let available = i128::from(hold.held());
    match beyond {
        Beyond::Charge if last => {
            wallet::not_frozen(wallet::named(state, payer, "hold")?, "hold")?;
            wallet::has(state, payer, above)?;
            Ok(draft.debit(Account::Wallet(payer), above))
        }
        Beyond::Owe if last => Ok(draft.take_back(payer, above)),
        Beyond::Refuse | Beyond::Charge | Beyond::Owe => {
            let needed = u64::try_from(available).unwrap_or(u64::MAX).checked_add(above.minor());
            let needed = needed.and_then(|minor| Money::from_minor(minor, above.currency()));
            Err(Refusal::AboveHold {
                held: available,
                needed: needed.ok_or(Refusal::AmountTooLarge {})?,
            })
        }
    }
}

fn post<'a>(draft: Draft<'a>, paid: &[Paid]) -> Draft<'a> {
    paid.iter().fold(draft, |draft, paid| match paid {
        Paid::Shared(breakdown) => breakdown.credit_all(draft),
        Paid::Tip(leg) => draft.pay(leg.wallet, leg.amount),
    })
}

/// Credits the payers with what is left of their legs once `taken` more was captured.
fn give_back<'a>(draft: Draft<'a>, hold: &Hold, taken: u64) -> Draft<'a> {
    let mut taken = taken;
    hold.remaining().into_iter().fold(draft, |draft, (wallet, minor)| {
        let drawn = taken.min(minor);
        taken -= drawn;
        draft.pay(wallet, Money::from_minor(minor - drawn, hold.currency()))
    })
}

/// What leaves each leg when so much leaves the hold, the first leg first.
fn drawn(hold: &Hold, minor: u64) -> Vec<Leg> {
    let mut rest = minor;
    let part = |(wallet, left): (WalletId, u64)| {
        let out = rest.min(left);
        rest -= out;
        Money::from_minor(out, hold.currency()).map(|amount| Leg { wallet, amount })
    };
    hold.remaining().into_iter().filter_map(part).collect()
}

/// All that is held, back to the payers.
fn all_back(state: &LedgerState, id: HoldId, hold: &Hold) -> Result<JournalEntry, Refusal> {
    let held = Money::from_minor(hold.held(), hold.currency());
    give_back(Draft::new(state).debit(Account::Hold(id), held), hold, 0).entry()
}

pub(crate) fn decide_void(state: &LedgerState, command: &Void) -> Result<Decided, Refusal> {
    let hold = named(state, command.hold)?;
    match hold.status {
        Status::Placed if hold.held() > 0 => happened([Event::HoldVoided(Voided {
            hold: command.hold,
            reason: command.reason.clone(),
            drawn: drawn(hold, hold.held()),
            entry: all_back(state, command.hold, hold)?,
        })]),
        Status::Voided => Ok(Decided::Already),
        Status::Placed | Status::Captured | Status::Expired => wrong_state(hold),
    }
}

pub(crate) fn decide_expire(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Expire,
) -> Result<Decided, Refusal> {
    let hold = named(state, command.hold)?;
    match hold.status {
        Status::Placed if at < hold.expires_at => Err(Refusal::TooEarly { due: hold.expires_at }),
        Status::Placed => happened([Event::HoldExpired(Expired {
            hold: command.hold,
            drawn: drawn(hold, hold.held()),
            entry: all_back(state, command.hold, hold)?,
        })]),
        Status::Expired => Ok(Decided::Already),
        Status::Captured | Status::Voided => wrong_state(hold),
    }
}

pub(crate) fn evolve_placed(state: &mut LedgerState, event: &Placed) {
    let hold = Hold {
        legs: event.legs.clone(),
        captured: 0,
        captures: Vec::new(),
        placed_at: event.placed_at,
        asked_until: event.expires_at,
        expires_at: event.expires_at,
        commission: event.commission.clone(),
        status: Status::Placed,
    };
    state.holds.insert(event.hold, hold);
    event.legs.iter().for_each(|leg| wallet::begin(state, leg.wallet));
}

pub(crate) fn evolve_increased(state: &mut LedgerState, event: &Increased) {
    state.holds.modify(event.hold, |hold| hold.legs.clone_from(&event.legs));
}

pub(crate) fn evolve_extended(state: &mut LedgerState, event: &Extended) {
    state.holds.modify(event.hold, |hold| hold.expires_at = event.expires_at);
}

pub(crate) fn evolve_captured(state: &mut LedgerState, event: &Captured) {
    state.holds.modify(event.hold, |hold| {
        hold.captured += event.taken.map_or(0, Money::minor);
        hold.captures.push((event.capture, event.payees.clone(), event.last));
    });
    if event.ended {
        end(state, event.hold, Status::Captured);
    }
}

pub(crate) fn evolve_voided(state: &mut LedgerState, event: &Voided) {
    end(state, event.hold, Status::Voided);
}

pub(crate) fn evolve_expired(state: &mut LedgerState, event: &Expired) {
    end(state, event.hold, Status::Expired);
}

fn end(state: &mut LedgerState, id: HoldId, status: Status) {
    state.holds.modify(id, |hold| hold.status = status);
    let legs = state.holds.get(&id).map(|hold| hold.legs.clone()).unwrap_or_default();
    legs.iter().for_each(|leg| wallet::end(state, leg.wallet));
}

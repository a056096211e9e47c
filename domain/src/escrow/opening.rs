//! Agreeing terms and funding them, or giving them up.

use chrono::{DateTime, Utc};

use super::commands::{Cancel, ExpireFunding, Fund, MILESTONES_MOST, Milestone, More, Open};
use super::events::{Canceled, Funded, Opened, Terms};
use super::state::{Escrow, Named, Part, Status, escrow, named};
use crate::actor::Actor;
use crate::chart::Account;
use crate::commission::{Agreed, agree};
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::{EscrowId, PayinId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::wallet;

pub(crate) fn decide_open(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Open,
) -> Result<Decided, Refusal> {
    let Open { escrow: id, buyer, seller, amount, inspection_s, more } = command;
    let more = more.as_deref().cloned().unwrap_or_default();
    if let Some(known) = state.escrows.get(id) {
        wallet::theirs(state, actor, known.buyer, "escrow")?;
        return same_terms(known, command, &more);
    }
    wallet::may_spend(state, actor, at, *buyer, "buyer", *amount)?;
    if buyer == seller {
        return Err(Refusal::SameWallet { field: "seller" });
    }
    wallet::may_receive(state, *seller, "seller")?;
    check_dates(at, &more)?;
    check_milestones(*amount, &more)?;
    let settings = state.settings()?;
    let agreed = agree(state, at, &more.commission, *seller, amount.currency())?;
    let usual = Agreed::from_rate(settings.commission, *seller);
    let terms = Terms {
        buyer: *buyer,
        seller: *seller,
        amount: *amount,
        inspection_s: inspection_s.unwrap_or(settings.inspection_s),
        commission: settings.commission,
        agreed: (agreed != usual).then(|| Box::new(agreed)),
        milestones: more.milestones,
        deliver_by: more.deliver_by,
        fund_by: more.fund_by,
        arbiter: more.arbiter,
    };
    let opened = Escrow::from_terms(&terms);
    let mut events = vec![Event::EscrowOpened(Opened { escrow: *id, terms })];
    if opened.fund_by.is_none() {
        wallet::has(state, *buyer, charged(&opened, opened.numbers())?)?;
        events.extend(opened.numbers().map(|number| fund(*id, &opened, number, None)));
    }
    happened_all(events)
}

fn happened_all(events: Vec<Event>) -> Result<Decided, Refusal> {
    Ok(Decided::Happened(events))
}

fn check_dates(at: DateTime<Utc>, more: &More) -> Result<(), Refusal> {
    let past = |date: Option<DateTime<Utc>>| date.is_some_and(|date| date <= at);
    let allowed = "an instant that is to come";
    if past(more.fund_by) {
        return Err(Refusal::InvalidSetting { field: "fundBy", allowed });
    }
    if past(more.deliver_by) || more.milestones.iter().any(|it| past(it.deliver_by)) {
        return Err(Refusal::InvalidSetting { field: "deliverBy", allowed });
    }
    Ok(())
}

fn check_milestones(amount: Money, more: &More) -> Result<(), Refusal> {
    if more.milestones.is_empty() {
        return Ok(());
    }
    let allowed = "at most 50, in the escrow's currency, that sum to its amount";
    let bad = Refusal::InvalidSetting { field: "milestones", allowed };
    let of = |sum: u64, it: &Milestone| {
        sum.checked_add(it.amount.minor()).filter(|_| it.amount.currency() == amount.currency())
    };
    let sum = more.milestones.iter().try_fold(0, of);
    if more.milestones.len() > MILESTONES_MOST || sum != Some(amount.minor()) {
        return Err(bad);
    }
    if more.deliver_by.is_some() {
        let allowed = "given with each milestone, where there are some";
        return Err(Refusal::InvalidSetting { field: "deliverBy", allowed });
    }
    Ok(())
}

impl Escrow {
    /// The terms, before anything happened.
    pub(super) fn from_terms(terms: &Terms) -> Self {
        let usual = || Agreed::from_rate(terms.commission, terms.seller);
        let whole = Milestone { amount: terms.amount, deliver_by: terms.deliver_by };
        let numbered = !terms.milestones.is_empty();
        let parts = if numbered { terms.milestones.clone() } else { vec![whole] };
        let part = |it: Milestone| Part {
            amount: it.amount,
            promised: it.deliver_by,
            status: Status::AwaitingFunds,
            released: 0,
            refunded: 0,
            returned: 0,
            payin: None,
            offer: None,
        };
        Self {
            buyer: terms.buyer,
            seller: terms.seller,
            amount: terms.amount,
            inspection_s: terms.inspection_s,
            agreed: terms.agreed.as_deref().cloned().unwrap_or_else(usual),
            fund_by: terms.fund_by,
            arbiter: terms.arbiter.clone(),
            numbered,
            parts: parts.into_iter().map(part).collect(),
        }
    }
}

fn same_terms(known: &Escrow, asked: &Open, more: &More) -> Result<Decided, Refusal> {
    let agreed: Vec<_> = known
        .parts
        .iter()
        .map(|part| Milestone { amount: part.amount, deliver_by: part.promised })
        .collect();
    let milestones = if known.numbered { agreed.clone() } else { Vec::new() };
    let deliver_by = agreed.first().filter(|_| !known.numbered).and_then(|it| it.deliver_by);
    let rule = more.commission.rule.as_ref();
    let differs = [
        (known.buyer != asked.buyer, "buyer"),
        (known.seller != asked.seller, "seller"),
        (known.amount.currency() != asked.amount.currency(), "currency"),
        (known.amount != asked.amount, "amount"),
        (asked.inspection_s.is_some_and(|span| span != known.inspection_s), "inspectionSeconds"),
        (rule.is_some_and(|rule| *rule != known.agreed.rule), "commission"),
        (milestones != more.milestones, "milestones"),
        (deliver_by != more.deliver_by, "deliverBy"),
        (known.fund_by != more.fund_by, "fundBy"),
        (known.arbiter != more.arbiter, "arbiter"),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// What the buyer brings for these parts: their amounts, and the commission where the buyer bears
/// it.
fn charged(escrow: &Escrow, numbers: impl Iterator<Item = Option<u16>>) -> Result<Money, Refusal> {
    let parts = numbers.filter_map(|number| escrow.part(number));
    let sum = parts
        .map(|part| escrow.agreed.charged(part.amount).minor())
        .try_fold(0_u64, u64::checked_add)
        .and_then(|minor| Money::from_minor(minor, escrow.amount.currency()));
    sum.ok_or(Refusal::AmountTooLarge {})
}

/// Puts a part's money aside, out of the buyer's wallet.
fn fund(id: EscrowId, escrow: &Escrow, milestone: Option<u16>, payin: Option<PayinId>) -> Event {
    let part = escrow.part(milestone).expect("a number of its own");
    let named = Named { id, milestone, escrow, part };
    let brought = escrow.agreed.charged(part.amount);
    let entry = JournalEntry::transfer(Account::Wallet(escrow.buyer), named.account(), brought);
    let deliver_by = part.promised;
    Event::EscrowFunded(Funded { escrow: id, milestone, payin, deliver_by, entry })
}

/// The parts that await their funds: the one named, or all of them.
fn awaiting(escrow: &Escrow, milestone: Option<u16>) -> Vec<Option<u16>> {
    let meant = |number: &Option<u16>| milestone.is_none() || *number == milestone;
    let awaits = |number: &Option<u16>| {
        escrow.part(*number).is_some_and(|part| part.status == Status::AwaitingFunds)
    };
    escrow.numbers().filter(meant).filter(awaits).collect()
}

/// Whether it can still be funded: the timer may be late.
fn in_time(escrow: &Escrow, at: DateTime<Utc>) -> bool {
    escrow.fund_by.is_none_or(|until| at < until)
}

pub(crate) fn decide_fund(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &Fund,
) -> Result<Decided, Refusal> {
    let id = command.escrow;
    let known = escrow(state, id)?;
    wallet::theirs(state, actor, known.buyer, "escrow")?;
    if command.milestone.is_some() {
        let named = named(state, id, command.milestone)?;
        match named.part.status {
            Status::AwaitingFunds => {}
            Status::Canceled => return Err(named.wrong_state()),
            Status::Funded { .. }
            | Status::Delivered { .. }
            | Status::Disputed { .. }
            | Status::Released
            | Status::Refunded
            | Status::Settled => return Ok(Decided::Already),
        }
    }
    let numbers = awaiting(known, command.milestone);
    if numbers.is_empty() {
        let canceled = known.status() == Status::Canceled;
        let state = Status::Canceled.as_str();
        return if canceled { Err(Refusal::WrongState { state }) } else { Ok(Decided::Already) };
    }
    if !in_time(known, at) {
        return Err(Refusal::WrongState { state: Status::Canceled.as_str() });
    }
    let brought = charged(known, numbers.iter().copied())?;
    wallet::may_spend(state, actor, at, known.buyer, "escrow", brought)?;
    wallet::may_receive(state, known.seller, "escrow")?;
    wallet::has(state, known.buyer, brought)?;
    happened_all(numbers.into_iter().map(|number| fund(id, known, number, None)).collect())
}

/// Whether a pay-in may be begun for it: of exactly what it awaits.
pub(crate) fn may_be_paid(
    state: &LedgerState,
    id: EscrowId,
    milestone: Option<u16>,
) -> Result<(), Refusal> {
    let known = state.escrows.get(&id).ok_or(Refusal::NotFound { field: "target" })?;
    if milestone.is_some() && known.part(milestone).is_none() {
        return Err(Refusal::NotFound { field: "target" });
    }
    if awaiting(known, milestone).is_empty() {
        return Err(Refusal::WrongState { state: known.status().as_str() });
    }
    Ok(())
}

/// Funds it with money that has just reached a wallet, if it still wants exactly that of it.
pub(crate) fn pay(
    state: &LedgerState,
    at: DateTime<Utc>,
    paid: &crate::payin::targets::Paid,
    id: EscrowId,
    milestone: Option<u16>,
) -> Vec<Event> {
    let Some(known) = state.escrows.get(&id) else { return Vec::new() };
    let numbers = awaiting(known, milestone);
    let wants = charged(known, numbers.iter().copied());
    if paid.payer != known.buyer || !in_time(known, at) || wants != Ok(paid.amount) {
        return Vec::new();
    }
    numbers.into_iter().map(|number| fund(id, known, number, Some(paid.payin))).collect()
}

pub(crate) fn decide_cancel(
    state: &LedgerState,
    actor: &Actor,
    command: &Cancel,
) -> Result<Decided, Refusal> {
    let known = escrow(state, command.escrow)?;
    wallet::theirs(state, actor, known.buyer, "escrow")
        .or_else(|_| wallet::theirs(state, actor, known.seller, "escrow"))?;
    cancel(command.escrow, known, false)
}

pub(crate) fn decide_expire_funding(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &ExpireFunding,
) -> Result<Decided, Refusal> {
    let known = escrow(state, command.escrow)?;
    match known.fund_by {
        Some(due) if at < due => Err(Refusal::TooEarly { due }),
        // All of it was funded, or what was not is given up before.
        _ if awaiting(known, None).is_empty() => Ok(Decided::Already),
        _ => cancel(command.escrow, known, true),
    }
}

fn cancel(id: EscrowId, known: &Escrow, overdue: bool) -> Result<Decided, Refusal> {
    let numbers = awaiting(known, None);
    if numbers.is_empty() {
        let canceled = known.parts.iter().any(|part| part.status == Status::Canceled);
        let state = known.status().as_str();
        return if canceled { Ok(Decided::Already) } else { Err(Refusal::WrongState { state }) };
    }
    let milestones = numbers.into_iter().flatten().collect();
    happened([Event::EscrowCanceled(Canceled { escrow: id, milestones, overdue })])
}

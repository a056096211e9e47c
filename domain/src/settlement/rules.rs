//! The rules of settlements.

use chrono::{DateTime, Utc};

use super::{CURRENCIES_MOST, Moved, Record, Recorded, Reverse, Reversed, Settlement, Sum};
use crate::actor::Asker;
use crate::chart::Account;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::journal::{JournalEntry, Posting, Side};
use crate::money::Money;
use crate::period;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Provider;

pub(crate) fn decide_record(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Record,
) -> Result<Decided, Refusal> {
    let Record { settlement, provider, object, sums, value_date, items } = command;
    let entry = entry(*provider, sums)?;
    let by_object = || state.settlements.get(state.settled.get(&(*provider, object.clone()))?);
    if let Some(known) = state.settlements.get(settlement).or_else(by_object) {
        if known.reversed.is_some() {
            return Err(Refusal::WrongState { state: known.status() });
        }
        return same(&[
            (known.provider != *provider, "provider"),
            (known.object != *object, "providerObject"),
            (known.entry != entry, "sums"),
            (known.value_date != *value_date, "valueDate"),
            (known.items != *items, "items"),
        ]);
    }
    for posting in entry.postings() {
        four_eyes::needed(state, asker, posting.money)?;
    }
    let dated = period::dated_as(state, at, Some(*value_date), "valueDate")?;
    happened([Event::SettlementRecorded(Recorded {
        settlement: *settlement,
        provider: *provider,
        object: object.clone(),
        value_date: *value_date,
        items: *items,
        entry,
        dated,
    })])
}

fn same(differs: &[(bool, &'static str)]) -> Result<Decided, Refusal> {
    match differs.iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

const fn invalid(field: &'static str, allowed: &'static str) -> Refusal {
    Refusal::InvalidSetting { field, allowed }
}

/// The one entry of all currencies: what is debited first.
fn entry(provider: Provider, sums: &[Sum]) -> Result<JournalEntry, Refusal> {
    if sums.is_empty() || sums.len() > CURRENCIES_MOST {
        return Err(invalid("sums", "given for 1 to 32 currencies"));
    }
    let (mut debits, mut credits, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for sum in sums {
        let currency = checked(sum)?;
        if seen.contains(&currency) {
            return Err(invalid("sums", "given once for each currency"));
        }
        seen.push(currency);
        let mut post = |account, side, money| {
            let list = if side == Side::Debit { &mut debits } else { &mut credits };
            list.push(Posting { account, side, money });
        };
        match sum.net {
            Some(Moved::ToBank(money)) => post(Account::Bank, Side::Debit, money),
            Some(Moved::FromBank(money)) => post(Account::Bank, Side::Credit, money),
            None => {}
        }
        if let Some(fee) = sum.fee {
            post(Account::ProviderFees, Side::Debit, fee);
        }
        match sum.gross {
            Some(Moved::ToBank(money)) => post(Account::Clearing(provider), Side::Credit, money),
            Some(Moved::FromBank(money)) => post(Account::Clearing(provider), Side::Debit, money),
            None => {}
        }
    }
    debits.extend(credits);
    JournalEntry::try_new(debits).map_err(|_| Refusal::AmountTooLarge {})
}

/// The currency of a sum whose net is its gross less its fee.
fn checked(sum: &Sum) -> Result<Currency, Refusal> {
    let given = [sum.gross.map(Moved::money), sum.fee, sum.net.map(Moved::money)];
    let mut currencies = given.into_iter().flatten().map(Money::currency);
    let Some(currency) = currencies.next() else {
        return Err(invalid("sums", "of more than nothing"));
    };
    if currencies.any(|other| other != currency) {
        return Err(invalid("sums", "each of one currency"));
    }
    let minor = |moved: Option<Moved>| moved.map_or(0, Moved::minor);
    let fee = sum.fee.map_or(0, |fee| i128::from(fee.minor()));
    if minor(sum.gross) - fee != minor(sum.net) {
        return Err(invalid("sums.net", "the gross amount less the fee"));
    }
    Ok(currency)
}

pub(crate) fn decide_reverse(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Reverse,
) -> Result<Decided, Refusal> {
    let Reverse { settlement, reason, effective } = command;
    let known = state.settlements.get(settlement);
    let known = known.ok_or(Refusal::NotFound { field: "settlement" })?;
    if let Some((why, day)) = &known.reversed {
        return same(&[(why != reason, "reason"), (day != effective, "effectiveDate")]);
    }
    let (mut debits, mut credits) = (Vec::new(), Vec::new());
    for Posting { account, side, money } in known.entry.postings() {
        four_eyes::needed(state, asker, *money)?;
        let (account, money) = (*account, *money);
        match side {
            Side::Debit => credits.push(Posting { account, side: Side::Credit, money }),
            Side::Credit => debits.push(Posting { account, side: Side::Debit, money }),
        }
    }
    debits.extend(credits);
    let entry = JournalEntry::try_new(debits).map_err(|_| Refusal::AmountTooLarge {})?;
    happened([Event::SettlementReversed(Reversed {
        settlement: *settlement,
        provider: known.provider,
        object: known.object.clone(),
        reason: reason.clone(),
        entry,
        dated: period::dated(state, at, *effective)?,
    })])
}

pub(crate) fn evolve_recorded(state: &mut LedgerState, event: &Recorded) {
    let Recorded { settlement, provider, object, value_date, items, entry, dated: _ } = event;
    state.settled.insert((*provider, object.clone()), *settlement);
    let known = Settlement {
        provider: *provider,
        object: object.clone(),
        value_date: *value_date,
        items: *items,
        entry: entry.clone(),
        reversed: None,
    };
    state.settlements.insert(*settlement, known);
}

pub(crate) fn evolve_reversed(state: &mut LedgerState, event: &Reversed) {
    // The payout may be recorded again, as it was.
    state.settled.remove((event.provider, event.object.clone()));
    let (reason, day) = (event.reason.clone(), event.dated.map(|it| it.effective));
    state.settlements.modify(event.settlement, |known| known.reversed = Some((reason, day)));
}

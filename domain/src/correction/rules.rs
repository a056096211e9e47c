//! The rules of corrections.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Adjust, Adjusted, Correction, ImportOpening, OpeningImported, POSTINGS_MOST, Reverse, Reversed,
};
use crate::actor::Asker;
use crate::chart::Account;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::{CorrectionId, Revision};
use crate::journal::{Draft, EntryError, JournalEntry, Posting, Side};
use crate::money::Money;
use crate::period::{self, Dated};
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

/// The types of events whose entries no lifecycle stands on.
const REVERSIBLE: [&str; 3] =
    ["transfer.completed.v1", "adjustment.posted.v1", "opening.imported.v1"];

pub(crate) fn decide_adjust(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Adjust,
) -> Result<Decided, Refusal> {
    let Adjust { correction, postings, reason, effective } = command;
    if let Some(known) = state.corrections.get(correction) {
        let differs = [
            (known.of.is_some(), "correction"),
            (known.entry.postings() != postings, "postings"),
            (known.reason.as_ref() != Some(reason), "reason"),
            (known.effective != *effective, "effectiveDate"),
        ];
        return same(&differs);
    }
    if asker.proposed_by.is_none() {
        return Err(Refusal::FourEyesNeeded {});
    }
    let entry = entry(postings.clone())?;
    may_post(state, &entry)?;
    let dated = period::dated(state, at, *effective)?;
    let (correction, reason) = (*correction, reason.clone());
    happened([Event::AdjustmentPosted(Adjusted { correction, reason, entry, dated })])
}

/// Why balances from elsewhere would not be brought now; an account that is not there yet is no
/// reason, since what brings them may open it first. It has nothing then, and every other rule holds.
///
/// # Errors
/// As bringing them.
pub fn may_import(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &ImportOpening,
) -> Result<(), Refusal> {
    let may_touch = |account| match may_touch(state, account, "postings") {
        Err(Refusal::NotFound { .. }) => Ok(()),
        judged => judged,
    };
    import(state, at, command, may_touch)?;
    Ok(())
}

pub(crate) fn decide_import(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &ImportOpening,
) -> Result<Decided, Refusal> {
    import(state, at, command, |account| may_touch(state, account, "postings"))
}

/// Brings balances into accounts that `may_touch` lets it.
fn import(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &ImportOpening,
    may_touch: impl Fn(Account) -> Result<(), Refusal>,
) -> Result<Decided, Refusal> {
    let ImportOpening { correction, postings, effective, reference } = command;
    if postings.iter().any(|posting| posting.account == Account::Opening) {
        let allowed = "accounts other than equity:opening, which takes the difference";
        return Err(Refusal::InvalidSetting { field: "postings", allowed });
    }
    let entry = entry(with_difference(postings)?)?;
    if let Some(known) = state.corrections.get(correction) {
        let differs = [
            (known.of.is_some() || known.reason.is_some(), "correction"),
            (known.entry != entry, "postings"),
            (known.effective != *effective, "effectiveDate"),
            (known.reference != *reference, "reference"),
        ];
        return match known.taken_back {
            Some(by) => Err(Refusal::AlreadyReversed { by }),
            None => same(&differs),
        };
    }
    let settings = state.settings()?;
    for posting in entry.postings() {
        settings.takes(posting.money.currency())?;
        may_touch(posting.account)?;
    }
    stays_above(state, &entry)?;
    let dated = period::dated(state, at, *effective)?;
    if reference.is_some() {
        may_open(state, &entry, dated)?;
    }
    let (correction, reference) = (*correction, reference.clone());
    happened([Event::OpeningImported(OpeningImported { correction, reference, entry, dated })])
}

/// The accounts of an opening balance, apart from equity:opening.
fn opened(entry: &JournalEntry) -> impl Iterator<Item = (Account, Currency)> {
    let postings = entry.postings().iter().filter(|it| it.account != Account::Opening);
    postings.map(|it| (it.account, it.money.currency()))
}

/// Whether these balances are brought for the first time, into a month that is open.
fn may_open(
    state: &LedgerState,
    entry: &JournalEntry,
    dated: Option<Dated>,
) -> Result<(), Refusal> {
    if dated.is_some_and(|dated| dated.posting != dated.effective) {
        let allowed = "a day of a month that is not closed";
        return Err(Refusal::InvalidSetting { field: "effectiveDate", allowed });
    }
    match opened(entry).find(|book| state.openings.get(book).is_some()) {
        Some((account, currency)) => Err(Refusal::OpenedBefore { account, currency }),
        None => Ok(()),
    }
}

fn same(differs: &[(bool, &'static str)]) -> Result<Decided, Refusal> {
    match differs.iter().find(|(differs, _)| *differs) {
        Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
        None => Ok(Decided::Already),
    }
}

/// The postings, and for each currency what they lack, on equity:opening.
fn with_difference(postings: &[Posting]) -> Result<Vec<Posting>, Refusal> {
    let mut sums = BTreeMap::<Currency, i128>::new();
    for posting in postings {
        let minor = i128::from(posting.money.minor());
        *sums.entry(posting.money.currency()).or_default() +=
            if posting.side == Side::Credit { minor } else { -minor };
    }
    let mut postings = postings.to_vec();
    for (currency, credits) in sums {
        let minor =
            u64::try_from(credits.unsigned_abs()).map_err(|_| Refusal::AmountTooLarge {})?;
        let side = if credits > 0 { Side::Debit } else { Side::Credit };
        if let Some(money) = Money::from_minor(minor, currency) {
            let place = if side == Side::Debit { 0 } else { postings.len() };
            postings.insert(place, Posting { account: Account::Opening, side, money });
        }
    }
    Ok(postings)
}

fn entry(postings: Vec<Posting>) -> Result<JournalEntry, Refusal> {
    if postings.len() > POSTINGS_MOST {
        let allowed = "at most 1000 postings";
        return Err(Refusal::InvalidSetting { field: "postings", allowed });
    }
    JournalEntry::try_new(postings).map_err(|error| match error {
        EntryError::Empty => {
            Refusal::InvalidSetting { field: "postings", allowed: "at least two postings" }
        }
        EntryError::Unbalanced { currency, difference } => {
            Refusal::Unbalanced { currency, difference }
        }
    })
}

/// Whether an entry by hand may touch an account at all.
pub(crate) fn may_touch(
    state: &LedgerState,
    account: Account,
    field: &'static str,
) -> Result<(), Refusal> {
    match account {
        Account::Hold(_)
        | Account::Escrow(_)
        | Account::Milestone(..)
        | Account::Order(_)
        | Account::Withdrawal(_)
        | Account::Refund(_)
        | Account::Chargeback(_) => Err(Refusal::NotByHand { account }),
        Account::Wallet(id)
        | Account::Pending(id)
        | Account::Reserve(id)
        | Account::Receivable(id) => wallet::may_receive(state, id, field),
        Account::Clearing(_)
        | Account::Suspense(_)
        | Account::Bank
        | Account::Commission
        | Account::Fees
        | Account::SubscriptionRevenue
        | Account::UsageRevenue
        | Account::Deferred
        | Account::ProviderFees
        | Account::Promotions
        | Account::Disputes
        | Account::Adjustments
        | Account::BadDebt
        | Account::Tax(_)
        | Account::Exchange(_)
        | Account::Opening => Ok(()),
    }
}

/// Whether an entry by hand may touch what it touches, and leaves no account where it cannot be.
fn may_post(state: &LedgerState, entry: &JournalEntry) -> Result<(), Refusal> {
    for posting in entry.postings() {
        may_touch(state, posting.account, "postings")?;
    }
    stays_above(state, entry)
}

/// Whether an entry leaves no account below nothing that can never be there.
fn stays_above(state: &LedgerState, entry: &JournalEntry) -> Result<(), Refusal> {
    let mut changes = BTreeMap::<(Account, Currency), i128>::new();
    for posting in entry.postings() {
        let account = posting.account;
        let minor = i128::from(posting.money.minor());
        let grows = posting.side == account.class().normal_side();
        *changes.entry((account, posting.money.currency())).or_default() +=
            if grows { minor } else { -minor };
    }
    for ((account, currency), change) in changes {
        let before = state.books.balance(account, currency);
        // A party's money, what it owes, and what came in unmatched are never less than nothing.
        let never_below = account.party().is_some() || matches!(account, Account::Suspense(_));
        if never_below && change < 0 && before + change < 0 {
            let needed = u64::try_from(-change).ok().and_then(|it| Money::from_minor(it, currency));
            let needed = needed.ok_or(Refusal::AmountTooLarge {})?;
            return Err(Refusal::InsufficientFunds { available: before, needed });
        }
    }
    Ok(())
}

pub(crate) fn decide_reverse(
    state: &LedgerState,
    asker: &Asker<'_>,
    at: DateTime<Utc>,
    command: &Reverse,
) -> Result<Decided, Refusal> {
    let Reverse { correction, of, kind, entry, reason, into_debt, effective } = command;
    if let Some(known) = state.corrections.get(correction) {
        let differs = [
            (known.of != Some(*of), "revision"),
            (known.reason.as_ref() != Some(reason), "reason"),
            (known.effective != *effective, "effectiveDate"),
        ];
        return same(&differs);
    }
    if !REVERSIBLE.contains(&kind.as_str()) {
        return Err(Refusal::NotReversible { kind: kind.clone() });
    }
    if let Some(by) = state.reversed.get(of) {
        return Err(Refusal::AlreadyReversed { by: *by });
    }
    for posting in entry.postings() {
        four_eyes::needed(state, asker, posting.money)?;
        if let Some(id) = posting.account.party() {
            wallet::may_receive(state, id, "revision")?;
        }
    }
    if !into_debt {
        still_has(state, entry)?;
    }
    let mut draft = Draft::new(state);
    // What takes from wallets first, so that what they owe then is known when they are paid.
    for posting in entry.postings().iter().filter(|posting| posting.side == Side::Credit) {
        draft = match posting.account.wallet() {
            Some(id) => draft.take_back(id, posting.money),
            None => draft.debit(posting.account, posting.money),
        };
    }
    for posting in entry.postings().iter().filter(|posting| posting.side == Side::Debit) {
        draft = match posting.account.wallet() {
            Some(id) => draft.pay(id, posting.money),
            None => draft.credit(posting.account, posting.money),
        };
    }
    let opening = opening_of(state, command);
    let entry = draft.entry()?;
    let dated = period::dated(state, at, *effective)?;
    let (correction, of, reason) = (*correction, *of, reason.clone());
    happened([Event::EntryReversed(Reversed { correction, of, opening, reason, entry, dated })])
}

/// The opening balance that is taken back, if its accounts' balances are brought once.
fn opening_of(state: &LedgerState, command: &Reverse) -> Option<CorrectionId> {
    if command.kind != "opening.imported.v1" {
        return None;
    }
    let id = opened(&command.entry).find_map(|book| state.openings.get(&book))?;
    let is_it = state.corrections.get(id).is_some_and(|known| known.entry == command.entry);
    is_it.then_some(*id)
}

/// Whether every wallet still has what the entry brought it.
fn still_has(state: &LedgerState, entry: &JournalEntry) -> Result<(), Refusal> {
    let mut brought = BTreeMap::<(Account, Currency), i128>::new();
    for posting in entry.postings().iter().filter(|posting| posting.account.wallet().is_some()) {
        let minor = i128::from(posting.money.minor());
        let change = if posting.side == Side::Credit { minor } else { -minor };
        *brought.entry((posting.account, posting.money.currency())).or_default() += change;
    }
    for ((account, currency), minor) in brought {
        let available = state.books.balance(account, currency);
        if minor > 0 && available < minor {
            let needed = u64::try_from(minor).ok().and_then(|it| Money::from_minor(it, currency));
            let needed = needed.ok_or(Refusal::AmountTooLarge {})?;
            return Err(Refusal::InsufficientFunds { available, needed });
        }
    }
    Ok(())
}

/// A correction that nothing was brought by.
const fn known(
    of: Option<Revision>,
    reason: Option<Code>,
    entry: JournalEntry,
    dated: Option<Dated>,
) -> Correction {
    let effective = match dated {
        Some(dated) => Some(dated.effective),
        None => None,
    };
    Correction { of, reason, entry, effective, reference: None, taken_back: None }
}

pub(crate) fn evolve_adjusted(state: &mut LedgerState, event: &Adjusted) {
    let correction = known(None, Some(event.reason.clone()), event.entry.clone(), event.dated);
    state.corrections.insert(event.correction, correction);
}

pub(crate) fn evolve_imported(state: &mut LedgerState, event: &OpeningImported) {
    let correction = known(None, None, event.entry.clone(), event.dated);
    let correction = Correction { reference: event.reference.clone(), ..correction };
    state.corrections.insert(event.correction, correction);
    if event.reference.is_some() {
        for book in opened(&event.entry) {
            state.openings.insert(book, event.correction);
        }
    }
}

pub(crate) fn evolve_reversed(state: &mut LedgerState, event: &Reversed) {
    let (of, reason) = (Some(event.of), Some(event.reason.clone()));
    let correction = known(of, reason, event.entry.clone(), event.dated);
    state.corrections.insert(event.correction, correction);
    state.reversed.insert(event.of, event.correction);
    let brought = event.opening.and_then(|id| Some((id, state.corrections.get(&id)?)));
    let Some((id, brought)) = brought else { return };
    let books: Vec<_> = opened(&brought.entry).collect();
    for book in books {
        state.openings.remove(book);
    }
    state.corrections.modify(id, |brought| brought.taken_back = Some(event.correction));
}

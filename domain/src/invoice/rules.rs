//! The rules of invoices.

use chrono::{DateTime, Utc};

use super::desk::{Desk, paid_with_its_period, total, voided};
use super::{
    About, Credit, Invoice, Issue, Issued, LINES_MOST, Line, NoteIssued, Ordered, Paid, Party,
    PayInvoice, RecordPaid, Series, Status, TaxPart, Void, Voided,
};
use crate::actor::{Actor, Asker};
use crate::chart::Account;
use crate::commission::Placed;
use crate::commission::rounding::half_even;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::four_eyes;
use crate::ids::InvoiceId;
use crate::journal::{Draft, JournalEntry};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::subscription::{self, Source};
use crate::wallet;

fn named(state: &LedgerState, id: InvoiceId) -> Result<&Invoice, Refusal> {
    state.invoices.get(&id).ok_or(Refusal::NotFound { field: "invoice" })
}

fn line(asked: &Ordered) -> Line {
    let tax = asked.tax.and_then(|tax| TaxPart::of(tax, asked.price));
    let inside = asked.tax.is_some_and(|tax| tax.placed == Placed::Inside);
    let less = tax.filter(|_| inside).map_or(0, |tax| tax.amount.minor());
    let net = Money::from_minor(asked.price.minor() - less, asked.price.currency());
    Line { what: asked.what.clone(), quantity: asked.quantity, net, tax }
}

pub(crate) fn decide_issue(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Issue,
) -> Result<Decided, Refusal> {
    let Issue { invoice, wallet, lines, due_at, reference } = command;
    let lines: Vec<_> = lines.iter().map(line).collect();
    let about = About::Other { reference: reference.clone() };
    if let Some(known) = state.invoices.get(invoice) {
        let differs = [
            (known.wallet != *wallet, "wallet"),
            (known.lines != lines, "lines"),
            (known.due_at != Some(*due_at), "dueAt"),
            (known.about != about, "reference"),
        ];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    wallet::may_receive(state, *wallet, "wallet")?;
    if lines.is_empty() || lines.len() > LINES_MOST {
        return Err(Refusal::InvalidSetting { field: "lines", allowed: "1 to 100 lines" });
    }
    if *due_at <= at {
        let allowed = "an instant that is to come";
        return Err(Refusal::InvalidSetting { field: "dueAt", allowed });
    }
    if let Some(total) = total(&lines)? {
        state.settings()?.takes(total.currency())?;
    }
    let mut desk = Desk::new(state);
    desk.invoice(*invoice, Party::Platform, *wallet, about, lines, Some(*due_at))?;
    Ok(Decided::Happened(desk.issued()))
}

pub(crate) fn decide_pay(
    state: &LedgerState,
    actor: &Actor,
    at: DateTime<Utc>,
    command: &PayInvoice,
) -> Result<Decided, Refusal> {
    let invoice = named(state, command.invoice)?;
    wallet::theirs(state, actor, invoice.wallet, "invoice")?;
    if invoice.status == Status::Open {
        wallet::may_spend(state, actor, at, invoice.wallet, "invoice", left(invoice)?)?;
    }
    pay(state, at, command.invoice, invoice, Source::Wallet)
}

pub(crate) fn decide_record_paid(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &RecordPaid,
) -> Result<Decided, Refusal> {
    let invoice = named(state, command.invoice)?;
    pay(state, at, command.invoice, invoice, Source::Bank)
}

/// What of an invoice is still to be paid, or could still be given back.
fn left(invoice: &Invoice) -> Result<Money, Refusal> {
    let minor = invoice.total.minor() - invoice.credited;
    let none = Refusal::WrongState { state: "credited" };
    Money::from_minor(minor, invoice.total.currency()).ok_or(none)
}

fn pay(
    state: &LedgerState,
    at: DateTime<Utc>,
    id: InvoiceId,
    invoice: &Invoice,
    source: Source,
) -> Result<Decided, Refusal> {
    match invoice.status {
        Status::Open => {}
        Status::Paid => return Ok(Decided::Already),
        Status::Voided => return Err(Refusal::WrongState { state: invoice.status.as_str() }),
    }
    if let About::Period { subscription, .. } = invoice.about {
        let paid = subscription::pay_period_invoice(state, at, subscription, id, source)?;
        let Decided::Happened(mut events) = paid else { return Ok(paid) };
        events.push(paid_with_its_period(id));
        return Ok(Decided::Happened(events));
    }
    let left = left(invoice)?;
    let from = match source {
        Source::Wallet | Source::Payin(_) => {
            wallet::has(state, invoice.wallet, left)?;
            Account::Wallet(invoice.wallet)
        }
        Source::Bank => Account::Bank,
    };
    let draft = Draft::new(state).debit(from, left);
    let entry = credit(draft, invoice, 0, left.minor()).entry()?;
    happened([Event::InvoicePaid(Paid { invoice: id, entry: Some(entry) })])
}

/// The tax in the part of an invoice from `before` on that is `now` large, rounded cumulatively.
fn tax_of(invoice: &Invoice, line: &Line, before: u64, now: u64) -> Option<(Account, Money)> {
    let tax = line.tax?;
    let (whole, total) = (tax.amount.minor(), invoice.total.minor());
    let up_to = |minor: u64| half_even(whole, minor, total);
    let minor = up_to(before.saturating_add(now)).saturating_sub(up_to(before));
    Some((Account::Tax(tax.code), Money::from_minor(minor, tax.amount.currency())?))
}

/// Credits what a part of an invoice is for: its taxes, and the revenue of the rest.
fn credit<'a>(draft: Draft<'a>, invoice: &Invoice, before: u64, now: u64) -> Draft<'a> {
    let mut rest = now;
    let mut draft = draft;
    for (account, tax) in invoice.lines.iter().filter_map(|line| tax_of(invoice, line, before, now))
    {
        let tax = Money::from_minor(tax.minor().min(rest), tax.currency());
        rest -= tax.map_or(0, Money::minor);
        draft = draft.credit(account, tax);
    }
    draft.credit(revenue(invoice), Money::from_minor(rest, invoice.total.currency()))
}

const fn revenue(invoice: &Invoice) -> Account {
    match invoice.about {
        About::Usage { .. } => Account::UsageRevenue,
        About::Period { .. } => Account::SubscriptionRevenue,
        About::Other { .. } => Account::Fees,
    }
}

pub(crate) fn decide_void(state: &LedgerState, command: &Void) -> Result<Decided, Refusal> {
    let invoice = named(state, command.invoice)?;
    if matches!(invoice.about, About::Period { .. }) {
        let allowed = "canceled with its subscription";
        return Err(Refusal::InvalidSetting { field: "invoice", allowed });
    }
    match invoice.status {
        Status::Open => happened([voided(command.invoice)]),
        Status::Voided => Ok(Decided::Already),
        Status::Paid => Err(Refusal::WrongState { state: invoice.status.as_str() }),
    }
}

pub(crate) fn decide_credit(
    state: &LedgerState,
    asker: &Asker<'_>,
    command: &Credit,
) -> Result<Decided, Refusal> {
    let Credit { note, invoice: id, amount, reason } = command;
    if let Some((of, known)) = state.credit_notes.get(note) {
        let differs = [(of != id, "invoice"), (known != amount, "amount")];
        return match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, field)) => Err(Refusal::ExistsWithOtherTerms { field }),
            None => Ok(Decided::Already),
        };
    }
    let invoice = named(state, *id)?;
    if invoice.status == Status::Voided {
        return Err(Refusal::WrongState { state: invoice.status.as_str() });
    }
    if matches!(invoice.about, About::Period { .. }) {
        let allowed = "given back by its subscription";
        return Err(Refusal::InvalidSetting { field: "invoice", allowed });
    }
    if amount.currency() != invoice.total.currency() {
        return Err(Refusal::WrongCurrency { currency: amount.currency() });
    }
    let left = invoice.total.minor() - invoice.credited;
    if amount.minor() > left {
        return Err(Refusal::RefundExceeds { left: i128::from(left), asked: *amount });
    }
    four_eyes::needed(state, asker, *amount)?;
    let taxes: u64 = invoice
        .lines
        .iter()
        .filter_map(|line| tax_of(invoice, line, invoice.credited, amount.minor()))
        .map(|(_, tax)| tax.minor())
        .sum();
    let entry = match invoice.status {
        Status::Paid => Some(given_back(state, invoice, *amount)?),
        Status::Open | Status::Voided => None,
    };
    let mut desk = Desk::new(state);
    let tax = Money::from_minor(taxes.min(amount.minor()), amount.currency());
    desk.credit_note(*note, invoice.issuer, *id, (*amount, tax), Some(reason.clone()), entry)?;
    Ok(Decided::Happened(desk.issued()))
}

/// Revenue and taxes, back to the wallet.
fn given_back(
    state: &LedgerState,
    invoice: &Invoice,
    amount: Money,
) -> Result<JournalEntry, Refusal> {
    let (mut draft, mut rest) = (Draft::new(state), amount.minor());
    let (before, now) = (invoice.credited, amount.minor());
    for (account, tax) in invoice.lines.iter().filter_map(|line| tax_of(invoice, line, before, now))
    {
        let tax = Money::from_minor(tax.minor().min(rest), tax.currency());
        rest -= tax.map_or(0, Money::minor);
        draft = draft.debit(account, tax);
    }
    draft = draft.debit(revenue(invoice), Money::from_minor(rest, amount.currency()));
    draft.pay(invoice.wallet, amount).entry()
}

pub(crate) fn evolve_issued(state: &mut LedgerState, event: &Issued) {
    let invoice = Invoice {
        issuer: event.issuer,
        wallet: event.wallet,
        about: event.about.clone(),
        lines: event.lines.clone(),
        total: event.total,
        due_at: event.due_at,
        status: if event.due_at.is_some() { Status::Open } else { Status::Paid },
        credited: 0,
    };
    state.paper_numbers.insert((event.issuer, Series::Invoice), event.number);
    state.invoices.insert(event.invoice, invoice);
}

pub(crate) fn evolve_paid(state: &mut LedgerState, event: &Paid) {
    state.invoices.modify(event.invoice, |invoice| invoice.status = Status::Paid);
}

pub(crate) fn evolve_voided(state: &mut LedgerState, event: &Voided) {
    state.invoices.modify(event.invoice, |invoice| invoice.status = Status::Voided);
}

pub(crate) fn evolve_note(state: &mut LedgerState, event: &NoteIssued) {
    state.paper_numbers.insert((event.issuer, Series::CreditNote), event.number);
    state.credit_notes.insert(event.note, (event.invoice, event.amount));
    let minor = event.amount.minor();
    state.invoices.modify(event.invoice, |it| it.credited = it.credited.saturating_add(minor));
}

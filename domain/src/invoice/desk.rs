//! Where papers are issued: the numbers of one unit follow each other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{About, Issued, Line, NoteIssued, Paid, Party, Series, Voided};
use crate::event::Event;
use crate::ids::{InvoiceId, SubscriptionId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;

/// The id of a paper that a subscription issues by itself: one for each of its periods.
pub(crate) fn automatic_id(subscription: SubscriptionId, kind: &str, number: u32) -> InvoiceId {
    InvoiceId(Uuid::new_v5(&subscription.0, format!("{kind}:{number}").as_bytes()))
}

/// An invoice was paid by what it is about.
pub(crate) const fn paid_with_its_period(invoice: InvoiceId) -> Event {
    Event::InvoicePaid(Paid { invoice, entry: None })
}

/// Nobody has to pay an invoice any more.
pub(crate) const fn voided(invoice: InvoiceId) -> Event {
    Event::InvoiceVoided(Voided { invoice })
}

/// All that lines come to, with tax; `None` where that is nothing, or they differ in currency.
pub(super) fn total(lines: &[Line]) -> Result<Option<Money>, Refusal> {
    let mut sum: Option<Money> = None;
    for gross in lines.iter().filter_map(Line::gross) {
        let before = sum.filter(|sum| sum.currency() == gross.currency());
        if sum.is_some() && before.is_none() {
            return Err(Refusal::WrongCurrency { currency: gross.currency() });
        }
        let minor = before.map_or(0, Money::minor).checked_add(gross.minor());
        let minor = minor.ok_or(Refusal::AmountTooLarge {})?;
        sum = Money::from_minor(minor, gross.currency());
    }
    Ok(sum)
}

/// The papers that one unit issues.
pub(crate) struct Desk<'a> {
    state: &'a LedgerState,
    taken: BTreeMap<(Party, Series), u64>,
    issued: Vec<Event>,
}

impl<'a> Desk<'a> {
    /// None yet.
    pub(crate) const fn new(state: &'a LedgerState) -> Self {
        Self { state, taken: BTreeMap::new(), issued: Vec::new() }
    }

    fn next(&mut self, issuer: Party, series: Series) -> u64 {
        let known = self.state.paper_numbers.get(&(issuer, series)).copied().unwrap_or_default();
        let number = self.taken.entry((issuer, series)).or_insert(known);
        *number = number.saturating_add(1);
        *number
    }

    /// Issues an invoice of what the lines come to; none where that is nothing. It is paid with
    /// what it is about, or until `due_at`.
    pub(crate) fn invoice(
        &mut self,
        invoice: InvoiceId,
        issuer: Party,
        wallet: WalletId,
        about: About,
        lines: Vec<Line>,
        due_at: Option<DateTime<Utc>>,
    ) -> Result<Option<InvoiceId>, Refusal> {
        let Some(total) = total(&lines)? else { return Ok(None) };
        let number = self.next(issuer, Series::Invoice);
        let issued = Issued { invoice, number, issuer, wallet, about, lines, total, due_at };
        self.issued.push(Event::InvoiceIssued(issued));
        Ok(Some(invoice))
    }

    /// Issues a note of what was given back of an invoice.
    pub(crate) fn credit_note(
        &mut self,
        note: InvoiceId,
        issuer: Party,
        invoice: InvoiceId,
        (amount, tax): (Money, Option<Money>),
        reason: Option<Code>,
        entry: Option<JournalEntry>,
    ) -> Result<(), Refusal> {
        let known = self.state.invoices.get(&invoice);
        let wallet = known.ok_or(Refusal::NotFound { field: "invoice" })?.wallet;
        let number = self.next(issuer, Series::CreditNote);
        self.issued.push(Event::CreditNoteIssued(NoteIssued {
            note,
            number,
            issuer,
            invoice,
            wallet,
            amount,
            tax,
            reason,
            entry,
        }));
        Ok(())
    }

    /// The events that issue them.
    pub(crate) fn issued(self) -> Vec<Event> {
        self.issued
    }
}

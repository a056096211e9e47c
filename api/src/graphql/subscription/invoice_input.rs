//! Inputs of commands about invoices.

use async_graphql::InputObject;
use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::invoice::{self, Ordered};
use cauri_domain::{InvoiceId, Refusal, WalletId};

use super::plan_input::{TaxInput, units};
use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// A line of an invoice.
#[derive(Debug, Clone, InputObject)]
pub struct InvoiceLineInput {
    /// What for, as a word of `a-z 0-9 . _ -`.
    what: String,
    /// How many.
    quantity: Option<i64>,
    /// All of them together, in major units: with the tax where that is inside, else without.
    price: DecimalText,
    /// The tax.
    tax: Option<TaxInput>,
}

impl InvoiceLineInput {
    fn parse(&self, currency: &CurrencyText) -> Result<Ordered, Refusal> {
        Ok(Ordered {
            what: text("lines.what", &self.what)?,
            quantity: self.quantity.map(|it| units("lines.quantity", it)).transpose()?,
            price: money(&self.price, currency)?,
            tax: self.tax.as_ref().map(TaxInput::parse).transpose()?,
        })
    }
}

inputs! {
    /// Issues an invoice for something that the platform did.
    IssueInvoiceInput {
        /// Its id, chosen by the caller.
        invoice: Uuid,
        /// The wallet that is to pay.
        wallet: Uuid,
        /// What for: 1 to 100.
        lines: Vec<InvoiceLineInput>,
        /// The currency of all lines.
        currency: CurrencyText,
        /// Until when it is to be paid.
        due_at: DateTime<Utc>,
        /// The object in the marketplace's own system.
        reference: Option<String>,
    } => |it| Ok(invoice::Issue {
        invoice: InvoiceId(it.invoice),
        wallet: WalletId(it.wallet),
        lines: it.lines.iter().map(|line| line.parse(&it.currency)).collect::<Result<_, _>>()?,
        due_at: it.due_at.trunc_subsecs(6),
        reference: it.reference.as_ref().map(|it| text("reference", it)).transpose()?,
    }.into());

    /// Pays an invoice out of the wallet that is to pay it.
    PayInvoiceInput {
        /// Which invoice.
        invoice: Uuid,
    } => |it| Ok(invoice::PayInvoice { invoice: InvoiceId(it.invoice) }.into());

    /// Says that an invoice was paid by bank transfer.
    RecordInvoicePaidInput {
        /// Which invoice.
        invoice: Uuid,
    } => |it| Ok(invoice::RecordPaid { invoice: InvoiceId(it.invoice) }.into());

    /// Takes an invoice back that nobody paid.
    VoidInvoiceInput {
        /// Which invoice.
        invoice: Uuid,
    } => |it| Ok(invoice::Void { invoice: InvoiceId(it.invoice) }.into());

    /// Gives some of what an invoice came to back.
    IssueCreditNoteInput {
        /// The note's id, chosen by the caller.
        note: Uuid,
        /// Of which invoice.
        invoice: Uuid,
        /// How much, with tax, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } and IssueCreditNoteStep => |it| Ok(invoice::Credit {
        note: InvoiceId(it.note),
        invoice: InvoiceId(it.invoice),
        amount: money(&it.amount, &it.currency)?,
        reason: text("reason", &it.reason)?,
    }.into());
}

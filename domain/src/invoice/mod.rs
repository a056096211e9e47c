//! Invoices and credit notes: papers with gapless numbers, each issuer's own.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Paid: with what it is about
//!     [*] --> Open: IssueInvoice, or of what is paid later
//!     Open --> Paid: PayInvoice, RecordInvoicePaid
//!     Open --> Voided: VoidInvoice, or the end of its subscription
//! ```
//!
//! | command | events | entry |
//! | --- | --- | --- |
//! | `IssueInvoice` | `invoice.issued.v1` | none |
//! | `PayInvoice` | `invoice.paid.v1`, and those of what it is about | wallet → revenue, tax |
//! | `RecordInvoicePaid` | `invoice.paid.v1`, and those of what it is about | bank → revenue, tax |
//! | `VoidInvoice` | `invoice.voided.v1` | none |
//! | `IssueCreditNote` | `credit_note.issued.v1` | of a paid one: revenue, tax → wallet |
//!
//! The numbers of a series follow each other without a gap from 1, for the platform and for each
//! seller that invoices: a number is taken in the unit that issues the paper, so a refused command
//! takes none, and a paper that is voided keeps its own. Periods and usage of subscriptions are
//! invoiced as they are charged. Credit notes never come to more than their invoice; what was given
//! back of a subscription's period has one by itself, and no other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commission::rounding::half_even;
use crate::commission::{BasisPoints, Placed, Tax};
use crate::ids::{InvoiceId, SubscriptionId, WalletId};
use crate::journal::JournalEntry;
use crate::money::Money;
use crate::plan::Span;
use crate::text::{Code, Reference, TaxCode};

mod desk;
mod rules;
pub(crate) use desk::{Desk, automatic_id, paid_with_its_period, voided};
pub(crate) use rules::*;

/// The most lines that an invoice may have.
pub const LINES_MOST: usize = 100;

/// Issues an invoice for something that the platform did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Its id, chosen by the caller.
    pub invoice: InvoiceId,
    /// Who is to pay.
    pub wallet: WalletId,
    /// What for: 1 to [`LINES_MOST`], in one currency.
    pub lines: Vec<Ordered>,
    /// Until when.
    pub due_at: DateTime<Utc>,
    /// The object in the marketplace's own system.
    pub reference: Option<Reference>,
}

/// A line as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// What for.
    pub what: Code,
    /// How many.
    pub quantity: Option<u64>,
    /// All of them together: with the tax where that is inside, else without.
    pub price: Money,
    /// The tax.
    pub tax: Option<Tax>,
}

/// Pays an invoice, out of the wallet that is to pay it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayInvoice {
    /// Which.
    pub invoice: InvoiceId,
}

/// It was paid by bank transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPaid {
    /// Which.
    pub invoice: InvoiceId,
}

/// Takes an invoice back that nobody paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Which.
    pub invoice: InvoiceId,
}

/// Gives back some of what an invoice came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The note's id, chosen by the caller.
    pub note: InvoiceId,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// How much, with tax.
    pub amount: Money,
    /// Why.
    pub reason: Code,
}

/// Who issues papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The platform.
    Platform,
    /// A seller.
    Seller(WalletId),
}

/// Which papers are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// Invoices.
    Invoice,
    /// Credit notes.
    CreditNote,
}

impl Series {
    /// A number as it is printed: `INV-000042`.
    #[must_use]
    pub fn number(self, number: u64) -> String {
        let prefix = match self {
            Self::Invoice => "INV",
            Self::CreditNote => "CN",
        };
        format!("{prefix}-{number:06}")
    }
}

/// What an invoice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A period of a subscription.
    Period {
        /// Which.
        subscription: SubscriptionId,
        /// Its days.
        period: Span,
    },
    /// What was used in a period.
    Usage {
        /// Of which subscription.
        subscription: SubscriptionId,
        /// Its days.
        period: Span,
    },
    /// Something else.
    Other {
        /// The object in the marketplace's own system.
        reference: Option<Reference>,
    },
}

/// The tax in an amount, or on top of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxPart {
    /// Which tax.
    pub code: TaxCode,
    /// Its rate.
    pub rate: BasisPoints,
    /// How much it comes to, rounded half-even.
    pub amount: Money,
}

impl TaxPart {
    /// The tax on a price; nothing where it rounds to nothing.
    #[must_use]
    pub fn of(tax: Tax, price: Money) -> Option<Self> {
        let rate = u64::from(tax.rate.get());
        let minor = match tax.placed {
            Placed::Inside => half_even(price.minor(), rate, 10_000 + rate),
            Placed::OnTop => half_even(price.minor(), rate, 10_000),
        };
        let amount = Money::from_minor(minor, price.currency())?;
        Some(Self { code: tax.code, rate: tax.rate, amount })
    }
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What for.
    pub what: Code,
    /// How many.
    pub quantity: Option<u64>,
    /// Without tax; nothing where it is free.
    pub net: Option<Money>,
    /// The tax.
    pub tax: Option<TaxPart>,
}

impl Line {
    /// With tax.
    #[must_use]
    pub fn gross(&self) -> Option<Money> {
        let like = self.net.or(self.tax.map(|tax| tax.amount))?;
        let net = self.net.map_or(0, Money::minor);
        let tax = self.tax.map_or(0, |tax| tax.amount.minor());
        Money::from_minor(net.saturating_add(tax), like.currency())
    }
}

/// An invoice was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its id.
    pub invoice: InvoiceId,
    /// Its number, from 1, in the issuer's series.
    pub number: u64,
    /// Who issues it.
    pub issuer: Party,
    /// Who is to pay.
    pub wallet: WalletId,
    /// What it is about.
    pub about: About,
    /// What for.
    pub lines: Vec<Line>,
    /// All of it, with tax.
    pub total: Money,
    /// Until when it is to be paid; absent where it is paid with what it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<DateTime<Utc>>,
}

/// An invoice was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Which.
    pub invoice: InvoiceId,
    /// Wallet or bank → revenue, tax; absent where what it is about has moved the money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// Nobody has to pay it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// Which.
    pub invoice: InvoiceId,
}

/// Some of an invoice was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteIssued {
    /// The note's id.
    pub note: InvoiceId,
    /// Its number, from 1, in the issuer's series of notes.
    pub number: u64,
    /// Who issues it.
    pub issuer: Party,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// Who gets it.
    pub wallet: WalletId,
    /// How much, with tax.
    pub amount: Money,
    /// The tax in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tax: Option<Money>,
    /// Why, where a person asked for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Code>,
    /// Revenue, tax → wallet; absent where nothing was paid, or what it is about moved the money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<JournalEntry>,
}

/// An invoice as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Who issued it.
    pub issuer: Party,
    /// Who is to pay.
    pub wallet: WalletId,
    /// What it is about.
    pub about: About,
    /// What for.
    pub lines: Vec<Line>,
    /// All of it, with tax.
    pub total: Money,
    /// Until when it is to be paid.
    pub due_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub status: Status,
    /// What of it was given back, in minor units.
    pub credited: u64,
}

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// To be paid.
    Open,
    /// Paid.
    Paid,
    /// Nobody has to pay it.
    Voided,
}

impl Status {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Voided => "voided",
        }
    }
}

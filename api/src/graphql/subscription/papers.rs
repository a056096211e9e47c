//! Invoices and credit notes, and what a wallet has to pay.

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{InvoiceRow, Page, SubscriptionRow, Whose};

use super::types::PlanSubscription;
use super::words::{InvoiceSeries, InvoiceStatus};
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// An invoice, or a credit note.
#[derive(Description)]
pub struct Invoice(pub(in crate::graphql) InvoiceRow);

/// A line of an invoice.
#[derive(Debug, SimpleObject)]
pub struct InvoiceLine {
    /// What for.
    what: String,
    /// How many.
    quantity: Option<u64>,
    /// Without tax, in major units.
    net: Option<DecimalText>,
    /// The tax's code.
    tax_code: Option<String>,
    /// The tax's rate, in basis points.
    tax_basis_points: Option<u16>,
    /// The tax, in major units.
    tax: Option<DecimalText>,
}

#[Object(use_type_description)]
impl Invoice {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.invoice
    }

    /// Whether it is an invoice or a credit note.
    async fn series(&self) -> Result<InvoiceSeries> {
        InvoiceSeries::of(&self.0.series)
    }

    /// Its number, without a gap within its issuer's series: `INV-000042`.
    async fn number(&self) -> String {
        let series = match self.0.series.as_str() {
            "credit_note" => cauri_domain::invoice::Series::CreditNote,
            _ => cauri_domain::invoice::Series::Invoice,
        };
        series.number(self.0.number.unsigned_abs())
    }

    /// The seller's wallet that issues it; null where the platform does.
    async fn seller_id(&self) -> Option<Uuid> {
        self.0.issuer
    }

    /// The wallet that is to pay, or gets it back.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// What it is about: period, usage, other, or an invoice.
    async fn about(&self) -> &str {
        &self.0.about
    }

    /// The subscription that it is about.
    async fn subscription_id(&self) -> Option<Uuid> {
        self.0.subscription
    }

    /// Of a credit note: its invoice.
    async fn of_id(&self) -> Option<Uuid> {
        self.0.of
    }

    /// The object in the marketplace's own system.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// What for.
    async fn lines(&self) -> Result<Vec<InvoiceLine>> {
        let lines: Vec<cauri_domain::invoice::Line> = serde_json::from_value(self.0.lines.clone())
            .map_err(|_| fault::unavailable("the read models are of another version"))?;
        let major = |money: cauri_domain::Money| DecimalText(money.to_decimal().to_string());
        let line = |it: cauri_domain::invoice::Line| InvoiceLine {
            what: it.what.to_string(),
            quantity: it.quantity,
            net: it.net.map(major),
            tax_code: it.tax.map(|tax| tax.code.to_string()),
            tax_basis_points: it.tax.map(|tax| tax.rate.get()),
            tax: it.tax.map(|tax| major(tax.amount)),
        };
        Ok(lines.into_iter().map(line).collect())
    }

    /// All of it, with tax, in major units.
    async fn total(&self) -> DecimalText {
        DecimalText::of(self.0.total, &self.0.currency)
    }

    /// The tax in it, in major units.
    async fn tax(&self) -> DecimalText {
        DecimalText::of(self.0.tax, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Until when it is to be paid; null where it was paid with what it is about.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// Where it stands.
    async fn status(&self) -> Result<InvoiceStatus> {
        InvoiceStatus::of(&self.0.status)
    }

    /// What of it was given back, in major units.
    async fn credited(&self) -> DecimalText {
        DecimalText::of(self.0.credited, &self.0.currency)
    }

    /// Why it was given back, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was issued.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// What a wallet has subscribed to, and has to pay.
#[derive(Description)]
pub struct Billing {
    pub(super) wallet: Uuid,
    pub(super) moment: Moment,
}

#[Object(use_type_description)]
impl Billing {
    /// Its subscriptions that have not ended, newest first.
    async fn subscriptions(&self) -> Result<Vec<PlanSubscription>> {
        let page = Page::first(100);
        let rows = self.moment.ask().await.subscriptions(self.whose(), None, page).await;
        let rows = rows.map_err(|error| fault::database(&error))?.rows;
        let runs = |row: &SubscriptionRow| !["canceled", "expired"].contains(&row.status.as_str());
        let of = |row| PlanSubscription { row, moment: self.moment.clone() };
        Ok(rows.into_iter().filter(runs).map(of).collect())
    }

    /// Its invoices that are to be paid, newest first.
    async fn open_invoices(&self) -> Result<Vec<Invoice>> {
        let page = Page::first(100);
        let rows = self.moment.ask().await.invoices(self.whose(), None, Some("open"), page).await;
        let rows = rows.map_err(|error| fault::database(&error))?.rows;
        Ok(rows.into_iter().map(Invoice).collect())
    }
}

impl Billing {
    const fn whose(&self) -> Whose {
        Whose { owner: None, wallet: Some(self.wallet) }
    }
}

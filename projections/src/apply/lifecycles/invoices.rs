//! Rows of invoices and credit notes.

use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::invoice::{About, Issued, Line, Party};
use cauri_domain::{Event, Money, WalletId};

pub(super) struct Invoices(Rows);

impl Default for Invoices {
    fn default() -> Self {
        Self(Rows::new("invoices", &["invoice"]).with_owners(&[("owner", "wallet")]))
    }
}

fn text(money: Money) -> String {
    money.to_decimal().to_string()
}

const fn seller(issuer: Party) -> Option<WalletId> {
    match issuer {
        Party::Platform => None,
        Party::Seller(wallet) => Some(wallet),
    }
}

/// The taxes of all lines, in major units.
fn tax(lines: &[Line]) -> Decimal {
    lines.iter().filter_map(|line| line.tax).map(|tax| tax.amount.to_decimal()).sum()
}

impl Invoices {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::InvoiceIssued(it) => self.issue(stamp, it),
            Event::InvoicePaid(it) => {
                self.0.change(stamp, json!({ "invoice": it.invoice, "status": "paid" }));
            }
            Event::InvoiceVoided(it) => {
                self.0.change(stamp, json!({ "invoice": it.invoice, "status": "voided" }));
            }
            Event::CreditNoteIssued(it) => {
                let row = json!({ "invoice": it.note, "series": "credit_note",
                    "number": it.number, "issuer": seller(it.issuer), "wallet": it.wallet,
                    "about": "invoice", "of": it.invoice, "lines": [],
                    "total": text(it.amount),
                    "tax": it.tax.map_or_else(|| "0".to_owned(), text),
                    "currency": it.amount.currency().code(), "status": "issued",
                    "reason": it.reason });
                self.0.make(stamp, row);
                let more = json!({ "invoice": it.invoice, "credited": text(it.amount) });
                self.0.add(stamp, more);
            }
            _ => {}
        }
    }

    fn issue(&mut self, stamp: Stamp, it: &Issued) {
        let (about, subscription, reference) = match &it.about {
            About::Period { subscription, .. } => ("period", Some(*subscription), None),
            About::Usage { subscription, .. } => ("usage", Some(*subscription), None),
            About::Other { reference } => ("other", None, reference.clone()),
        };
        let status = if it.due_at.is_some() { "open" } else { "paid" };
        let row = json!({ "invoice": it.invoice, "series": "invoice", "number": it.number,
            "issuer": seller(it.issuer), "wallet": it.wallet, "about": about,
            "subscription": subscription, "reference": reference, "lines": it.lines,
            "total": text(it.total), "tax": tax(&it.lines).to_string(),
            "currency": it.total.currency().code(), "due_at": it.due_at, "status": status });
        self.0.make(stamp, row);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.0.write(connection, ledger).await
    }
}

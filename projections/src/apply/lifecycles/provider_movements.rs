//! Rows of what was booked on providers' clearing accounts.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Sums;
use super::{ApplyError, Stamp};
use cauri_domain::{Account, Event, JournalEntry, Side};

pub(super) struct ProviderMovements {
    booked: Sums,
}

impl Default for ProviderMovements {
    fn default() -> Self {
        let key = &["revision", "provider", "kind", "object", "currency"];
        Self { booked: Sums::new("provider_movements", key) }
    }
}

impl ProviderMovements {
    /// What an event does to these rows.
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        for posting in event.entry().map_or(&[][..], JournalEntry::postings) {
            let Account::Clearing(provider) = posting.account else { continue };
            let (kind, object) = object(event);
            let amount = posting.money.to_decimal();
            let amount = if posting.side == Side::Debit { amount } else { -amount };
            let columns = json!({ "revision": stamp.revision, "provider": provider, "kind": kind,
                "object": object, "currency": posting.money.currency().code(),
                "amount": amount.to_string() });
            self.booked.add(stamp, columns);
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.booked.write(connection, ledger).await
    }
}

/// What kind of the provider's objects an event is about, and which one.
#[expect(clippy::wildcard_enum_match_arm, reason = "others are of no object of a provider's")]
fn object(event: &Event) -> (&'static str, &str) {
    match event {
        Event::PayinSucceeded(it) => ("payin", it.receipt.object.as_str()),
        Event::PayinSucceededLate(it) => ("payin", it.receipt.object.as_str()),
        Event::PayinMismatched(it) => ("payin", it.receipt.object.as_str()),
        Event::PayinFeeRecorded(it) => ("fee", it.receipt.object.as_str()),
        Event::WithdrawalPaid(it) => ("payout", it.receipt.object.as_str()),
        Event::WithdrawalPaidAfterAll(it) => ("payout", it.receipt.object.as_str()),
        Event::WithdrawalReturned(it) => {
            ("payout", it.object.as_ref().map_or("", |it| it.as_str()))
        }
        Event::RefundSucceeded(it) => ("refund", it.object.as_str()),
        Event::RefundFailed(it) => ("refund", it.object.as_ref().map_or("", |it| it.as_str())),
        Event::RefundTold(it) => ("refund", it.receipt.object.as_str()),
        Event::ChargebackWithdrawn(it) => ("chargeback", it.object.as_str()),
        Event::ChargebackReinstated(it) => ("chargeback", it.object.as_str()),
        _ => ("other", ""),
    }
}

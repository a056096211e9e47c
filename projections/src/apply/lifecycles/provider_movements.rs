//! Rows of what was booked on providers' clearing accounts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Sums;
use super::{ApplyError, Stamp};
use cauri_domain::{Account, Currency, Event, JournalEntry, Provider, Side};

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
    #[expect(clippy::wildcard_enum_match_arm, reason = "others are told by their postings")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::SettlementRecorded(it) => {
                return self.settle(stamp, it.provider, it.object.as_str(), &it.entry);
            }
            Event::SettlementReversed(it) => {
                return self.settle(stamp, it.provider, it.object.as_str(), &it.entry);
            }
            _ => {}
        }
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

    /// A settlement: what reached the bank and what the provider took on the way, apart.
    fn settle(&mut self, stamp: Stamp, provider: Provider, object: &str, entry: &JournalEntry) {
        for (currency, sum) in settled(entry) {
            for (kind, amount) in
                [("settlement", sum.fee - sum.gross), ("settlement_fee", -sum.fee)]
            {
                let columns = json!({ "revision": stamp.revision, "provider": provider,
                    "kind": kind, "object": object, "currency": currency.code(),
                    "amount": amount.to_string() });
                self.booked.add(stamp, columns);
            }
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

/// What a settlement's entry moved in one currency.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Settled {
    /// Out of the clearing account.
    pub(super) gross: Decimal,
    /// Into the provider's fees.
    pub(super) fee: Decimal,
}

/// What a settlement's entry moved, by currency; the other way round where it was reversed.
pub(super) fn settled(entry: &JournalEntry) -> BTreeMap<Currency, Settled> {
    let mut sums = BTreeMap::<Currency, Settled>::new();
    for posting in entry.postings() {
        let amount = posting.money.to_decimal();
        let debited = if posting.side == Side::Debit { amount } else { -amount };
        let sum = sums.entry(posting.money.currency()).or_default();
        if matches!(posting.account, Account::Clearing(_)) {
            sum.gross -= debited;
        } else if posting.account == Account::ProviderFees {
            sum.fee += debited;
        }
    }
    sums
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

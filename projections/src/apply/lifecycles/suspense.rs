//! Rows of what came in and matched to nothing yet.

use std::borrow::Cow;

use serde_json::json;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::rows::Sums;
use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::receipt::Receipt;
use cauri_domain::{Account, Event, JournalEntry, Money, PayinId, Provider, Side, WithdrawalId};

const INSERT: &str = "
INSERT INTO suspense_items (ledger, created_revision, provider, object, payin, withdrawal, amount,
                            currency, reason, created_at)
SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[],
                         $7::numeric[], $8::text[], $9::text[], $10::timestamptz[])";

struct Item<'a> {
    stamp: Stamp,
    provider: Provider,
    money: Money,
    object: Option<Cow<'a, str>>,
    payin: Option<Uuid>,
    withdrawal: Option<Uuid>,
    reason: &'a str,
}

pub(super) struct Suspense<'a> {
    items: Vec<Item<'a>>,
    held: Sums,
    moved: Sums,
}

impl Default for Suspense<'_> {
    fn default() -> Self {
        let held = Sums::new("suspense_held", &["provider", "object", "currency"]);
        let key = &["revision", "provider", "object", "currency"];
        Self { items: Vec::new(), held, moved: Sums::new("suspense_movements", key) }
    }
}

impl<'a> Suspense<'a> {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        self.hold(stamp, event);
        match event {
            Event::PayinSucceededLate(event) => {
                self.receive(stamp, Some(event.payin), &event.receipt, &event.entry, "late");
            }
            Event::PayinMismatched(event) => {
                let reason = event.reason.as_str();
                self.receive(stamp, event.payin, &event.receipt, &event.entry, reason);
            }
            Event::WithdrawalReturned(returned) => {
                self.come_back(stamp, returned.withdrawal, payment(event), &returned.entry);
            }
            // Whatever else puts money there: a refund that failed, an entry by hand.
            other => {
                if let Some((provider, money)) = other.entry().and_then(credited) {
                    let reason = other.wire_name().trim_end_matches(".v1");
                    let (object, payin, withdrawal) = (payment(other), None, None);
                    let item = Item { stamp, provider, money, object, payin, withdrawal, reason };
                    self.items.push(item);
                }
            }
        }
    }

    /// What the event moves in and out of suspense, by payment.
    fn hold(&mut self, stamp: Stamp, event: &Event) {
        for posting in event.entry().map_or(&[][..], JournalEntry::postings) {
            let Account::Suspense(provider) = posting.account else { continue };
            let amount = posting.money.to_decimal();
            let change = if posting.side == Side::Credit { amount } else { -amount };
            let object = payment(event).unwrap_or_default();
            let currency = posting.money.currency();
            let currency = currency.code();
            let more = json!({ "provider": provider, "object": object, "currency": currency,
                "held": change.to_string() });
            self.held.add(stamp, more);
            let more = json!({ "revision": stamp.revision, "provider": provider, "object": object,
                "currency": currency, "amount": change.to_string() });
            self.moved.add(stamp, more);
        }
    }

    /// Money that a pay-in could not take.
    fn receive(
        &mut self,
        stamp: Stamp,
        payin: Option<PayinId>,
        receipt: &'a Receipt,
        entry: &JournalEntry,
        reason: &'a str,
    ) {
        if let Some((provider, money)) = credited(entry) {
            let (object, payin) =
                (Some(receipt.object.as_str().into()), payin.map(|payin| payin.0));
            let withdrawal = None;
            self.items.push(Item { stamp, provider, money, object, payin, withdrawal, reason });
        }
    }

    /// A withdrawal that came back when its wallet could no longer take it.
    fn come_back(
        &mut self,
        stamp: Stamp,
        withdrawal: WithdrawalId,
        object: Option<Cow<'a, str>>,
        entry: &JournalEntry,
    ) {
        if let Some((provider, money)) = credited(entry) {
            let (payin, withdrawal, reason) = (None, Some(withdrawal.0), "returned");
            self.items.push(Item { stamp, provider, money, object, payin, withdrawal, reason });
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.held.write(&mut *connection, ledger).await?;
        self.moved.write(&mut *connection, ledger).await?;
        let rows = self.items;
        if rows.is_empty() {
            return Ok(());
        }
        let done = sqlx::query(INSERT)
            .bind(ledger)
            .bind(column(&rows, |item| item.stamp.revision))
            .bind(column(&rows, |item| item.provider.to_string()))
            .bind(column(&rows, |item| item.object.clone()))
            .bind(column(&rows, |item| item.payin))
            .bind(column(&rows, |item| item.withdrawal))
            .bind(column(&rows, |item| item.money.to_decimal()))
            .bind(column(&rows, |item| item.money.currency().to_string()))
            .bind(column(&rows, |item| item.reason))
            .bind(column(&rows, |item| item.stamp.at))
            .execute(connection)
            .await?;
        all_written("suspense_items", &column(&rows, |item| item.stamp), done.rows_affected())
    }
}

/// The payment that an event is about: the provider's own name of it, by which it can be assigned.
/// A payout that came back goes by the withdrawal's own name.
#[expect(clippy::wildcard_enum_match_arm, reason = "others name none")]
fn payment(event: &Event) -> Option<Cow<'_, str>> {
    let object = match event {
        Event::PayinSucceeded(it) => &it.receipt.object,
        Event::PayinSucceededLate(it) => &it.receipt.object,
        Event::PayinMismatched(it) => &it.receipt.object,
        Event::SuspenseAssigned(it) => &it.object,
        Event::RefundRequested(it) => &it.object,
        Event::RefundFailed(it) => &it.payment,
        Event::RefundBorne(it) => &it.object,
        Event::ChargebackBorne(it) => &it.object,
        Event::ChargebackGivenBack(it) => &it.object,
        Event::WithdrawalReturned(it) => return Some(it.withdrawal.to_string().into()),
        Event::WithdrawalPaidAfterAll(it) => &it.receipt.object,
        _ => return None,
    };
    Some(object.as_str().into())
}

/// What the entry credits to suspense.
fn credited(entry: &JournalEntry) -> Option<(Provider, Money)> {
    entry.postings().iter().find_map(|posting| match (posting.account, posting.side) {
        (Account::Suspense(provider), Side::Credit) => Some((provider, posting.money)),
        _ => None,
    })
}

//! Rows of withdrawals.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::withdrawal::Requested;
use cauri_domain::{Event, WithdrawalId};

const INSERT: &str = "
INSERT INTO withdrawals (ledger, withdrawal, wallet, owner, amount, currency, destination, status,
                         auto_approve_at, created_at, updated_at, created_revision, revision, fee)
SELECT $1, n.withdrawal, w.wallet, w.owner, n.amount, n.currency, n.destination, 'requested',
       n.auto_approve_at, n.at, n.at, n.revision, n.revision, n.fee
FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::bigint[], $10::numeric[])
     AS n (withdrawal, wallet, amount, currency, destination, auto_approve_at, at, revision, fee)
JOIN wallets w ON w.ledger = $1 AND w.wallet = n.wallet";

const UPDATE: &str = "
UPDATE withdrawals w SET status = coalesce(c.status, w.status), provider = coalesce(c.provider, w.provider),
                         object = coalesce(c.object, w.object),
                         reason = coalesce(c.reason, w.reason),
                         alerted_at = coalesce(c.alerted_at, w.alerted_at),
                         updated_at = c.at, revision = c.revision
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::bigint[], $9::timestamptz[])
     AS c (withdrawal, status, provider, object, reason, at, revision, alerted_at)
WHERE w.ledger = $1 AND w.withdrawal = c.withdrawal";

/// What an event changes of a withdrawal; what is `None` stays.
struct Change<'a> {
    stamp: Stamp,
    status: Option<&'static str>,
    provider: Option<String>,
    object: Option<&'a str>,
    reason: Option<&'a str>,
    alerted_at: Option<DateTime<Utc>>,
}

impl Change<'_> {
    const fn new(stamp: Stamp, status: &'static str) -> Self {
        let (provider, object, reason) = (None, None, None);
        Self { stamp, status: Some(status), provider, object, reason, alerted_at: None }
    }
}

#[derive(Default)]
pub(super) struct Withdrawals<'a> {
    requested: Vec<(Stamp, &'a Requested)>,
    changed: BTreeMap<Uuid, Change<'a>>,
}

impl<'a> Withdrawals<'a> {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        match event {
            Event::WithdrawalRequested(event) => self.request(stamp, event),
            Event::WithdrawalApproved(event) => {
                self.change(event.withdrawal, Change::new(stamp, "approved"));
            }
            Event::WithdrawalRejected(event) => {
                let reason = Some(event.reason.as_str());
                let change = Change { reason, ..Change::new(stamp, "rejected") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalSubmitted(event) => {
                let provider = Some(event.provider.to_string());
                let change = Change { provider, ..Change::new(stamp, "submitted") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalCanceled(event) => {
                self.change(event.withdrawal, Change::new(stamp, "canceled"));
            }
            Event::WithdrawalAlerted(event) => {
                // It stands where it stood.
                let alerted_at = Some(stamp.at);
                let change = Change { status: None, alerted_at, ..Change::new(stamp, "") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalUnknown(event) => {
                self.change(event.withdrawal, Change::new(stamp, "unknown"));
            }
            Event::WithdrawalPaidAfterAll(event) => {
                let object = Some(event.receipt.object.as_str());
                let change = Change { object, ..Change::new(stamp, "paid") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalPaid(event) => {
                let object = Some(event.receipt.object.as_str());
                let change = Change { object, ..Change::new(stamp, "paid") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalFailed(event) => {
                let object = event.object.as_ref().map(|object| object.as_str());
                let reason = Some(event.reason.as_str());
                let change = Change { object, reason, ..Change::new(stamp, "failed") };
                self.change(event.withdrawal, change);
            }
            Event::WithdrawalReturned(event) => {
                let object = event.object.as_ref().map(|object| object.as_str());
                let reason = Some(event.reason.as_str());
                let change = Change { object, reason, ..Change::new(stamp, "returned") };
                self.change(event.withdrawal, change);
            }
            Event::ProcessGivenUp(event) if event.at.process.as_str() == "withdrawal" => {
                let reason = Some(event.reason.as_str());
                let change = Change { reason, ..Change::new(stamp, "given_up") };
                self.change(WithdrawalId(event.at.instance), change);
            }
            _ => {}
        }
    }

    fn request(&mut self, stamp: Stamp, event: &'a Requested) {
        self.requested.push((stamp, event));
    }

    fn change(&mut self, withdrawal: WithdrawalId, mut change: Change<'a>) {
        if let Some(before) = self.changed.remove(&withdrawal.0) {
            change.status = change.status.or(before.status);
            change.provider = change.provider.or(before.provider);
            change.object = change.object.or(before.object);
            change.reason = change.reason.or(before.reason);
            change.alerted_at = change.alerted_at.or(before.alerted_at);
        }
        self.changed.insert(withdrawal.0, change);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let rows = self.requested;
        if !rows.is_empty() {
            let done = sqlx::query(INSERT)
                .bind(ledger)
                .bind(column(&rows, |(_, event)| event.withdrawal.0))
                .bind(column(&rows, |(_, event)| event.wallet.0))
                .bind(column(&rows, |(_, event)| event.amount.to_decimal()))
                .bind(column(&rows, |(_, event)| event.amount.currency().to_string()))
                .bind(column(&rows, |(_, event)| event.destination.as_str()))
                .bind(column(&rows, |(_, event)| event.auto_approve_at))
                .bind(column(&rows, |(stamp, _)| stamp.at))
                .bind(column(&rows, |(stamp, _)| stamp.revision))
                .bind(column(&rows, |(_, event)| event.fee.map(cauri_domain::Money::to_decimal)))
                .execute(&mut *connection)
                .await?;
            all_written("withdrawals", &column(&rows, |row| row.0), done.rows_affected())?;
        }
        let rows: Vec<_> = self.changed.into_iter().collect();
        if !rows.is_empty() {
            let done = sqlx::query(UPDATE)
                .bind(ledger)
                .bind(column(&rows, |(withdrawal, _)| *withdrawal))
                .bind(column(&rows, |(_, change)| change.status))
                .bind(column(&rows, |(_, change)| change.provider.clone()))
                .bind(column(&rows, |(_, change)| change.object))
                .bind(column(&rows, |(_, change)| change.reason))
                .bind(column(&rows, |(_, change)| change.stamp.at))
                .bind(column(&rows, |(_, change)| change.stamp.revision))
                .bind(column(&rows, |(_, change)| change.alerted_at))
                .execute(connection)
                .await?;
            all_written("withdrawals", &column(&rows, |row| row.1.stamp), done.rows_affected())?;
        }
        Ok(())
    }
}

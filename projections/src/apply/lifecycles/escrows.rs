//! Rows of escrows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::escrow::Opened;
use cauri_domain::{EscrowId, Event, Money};

const INSERT: &str = "
INSERT INTO escrows (ledger, escrow, buyer, buyer_owner, seller, seller_owner, amount, currency,
                     inspection_s, commission_bp, status, created_at, updated_at,
                     created_revision, revision)
SELECT $1, n.escrow, b.wallet, b.owner, s.wallet, s.owner, n.amount, n.currency, n.inspection_s,
       n.commission_bp, 'opened', n.at, n.at, n.revision, n.revision
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::numeric[], $6::text[], $7::bigint[], $8::int[],
            $9::timestamptz[], $10::bigint[])
     AS n (escrow, buyer, seller, amount, currency, inspection_s, commission_bp, at, revision)
JOIN wallets b ON b.ledger = $1 AND b.wallet = n.buyer
JOIN wallets s ON s.ledger = $1 AND s.wallet = n.seller";

const UPDATE: &str = "
UPDATE escrows e SET status = c.status, auto_release_at = c.auto_release_at,
                     commission = c.commission, updated_at = c.at, revision = c.revision
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::numeric[], $6::timestamptz[],
            $7::bigint[])
     AS c (escrow, status, auto_release_at, commission, at, revision)
WHERE e.ledger = $1 AND e.escrow = c.escrow";

/// What an event changes of an escrow.
struct Change {
    stamp: Stamp,
    status: &'static str,
    auto_release_at: Option<DateTime<Utc>>,
    commission: Option<Decimal>,
}

impl Change {
    const fn new(stamp: Stamp, status: &'static str) -> Self {
        Self { stamp, status, auto_release_at: None, commission: None }
    }
}

#[derive(Default)]
pub(super) struct Escrows<'a> {
    opened: Vec<(Stamp, &'a Opened)>,
    changed: BTreeMap<Uuid, Change>,
}

impl<'a> Escrows<'a> {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        match event {
            Event::EscrowOpened(event) => self.open(stamp, event),
            Event::EscrowFunded(event) => {
                self.change(event.escrow, Change::new(stamp, "funded"));
            }
            Event::EscrowDelivered(event) => {
                let auto_release_at = Some(event.auto_release_at);
                let change = Change { auto_release_at, ..Change::new(stamp, "delivered") };
                self.change(event.escrow, change);
            }
            Event::EscrowReleased(event) => {
                let commission = Some(event.commission.map_or(Decimal::ZERO, Money::to_decimal));
                let change = Change { commission, ..Change::new(stamp, "released") };
                self.change(event.escrow, change);
            }
            Event::EscrowRefunded(event) => {
                self.change(event.escrow, Change::new(stamp, "refunded"));
            }
            _ => {}
        }
    }

    fn open(&mut self, stamp: Stamp, event: &'a Opened) {
        self.opened.push((stamp, event));
    }

    fn change(&mut self, escrow: EscrowId, change: Change) {
        self.changed.insert(escrow.0, change);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let rows = self.opened;
        if !rows.is_empty() {
            let done = sqlx::query(INSERT)
                .bind(ledger)
                .bind(column(&rows, |(_, event)| event.escrow.0))
                .bind(column(&rows, |(_, event)| event.terms.buyer.0))
                .bind(column(&rows, |(_, event)| event.terms.seller.0))
                .bind(column(&rows, |(_, event)| event.terms.amount.to_decimal()))
                .bind(column(&rows, |(_, event)| event.terms.amount.currency().to_string()))
                .bind(column(&rows, |(_, event)| i64::from(event.terms.inspection_s.get())))
                .bind(column(&rows, |(_, event)| i32::from(event.terms.commission.get())))
                .bind(column(&rows, |(stamp, _)| stamp.at))
                .bind(column(&rows, |(stamp, _)| stamp.revision))
                .execute(&mut *connection)
                .await?;
            all_written("escrows", &column(&rows, |row| row.0), done.rows_affected())?;
        }
        let rows: Vec<_> = self.changed.into_iter().collect();
        if !rows.is_empty() {
            let done = sqlx::query(UPDATE)
                .bind(ledger)
                .bind(column(&rows, |(escrow, _)| *escrow))
                .bind(column(&rows, |(_, change)| change.status))
                .bind(column(&rows, |(_, change)| change.auto_release_at))
                .bind(column(&rows, |(_, change)| change.commission))
                .bind(column(&rows, |(_, change)| change.stamp.at))
                .bind(column(&rows, |(_, change)| change.stamp.revision))
                .execute(connection)
                .await?;
            all_written("escrows", &column(&rows, |row| row.1.stamp), done.rows_affected())?;
        }
        Ok(())
    }
}

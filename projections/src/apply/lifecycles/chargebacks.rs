//! Rows of chargebacks. Whichever fact is told first makes the row.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{ApplyError, Stamp, column};
use cauri_domain::chargeback::LostBy;
use cauri_domain::{Account, ChargebackId, Event, JournalEntry, Money, ObjectId, Provider, Side};

const BEGIN: &str = "
INSERT INTO chargebacks (ledger, chargeback, provider, payment, created_at, updated_at,
                         created_revision, revision)
SELECT $1, n.chargeback, n.provider, n.payment, n.at, n.at, n.revision, n.revision
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[])
     AS n (chargeback, provider, payment, at, revision)
ON CONFLICT DO NOTHING";

const OWNERS: &str = "
UPDATE chargebacks c SET owner = w.owner FROM wallets w
WHERE c.ledger = $1 AND c.chargeback = ANY($2) AND w.ledger = $1 AND w.wallet = c.wallet";

pub(super) struct Chargebacks {
    begun: BTreeMap<Uuid, (Stamp, Provider, ObjectId)>,
    rows: Rows,
}

impl Default for Chargebacks {
    fn default() -> Self {
        Self { begun: BTreeMap::new(), rows: Rows::new("chargebacks", &["chargeback"]) }
    }
}

/// What an entry changes of what is kept back of wallets, in major units.
fn reserved(entry: &JournalEntry) -> Decimal {
    let kept = entry.postings().iter().filter(|it| matches!(it.account, Account::Reserve(_)));
    kept.map(|posting| match posting.side {
        Side::Credit => posting.money.to_decimal(),
        Side::Debit => -posting.money.to_decimal(),
    })
    .sum()
}

/// What an entry posts to an account, on whichever side, in major units.
fn posted(entry: &JournalEntry, account: Account) -> Decimal {
    let postings = entry.postings().iter().filter(|it| it.account == account);
    postings.map(|posting| posting.money.to_decimal()).sum()
}

fn text(money: Money) -> String {
    money.to_decimal().to_string()
}

impl Chargebacks {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::ChargebackInquired(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
            }
            Event::ChargebackOpened(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
                let change = json!({ "disputed": text(it.amount),
                    "currency": it.amount.currency().code(), "reason": it.reason,
                    "due_by": it.due_by, "beyond": it.beyond.map(text) });
                self.change(stamp, it.chargeback, change);
            }
            Event::ChargebackReserved(it) => {
                self.change(stamp, it.chargeback, json!({ "wallet": it.wallet }));
                self.add(stamp, it.chargeback, json!({ "reserved": text(it.amount) }));
            }
            Event::ChargebackReleased(it) => {
                let less = json!({ "reserved": (-it.amount.to_decimal()).to_string() });
                self.add(stamp, it.chargeback, less);
            }
            Event::ChargebackWithdrawn(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
                let currency = json!({ "currency": it.amount.currency().code() });
                self.change(stamp, it.chargeback, currency);
                // Of what was told in all, only what is new moved.
                let taken = posted(&it.entry, Account::Chargeback(it.chargeback));
                let fee = posted(&it.entry, Account::Disputes);
                let more = json!({ "withdrawn": taken.to_string(), "fee": fee.to_string() });
                self.add(stamp, it.chargeback, more);
            }
            Event::ChargebackReinstated(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
                let currency = json!({ "currency": it.amount.currency().code() });
                self.change(stamp, it.chargeback, currency);
                let given = posted(&it.entry, Account::Chargeback(it.chargeback));
                self.add(stamp, it.chargeback, json!({ "reinstated": given.to_string() }));
            }
            Event::ChargebackBorne(it) => {
                let change = json!({ "wallet": it.wallet, "write_off_at": it.write_off_at });
                self.change(stamp, it.chargeback, change);
                let reserve = reserved(&it.entry).to_string();
                let more = json!({ "borne": text(it.amount), "reserved": reserve });
                self.add(stamp, it.chargeback, more);
            }
            Event::ChargebackGivenBack(it) => {
                let less = json!({ "borne": (-it.amount.to_decimal()).to_string() });
                self.add(stamp, it.chargeback, less);
            }
            Event::ChargebackEvidenceSubmitted(it) => {
                self.change(stamp, it.chargeback, json!({ "evidence": it.evidence }));
            }
            Event::ChargebackWon(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
                self.change(stamp, it.chargeback, json!({ "outcome": "won", "lost_by": null }));
            }
            Event::ChargebackLost(it) => {
                self.begin(stamp, it.chargeback, it.provider, &it.object);
                let by = match it.by {
                    LostBy::Provider => "provider",
                    LostBy::Deadline => "deadline",
                };
                self.change(stamp, it.chargeback, json!({ "outcome": "lost", "lost_by": by }));
            }
            Event::ChargebackReviewed(it) => {
                let change = json!({ "write_off_at": null, "owed": it.owed.map(text) });
                self.change(stamp, it.chargeback, change);
            }
            _ => {}
        }
    }

    fn begin(&mut self, stamp: Stamp, id: ChargebackId, provider: Provider, object: &ObjectId) {
        self.begun.entry(id.0).or_insert_with(|| (stamp, provider, object.clone()));
        self.change(stamp, id, json!({}));
    }

    fn change(&mut self, stamp: Stamp, id: ChargebackId, mut columns: Value) {
        columns["chargeback"] = json!(id);
        self.rows.change(stamp, columns);
    }

    fn add(&mut self, stamp: Stamp, id: ChargebackId, mut columns: Value) {
        columns["chargeback"] = json!(id);
        self.rows.add(stamp, columns);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        if !self.begun.is_empty() {
            let rows: Vec<_> = self.begun.iter().collect();
            sqlx::query(BEGIN)
                .bind(ledger)
                .bind(column(&rows, |(id, _)| **id))
                .bind(column(&rows, |(_, (_, provider, _))| provider.to_string()))
                .bind(column(&rows, |(_, (_, _, object))| object.to_string()))
                .bind(column(&rows, |(_, (stamp, ..))| stamp.at))
                .bind(column(&rows, |(_, (stamp, ..))| stamp.revision))
                .execute(&mut *connection)
                .await?;
        }
        let touched = self.rows.keys("chargeback");
        self.rows.write(&mut *connection, ledger).await?;
        if !touched.is_empty() {
            sqlx::query(OWNERS).bind(ledger).bind(touched).execute(connection).await?;
        }
        Ok(())
    }
}

//! Rows of pay-ins.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::payin::{Created, Target};
use cauri_domain::{Event, PayinId};

const INSERT: &str = "
INSERT INTO payins (ledger, payin, wallet, owner, amount, currency, provider, status, expires_at,
                    target, target_id, milestone, created_at, updated_at, created_revision,
                    revision)
SELECT $1, n.payin, w.wallet, w.owner, n.amount, n.currency, n.provider, 'created', n.expires_at,
       n.target, n.target_id, n.milestone, n.at, n.at, n.revision, n.revision
FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::bigint[], $10::text[], $11::uuid[], $12::int[])
     AS n (payin, wallet, amount, currency, provider, expires_at, at, revision, target, target_id,
           milestone)
JOIN wallets w ON w.ledger = $1 AND w.wallet = n.wallet";

const UPDATE: &str = "
UPDATE payins p SET status = c.status, object = coalesce(c.object, p.object), reason = c.reason,
                    updated_at = c.at, revision = c.revision
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[])
     AS c (payin, status, object, reason, at, revision)
WHERE p.ledger = $1 AND p.payin = c.payin";

/// What an event changes of a pay-in. The provider's object stays where it names none.
struct Change<'a> {
    stamp: Stamp,
    status: &'static str,
    object: Option<&'a str>,
    reason: Option<&'a str>,
}

impl Change<'_> {
    const fn new(stamp: Stamp, status: &'static str) -> Self {
        Self { stamp, status, object: None, reason: None }
    }
}

/// What a pay-in pays for: its id, and which milestone of an escrow.
fn target(target: &Target) -> (Uuid, Option<i32>) {
    match target {
        Target::Wallet(id) => (id.0, None),
        Target::Escrow(id, milestone) => (id.0, milestone.map(i32::from)),
        Target::Sale(id) => (id.0, None),
        Target::Subscription(id) => (id.0, None),
    }
}

#[derive(Default)]
pub(super) struct Payins<'a> {
    created: Vec<(Stamp, &'a Created)>,
    changed: BTreeMap<Uuid, Change<'a>>,
}

impl<'a> Payins<'a> {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        match event {
            Event::PayinCreated(event) => self.create(stamp, event),
            Event::PayinSucceeded(event) => {
                let object = Some(event.receipt.object.as_str());
                let change = Change { object, ..Change::new(stamp, "succeeded") };
                self.change(event.payin, change);
            }
            Event::PayinDeclined(event) => {
                let (object, reason) = (Some(event.object.as_str()), Some(event.reason.as_str()));
                let change = Change { object, reason, ..Change::new(stamp, "declined") };
                self.change(event.payin, change);
            }
            Event::PayinSubmitted(event) => {
                let object = Some(event.object.as_str());
                self.change(event.payin, Change { object, ..Change::new(stamp, "submitted") });
            }
            Event::PayinAuthorised(event) => {
                let object = Some(event.receipt.object.as_str());
                self.change(event.payin, Change { object, ..Change::new(stamp, "authorised") });
            }
            Event::PayinCaptureRequested(event) => {
                let object = Some(event.object.as_str());
                self.change(event.payin, Change { object, ..Change::new(stamp, "capturing") });
            }
            Event::PayinCanceled(event) => {
                self.change(event.payin, Change::new(stamp, "canceled"));
            }
            Event::SuspenseAssigned(event) => {
                if let Some(payin) = event.payin {
                    let object = Some(event.object.as_str());
                    self.change(payin, Change { object, ..Change::new(stamp, "succeeded") });
                }
            }
            Event::PayinExpired(event) => {
                self.change(event.payin, Change::new(stamp, "expired"));
            }
            _ => {}
        }
    }

    fn create(&mut self, stamp: Stamp, event: &'a Created) {
        self.created.push((stamp, event));
    }

    fn change(&mut self, payin: PayinId, mut change: Change<'a>) {
        let before = self.changed.get(&payin.0);
        change.object = change.object.or_else(|| before?.object);
        self.changed.insert(payin.0, change);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let rows = self.created;
        if !rows.is_empty() {
            let done = sqlx::query(INSERT)
                .bind(ledger)
                .bind(column(&rows, |(_, event)| event.payin.0))
                .bind(column(&rows, |(_, event)| event.wallet.0))
                .bind(column(&rows, |(_, event)| event.amount.to_decimal()))
                .bind(column(&rows, |(_, event)| event.amount.currency().to_string()))
                .bind(column(&rows, |(_, event)| event.provider.to_string()))
                .bind(column(&rows, |(_, event)| event.expires_at))
                .bind(column(&rows, |(stamp, _)| stamp.at))
                .bind(column(&rows, |(stamp, _)| stamp.revision))
                .bind(column(&rows, |(_, event)| event.target.map(|it| it.kind())))
                .bind(column(&rows, |(_, event)| event.target.map(|it| target(&it).0)))
                .bind(column(&rows, |(_, event)| event.target.and_then(|it| target(&it).1)))
                .execute(&mut *connection)
                .await?;
            all_written("payins", &column(&rows, |row| row.0), done.rows_affected())?;
        }
        let rows: Vec<_> = self.changed.into_iter().collect();
        if !rows.is_empty() {
            let done = sqlx::query(UPDATE)
                .bind(ledger)
                .bind(column(&rows, |(payin, _)| *payin))
                .bind(column(&rows, |(_, change)| change.status))
                .bind(column(&rows, |(_, change)| change.object))
                .bind(column(&rows, |(_, change)| change.reason))
                .bind(column(&rows, |(_, change)| change.stamp.at))
                .bind(column(&rows, |(_, change)| change.stamp.revision))
                .execute(connection)
                .await?;
            all_written("payins", &column(&rows, |row| row.1.stamp), done.rows_affected())?;
        }
        Ok(())
    }
}

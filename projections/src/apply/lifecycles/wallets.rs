//! Rows of wallets.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::WalletId;
use cauri_domain::wallet::Opened;

const INSERT: &str = "
INSERT INTO wallets (ledger, wallet, owner, status, created_at, created_revision, revision)
SELECT $1, n.wallet, n.owner, 'active', n.at, n.revision, n.revision
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[])
     AS n (wallet, owner, at, revision)";

const UPDATE: &str = "
UPDATE wallets w SET status = c.status, revision = c.revision
FROM unnest($2::uuid[], $3::text[], $4::bigint[]) AS c (wallet, status, revision)
WHERE w.ledger = $1 AND w.wallet = c.wallet";

#[derive(Default)]
pub(super) struct Wallets<'a> {
    opened: Vec<(Stamp, &'a Opened)>,
    changed: BTreeMap<Uuid, (Stamp, &'static str)>,
}

impl<'a> Wallets<'a> {
    pub(super) fn open(&mut self, stamp: Stamp, event: &'a Opened) {
        self.opened.push((stamp, event));
    }

    pub(super) fn change(&mut self, stamp: Stamp, wallet: WalletId, status: &'static str) {
        self.changed.insert(wallet.0, (stamp, status));
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
                .bind(column(&rows, |(_, event)| event.wallet.0))
                .bind(column(&rows, |(_, event)| event.owner.as_str()))
                .bind(column(&rows, |(stamp, _)| stamp.at))
                .bind(column(&rows, |(stamp, _)| stamp.revision))
                .execute(&mut *connection)
                .await?;
            all_written("wallets", &column(&rows, |row| row.0), done.rows_affected())?;
        }
        let rows: Vec<_> = self.changed.into_iter().collect();
        if !rows.is_empty() {
            let done = sqlx::query(UPDATE)
                .bind(ledger)
                .bind(column(&rows, |(wallet, _)| *wallet))
                .bind(column(&rows, |(_, (_, status))| *status))
                .bind(column(&rows, |(_, (stamp, _))| stamp.revision))
                .execute(connection)
                .await?;
            all_written("wallets", &column(&rows, |row| row.1.0), done.rows_affected())?;
        }
        Ok(())
    }
}

//! Rows of payments of which a provider told in another currency than before.

use sqlx::postgres::PgConnection;

use super::{ApplyError, Stamp, all_written, column};
use cauri_domain::Event;
use cauri_domain::payin::Contradicted;

const INSERT: &str = "
INSERT INTO contradictions (ledger, created_revision, provider, object, payin, amount, currency,
                            before_amount, before_currency, created_at)
SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::numeric[],
                         $7::text[], $8::numeric[], $9::text[], $10::timestamptz[])";

#[derive(Default)]
pub(super) struct Contradictions<'a>(Vec<(Stamp, &'a Contradicted)>);

impl<'a> Contradictions<'a> {
    /// What an event does to these rows.
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        if let Event::PayinContradicted(event) = event {
            self.0.push((stamp, event));
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let rows = self.0;
        if rows.is_empty() {
            return Ok(());
        }
        let done = sqlx::query(INSERT)
            .bind(ledger)
            .bind(column(&rows, |(stamp, _)| stamp.revision))
            .bind(column(&rows, |(_, it)| it.receipt.provider.to_string()))
            .bind(column(&rows, |(_, it)| it.receipt.object.to_string()))
            .bind(column(&rows, |(_, it)| it.payin.map(|payin| payin.0)))
            .bind(column(&rows, |(_, it)| it.receipt.amount.to_decimal()))
            .bind(column(&rows, |(_, it)| it.receipt.amount.currency().to_string()))
            .bind(column(&rows, |(_, it)| it.before.to_decimal()))
            .bind(column(&rows, |(_, it)| it.before.currency().to_string()))
            .bind(column(&rows, |(stamp, _)| stamp.at))
            .execute(connection)
            .await?;
        all_written("contradictions", &column(&rows, |(stamp, _)| *stamp), done.rows_affected())
    }
}

//! What Postgres holds of events that the restored log does not have, put right.
//!
//! The inbox was read after the log, and a restore may end earlier still. A delivery that was applied at
//! a revision that is not there is applied again: its provider did say so, and what was booked once is
//! not booked twice. Endpoints that were told of events that are not there begin anew.

use sqlx::postgres::PgConnection;

use cauri_domain::LedgerId;
use cauri_ledger::store::Head;

use super::restore::End;

/// What was put right.
#[derive(Debug, Default)]
pub struct Mended {
    /// How many deliveries of providers are applied again when the server starts.
    pub again: u64,
    /// How many would have to be, and have no body any more.
    pub lost: u64,
    /// Ledgers whose endpoints are told everything again.
    pub told_again: Vec<LedgerId>,
}

/// Applied beyond the log's end, or found to mean nothing after it.
const BEYOND: &str = "d.ledger = $1 AND (
    (d.state = 'applied' AND coalesce(d.revision > $2, d.received_at > $3, true))
    OR (d.state = 'no_effect' AND coalesce(d.received_at > $3, true)))";

const HAS_BODY: &str = "EXISTS (SELECT FROM inbox.body b WHERE b.delivery = d.id)";

pub(super) async fn mend(
    connection: &mut PgConnection,
    ends: &[(LedgerId, End)],
) -> Result<Mended, sqlx::Error> {
    let mut mended = Mended::default();
    for (ledger, end) in ends {
        let head = match end.head {
            Head::Empty => -1,
            Head::At(revision) => i64::try_from(revision.0).unwrap_or(i64::MAX),
        };
        let lost = format!(
            "SELECT count(*) FROM inbox.delivery d WHERE {BEYOND} AND d.state = 'applied'
             AND NOT {HAS_BODY}"
        );
        let lost: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(lost))
            .bind(ledger.as_str())
            .bind(head)
            .bind(end.at)
            .fetch_one(&mut *connection)
            .await?;
        let again = format!(
            "UPDATE inbox.delivery d SET state = 'waiting', tries = 0, next_try_at = now(),
                error_code = NULL, error_field = NULL, error_message = NULL, revision = NULL
             WHERE {BEYOND} AND {HAS_BODY}"
        );
        let again = sqlx::query(sqlx::AssertSqlSafe(again))
            .bind(ledger.as_str())
            .bind(head)
            .bind(end.at)
            .execute(&mut *connection)
            .await?;
        mended.lost += lost.unsigned_abs();
        mended.again += again.rows_affected();
        if begin_telling_anew(connection, ledger, head).await? {
            mended.told_again.push(ledger.clone());
        }
    }
    Ok(mended)
}

/// Forgets how far endpoints were told, where that is beyond the log's end; whether it was.
async fn begin_telling_anew(
    connection: &mut PgConnection,
    ledger: &LedgerId,
    head: i64,
) -> Result<bool, sqlx::Error> {
    let sql = "DELETE FROM outgoing.ledger WHERE ledger = $1 AND scanned > $2";
    let gone = sqlx::query(sql).bind(ledger.as_str()).bind(head).execute(&mut *connection).await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    for sql in [
        "DELETE FROM outgoing.endpoint WHERE ledger = $1",
        "DELETE FROM outgoing.delivery WHERE ledger = $1",
    ] {
        sqlx::query(sql).bind(ledger.as_str()).execute(&mut *connection).await?;
    }
    Ok(true)
}

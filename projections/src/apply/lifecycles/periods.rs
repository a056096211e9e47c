//! Rows of months that are closed, and of when days begin.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::Event;

pub(super) struct Periods {
    closed: Rows,
    clock_face: Option<(i16, i64)>,
}

impl Default for Periods {
    fn default() -> Self {
        Self { closed: Rows::new("periods", &["period"]), clock_face: None }
    }
}

impl Periods {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::PeriodClosed(event) => {
                self.closed.make(stamp, json!({ "period": event.period }));
            }
            Event::PeriodsConfigured(event) => {
                self.clock_face = Some((event.utc_offset.minutes(), stamp.revision));
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        if let Some((minutes, revision)) = self.clock_face {
            sqlx::query(
                "INSERT INTO clock_face VALUES ($1, $2, $3) ON CONFLICT (ledger) DO UPDATE
                 SET utc_offset_minutes = excluded.utc_offset_minutes,
                     revision = excluded.revision",
            )
            .bind(ledger)
            .bind(i32::from(minutes))
            .bind(revision)
            .execute(&mut *connection)
            .await?;
        }
        self.closed.write(connection, ledger).await
    }
}

//! Rows of months that are closed, and of where days begin at midnight.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::Event;

pub(super) struct Periods {
    closed: Rows,
    zone: Option<(&'static str, i64)>,
}

impl Default for Periods {
    fn default() -> Self {
        Self { closed: Rows::new("periods", &["period"]), zone: None }
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
            Event::TimeZoneSet(event) => {
                self.zone = Some((event.zone.name(), stamp.revision));
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        if let Some((zone, revision)) = self.zone {
            sqlx::query(
                "INSERT INTO calendar VALUES ($1, $2, $3) ON CONFLICT (ledger) DO UPDATE
                 SET zone = excluded.zone, revision = excluded.revision",
            )
            .bind(ledger)
            .bind(zone)
            .bind(revision)
            .execute(&mut *connection)
            .await?;
        }
        self.closed.write(connection, ledger).await
    }
}

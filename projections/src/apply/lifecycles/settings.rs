//! The rules in force.

use sqlx::postgres::PgConnection;

use super::{ApplyError, Stamp};
use cauri_domain::{Event, Settings};

#[derive(Default)]
pub(super) struct SettingsInForce<'a>(Option<(&'a Settings, Stamp)>);

impl<'a> SettingsInForce<'a> {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &'a Event) {
        match event {
            Event::LedgerOpened(event) => self.0 = Some((&event.settings, stamp)),
            Event::LedgerConfigured(event) => self.0 = Some((&event.settings, stamp)),
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        let Some((settings, stamp)) = self.0 else { return Ok(()) };
        let settings = serde_json::to_value(settings)
            .map_err(|error| ApplyError::Database(sqlx::Error::Encode(Box::new(error))))?;
        sqlx::query(
            "INSERT INTO settings (ledger, settings, revision) VALUES ($1, $2, $3)
             ON CONFLICT (ledger) DO UPDATE SET settings = excluded.settings,
                                                revision = excluded.revision",
        )
        .bind(ledger)
        .bind(settings)
        .bind(stamp.revision)
        .execute(connection)
        .await?;
        Ok(())
    }
}

//! Rows of members.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::{Event, Money};

pub(super) struct Members(Rows);

impl Default for Members {
    fn default() -> Self {
        let rows = Rows::new("members", &["wallet", "subject"]);
        Self(rows.with_owners(&[("owner", "wallet")]).made_again())
    }
}

impl Members {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::MemberGranted(event) => {
                let row = json!({ "wallet": event.wallet, "subject": event.subject,
                    "may": event.may.as_str(), "status": "active", "by_subject": event.by,
                    "daily": event.daily.map(|money| money.to_decimal().to_string()),
                    "currency": event.daily.map(Money::currency) });
                self.0.make(stamp, row);
            }
            Event::MemberRevoked(event) => {
                let change = json!({ "wallet": event.wallet, "subject": event.subject,
                    "status": "revoked", "by_subject": event.by });
                self.0.change(stamp, change);
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.0.write(connection, ledger).await
    }
}

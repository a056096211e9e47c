//! Rows of wallets.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::{Event, WalletId};

pub(super) struct Wallets(Rows);

impl Default for Wallets {
    fn default() -> Self {
        Self(Rows::new("wallets", &["wallet"]))
    }
}

impl Wallets {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::WalletOpened(event) => {
                let owner = &event.owner;
                let row = json!({ "wallet": event.wallet, "owner": owner, "status": "active" });
                self.0.make(stamp, row);
            }
            Event::WalletFrozen(event) => {
                let level = event.level.unwrap_or_default();
                self.change(stamp, event.wallet, "frozen", Some(level.as_str()));
            }
            Event::WalletUnfrozen(event) => self.change(stamp, event.wallet, "active", None),
            Event::WalletClosed(event) => self.change(stamp, event.wallet, "closed", None),
            _ => {}
        }
    }

    fn change(&mut self, stamp: Stamp, wallet: WalletId, status: &str, level: Option<&str>) {
        let change = json!({ "wallet": wallet, "status": status, "freeze_level": level });
        self.0.change(stamp, change);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.0.write(connection, ledger).await
    }
}

//! Rows of flags and risk holds.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::{Event, Money};

pub(super) struct Aml {
    flags: Rows,
    holds: Rows,
}

impl Default for Aml {
    fn default() -> Self {
        Self {
            flags: Rows::new("flags", &["flag"]),
            holds: Rows::new("risk_holds", &["risk_hold"]).with_owners(&[("owner", "wallet")]),
        }
    }
}

impl Aml {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::FlagRaised(event) => {
                let row = json!({ "flag": event.flag, "wallet": event.wallet,
                    "about_revision": event.revision, "reason": event.reason,
                    "severity": event.severity.as_str(), "status": "open",
                    "raised_by": event.by });
                self.flags.make(stamp, row);
            }
            Event::FlagCleared(event) => {
                let change = json!({ "flag": event.flag, "status": "cleared",
                    "outcome": event.outcome, "cleared_by": event.by });
                self.flags.change(stamp, change);
            }
            Event::RiskHoldPlaced(event) => {
                let row = json!({ "risk_hold": event.hold, "wallet": event.wallet,
                    "currency": event.amount.currency().code(),
                    "amount": event.amount.to_decimal().to_string(),
                    "reason": event.reason, "status": "placed" });
                self.holds.make(stamp, row);
            }
            Event::RiskHoldReleased(event) => {
                let released = event.released.map(Money::to_decimal).unwrap_or_default();
                let change = json!({ "risk_hold": event.hold, "status": "released",
                    "released": released.to_string() });
                self.holds.change(stamp, change);
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.flags.write(&mut *connection, ledger).await?;
        self.holds.write(connection, ledger).await
    }
}

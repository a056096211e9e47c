//! Rows of payment methods.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::Event;

pub(super) struct PaymentMethods(Rows);

impl Default for PaymentMethods {
    fn default() -> Self {
        Self(Rows::new("payment_methods", &["method"]).with_owners(&[("owner", "wallet")]))
    }
}

impl PaymentMethods {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::PaymentMethodAdded(event) => {
                let row = json!({ "method": event.method, "wallet": event.wallet,
                    "provider": event.provider, "kind": event.kind, "token": event.token,
                    "hint": event.hint, "is_default": false, "status": "active" });
                self.0.make(stamp, row);
            }
            Event::PaymentMethodMadeDefault(event) => {
                if let Some(before) = event.before {
                    self.0.change(stamp, json!({ "method": before, "is_default": false }));
                }
                self.0.change(stamp, json!({ "method": event.method, "is_default": true }));
            }
            Event::PaymentMethodDisabled(event) => {
                let change = json!({ "method": event.method, "is_default": false,
                    "status": "disabled", "reason": event.reason });
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

//! Rows of commission rules.

use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::Event;

pub(super) struct CommissionRules(Rows);

impl Default for CommissionRules {
    fn default() -> Self {
        Self(Rows::new("commission_rules", &["name", "version"]))
    }
}

impl CommissionRules {
    /// What an event does to these rows.
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        if let Event::CommissionRulesSet(event) = event {
            let rule = &event.rule;
            let columns = json!({ "name": rule.name, "version": event.version,
                "from_at": event.from, "payer": rule.payer, "refund": rule.refund, "rule": rule });
            self.0.make(stamp, columns);
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

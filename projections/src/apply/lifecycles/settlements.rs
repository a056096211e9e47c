//! Rows of what providers settled to our own bank account.

use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::{Rows, Sums};
use super::provider_movements::settled;
use super::{ApplyError, Stamp};
use cauri_domain::Event;

pub(super) struct Settlements {
    rows: Rows,
    sums: Sums,
}

impl Default for Settlements {
    fn default() -> Self {
        let sums = Sums::new("settlement_sums", &["settlement", "currency"]);
        Self { rows: Rows::new("settlements", &["settlement"]), sums }
    }
}

impl Settlements {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::SettlementRecorded(it) => {
                let row = json!({ "settlement": it.settlement, "provider": it.provider,
                    "object": it.object, "value_date": it.value_date, "items": it.items,
                    "status": "recorded" });
                self.rows.make(stamp, row);
                for (currency, sum) in settled(&it.entry) {
                    let net: Decimal = sum.gross - sum.fee;
                    let sums = json!({ "settlement": it.settlement, "currency": currency.code(),
                        "gross": sum.gross.to_string(), "fee": sum.fee.to_string(),
                        "net": net.to_string() });
                    self.sums.add(stamp, sums);
                }
            }
            Event::SettlementReversed(it) => {
                let change = json!({ "settlement": it.settlement, "status": "reversed",
                    "reason": it.reason });
                self.rows.change(stamp, change);
            }
            _ => {}
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.rows.write(&mut *connection, ledger).await?;
        self.sums.write(connection, ledger).await
    }
}

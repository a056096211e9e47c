//! Rows of refunds.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::{Event, RefundId};

/// Who bears what a provider gave back by itself is known later than that it did.
const OWNERS: &str = "
UPDATE refunds r SET owner = w.owner FROM wallets w
WHERE r.ledger = $1 AND r.refund = ANY($2) AND w.ledger = $1 AND w.wallet = r.wallet";

pub(super) struct Refunds {
    rows: Rows,
    borne: BTreeSet<Uuid>,
}

impl Default for Refunds {
    fn default() -> Self {
        let rows = Rows::new("refunds", &["refund"]).with_owners(&[("owner", "wallet")]);
        Self { rows, borne: BTreeSet::new() }
    }
}

impl Refunds {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        let status = |refund, status: &str| json!({ "refund": refund, "status": status });
        match event {
            Event::RefundRequested(it) => {
                let row = json!({ "refund": it.refund, "wallet": it.wallet, "payin": it.payin,
                    "provider": it.provider, "payment": it.object,
                    "amount": it.amount.to_decimal().to_string(),
                    "currency": it.amount.currency().code(), "reason": it.reason,
                    "status": "requested" });
                self.rows.make(stamp, row);
            }
            Event::RefundSubmitted(it) => self.rows.change(stamp, status(it.refund, "submitted")),
            Event::RefundWentToWallet(it) => {
                self.rows.change(stamp, status(it.refund, "to_wallet"));
            }
            Event::RefundSucceeded(it) => {
                let change = json!({ "refund": it.refund, "object": it.object,
                    "status": "succeeded" });
                self.rows.change(stamp, change);
            }
            Event::RefundFailed(it) => {
                let mut change = json!({ "refund": it.refund, "failure": it.reason,
                    "status": "failed" });
                if let Some(object) = &it.object {
                    change["object"] = json!(object);
                }
                self.rows.change(stamp, change);
            }
            Event::RefundTold(it) => {
                let row = json!({ "refund": it.refund, "wallet": null, "payin": null,
                    "provider": it.receipt.provider, "payment": it.receipt.object,
                    "amount": it.amount.to_decimal().to_string(),
                    "currency": it.amount.currency().code(), "reason": null,
                    "status": "outside" });
                self.rows.make(stamp, row);
            }
            Event::RefundBorne(it) => {
                self.borne.insert(it.refund.0);
                let change = json!({ "refund": it.refund, "wallet": it.wallet,
                    "status": "borne" });
                self.rows.change(stamp, change);
            }
            Event::ProcessGivenUp(it) if it.at.process.as_str() == "refund" => {
                let mut change = status(RefundId(it.at.instance), "given_up");
                change["failure"] = json!(it.reason);
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
        if !self.borne.is_empty() {
            let borne: Vec<_> = self.borne.into_iter().collect();
            sqlx::query(OWNERS).bind(ledger).bind(borne).execute(connection).await?;
        }
        Ok(())
    }
}

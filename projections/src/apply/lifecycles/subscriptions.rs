//! Rows of plans, subscriptions and what was used.

use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::super::rows::{Rows, Sums};
use super::{ApplyError, Stamp};
use cauri_domain::subscription::{Begun, Pay, Reason, Slot, Started};
use cauri_domain::{Event, Money, SubscriptionId};

const UPSERT_PLAN: &str = "
INSERT INTO plans (ledger, plan, version, offered, terms, created_at, updated_at,
                   created_revision, revision)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $7)
ON CONFLICT (ledger, plan) DO UPDATE
SET version = excluded.version, offered = excluded.offered, terms = excluded.terms,
    updated_at = excluded.updated_at, revision = excluded.revision";

pub(super) struct Subscriptions {
    plans: Vec<(Stamp, cauri_domain::plan::WasSet)>,
    rows: Rows,
    usage: Sums,
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self {
            plans: Vec::new(),
            rows: Rows::new("subscriptions", &["subscription"]).with_owners(&[("owner", "wallet")]),
            usage: Sums::new("usage_days", &["subscription", "day", "meter"]),
        }
    }
}

fn text(money: Money) -> String {
    money.to_decimal().to_string()
}

/// Nothing is due.
fn nothing_due(columns: &mut Value) {
    for (name, value) in [
        ("due_since", Value::Null),
        ("failure", Value::Null),
        ("retry_at", Value::Null),
        ("expires_at", Value::Null),
        ("tries", json!(0)),
    ] {
        columns[name] = value;
    }
}

/// The columns of a period.
fn period(slot: &Slot) -> Value {
    json!({ "plan": slot.plan.code, "plan_version": slot.plan.version,
        "price": slot.price.map(text), "currency": slot.price.map(|it| it.currency().code().to_owned()),
        "number": slot.number, "period_start": slot.period.start,
        "period_end": slot.period.end })
}

impl Subscriptions {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::PlanSet(it) => self.plans.push((stamp, it.clone())),
            Event::SubscriptionStarted(it) => self.start(stamp, it),
            Event::SubscriptionPeriodBegun(it) => {
                self.begin(stamp, it.subscription, &it.begun, Some("active"));
            }
            Event::SubscriptionChanged(it) => {
                self.begin(stamp, it.subscription, &it.begun, None);
                if let Some(credit) = &it.credit {
                    self.add(stamp, it.subscription, json!({ "refunded": text(credit.gross) }));
                }
            }
            Event::SubscriptionInvoiced(it) => {
                self.begin(stamp, it.subscription, &it.begun, Some("active"));
                let change = json!({ "due_since": stamp.at, "retry_at": it.due_at });
                self.change(stamp, it.subscription, change);
            }
            Event::SubscriptionPaymentFailed(it) => {
                let change = json!({ "status": "past_due", "due_since": it.since,
                    "tries": it.tries, "failure": it.code, "retry_at": it.retry_at,
                    "expires_at": it.expires_at });
                self.change(stamp, it.subscription, change);
            }
            Event::RevenueRecognised(it) => {
                let amount = it.amount.map_or_else(|| "0".to_owned(), text);
                self.add(stamp, it.subscription, json!({ "recognised": amount }));
            }
            Event::SubscriptionChangeScheduled(it) => {
                self.change(stamp, it.subscription, json!({ "next_plan": it.plan.code }));
            }
            Event::SubscriptionCancelScheduled(it) => {
                self.change(stamp, it.subscription, json!({ "ending": true }));
            }
            Event::SubscriptionResumed(it) => {
                self.change(stamp, it.subscription, json!({ "ending": false }));
            }
            Event::SubscriptionCanceled(it) => {
                let refunded = it.credit.as_ref().map(|credit| credit.gross);
                let amount = |money: Option<Money>| money.map_or_else(|| "0".to_owned(), text);
                let unearned = it.unearned.map(|it| -it.to_decimal()).unwrap_or_default();
                let recognised = it.kept.map(Money::to_decimal).unwrap_or_default() + unearned;
                let more = json!({ "refunded": amount(refunded),
                    "recognised": recognised.to_string() });
                self.add(stamp, it.subscription, more);
                self.end(stamp, it.subscription, "canceled", None);
            }
            Event::SubscriptionExpired(it) => {
                let why = match it.reason {
                    Reason::Unpaid => "unpaid",
                    Reason::Term => "term",
                };
                self.end(stamp, it.subscription, "expired", Some(why));
            }
            Event::UsageRecorded(it) => {
                let late = if it.late { it.quantity } else { 0 };
                let more = json!({ "subscription": it.subscription, "day": it.day,
                    "meter": it.meter, "quantity": it.quantity.to_string(),
                    "late": late.to_string() });
                self.usage.add(stamp, more);
            }
            _ => {}
        }
    }

    fn start(&mut self, stamp: Stamp, it: &Started) {
        let pay = match it.asked.pay {
            Pay::Wallet => "wallet",
            Pay::Payin => "payin",
            Pay::Invoice => "invoice",
        };
        let mut row = period(&it.slot);
        row["subscription"] = json!(it.subscription);
        row["wallet"] = json!(it.wallet);
        row["pay"] = json!(pay);
        row["status"] = json!(if it.trial { "trialing" } else { "awaiting" });
        row["ends_at"] = json!(it.due_at.filter(|_| it.trial));
        row["expires_at"] = json!(it.due_at.filter(|_| !it.trial));
        self.rows.make(stamp, row);
    }

    fn begin(&mut self, stamp: Stamp, id: SubscriptionId, it: &Begun, status: Option<&str>) {
        let mut row = period(&it.slot);
        row["ends_at"] = json!(it.ends_at);
        row["next_plan"] = Value::Null;
        if let Some(status) = status {
            row["status"] = json!(status);
        }
        nothing_due(&mut row);
        self.change(stamp, id, row);
        if let Some(charge) = &it.charge {
            self.add(stamp, id, json!({ "paid": text(charge.gross) }));
        }
    }

    fn end(&mut self, stamp: Stamp, id: SubscriptionId, status: &str, by: Option<&str>) {
        let mut row = json!({ "status": status, "ends_at": null, "next_plan": null,
            "ended_by": by });
        nothing_due(&mut row);
        self.change(stamp, id, row);
    }

    fn change(&mut self, stamp: Stamp, id: SubscriptionId, mut columns: Value) {
        columns["subscription"] = json!(id);
        self.rows.change(stamp, columns);
    }

    fn add(&mut self, stamp: Stamp, id: SubscriptionId, mut columns: Value) {
        columns["subscription"] = json!(id);
        self.rows.add(stamp, columns);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        for (stamp, it) in self.plans {
            sqlx::query(UPSERT_PLAN)
                .bind(ledger)
                .bind(it.plan.code.as_str())
                .bind(i32::try_from(it.version).unwrap_or(i32::MAX))
                .bind(it.plan.offered)
                .bind(json!(it.plan))
                .bind(stamp.at)
                .bind(stamp.revision)
                .execute(&mut *connection)
                .await?;
        }
        self.rows.write(&mut *connection, ledger).await?;
        self.usage.write(connection, ledger).await
    }
}

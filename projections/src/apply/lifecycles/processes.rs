//! Rows of processes: one for each instance of a process manager.
//!
//! What an event means to an instance is one line of [`meaning`]. The rows that a batch touches are
//! read once, folded in memory, and written once.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::{ApplyError, Stamp};
use cauri_domain::{Event, process_control};

const READ: &str = "
SELECT p.process, p.instance, to_jsonb(p)
FROM processes p JOIN unnest($2::text[], $3::uuid[]) AS touched (process, instance)
  ON p.process = touched.process AND p.instance = touched.instance
WHERE p.ledger = $1";

const UPSERT: &str = "
INSERT INTO processes SELECT * FROM jsonb_populate_recordset(NULL::processes, $1)
ON CONFLICT (ledger, process, instance) DO UPDATE
SET state = excluded.state, waits_for = excluded.waits_for, due_at = excluded.due_at, parts = excluded.parts,
    step = excluded.step, tries = excluded.tries, last_refusal = excluded.last_refusal,
    history = excluded.history, updated_at = excluded.updated_at, revision = excluded.revision";

type Key = (String, Uuid);

/// What a batch does to processes: in order, which instance, when, and what.
#[derive(Default)]
pub(super) struct Processes(Vec<(Key, Stamp, Value)>);

/// It waits for something, perhaps until some time.
fn waits(what: &str, due_at: Value) -> Value {
    json!({ "state": "waiting", "waits_for": what, "due_at": due_at })
}

/// It has ended.
fn ended() -> Value {
    json!({ "state": "ended", "waits_for": null, "due_at": null })
}

/// So many parts of its thing have ended; with the last, it has.
fn part_ended(parts: usize) -> Value {
    json!({ "parts_ended": parts })
}

/// Which instance of which process an event is about, and what it does to it.
#[expect(clippy::wildcard_enum_match_arm, reason = "other events move no process")]
fn meaning(event: &Event) -> Option<(&str, Uuid, Value)> {
    Some(match event {
        Event::PayinCreated(e) => ("payin", e.payin.0, waits("money", json!(e.expires_at))),
        Event::PayinAuthorised(e) => ("payin", e.payin.0, waits("money", json!(e.expires_at))),
        Event::PayinSucceeded(e) => ("payin", e.payin.0, ended()),
        Event::PayinExpired(e) => ("payin", e.payin.0, ended()),
        Event::PayinCanceled(e) => ("payin", e.payin.0, ended()),
        Event::PayinSucceededLate(e) => ("payin", e.payin.0, ended()),

        Event::EscrowOpened(e) => {
            let mut waits = waits("funds", json!(e.terms.fund_by));
            waits["parts"] = json!(e.terms.milestones.len().max(1));
            ("escrow", e.escrow.0, waits)
        }
        Event::EscrowFunded(e) => ("escrow", e.escrow.0, waits("delivery", json!(e.deliver_by))),
        Event::EscrowCanceled(e) => ("escrow", e.escrow.0, part_ended(e.milestones.len().max(1))),
        Event::EscrowDelivered(e) => {
            ("escrow", e.escrow.0, waits("acceptance", json!(e.auto_release_at)))
        }
        Event::EscrowRevisionRequested(e) => {
            ("escrow", e.escrow.0, waits("delivery", json!(e.deliver_by)))
        }
        Event::EscrowDisputed(e) => ("escrow", e.escrow.0, waits("judgement", Value::Null)),
        Event::EscrowDisputeWithdrawn(e) => {
            let due = e.auto_release_at.or(e.deliver_by);
            let what = if e.auto_release_at.is_some() { "acceptance" } else { "delivery" };
            ("escrow", e.escrow.0, waits(what, json!(due)))
        }
        Event::EscrowReleased(e) if e.left.is_none() => ("escrow", e.escrow.0, part_ended(1)),
        Event::EscrowRefunded(e) if e.left.is_none() => ("escrow", e.escrow.0, part_ended(1)),
        Event::EscrowSettled(e) => ("escrow", e.escrow.0, part_ended(1)),

        Event::HoldPlaced(e) => ("hold", e.hold.0, waits("capture", json!(e.expires_at))),
        Event::HoldExtended(e) => ("hold", e.hold.0, waits("capture", json!(e.expires_at))),
        Event::HoldCaptured(e) if e.ended => ("hold", e.hold.0, ended()),
        Event::HoldVoided(e) => ("hold", e.hold.0, ended()),
        Event::HoldExpired(e) => ("hold", e.hold.0, ended()),

        Event::OrderPlaced(e) => ("order", e.sale.0, waits("money", json!(e.pay_by))),
        Event::OrderPaid(e) => ("order", e.sale.0, waits("delivery", Value::Null)),
        Event::OrderDelivered(e) => ("order", e.sale.0, waits("acceptance", json!(e.settle_at))),
        Event::OrderSettled(e) => ("order", e.sale.0, ended()),
        Event::OrderCanceled(e) => ("order", e.sale.0, ended()),
        Event::OrderExpired(e) => ("order", e.sale.0, ended()),
        Event::OrderRefunded(e) if e.ended => ("order", e.sale.0, ended()),

        Event::EntitlementGranted(e) => {
            ("entitlement", e.entitlement.0, waits("use", json!(e.ends_at)))
        }
        Event::EntitlementUsed(e) => ("entitlement", e.entitlement.0, ended()),
        Event::EntitlementRevoked(e) => ("entitlement", e.entitlement.0, ended()),
        Event::EntitlementExpired(e) => ("entitlement", e.entitlement.0, ended()),

        Event::WithdrawalRequested(e) => {
            ("withdrawal", e.withdrawal.0, waits("judgement", json!(e.auto_approve_at)))
        }
        // Nothing falls due any more: a person has to judge it.
        Event::WithdrawalAlerted(e) => {
            ("withdrawal", e.withdrawal.0, waits("judgement", Value::Null))
        }
        Event::WithdrawalApproved(e) => {
            ("withdrawal", e.withdrawal.0, waits("submission", Value::Null))
        }
        Event::WithdrawalSubmitted(e) => {
            ("withdrawal", e.withdrawal.0, waits("provider", Value::Null))
        }
        // The provider is asked until it says what became of it.
        Event::WithdrawalUnknown(e) => ("withdrawal", e.withdrawal.0, waits("answer", Value::Null)),
        Event::WithdrawalPaidAfterAll(e) => ("withdrawal", e.withdrawal.0, ended()),
        Event::WithdrawalRejected(e) => ("withdrawal", e.withdrawal.0, ended()),
        Event::WithdrawalCanceled(e) => ("withdrawal", e.withdrawal.0, ended()),
        Event::WithdrawalPaid(e) => ("withdrawal", e.withdrawal.0, ended()),
        Event::WithdrawalFailed(e) => ("withdrawal", e.withdrawal.0, ended()),
        Event::WithdrawalReturned(e) => ("withdrawal", e.withdrawal.0, ended()),

        Event::RefundRequested(e) => ("refund", e.refund.0, waits("submission", Value::Null)),
        Event::RefundSubmitted(e) => ("refund", e.refund.0, waits("provider", Value::Null)),
        Event::RefundWentToWallet(e) => ("refund", e.refund.0, ended()),
        Event::RefundSucceeded(e) => ("refund", e.refund.0, ended()),
        Event::RefundFailed(e) => ("refund", e.refund.0, ended()),

        Event::ChargebackOpened(e) => {
            ("chargeback", e.chargeback.0, waits("evidence", json!(e.due_by)))
        }
        Event::ChargebackEvidenceSubmitted(e) => {
            ("chargeback", e.chargeback.0, waits("provider", Value::Null))
        }
        Event::ChargebackWon(e) => ("chargeback", e.chargeback.0, ended()),
        Event::ChargebackLost(e) => ("chargeback", e.chargeback.0, ended()),

        Event::SubscriptionStarted(e) => {
            ("subscription", e.subscription.0, waits("payment", json!(e.due_at)))
        }
        Event::SubscriptionPeriodBegun(e) => {
            ("subscription", e.subscription.0, waits("renewal", json!(e.begun.ends_at)))
        }
        Event::SubscriptionChanged(e) => {
            ("subscription", e.subscription.0, waits("renewal", json!(e.begun.ends_at)))
        }
        Event::SubscriptionInvoiced(e) => {
            ("subscription", e.subscription.0, waits("payment", json!(e.due_at)))
        }
        Event::SubscriptionPaymentFailed(e) => {
            let due = e.retry_at.or(e.expires_at);
            ("subscription", e.subscription.0, waits("payment", json!(due)))
        }
        Event::SubscriptionCancelScheduled(e) => {
            ("subscription", e.subscription.0, waits("end", json!(e.ends_at)))
        }
        Event::SubscriptionResumed(e) => {
            ("subscription", e.subscription.0, waits("renewal", json!(e.renews_at)))
        }
        Event::SubscriptionCanceled(e) => ("subscription", e.subscription.0, ended()),
        Event::SubscriptionExpired(e) => ("subscription", e.subscription.0, ended()),

        Event::ProposalMade(e) => {
            ("four-eyes", e.proposal.0, waits("second-person", json!(e.expires_at)))
        }
        Event::ProposalApproved(e) => ("four-eyes", e.proposal.0, ended()),
        Event::ProposalRejected(e) => ("four-eyes", e.proposal.0, ended()),
        Event::ProposalWithdrawn(e) => ("four-eyes", e.proposal.0, ended()),
        Event::ProposalExpired(e) => ("four-eyes", e.proposal.0, ended()),

        Event::ProcessStuck(e) => of(
            &e.at,
            json!({ "state": "stuck", "step": e.at.step, "tries": e.tries, "last_refusal": e.code }),
        ),
        // Freed by its own end, it stays ended.
        Event::ProcessFreed(e) => of(&e.at, json!({ "was_stuck": true })),
        Event::ProcessRetried(e) => of(&e.at, json!({ "state": "waiting" })),
        Event::ProcessSkipped(e) => of(&e.at, json!({ "state": "skipped" })),
        Event::ProcessGivenUp(e) => {
            of(&e.at, json!({ "state": "given_up", "waits_for": null, "due_at": null }))
        }
        _ => return None,
    })
}

/// What is done about a step. What has ended stays so.
fn of(at: &process_control::Step, mut change: Value) -> (&str, Uuid, Value) {
    change["is_control"] = json!(true);
    (at.process.as_str(), at.instance, change)
}

impl Processes {
    /// What an event does to these rows.
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        if let Some((process, instance, change)) = meaning(event) {
            self.0.push(((process.to_owned(), instance), stamp, change));
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut rows = read(connection, ledger, &self.0).await?;
        for (key, stamp, change) in self.0 {
            let row = rows.entry(key.clone()).or_insert_with(|| begun(ledger, &key, stamp));
            fold(row, stamp, change);
        }
        let rows: Vec<_> = rows.into_values().map(Value::Object).collect();
        sqlx::query(UPSERT).bind(Value::Array(rows)).execute(connection).await?;
        Ok(())
    }
}

async fn read(
    connection: &mut PgConnection,
    ledger: &str,
    touched: &[(Key, Stamp, Value)],
) -> Result<BTreeMap<Key, Map<String, Value>>, ApplyError> {
    let found = sqlx::query(READ)
        .bind(ledger)
        .bind(touched.iter().map(|((process, _), ..)| process.as_str()).collect::<Vec<_>>())
        .bind(touched.iter().map(|((_, instance), ..)| *instance).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let row = |row: sqlx::postgres::PgRow| ((row.get(0), row.get(1)), object(row.get(2)));
    Ok(found.into_iter().map(row).collect())
}

/// An instance before its first event.
fn begun(ledger: &str, (process, instance): &Key, stamp: Stamp) -> Map<String, Value> {
    object(json!({
        "ledger": ledger, "process": process, "instance": instance, "state": "waiting",
        "waits_for": null, "due_at": null, "parts": null, "step": null, "tries": 0, "last_refusal": null,
        "history": [], "correlation_id": stamp.correlation, "created_at": stamp.at,
        "created_revision": stamp.revision,
    }))
}

/// The columns of a row: it is an object by its making.
fn object(row: Value) -> Map<String, Value> {
    if let Value::Object(columns) = row { columns } else { Map::new() }
}

fn fold(row: &mut Map<String, Value>, stamp: Stamp, change: Value) {
    if let Value::Object(mut change) = change {
        if let Some(ended_parts) = change.remove("parts_ended").and_then(|it| it.as_i64()) {
            let before = row.get("parts").and_then(Value::as_i64).unwrap_or(1);
            let left = (before - ended_parts).max(0);
            change.insert("parts".to_owned(), left.into());
            if left == 0 {
                change.extend(object(ended()));
            }
        }
        let has_ended = ["ended", "given_up"].iter().any(|it| row.get("state") == Some(&json!(it)));
        if change.remove("is_control").is_some() && has_ended {
            change.remove("state");
        }
        if change.remove("was_stuck").is_some() && row.get("state") == Some(&json!("stuck")) {
            row.insert("state".to_owned(), json!("waiting"));
        }
        row.extend(change);
    }
    if let Some(Value::Array(history)) = row.get_mut("history") {
        history.push(stamp.revision.into());
    }
    row.insert("updated_at".to_owned(), json!(stamp.at));
    row.insert("revision".to_owned(), stamp.revision.into());
}

//! Rows of escrows and their milestones. What an escrow comes to is summed over its milestones once
//! the batch is written.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::commission::Breakdown;
use cauri_domain::escrow::{Milestone, Opened, Released};
use cauri_domain::{Account, EscrowId, Event, Money, Side};

/// The whole stands where the milestone does that most needs somebody.
const SUM: &str = "
UPDATE escrows e
SET status = s.status, auto_release_at = s.auto_release_at, released = s.released,
    refunded = s.refunded, clawed_back = s.clawed_back,
    commission = CASE WHEN s.released > 0 THEN s.commission END,
    net = CASE WHEN s.released > 0 THEN s.net END
FROM (
    SELECT escrow, sum(released) AS released, sum(refunded) AS refunded,
           sum(clawed_back) AS clawed_back, sum(commission) AS commission, sum(net) AS net,
           min(auto_release_at) AS auto_release_at,
           CASE WHEN bool_or(status = 'disputed') THEN 'disputed'
                WHEN bool_or(status = 'delivered') THEN 'delivered'
                WHEN bool_or(status = 'funded') THEN 'funded'
                WHEN bool_or(status = 'awaiting_funds') THEN 'awaiting_funds'
                WHEN bool_or(status = 'settled')
                  OR bool_or(status = 'released') AND bool_or(status = 'refunded') THEN 'settled'
                WHEN bool_or(status = 'released') THEN 'released'
                WHEN bool_or(status = 'refunded') THEN 'refunded'
                ELSE 'canceled' END AS status
    FROM milestones WHERE ledger = $1 AND escrow = ANY($2) GROUP BY escrow
) s
WHERE e.ledger = $1 AND e.escrow = s.escrow";

pub(super) struct Escrows {
    escrows: Rows,
    milestones: Rows,
    touched: BTreeSet<Uuid>,
}

impl Default for Escrows {
    fn default() -> Self {
        Self {
            escrows: Rows::new("escrows", &["escrow"])
                .with_owners(&[("buyer_owner", "buyer"), ("seller_owner", "seller")]),
            milestones: Rows::new("milestones", &["escrow", "milestone"]),
            touched: BTreeSet::new(),
        }
    }
}

fn amount(money: Option<Money>) -> String {
    money.map_or(Decimal::ZERO, Money::to_decimal).to_string()
}

impl Escrows {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::EscrowOpened(event) => self.open(stamp, event),
            Event::EscrowFunded(event) => {
                let change = json!({ "status": "funded", "deliver_by": event.deliver_by });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowCanceled(event) => {
                let numbers: Vec<_> = event.milestones.iter().map(|it| Some(*it)).collect();
                let whole = if numbers.is_empty() { vec![None] } else { numbers };
                for number in whole {
                    self.change(stamp, event.escrow, number, json!({ "status": "canceled" }));
                }
            }
            Event::EscrowDelivered(event) => {
                let change = json!({ "status": "delivered",
                    "auto_release_at": event.auto_release_at, "evidence": event.evidence });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowRevisionRequested(event) => {
                let change = json!({ "status": "funded", "auto_release_at": null,
                    "deliver_by": event.deliver_by });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowReleased(event) => self.release(stamp, event),
            Event::EscrowRefunded(event) => {
                let (escrow, milestone) = (event.escrow, event.milestone);
                let whole = taken_out(event.escrow, event.milestone, event.entry.postings());
                let refunded = event.amount.map_or(whole, Money::to_decimal);
                self.add(stamp, escrow, milestone, json!({ "refunded": refunded.to_string() }));
                if event.left.is_none() {
                    let status = if event.mixed { "settled" } else { "refunded" };
                    self.end(stamp, escrow, milestone, status);
                }
            }
            Event::EscrowDisputed(event) => {
                let change = json!({ "status": "disputed", "auto_release_at": null,
                    "disputed_by": event.party.as_str(), "dispute_reason": event.reason });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowDisputeWithdrawn(event) => {
                let status = if event.auto_release_at.is_some() { "delivered" } else { "funded" };
                let change = json!({ "status": status, "disputed_by": null,
                    "dispute_reason": null, "auto_release_at": event.auto_release_at,
                    "deliver_by": event.deliver_by });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowSettlementOffered(event) => {
                let change = json!({ "offered_by": event.party.as_str(),
                    "offered_seller": amount(event.seller) });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowSettlementDeclined(event) => {
                let change = json!({ "offered_by": null, "offered_seller": null });
                self.change(stamp, event.escrow, event.milestone, change);
            }
            Event::EscrowSettled(event) => {
                let (commission, net) = shares(event.shared.as_deref());
                let more = json!({ "released": amount(event.seller),
                    "refunded": amount(event.buyer), "fee": amount(event.fee),
                    "commission": commission.to_string(), "net": net.to_string() });
                self.add(stamp, event.escrow, event.milestone, more);
                self.end(stamp, event.escrow, event.milestone, "settled");
            }
            Event::EscrowClawedBack(event) => {
                let (commission, net) = shares(Some(&event.returned));
                let more = json!({ "clawed_back": event.amount.to_decimal().to_string(),
                    "commission": (-commission).to_string(), "net": (-net).to_string() });
                self.add(stamp, event.escrow, event.milestone, more);
            }
            _ => {}
        }
    }

    fn open(&mut self, stamp: Stamp, event: &Opened) {
        let terms = &event.terms;
        let agreed = terms.agreed.as_deref();
        let row = json!({ "escrow": event.escrow, "buyer": terms.buyer, "seller": terms.seller,
            "amount": terms.amount.to_decimal().to_string(),
            "currency": terms.amount.currency().code(), "inspection_s": terms.inspection_s,
            "commission_bp": terms.commission, "rule": agreed.map(|it| it.rule.to_string()),
            "rule_version": agreed.map(|it| it.version), "fund_by": terms.fund_by,
            "arbiter": terms.arbiter, "status": "awaiting_funds" });
        self.escrows.make(stamp, row);
        self.touched.insert(event.escrow.0);
        let whole = [Milestone { amount: terms.amount, deliver_by: terms.deliver_by }];
        let numbered = !terms.milestones.is_empty();
        let parts = if numbered { &terms.milestones[..] } else { &whole };
        for (number, part) in (u16::from(numbered)..).zip(parts) {
            let row = json!({ "escrow": event.escrow, "milestone": number,
                "amount": part.amount.to_decimal().to_string(), "status": "awaiting_funds",
                "deliver_by": part.deliver_by });
            self.milestones.make(stamp, row);
        }
    }

    fn release(&mut self, stamp: Stamp, event: &Released) {
        let (escrow, milestone) = (event.escrow, event.milestone);
        let whole = taken_out(escrow, milestone, event.entry.postings());
        let released = event.shared.as_ref().map_or(whole, |shared| shared.now.to_decimal());
        let commission = event.commission.map_or(Decimal::ZERO, Money::to_decimal);
        let net = match event.shared.as_deref() {
            Some(shared) => shares(Some(shared)).1,
            None => released - commission,
        };
        let more = json!({ "released": released.to_string(),
            "commission": commission.to_string(), "net": net.to_string() });
        self.add(stamp, escrow, milestone, more);
        if event.left.is_none() {
            let status = if event.mixed { "settled" } else { "released" };
            self.end(stamp, escrow, milestone, status);
        }
    }

    fn end(&mut self, stamp: Stamp, escrow: EscrowId, milestone: Option<u16>, status: &str) {
        let change = json!({ "status": status, "auto_release_at": null, "offered_by": null,
            "offered_seller": null });
        self.change(stamp, escrow, milestone, change);
    }

    fn change(&mut self, stamp: Stamp, escrow: EscrowId, milestone: Option<u16>, change: Value) {
        self.touch(stamp, escrow);
        self.milestones.change(stamp, keyed(escrow, milestone, change));
    }

    fn add(&mut self, stamp: Stamp, escrow: EscrowId, milestone: Option<u16>, more: Value) {
        self.touch(stamp, escrow);
        self.milestones.add(stamp, keyed(escrow, milestone, more));
    }

    fn touch(&mut self, stamp: Stamp, escrow: EscrowId) {
        self.escrows.change(stamp, json!({ "escrow": escrow }));
        self.touched.insert(escrow.0);
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        if self.touched.is_empty() {
            return Ok(());
        }
        self.escrows.write(&mut *connection, ledger).await?;
        self.milestones.write(&mut *connection, ledger).await?;
        let touched: Vec<_> = self.touched.into_iter().collect();
        sqlx::query(SUM).bind(ledger).bind(touched).execute(connection).await?;
        Ok(())
    }
}

fn keyed(escrow: EscrowId, milestone: Option<u16>, columns: Value) -> Value {
    let mut all = Map::new();
    all.insert("escrow".to_owned(), json!(escrow));
    all.insert("milestone".to_owned(), json!(milestone.unwrap_or(0)));
    if let Value::Object(columns) = columns {
        all.extend(columns);
    }
    Value::Object(all)
}

/// The platform's commission and the seller's net of what was shared, in major units.
fn shares(shared: Option<&Breakdown>) -> (Decimal, Decimal) {
    let major = |money: Option<Money>| money.map_or(Decimal::ZERO, Money::to_decimal);
    shared.map_or((Decimal::ZERO, Decimal::ZERO), |it| (major(it.commission()), major(it.net())))
}

/// What an entry takes out of an escrow, in major units.
fn taken_out(
    escrow: EscrowId,
    milestone: Option<u16>,
    postings: &[cauri_domain::Posting],
) -> Decimal {
    let account =
        milestone.map_or(Account::Escrow(escrow), |number| Account::Milestone(escrow, number));
    let out = postings.iter().filter(|it| it.account == account && it.side == Side::Debit);
    out.map(|posting| posting.money.to_decimal()).sum()
}

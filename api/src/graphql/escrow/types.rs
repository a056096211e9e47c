//! Escrows.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{EscrowRow, MilestoneRow};

use super::words::{EscrowParty, EscrowStatus};
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Money kept for a condition.
#[derive(Description)]
pub struct Escrow {
    pub(in crate::graphql) row: EscrowRow,
    pub(in crate::graphql) moment: Moment,
}

#[Object(use_type_description)]
impl Escrow {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.escrow
    }

    /// The wallet that pays.
    async fn buyer_id(&self) -> Uuid {
        self.row.buyer
    }

    /// The wallet that gets the money when the condition is met.
    async fn seller_id(&self) -> Uuid {
        self.row.seller
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.row.amount, &self.row.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.row.currency.clone())
    }

    /// How long the buyer may inspect a delivery, in seconds.
    async fn inspection_seconds(&self) -> i64 {
        self.row.inspection_s
    }

    /// The platform's share, in basis points, as agreed.
    async fn commission_basis_points(&self) -> i32 {
        self.row.commission_bp
    }

    /// The rule that was agreed instead of that; null where none was.
    async fn commission_rule(&self) -> Option<&str> {
        self.row.rule.as_deref()
    }

    /// The version of that rule.
    async fn commission_rule_version(&self) -> Option<i32> {
        self.row.rule_version
    }

    /// Where it stands: where the milestone does that most needs somebody.
    async fn status(&self) -> Result<EscrowStatus> {
        EscrowStatus::of(&self.row.status)
    }

    /// Until when it is to be funded, where that was not done at once.
    async fn fund_by(&self) -> Option<DateTime<Utc>> {
        self.row.fund_by
    }

    /// Who decides a dispute, beside staff.
    async fn arbiter(&self) -> Option<&str> {
        self.row.arbiter.as_deref()
    }

    /// While delivered: when it, or the first of its milestones, is released if the buyer does
    /// nothing.
    async fn auto_release_at(&self) -> Option<DateTime<Utc>> {
        self.row.auto_release_at
    }

    /// What the seller was given of it, commission included, in major units.
    async fn released(&self) -> DecimalText {
        DecimalText::of(self.row.released, &self.row.currency)
    }

    /// What the buyer has back of it, in major units.
    async fn refunded(&self) -> DecimalText {
        DecimalText::of(self.row.refunded, &self.row.currency)
    }

    /// What was taken back of the released, in major units.
    async fn clawed_back(&self) -> DecimalText {
        DecimalText::of(self.row.clawed_back, &self.row.currency)
    }

    /// Once some is released: the platform's share, in major units.
    async fn commission(&self) -> Option<DecimalText> {
        self.row.commission.map(|amount| DecimalText::of(amount, &self.row.currency))
    }

    /// Once some is released: what the seller got, in major units.
    async fn net(&self) -> Option<DecimalText> {
        self.row.net.map(|amount| DecimalText::of(amount, &self.row.currency))
    }

    /// Its milestones, in order: at most 50. An escrow without any has one without a number.
    async fn milestones(&self) -> Result<Vec<Milestone>> {
        let rows = self.moment.ask().await.milestones(self.row.escrow).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        let milestone = |row| Milestone { row, currency: self.row.currency.clone() };
        Ok(rows.into_iter().map(milestone).collect())
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }
}

/// A milestone of an escrow, or the whole of one without any.
#[derive(Description)]
pub struct Milestone {
    row: MilestoneRow,
    currency: String,
}

impl Milestone {
    fn amount_of(&self, amount: rust_decimal::Decimal) -> DecimalText {
        DecimalText::of(amount, &self.currency)
    }
}

#[Object(use_type_description)]
impl Milestone {
    /// Its number, from 1; null of the whole of an escrow.
    async fn number(&self) -> Option<i32> {
        Some(self.row.milestone).filter(|number| *number > 0)
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        self.amount_of(self.row.amount)
    }

    /// Where it stands.
    async fn status(&self) -> Result<EscrowStatus> {
        EscrowStatus::of(&self.row.status)
    }

    /// Refunded when nothing was delivered until then.
    async fn deliver_by(&self) -> Option<DateTime<Utc>> {
        self.row.deliver_by
    }

    /// While delivered: when it is released if the buyer does nothing.
    async fn auto_release_at(&self) -> Option<DateTime<Utc>> {
        self.row.auto_release_at
    }

    /// The SHA-256 of what shows the delivery.
    async fn evidence(&self) -> Option<&str> {
        self.row.evidence.as_deref()
    }

    /// While disputed: who does not agree.
    async fn disputed_by(&self) -> Result<Option<EscrowParty>> {
        self.row.disputed_by.as_deref().map(EscrowParty::of).transpose()
    }

    /// While disputed: why.
    async fn dispute_reason(&self) -> Option<&str> {
        self.row.dispute_reason.as_deref()
    }

    /// Who offers to end it.
    async fn offered_by(&self) -> Result<Option<EscrowParty>> {
        self.row.offered_by.as_deref().map(EscrowParty::of).transpose()
    }

    /// What the offer has the seller get, commission included, in major units.
    async fn offered_seller_amount(&self) -> Option<DecimalText> {
        self.row.offered_seller.map(|amount| self.amount_of(amount))
    }

    /// What is held, without what the buyer paid on top, in major units.
    async fn held(&self) -> DecimalText {
        let row = &self.row;
        let held = match row.status.as_str() {
            "awaiting_funds" | "canceled" => rust_decimal::Decimal::ZERO,
            _ => row.amount - row.released - row.refunded - row.fee,
        };
        self.amount_of(held)
    }

    /// What the seller was given of it, commission included, in major units.
    async fn released(&self) -> DecimalText {
        self.amount_of(self.row.released)
    }

    /// What the buyer has back of it, in major units.
    async fn refunded(&self) -> DecimalText {
        self.amount_of(self.row.refunded)
    }

    /// What was taken back of the released, in major units.
    async fn clawed_back(&self) -> DecimalText {
        self.amount_of(self.row.clawed_back)
    }

    /// What the arbitration cost, in major units.
    async fn fee(&self) -> DecimalText {
        self.amount_of(self.row.fee)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }
}

//! Escrows.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::EscrowRow;

use super::words::EscrowStatus;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Money kept for a condition.
#[derive(Description)]
pub struct Escrow(pub(in crate::graphql) EscrowRow);

#[Object(use_type_description)]
impl Escrow {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.escrow
    }

    /// The wallet that pays.
    async fn buyer_id(&self) -> Uuid {
        self.0.buyer
    }

    /// The wallet that gets the money when the condition is met.
    async fn seller_id(&self) -> Uuid {
        self.0.seller
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// How long the buyer may inspect a delivery, in seconds.
    async fn inspection_seconds(&self) -> i64 {
        self.0.inspection_s
    }

    /// The platform's share, in basis points, as agreed.
    async fn commission_basis_points(&self) -> i32 {
        self.0.commission_bp
    }

    /// Where it stands.
    async fn status(&self) -> Result<EscrowStatus> {
        EscrowStatus::of(&self.0.status)
    }

    /// While delivered: when it is released if the buyer does nothing.
    async fn auto_release_at(&self) -> Option<DateTime<Utc>> {
        self.0.auto_release_at
    }

    /// Once released: the platform's share, in major units.
    async fn commission(&self) -> Option<DecimalText> {
        self.0.commission.map(|amount| DecimalText::of(amount, &self.0.currency))
    }

    /// Once released: what the seller got, in major units.
    async fn net(&self) -> Option<DecimalText> {
        let net = self.0.commission.map(|commission| self.0.amount - commission);
        net.map(|amount| DecimalText::of(amount, &self.0.currency))
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

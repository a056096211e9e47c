//! Entitlements.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::EntitlementRow;

use super::words::EntitlementStatus;
use crate::graphql::scalars::RevisionNumber;

/// What somebody may use: a file, a ticket, an eSIM, a template.
#[derive(Description)]
pub struct Entitlement(pub(super) EntitlementRow);

#[Object(use_type_description)]
impl Entitlement {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.entitlement
    }

    /// The wallet of whose it is.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// The wallet of whose it was first.
    async fn first_wallet_id(&self) -> Uuid {
        self.0.first_wallet
    }

    /// What it is for.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The wallet of who offers what it is for.
    async fn seller_id(&self) -> Option<Uuid> {
        self.0.seller
    }

    /// The order that it was bought with.
    async fn order_id(&self) -> Option<Uuid> {
        self.0.sale
    }

    /// The line of that order.
    async fn line(&self) -> Option<i32> {
        self.0.line
    }

    /// Until when it can be used; none where it has no end.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.ends_at
    }

    /// Where it stands.
    async fn status(&self) -> Result<EntitlementStatus> {
        EntitlementStatus::of(&self.0.status)
    }

    /// By which use it was used up.
    async fn used(&self) -> Option<&str> {
        self.0.used.as_deref()
    }

    /// Why it was taken away.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was granted.
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

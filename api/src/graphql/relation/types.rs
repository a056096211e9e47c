//! Relations.

use async_graphql::{Description, Object};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::RelationRow;

use crate::graphql::scalars::RevisionNumber;

/// Who is what of which thing of the marketplace.
#[derive(Description)]
pub struct Relation(pub(super) RelationRow);

#[Object(use_type_description)]
impl Relation {
    /// What: `arbiter`, `driver`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Of which thing of the marketplace's own system.
    async fn object(&self) -> &str {
        &self.0.object
    }

    /// Who, where it is a person or program.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Who, where it is a wallet.
    async fn wallet_id(&self) -> Option<Uuid> {
        self.0.wallet
    }

    /// Whether it has ended.
    async fn ended(&self) -> bool {
        self.0.status == "ended"
    }

    /// When it first began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last began or ended.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

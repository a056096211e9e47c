//! Why money moved: who asked, by which command, after what.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::PostingRow;

use crate::graphql::context::{bookkeeper, inbox};
use crate::graphql::fault;
use crate::graphql::inbox::Delivery;
use crate::graphql::scalars::RevisionNumber;

/// The cause of a posting.
pub struct Cause<'a>(pub(super) &'a PostingRow);

/// Who asked for an event, and what led to it.
#[Object]
impl Cause<'_> {
    /// Who asked.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// In which role.
    async fn role(&self) -> &str {
        &self.0.role
    }

    /// By which command.
    async fn command_id(&self) -> Uuid {
        self.0.command_id
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.0.correlation_id
    }

    /// The event that led to the command, where there was one.
    async fn causation(&self) -> Option<RevisionNumber> {
        self.0.causation.map(Into::into)
    }

    /// Which key proved the provider's webhook that asked, where one did.
    async fn key_id(&self) -> Option<&str> {
        self.0.key_id.as_deref()
    }

    /// The provider's webhook that it came of; null where it came of none, or where the delivery is no
    /// more. For finance, admins and auditors.
    #[graphql(complexity = "5 + child_complexity")]
    async fn delivery(&self, ctx: &Context<'_>) -> Result<Option<Delivery>> {
        let ledger = &bookkeeper(ctx, "delivery")?.ledger;
        let row = inbox(ctx)?.get(ledger, self.0.correlation_id).await;
        Ok(row.map_err(|error| fault::database(&error))?.map(Delivery))
    }
}

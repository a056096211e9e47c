//! Proposals.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::ProposalRow;

use super::words::ProposalStatus;
use crate::graphql::scalars::RevisionNumber;

/// A command that waits, or waited, for a second person.
#[derive(Description)]
pub struct Proposal(pub(super) ProposalRow);

#[Object(use_type_description)]
impl Proposal {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.proposal
    }

    /// Who proposed it.
    async fn proposed_by(&self) -> &str {
        &self.0.proposed_by
    }

    /// The kind of command: `ApproveWithdrawal`.
    async fn command(&self) -> &str {
        &self.0.command
    }

    /// The whole command, as the log holds it: JSON.
    async fn content(&self) -> String {
        self.0.content.to_string()
    }

    /// Why, as a word of the marketplace's own vocabulary.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Where it stands.
    async fn status(&self) -> Result<ProposalStatus> {
        ProposalStatus::of(&self.0.status)
    }

    /// Who approved or rejected it.
    async fn judged_by(&self) -> Option<&str> {
        self.0.judged_by.as_deref()
    }

    /// Until when it waits.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was made.
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

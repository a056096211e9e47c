//! The journal: every event, with its entry if it moved money.

use async_graphql::{Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{EventRow, PostingRow};

use super::words::{AccountClass, PostingSide};
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// One posting of a journal entry.
pub struct Posting(PostingRow);

#[Object]
impl Posting {
    /// The account: `wallet:{id}:available`.
    async fn account(&self) -> &str {
        &self.0.account
    }

    /// Its class.
    async fn class(&self) -> Result<AccountClass> {
        AccountClass::of(&self.0.class)
    }

    /// Debit or credit.
    async fn side(&self) -> Result<PostingSide> {
        PostingSide::of(&self.0.side)
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// The account's balance in this currency after it, on its normal side.
    async fn balance_after(&self) -> DecimalText {
        DecimalText::of(self.0.balance_after, &self.0.currency)
    }
}

/// A name and its value.
#[derive(Debug, SimpleObject)]
pub struct Dimension {
    /// The name.
    name: String,
    /// The value.
    value: String,
}

/// An event of the ledger, with its journal entry if it moved money.
pub struct JournalEvent {
    pub(in crate::graphql) row: EventRow,
    pub(in crate::graphql) moment: Moment,
}

#[Object]
impl JournalEvent {
    /// Its place in the ledger.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }

    /// Its type: `escrow.released.v1`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// Who asked.
    async fn subject(&self) -> &str {
        &self.row.subject
    }

    /// In which role.
    async fn role(&self) -> &str {
        &self.row.role
    }

    /// The command that led to it.
    async fn command_id(&self) -> Uuid {
        self.row.command_id
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.row.correlation_id
    }

    /// The event that led to the command, where there was one.
    async fn causation(&self) -> Option<RevisionNumber> {
        self.row.causation.map(Into::into)
    }

    /// What the money was for, as the command said.
    async fn category(&self) -> Option<&str> {
        self.row.category.as_deref()
    }

    /// The object in the marketplace's own system, as the command said.
    async fn reference(&self) -> Option<&str> {
        self.row.reference.as_deref()
    }

    /// Store, service, channel, as the command said.
    async fn dimensions(&self) -> Vec<Dimension> {
        let pairs = self.row.dimensions.as_ref().and_then(|pairs| pairs.as_object());
        let dimension = |(name, value): (&String, &serde_json::Value)| Dimension {
            name: name.clone(),
            value: value.as_str().unwrap_or_default().to_owned(),
        };
        pairs.map(|pairs| pairs.iter().map(dimension).collect()).unwrap_or_default()
    }

    /// Its link in the hash chain: SHA-256 in hex.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// Its journal entry; empty when it moved no money.
    async fn postings(&self) -> Result<Vec<Posting>> {
        let rows = self.moment.ask().await.postings(&[self.row.revision]).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        Ok(rows.into_iter().map(Posting).collect())
    }
}

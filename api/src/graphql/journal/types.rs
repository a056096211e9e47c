//! The journal: every event, with its entry if it moved money.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::OnceCell;
use uuid::Uuid;

use cauri_projections::query::{EventRow, PostingRow};

use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::{AccountClass, PostingSide};

/// One posting of a journal entry.
#[derive(Description)]
pub struct Posting(PostingRow);

#[Object(use_type_description)]
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

    /// The day it is about: that of its recording, unless it corrects an earlier one.
    async fn effective_date(&self) -> NaiveDate {
        self.0.effective_on
    }

    /// The day it counts for in the accounts: the first open one, if its own month is closed.
    async fn posting_date(&self) -> NaiveDate {
        self.0.posted_on
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
    pub(in crate::graphql) name: String,
    /// The value.
    pub(in crate::graphql) value: String,
}

/// An event of the ledger, with its journal entry if it moved money.
#[derive(Description)]
pub struct JournalEvent {
    pub(in crate::graphql) row: EventRow,
    pub(in crate::graphql) entries: Arc<Entries>,
}

#[Object(use_type_description)]
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

    /// Which key proved the provider's webhook that asked, where one did: what `Delivery.keyId` says.
    async fn key_id(&self) -> Option<&str> {
        self.row.key_id.as_deref()
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
        let value = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let pairs = pairs.into_iter().flatten();
        pairs.map(|(name, it)| Dimension { name: name.clone(), value: value(it) }).collect()
    }

    /// Its link in the hash chain: SHA-256 in hex.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// Its journal entry; empty when it moved no money.
    async fn postings(&self) -> Result<Vec<Posting>> {
        self.entries.of(self.row.revision).await
    }
}

/// The entries of all events of a page, read together when the first of them is selected.
pub(in crate::graphql) struct Entries {
    moment: Moment,
    revisions: Vec<i64>,
    read: OnceCell<HashMap<i64, Vec<PostingRow>>>,
}

impl Entries {
    /// Those of these events.
    pub(in crate::graphql) fn of_page(moment: &Moment, events: &[EventRow]) -> Arc<Self> {
        let revisions = events.iter().map(|event| event.revision).collect();
        Arc::new(Self { moment: moment.clone(), revisions, read: OnceCell::new() })
    }

    async fn of(&self, revision: i64) -> Result<Vec<Posting>> {
        let read = self.read.get_or_try_init(|| self.read()).await?;
        Ok(read.get(&revision).into_iter().flatten().cloned().map(Posting).collect())
    }

    async fn read(&self) -> Result<HashMap<i64, Vec<PostingRow>>> {
        let rows = self.moment.ask().await.postings(&self.revisions).await;
        let mut entries: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows.map_err(|error| fault::database(&error))? {
            entries.entry(row.revision).or_default().push(row);
        }
        Ok(entries)
    }
}

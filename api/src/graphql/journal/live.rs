//! Events and their postings as they are recorded, from the log itself.

use async_graphql::{Description, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::{Class, Code, KeyId, Posting, Reference};
use cauri_ledger::Recorded;

use super::types::Dimension;
use crate::graphql::following::{postings, side};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::{AccountClass, PostingSide};

/// An event of the ledger as it is recorded, with its journal entry if it moved money.
#[derive(Description)]
pub struct LiveEvent(pub(super) Recorded);

#[Object(use_type_description)]
impl LiveEvent {
    /// Its revision: resume after it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }

    /// Its type: `escrow.released.v1`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        self.0.event.wire_name()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// Who asked.
    async fn subject(&self) -> &str {
        self.0.cause.actor.subject.as_str()
    }

    /// In which role.
    async fn role(&self) -> &str {
        self.0.cause.actor.role.as_str()
    }

    /// The command that led to it.
    async fn command_id(&self) -> Uuid {
        self.0.cause.command.0
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.0.cause.correlation.0
    }

    /// The event that led to the command, where there was one.
    async fn causation(&self) -> Option<RevisionNumber> {
        self.0.cause.causation.map(Into::into)
    }

    /// Which key proved the provider's webhook that asked, where one did: what `Delivery.keyId` says.
    async fn key_id(&self) -> Option<&str> {
        self.0.cause.key.as_ref().map(KeyId::as_str)
    }

    /// What the money was for, as the command said.
    async fn category(&self) -> Option<&str> {
        self.0.cause.labels.category.as_ref().map(Code::as_str)
    }

    /// The object in the marketplace's own system, as the command said.
    async fn reference(&self) -> Option<&str> {
        self.0.cause.labels.reference.as_ref().map(Reference::as_str)
    }

    /// Store, service, channel, as the command said.
    async fn dimensions(&self) -> Vec<Dimension> {
        let pairs = self.0.cause.labels.dimensions.iter();
        let pairs = pairs.map(|(name, value)| (name.to_string(), value.to_string()));
        pairs.map(|(name, value)| Dimension { name, value }).collect()
    }

    /// Its link in the hash chain: SHA-256 in hex.
    async fn hash(&self) -> String {
        self.0.hash.to_string()
    }

    /// Its journal entry; empty when it moved no money.
    async fn postings(&self) -> Vec<LivePosting> {
        postings(&self.0).iter().map(LivePosting::of).collect()
    }
}

/// One posting of a journal entry, as it is recorded.
#[derive(Debug, SimpleObject)]
pub struct LivePosting {
    /// The account: `wallet:{id}:available`.
    account: String,
    /// Its class.
    class: AccountClass,
    /// Debit or credit.
    side: PostingSide,
    /// How much, in major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl LivePosting {
    fn of(posting: &Posting) -> Self {
        Self {
            account: posting.account.to_string(),
            class: match posting.account.class() {
                Class::Asset => AccountClass::Asset,
                Class::Liability => AccountClass::Liability,
                Class::Equity => AccountClass::Equity,
                Class::Income => AccountClass::Income,
                Class::Expense => AccountClass::Expense,
            },
            side: side(posting.side),
            amount: DecimalText(posting.money.to_decimal().to_string()),
            currency: CurrencyText(posting.money.currency().to_string()),
        }
    }
}

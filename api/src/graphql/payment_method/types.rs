//! Payment methods.

use async_graphql::{Context, Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::PaymentMethodRow;

use super::words::PaymentMethodStatus;
use crate::graphql::context::caller;
use crate::graphql::scalars::RevisionNumber;

/// A way to pay and to be paid, as a reference into a provider's vault.
#[derive(Description)]
pub struct PaymentMethod(pub(in crate::graphql) PaymentMethodRow);

#[Object(use_type_description)]
impl PaymentMethod {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.method
    }

    /// Whose wallet's.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// The provider in whose vault it is.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What it is: `card`, `mobile-money`, `bank`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What the vault knows it by; null to a buyer or seller, who pay without it.
    async fn token(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok((!caller(ctx)?.role.is_party()).then_some(self.0.token.as_str()))
    }

    /// What a person knows it by: `*1234`.
    async fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Whether it is its wallet's default.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Where it stands.
    async fn status(&self) -> Result<PaymentMethodStatus> {
        PaymentMethodStatus::of(&self.0.status)
    }

    /// Why it was disabled.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was added.
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

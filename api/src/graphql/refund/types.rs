//! Refunds.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::RefundRow;

use super::words::RefundStatus;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Money of a provider's payment on its way back to the payer.
#[derive(Description)]
pub struct Refund(pub(in crate::graphql) RefundRow);

#[Object(use_type_description)]
impl Refund {
    /// Its id: the idempotency key that the provider is given.
    async fn id(&self) -> Uuid {
        self.0.refund
    }

    /// The wallet that it was taken from; null for money in suspense.
    async fn wallet_id(&self) -> Option<Uuid> {
        self.0.wallet
    }

    /// The pay-in that it gives back; null where it is not known.
    async fn payin_id(&self) -> Option<Uuid> {
        self.0.payin
    }

    /// Through whom.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's own payment.
    async fn payment(&self) -> &str {
        &self.0.payment
    }

    /// The provider's own refund, once it told of one.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Why it was asked for; null where nobody here did.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Why it failed, or was given up, as a code.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Where it stands.
    async fn status(&self) -> Result<RefundStatus> {
        RefundStatus::of(&self.0.status)
    }

    /// When it was first known.
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

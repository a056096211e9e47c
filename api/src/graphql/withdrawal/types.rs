//! Withdrawals.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::WithdrawalRow;

use super::words::WithdrawalStatus;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// An owner's request to take money out.
#[derive(Description)]
pub struct Withdrawal(pub(in crate::graphql) WithdrawalRow);

#[Object(use_type_description)]
impl Withdrawal {
    /// Its id: the idempotency key that the provider is given.
    async fn id(&self) -> Uuid {
        self.0.withdrawal
    }

    /// The wallet it is taken from.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// What it costs its owner, beside the amount, in major units.
    async fn fee(&self) -> Option<DecimalText> {
        self.0.fee.map(|fee| DecimalText::of(fee, &self.0.currency))
    }

    /// Where to, as an opaque reference.
    async fn destination(&self) -> &str {
        &self.0.destination
    }

    /// Where it stands.
    async fn status(&self) -> Result<WithdrawalStatus> {
        WithdrawalStatus::of(&self.0.status)
    }

    /// When it approves itself if nobody judges it.
    async fn auto_approve_at(&self) -> DateTime<Utc> {
        self.0.auto_approve_at
    }

    /// When it was due and might not approve itself: it is above the four-eyes threshold, or its wallet
    /// is under review. Persons have to judge it since.
    async fn alerted_at(&self) -> Option<DateTime<Utc>> {
        self.0.alerted_at
    }

    /// Who pays it out, once submitted.
    async fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The provider's own payout, once it told of one.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// Why it was rejected, failed or came back, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was requested.
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

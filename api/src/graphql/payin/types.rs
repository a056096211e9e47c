//! Pay-ins, and money in suspense.

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{PayinRow, SuspenseRow, Waiting};

use super::words::{PayinStatus, PayinTargetKind};
use crate::graphql::ages::Waits;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Money expected from outside.
#[derive(Description)]
pub struct Payin(pub(in crate::graphql) PayinRow);

#[Object(use_type_description)]
impl Payin {
    /// Its id: the reference that the provider is given.
    async fn id(&self) -> Uuid {
        self.0.payin
    }

    /// The wallet that gets the money.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// How much was asked, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Through whom.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Where it stands.
    async fn status(&self) -> Result<PayinStatus> {
        PayinStatus::of(&self.0.status)
    }

    /// What it pays for: null for the payer's own wallet.
    async fn target(&self) -> Result<Option<PayinTarget>> {
        let row = &self.0;
        let (Some(kind), Some(id)) = (row.target.as_deref(), row.target_id) else {
            return Ok(None);
        };
        let kind = PayinTargetKind::of(kind)?;
        Ok(Some(PayinTarget { kind, id, milestone: row.milestone }))
    }

    /// The provider's own payment, once it told of one.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// Why the payer's last attempt failed, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Until when it waits.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was initiated.
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

/// What a pay-in pays for.
#[derive(Debug, SimpleObject)]
pub struct PayinTarget {
    /// Of what kind it is.
    kind: PayinTargetKind,
    /// Its id.
    id: Uuid,
    /// Which milestone of an escrow.
    milestone: Option<i32>,
}

/// Money that came in and matched to nothing yet.
#[derive(Description)]
pub struct SuspenseItem(pub(in crate::graphql) SuspenseRow);

#[Object(use_type_description)]
impl SuspenseItem {
    /// The revision that put it there.
    async fn revision(&self) -> RevisionNumber {
        self.0.created_revision.into()
    }

    /// From which provider.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's own payment or payout.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// The pay-in that the provider named, if it exists.
    async fn payin_id(&self) -> Option<Uuid> {
        self.0.payin
    }

    /// The withdrawal that came back to a closed wallet.
    async fn withdrawal_id(&self) -> Option<Uuid> {
        self.0.withdrawal
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// What of it is in suspense still, in major units.
    async fn held(&self) -> DecimalText {
        DecimalText::of(self.0.held, &self.0.currency)
    }

    /// Why it is here, or which event put it here: late, amount, currency, reference, provider,
    /// paid_again, wallet_closed, wallet_frozen, returned.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// What it waits for.
    async fn waits_for(&self) -> Waits {
        Waiting::of(&self.0.reason).into()
    }

    /// When it came.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

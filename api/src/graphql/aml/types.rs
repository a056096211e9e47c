//! Flags and risk holds.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::{FlagRow, RiskHoldRow};

use super::words::{FlagSeverity, FlagStatus, RiskHoldStatus};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// A suspicion on record. A wallet with one that is open is under review: none of its withdrawals
/// approves itself.
#[derive(Description)]
pub struct Flag(pub(super) FlagRow);

#[Object(use_type_description)]
impl Flag {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.flag
    }

    /// About which wallet.
    async fn wallet_id(&self) -> Option<Uuid> {
        self.0.wallet
    }

    /// About which event, by its revision.
    async fn about_revision(&self) -> Option<RevisionNumber> {
        self.0.about_revision.map(Into::into)
    }

    /// What is suspected.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How grave it is.
    async fn severity(&self) -> Result<FlagSeverity> {
        FlagSeverity::of(&self.0.severity)
    }

    /// Where it stands.
    async fn status(&self) -> Result<FlagStatus> {
        FlagStatus::of(&self.0.status)
    }

    /// Who put it on record.
    async fn raised_by(&self) -> &str {
        &self.0.raised_by
    }

    /// What came of it.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// Who ended it.
    async fn cleared_by(&self) -> Option<&str> {
        self.0.cleared_by.as_deref()
    }

    /// When it was put on record.
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

/// Money that is kept back of a wallet while somebody looks into it.
#[derive(Description)]
pub struct RiskHold(pub(super) RiskHoldRow);

#[Object(use_type_description)]
impl RiskHold {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.risk_hold
    }

    /// Of which wallet.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// How much was kept back, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Where it stands.
    async fn status(&self) -> Result<RiskHoldStatus> {
        RiskHoldStatus::of(&self.0.status)
    }

    /// What was still there when it was released, in major units: less where a refund or a
    /// chargeback needed it meanwhile.
    async fn released(&self) -> Option<DecimalText> {
        self.0.released.map(|amount| DecimalText::of(amount, &self.0.currency))
    }

    /// When it was placed.
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

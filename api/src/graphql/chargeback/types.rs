//! Chargebacks.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_projections::query::ChargebackRow;

use super::words::ChargebackStatus;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// A payment that its payer disputes at the provider.
#[derive(Description)]
pub struct Chargeback(pub(in crate::graphql) ChargebackRow);

impl Chargeback {
    /// In the currency that was told; nothing was told without one.
    fn amount_of(&self, amount: rust_decimal::Decimal) -> DecimalText {
        match &self.0.currency {
            Some(currency) => DecimalText::of(amount, currency),
            None => DecimalText(amount.normalize().to_string()),
        }
    }
}

#[Object(use_type_description)]
impl Chargeback {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.chargeback
    }

    /// Whose money it takes; null as long as that is not known.
    async fn wallet_id(&self) -> Option<Uuid> {
        self.0.wallet
    }

    /// Which provider.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's own payment.
    async fn payment(&self) -> &str {
        &self.0.payment
    }

    /// Where it stands.
    async fn status(&self) -> Result<ChargebackStatus> {
        ChargebackStatus::of(&self.0.status)
    }

    /// The currency, once an amount was told.
    async fn currency(&self) -> Option<CurrencyText> {
        self.0.currency.clone().map(CurrencyText)
    }

    /// How much is disputed, in major units.
    async fn disputed(&self) -> Option<DecimalText> {
        self.0.disputed.map(|amount| self.amount_of(amount))
    }

    /// What of that is more than was left of the payment, in major units: somebody should look.
    async fn beyond(&self) -> Option<DecimalText> {
        self.0.beyond.map(|amount| self.amount_of(amount))
    }

    /// Why, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Until when evidence is taken.
    async fn due_by(&self) -> Option<DateTime<Utc>> {
        self.0.due_by
    }

    /// The SHA-256 of what was handed in.
    async fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }

    /// By whose word it is lost: `provider`, or `deadline` when nobody answered.
    async fn lost_by(&self) -> Option<&str> {
        self.0.lost_by.as_deref()
    }

    /// What of the wallet's money is kept back for it, in major units.
    async fn reserved(&self) -> DecimalText {
        self.amount_of(self.0.reserved)
    }

    /// What the provider has taken back, in major units.
    async fn withdrawn(&self) -> DecimalText {
        self.amount_of(self.0.withdrawn)
    }

    /// What the provider has given back, in major units.
    async fn reinstated(&self) -> DecimalText {
        self.amount_of(self.0.reinstated)
    }

    /// What the provider charges, in major units.
    async fn fee(&self) -> DecimalText {
        self.amount_of(self.0.fee)
    }

    /// What somebody here bears of it, in major units.
    async fn borne(&self) -> DecimalText {
        self.amount_of(self.0.borne)
    }

    /// When what it left owing is looked at.
    async fn write_off_at(&self) -> Option<DateTime<Utc>> {
        self.0.write_off_at
    }

    /// What was owed when that was looked at, in major units: a proposal to write it off was made.
    async fn owed(&self) -> Option<DecimalText> {
        self.0.owed.map(|amount| self.amount_of(amount))
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

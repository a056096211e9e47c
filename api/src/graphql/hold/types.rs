//! Holds and their captures.

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::hold::{Leg, Payee};
use cauri_projections::query::{CaptureRow, HoldRow};

use super::words::HoldStatus;
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// What one payer put into a hold.
#[derive(Debug, SimpleObject)]
pub struct HoldLeg {
    /// The wallet that pays.
    wallet_id: Uuid,
    /// How much, in major units.
    amount: DecimalText,
}

/// Who got how much of a capture.
#[derive(Debug, SimpleObject)]
pub struct HoldPayee {
    /// The wallet that was paid.
    wallet_id: Uuid,
    /// How much, commission included, in major units.
    amount: DecimalText,
    /// Whether it was a tip.
    tip: bool,
}

/// One capture of a hold.
#[derive(Debug, SimpleObject)]
pub struct HoldCapture {
    /// Its id.
    id: Uuid,
    /// How much left the hold, in major units.
    taken: DecimalText,
    /// Whether it was the last.
    last: bool,
    /// Who got how much.
    payees: Vec<HoldPayee>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Its revision.
    revision: RevisionNumber,
}

/// Money reserved for a payment that is not final yet.
#[derive(Description)]
pub struct Hold {
    pub(super) row: HoldRow,
    pub(super) moment: Moment,
}

fn parsed<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T> {
    serde_json::from_value(value.clone())
        .map_err(|_| fault::unavailable("the read models are of another version"))
}

#[Object(use_type_description)]
impl Hold {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.hold
    }

    /// Who put in how much.
    async fn legs(&self) -> Result<Vec<HoldLeg>> {
        let leg = |leg: Leg| HoldLeg {
            wallet_id: leg.wallet.0,
            amount: DecimalText(leg.amount.to_decimal().to_string()),
        };
        Ok(parsed::<Vec<Leg>>(&self.row.legs)?.into_iter().map(leg).collect())
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.row.currency.clone())
    }

    /// What was put in, in major units.
    async fn placed(&self) -> DecimalText {
        DecimalText::of(self.row.placed, &self.row.currency)
    }

    /// What was captured of it, in major units.
    async fn captured(&self) -> DecimalText {
        DecimalText::of(self.row.captured, &self.row.currency)
    }

    /// What came back to its payers, in major units.
    async fn released(&self) -> DecimalText {
        DecimalText::of(self.row.released, &self.row.currency)
    }

    /// What is still held, in major units.
    async fn held(&self) -> DecimalText {
        let held = self.row.placed - self.row.captured - self.row.released;
        DecimalText::of(held, &self.row.currency)
    }

    /// Where it stands.
    async fn status(&self) -> Result<HoldStatus> {
        HoldStatus::of(&self.row.status)
    }

    /// Why it was voided.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Until when it stands.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.row.expires_at
    }

    /// Its captures, in order: at most 100.
    async fn captures(&self) -> Result<Vec<HoldCapture>> {
        let rows = self.moment.ask().await.captures(self.row.hold).await;
        let capture = |row: CaptureRow| {
            let payee = |payee: Payee| HoldPayee {
                wallet_id: payee.wallet.0,
                amount: DecimalText(payee.amount.to_decimal().to_string()),
                tip: payee.tip,
            };
            Ok(HoldCapture {
                id: row.capture,
                taken: DecimalText::of(row.taken, &self.row.currency),
                last: row.last,
                payees: parsed::<Vec<Payee>>(&row.payees)?.into_iter().map(payee).collect(),
                created_at: row.created_at,
                revision: row.created_revision.into(),
            })
        };
        rows.map_err(|error| fault::database(&error))?.into_iter().map(capture).collect()
    }

    /// When it was placed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }
}

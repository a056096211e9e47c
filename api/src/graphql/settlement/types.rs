//! Settlements.

use std::collections::HashMap;

use async_graphql::{Description, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use cauri_projections::query::{SettlementRow, SettlementSumRow};

use super::words::SettlementStatus;
use crate::graphql::context::Moment;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// What a provider settled to our own bank account.
#[derive(Description)]
pub struct Settlement {
    pub(super) row: SettlementRow,
    pub(super) sums: Vec<SettlementSumRow>,
}

/// How much was settled in one currency, in major units: below nothing where the provider took
/// money from the bank.
#[derive(Debug, SimpleObject)]
pub struct SettlementSum {
    /// The currency.
    currency: CurrencyText,
    /// By how much what the provider holds went down.
    gross: DecimalText,
    /// What the provider took out of it.
    fee: DecimalText,
    /// What reached the bank account.
    net: DecimalText,
}

impl SettlementSum {
    fn new(row: &SettlementSumRow) -> Self {
        let amount = |it| DecimalText::of(it, &row.currency);
        Self {
            gross: amount(row.gross),
            fee: amount(row.fee),
            net: amount(row.net),
            currency: CurrencyText(row.currency.clone()),
        }
    }
}

#[Object(use_type_description)]
impl Settlement {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.settlement
    }

    /// Which provider.
    async fn provider(&self) -> &str {
        &self.row.provider
    }

    /// The provider's own id of its payout to our bank account.
    async fn provider_object(&self) -> &str {
        &self.row.object
    }

    /// How much, by currency.
    async fn sums(&self) -> Vec<SettlementSum> {
        self.sums.iter().map(SettlementSum::new).collect()
    }

    /// The day it reached the bank account, or left it.
    async fn value_date(&self) -> NaiveDate {
        self.row.value_date
    }

    /// How many payments, payouts and refunds the provider says that it covers.
    async fn items(&self) -> Option<i64> {
        self.row.items
    }

    /// Where it stands.
    async fn status(&self) -> Result<SettlementStatus> {
        SettlementStatus::of(&self.row.status)
    }

    /// Why it was taken back, if it was.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// When it was recorded.
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

/// The rows with their sums.
pub(super) async fn whole(moment: &Moment, rows: Vec<SettlementRow>) -> Result<Vec<Settlement>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.settlement).collect();
    let sums = moment.ask().await.settlement_sums(&ids).await;
    let mut of = HashMap::<Uuid, Vec<_>>::new();
    for sum in sums.map_err(|error| fault::database(&error))? {
        of.entry(sum.settlement).or_default().push(sum);
    }
    let whole = rows.into_iter().map(|row| {
        let sums = of.remove(&row.settlement).unwrap_or_default();
        Settlement { row, sums }
    });
    Ok(whole.collect())
}

/// The settlement with this id.
pub(super) async fn find(moment: &Moment, id: Uuid) -> Result<Option<Settlement>> {
    let row = moment.ask().await.settlement(id).await.map_err(|error| fault::database(&error))?;
    Ok(whole(moment, row.into_iter().collect()).await?.pop())
}

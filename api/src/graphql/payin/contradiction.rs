//! Payments of which a provider told in another currency than before.

use async_graphql::{Context, Description, Object, Result};
use cauri_projections::query::ContradictionRow;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::graphql::context::{Moment, bookkeeper};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// A payment of which a provider told in another currency than before. Its first word stands, and
/// nothing is booked for this one: only the provider can say which is true.
#[derive(Description)]
pub struct ContradictedPayment(ContradictionRow);

#[Object(use_type_description)]
impl ContradictedPayment {
    /// The revision that has it.
    async fn revision(&self) -> RevisionNumber {
        self.0.created_revision.into()
    }

    /// The provider's account.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's own payment.
    async fn provider_object(&self) -> &str {
        &self.0.object
    }

    /// The pay-in that it is for, if it is for one.
    async fn payin_id(&self) -> Option<Uuid> {
        self.0.payin
    }

    /// How much it said now, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// In which currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// The most that it said before, in major units.
    async fn amount_before(&self) -> DecimalText {
        DecimalText::of(self.0.before_amount, &self.0.before_currency)
    }

    /// In which currency that was.
    async fn currency_before(&self) -> CurrencyText {
        CurrencyText(self.0.before_currency.clone())
    }

    /// When it was recorded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

#[derive(Debug, Default)]
pub struct ContradictionQueries;

#[Object]
impl ContradictionQueries {
    /// Payments of which a provider told in another currency than before, newest first: once for
    /// each payment and currency. For finance, admins and auditors.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn contradicted_payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<ContradictedPayment>> {
        bookkeeper(ctx, "contradictedPayments")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.contradictions(page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, ContradictionRow::key, ContradictedPayment))
    }
}

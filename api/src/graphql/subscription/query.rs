//! Questions about plans, subscriptions, usage and invoices.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{InvoiceRow, PlanRow, SubscriptionRow};

use super::papers::{Billing, Invoice};
use super::types::{Plan, PlanSubscription};
use super::words::{InvoiceStatus, SubscriptionStatus};
use crate::graphql::context::{Moment, asked_for, caller, may_see_of, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct SubscriptionQueries;

#[Object]
impl SubscriptionQueries {
    /// The latest version of each plan, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that can be subscribed to, or only the others.")]
        offered: Option<bool>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Plan>> {
        caller(ctx)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.plans(offered, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, PlanRow::key, Plan))
    }

    /// A subscription; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<PlanSubscription>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.subscription(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(PlanSubscription { row, moment }))
    }

    /// Subscriptions, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn subscriptions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those of this wallet.")] wallet: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<SubscriptionStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<PlanSubscription>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(SubscriptionStatus::word);
        let slice = moment.ask().await.subscriptions(whose, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let of = |row| PlanSubscription { row, moment: moment.clone() };
        Ok(connection(&moment, slice, SubscriptionRow::key, of))
    }

    /// An invoice or a credit note; null when there is none with this id. Another's is `FORBIDDEN`
    /// to a buyer or seller.
    async fn invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Invoice>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.invoice(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(Invoice(row)))
    }

    /// Invoices and credit notes, newest first. A buyer or seller sees those to them.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those to this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those to this wallet: one's own, or one whose member one is.")]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those about this subscription.")] subscription: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<InvoiceStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Invoice>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let whose = whose(caller, &moment, owner, wallet).await?;
        let status = status.map(InvoiceStatus::word);
        let slice = moment.ask().await.invoices(whose, subscription, status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, InvoiceRow::key, Invoice))
    }

    /// What a wallet has subscribed to, used so far, and has to pay: its subscriptions that have not
    /// ended, and its open invoices, at most 100 of each. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn billing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] wallet: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Billing>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.wallet(wallet).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "wallet").await?;
        Ok(Some(Billing { wallet, moment }))
    }
}

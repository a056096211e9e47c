//! Questions about orders.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use cauri_projections::query::{OrderRow, OrdersOf, Whose};

use super::input::OrderTermsInput;
use super::quote::{self, QuoteOrderResult};
use super::types::Order;
use super::words::OrderStatus;
use crate::graphql::context::{Moment, asked_for, caller, engine, may_see_any, whose};
use crate::graphql::fault;
use crate::graphql::paging::{List, PageArgs, connection, cost, subject};
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct SaleQueries;

#[Object]
impl SaleQueries {
    /// An order; null when there is none with this id. A buyer or seller sees those they buy or
    /// sell in; another's is `FORBIDDEN`.
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Order>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.order(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        let lines = moment.ask().await.order_lines(id).await.map_err(|e| fault::database(&e))?;
        let sellers = lines.iter().map(|line| (line.seller, line.owner.as_str()));
        let parties = std::iter::once((row.buyer, row.owner.as_str())).chain(sellers);
        let (wallets, persons): (Vec<_>, Vec<_>) = parties.unzip();
        may_see_any(caller, &moment, &wallets, &persons, "id").await?;
        Ok(Some(Order { row, moment }))
    }

    /// Orders, newest first. A buyer or seller sees those they buy or sell in.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that this owner buys or sells in.")] owner: Option<String>,
        #[graphql(
            desc = "Only those that this wallet buys or sells in: one's own, or one whose member one is."
        )]
        wallet: Option<Uuid>,
        #[graphql(desc = "Only those bought by this wallet.")] buyer: Option<Uuid>,
        #[graphql(desc = "Only those with a line of this seller's wallet.")] seller: Option<Uuid>,
        #[graphql(desc = "Only those that stand there.")] status: Option<OrderStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Order>> {
        let caller = caller(ctx)?;
        let owner = asked_for(caller, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let Whose { owner: person, wallet } = whose(caller, &moment, owner, wallet).await?;
        let of = OrdersOf { person, wallet, buyer, seller, status: status.map(OrderStatus::word) };
        let slice = moment.ask().await.orders(of, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let node = |row| Order { row, moment: moment.clone() };
        Ok(connection(&moment, slice, OrderRow::key, node))
    }

    /// What an order would come to, if it was placed now: its total, the discount of each line, the
    /// commission of each seller. Nothing is reserved.
    async fn quote_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What would be ordered.")] terms: OrderTermsInput,
    ) -> Result<QuoteOrderResult> {
        quote::of(&engine(ctx)?, terms.parse()).await
    }
}

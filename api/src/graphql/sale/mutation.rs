//! Commands about orders.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Order;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// An order is as asked.
    OrderChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl OrderChanged {
    /// The order, as of this revision at least.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.order(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Order { row, moment }))
    }
}

results! {
    /// How placing an order ended.
    PlaceOrderResult = OrderChanged;
    /// How paying an order ended.
    PayOrderResult = OrderChanged;
    /// How marking an order as delivered ended.
    MarkOrderDeliveredResult = OrderChanged;
    /// How settling an order ended.
    SettleOrderResult = OrderChanged;
    /// How cancelling an order ended.
    CancelOrderResult = OrderChanged;
    /// How refunding an order ended.
    RefundOrderResult = OrderChanged;
}

#[derive(Debug, Default)]
pub struct SaleMutations;

#[Object]
impl SaleMutations {
    /// Orders: reserves the use of a coupon and places of capacities until it is paid or its time
    /// is over.
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        input: PlaceOrderInput,
    ) -> Result<PlaceOrderResult> {
        changed!(ctx, input, order, PlaceOrderResult, OrderChanged)
    }

    /// Pays an order out of the buyer's wallet; one that is fulfilled at once is settled with it.
    async fn pay_order(&self, ctx: &Context<'_>, input: PayOrderInput) -> Result<PayOrderResult> {
        changed!(ctx, input, order, PayOrderResult, OrderChanged)
    }

    /// Says that all of an order is delivered, by its only seller, its courier or staff: the
    /// inspection period begins.
    async fn mark_order_delivered(
        &self,
        ctx: &Context<'_>,
        input: MarkOrderDeliveredInput,
    ) -> Result<MarkOrderDeliveredResult> {
        changed!(ctx, input, order, MarkOrderDeliveredResult, OrderChanged)
    }

    /// Gives an order's sellers their money, less commission, and the buyer what they may use.
    async fn settle_order(
        &self,
        ctx: &Context<'_>,
        input: SettleOrderInput,
    ) -> Result<SettleOrderResult> {
        changed!(ctx, input, order, SettleOrderResult, OrderChanged)
    }

    /// Gives an order up before it is delivered; what was paid goes back to the buyer.
    async fn cancel_order(
        &self,
        ctx: &Context<'_>,
        input: CancelOrderInput,
    ) -> Result<CancelOrderResult> {
        changed!(ctx, input, order, CancelOrderResult, OrderChanged)
    }

    /// Gives the buyer money back: out of the order, or from its sellers once they have it.
    async fn refund_order(
        &self,
        ctx: &Context<'_>,
        input: RefundOrderInput,
    ) -> Result<RefundOrderResult> {
        changed!(ctx, input, order, RefundOrderResult, OrderChanged)
    }
}

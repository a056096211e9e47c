//! Commands about escrows.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Escrow;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// An escrow is as asked.
    EscrowChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl EscrowChanged {
    /// The escrow, as of this revision at least.
    async fn escrow(&self, ctx: &Context<'_>) -> Result<Option<Escrow>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.escrow(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Escrow))
    }
}

results! {
    /// How opening an escrow ended.
    OpenEscrowResult = EscrowChanged;
    /// How marking a delivery ended.
    MarkDeliveredResult = EscrowChanged;
    /// How releasing an escrow ended.
    ReleaseEscrowResult = EscrowChanged;
    /// How refunding an escrow ended.
    RefundEscrowResult = EscrowChanged;
}

#[derive(Debug, Default)]
pub struct EscrowMutations;

#[Object]
impl EscrowMutations {
    /// Agrees terms and puts the buyer's money aside.
    async fn open_escrow(
        &self,
        ctx: &Context<'_>,
        input: OpenEscrowInput,
    ) -> Result<OpenEscrowResult> {
        changed!(ctx, input, escrow, OpenEscrowResult, EscrowChanged)
    }

    /// The seller says it is done; the inspection period begins.
    async fn mark_delivered(
        &self,
        ctx: &Context<'_>,
        input: MarkDeliveredInput,
    ) -> Result<MarkDeliveredResult> {
        changed!(ctx, input, escrow, MarkDeliveredResult, EscrowChanged)
    }

    /// The buyer lets the seller have the money, less commission.
    async fn release_escrow(
        &self,
        ctx: &Context<'_>,
        input: ReleaseEscrowInput,
    ) -> Result<ReleaseEscrowResult> {
        changed!(ctx, input, escrow, ReleaseEscrowResult, EscrowChanged)
    }

    /// The seller gives the money back to the buyer.
    async fn refund_escrow(
        &self,
        ctx: &Context<'_>,
        input: RefundEscrowInput,
    ) -> Result<RefundEscrowResult> {
        changed!(ctx, input, escrow, RefundEscrowResult, EscrowChanged)
    }
}

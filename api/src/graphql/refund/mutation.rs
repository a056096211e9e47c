//! Commands about refunds.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Refund;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// A refund is as asked.
    RefundChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl RefundChanged {
    /// The refund, as of this revision at least.
    async fn refund(&self, ctx: &Context<'_>) -> Result<Option<Refund>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.refund(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Refund))
    }
}

results! {
    /// How requesting a refund ended.
    RequestRefundResult = RefundChanged;
    /// How turning a refund to a wallet ended.
    RefundToWalletResult = RefundChanged;
}

#[derive(Debug, Default)]
pub struct RefundMutations;

#[Object]
impl RefundMutations {
    /// Gives money back to a payer: never more than came and was not given back or disputed. Above
    /// the ledger's threshold, a second person is needed.
    async fn request_refund(
        &self,
        ctx: &Context<'_>,
        input: RequestRefundInput,
    ) -> Result<RequestRefundResult> {
        changed!(ctx, input, refund, RequestRefundResult, RefundChanged)
    }

    /// Gives the payer's wallet the money, as long as the refund was not sent to the provider.
    async fn refund_to_wallet(
        &self,
        ctx: &Context<'_>,
        input: RefundToWalletInput,
    ) -> Result<RefundToWalletResult> {
        changed!(ctx, input, refund, RefundToWalletResult, RefundChanged)
    }
}

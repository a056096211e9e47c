//! Questions about payment methods.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use super::types::PaymentMethod;
use crate::graphql::context::{Moment, caller, may_see_of};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

#[derive(Debug, Default)]
pub struct PaymentMethodQueries;

#[Object]
impl PaymentMethodQueries {
    /// A payment method; null when there is none with this id. Another's is `FORBIDDEN` to a buyer
    /// or seller. All of a wallet are at `Wallet.paymentMethods`.
    async fn payment_method(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<PaymentMethod>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.payment_method(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see_of(caller, &moment, row.wallet, &row.owner, "id").await?;
        Ok(Some(PaymentMethod(row)))
    }
}

//! Commands about pay-ins.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Payin;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// A pay-in is as asked.
    PayinChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl PayinChanged {
    /// The pay-in, as of this revision at least.
    async fn payin(&self, ctx: &Context<'_>) -> Result<Option<Payin>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.payin(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Payin))
    }
}

results! {
    /// How initiating a pay-in ended.
    InitiatePayinResult = PayinChanged;
}

#[derive(Debug, Default)]
pub struct PayinMutations;

#[Object]
impl PayinMutations {
    /// Expects money from outside into a wallet, through a provider.
    async fn initiate_payin(
        &self,
        ctx: &Context<'_>,
        input: InitiatePayinInput,
    ) -> Result<InitiatePayinResult> {
        changed!(ctx, input, payin, InitiatePayinResult, PayinChanged)
    }
}

//! Commands about chargebacks.

use async_graphql::{ComplexObject, Context, Object, Result};

use super::input::*;
use super::types::Chargeback;
use crate::graphql::command::{changed, changes, results};
use crate::graphql::context::Moment;
use crate::graphql::fault;

changes! {
    /// A chargeback is as asked.
    ChargebackChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl ChargebackChanged {
    /// The chargeback, as of this revision at least.
    async fn chargeback(&self, ctx: &Context<'_>) -> Result<Option<Chargeback>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.chargeback(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Chargeback))
    }
}

results! {
    /// How handing in evidence ended.
    SubmitEvidenceResult = ChargebackChanged;
}

#[derive(Debug, Default)]
pub struct ChargebackMutations;

#[Object]
impl ChargebackMutations {
    /// Says that evidence was handed in at the provider.
    async fn submit_evidence(
        &self,
        ctx: &Context<'_>,
        input: SubmitEvidenceInput,
    ) -> Result<SubmitEvidenceResult> {
        changed!(ctx, input, chargeback, SubmitEvidenceResult, ChargebackChanged)
    }
}

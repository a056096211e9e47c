//! Commands about pay-ins.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::input::*;
use super::types::Payin;
use crate::graphql::command::{ask, changed, changes, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::named_provider::provider_refused;
use crate::graphql::scalars::RevisionNumber;

changes! {
    /// A pay-in is as asked.
    PayinChanged;
}

/// Money in suspense is with whom it is for.
#[derive(Debug, SimpleObject)]
pub struct SuspenseAssigned {
    /// Where the ledger stood when it was so.
    revision: RevisionNumber,
    /// Whether it was so already: nothing changed.
    replayed: bool,
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
    /// How capturing a pay-in ended.
    CapturePayinResult = PayinChanged;
    /// How canceling a pay-in ended.
    CancelPayinResult = PayinChanged;
    /// How assigning money in suspense ended.
    AssignSuspenseResult = SuspenseAssigned;
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
        if let Some(refused) = provider_refused(ctx, input.command_id, &input).await? {
            return Ok(InitiatePayinResult::Refused(refused));
        }
        changed!(ctx, input, payin, InitiatePayinResult, PayinChanged)
    }

    /// Takes the money of a payment that is authorised: its provider is asked for it, and what the
    /// provider answers is seen in the pay-in.
    async fn capture_payin(
        &self,
        ctx: &Context<'_>,
        input: CapturePayinInput,
    ) -> Result<CapturePayinResult> {
        changed!(ctx, input, payin, CapturePayinResult, PayinChanged)
    }

    /// Gives a payment up that has not come. Money that comes all the same goes into suspense, and
    /// from there as the ledger's policy says.
    async fn cancel_payin(
        &self,
        ctx: &Context<'_>,
        input: CancelPayinInput,
    ) -> Result<CancelPayinResult> {
        changed!(ctx, input, payin, CancelPayinResult, PayinChanged)
    }

    /// Gives money in suspense to whom it is for. It always needs a second person: propose it.
    async fn assign_suspense(
        &self,
        ctx: &Context<'_>,
        input: AssignSuspenseInput,
    ) -> Result<AssignSuspenseResult> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        let outcome = ask(&engine, caller, input).await?;
        Ok(AssignSuspenseResult::of(outcome, |done| SuspenseAssigned {
            revision: done.revision,
            replayed: done.replayed,
        }))
    }
}

//! Commands about settlements.

use async_graphql::{ComplexObject, Context, Object, Result};

use cauri_domain::{Command, settlement};

use super::input::*;
use super::types::{self, Settlement};
use crate::graphql::command::{Input as _, ask, changed, changes, results};
use crate::graphql::context::{Moment, caller, engine};
use crate::graphql::fault;
use crate::graphql::named_provider::provider_refused;

changes! {
    /// A settlement is as asked.
    SettlementChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl SettlementChanged {
    /// The settlement, as of this revision at least: where the same payout to the bank was recorded
    /// before under another id, that one.
    async fn settlement(&self, ctx: &Context<'_>) -> Result<Option<Settlement>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        types::find(&moment, self.id).await
    }
}

results! {
    /// How recording a settlement ended.
    RecordSettlementResult = SettlementChanged;
    /// How taking a settlement back ended.
    ReverseSettlementResult = SettlementChanged;
}

#[derive(Debug, Default)]
pub struct SettlementMutations;

#[Object]
impl SettlementMutations {
    /// A provider settled what it held for us: clearing goes down by the gross amount, the bank
    /// account goes up by the net, and the fee is an expense. Above the threshold it needs a second
    /// person: propose it.
    async fn record_settlement(
        &self,
        ctx: &Context<'_>,
        input: RecordSettlementInput,
    ) -> Result<RecordSettlementResult> {
        if let Some(refused) = provider_refused(ctx, input.command_id, &input).await? {
            return Ok(RecordSettlementResult::Refused(refused));
        }
        let engine = engine(ctx)?;
        let Ok(Command::RecordSettlement(record)) = input.command() else {
            return changed!(ctx, input, settlement, RecordSettlementResult, SettlementChanged);
        };
        let outcome = ask(&engine, caller(ctx)?, input).await?;
        let settlement::Record { settlement: asked, provider, object, .. } = record;
        let known = engine.read(move |state| match state.settlement(asked) {
            Some(_) => Some(asked),
            None => state.settled(provider, &object),
        });
        let known = known.await.map_err(|error| fault::unasked(&error))?.value;
        let id = known.unwrap_or(asked).0;
        Ok(RecordSettlementResult::of(outcome, |done| SettlementChanged::new(done, id)))
    }

    /// Takes a settlement back that was recorded wrongly, by a new entry. Above the threshold it
    /// needs a second person: propose it.
    async fn reverse_settlement(
        &self,
        ctx: &Context<'_>,
        input: ReverseSettlementInput,
    ) -> Result<ReverseSettlementResult> {
        changed!(ctx, input, settlement, ReverseSettlementResult, SettlementChanged)
    }
}

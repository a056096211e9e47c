//! Corrections of the books.

use async_graphql::{Context, Object, Result, SimpleObject};

use cauri_domain::{Command, CorrectionId, Refusal, Revision, correction};
use cauri_ledger::engine::Engine;

use super::input::*;
use crate::graphql::command::{Done, Meta, ask, ask_as, results, text};
use crate::graphql::context::{caller, engine};
use crate::graphql::following::recorded;
use crate::graphql::scalars::RevisionNumber;

/// The books are corrected.
#[derive(Debug, SimpleObject)]
pub struct BooksCorrected {
    /// The revision of the entry.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

impl BooksCorrected {
    const fn new(Done { revision, replayed }: Done) -> Self {
        Self { revision, replayed }
    }
}

results! {
    /// How an adjustment ended.
    AdjustResult = BooksCorrected;
    /// How bringing balances ended.
    ImportOpeningResult = BooksCorrected;
    /// How a reversal ended.
    ReverseEntryResult = BooksCorrected;
}

/// The command that takes an entry back: the log says what the entry is.
pub(in crate::graphql) async fn reversal(
    engine: &Engine,
    step: &ReverseStep,
) -> Result<std::result::Result<Command, Refusal>> {
    let Some(event) = recorded(engine, Revision(step.revision.0)).await? else {
        return Ok(Err(Refusal::NotFound { field: "revision" }));
    };
    let kind = event.event.wire_name().to_owned();
    let Some(entry) = event.event.entry().cloned() else {
        return Ok(Err(Refusal::NotReversible { kind }));
    };
    Ok(text("reason", &step.reason).map(|reason| {
        let (correction, of) = (CorrectionId(step.correction), event.revision);
        let (into_debt, effective) = (step.into_debt, step.effective_date);
        correction::Reverse { correction, of, kind, entry, reason, into_debt, effective }.into()
    }))
}

#[derive(Debug, Default)]
pub struct CorrectionMutations;

#[Object]
impl CorrectionMutations {
    /// Posts an entry by hand. Asked directly it is `FOUR_EYES_NEEDED`: see `propose`.
    async fn adjust(&self, ctx: &Context<'_>, input: AdjustInput) -> Result<AdjustResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(AdjustResult::of(outcome, BooksCorrected::new))
    }

    /// Brings balances from elsewhere, against equity:opening.
    async fn import_opening(
        &self,
        ctx: &Context<'_>,
        input: ImportOpeningInput,
    ) -> Result<ImportOpeningResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        Ok(ImportOpeningResult::of(outcome, BooksCorrected::new))
    }

    /// Takes a transfer, an adjustment or an opening balance back by a new entry that names it.
    async fn reverse_entry(
        &self,
        ctx: &Context<'_>,
        input: ReverseEntryInput,
    ) -> Result<ReverseEntryResult> {
        let engine = engine(ctx)?;
        let command = reversal(&engine, &input.reversal).await?;
        let ReverseEntryInput { command_id: id, labels, correlation_id: correlation, .. } = input;
        let meta = Meta { id, correlation, labels };
        let outcome = ask_as(&engine, caller(ctx)?, meta, command).await?;
        Ok(ReverseEntryResult::of(outcome, BooksCorrected::new))
    }
}

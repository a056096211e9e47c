//! Commands about ledgers and their rules.

use std::future::Future;

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use cauri_domain::{LedgerId, Refusal, Role};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::trail::Word;
use cauri_projections::{Compared, Comparison, ReadModels, ReadModelsError};

use super::input::*;
use super::types::{ReadModelStatus, status};
use crate::graphql::command::{Done, Outcome, ask, results};
use crate::graphql::context::{caller, engine, on_record};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::graphql::scalars::RevisionNumber;

/// The ledger's rules are as asked.
#[derive(Debug, SimpleObject)]
pub struct LedgerChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

/// A ledger is open in this server.
#[derive(Debug, SimpleObject)]
pub struct LedgerCreated {
    /// Its name: ask with a token for it to open it with its rules.
    name: String,
}

/// The ledger's clock is set.
#[derive(Debug, SimpleObject)]
pub struct ClockAdvanced {
    /// The revision that says so.
    revision: RevisionNumber,
    /// Whether it was set on an earlier occasion, under the same commandId.
    replayed: bool,
    /// What time it is in the ledger now.
    now: DateTime<Utc>,
}

results! {
    /// How setting the clock ended.
    AdvanceClockResult = ClockAdvanced;
    /// How opening the ledger ended.
    OpenLedgerResult = LedgerChanged;
    /// How configuring the ledger ended.
    ConfigureLedgerResult = LedgerChanged;
}

#[derive(Debug, Default)]
pub struct LedgerMutations;

#[Object]
impl LedgerMutations {
    /// Opens another ledger in this server, empty. For superadmins.
    async fn create_ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As tokens claim it: 1 to 32 of `a-z 0-9 -`, a letter first.")]
        name: String,
    ) -> Result<LedgerCreated> {
        if caller(ctx)?.role != Role::Superadmin {
            return Err(fault::forbidden("createLedger"));
        }
        let ledger: LedgerId = name.parse().map_err(|error: cauri_domain::IdError| {
            fault::bad_argument("name", error.to_string())
        })?;
        if ledger.is_trail() {
            return Err(fault::bad_argument("name", "it is the audit trail's name"));
        }
        on_record(
            ctx,
            &[(
                "ledger",
                Word::try_from(name)
                    .map_err(|error| fault::bad_argument("name", error.to_string()))?,
            )],
        )
        .await?;
        let created = ctx.data::<Ledgers>()?.create(ledger).await;
        let engine = created.map_err(|error| {
            tracing::error!(error = ?error, "a ledger could not be opened");
            fault::unavailable("the ledger could not be opened")
        })?;
        Ok(LedgerCreated { name: engine.ledger().to_string() })
    }

    /// Builds all read models anew from the log, beside the live ones, which answer meanwhile; then
    /// the new ones are served. For admins. It goes on after this answers: see `readModels`.
    async fn rebuild_read_models(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default,
            desc = "Whether to compare every table with the live one first, at one revision: the new \
                    ones are then served only when all are equal. One comparison at a time: asked \
                    for while one is under way, it is that one."
        )]
        compare: bool,
    ) -> Result<ReadModelStatus> {
        if !matches!(caller(ctx)?.role, Role::Admin | Role::Superadmin) {
            return Err(fault::forbidden("rebuildReadModels"));
        }
        on_record(ctx, &[]).await?;
        let Some(read_models) = ctx.data::<Option<ReadModels>>()?.clone() else {
            return status(ctx);
        };
        if compare {
            if read_models.compared() != Some(Compared::Underway) {
                tokio::spawn(tell(read_models.rebuild_compared()));
            }
            return status(ctx);
        }
        let status = status(ctx)?;
        tokio::spawn(async move {
            match read_models.rebuild().await {
                Ok(generation) => tracing::info!(%generation, "the read models are rebuilt"),
                Err(error) => {
                    tracing::error!(error = ?error, "the rebuild failed; the old read models stay")
                }
            }
        });
        Ok(status)
    }

    /// Opens the caller's ledger with its rules. Nothing else can be asked before.
    async fn open_ledger(
        &self,
        ctx: &Context<'_>,
        input: OpenLedgerInput,
    ) -> Result<OpenLedgerResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| LedgerChanged { revision, replayed };
        Ok(OpenLedgerResult::of(outcome, done))
    }

    /// Puts other rules in force, from now on.
    async fn configure_ledger(
        &self,
        ctx: &Context<'_>,
        input: ConfigureLedgerInput,
    ) -> Result<ConfigureLedgerResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| LedgerChanged { revision, replayed };
        Ok(ConfigureLedgerResult::of(outcome, done))
    }

    /// Sets the ledger's clock forward, so that what would be due in a year is due now. For staff,
    /// in development mode only: elsewhere it is `CLOCK_FIXED`.
    async fn advance_clock(
        &self,
        ctx: &Context<'_>,
        input: AdvanceClockInput,
    ) -> Result<AdvanceClockResult> {
        let engine = engine(ctx)?;
        let (id, to) = (input.command_id, input.to);
        if !engine.clock().can_be_set() {
            return Ok(AdvanceClockResult::Refused(Refused::new(
                &Refusal::ClockFixed {},
                id,
                None,
            )));
        }
        let outcome = ask(&engine, caller(ctx)?, input).await?;
        if matches!(outcome, Outcome::Done(_)) {
            // Asked again after a crash in between, it is set then.
            engine.clock().advance_to(to).map_err(|error| fault::unavailable(error.to_string()))?;
        }
        let now = engine.clock().now();
        let done = |Done { revision, replayed }| ClockAdvanced { revision, replayed, now };
        Ok(AdvanceClockResult::of(outcome, done))
    }
}

/// How a rebuild that compares ended, for the log.
async fn tell(compared: impl Future<Output = Result<Comparison, ReadModelsError>>) {
    match compared.await {
        Ok(comparison) if comparison.is_equal() => {
            tracing::info!(generation = %comparison.built, "the read models are rebuilt, and equal");
        }
        Ok(_) => tracing::error!("the read models differ from the log; the live ones stay"),
        Err(error) => tracing::error!(error = ?error, "the read models could not be compared"),
    }
}

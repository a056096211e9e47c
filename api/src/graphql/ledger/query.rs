//! Questions about the caller and the ledger.

use async_graphql::{Context, Object, Result};

use cauri_projections::ReadModels;
use cauri_projections::digest::live_digests;

use super::digests::ReadModelDigests;
use super::types::{Ledger, Me, ReadModelStatus, revision, status};
use crate::graphql::context::{bookkeeper, caller, engine, overseer};
use crate::graphql::fault;

#[derive(Debug, Default)]
pub struct LedgerQueries;

#[Object]
impl LedgerQueries {
    /// The version of this software. Needs no token.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Who asks, as the token says.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        let caller = caller(ctx)?;
        Ok(Me {
            subject: caller.subject.to_string(),
            role: caller.role.to_string(),
            ledger: caller.ledger.to_string(),
        })
    }

    /// The caller's ledger.
    async fn ledger(&self, ctx: &Context<'_>) -> Result<Ledger> {
        let engine = engine(ctx)?;
        let seen = engine.read(|state| state.settings().ok().cloned()).await;
        let seen = seen.map_err(|error| fault::unasked(&error))?;
        let read_models = ctx.data::<Option<ReadModels>>()?;
        let applied = match read_models {
            Some(read_models) => read_models.covered(engine.ledger()).await,
            None => Ok(None),
        };
        let applied = applied.map_err(|error| fault::database(&error))?;
        Ok(Ledger {
            name: engine.ledger().to_string(),
            head: revision(seen.at),
            applied: applied.and_then(revision),
            now: engine.clock().now(),
            settings: seen.value.map(Into::into),
        })
    }

    /// How far the read models are. Not for buyers and sellers.
    async fn read_models(&self, ctx: &Context<'_>) -> Result<ReadModelStatus> {
        overseer(ctx, "readModels")?;
        status(ctx)
    }

    /// What the caller's ledger has in the read models, as a digest of each table. Two machines with
    /// the same log have the same at the same revision. Reads every row: not for every minute. For
    /// finance, admins and auditors.
    async fn read_model_digests(&self, ctx: &Context<'_>) -> Result<ReadModelDigests> {
        let caller = bookkeeper(ctx, "readModelDigests")?;
        let read_models = ctx.data::<Option<ReadModels>>()?.as_ref();
        let none = || fault::unavailable("this ledger has no read models");
        let pool = read_models.ok_or_else(none)?.pool();
        let mut found = live_digests(pool, Some(&caller.ledger)).await.map_err(|error| {
            tracing::error!(error = ?error, "the read models could not be digested");
            fault::unavailable("the read models could not be read")
        })?;
        Ok(found.pop().ok_or_else(none)?.into())
    }
}

//! Questions about the caller and the ledger.

use async_graphql::{Context, Object, Result};

use cauri_projections::ReadModels;

use super::types::{Ledger, Me, ReadModelStatus, revision, status};
use crate::graphql::context::{caller, engine, overseer};
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
        let applied = read_models.as_ref().and_then(|models| models.applied(engine.ledger()));
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
}

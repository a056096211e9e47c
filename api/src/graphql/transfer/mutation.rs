//! Transfers, one or many.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use futures::future::join_all;
use uuid::Uuid;

use cauri_ledger::engine::Engine;

use super::input::TransferInput;
use crate::auth::Caller;
use crate::graphql::command::{Done, Outcome, ask, results};
use crate::graphql::context::{LaterMoment, caller, engine};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;
use crate::graphql::wallet::Wallet;

/// The most transfers of one batch.
const BATCH_MAX: usize = 10_000;

/// Money moved between wallets.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TransferCompleted {
    /// The revision of its entry.
    revision: RevisionNumber,
    /// Whether it moved on an earlier occasion, under the same commandId.
    replayed: bool,
    #[graphql(skip)]
    parties: Parties,
    #[graphql(skip)]
    moment: Arc<LaterMoment>,
}

/// Between whom.
#[derive(Clone, Copy)]
struct Parties {
    from: Uuid,
    to: Uuid,
}

#[ComplexObject]
impl TransferCompleted {
    /// The wallet that paid, as of this revision at least.
    async fn from(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        let moment = self.moment.open(ctx).await?;
        let row =
            moment.ask().await.wallet(self.parties.from).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Wallet { row, moment }))
    }

    /// The id of the wallet that got it. Its balance is its owner's to see.
    async fn to_id(&self) -> Uuid {
        self.parties.to
    }
}

results! {
    /// How a transfer ended.
    TransferResult = TransferCompleted;
}

#[derive(Debug, Default)]
pub struct TransferMutations;

#[Object]
impl TransferMutations {
    /// Moves money between wallets: one balanced entry.
    async fn transfer(&self, ctx: &Context<'_>, input: TransferInput) -> Result<TransferResult> {
        let (outcome, parties) = transfer(&engine(ctx)?, caller(ctx)?, input).await?;
        let moment = Arc::new(LaterMoment::covering(revision(&outcome)));
        Ok(transferred(outcome, parties, &moment))
    }

    /// Many transfers in one request, at most 10,000. Each is judged alone; answers are in order.
    /// After an error, such as `BUSY`, any of them may have been made: the same batch sent again
    /// answers for each.
    async fn transfer_batch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Each with a commandId of its own.")] inputs: Vec<TransferInput>,
    ) -> Result<Vec<TransferResult>> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        if inputs.len() > BATCH_MAX {
            let message = format!("a batch has at most {BATCH_MAX} transfers");
            return Err(fault::bad_argument("inputs", message));
        }
        let asked = inputs.into_iter().map(|input| transfer(&engine, caller, input));
        let asked = join_all(asked).await.into_iter().collect::<Result<Vec<_>>>()?;
        // One look at the read models for all: ten thousand would take every connection there is.
        let last = asked.iter().filter_map(|(outcome, _)| revision(outcome)).max();
        let moment = Arc::new(LaterMoment::covering(last));
        let results = asked.into_iter();
        Ok(results.map(|(outcome, parties)| transferred(outcome, parties, &moment)).collect())
    }
}

async fn transfer(
    engine: &Engine,
    caller: &Caller,
    input: TransferInput,
) -> Result<(Outcome, Parties)> {
    let parties = Parties { from: input.from, to: input.to };
    Ok((ask(engine, caller, input).await?, parties))
}

fn transferred(outcome: Outcome, parties: Parties, moment: &Arc<LaterMoment>) -> TransferResult {
    TransferResult::of(outcome, |Done { revision, replayed }| TransferCompleted {
        revision,
        replayed,
        parties,
        moment: Arc::clone(moment),
    })
}

const fn revision(outcome: &Outcome) -> Option<RevisionNumber> {
    match outcome {
        Outcome::Done(done) => Some(done.revision),
        Outcome::Refused(_) => None,
    }
}

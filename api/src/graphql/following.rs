//! What subscriptions share: they follow the log, and resume after a revision without gap or repeat.

use async_graphql::{Context, Result};
use futures::stream::{self, BoxStream, StreamExt as _};

use cauri_domain::{LedgerState, Posting, Revision, Side, WalletId};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use super::context::{caller, may_see};
use super::fault;
use super::scalars::RevisionNumber;
use super::words::PostingSide;

pub(super) const fn side(side: Side) -> PostingSide {
    match side {
        Side::Debit => PostingSide::Debit,
        Side::Credit => PostingSide::Credit,
    }
}

pub(super) fn postings(recorded: &Recorded) -> &[Posting] {
    recorded.event.entry().map(|entry| entry.postings()).unwrap_or_default()
}

/// Where to begin. After a revision that the ledger never reached nothing would ever come: who says
/// so has it from another ledger, or from one that was since restored.
pub(super) async fn start(engine: &Engine, after: Option<RevisionNumber>) -> Result<Head> {
    let Some(RevisionNumber(after)) = after else { return Ok(engine.head()) };
    let after = Head::At(Revision(after));
    if after > engine.head() {
        // Another process may have written what this one has yet to read.
        let stored = engine.store().head(engine.ledger()).await.map_err(|error| {
            tracing::error!(error = ?error, "the store cannot say where the ledger ends");
            fault::unavailable("the log cannot be read")
        })?;
        if after > stored {
            return Err(fault::bad_argument(
                "after",
                format!("the ledger is not there yet: {stored}"),
            ));
        }
    }
    Ok(after)
}

/// The ledger's events after `after`, each as what `map` makes of it.
pub(super) fn follow<T: Send + 'static>(
    engine: &Engine,
    after: Head,
    map: impl Fn(Recorded) -> Vec<T> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    engine
        .follow(after)
        .flat_map(move |batch| {
            let items: Vec<Result<T>> = match batch {
                Ok(batch) => batch.into_iter().flat_map(&map).map(Ok).collect(),
                Err(error) => {
                    tracing::error!(error = ?error, "a subscription cannot go on");
                    vec![Err(fault::unavailable("the log cannot be followed any further"))]
                }
            };
            stream::iter(items)
        })
        .boxed()
}

/// The owners of what is followed, if it exists.
pub(super) async fn owners(
    engine: &Engine,
    look: impl Fn(&LedgerState) -> Option<Vec<String>> + Send + 'static,
    field: &'static str,
) -> Result<Vec<String>> {
    let seen = engine.read(look).await.map_err(|error| fault::unasked(&error))?;
    seen.value.ok_or_else(|| fault::bad_argument(field, "nothing has this id"))
}

pub(super) fn owner(state: &LedgerState, wallet: WalletId) -> Option<String> {
    state.wallet(wallet).map(|wallet| wallet.owner.to_string())
}

pub(super) fn check(ctx: &Context<'_>, owners: &[String], field: &'static str) -> Result<()> {
    let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
    may_see(caller(ctx)?, &owners, field)
}

/// The event at a revision, if it is durable.
pub(super) async fn recorded(engine: &Engine, revision: Revision) -> Result<Option<Recorded>> {
    match engine.head() {
        Head::At(head) if revision <= head => {}
        Head::At(_) | Head::Empty => return Ok(None),
    }
    let after = revision.0.checked_sub(1).map_or(Head::Empty, |before| Head::At(Revision(before)));
    let some = engine.follow(after).next().await.transpose().map_err(|error| {
        tracing::error!(error = ?error, "the log could not be read");
        fault::unavailable("the log cannot be read now")
    })?;
    Ok(some.and_then(|events| events.into_iter().find(|event| event.revision == revision)))
}

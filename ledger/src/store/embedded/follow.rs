//! Streams of chunks: what is there, and what is there and then comes.
//!
//! Files are read on the runtime's threads for blocking work, so that a slow disk holds up nobody
//! else; without a runtime, and for work that is done aside, where the caller is. In the process that
//! writes, a follower sleeps until it is told of a new durable end. Beside a writer it has to look.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::Revision;
use futures::stream::{self, StreamExt as _};
use tokio::sync::watch;

use super::log::{Durable, Log};
use super::reader::Cursor;
use crate::aside;
use crate::store::{Chunks, ReadError, StoreFault};

/// How often a reader beside a writer looks for more.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is durable now, from `from` on.
pub(super) fn read(log: Arc<Log>, from: Revision) -> Chunks<'static> {
    let start = (Cursor::new(log, from), None);
    stream::try_unfold(start, move |(mut cursor, until)| async move {
        let until = match until {
            Some(until) => until,
            None => look(cursor.log(), from).await?,
        };
        blocking(cursor.log().clone(), from, move || {
            let chunk = cursor.chunk(until)?;
            Ok((!chunk.is_empty()).then_some((chunk, (cursor, Some(until)))))
        })
        .await
    })
    .boxed()
}

/// What is durable from `from` on, then what comes.
pub(super) fn follow(log: Arc<Log>, from: Revision) -> Chunks<'static> {
    let durable = log.durable();
    let start = (Cursor::new(log, from), durable, false);
    stream::try_unfold(start, |(cursor, mut durable, looked)| async move {
        let at = Revision(cursor.next());
        if !looked {
            look(cursor.log(), at).await?;
        }
        let Some(until) = more_than(&mut durable, &cursor).await? else { return Ok(None) };
        let mut cursor = cursor;
        blocking(cursor.log().clone(), at, move || {
            let chunk = cursor.chunk(until)?;
            Ok(Some((chunk, (cursor, durable, true))))
        })
        .await
    })
    .boxed()
}

/// Waits until there is more than `cursor` has read; none when no more will come.
async fn more_than(
    durable: &mut watch::Receiver<Durable>,
    cursor: &Cursor,
) -> Result<Option<Durable>, ReadError> {
    loop {
        let known = *durable.borrow_and_update();
        if known.next > cursor.next() {
            return Ok(Some(known));
        }
        if known.closed {
            return Ok(None);
        }
        if cursor.log().is_watched() {
            tokio::time::sleep(LOOK_EVERY).await;
            look(cursor.log(), Revision(cursor.next())).await?;
        } else if durable.changed().await.is_err() {
            return Ok(None);
        }
    }
}

/// Opens the log, or looks what others have written; how far it is durable now.
pub(super) async fn look(log: &Arc<Log>, at: Revision) -> Result<Durable, ReadError> {
    let log = Arc::clone(log);
    blocking(log.clone(), at, move || {
        let ledger = &log.ledger;
        log.touch().map_err(|cause| ReadError { ledger: ledger.clone(), at, cause })?;
        Ok(*log.durable().borrow())
    })
    .await
}

/// Does `work` where blocking is allowed.
async fn blocking<T: Send + 'static>(
    log: Arc<Log>,
    at: Revision,
    work: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    let runtime = tokio::runtime::Handle::try_current();
    let Some(runtime) = runtime.ok().filter(|_| !aside::is_here()) else { return work() };
    runtime.spawn_blocking(work).await.unwrap_or_else(|error| {
        let cause = StoreFault::caused("the runtime is shutting down", error);
        Err(ReadError { ledger: log.ledger.clone(), at, cause })
    })
}

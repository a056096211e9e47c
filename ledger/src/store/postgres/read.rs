//! Reading in chunks, by key, and following: reading on whenever there may be more.

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use futures::StreamExt as _;
use futures::stream;
use sqlx::PgConnection;

use super::PostgresStore;
use super::append::from_number;
use crate::chain::Hash;
use crate::store::{Chunks, Head, RawEvent, ReadError, StoreFault};

/// About so many bytes are read at once: events are of very different sizes.
const CHUNK_BYTES: usize = 1 << 20;
const FEWEST: i64 = 1;
const FIRST: i64 = 64;
const MOST: i64 = 4096;

/// Reads on from one place.
struct Cursor<'a> {
    store: &'a PostgresStore,
    ledger: &'a LedgerId,
    next: u64,
    /// How many events the next chunk has at most.
    size: i64,
}

impl<'a> Cursor<'a> {
    fn new(store: &'a PostgresStore, ledger: &'a LedgerId, from: Revision) -> Self {
        Self { store, ledger, next: from.0, size: FIRST }
    }

    /// The next events before `until`, without a gap; none where there are none.
    async fn chunk(&mut self, until: Option<u64>) -> Result<Vec<RawEvent>, ReadError> {
        let at = Revision(self.next);
        let failed = |cause| ReadError { ledger: self.ledger.clone(), at, cause };
        // What no bigint holds is after everything.
        let Ok(from) = i64::try_from(self.next) else { return Ok(Vec::new()) };
        let until = until.and_then(|it| i64::try_from(it).ok()).unwrap_or(i64::MAX);
        let (ledger, size) = (self.ledger.as_str(), self.size);
        let what = format!("ledger {ledger} cannot be read now");
        let asked = self
            .store
            .inner
            .primary
            .ask(&what, |connection, _| Box::pin(rows(connection, ledger, from, until, size)));
        let rows = asked.await.map_err(failed)?;
        let mut events = Vec::with_capacity(rows.len());
        let mut bytes = 0;
        for ((revision, hash, body), expected) in rows.into_iter().zip(from..) {
            let missing = || StoreFault::new(format!("revision {expected} is not there"));
            if revision != expected {
                return Err(failed(missing()));
            }
            let hash =
                hash.try_into().map_err(|_| failed(StoreFault::new("a hash of no length")))?;
            bytes += body.len();
            let revision = Revision(u64::try_from(revision).map_err(|_| failed(missing()))?);
            events.push(RawEvent { revision, hash: Hash(hash), body: Bytes::from(body) });
        }
        self.next += events.len() as u64;
        if bytes > 2 * CHUNK_BYTES {
            self.size = (self.size / 4).max(FEWEST);
        } else if bytes < CHUNK_BYTES / 2 {
            self.size = (self.size * 4).min(MOST);
        }
        Ok(events)
    }
}

type Row = (i64, Vec<u8>, String);

async fn rows(
    connection: &mut PgConnection,
    ledger: &str,
    from: i64,
    until: i64,
    size: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT revision, hash, body::text FROM cauri_log.events
         WHERE ledger = $1 AND revision >= $2 AND revision < $3 ORDER BY revision LIMIT $4",
    )
    .bind(ledger)
    .bind(from)
    .bind(until)
    .bind(size)
    .fetch_all(connection)
    .await
}

/// Where the ledger ends.
pub(super) async fn head(store: &PostgresStore, ledger: &LedgerId) -> Result<Head, StoreFault> {
    let name = ledger.as_str();
    let what = format!("the end of ledger {name} cannot be read now");
    let asked = store.inner.primary.ask(&what, |connection, _| {
        Box::pin(async move {
            sqlx::query_scalar("SELECT revision FROM cauri_log.heads WHERE ledger = $1")
                .bind(name)
                .fetch_optional(connection)
                .await
        })
    });
    Ok(asked.await?.map_or(Head::Empty, from_number))
}

/// What is there now.
pub(super) fn read<'a>(
    store: &'a PostgresStore,
    ledger: &'a LedgerId,
    from: Revision,
) -> Chunks<'a> {
    let start = (Cursor::new(store, ledger, from), None, false);
    stream::unfold(start, move |(mut cursor, until, done)| async move {
        if done {
            return None;
        }
        let failed = |cause| ReadError { ledger: ledger.clone(), at: from, cause };
        let until = match until {
            Some(until) => until,
            None => match head(store, ledger).await {
                Ok(head) => head.next().0,
                Err(cause) => return Some((Err(failed(cause)), (cursor, None, true))),
            },
        };
        if cursor.next >= until {
            return None;
        }
        match cursor.chunk(Some(until)).await {
            Ok(events) if events.is_empty() => {
                let at = Revision(cursor.next);
                let cause = StoreFault::new("the events up to the ledger's end are not there");
                let error = ReadError { ledger: ledger.clone(), at, cause };
                Some((Err(error), (cursor, Some(until), true)))
            }
            Ok(events) => Some((Ok(events), (cursor, Some(until), false))),
            Err(error) => Some((Err(error), (cursor, Some(until), true))),
        }
    })
    .boxed()
}

/// What is there after `after`, then what comes.
pub(super) fn follow<'a>(
    store: &'a PostgresStore,
    ledger: &'a LedgerId,
    after: Head,
) -> Chunks<'a> {
    let wakes = store.inner.wakes.subscribe();
    let start = (Cursor::new(store, ledger, after.next()), wakes, false);
    stream::unfold(start, move |(mut cursor, mut wakes, failed)| async move {
        if failed {
            return None;
        }
        loop {
            wakes.borrow_and_update();
            match cursor.chunk(None).await {
                Ok(events) if events.is_empty() => {
                    // A wake-up can get lost; the poll cannot.
                    let poll = store.inner.primary.options.poll;
                    let _ = tokio::time::timeout(poll, wakes.changed()).await;
                }
                Ok(events) => return Some((Ok(events), (cursor, wakes, false))),
                Err(error) => return Some((Err(error), (cursor, wakes, true))),
            }
        }
    })
    .boxed()
}

//! The store for most production: one table in a Postgres that is run, replicated and backed up as
//! any other.
//!
//! ```text
//! cauri_log.events (ledger, revision, hash, body)   the log; append-only, by trigger and by grants
//! cauri_log.heads  (ledger, revision, hash, epoch)  where each ledger ends; who appends holds its row
//! cauri_log.fence  (epoch, barrier)                 under which epoch appends are taken
//! cauri_log.lease  (holder, address, epoch, ...)    who may append, by the database's clock
//! ```
//! # Promises
//! - A batch is one call of `cauri_log.append` and one commit: it compares the ledger's end and the
//!   epoch under locks that it holds until the commit, so revisions have no gap, and their order is
//!   the order of commits. There is no sequence, and nothing for a reader to wait for.
//! - When `append` returns, the batch is as durable as the server makes a commit: on its disk, and
//!   with `synchronous_standby_names` on the standby's. A server on which a commit is less is not
//!   used: `fsync`, `full_page_writes` and `synchronous_commit` must be on.
//! - A connection that is lost before the answer is [`AppendError::Unknown`]. What is read after
//!   that waits first for what may still be on its way, and for the standby.
//! - Nothing waits for ever: an outage longer than [`Options::patience`] is a fault.
//! - Bodies are kept in `json` byte by byte, so the chain can be checked in SQL (`docs/stores.md`).
//!
//! # What it cannot promise
//! A superuser can drop the triggers. `cauri verify` finds what is changed after that, and only a
//! checkpoint held elsewhere finds a log that was written anew.
//!
//! Whoever cancels the backend of an append while it waits for its standby (`pg_cancel_backend`)
//! makes Postgres acknowledge it without: a warning is all that it says, and the driver cannot see
//! it. Do not.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};

mod address;
mod append;
mod fault;
pub mod lease;
mod primary;
mod read;
mod schema;
mod wakes;

pub use address::{AddressError, PostgresAddress};

use fault::fault;
use lease::Lease;
use primary::{Access, Primary, chain};
use wakes::Wakes;

/// How long things may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the database may be away before that is a fault: longer than a fail-over takes.
    pub patience: Duration,
    /// How long a host may take to take a connection.
    pub connect_timeout: Duration,
    /// After how long the server gives a statement up. It does not count the commit, which may wait
    /// for a standby.
    pub statement_timeout: Duration,
    /// How long an answer may take, commit and network included.
    pub answer_timeout: Duration,
    /// How often followers look for themselves, in case a wake-up got lost.
    pub poll: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(15),
            poll: Duration::from_secs(1),
        }
    }
}

/// Ledgers in a Postgres. Clones are the same store.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    primary: Arc<Primary>,
    wakes: Wakes,
    right: Right,
}

/// By what right this store appends.
#[derive(Debug)]
enum Right {
    /// It does not.
    None,
    /// As whoever opened it while nobody had a lease.
    Epoch(i64),
    /// As the holder of the lease, for as long as it is.
    Lease(Lease),
}

impl PostgresStore {
    /// Opens the store for appending, and makes its tables where there are none.
    ///
    /// With a lease, only its holder's appends are taken; a later holder's fence this one off.
    /// Without one, until somebody takes the lease.
    ///
    /// # Errors
    /// When no host is a primary that makes commits durable, its tables cannot be made or are not
    /// as they should be, or when it is not known who may append.
    pub async fn open(
        address: PostgresAddress,
        lease: Option<Lease>,
        options: Options,
    ) -> Result<Self, StoreFault> {
        let primary = Primary::find(address, options, Access::Write).await?;
        let unready = |error| fault("the database of the log cannot be used", error);
        let mut connection = primary.appends.acquire().await.map_err(unready)?;
        schema::ensure(&mut connection).await?;
        schema::check_heads(&mut connection).await?;
        let right = match lease {
            Some(lease) => Right::Lease(lease),
            None => {
                let epoch = sqlx::query_scalar("SELECT epoch FROM cauri_log.fence")
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(unready)?;
                Right::Epoch(epoch)
            }
        };
        drop(connection);
        Ok(Self::new(primary, right))
    }

    /// Opens the store for reading, also beside a server that appends, and also on a standby when
    /// no host is a primary.
    ///
    /// # Errors
    /// When no host can be read, or there is no log.
    pub async fn open_read_only(
        address: PostgresAddress,
        options: Options,
    ) -> Result<Self, StoreFault> {
        let primary = Primary::find(address, options, Access::ReadOnly).await?;
        let unready = |error| fault("the database of the log cannot be used", error);
        let mut connection = primary.reads.acquire().await.map_err(unready)?;
        schema::check(&mut connection).await?;
        drop(connection);
        Ok(Self::new(primary, Right::None))
    }

    /// Opens the store for following what its primary acknowledges, never a replica, which may be
    /// behind; nothing can be appended. After a connection was lost, what is read was on the
    /// standby before, as for who appends.
    ///
    /// # Errors
    /// When no host is a primary that makes commits durable, or there is no log.
    pub async fn open_following(
        address: PostgresAddress,
        options: Options,
    ) -> Result<Self, StoreFault> {
        let primary = Primary::find(address, options, Access::Write).await?;
        let unready = |error| fault("the database of the log cannot be used", error);
        let mut connection = primary.reads.acquire().await.map_err(unready)?;
        schema::check(&mut connection).await?;
        drop(connection);
        Ok(Self::new(primary, Right::None))
    }

    fn new(primary: Primary, right: Right) -> Self {
        let primary = Arc::new(primary);
        let wakes = Wakes::start(&primary, !matches!(right, Right::None));
        Self { inner: Arc::new(Inner { primary, wakes, right }) }
    }

    /// Ends its connections. Appends and reads fail from now on.
    pub async fn close(&self) {
        self.inner.primary.close().await;
    }

    /// The epoch to append under.
    fn epoch(&self) -> Result<i64, StoreFault> {
        match &self.inner.right {
            Right::None => Err(StoreFault::new("the store was opened read-only")),
            Right::Epoch(epoch) => Ok(*epoch),
            // The database would refuse it as well, once somebody else has it; but nothing that
            // was decided without a lease should even be sent.
            Right::Lease(lease) if lease.has_lapsed() => {
                let epoch = lease.epoch();
                let what = format!("fenced: this writer's lease, epoch {epoch}, has lapsed");
                Err(StoreFault::new(what))
            }
            Right::Lease(lease) => Ok(lease.epoch()),
        }
    }
}

impl EventStore for PostgresStore {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        async move {
            self.limits().check(batch)?;
            let fatal = |cause| AppendError::Fatal { at: expected, cause };
            let epoch = self.epoch().map_err(fatal)?;
            append::append(&self.inner.primary, epoch, ledger, expected, batch).await?;
            self.inner.wakes.appended();
            Ok(())
        }
        .boxed()
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        read::read(self, ledger, from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        read::follow(self, ledger, after)
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        async move {
            let failed = |cause| ReadError { ledger: ledger.clone(), at: Revision::FIRST, cause };
            read::head(self, ledger).await.map_err(failed)
        }
        .boxed()
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        async move {
            let asked =
                self.inner.primary.ask("the ledgers cannot be listed now", |connection, _| {
                    Box::pin(async move {
                        sqlx::query_scalar::<_, String>(
                            "SELECT ledger FROM cauri_log.heads WHERE revision >= 0",
                        )
                        .fetch_all(connection)
                        .await
                    })
                });
            let names = asked.await?.into_iter().map(LedgerId::try_from);
            let mut ledgers: Vec<_> = names.collect::<Result<_, _>>().map_err(|error| {
                StoreFault::caused("the log holds a ledger whose name is none", error)
            })?;
            ledgers.sort_unstable();
            Ok(ledgers)
        }
        .boxed()
    }
}

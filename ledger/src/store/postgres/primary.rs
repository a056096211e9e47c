//! The primary among the hosts of an address: who it is, connections to it, and looking again when
//! it has gone.
//!
//! Pools are small on purpose. One writer appends one batch a ledger at a time, so more connections
//! would only wait for its row; readers stream; and every connection of Postgres is a process with
//! its memory, of which servers that stand by take theirs too.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, join_all};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::Mutex;

use super::Options;
use super::address::{PostgresAddress, named};
use super::fault::{Failed, fault};
use crate::store::StoreFault;

/// Connections that append: as many ledgers are written at the same moment at most.
const APPENDS: u32 = 4;

/// Connections that read, and the one that listens.
const READS: u32 = 5;

/// The first wait before something is tried again; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Connections to the primary.
#[derive(Debug)]
pub(super) struct Primary {
    pub address: PostgresAddress,
    pub options: Options,
    pub appends: PgPool,
    pub reads: PgPool,
    access: Access,
    /// When the primary was last looked for; held while somebody does.
    looked: Mutex<Instant>,
    /// How many times a connection was lost, or an answer.
    doubts: AtomicU64,
    /// How many of those were settled by a barrier.
    settled: AtomicU64,
}

/// What connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// On the primary, if its commits are promises.
    Write,
    /// On the primary, whatever it promises.
    Primary,
    /// On the primary, or on a standby where there is none.
    ReadOnly,
}

impl PostgresAddress {
    /// The host that is the primary now, for other uses than a log.
    ///
    /// # Errors
    /// When none is, or does not say so within `patience`.
    pub async fn primary(&self, patience: Duration) -> Result<PgConnectOptions, StoreFault> {
        let options = Options { connect_timeout: patience, ..Options::default() };
        find(self, &options, Access::Primary).await
    }
}

impl Primary {
    /// Finds it. Connections are made when they are needed.
    pub(super) async fn find(
        address: PostgresAddress,
        options: Options,
        access: Access,
    ) -> Result<Self, StoreFault> {
        let found = find(&address, &options, access).await?;
        let pool = |max, ping| {
            let settings = settings(&options, access);
            let patience = options.connect_timeout;
            PgPoolOptions::new()
                .max_connections(max)
                .acquire_timeout(patience)
                .idle_timeout(Duration::from_secs(60))
                // A batch that finds its connection dead is one whose outcome is not known, which
                // is handled anyhow: asking first would cost each batch a round trip.
                .test_before_acquire(ping)
                .after_connect(move |connection, _| {
                    let settings = settings.clone();
                    Box::pin(async move { prepare(connection, &settings, access).await })
                })
                .connect_lazy_with(named_connection(&found))
        };
        Ok(Self {
            appends: pool(APPENDS, false),
            reads: pool(READS, true),
            address,
            options,
            access,
            looked: Mutex::new(Instant::now()),
            doubts: AtomicU64::new(u64::from(access == Access::Write)),
            settled: AtomicU64::new(0),
        })
    }

    /// Looks for the primary again: it may be another host by now.
    pub(super) async fn look_again(&self) {
        let began = Instant::now();
        let mut looked = self.looked.lock().await;
        if *looked > began {
            // Somebody else has, meanwhile.
            return;
        }
        match find(&self.address, &self.options, self.access).await {
            Ok(found) => {
                self.appends.set_connect_options(named_connection(&found));
                self.reads.set_connect_options(named_connection(&found));
            }
            Err(error) => tracing::warn!(address = %self.address, "{}", chain(&error)),
        }
        *looked = Instant::now();
    }

    /// A connection was lost, so what was committed last may not be everywhere yet.
    pub(super) fn doubt(&self) {
        if self.access == Access::Write {
            self.doubts.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Asks something that only reads, for as long as an outage may last.
    ///
    /// A primary that comes back after a crash shows what it had committed itself, though its
    /// standby never confirmed it, and what was on its way may still arrive. So before anything is
    /// believed after a loss, something is committed: that waits for whoever appends now, and for
    /// the standby, and covers all that came before.
    pub(super) async fn ask<'a, T: Send>(
        &self,
        what: &str,
        ask: impl for<'c> Fn(&'c mut PgConnection, Within<'c, 'a>) -> Asked<'c, T> + Send + Sync,
    ) -> Result<T, StoreFault> {
        let mut retry = Retry::new(self.options.patience);
        loop {
            let asked = match self.settle().await {
                Ok(()) => once(&self.reads, self.options.answer_timeout, &ask).await,
                Err(failed) => Err(failed),
            };
            let error = match asked {
                Ok(answer) => return Ok(answer),
                Err(Failed::Never(error)) => return Err(fault(what, error)),
                Err(Failed::NotNow(error)) => error,
                Err(Failed::Unknown(error)) => {
                    self.doubt();
                    error
                }
            };
            if !retry.wait().await {
                let patience = self.options.patience;
                return Err(fault(format!("{what} ({patience:?} long)"), error));
            }
            tracing::warn!(%error, "{what}; trying again");
            self.look_again().await;
        }
    }

    /// Commits something, if a connection was lost since that was last done.
    async fn settle(&self) -> Result<(), Failed> {
        let doubts = self.doubts.load(Ordering::Acquire);
        if self.settled.load(Ordering::Acquire) >= doubts {
            return Ok(());
        }
        let barrier = "UPDATE cauri_log.fence SET barrier = barrier + 1";
        once(&self.appends, self.options.answer_timeout, &|connection, _| {
            Box::pin(async move { sqlx::query(barrier).execute(connection).await.map(drop) })
        })
        .await?;
        self.settled.fetch_max(doubts, Ordering::AcqRel);
        Ok(())
    }

    /// Ends every connection.
    pub(super) async fn close(&self) {
        self.appends.close().await;
        self.reads.close().await;
    }
}

/// What is asked lives as long as what it borrows, `'a`, and so longer than the connection, `'c`.
pub(super) type Within<'c, 'a> = PhantomData<&'c &'a ()>;

/// What an answer is waited for by.
pub(super) type Asked<'c, T> = BoxFuture<'c, Result<T, sqlx::Error>>;

/// Asks once, on a connection of `pool`. A connection that gave no answer is not used again.
pub(super) async fn once<'a, T: Send>(
    pool: &PgPool,
    patience: Duration,
    ask: &(impl for<'c> Fn(&'c mut PgConnection, Within<'c, 'a>) -> Asked<'c, T> + Send + Sync),
) -> Result<T, Failed> {
    let mut connection = pool.acquire().await.map_err(Failed::NotNow)?;
    let asked = tokio::time::timeout(patience, ask(&mut connection, PhantomData)).await;
    let failed = match asked {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => Failed::of(error),
        Err(_) => {
            let late = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
            Failed::Unknown(sqlx::Error::Io(late))
        }
    };
    if matches!(failed, Failed::Unknown(_)) {
        drop(connection.detach());
    }
    Err(failed)
}

/// Waits between tries, longer and longer, until patience ends.
#[derive(Debug)]
pub(super) struct Retry {
    until: Instant,
    next: Duration,
}

impl Retry {
    pub(super) fn new(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, next: FIRST_WAIT }
    }

    /// Waits; `false` when it is time to give up.
    pub(super) async fn wait(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(self.next.min(left)).await;
        self.next = (self.next * 2).min(LONGEST_WAIT);
        true
    }
}

/// As it is seen in `pg_stat_activity`.
fn named_connection(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().application_name("cauri-log")
}

/// Asks every host who it is. Of several that say that they take writes, the one that was promoted
/// last is the primary: the other was cut off and has not noticed.
async fn find(
    address: &PostgresAddress,
    options: &Options,
    access: Access,
) -> Result<PgConnectOptions, StoreFault> {
    let asked = address.hosts().iter().map(|host| async move {
        let asked = tokio::time::timeout(options.connect_timeout, who(host, options, access)).await;
        let late = || StoreFault::new(format!("{} does not answer", named(host)));
        (host, asked.unwrap_or_else(|_| Err(late())))
    });
    let mut best: Option<(&PgConnectOptions, Who)> = None;
    let mut faults = Vec::new();
    for (host, who) in join_all(asked).await {
        match who {
            Ok(who) if who.is_primary || access == Access::ReadOnly => {
                if best.as_ref().is_none_or(|(_, other)| who > *other) {
                    best = Some((host, who));
                }
            }
            Ok(_) => faults.push(format!("{} is a standby", named(host))),
            Err(error) => faults.push(chain(&error)),
        }
    }
    match best {
        Some((host, _)) => Ok(host.clone()),
        None => Err(StoreFault::new(format!("no host of {address}: {}", faults.join("; ")))),
    }
}

/// What a host says of itself, the better the greater.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    is_primary: bool,
    /// Goes up with each promotion, in hex characters.
    timeline: String,
}

async fn who(
    host: &PgConnectOptions,
    options: &Options,
    access: Access,
) -> Result<Who, StoreFault> {
    let failed = |error| fault(format!("{} cannot be used", named(host)), error);
    let mut connection = host.connect().await.map_err(failed)?;
    let (is_primary, timeline): (bool, String) = sqlx::query_as(
        "SELECT NOT pg_is_in_recovery(),
             CASE WHEN pg_is_in_recovery() THEN ''
             ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END",
    )
    .fetch_one(&mut connection)
    .await
    .map_err(failed)?;
    if is_primary {
        prepare(&mut connection, &settings(options, access), access).await.map_err(failed)?;
    }
    connection.close().await.map_err(failed)?;
    Ok(Who { is_primary, timeline })
}

/// What every session begins with. Nothing may wait for ever, and roles and databases can have
/// defaults under which a batch would fail that should be a conflict.
fn settings(options: &Options, access: Access) -> String {
    let millis = options.statement_timeout.as_millis();
    let read_only = if access == Access::ReadOnly { "on" } else { "off" };
    format!(
        "SET default_transaction_isolation TO 'read committed';
         SET default_transaction_read_only TO {read_only};
         SET statement_timeout TO {millis};
         SET lock_timeout TO {};
         SET idle_in_transaction_session_timeout TO {millis};
         SET client_encoding TO 'UTF8';
         SET timezone TO 'UTC'",
        millis / 2
    )
}

/// Sets a new session up, and refuses a server on which a commit is not a promise.
async fn prepare(
    connection: &mut PgConnection,
    settings: &str,
    access: Access,
) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(settings)).execute(&mut *connection).await?;
    if access != Access::Write {
        return Ok(());
    }
    let (fsync, pages, commit, encoding): (String, String, String, String) = sqlx::query_as(
        "SELECT current_setting('fsync'), current_setting('full_page_writes'),
             current_setting('synchronous_commit'), current_setting('server_encoding')",
    )
    .fetch_one(connection)
    .await?;
    for (name, value, wanted) in [
        ("fsync", &fsync, &["on"][..]),
        ("full_page_writes", &pages, &["on"]),
        ("synchronous_commit", &commit, &["on", "remote_apply"]),
        ("server_encoding", &encoding, &["UTF8"]),
    ] {
        if !wanted.contains(&value.as_str()) {
            let wanted = wanted.join(" or ");
            let what = format!(
                "{name} is {value} on this server, and a ledger needs {wanted}: what was \
                 acknowledged would not be safe"
            );
            return Err(sqlx::Error::Configuration(what.into()));
        }
    }
    Ok(())
}

/// An error and what it was caused by, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

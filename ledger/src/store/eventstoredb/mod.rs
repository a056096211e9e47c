//! The store on EventStoreDB or KurrentDB: `esdb://…`, on the vendor's own client.
//!
//! # What is written
//! | | |
//! | --- | --- |
//! | stream | `ledger-{id}`, one for each ledger |
//! | event number | the revision |
//! | event id | UUIDv5 of ledger, revision and hash: the same event has the same id for ever |
//! | type | the event's own, such as `hold.placed.v1` |
//! | data | the stored body, byte for byte, marked as JSON |
//! | metadata | `hash`, the link in the chain; `$correlationId`; `$causationId`, as `revision@stream` |
//!
//! With a prefix, the names of streams begin with it. The stream `cauri-ledgers` names the ledgers,
//! each before its first event: to list streams the server would have to be read whole.
//!
//! # Promises
//! - An append is one request with the exact revision after which it belongs, or "no stream": never
//!   "any". The server writes it whole or not at all, and keeps its own promises of durability.
//! - An append whose answer was lost is asked again with the same event ids, for which the server
//!   answers as it did the first time. Only if no answer comes for [`Options::patience`] is the
//!   outcome [`AppendError::Unknown`].
//! - The same batch appended again by somebody who does not know better is a conflict, as in every
//!   store, although the server would answer "done".
//! - Reads and appends ask for the leader, so that what was acknowledged is seen.
//! - Revisions that are missing are noticed: a stream that was deleted, cut short or given an age
//!   is not read past its gap, and nothing is appended to it.
//!
//! # Following
//! In the process that appends, a follower is woken by the append. What others append it finds by
//! looking at the stream's end, once every [`Options::look_every`] for all followers of a ledger
//! together. No subscription is used: the client's own, when the server ends one in good order,
//! spins for ever on a thread that nothing can stop, and a follower that looks needs no watchdog.
//!
//! # What it does not do
//! It keeps no second server from starting on the same ledger. Two of them cannot harm the ledger,
//! because the server refuses one of two appends, but both would carry out its payouts.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::store::{
    AppendError, Chunks, EventStore, Head, Limits, RawEvent, ReadError, StoreFault,
};

mod append;
mod client;
mod event;
mod index;
mod patience;
mod read;
mod stream;

use client::Server;
use patience::Patience;
use stream::LedgerStream;

/// What a server before 25.1 takes in one append, in bytes; later ones take more.
pub const MAX_APPEND_BYTES: usize = 1 << 20;

/// The longest [`Options::prefix`], in bytes.
pub const PREFIX_BYTES: usize = 32;

/// How the store does its work. What is on the server can be opened with any options.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long one call may take.
    pub call_timeout: Duration,
    /// How long a call that fails is repeated.
    pub patience: Duration,
    /// How long to wait before the first repetition; then longer each time, up to a second.
    pub first_pause: Duration,
    /// How often followers look for what other processes have appended.
    pub look_every: Duration,
    /// The most that the server takes in one append, in bytes: its setting `MaxAppendSize`.
    pub max_append_bytes: usize,
    /// What the names of all its streams begin with, so that several stores can share a server: at
    /// most [`PREFIX_BYTES`] ASCII letters, digits and `-`. It is for ever.
    pub prefix: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(10),
            patience: Duration::from_secs(60),
            first_pause: Duration::from_millis(20),
            look_every: Duration::from_millis(200),
            max_append_bytes: MAX_APPEND_BYTES,
            prefix: String::new(),
        }
    }
}

/// Ledgers on a server or a cluster. Clones are the same store.
#[derive(Clone)]
pub struct EventStoreDb {
    inner: Arc<Inner>,
}

impl fmt::Debug for EventStoreDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStoreDb").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

struct Inner {
    server: Server,
    options: Options,
    limits: Limits,
    streams: Mutex<HashMap<LedgerId, Arc<LedgerStream>>>,
}

impl EventStoreDb {
    /// The store at `address`: `esdb://host:port?tls=false`, `esdb://user:password@a,b,c`,
    /// `esdb+discover://name`, with the vendor's own settings.
    ///
    /// # Errors
    /// When the address or the prefix is none, or no server answers there within [`Options::patience`].
    pub async fn open(address: &str, options: Options) -> Result<Self, StoreFault> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if options.prefix.len() > PREFIX_BYTES || !options.prefix.bytes().all(fits) {
            return Err(StoreFault::new("a prefix is up to 32 letters, digits and `-`"));
        }
        let server = Server::at(address, options.call_timeout)?;
        let limits = limits(options.max_append_bytes);
        let inner = Inner { server, options, limits, streams: Mutex::default() };
        let store = Self { inner: Arc::new(inner) };
        index::ledgers(&store.inner).await?;
        Ok(store)
    }
}

/// Of what the server takes, what is left for bodies beside what it counts for each event.
const fn limits(max_append_bytes: usize) -> Limits {
    // An event of ours is about as long as half as much again as what is counted beside it.
    let batch_events = max_append_bytes / (event::EVENT_BYTES * 5 / 2);
    let batch_bytes = max_append_bytes - batch_events * event::EVENT_BYTES;
    Limits { event_bytes: batch_bytes, batch_bytes, batch_events }
}

impl Inner {
    fn stream(&self, ledger: &LedgerId) -> Arc<LedgerStream> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry(ledger.clone());
        Arc::clone(
            stream.or_insert_with(|| {
                Arc::new(LedgerStream::new(&self.options.prefix, ledger.clone()))
            }),
        )
    }
}

impl EventStore for EventStoreDb {
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        async move {
            self.inner.limits.check(batch)?;
            append::append(&self.inner, &self.inner.stream(ledger), expected, batch).await
        }
        .boxed()
    }

    fn limits(&self) -> Limits {
        self.inner.limits
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        read::read(Arc::clone(&self.inner), self.inner.stream(ledger), from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        read::follow(Arc::clone(&self.inner), self.inner.stream(ledger), after.next())
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        async move {
            let stream = self.inner.stream(ledger);
            let fault =
                |cause| ReadError { ledger: ledger.clone(), at: stream.known().next(), cause };
            stream.look(&self.inner, Patience::new(&self.inner.options)).await.map_err(fault)
        }
        .boxed()
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        async move { index::with_events(&self.inner).await }.boxed()
    }
}

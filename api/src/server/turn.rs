//! Whose turn it is: of several servers on one store, the one that holds its lease.
//!
//! The holder runs everything, as a server that is alone does. The others stand by: they answer
//! queries, forward everything else to the holder, and take its place when its lease lapses. A holder
//! that loses its lease ends its process at once, with an exit code of its own: nothing that was begun
//! under the lease can go on after it, and whoever supervises it starts it again, to stand by. Why so:
//! `docs/decisions/0011-one-holder-per-store.md`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use cauri_ledger::store::postgres::PostgresAddress;
use cauri_ledger::store::postgres::lease::{Acquired, Lease, Leases};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::ServeArgs;
use super::standby::Standby;
use crate::store::StoreAddress;
use crate::telemetry::Metrics;

/// How a process ends that has lost its lease: its supervisor starts it again.
pub const LEASE_LOST: i32 = 75;

/// How long a request to a provider may take: their clients give up after ten seconds. After a
/// take-over, what the provider does not know of may be on its way for so long.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

/// A server's turn: where it listens, and by what right it writes.
#[derive(Debug)]
pub struct Turn {
    pub(super) listener: TcpListener,
    /// None where the store itself keeps others out.
    pub(super) held: Option<Held>,
}

/// A lease that is held, and what ends the process when it is no more.
#[derive(Debug)]
pub(super) struct Held {
    lease: Lease,
    watch: JoinHandle<()>,
}

impl Turn {
    /// Listens, and waits for this server's turn. It stands by meanwhile.
    ///
    /// # Errors
    /// When it cannot listen, or the store cannot be used.
    pub async fn wait(args: &ServeArgs, metrics: &Metrics) -> anyhow::Result<Self> {
        let failed = || format!("{} could not be listened on", args.listen);
        let listener = std::net::TcpListener::bind(args.listen).with_context(failed)?;
        listener.set_nonblocking(true).with_context(failed)?;
        let mut held = None;
        if let StoreAddress::Postgres(store) = &args.store {
            let length = Duration::from_secs(args.lease_seconds);
            let address = advertised(args, listener.local_addr()?)?;
            let standby = || Standby::start(&listener, metrics, args, store);
            held = Some(Held::watched(acquire(store, length, &address, standby).await?));
        }
        Ok(Self { listener: TcpListener::from_std(listener)?, held })
    }

    /// The lease that is held, if it takes one.
    pub(super) fn lease(&self) -> Option<Lease> {
        self.held.as_ref().map(|held| held.lease.clone())
    }

    /// How long what providers do not know of may still be on its way to them: another process may
    /// have asked until lately.
    pub(super) const fn doubt(&self) -> Duration {
        match self.held {
            Some(_) => ON_ITS_WAY,
            None => Duration::ZERO,
        }
    }
}

/// Where others reach this server.
fn advertised(args: &ServeArgs, listens: SocketAddr) -> anyhow::Result<String> {
    match &args.advertise {
        Some(url) => {
            anyhow::ensure!(
                url.scheme() == "http" && url.host().is_some(),
                "--advertise is an http:// address in the servers' own network"
            );
            Ok(url.to_string())
        }
        // Nobody reaches "every address".
        None if listens.ip().is_unspecified() => Ok(String::new()),
        None => Ok(format!("http://{listens}/")),
    }
}

/// Takes the lease as soon as nobody has it; stands by until then.
async fn acquire(
    store: &PostgresAddress,
    length: Duration,
    address: &str,
    stand_by: impl Fn() -> anyhow::Result<Standby>,
) -> anyhow::Result<Lease> {
    let leases = Leases::open(store.clone(), length)
        .await
        .context("the store's lease could not be asked for")?;
    let holder = uuid::Uuid::new_v4().to_string();
    let mut standby: Option<Standby> = None;
    loop {
        match leases.acquire(&holder, address).await {
            Ok(Acquired::Ours(lease)) => {
                if let Some(standby) = standby {
                    standby.stop().await;
                }
                return Ok(lease);
            }
            Ok(Acquired::HeldBy(other)) => {
                if standby.is_none() {
                    println!("standing by: the lease is held by {}", other.address);
                    tracing::info!(holder = %other.address, epoch = other.epoch, "standing by");
                    standby = Some(stand_by()?);
                }
                if let Some(standby) = &standby {
                    standby.holder_is(Some(other));
                }
            }
            // The database may be failing over: that is what is waited for.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the lease is not known");
                if standby.is_none() {
                    standby = Some(stand_by()?);
                }
                if let Some(standby) = &standby {
                    standby.holder_is(None);
                }
            }
        }
        tokio::time::sleep((length / 20).min(Duration::from_millis(500))).await;
    }
}

impl Held {
    /// Ends this process when the lease has lapsed; until then, providers may be asked.
    fn watched(lease: Lease) -> Self {
        let asks = lease.clone();
        cauri_sagas::gateway::http::only_while(move || !asks.has_lapsed());
        let watched = lease.clone();
        let watch = tokio::spawn(async move {
            watched.lapsed().await;
            tracing::error!(
                epoch = watched.epoch(),
                "the store's lease is lost: another server may hold it now, so this one ends"
            );
            std::process::exit(LEASE_LOST);
        });
        Self { lease, watch }
    }

    /// Gives the lease back, once everything has stopped.
    pub(super) async fn release(self) {
        self.watch.abort();
        if let Err(error) = self.lease.release().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "others wait for it to lapse");
        }
    }
}

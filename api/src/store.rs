//! Where events are kept, as an address, and the store behind it: the one place that chooses.
//!
//! ```text
//! embedded             the log in the data folder (the default)
//! embedded:/a/folder   a log in a folder of its own
//! postgres://user@host:5432/database      a log in a Postgres, which may be several hosts
//! esdb://host:2113     streams of an EventStoreDB or KurrentDB, in builds with the feature `esdb`
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::{EmbeddedStore, is_in_use};
#[cfg(feature = "esdb")]
use cauri_ledger::store::eventstoredb::EventStoreDb;
use cauri_ledger::store::postgres::lease::Lease;
use cauri_ledger::store::postgres::{AddressError, PostgresAddress, PostgresStore};
#[cfg(feature = "esdb")]
use secrecy::{ExposeSecret as _, SecretString};

/// After so long a server that has nothing to do has marked what it wrote last.
const SETTLED: Duration = Duration::from_secs(2);

/// Where a store is.
#[derive(Clone)]
pub enum StoreAddress {
    /// Files of our own: in this folder, or in the data folder.
    Embedded(Option<PathBuf>),
    /// A database.
    Postgres(PostgresAddress),
    /// A server of EventStoreDB or KurrentDB, or a cluster of them.
    #[cfg(feature = "esdb")]
    EventStoreDb(SecretString),
}

/// An address that names no store.
#[derive(Debug, thiserror::Error)]
pub enum NoSuchStore {
    /// None that is known.
    #[error("a store is `embedded`, `embedded:FOLDER`, `postgres://...` or `esdb://...`")]
    Unknown,
    /// One that this program was built without.
    #[error("this build leaves EventStoreDB out: build it with the feature `esdb`")]
    LeftOut,
    /// A Postgres that cannot be told.
    #[error(transparent)]
    Postgres(#[from] AddressError),
}

impl FromStr for StoreAddress {
    type Err = NoSuchStore;

    fn from_str(text: &str) -> Result<Self, NoSuchStore> {
        match text.split_once(':') {
            None if text == "embedded" => Ok(Self::Embedded(None)),
            Some(("embedded", folder)) if !folder.is_empty() => {
                Ok(Self::Embedded(Some(folder.into())))
            }
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.parse()?)),
            #[cfg(feature = "esdb")]
            Some(("esdb" | "esdb+discover", _)) => Ok(Self::EventStoreDb(text.into())),
            #[cfg(not(feature = "esdb"))]
            Some(("esdb" | "esdb+discover", _)) => Err(NoSuchStore::LeftOut),
            None | Some(_) => Err(NoSuchStore::Unknown),
        }
    }
}

/// The address without what is secret in it.
impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(None) => f.write_str("embedded"),
            Self::Embedded(Some(folder)) => write!(f, "embedded:{}", folder.display()),
            Self::Postgres(address) => address.fmt(f),
            #[cfg(feature = "esdb")]
            Self::EventStoreDb(address) => f.write_str(&without_secrets(address.expose_secret())),
        }
    }
}

/// Scheme and hosts, without what names and parameters may give away.
#[cfg(feature = "esdb")]
fn without_secrets(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("esdb", ""));
    // The user first: a password may hold anything.
    let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
    let hosts = hosts.split_once('?').map_or(hosts, |(hosts, _)| hosts);
    format!("{scheme}://{hosts}")
}

#[cfg(feature = "esdb")]
async fn eventstoredb(address: &SecretString) -> anyhow::Result<Arc<dyn EventStore>> {
    let store = EventStoreDb::open(address.expose_secret(), Default::default()).await;
    let told = || format!("{} could not be opened", without_secrets(address.expose_secret()));
    Ok(Arc::new(store.with_context(told)?))
}

/// As [`fmt::Display`]: addresses may hold passwords, and are printed with the arguments.
impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl StoreAddress {
    /// The store, to append to and to read. `data_dir` is where a server keeps what has no address.
    ///
    /// # Errors
    /// When it cannot be opened, or another process appends to it.
    pub async fn open(&self, data_dir: &Path) -> anyhow::Result<Arc<dyn EventStore>> {
        self.open_held(data_dir, None).await
    }

    /// The store, to append to as the holder of its lease, if it has one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_held(
        &self,
        data_dir: &Path,
        lease: Option<Lease>,
    ) -> anyhow::Result<Arc<dyn EventStore>> {
        match self {
            Self::Embedded(_) => {
                let folder = self.folder(data_dir).expect("the embedded store has a folder");
                let store = EmbeddedStore::open(folder, Default::default());
                Ok(Arc::new(store.context("the event store could not be opened")?))
            }
            Self::Postgres(address) => {
                let store = PostgresStore::open(address.clone(), lease, Default::default()).await;
                Ok(Arc::new(store.context("the event store could not be opened")?))
            }
            #[cfg(feature = "esdb")]
            Self::EventStoreDb(address) => eventstoredb(address).await,
        }
    }

    /// The store, to read only: also while a server appends to it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_read_only(&self, data_dir: &Path) -> anyhow::Result<Arc<dyn EventStore>> {
        match self {
            Self::Embedded(_) => {
                let folder = self.folder(data_dir).expect("the embedded store has a folder");
                let store = EmbeddedStore::open_read_only(folder);
                Ok(Arc::new(store.context("the log cannot be opened")?))
            }
            Self::Postgres(address) => {
                let store = PostgresStore::open_read_only(address.clone(), Default::default());
                Ok(Arc::new(store.await.context("the log cannot be opened")?))
            }
            #[cfg(feature = "esdb")]
            Self::EventStoreDb(address) => eventstoredb(address).await,
        }
    }

    /// Whether two addresses are known to mean one store.
    #[must_use]
    pub fn is_same(&self, other: &Self, data_dir: &Path) -> bool {
        match (self.folder(data_dir), other.folder(data_dir)) {
            (Some(one), Some(other)) => {
                let whole = |folder: PathBuf| folder.canonicalize().unwrap_or(folder);
                whole(one) == whole(other)
            }
            (None, None) => self.to_string() == other.to_string(),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// The folder of the embedded store's files; `None` for a store that has none here.
    #[must_use]
    pub fn folder(&self, data_dir: &Path) -> Option<PathBuf> {
        match self {
            Self::Embedded(folder) => Some(folder.clone().unwrap_or_else(|| data_dir.join("log"))),
            Self::Postgres(_) => None,
            #[cfg(feature = "esdb")]
            Self::EventStoreDb(_) => None,
        }
    }
}

/// Which store a command reads, without a server.
#[derive(Debug, Clone, clap::Args)]
pub struct StorePlace {
    /// The data folder of a server, or a copy of it.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    pub data_dir: PathBuf,

    /// Where events are kept: `embedded` is a log in the data folder,
    /// `postgres://...` a database, `esdb://...` an EventStoreDB.
    #[arg(long, env = "CAURI_STORE", hide_env_values = true, default_value = "embedded")]
    pub store: StoreAddress,
}

/// A store that is read from end to end.
#[derive(Clone)]
pub struct Source {
    /// The store.
    pub store: Arc<dyn EventStore>,
    /// Whether somebody may append to it meanwhile.
    pub is_in_use: bool,
}

impl StorePlace {
    /// The store with all that it acknowledged before this was asked. Where no server uses an embedded log, it is put
    /// in order first, as a start does: what a killed server wrote last is known to be durable only
    /// then.
    ///
    /// # Errors
    /// When it cannot be opened, or is damaged.
    pub async fn open_whole(&self) -> anyhow::Result<Source> {
        if let Some(folder) = self.folder() {
            ensure!(folder.is_dir(), "there is no store in {}", folder.display());
            if !is_in_use(&folder)? {
                let store = self.store.open(&self.data_dir).await?;
                for ledger in store.ledgers().await? {
                    store.head(&ledger).await?;
                }
                return Ok(Source { store, is_in_use: false });
            }
        }
        // What an embedded log got last is known to be durable a moment later. Other stores give every
        // reader what they acknowledged.
        if self.folder().is_some() {
            tokio::time::sleep(SETTLED).await;
        }
        Ok(Source { store: self.open().await?, is_in_use: true })
    }

    /// The store, to read only.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<Arc<dyn EventStore>> {
        self.store.open_read_only(&self.data_dir).await
    }

    /// The folder of the embedded store's files; `None` for a store that has none here.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.store.folder(&self.data_dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_those_that_are_known() {
        let shown = |text: &str| text.parse::<StoreAddress>().map(|it| it.to_string()).ok();
        assert_eq!(shown("embedded").as_deref(), Some("embedded"));
        assert_eq!(shown("embedded:/a/log").as_deref(), Some("embedded:/a/log"));
        assert_eq!(
            shown("postgres://ann:secret@a,b:7/books").as_deref(),
            Some("postgres://a:5432,b:7/books")
        );
        #[cfg(feature = "esdb")]
        for (address, told) in [
            ("esdb://127.0.0.1:2113?tls=false", "esdb://127.0.0.1:2113"),
            ("esdb://me:it@a:1,b:2,c?tlsCaFile=x", "esdb://a:1,b:2,c"),
            ("esdb+discover://me:it@name", "esdb+discover://name"),
        ] {
            assert_eq!(shown(address).as_deref(), Some(told));
        }
        #[cfg(not(feature = "esdb"))]
        assert!(matches!("esdb://a".parse::<StoreAddress>(), Err(NoSuchStore::LeftOut)));
        for other in ["", "embedded:", "Embedded", "sqlite", "mysql://a/b"] {
            assert_eq!(shown(other), None, "{other}");
        }
    }
}

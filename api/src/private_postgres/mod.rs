//! A Postgres of our own, from the system's binaries, in the data folder.
//!
//! It is there so that a newcomer needs no database: one cluster, reached through a Unix socket
//! only, owned by this process. It ends when this process ends, however that ends, and recovers
//! when both were killed. When it alone ends, it is started again.
//!
//! What it costs: half a second at the first start, 40 ms at later ones, 40 MB of disk.

mod binaries;
mod cluster;
mod keeper;
mod pages;
mod privileges;

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

pub use binaries::find as find_binaries;
use cluster::Cluster;
use pages::Pages;
pub(crate) use privileges::{end_with_us, interrupt};

/// The name of the database and of its only user.
const NAME: &str = "cauri";

/// How a private Postgres runs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether what it acknowledges survives a power cut. Only tests do without.
    pub durable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { durable: true }
    }
}

/// Why there is no private Postgres.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Nothing to start.
    #[error(
        "no PostgreSQL server binaries were found: run scripts/ensure-postgres.sh, or install \
         Debian's package postgresql, or set DATABASE_URL to a server of your own"
    )]
    NoBinaries,
    /// A file or folder could not be made or read.
    #[error("{path}: {what}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        cause: std::io::Error,
    },
    /// A program could not be started.
    #[error("{program} could not be started")]
    Spawn {
        /// Which.
        program: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The cluster could not be made.
    #[error("initdb failed: {log}")]
    Initdb {
        /// What it said last.
        log: String,
    },
    /// Another process runs a server on this data folder.
    #[error("another server already runs on {folder}: stop it, or use another data folder")]
    InUse {
        /// Which.
        folder: PathBuf,
    },
    /// It did not become ready.
    #[error("Postgres did not start within {seconds} seconds: {log}")]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// What it said last.
        log: String,
    },
    /// The database could not be made.
    #[error("the database could not be made")]
    Database(#[source] sqlx::Error),
}

/// A running private Postgres. It is stopped when this is dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    _pages: Option<Pages>,
}

impl PrivatePostgres {
    /// Starts it in `data_dir`, making a cluster there at the first start.
    ///
    /// Blocks until it is ready.
    ///
    /// # Errors
    /// [`PostgresError`], each with what can be done about it.
    pub fn start(data_dir: &Path, options: Options) -> Result<Self, PostgresError> {
        let binaries = binaries::find().ok_or(PostgresError::NoBinaries)?;
        let cluster = Cluster::start(&binaries, data_dir, options)?;
        let pages = options.durable.then(|| Pages::keep_few(data_dir));
        Ok(Self { cluster, _pages: pages })
    }

    /// How to connect to its administrative database, which is always there.
    #[must_use]
    pub fn maintenance_options(&self) -> PgConnectOptions {
        maintenance_options(self.cluster.socket_folder())
    }

    /// How to connect to its database.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        self.maintenance_options().database(NAME)
    }

    /// How to connect to the database of the server that runs on this data folder.
    ///
    /// # Errors
    /// [`PostgresError::Folder`].
    pub fn connect_options_of(data_dir: &Path) -> Result<PgConnectOptions, PostgresError> {
        let socket_folder = Cluster::socket_folder_of(data_dir)?;
        Ok(maintenance_options(&socket_folder).database(NAME))
    }

    /// The same as an address, for other programs.
    #[must_use]
    pub fn url(&self) -> String {
        let folder = self.cluster.socket_folder().display().to_string();
        format!("postgres://{NAME}@localhost:{}/{NAME}?host={folder}", cluster::PORT)
    }

    /// Makes the database if it is not there.
    ///
    /// # Errors
    /// [`PostgresError::Database`].
    pub async fn ensure_database(&self) -> Result<(), PostgresError> {
        use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
        let mut connection =
            self.maintenance_options().connect().await.map_err(PostgresError::Database)?;
        let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = 'cauri'")
            .fetch_optional(&mut connection)
            .await
            .map_err(PostgresError::Database)?;
        if there.is_none() {
            connection.execute("CREATE DATABASE cauri").await.map_err(PostgresError::Database)?;
        }
        connection.close().await.map_err(PostgresError::Database)
    }

    /// The process id of the server, for tests that kill it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.cluster.pid()
    }

    /// Stops it and waits until it has.
    pub fn stop(self) {
        drop(self);
    }
}

fn maintenance_options(socket_folder: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_folder)
        .port(cluster::PORT)
        .username(NAME)
        .database("postgres")
}

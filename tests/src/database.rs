//! A fresh database for each test, in one private Postgres for each test process.
//!
//! The cluster lies in memory where there is a memory file system: it starts in half a second and
//! goes with the process. It does without durability, except where a log is kept in it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Once, OnceLock};
use std::thread;

use cauri_api::private_postgres::{Options, PrivatePostgres};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

/// A database that nobody else uses.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// How to connect to it.
    pub options: PgConnectOptions,
    /// A pool on it.
    pub pool: PgPool,
    /// Its address, for other processes.
    pub url: String,
}

struct Shared {
    postgres: PrivatePostgres,
}

static SHARED: OnceLock<Shared> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Makes an empty database.
///
/// # Panics
/// When there is no Postgres: a test that needs one cannot pass without.
pub async fn fresh_database() -> TestDatabase {
    database_in(&SHARED.get_or_init(|| start("", false)).postgres).await
}

/// An empty database on a server on which a commit is a promise, as a log needs it.
///
/// # Panics
/// When there is no Postgres.
pub async fn durable_database() -> TestDatabase {
    static DURABLE: OnceLock<Shared> = OnceLock::new();
    database_in(&DURABLE.get_or_init(|| start("-durable", true)).postgres).await
}

/// A server of the test's own, which can be killed; durable.
///
/// # Panics
/// When there is no Postgres.
pub fn own_postgres() -> PrivatePostgres {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    start(&format!("-own-{number}"), true).postgres
}

/// An empty database on that server.
///
/// # Panics
/// When the server does not run.
pub async fn database_in(postgres: &PrivatePostgres) -> TestDatabase {
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = postgres.maintenance_options().connect().await.expect("the cluster runs");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(create).await.expect("a new name");
    connection.close().await.expect("the cluster runs");
    let options = postgres.connect_options().database(&name);
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .connect_with(options.clone())
        .await
        .expect("the database was just made");
    let url = postgres.url().replace("/cauri?", &format!("/{name}?"));
    TestDatabase { options, pool, url }
}

/// Starts a server in a folder of its own. It dies with the thread that starts it, so one is kept
/// for the life of the process.
fn start(what: &str, durable: bool) -> Shared {
    static LEFTOVERS: Once = Once::new();
    LEFTOVERS.call_once(remove_leftovers);
    let (sender, receiver) = std::sync::mpsc::channel();
    let folder = home().join(format!("cauri-test-{}{what}", std::process::id()));
    thread::Builder::new()
        .name("keeps-postgres".to_owned())
        .spawn(move || {
            let started = PrivatePostgres::start(&folder, Options { durable });
            drop(sender.send(started));
            loop {
                thread::park();
            }
        })
        .expect("a thread");
    let started = receiver.recv().expect("the thread sends once");
    Shared { postgres: started.unwrap_or_else(|error| panic!("no Postgres for tests: {error}")) }
}

fn home() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// Removes the folders of test processes that are gone.
fn remove_leftovers() {
    let Ok(entries) = std::fs::read_dir(home()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix("cauri-test-"));
        let pid = pid.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        let Some(pid) = pid else { continue };
        if !PathBuf::from(format!("/proc/{pid}")).exists() {
            // Somebody else may be removing it as well.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

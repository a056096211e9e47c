//! The private Postgres: no set-up, one owner, back after a kill.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cauri_api::private_postgres::{Options, PostgresError, PrivatePostgres};
use cauri_tests::market;
use cauri_tests::process::signal;
use cauri_tests::server::Server;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

const FOLDER: &str = "CAURI_TEST_POSTGRES_FOLDER";

/// Not a test of its own: the process that the others start, and kill.
#[test]
fn keeper() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let postgres = PrivatePostgres::start(Path::new(&folder), Options::default()).unwrap();
    println!("\npid {}", postgres.pid());
    loop {
        std::thread::park();
    }
}

/// A process that keeps a Postgres in `folder`, and the process id of that Postgres.
fn keep(folder: &Path) -> (Child, i32) {
    let mut keeper = Command::new(std::env::current_exe().unwrap())
        .args(["private_postgres::keeper", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("pid ").and_then(|pid| pid.parse().ok()))
        .expect("the keeper's Postgres starts");
    (keeper, pid)
}

async fn count(postgres: &PrivatePostgres) -> i64 {
    let mut connection = postgres.connect_options().connect().await.unwrap();
    let row = connection.fetch_one("SELECT count(*) FROM kept").await.unwrap();
    connection.close().await.unwrap();
    row.get(0)
}

async fn fill(postgres: &PrivatePostgres) {
    postgres.ensure_database().await.unwrap();
    let mut connection = postgres.connect_options().connect().await.unwrap();
    connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)").await.unwrap();
    connection.close().await.unwrap();
}

fn is_alive(pid: i32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_stop_and_after_everything_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = PrivatePostgres::start(folder.path(), Options::default()).unwrap();
    fill(&postgres).await;
    let taken = PrivatePostgres::start(folder.path(), Options::default()).unwrap_err();
    assert!(matches!(taken, PostgresError::InUse { .. }), "{taken}");
    postgres.stop();

    let (mut keeper, pid) = keep(folder.path());
    keeper.kill().unwrap();
    Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    keeper.wait().unwrap();

    let postgres = PrivatePostgres::start(folder.path(), Options::default()).unwrap();
    assert_eq!(count(&postgres).await, 1_000);
}

#[test]
fn it_ends_with_the_process_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut keeper, pid) = keep(folder.path());
    assert!(is_alive(pid));
    keeper.kill().unwrap();
    keeper.wait().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while is_alive(pid) {
        assert!(std::time::Instant::now() < deadline, "Postgres outlives its owner");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[tokio::test]
async fn whole_pages_in_its_log_are_compressed_where_it_is_built_for_that() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = PrivatePostgres::start(folder.path(), Options::default()).unwrap();
    let mut connection = postgres.maintenance_options().connect().await.unwrap();
    let built = "SELECT setting LIKE '%--with-lz4%', current_setting('wal_compression')
        FROM pg_config WHERE name = 'CONFIGURE'";
    let row = connection.fetch_one(built).await.unwrap();
    let expected = if row.get(0) { "lz4" } else { "off" };
    assert_eq!(row.get::<String, _>(1), expected);
}

#[tokio::test]
async fn it_opens_no_port() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = PrivatePostgres::start(folder.path(), Options { durable: false }).unwrap();
    let mut connection = postgres.maintenance_options().connect().await.unwrap();
    let row = connection.fetch_one("SHOW listen_addresses").await.unwrap();
    assert_eq!(row.get::<String, _>(0), "");
    assert!(listens_on_no_tcp_port(&postgres));
}

fn listens_on_no_tcp_port(postgres: &PrivatePostgres) -> bool {
    // Every TCP socket of the server would be listed under its process.
    let Ok(entries) = std::fs::read_dir(format!("/proc/{}/fd", postgres.pid())) else {
        return true;
    };
    let listening = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let inodes: Vec<String> = entries
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .filter_map(|link| {
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned)
        })
        .collect();
    !listening.lines().any(|line| {
        line.split_whitespace().nth(9).is_some_and(|inode| inodes.iter().any(|own| own == inode))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_it_again_when_it_alone_is_killed() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    let before = server.postmaster();
    signal("-9", &[before]);
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = Instant::now();
        let ready = server.http().get(server.url("/readyz")).send().await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(3), "whoever asks has no more patience");
        let file = server.data().join("postgres/cluster/postmaster.pid");
        let now = std::fs::read_to_string(file).unwrap_or_default();
        let is_another = !now.is_empty() && !now.starts_with(&format!("{before}\n"));
        if ready.status().is_success() && is_another {
            break;
        }
        assert!(Instant::now() < deadline, "it is not started again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    market::fund(&server, wallet, 500).await;
    assert_eq!(server.available(wallet, "XOF", server.head().await).await, "500");
}

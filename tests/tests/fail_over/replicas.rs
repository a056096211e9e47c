//! A primary and its synchronous standby, from the system's own binaries: the primary dies, the
//! standby is promoted, and the server finds it in its list of hosts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_api::private_postgres::find_binaries;
use cauri_tests::process::{cauri, family, signal};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use super::load::{Load, Market, check};
use super::node::{Node, Tokens};

/// Whom the servers run as when the tests run as root, as whom Postgres refuses to: nobody.
const NOBODY: u32 = 65_534;

struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    process: Option<Child>,
}

impl Cluster {
    fn new(binaries: &Path, folder: PathBuf) -> Self {
        fs::create_dir_all(folder.join("socket")).unwrap();
        if is_root() {
            for path in [folder.clone(), folder.join("socket")] {
                std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        Self { binaries: binaries.to_owned(), folder, process: None }
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of Postgres' own programs, ending with this process.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if is_root() {
            let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
            command.args([&user, &group, "--clear-groups"]);
        }
        command.arg(self.binaries.join(name)).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn run(&self, name: &str, arguments: &[&str]) {
        let output = self.program(name).args(arguments).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }

    async fn start(&mut self) {
        let log = fs::File::create(self.folder.join("log")).unwrap();
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.socket());
        for setting in
            ["listen_addresses=", "wal_level=replica", "max_wal_senders=5", "max_connections=100"]
        {
            server.args(["-c", setting]);
        }
        server.stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(server.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.options().connect().await.is_err() {
            assert!(Instant::now() < deadline, "{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().socket(self.socket());
        options.username("cauri").database("postgres")
    }

    async fn connect(&self) -> PgConnection {
        self.options().connect().await.unwrap()
    }

    /// At once, with all of its processes, as when its machine dies.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            signal("-9", &family(process.id()));
            process.wait().unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        // What is left goes with the machine.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it)).unwrap() == 0
}

/// A primary that commits nothing that its standby does not have.
struct Pair {
    primary: Cluster,
    standby: Cluster,
}

impl Pair {
    async fn start() -> Self {
        let binaries = find_binaries().expect("PostgreSQL's binaries");
        let memory = Path::new("/dev/shm");
        let temporary = std::env::temp_dir();
        let home = if memory.is_dir() { memory } else { &temporary };
        let folder = |name: &str| home.join(format!("cauri-pair-{}-{name}", std::process::id()));
        let mut primary = Cluster::new(&binaries, folder("a"));
        let mut standby = Cluster::new(&binaries, folder("b"));
        let data = primary.data().display().to_string();
        primary.run(
            "initdb",
            &["-D", &data, "-U", "cauri", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        );
        primary.start().await;
        let from =
            format!("host={} user=cauri application_name=standby", primary.socket().display());
        let data = standby.data().display().to_string();
        standby.run(
            "pg_basebackup",
            &["-D", &data, "-d", &from, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"],
        );
        standby.start().await;
        let mut connection = primary.connect().await;
        for statement in [
            "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
            "SELECT pg_reload_conf()",
            "CREATE DATABASE cauri",
        ] {
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        let state = "SELECT sync_state FROM pg_stat_replication";
        loop {
            let now: Option<String> =
                sqlx::query_scalar(state).fetch_optional(&mut connection).await.unwrap();
            if now.as_deref() == Some("sync") {
                break;
            }
            assert!(Instant::now() < deadline, "{now:?}: {}", standby.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { primary, standby }
    }

    fn url(&self) -> String {
        let sockets = [&self.primary, &self.standby].map(|it| it.socket().display().to_string());
        format!("postgres://cauri@localhost:5432/cauri?host={}", sockets.join(","))
    }

    /// Kills the primary, and makes the standby one.
    async fn fail_over(&mut self) {
        self.primary.kill();
        let mut connection = self.standby.connect().await;
        let promoted: bool =
            sqlx::query_scalar("SELECT pg_promote()").fetch_one(&mut connection).await.unwrap();
        assert!(promoted, "{}", self.standby.log());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost_with_the_primary() {
    let mut pair = Pair::start().await;
    let url = pair.url();
    // Longer than the fail-over takes: the server itself goes on.
    let mut node = Node::start(&url, 60, None);
    node.until_it_leads().await;
    let market = Arc::new(Market::open(Tokens::of(&node), &node).await);
    let load = Load::start(&market, std::slice::from_ref(&node.address));
    load.until_more(60).await;

    let killed = Instant::now();
    pair.fail_over().await;
    load.until_more(60).await;
    let took = killed.elapsed();
    let acknowledged = load.end().await;
    assert_eq!(node.process.try_wait().unwrap(), None, "it went on");
    check(&market, &node, &acknowledged).await;
    eprintln!("{} acknowledged; served {took:?} after the kill", acknowledged.len());

    let verified = cauri(&["verify"]).env("CAURI_STORE", &url).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

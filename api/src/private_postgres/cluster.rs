//! One cluster: made, started, watched until it is ready, stopped.

use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::keeper::Keeper;
use super::privileges::{self, Runs};
use super::{NAME, Options, PostgresError};

/// Only names the socket: no TCP port is opened.
pub(super) const PORT: u16 = 5432;

/// How long a start may take: after everything was killed, the kernel first has to let go of the
/// dead server, and then its log is replayed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest path that a socket may have, in bytes.
const SOCKET_PATH_MAX: usize = 107;

/// MiB of pages that are kept in memory at least.
const LEAST_BUFFERS: u64 = 128;

/// Whole pages in the write-ahead log, compressed at little cost.
const COMPRESSED: &str = "wal_compression=lz4";

#[derive(Debug)]
pub(super) struct Cluster {
    keeper: Keeper,
    socket_folder: PathBuf,
    /// Held while the cluster is in use; the kernel lets go of it when we end.
    _lock: File,
}

impl Cluster {
    pub(super) fn start(
        binaries: &Path,
        data_dir: &Path,
        options: Options,
    ) -> Result<Self, PostgresError> {
        let runs = Runs::choose();
        let home = data_dir.join("postgres");
        make_folder(&home, runs)?;
        let home = home.canonicalize().map_err(folder(&home, "could not be found"))?;
        let lock = lock(&home)?;
        let socket_folder = socket_folder(&home, runs)?;
        let data = home.join("cluster");
        if !data.is_dir() {
            init(binaries, &home, &data, runs)?;
        }
        let start = Start {
            binaries: binaries.to_owned(),
            data,
            socket_folder: socket_folder.clone(),
            log: home.join("postgres.log"),
            runs,
            options,
        };
        Ok(Self { keeper: Keeper::start(start)?, socket_folder, _lock: lock })
    }

    /// Where the cluster of a data folder is reached, whoever has started it.
    pub(super) fn socket_folder_of(data_dir: &Path) -> Result<PathBuf, PostgresError> {
        let home = data_dir.join("postgres");
        let home = home.canonicalize().map_err(folder(&home, "could not be found"))?;
        socket_folder(&home, Runs::choose())
    }

    pub(super) fn socket_folder(&self) -> &Path {
        &self.socket_folder
    }

    pub(super) fn pid(&self) -> u32 {
        self.keeper.pid()
    }
}

/// All that it takes to start the server of a cluster.
#[derive(Debug)]
pub(super) struct Start {
    binaries: PathBuf,
    data: PathBuf,
    socket_folder: PathBuf,
    log: PathBuf,
    runs: Runs,
    options: Options,
}

impl Start {
    /// A server that takes connections. It ends with the thread that calls this.
    ///
    /// Tries for [`PATIENCE`], or until `is_wanted` says that nobody waits any more.
    pub(super) fn server(&self, is_wanted: &dyn Fn() -> bool) -> Result<Child, PostgresError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut server = self.spawn()?;
            if ready(&mut server, &self.socket_folder, deadline, is_wanted) {
                return Ok(server);
            }
            end(&mut server);
            if Instant::now() >= deadline || !is_wanted() {
                let log = self.last_lines();
                return Err(PostgresError::NotReady { seconds: PATIENCE.as_secs(), log });
            }
            // A predecessor that was killed still holds the folder or its shared memory.
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the server said last.
    pub(super) fn last_lines(&self) -> String {
        tail(&fs::read_to_string(&self.log).unwrap_or_default())
    }

    fn spawn(&self) -> Result<Child, PostgresError> {
        let Self { binaries, data, socket_folder, log, runs, options } = self;
        spawn(binaries, data, socket_folder, log, *runs, *options)
    }
}

/// Asks a server to end, and sees that it does.
pub(super) fn stop(server: &mut Child) {
    privileges::interrupt(server.id());
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        match server.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(5)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    end(server);
}

fn folder(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> PostgresError {
    let path = path.to_owned();
    move |cause| PostgresError::Folder { path, what, cause }
}

fn make_folder(path: &Path, runs: Runs) -> Result<(), PostgresError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(folder(path, "could not be made"))?;
    runs.own(path).map_err(folder(path, "could not be given to the database's user"))
}

/// One process at a time: Postgres would notice too, but later and in more words.
fn lock(home: &Path) -> Result<File, PostgresError> {
    let path = home.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(folder(&path, "could not be opened"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(PostgresError::InUse { folder: home.to_owned() }),
        Err(fs::TryLockError::Error(cause)) => Err(folder(&path, "could not be locked")(cause)),
    }
}

/// Beside the cluster where the path is short enough, else in a short folder for temporary files.
fn socket_folder(home: &Path, runs: Runs) -> Result<PathBuf, PostgresError> {
    let name = format!(".s.PGSQL.{PORT}.lock");
    let beside = home.join("socket");
    let fits = |folder: &Path| folder.join(&name).as_os_str().len() <= SOCKET_PATH_MAX;
    let chosen = if fits(&beside) {
        beside
    } else {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(home.as_os_str().as_encoded_bytes());
        Path::new("/tmp").join(format!("cauri-{}", hex::encode(&digest[..8])))
    };
    make_folder(&chosen, runs)?;
    Ok(chosen)
}

/// Made aside and then renamed: a crash half-way leaves no half cluster.
fn init(binaries: &Path, home: &Path, data: &Path, runs: Runs) -> Result<(), PostgresError> {
    let aside = home.join("cluster.new");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(folder(&aside, "could not be removed"))?;
    }
    let program = binaries.join("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(&aside)
        .args(["-U", NAME, "-A", "trust", "-k", "-E", "UTF8", "--locale=C", "--no-instructions"])
        // A new segment of its log is filled with zeros while everybody waits: small ones make that
        // short (of 16 MB, webhooks waited up to a tenth of a second for it).
        .arg("--wal-segsize=2")
        .stdin(Stdio::null());
    runs.apply(&mut command);
    let output = command.output().map_err(|cause| PostgresError::Spawn { program, cause })?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let log = tail(&String::from_utf8_lossy(&said));
        return Err(PostgresError::Initdb { log });
    }
    fs::rename(&aside, data).map_err(folder(data, "could not be renamed"))
}

fn spawn(
    binaries: &Path,
    data: &Path,
    socket_folder: &Path,
    log: &Path,
    runs: Runs,
    options: Options,
) -> Result<Child, PostgresError> {
    let program = binaries.join("postgres");
    let log_file = File::options().create(true).append(true).open(log);
    let log_file = log_file.map_err(folder(log, "could not be opened"))?;
    let errors = log_file.try_clone().map_err(folder(log, "could not be opened"))?;
    let mut command = Command::new(&program);
    command.arg("-D").arg(data).arg("-k").arg(socket_folder).args(["-p", &PORT.to_string()]);
    let mut set = |setting: &str| {
        command.args(["-c", setting]);
    };
    // Through the socket only, which nobody else may open: that is what makes trust safe.
    set("listen_addresses=");
    set("unix_socket_permissions=0700");
    let buffers = if options.durable { shared_buffers() } else { LEAST_BUFFERS };
    set(&format!("shared_buffers={buffers}MB"));
    // A checkpoint makes everybody wait for the disk, and after it each page is logged whole: it comes
    // by the clock, not by how much was written, up to what a restart replays in half a minute.
    set("max_wal_size=3GB");
    set("checkpoint_timeout=10min");
    // And those whole pages are small then: they come in a burst that everybody waits for.
    if options.durable && compresses(&program, data, runs) {
        set(COMPRESSED);
    }
    // What a backend has to write out goes to the disk then, not in a burst later (`pages.rs`).
    set("backend_flush_after=512kB");
    // What it cleans up it does beside those who wait for rows, not before them.
    set("autovacuum_vacuum_cost_delay=10ms");
    // Compiling a statement takes longer than any of ours runs.
    set("jit=off");
    set("max_connections=160");
    // The projector turns synchronous_commit off for its own transactions: read models can be
    // rebuilt. It stays on for everything else.
    if !options.durable {
        set("fsync=off");
        set("full_page_writes=off");
        set("synchronous_commit=off");
    }
    command.stdin(Stdio::null()).stdout(log_file).stderr(errors);
    runs.apply(&mut command);
    command.spawn().map_err(|cause| PostgresError::Spawn { program, cause })
}

/// Whether this Postgres is built with what compresses: one that is not does not start with it.
fn compresses(program: &Path, data: &Path, runs: Runs) -> bool {
    let mut command = Command::new(program);
    // `-C` comes first, or root is sent away.
    command.args(["-C", "wal_compression", "-c", COMPRESSED, "-D"]).arg(data);
    runs.apply(&mut command);
    command.output().is_ok_and(|said| said.status.success())
}

/// MiB that Postgres keeps pages in: a part of the memory. What does not fit is left to the system, which
/// writes it out all at once every few seconds while everybody waits for the disk.
fn shared_buffers() -> u64 {
    const MOST: u64 = 1024;
    let said = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = said.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let total = total.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    (total.unwrap_or(0) / 1024 / 16).clamp(LEAST_BUFFERS, MOST)
}

/// Waits until the server takes connections; `false` when it ended, or nobody waits any more.
fn ready(
    server: &mut Child,
    socket_folder: &Path,
    deadline: Instant,
    is_wanted: &dyn Fn() -> bool,
) -> bool {
    let socket = socket_folder.join(format!(".s.PGSQL.{PORT}"));
    while Instant::now() < deadline && is_wanted() {
        if takes_connections(&socket) {
            return true;
        }
        if !matches!(server.try_wait(), Ok(None)) {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}

/// A startup packet by hand: the first byte of the answer is `R` when the server is ready, and
/// `E` while it still recovers. <https://www.postgresql.org/docs/current/protocol-flow.html>
fn takes_connections(socket: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    let parameters = format!("user\0{NAME}\0database\0postgres\0\0");
    let length = u32::try_from(8 + parameters.len()).expect("a short text").to_be_bytes();
    let version = 196_608_u32.to_be_bytes();
    let packet = [&length[..], &version[..], parameters.as_bytes()].concat();
    let mut first = [0_u8; 1];
    stream.set_read_timeout(Some(Duration::from_secs(1))).is_ok()
        && stream.write_all(&packet).is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first == *b"R"
}

fn end(server: &mut Child) {
    // Errors say that it has ended already.
    let _ = server.kill();
    let _ = server.wait();
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}

//! The real binary as a program: built, run apart from the developer's own settings, killed.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A build that has nothing to do ends sooner; one that takes longer says that it is on its way.
const SILENT: Duration = Duration::from_secs(10);

/// The binary under test: beside the tests' own, built when it is not there or not current.
///
/// # Panics
/// When it does not build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let tests = std::env::current_exe().expect("a path");
        let folder = tests.parent().and_then(Path::parent).expect("target/debug/deps");
        // `cargo test` builds the packages it tests, and this one has no dependency on a binary.
        // All of the workspace, so that the features, and so the libraries, are those of the tests.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--workspace", "--bins", "--target-dir"]);
        cargo.arg(folder.parent().expect("target")).stdin(Stdio::null());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(built(cargo).success(), "the binary does not build");
        folder.join("cauri")
    })
}

/// Runs cargo, and says what is being waited for when it takes long: with no word, a build beside
/// others, or the wait for another's, looks like a test that hangs.
fn built(mut cargo: Command) -> ExitStatus {
    let (done, ended) = channel::<()>();
    let ended = std::thread::spawn(move || {
        while ended.recv_timeout(SILENT) == Err(RecvTimeoutError::Timeout) {
            // Not by `eprintln`, which is kept back until the test has failed.
            let _ = writeln!(std::io::stderr(), "cargo builds the server, or waits for its turn");
        }
    });
    let status = cargo.status().expect("cargo runs");
    drop(done);
    ended.join().expect("it only writes");
    status
}

/// `cauri` with arguments, without the variables that would point it at a developer's own server,
/// database or keys.
#[must_use]
pub fn cauri(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "DATABASE_URL" || text.starts_with("CAURI_") {
            command.env_remove(&name);
        }
    }
    let log = std::env::var("CAURI_LOG").unwrap_or_else(|_| "error".to_owned());
    command.args(arguments).env("CAURI_LOG", log).stdin(Stdio::null());
    command
}

/// `cauri-verify`, built with it.
#[must_use]
pub fn verifier() -> Command {
    let mut command = Command::new(binary().with_file_name("cauri-verify"));
    command.stdin(Stdio::null());
    command
}

/// Sends a signal, `-9` or `-TERM`, to processes. Some may have ended already.
///
/// # Panics
/// When the program `kill` is not there.
pub fn signal(name: &str, processes: &[u32]) {
    let mut kill = Command::new("kill");
    kill.arg(name).args(processes.iter().map(u32::to_string)).stderr(Stdio::null());
    // Its status says that one of them has ended, which is no matter.
    let _ = kill.status().expect("kill runs");
}

/// A process, what it started, what these started, and so on.
#[must_use]
pub fn family(process: u32) -> Vec<u32> {
    let parents = parents();
    let mut family = vec![process];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    family
}

/// Every process and its parent.
fn parents() -> Vec<(u32, u32)> {
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let parents = processes.filter_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // `1 (a name) S 0 ...`: the name may hold anything, brackets too.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((process, parent))
    });
    parents.collect()
}

/// Every file under a folder; links are not followed.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        // What went meanwhile is none.
        match std::fs::symlink_metadata(&path) {
            Ok(it) if it.is_dir() => all.extend(files(&path)),
            Ok(it) if it.is_file() => all.push(path),
            Ok(_) | Err(_) => {}
        }
    }
    all
}

/// The files under a folder that contain a text, or its bytes in hexadecimal, as Postgres logs them.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn containing(folder: &Path, text: &str) -> Vec<PathBuf> {
    let needles = [text.as_bytes().to_vec(), hex::encode(text).into_bytes()];
    let contains = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        needles.iter().any(|needle| bytes.windows(needle.len()).any(|part| part == needle))
    };
    files(folder).into_iter().filter(contains).collect()
}

/// Copies a folder with all that is in it, as a backup would.
///
/// # Panics
/// When it cannot be read or written.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file");
        }
    }
}

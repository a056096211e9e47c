//! The program under load: callers that ask a ledger for transfers as fast as they are answered,
//! while its tree is kept up and signed; and what its parent hears of it.
//!
//! A line on its standard output is said once it is so: `asked ID`, `acked ID REVISION`,
//! `signed SIZE ROOT`, `stopped WHY`, `refused`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use cauri_domain::testing::{funded, opened, pay, service, xof};
use cauri_domain::{Command, CommandId, LedgerId};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::{AskError, Engine, EngineOptions, Request};
use cauri_ledger::store::EventStore;
use cauri_ledger::store::embedded::{EmbeddedStore, Options};
use cauri_ledger::transparency::{Follower, Signer};
use uuid::Uuid;

const FOLDER: &str = "DISK_TEST_FOLDER";
const ASKS: &str = "DISK_TEST_ASKS";
const CALLERS: u64 = 12;

/// How it ends when its ledger has stopped.
pub const STOPPED: i32 = 3;

/// What was said of all its runs on one folder.
#[derive(Debug, Default)]
pub struct Told {
    pub asked: BTreeSet<Uuid>,
    /// Command ids, and the revisions at which they were acknowledged.
    pub acked: BTreeMap<Uuid, u64>,
    /// Sizes of the tree, and the roots that were signed for them.
    pub signed: BTreeMap<u64, String>,
}

/// What one run came to.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// What it said of why its ledger stopped.
    pub stopped: Option<String>,
    /// Whether it said that nothing more was taken after that.
    pub refused: bool,
}

/// The program, as its parent has it.
pub struct Writer {
    process: Child,
    lines: Receiver<String>,
    /// What was read while something was waited for.
    read: Vec<String>,
}

impl Writer {
    /// Starts it on a folder. With `asks` each caller asks so often and the program ends in peace;
    /// without it goes on for ever.
    pub fn start(folder: &Path, asks: Option<u64>, variables: &[(String, String)]) -> Self {
        let mut command = Process::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "writer::child_that_writes", "--nocapture"])
            .env(FOLDER, folder)
            .envs(asks.map(|asks| (ASKS, asks.to_string())))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, lines, read: Vec::new() }
    }

    /// Waits until it says a line that begins so; however loaded the machine is.
    pub fn says(&mut self, beginning: &str) {
        let wait = Duration::from_secs(30);
        loop {
            let line = self.lines.recv_timeout(wait);
            self.read.push(line.unwrap_or_else(|_| panic!("it does not say {beginning:?}")));
            if self.read.last().is_some_and(|line| line.starts_with(beginning)) {
                return;
            }
        }
    }

    /// Kills it, as everything ends when the power is cut, and adds what it has said.
    pub fn kill(mut self, told: &mut Told) -> Ended {
        self.process.kill().unwrap();
        self.hear(told)
    }

    /// Waits until it ends by itself.
    pub fn ended(mut self, told: &mut Told) -> Ended {
        self.hear(told)
    }

    fn hear(&mut self, told: &mut Told) -> Ended {
        let (mut stopped, mut refused) = (None, false);
        // They end when the program does, whose end of the pipe is then closed.
        let rest = || self.lines.recv_timeout(Duration::from_secs(60)).ok();
        for line in self.read.drain(..).chain(std::iter::from_fn(rest)) {
            let mut words = line.split(' ');
            match (words.next(), words.next(), words.next()) {
                (Some("asked"), Some(id), None) => drop(told.asked.insert(id.parse().unwrap())),
                (Some("acked"), Some(id), Some(revision)) => {
                    assert!(stopped.is_none(), "acknowledged after it had stopped: {line}");
                    told.acked.insert(id.parse().unwrap(), revision.parse().unwrap());
                }
                (Some("signed"), Some(size), Some(root)) => {
                    told.signed.insert(size.parse().unwrap(), root.to_owned());
                }
                (Some("stopped"), ..) => stopped = Some(line["stopped ".len()..].to_owned()),
                (Some("refused"), None, None) => refused = true,
                _ => {}
            }
        }
        // It does not hang, whatever the disk does.
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(std::time::Instant::now() < deadline, "the writer hangs");
            std::thread::sleep(Duration::from_millis(2));
        };
        Ended { status, stopped, refused }
    }
}

/// Segments are small, so that they end in the midst of it.
pub fn options() -> Options {
    Options {
        segment_bytes: 128 * 1024,
        idle_mark: Duration::from_millis(20),
        ..Options::default()
    }
}

pub fn engine_options(folder: &Path) -> EngineOptions {
    EngineOptions {
        snapshots: Some(folder.join("snapshots")),
        snapshot_every: 300,
        ..EngineOptions::default()
    }
}

pub fn signer() -> Signer {
    Signer::new("cauri.example/main", &[7; 32]).unwrap()
}

/// One transfer of a franc, to and fro; which way, its id says.
pub fn transfer(id: Uuid) -> Request {
    let (from, to) = if id.as_u128() & 1 == 0 { (1, 2) } else { (2, 1) };
    Request::new(CommandId(id), service(), pay(from, to, xof(1)))
}

/// An error and its causes.
pub fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

#[test]
#[ignore = "it is the program that the other tests start"]
fn child_that_writes() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("it is started by its parent"));
    let asks = std::env::var(ASKS).ok().map(|asks| asks.parse().unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = runtime.unwrap().block_on(write(&folder, asks));
    if let Err(why) = ended {
        println!("stopped {}", why.replace('\n', " "));
        std::process::exit(STOPPED);
    }
}

/// The commands that every run begins with: asked again, they are as they were.
fn beginning() -> Vec<Command> {
    [vec![opened()], funded(1, "ama", xof(500_000)), funded(2, "kofi", xof(500_000))].concat()
}

async fn write(folder: &Path, asks: Option<u64>) -> Result<(), String> {
    let store = EmbeddedStore::open(folder.join("log"), options()).map_err(|it| told(&it))?;
    let shared: Arc<dyn EventStore> = Arc::new(store.clone());
    let clock = Arc::new(SystemClock);
    let options = engine_options(folder);
    let engine = Engine::open(Arc::clone(&shared), LedgerId::main(), clock, options).await;
    let engine = engine.map_err(|error| told(&error))?;
    for (number, command) in beginning().into_iter().enumerate() {
        let id = CommandId(Uuid::from_u128(0xB000 + number as u128));
        let asked = engine.ask(Request::new(id, service(), command)).await;
        asked.map_err(|error| told(&error))?;
    }
    let tree = folder.join("transparency/main");
    // What the tree's files lack is no reason for the ledger to stop.
    if let Ok(follower) = Follower::open(shared, LedgerId::main(), &tree, signer()).await {
        let following = follower.clone();
        tokio::spawn(async move { following.run().await });
        tokio::spawn(async move {
            loop {
                if let Ok(signed) = follower.checkpoint().await {
                    println!("signed {} {}", signed.checkpoint.size, signed.checkpoint.root);
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
    }
    let callers: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(call(engine.clone(), asks))).collect();
    let ended = futures::future::join_all(callers).await;
    let stopped = ended.into_iter().find_map(|caller| caller.unwrap().err());
    if let Some(error) = stopped {
        // It stopped, and nothing is taken any more: neither commands nor looks.
        let again = engine.ask(transfer(Uuid::new_v4())).await;
        let looked = engine.read(|_| ()).await;
        let unavailable = |error: &AskError| matches!(error, AskError::Unavailable(_));
        if again.is_err_and(|it| unavailable(&it)) && looked.is_err_and(|it| unavailable(&it)) {
            println!("refused");
        }
        return Err(told(&error));
    }
    engine.close().await;
    store.close();
    Ok(())
}

async fn call(engine: Engine, asks: Option<u64>) -> Result<(), AskError> {
    let mut asked = 0;
    while asks.is_none_or(|asks| asked < asks) {
        let id = Uuid::new_v4();
        println!("asked {id}");
        let answer = engine.ask(transfer(id)).await?;
        let revision = answer.revision().expect("a transfer has a revision");
        println!("acked {id} {revision}");
        asked += 1;
        // Batches of every size, and now and then a mark.
        let pause = id.as_u128() >> 100 & 0xFF;
        if pause < 8 {
            tokio::time::sleep(Duration::from_millis(u64::try_from(pause).unwrap() * 5)).await;
        }
    }
    Ok(())
}

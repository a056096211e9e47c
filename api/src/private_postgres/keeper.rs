//! A thread that starts the server, and starts it again when it ends before it was told to.

use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::PostgresError;
use super::cluster::{self, Start};

/// How often it is looked whether the server still runs.
const LOOK: Duration = Duration::from_millis(200);

/// How long is waited before the server is started again: the first time, and at most. Each time it
/// is twice as long, until the server has run for [`STEADY`].
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));

/// A server that has run for so long is not one that cannot run.
const STEADY: Duration = Duration::from_secs(60);

/// Keeps a server running for as long as it is not dropped. The server ends with its thread, and that
/// with our process, however that ends.
#[derive(Debug)]
pub(super) struct Keeper {
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_over: AtomicBool,
    pid: AtomicU32,
}

impl Shared {
    fn is_wanted(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }
}

impl Keeper {
    /// Blocks until the server takes connections.
    pub(super) fn start(start: Start) -> Result<Self, PostgresError> {
        let shared = Arc::<Shared>::default();
        let (tell, started) = mpsc::sync_channel(1);
        let its = Arc::clone(&shared);
        let thread = thread::Builder::new().name("postgres".to_owned()).spawn(move || {
            let told = start.server(&|| its.is_wanted());
            let told = told.inspect(|server| its.pid.store(server.id(), Ordering::Release));
            match told {
                Ok(server) => {
                    // Whoever waits for this is there: it blocks.
                    let _ = tell.send(Ok(()));
                    keep(&start, server, &its);
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        });
        let thread =
            thread.map_err(|cause| PostgresError::Spawn { program: "postgres".into(), cause })?;
        let keeper = Self { thread: Some(thread), shared };
        match started.recv() {
            Ok(Ok(())) => Ok(keeper),
            Ok(Err(error)) => Err(error),
            Err(gone) => Err(PostgresError::Spawn {
                program: "postgres".into(),
                cause: std::io::Error::other(gone),
            }),
        }
    }

    /// The process id of the server that runs, or ran last.
    pub(super) fn pid(&self) -> u32 {
        self.shared.pid.load(Ordering::Acquire)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // An error says that it panicked: then the server has ended with it.
            let _ = thread.join();
        }
    }
}

fn keep(start: &Start, mut server: Child, shared: &Shared) {
    let is_wanted = || shared.is_wanted();
    let (mut wait, mut since) = (WAITS.0, Instant::now());
    while is_wanted() {
        thread::park_timeout(LOOK);
        let Ok(Some(status)) = server.try_wait() else { continue };
        if since.elapsed() > STEADY {
            wait = WAITS.0;
        }
        tracing::error!(%status, log = start.last_lines(), "the private Postgres has ended: it is started again");
        loop {
            let until = Instant::now() + wait;
            while is_wanted() && Instant::now() < until {
                thread::park_timeout(until.saturating_duration_since(Instant::now()));
            }
            wait = wait.saturating_mul(2).min(WAITS.1);
            if !is_wanted() {
                return;
            }
            match start.server(&is_wanted) {
                Ok(started) => {
                    server = started;
                    break;
                }
                Err(error) => tracing::error!("the private Postgres is away: {error}"),
            }
        }
        since = Instant::now();
        shared.pid.store(server.id(), Ordering::Release);
        tracing::warn!("the private Postgres runs again");
    }
    cluster::stop(&mut server);
}

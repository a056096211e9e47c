//! The embedded store: a folder of files, no server, and the fastest of the stores.
//!
//! # Files
//! ```text
//! {dir}/{ledger}/00000000000000000000.log    the segment that begins with revision 0
//! {dir}/{ledger}/00000000000000081234.log    the next one, by its first revision
//! {dir}/{ledger}/spare.zeros                 a segment made ready before it is needed
//! {dir}/{ledger}/lock                        held by the one process that writes
//! ```
//! A segment is a file of a fixed length, written full of zeros and synced before its first use,
//! because a sync over blocks that are already there is three to five times faster. The log is kept
//! for ever, so segments are never recycled. What is not zeros is lines of JSON, for `jq` and a
//! pager (`tr -d '\0' < 00000000000000000000.log | jq`), and these bytes are for ever:
//! ```text
//! {"segment":{"format":1,"ledger":"main","first":0,"bytes":33554432,"previous":null},"crc":"…"}
//! {"batch":{"first":0,"count":2,"bytes":1234,"crc":"…","durable":0},"crc":"…"}
//! {"h":"<64 hex characters>","e":<body>}
//! {"h":"<64 hex characters>","e":<body>}
//! {"batch":{"first":2,"count":0,"bytes":0,"crc":"00000000","durable":1410},"crc":"…"}
//! ```
//! - `segment` opens a file and is written together with its first batch. `bytes` is the file's
//!   length, `previous` the first revision of the segment before (`null` for none): a file that is
//!   missing, cut short or in the wrong folder is noticed.
//! - `batch` stands before the events that were appended together: the first revision, how many
//!   events, how many bytes of lines, and their CRC-32C as 8 hex characters. `durable` says that
//!   everything in this file before that offset was durable when this line was written. One with
//!   `count` 0 is a *mark*: it is written when nothing has come for a while and when the store is
//!   closed, and only says how far the file is durable.
//! - The `crc` at the end of both is the CRC-32C of the line before `,"crc"`.
//! - That a segment exists under its name says that everything in the segments before is durable.
//!
//! # Promises
//! - A batch is one `pwrite` and one `fdatasync`; when `append` returns it is durable, whole.
//! - After a crash, the last batch is there, whole, or was never confirmed and is cut, whole.
//!   Damage to what a later line says was durable is never repaired: the ledger is not opened, or
//!   reading it fails, with the file, the byte and the revision. The last batch before a crash has
//!   no later line yet: if its blocks rot before the next opening it passes for an unfinished one.
//! - A write or sync that fails is the last: nothing more is appended by this process. What was
//!   durable can still be read.
//! - Readers never see what is not durable, nor a batch whose checksum was not checked.
//!
//! # Costs
//! `append` blocks its thread for the write and the sync: it is meant to be called from a thread of
//! its own, where handing over to yet another one would only add a switch. The next segment is made
//! ready by a background thread when the current one is a quarter full. Events that were read are
//! slices of a shared buffer of about 1 MiB: copy the body of one that is kept for long.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};

mod disk;
mod follow;
mod housekeeper;
mod layout;
mod lock;
mod log;
mod reader;
mod recovery;
mod segment;
mod spare;
mod verify;
mod watcher;
mod writer;

pub use disk::{DiskFaults, DiskStep};
pub use lock::is_in_use;
pub use verify::{SegmentsVerified, Unfinished, verify_segments};

use disk::Disk;
use housekeeper::Housekeeper;
use log::Log;

/// The smallest segment that makes sense.
const SEGMENT_BYTES_MIN: u64 = 4096;

/// How the store does its work. What is on the disk can be opened with any options.
#[derive(Debug, Clone)]
pub struct Options {
    /// The length of new segments, in bytes, at least 4096.
    pub segment_bytes: u64,
    /// How long nothing must have come before a mark is written.
    pub idle_mark: Duration,
    /// Makes the disk fail, in tests.
    pub faults: Option<Arc<dyn DiskFaults>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 32 << 20, idle_mark: Duration::from_secs(1), faults: None }
    }
}

/// Ledgers in a folder. Clones are the same store; the last one that goes closes it.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    segment_bytes: u64,
    disk: Disk,
    /// None in a store that only reads.
    housekeeper: Option<Housekeeper>,
    logs: Mutex<HashMap<LedgerId, Arc<Log>>>,
}

impl EmbeddedStore {
    /// Opens the store in `dir` for writing, and makes the folder if there is none.
    ///
    /// A ledger is locked, and recovered if need be, when it is first used, and stays locked until
    /// the store is closed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(dir: impl AsRef<Path>, options: Options) -> Result<Self, StoreFault> {
        let root = dir.as_ref();
        crate::folder::make(root).map_err(|error| {
            StoreFault::caused(format!("{} cannot be made", root.display()), error)
        })?;
        let housekeeper = Housekeeper::start(options.idle_mark)?;
        Ok(Self::new(root, options, Some(housekeeper)))
    }

    /// Opens the store in `dir` beside the process that writes it, or when none does. It sees what
    /// is known to be durable, writes nothing and takes no lock.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open_read_only(dir: impl AsRef<Path>) -> Result<Self, StoreFault> {
        let root = dir.as_ref();
        std::fs::read_dir(root).map_err(|error| {
            StoreFault::caused(format!("{} cannot be opened", root.display()), error)
        })?;
        Ok(Self::new(root, Options::default(), None))
    }

    /// Marks everything as durable, releases the locks and ends the followers. Appends are refused
    /// from now on; reads still work. Dropping the last clone does the same.
    pub fn close(&self) {
        self.inner.close();
    }

    fn new(root: &Path, options: Options, housekeeper: Option<Housekeeper>) -> Self {
        let inner = Inner {
            root: root.to_owned(),
            segment_bytes: options.segment_bytes.max(SEGMENT_BYTES_MIN),
            disk: Disk::new(options.faults),
            housekeeper,
            logs: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }
}

impl Inner {
    fn log(&self, ledger: &LedgerId) -> Arc<Log> {
        let mut logs = self.logs.lock().expect("nothing panics while holding the logs");
        if let Some(log) = logs.get(ledger) {
            return Arc::clone(log);
        }
        let jobs = self.housekeeper.as_ref().map(Housekeeper::jobs);
        let disk = self.disk.clone();
        let log = Log::new(&self.root, ledger.clone(), self.segment_bytes, disk, jobs);
        let log = Arc::new(log);
        logs.insert(ledger.clone(), Arc::clone(&log));
        log
    }

    fn ledgers(&self) -> Result<Vec<LedgerId>, StoreFault> {
        let list = || {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(&self.root)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    names.extend(entry.file_name().to_str().map(str::to_owned));
                }
            }
            Ok(names)
        };
        let names = list().map_err(|error: std::io::Error| {
            StoreFault::caused(format!("{} cannot be listed", self.root.display()), error)
        })?;
        let mut ledgers = Vec::new();
        for ledger in names.into_iter().filter_map(|name| LedgerId::try_from(name).ok()) {
            if self.log(&ledger).has_events()? {
                ledgers.push(ledger);
            }
        }
        ledgers.sort_unstable();
        Ok(ledgers)
    }

    fn close(&self) {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|it| it.hurry());
        // First the thread that works on the folders, then the locks on them.
        if let Some(housekeeper) = &self.housekeeper {
            housekeeper.stop();
        }
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.values().for_each(|log| log.close());
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventStore for EmbeddedStore {
    /// Blocks the polling thread for one write and one sync; needs no runtime.
    fn append<'a>(
        &'a self,
        ledger: &'a LedgerId,
        expected: Head,
        batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        async move {
            self.limits().check(batch)?;
            self.inner.log(ledger).append(expected, batch)
        }
        .boxed()
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        follow::read(self.inner.log(ledger), from)
    }

    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        follow::follow(self.inner.log(ledger), after.next())
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        async move {
            let durable = follow::look(&self.inner.log(ledger), Revision::FIRST).await?;
            Ok(Head::before(Revision(durable.next)))
        }
        .boxed()
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        async move { self.inner.ledgers() }.boxed()
    }
}

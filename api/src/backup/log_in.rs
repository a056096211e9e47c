//! The logs of a backup as a store that is only read, so that they are copied like any other.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::Hash;
use cauri_ledger::store::{AppendError, Chunks, EventStore, Head, RawEvent, ReadError, StoreFault};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};

use super::files::Folder;
use super::manifest::{BackedUpLedger, LogFile};

/// How many events are given out at once.
const CHUNK_EVENTS: usize = 1024;

/// Before and after the hash, and after the body.
const AROUND: [&[u8]; 3] = [b"{\"h\":\"", b"\",\"e\":", b"}"];

/// The logs of a backup.
#[derive(Debug)]
pub(super) struct LogIn {
    root: PathBuf,
    ledgers: Vec<BackedUpLedger>,
}

impl LogIn {
    pub(super) fn new(folder: &Folder, ledgers: Vec<BackedUpLedger>) -> Self {
        Self { root: folder.path(""), ledgers }
    }

    pub(super) fn of_one(folder: &Folder, ledger: &BackedUpLedger) -> Self {
        Self::new(folder, vec![ledger.clone()])
    }

    fn find(&self, ledger: &LedgerId) -> Option<&BackedUpLedger> {
        self.ledgers.iter().find(|it| it.ledger == *ledger)
    }

    /// The files from the one that holds a revision on.
    fn files(&self, ledger: &LedgerId, from: Revision) -> VecDeque<LogFile> {
        let files = self.find(ledger).map(|it| &it.files[..]).unwrap_or_default();
        files.iter().filter(|file| file.first + file.events > from.0).cloned().collect()
    }
}

/// Lines on their way.
struct Reading {
    root: PathBuf,
    ledger: LedgerId,
    next: Revision,
    files: VecDeque<LogFile>,
    open: Option<(BufReader<File>, u64, LogFile)>,
    has_failed: bool,
}

impl Reading {
    /// Some more; empty at the end.
    fn chunk(&mut self) -> Result<Vec<RawEvent>, StoreFault> {
        let mut chunk = Vec::with_capacity(CHUNK_EVENTS);
        while chunk.len() < CHUNK_EVENTS {
            let (reader, at, file) = match &mut self.open {
                Some(open) => open,
                none => {
                    let Some(file) = self.files.pop_front() else { break };
                    let path = self.root.join(&file.file.file);
                    let open = File::open(&path).map_err(|error| {
                        StoreFault::caused(format!("{} cannot be read", path.display()), error)
                    })?;
                    none.insert((BufReader::with_capacity(1 << 20, open), file.first, file))
                }
            };
            if *at == file.first + file.events {
                self.open = None;
                continue;
            }
            let name = file.file.file.clone();
            let mut line = Vec::new();
            reader
                .read_until(b'\n', &mut line)
                .map_err(|error| StoreFault::caused(format!("{name} cannot be read"), error))?;
            let revision = Revision(*at);
            *at += 1;
            let raw = parse(line, revision).ok_or_else(|| {
                StoreFault::new(format!("{name} holds no event where revision {revision} is"))
            })?;
            if revision >= self.next {
                self.next = revision.next();
                chunk.push(raw);
            }
        }
        Ok(chunk)
    }
}

fn parse(line: Vec<u8>, revision: Revision) -> Option<RawEvent> {
    let [before, between, after] = AROUND;
    let rest = line.strip_prefix(before)?;
    let (hash, rest) = rest.split_at_checked(64)?;
    let body = rest.strip_prefix(between)?.strip_suffix(b"\n")?.strip_suffix(after)?;
    let (hash, count) = (Hash::from_ascii(hash).ok()?, body.len());
    let start = before.len() + 64 + between.len();
    Some(RawEvent { revision, hash, body: Bytes::from(line).slice(start..start + count) })
}

impl EventStore for LogIn {
    fn append<'a>(
        &'a self,
        _ledger: &'a LedgerId,
        expected: Head,
        _batch: &'a [RawEvent],
    ) -> BoxFuture<'a, Result<(), AppendError>> {
        let cause = StoreFault::new("a backup is not appended to");
        async move { Err(AppendError::Fatal { at: expected, cause }) }.boxed()
    }

    fn read<'a>(&'a self, ledger: &'a LedgerId, from: Revision) -> Chunks<'a> {
        let reading = Reading {
            root: self.root.clone(),
            ledger: ledger.clone(),
            next: from,
            files: self.files(ledger, from),
            open: None,
            has_failed: false,
        };
        stream::unfold(reading, |mut reading| async move {
            if reading.has_failed {
                return None;
            }
            match reading.chunk() {
                Ok(chunk) => (!chunk.is_empty()).then_some((Ok(chunk), reading)),
                Err(cause) => {
                    reading.has_failed = true;
                    let (ledger, at) = (reading.ledger.clone(), reading.next);
                    Some((Err(ReadError { ledger, at, cause }), reading))
                }
            }
        })
        .boxed()
    }

    /// As [`LogIn::read`]: nothing comes after a backup's end.
    fn follow<'a>(&'a self, ledger: &'a LedgerId, after: Head) -> Chunks<'a> {
        self.read(ledger, after.next())
    }

    fn head<'a>(&'a self, ledger: &'a LedgerId) -> BoxFuture<'a, Result<Head, ReadError>> {
        async move { Ok(self.find(ledger).map_or(Head::Empty, BackedUpLedger::head)) }.boxed()
    }

    fn ledgers(&self) -> BoxFuture<'_, Result<Vec<LedgerId>, StoreFault>> {
        async move { Ok(self.ledgers.iter().map(|it| it.ledger.clone()).collect()) }.boxed()
    }
}

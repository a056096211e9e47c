//! One ledger's log: who writes it, its files, and how far it is durable.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Duration;

use cauri_domain::{LedgerId, Revision};
use tokio::sync::watch;

use super::disk::Disk;
use super::housekeeper::Job;
use super::lock::FolderLock;
use super::recovery::{examine, examine_beside_writer};
use super::segment::Segment;
use super::spare::Spare;
use super::watcher::Watcher;
use super::writer::{Around, Writer, share};
use crate::folder;
use crate::store::{AppendError, Head, RawEvent, StoreFault};

/// How far a ledger is durable. Nothing beyond is ever read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Durable {
    /// The revision that comes next.
    pub next: u64,
    /// The first revision of the last segment that has durable events.
    pub segment: u64,
    /// How far that segment is durable.
    pub end: u64,
    /// No more will come: the store was closed.
    pub closed: bool,
}

/// One ledger's log.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) ledger: LedgerId,
    pub(super) folder: PathBuf,
    segment_bytes: u64,
    disk: Disk,
    jobs: Option<Sender<Job>>,
    side: Mutex<Side>,
    /// Set once nothing needs to be opened any more, so that readers never wait for an append.
    settled: AtomicBool,
    segments: RwLock<Vec<Arc<Segment>>>,
    durable: watch::Sender<Durable>,
    spare: Spare,
}

/// What this process is to the ledger.
#[derive(Debug)]
enum Side {
    /// It will write, but has not opened the folder yet, perhaps because there is none.
    Unopened,
    /// It writes.
    Writing(Box<Writer>),
    /// It wrote until something failed. The lock stays held.
    Failed { why: String, _writer: Box<Writer> },
    /// It reads beside a writer.
    Watching(Watcher),
    /// It does nothing any more.
    Closed,
}

impl Log {
    /// A log that this process writes when `jobs` are given, and only reads otherwise.
    pub(super) fn new(
        root: &Path,
        ledger: LedgerId,
        segment_bytes: u64,
        disk: Disk,
        jobs: Option<Sender<Job>>,
    ) -> Self {
        let side = match &jobs {
            Some(_) => Side::Unopened,
            None => Side::Watching(Watcher::default()),
        };
        Self {
            folder: root.join(ledger.as_str()),
            ledger,
            segment_bytes,
            disk,
            jobs,
            side: Mutex::new(side),
            settled: AtomicBool::new(false),
            segments: RwLock::default(),
            durable: watch::Sender::default(),
            spare: Spare::default(),
        }
    }

    /// How far it is durable, now and as it changes.
    pub(super) fn durable(&self) -> watch::Receiver<Durable> {
        self.durable.subscribe()
    }

    /// Whether what others write must be looked for.
    pub(super) fn is_watched(&self) -> bool {
        self.jobs.is_none()
    }

    /// The segment that holds `revision`, and the one after it.
    pub(super) fn segments_at(
        &self,
        revision: u64,
    ) -> (Option<Arc<Segment>>, Option<Arc<Segment>>) {
        let segments = self.segments.read().expect("nothing panics while holding the segments");
        let after = segments.partition_point(|segment| segment.first <= revision);
        let at = after.checked_sub(1).and_then(|at| segments.get(at));
        (at.cloned(), segments.get(after).cloned())
    }

    /// Opens what is there, if it was not opened yet, or looks for what others have written.
    pub(super) fn touch(&self) -> Result<(), StoreFault> {
        if self.settled.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut side = self.side();
        match &mut *side {
            Side::Unopened if self.folder.exists() => {
                let writer = self.open_writer()?;
                *side = Side::Writing(writer);
                self.settled.store(true, Ordering::Release);
            }
            Side::Watching(watcher) => {
                let mut segments =
                    self.segments.write().expect("nothing panics while holding the segments");
                let durable = watcher.look(&self.folder, &self.ledger, &mut segments)?;
                drop(segments);
                self.publish(|known| *known = Durable { closed: known.closed, ..durable });
            }
            Side::Unopened | Side::Writing(_) | Side::Failed { .. } | Side::Closed => {}
        }
        Ok(())
    }

    /// Where the ledger ends.
    pub(super) fn head(&self) -> Head {
        Head::before(Revision(self.durable.borrow().next))
    }

    /// Whether there is an event, without opening the ledger for writing when it is not open yet.
    pub(super) fn has_events(&self) -> Result<bool, StoreFault> {
        let unopened = matches!(*self.side(), Side::Unopened);
        if unopened {
            let tail = examine_beside_writer(&self.folder, &self.ledger)?.tail;
            return Ok(tail.is_some_and(|tail| tail.next > 0));
        }
        self.touch()?;
        Ok(self.head() != Head::Empty)
    }

    /// Appends a batch. Blocks the thread for one write and one sync.
    pub(super) fn append(
        self: &Arc<Self>,
        expected: Head,
        batch: &[RawEvent],
    ) -> Result<(), AppendError> {
        check_batch(expected, batch);
        let mut side = self.side();
        let fatal = |cause| AppendError::Fatal { at: self.head(), cause };
        if matches!(*side, Side::Unopened) {
            // Nothing is made for a ledger that would only refuse.
            if expected != Head::Empty && !self.folder.exists() {
                return Err(AppendError::Conflict { expected, actual: Head::Empty });
            }
            self.make_folder().map_err(fatal)?;
            let writer = self.open_writer().map_err(fatal)?;
            *side = Side::Writing(writer);
            self.settled.store(true, Ordering::Release);
        }
        let writer = match &mut *side {
            Side::Writing(writer) => writer,
            Side::Failed { why, .. } => {
                return Err(fatal(StoreFault::new(format!("an earlier write failed: {why}"))));
            }
            Side::Watching(_) => {
                return Err(fatal(StoreFault::new("the store was opened read-only")));
            }
            Side::Unopened | Side::Closed => {
                return Err(fatal(StoreFault::new("the store was closed")));
            }
        };
        let actual = Head::before(Revision(writer.next));
        if actual != expected {
            return Err(AppendError::Conflict { expected, actual });
        }
        match writer.append(batch, self.around()) {
            Ok(begun) => {
                self.appended(writer, begun);
                Ok(())
            }
            Err(cause) => {
                fail(&mut side, &cause);
                Err(AppendError::Fatal { at: actual, cause })
            }
        }
    }

    /// Before the end: the segment that is being made ready is not made with rests any more.
    pub(super) fn hurry(&self) {
        self.spare.hurry();
    }

    /// Makes the next segment ready.
    pub(super) fn prepare_spare(&self) {
        self.spare.prepare(&self.folder, self.segment_bytes, &self.disk);
    }

    /// Writes a mark when nothing was appended for `idle`; true when there is nothing left to mark.
    pub(super) fn mark_if_idle(&self, idle: Duration) -> bool {
        let mut side = self.side();
        let Side::Writing(writer) = &mut *side else { return true };
        if writer.last_append.elapsed() < idle {
            return false;
        }
        writer.mark_is_due = false;
        if let Err(cause) = writer.mark(&self.disk) {
            fail(&mut side, &cause);
        }
        true
    }

    /// Writes a last mark, releases the lock and ends the followers. Reads go on working.
    pub(super) fn close(&self) {
        // Also reached while a panic unwinds, when a second one would end the process. Where an
        // append panicked nothing more is written.
        let (mut side, is_whole) = match self.side.lock() {
            Ok(side) => (side, true),
            Err(broken) => (broken.into_inner(), false),
        };
        if is_whole
            && let Side::Writing(writer) = &mut *side
            && let Err(cause) = writer.mark(&self.disk)
        {
            fail(&mut side, &cause);
        }
        *side = Side::Closed;
        self.settled.store(true, Ordering::Release);
        self.publish(|durable| durable.closed = true);
    }

    fn appended(self: &Arc<Self>, writer: &mut Writer, begun: Option<Arc<Segment>>) {
        if let Some(begun) = begun {
            let mut segments =
                self.segments.write().expect("nothing panics while holding the segments");
            segments.pop_if(|last| last.first == begun.first);
            segments.push(begun);
        }
        // The housekeeper is gone only when the store is closing, and then there is no need.
        if let Some(jobs) = &self.jobs {
            if writer.wants_spare() && self.spare.ask() {
                let _ = jobs.send(Job::Prepare(Arc::clone(self)));
            }
            if !std::mem::replace(&mut writer.mark_is_due, true) {
                let _ = jobs.send(Job::MarkWhenIdle(Arc::clone(self)));
            }
        }
        self.publish_writer(writer);
    }

    fn open_writer(&self) -> Result<Box<Writer>, StoreFault> {
        let lock = FolderLock::take(&self.folder)?;
        let (segments, tail) = share(examine(&self.folder, &self.ledger)?);
        let writer = Writer::take_over(lock, &segments, tail.as_ref(), &self.disk)?;
        *self.segments.write().expect("nothing panics while holding the segments") = segments;
        self.publish_writer(&writer);
        Ok(Box::new(writer))
    }

    fn make_folder(&self) -> Result<(), StoreFault> {
        folder::make(&self.folder).map_err(|error| {
            StoreFault::caused(format!("{} cannot be made", self.folder.display()), error)
        })
    }

    fn publish_writer(&self, writer: &Writer) {
        let (segment, end) = writer.end().unwrap_or_default();
        self.publish(|durable| {
            *durable = Durable { next: writer.next, segment, end, closed: durable.closed };
        });
    }

    fn publish(&self, change: impl FnOnce(&mut Durable)) {
        self.durable.send_if_modified(|durable| {
            let before = *durable;
            change(durable);
            *durable != before
        });
    }

    fn around(&self) -> Around<'_> {
        Around {
            ledger: &self.ledger,
            folder: &self.folder,
            segment_bytes: self.segment_bytes,
            disk: &self.disk,
            spare: &self.spare,
        }
    }

    fn side(&self) -> MutexGuard<'_, Side> {
        self.side.lock().expect("nothing panics while holding a log's side")
    }
}

/// From now on nothing is written: after a failed write or sync nobody can say what is on the disk,
/// and a second sync that succeeds would prove nothing.
fn fail(side: &mut Side, cause: &StoreFault) {
    let why = match &cause.source {
        Some(source) => format!("{cause}: {source}"),
        None => cause.to_string(),
    };
    tracing::error!(why, "the event store failed; nothing more is written");
    if let Side::Writing(writer) = std::mem::replace(side, Side::Closed) {
        *side = Side::Failed { why, _writer: writer };
    }
}

/// What the port asks of its caller; a breach would put a gap or a torn line in the books for ever.
fn check_batch(expected: Head, batch: &[RawEvent]) {
    assert!(!batch.is_empty(), "a batch has at least one event");
    let mut next = expected.next();
    for event in batch {
        assert_eq!(event.revision, next, "revisions follow one another without a gap");
        assert!(
            !event.body.is_empty() && !event.body.contains(&b'\n'),
            "the body of revision {next} is one line"
        );
        next = next.next();
    }
}

//! The one who writes a ledger's files.
//!
//! A batch is encoded into one reused buffer, written with one `pwrite` and made durable with one
//! `fdatasync` over blocks that were written before. When either fails nothing more is written:
//! after a failed sync nobody can say what is on the disk.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cauri_domain::LedgerId;

use super::disk::Disk;
use super::layout::{HEADER_MAX, SEGMENT_LINE_MAX, SegmentLine, encode_batch, lines_len};
use super::lock::FolderLock;
use super::recovery::{Examined, Tail, repair};
use super::segment::{Point, Segment};
use super::spare::{SPARE_NAME, Spare};
use crate::folder;
use crate::store::{RawEvent, StoreFault};

/// A batch too large for a usual segment gets one of its own, prepared under this name.
const LARGE_NAME: &str = "large.zeros";

/// A buffer that grew beyond this for one large batch is not kept.
const BUFFER_KEPT: usize = 8 << 20;

/// What the writer needs of its surroundings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub ledger: &'a LedgerId,
    pub folder: &'a Path,
    pub segment_bytes: u64,
    pub disk: &'a Disk,
    pub spare: &'a Spare,
}

/// Writes one ledger. Holds its lock.
#[derive(Debug)]
pub(super) struct Writer {
    /// The revision that comes next.
    pub next: u64,
    /// When the last batch was written.
    pub last_append: Instant,
    /// Whether the housekeeper was asked to mark this ledger when it is idle.
    pub mark_is_due: bool,
    active: Option<Active>,
    marked: bool,
    buffer: Vec<u8>,
    _lock: FolderLock,
}

/// The segment being written.
#[derive(Debug)]
struct Active {
    segment: Arc<Segment>,
    previous: Option<u64>,
    file: File,
    len: u64,
    end: u64,
}

impl Writer {
    /// Takes over a folder as it was found, and makes it ready for the next batch.
    pub(super) fn take_over(
        lock: FolderLock,
        segments: &[Arc<Segment>],
        tail: Option<&Tail>,
        disk: &Disk,
    ) -> Result<Self, StoreFault> {
        let mut writer = Self {
            next: 0,
            last_append: Instant::now(),
            mark_is_due: false,
            active: None,
            marked: true,
            buffer: Vec::new(),
            _lock: lock,
        };
        if let (Some(tail), Some((last, before))) = (tail, segments.split_last()) {
            let file =
                OpenOptions::new().read(true).write(true).open(&last.path).map_err(|error| {
                    StoreFault::caused(format!("{} cannot be opened", last.path.display()), error)
                })?;
            repair(last, &file, tail, disk)?;
            writer.next = tail.next;
            writer.active = Some(Active {
                segment: Arc::clone(last),
                previous: before.last().map(|segment| segment.first),
                file,
                len: tail.len,
                end: tail.end,
            });
            if !tail.unconfirmed.is_empty() {
                writer.marked = false;
                writer.mark(disk)?;
            }
        }
        Ok(writer)
    }

    /// Where the last segment begins and how far it is written; none before the first append.
    pub(super) fn end(&self) -> Option<(u64, u64)> {
        self.active.as_ref().map(|active| (active.segment.first, active.end))
    }

    /// Whether it is time to prepare the next segment: early enough to be done when it is needed.
    pub(super) fn wants_spare(&self) -> bool {
        self.active.as_ref().is_some_and(|active| active.end > active.len / 4)
    }

    /// Writes a batch; durable when this returns. Gives the new segment, if one was begun.
    pub(super) fn append(
        &mut self,
        batch: &[RawEvent],
        around: Around<'_>,
    ) -> Result<Option<Arc<Segment>>, StoreFault> {
        let needed = (SEGMENT_LINE_MAX + 2 * HEADER_MAX) as u64 + lines_len(batch);
        let begun = match &self.active {
            // The room for one mark after the batch is always kept: two headers.
            Some(active) if active.end + needed <= active.len => None,
            _ => Some(self.begin_segment(needed, around)?),
        };
        let active = self.active.as_mut().expect("a segment was begun");
        self.buffer.clear();
        if active.end == 0 {
            let line = SegmentLine {
                ledger: around.ledger.clone(),
                first: active.segment.first,
                bytes: active.len,
                previous: active.previous,
            };
            line.encode(&mut self.buffer);
        }
        let offset = active.end + self.buffer.len() as u64;
        encode_batch(&mut self.buffer, self.next, active.end, batch);
        active.write(&self.buffer, around.disk, self.next)?;
        active.segment.note(Point { revision: self.next, offset });
        self.next += batch.len() as u64;
        self.last_append = Instant::now();
        self.marked = false;
        if self.buffer.capacity() > BUFFER_KEPT {
            self.buffer = Vec::new();
        }
        Ok(begun)
    }

    /// Says in the file that the last batch is durable, unless that was said.
    pub(super) fn mark(&mut self, disk: &Disk) -> Result<(), StoreFault> {
        if self.marked {
            return Ok(());
        }
        let Some(active) = &mut self.active else { return Ok(()) };
        self.buffer.clear();
        encode_batch(&mut self.buffer, self.next, active.end, &[]);
        active.write(&self.buffer, disk, self.next)?;
        self.marked = true;
        Ok(())
    }

    /// Goes on in the next segment. That it exists under its name says that everything before is
    /// durable, which it is: only what is durable lets a next batch come.
    fn begin_segment(
        &mut self,
        needed: u64,
        around: Around<'_>,
    ) -> Result<Arc<Segment>, StoreFault> {
        let fault = |error| {
            let folder = around.folder.display();
            StoreFault::caused(format!("no next segment can be made in {folder}"), error)
        };
        let usual = around.segment_bytes;
        let (name, len) = if needed <= usual {
            (SPARE_NAME, usual)
        } else {
            (LARGE_NAME, needed.next_multiple_of(4096))
        };
        let from = around.folder.join(name);
        let ready = if name == SPARE_NAME { around.spare.take() } else { None };
        let file = match ready {
            Some(file) => file,
            None => around.disk.prepare(&from, len, None).map_err(fault)?,
        };
        let segment = Arc::new(Segment::new(around.folder, self.next));
        // It takes the place of a segment that has no event yet and is too small for this batch.
        std::fs::rename(&from, &segment.path).map_err(fault)?;
        folder::sync(around.folder).map_err(fault)?;
        let previous = match &self.active {
            Some(active) if active.segment.first == self.next => active.previous,
            Some(active) => Some(active.segment.first),
            None => None,
        };
        self.active = Some(Active { segment: Arc::clone(&segment), previous, file, len, end: 0 });
        Ok(segment)
    }
}

impl Active {
    fn write(&mut self, bytes: &[u8], disk: &Disk, revision: u64) -> Result<(), StoreFault> {
        let end = self.end + bytes.len() as u64;
        assert!(end <= self.len, "a segment never grows: room was made before");
        disk.write_durably(&self.file, bytes, self.end).map_err(|error| {
            let path = self.segment.path.display();
            let at = self.end;
            StoreFault::caused(
                format!("{path} could not be written at byte {at}, revision {revision}"),
                error,
            )
        })?;
        self.end = end;
        Ok(())
    }
}

/// The segments of a folder as they are shared with readers.
pub(super) fn share(examined: Examined) -> (Vec<Arc<Segment>>, Option<Tail>) {
    (examined.segments.into_iter().map(Arc::new).collect(), examined.tail)
}

//! Reads a ledger in order, some batches at a time, each checked before any of it is given out.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use cauri_domain::Revision;

use super::layout::{HEADER_MAX, Header, SEGMENT_LINE_MAX, SegmentLine, parse_lines};
use super::log::{Durable, Log};
use super::segment::{Point, Segment, read_up_to};
use crate::store::{RawEvent, ReadError, StoreFault};

/// How much of a file is read at once; a larger batch is read whole.
const READ_BYTES: u64 = 1 << 20;

/// How many events are given out at once.
const CHUNK_EVENTS: usize = 1024;

/// A place in a ledger, from which is read onwards.
#[derive(Debug)]
pub(super) struct Cursor {
    log: Arc<Log>,
    /// The revision that is read next.
    next: u64,
    place: Option<Place>,
    /// Read and checked, but not given out yet.
    ready: std::vec::IntoIter<RawEvent>,
}

#[derive(Debug)]
struct Place {
    segment: Arc<Segment>,
    /// The first revision of the segment after, once there is one.
    after: Option<u64>,
    file: File,
    offset: u64,
    /// The revision at `offset`.
    revision: u64,
}

impl Cursor {
    pub(super) fn new(log: Arc<Log>, from: Revision) -> Self {
        Self { log, next: from.0, place: None, ready: Vec::new().into_iter() }
    }

    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// The revision that the next chunk begins with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The next events before `until.next`: not empty unless there are none.
    pub(super) fn chunk(&mut self, until: Durable) -> Result<Vec<RawEvent>, ReadError> {
        if self.ready.len() == 0 && self.next < until.next {
            let events = self.read(until).map_err(|cause| ReadError {
                ledger: self.log.ledger.clone(),
                at: Revision(self.next),
                cause,
            })?;
            self.ready = events.into_iter();
        }
        let chunk: Vec<_> = self.ready.by_ref().take(CHUNK_EVENTS).collect();
        self.next += chunk.len() as u64;
        Ok(chunk)
    }

    fn read(&mut self, until: Durable) -> Result<Vec<RawEvent>, StoreFault> {
        let mut events = Vec::new();
        while events.is_empty() {
            let here = self.place.take().filter(|place| !place.is_behind(&self.log));
            let mut place = here.map_or_else(|| Place::find(&self.log, self.next), Ok)?;
            place.after = self.log.segments_at(place.segment.first).1.map(|after| after.first);
            place.read(self.next, until, &mut events)?;
            self.place = Some(place);
        }
        Ok(events)
    }
}

impl Place {
    /// At `next`, or at a batch before it in the same segment.
    fn find(log: &Log, next: u64) -> Result<Self, StoreFault> {
        let (Some(segment), _) = log.segments_at(next) else {
            return Err(StoreFault::new(format!("no segment holds revision {next}")));
        };
        let fault =
            |error| StoreFault::caused(format!("{} cannot be read", segment.path.display()), error);
        let file = File::open(&segment.path).map_err(fault)?;
        let point = match segment.near(next) {
            Some(point) => point,
            None => {
                let start = read_up_to(&file, 0, SEGMENT_LINE_MAX).map_err(fault)?;
                match SegmentLine::parse(&start) {
                    Some((line, len))
                        if line.ledger == log.ledger && line.first == segment.first =>
                    {
                        Point { revision: segment.first, offset: len as u64 }
                    }
                    Some(_) | None => {
                        return Err(damaged(&segment, 0, segment.first, "its first line is wrong"));
                    }
                }
            }
        };
        let after = None;
        Ok(Self { segment, after, file, offset: point.offset, revision: point.revision })
    }

    /// Whether the segment is read to its end and another goes on.
    fn is_behind(&self, log: &Log) -> bool {
        let after = log.segments_at(self.segment.first).1;
        after.is_some_and(|after| after.first == self.revision)
    }

    /// Reads on: the events of some batches, those before `from` left out.
    fn read(
        &mut self,
        from: u64,
        until: Durable,
        events: &mut Vec<RawEvent>,
    ) -> Result<(), StoreFault> {
        // In the last segment no more is read than is durable, in the others to the end of the file.
        let limit = if self.segment.first == until.segment { until.end } else { u64::MAX };
        let mut bytes = self.bytes(READ_BYTES.min(limit.saturating_sub(self.offset)))?;
        let mut at = 0;
        while self.revision < until.next && self.after != Some(self.revision) {
            let rest = &bytes[at..];
            if at > 0 && rest.len() < HEADER_MAX && Header::parse(rest).is_none() {
                return Ok(());
            }
            let Some(header) = Header::parse(rest) else {
                return Err(self.damaged("no whole batch begins there"));
            };
            let (Some(next), Some(total)) = (header.next(), header.total()) else {
                return Err(self.damaged("the batch there has no end"));
            };
            if header.first != self.revision || header.durable > self.offset {
                return Err(self.damaged("the batch there is another one"));
            }
            if next > from {
                let len = usize::try_from(total).unwrap_or(usize::MAX);
                if rest.len() < len {
                    if at > 0 {
                        return Ok(());
                    }
                    bytes = self.bytes(total)?;
                }
                if bytes.len() - at < len {
                    return Err(self.damaged("the batch there runs past the end of the file"));
                }
                let lines = bytes.slice(at + header.len..at + len);
                if crc32c::crc32c(&lines) != header.crc {
                    return Err(self.damaged("the batch there fails its checksum"));
                }
                parse_lines(&lines, &header, from, events)
                    .map_err(|why| self.damaged(&format!("in the batch there, {why}")))?;
            }
            if header.count > 0 {
                self.segment.note(Point { revision: self.revision, offset: self.offset });
            }
            (self.offset, self.revision) = (self.offset + total, next);
            match usize::try_from(total).ok().and_then(|total| at.checked_add(total)) {
                Some(after) if after < bytes.len() => at = after,
                Some(_) | None => return Ok(()),
            }
        }
        Ok(())
    }

    fn bytes(&self, len: u64) -> Result<Bytes, StoreFault> {
        let fault = |error| {
            let path = self.segment.path.display();
            StoreFault::caused(format!("{path} cannot be read at byte {}", self.offset), error)
        };
        let available = self.file.metadata().map_err(fault)?.len().saturating_sub(self.offset);
        let len = usize::try_from(len.min(available)).expect("files fit into the address space");
        read_up_to(&self.file, self.offset, len).map(Bytes::from).map_err(fault)
    }

    fn damaged(&self, why: &str) -> StoreFault {
        damaged(&self.segment, self.offset, self.revision, why)
    }
}

fn damaged(segment: &Segment, offset: u64, revision: u64, why: &str) -> StoreFault {
    let path = segment.path.display();
    StoreFault::new(format!("{path} is damaged at byte {offset}, revision {revision}: {why}"))
}

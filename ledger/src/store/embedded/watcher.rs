//! Reading beside a writer in another process: how far is it durable?
//!
//! What a header or the name of a segment says is durable, is. What merely can be read may still
//! be lost, so it is not looked at. Bodies are not checked here but when they are read.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use cauri_domain::LedgerId;

use super::disk::all_zeros;
use super::layout::{HEADER_MAX, Header, SEGMENT_LINE_MAX, SegmentLine, segment_name};
use super::log::Durable;
use super::recovery::examine_beside_writer;
use super::segment::{Point, Segment, read_up_to};
use super::writer::share;
use crate::store::StoreFault;

/// How much is read at a time while hopping from header to header.
const WINDOW: usize = 16 * 1024;

/// Where the last look ended.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    durable: Durable,
}

impl Watcher {
    /// Looks how far the ledger in `folder` is durable now, and adds the segments that are new.
    pub(super) fn look(
        &mut self,
        folder: &Path,
        ledger: &LedgerId,
        segments: &mut Vec<Arc<Segment>>,
    ) -> Result<Durable, StoreFault> {
        if segments.is_empty() {
            *segments = share(examine_beside_writer(folder, ledger)?).0;
            if let Some(last) = segments.last() {
                self.durable = Durable { next: last.first, segment: last.first, ..self.durable };
            }
        }
        while let Some(last) = segments.last() {
            let seen = self.look_in(folder, last, ledger)?;
            // A segment is begun when all before it is durable: its name is a header, too.
            if seen == last.first || !folder.join(segment_name(seen)).exists() {
                break;
            }
            segments.push(Arc::new(Segment::new(folder, seen)));
            self.durable = Durable { next: seen, segment: seen, end: 0, closed: false };
        }
        Ok(self.durable)
    }

    /// Goes on in the last segment; gives the revision after everything that seems to be there.
    fn look_in(
        &mut self,
        folder: &Path,
        segment: &Segment,
        ledger: &LedgerId,
    ) -> Result<u64, StoreFault> {
        // Opened anew each time: an empty segment may have been replaced by a larger one.
        let mut hops = Hops::open(segment)?;
        if self.durable.end == 0 {
            match SegmentLine::parse(hops.at(0, SEGMENT_LINE_MAX)?) {
                Some((line, len)) if line.ledger == *ledger && line.first == segment.first => {
                    self.durable.end = len as u64;
                }
                Some((line, _)) => {
                    return Err(StoreFault::new(format!(
                        "{} is damaged at byte 0: it is of ledger {}, revision {}",
                        segment.path.display(),
                        line.ledger,
                        line.first,
                    )));
                }
                None => return Ok(self.durable.next),
            }
        }
        let mut begins = vec![];
        let (mut offset, mut next, mut durable) = (self.durable.end, self.durable.next, 0);
        while let Some(header) = Header::parse(hops.at(offset, HEADER_MAX)?)
            && header.first == next
            && header.durable <= offset
            && let (Some(after), Some(total)) = (header.next(), header.total())
        {
            begins.push(Point { revision: next, offset });
            durable = durable.max(header.durable);
            (offset, next) = (offset + total, after);
        }
        if !all_zeros(hops.at(offset, HEADER_MAX)?) {
            // A batch on its way, or damage: only the whole file tells.
            examine_beside_writer(folder, ledger)?;
        }
        // What is durable ends where a batch begins, and has its place in the index.
        begins.retain(|begin| begin.offset <= durable);
        if let Some(end) = begins.last() {
            (self.durable.end, self.durable.next) = (end.offset, end.revision);
        }
        for begin in begins {
            segment.note(begin);
        }
        Ok(next)
    }
}

/// Small reads at growing offsets out of larger ones.
struct Hops<'a> {
    segment: &'a Segment,
    file: File,
    start: u64,
    window: Vec<u8>,
}

impl<'a> Hops<'a> {
    fn open(segment: &'a Segment) -> Result<Self, StoreFault> {
        let file = File::open(&segment.path).map_err(|error| {
            StoreFault::caused(format!("{} cannot be opened", segment.path.display()), error)
        })?;
        Ok(Self { segment, file, start: 0, window: Vec::new() })
    }

    fn at(&mut self, offset: u64, len: usize) -> Result<&[u8], StoreFault> {
        let within = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let skip = match within {
            Some(skip) if skip + len <= self.window.len() => skip,
            _ => {
                self.window = read_up_to(&self.file, offset, WINDOW).map_err(|error| {
                    let path = self.segment.path.display();
                    StoreFault::caused(format!("{path} cannot be read at byte {offset}"), error)
                })?;
                self.start = offset;
                0
            }
        };
        Ok(&self.window[skip..self.window.len().min(skip + len)])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use bytes::Bytes;
    use cauri_domain::Revision;

    use super::super::layout::encode_batch;
    use super::*;
    use crate::chain::Hash;
    use crate::store::RawEvent;

    #[test]
    fn a_batch_is_durable_when_a_header_says_so_and_not_because_one_follows() {
        let dir = tempfile::tempdir().unwrap();
        let event = |n| RawEvent {
            revision: Revision(n),
            hash: Hash::ZERO,
            body: Bytes::from_static(b"{}"),
        };
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        let line = SegmentLine { ledger: LedgerId::main(), first: 0, bytes: 4096, previous: None };
        line.encode(&mut bytes);
        // Three batches under way at once: the third is the first to know that one is durable.
        for (n, durable) in [(0, 0), (1, 0), (2, 1)] {
            let durable = if durable == 0 { 0 } else { ends[durable] };
            ends.push(bytes.len() as u64);
            encode_batch(&mut bytes, n, durable, &[event(n)]);
        }
        let file = dir.path().join(segment_name(0));
        for (seen, next) in [(ends[1], 0), (ends[2], 0), (bytes.len() as u64, 1)] {
            let mut on_disk = bytes[..usize::try_from(seen).unwrap()].to_vec();
            on_disk.resize(4096, 0);
            std::fs::write(&file, on_disk).unwrap();
            let mut segments = Vec::new();
            let durable =
                Watcher::default().look(dir.path(), &LedgerId::main(), &mut segments).unwrap();
            assert_eq!(durable.next, next);
        }
    }
}

//! The files of a ledger, and where in them a revision is.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::layout::{segment_first, segment_name};

/// The index has a point about every so many bytes: small in memory, near enough to hop from.
const INDEX_EVERY: u64 = 64 * 1024;

/// Where a batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    /// The revision of its first event.
    pub revision: u64,
    /// The offset of its header.
    pub offset: u64,
}

/// One file of the log, known by its first revision.
///
/// The file is opened when it is read and not kept open: a long log has more files than a process
/// may open.
#[derive(Debug)]
pub(super) struct Segment {
    /// The revision of its first event.
    pub first: u64,
    /// Where it is.
    pub path: PathBuf,
    index: Mutex<Vec<Point>>,
}

impl Segment {
    pub(super) fn new(folder: &Path, first: u64) -> Self {
        Self { first, path: folder.join(segment_name(first)), index: Mutex::new(Vec::new()) }
    }

    /// Remembers where a batch begins, when it is far enough from the last one remembered. Points
    /// come in any order, because a reader may hop through old batches while new ones are written.
    pub(super) fn note(&self, point: Point) {
        let mut index = self.index.lock().expect("nothing panics while holding the index");
        let place = index.partition_point(|known| known.offset <= point.offset);
        let far = |other: Option<&Point>| {
            other.is_none_or(|other| other.offset.abs_diff(point.offset) >= INDEX_EVERY)
        };
        if far(place.checked_sub(1).and_then(|before| index.get(before))) && far(index.get(place)) {
            index.insert(place, point);
        }
    }

    /// The last point known at or before `revision`.
    pub(super) fn near(&self, revision: u64) -> Option<Point> {
        let index = self.index.lock().expect("nothing panics while holding the index");
        let place = index.partition_point(|known| known.revision <= revision);
        place.checked_sub(1).map(|before| index[before])
    }
}

/// The first revisions of the segments in `folder`, in order; none when there is no such folder.
pub(super) fn list_segments(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut firsts = Vec::new();
    for entry in entries {
        firsts.extend(entry?.file_name().to_str().and_then(segment_first));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Up to `len` bytes of `file` from `offset` on: fewer only at the end of the file.
pub(super) fn read_up_to(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_index_stays_sparse_and_ordered() {
        let segment = Segment::new(Path::new("/nowhere"), 0);
        for revision in (500..1000).chain(0..500) {
            segment.note(Point { revision, offset: revision * 1000 });
        }
        let index = segment.index.lock().unwrap().clone();
        assert!(index.is_sorted_by(|a, b| a.offset + INDEX_EVERY <= b.offset), "{index:?}");
        assert!(index.len() >= 7, "{index:?}");
        for revision in 600..1000 {
            let near = segment.near(revision).unwrap();
            assert!(near.revision <= revision && revision - near.revision <= 132);
        }
    }
}

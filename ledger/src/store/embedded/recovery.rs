//! What is found when a ledger is opened, and what may be done about it.
//!
//! A crash leaves at most the last batch unfinished: any of its blocks may have reached the disk,
//! in any order. Nobody was told that it is durable, so it is cut, whole. Everything before it was
//! durable, and a later header, or the name of the next segment, says so: damage there is damage
//! to the books, and the ledger is not opened.
//!
//! Sealed segments are only looked at (first lines, length, order); their checksums are checked
//! when they are read, and all of them by [`super::verify_segments`].

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use cauri_domain::LedgerId;

use super::disk::{Disk, all_zeros};
use super::layout::{HEADER_MAX, HEADER_START, Header, SEGMENT_LINE_MAX, SegmentLine};
use super::segment::{Point, Segment, list_segments, read_up_to};
use crate::store::StoreFault;

/// A segment, read from its beginning as far as it is whole.
#[derive(Debug)]
pub(super) struct Scan {
    /// Its first line, if it is whole.
    pub line: Option<SegmentLine>,
    /// Where its whole content ends.
    pub end: u64,
    /// Where its last whole batch ends: `end`, or a mark before it.
    pub batches_end: u64,
    /// The revision that comes next.
    pub next: u64,
    /// How far the segment itself says that it is durable.
    pub durable: u64,
    /// The batches that were found.
    pub batches: Vec<Point>,
    /// Why it ends there.
    pub stop: Stop,
}

/// Why the whole content of a segment ends where it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Only zeros follow.
    Zeros,
    /// Something follows that is not whole.
    Torn {
        /// What is wrong with it.
        why: String,
        /// Only zeros follow from here on.
        through: u64,
        /// A later header that says the torn part was durable.
        durable_says: Option<u64>,
    },
    /// Something whole follows that does not belong there. No crash does this.
    Wrong(String),
}

/// Reads a whole segment.
pub(super) fn scan(bytes: &[u8], ledger: &LedgerId, first: u64) -> Scan {
    let mut scan = Scan {
        line: None,
        end: 0,
        batches_end: 0,
        next: first,
        durable: 0,
        batches: Vec::new(),
        stop: Stop::Zeros,
    };
    scan.stop = match SegmentLine::parse(bytes) {
        None => stop(bytes, 0, "its first line is torn".to_owned()),
        Some((line, len)) => match check_line(&line, ledger, first, bytes.len() as u64) {
            Err(why) => Stop::Wrong(why),
            Ok(()) => {
                scan.line = Some(line);
                (scan.end, scan.batches_end) = (len as u64, len as u64);
                loop {
                    if let Err(stop) = scan.step(bytes) {
                        break stop;
                    }
                }
            }
        },
    };
    scan
}

impl Scan {
    /// Takes in one more batch or mark.
    fn step(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let at = usize::try_from(self.end).expect("an offset in bytes in memory");
        let rest = &bytes[at..];
        let Some(header) = Header::parse(rest) else {
            return Err(stop(bytes, at, "no whole batch begins there".to_owned()));
        };
        let total = header.total().and_then(|total| usize::try_from(total).ok());
        let (Some(next), Some(batch)) = (header.next(), total.and_then(|total| rest.get(..total)))
        else {
            return Err(Stop::Wrong("the batch there runs past the end of the file".to_owned()));
        };
        if header.first != self.next || header.durable > self.end {
            return Err(Stop::Wrong(format!("the batch there is of revision {}", header.first)));
        }
        if crc32c::crc32c(&batch[header.len..]) != header.crc {
            return Err(stop(bytes, at, "the batch there fails its checksum".to_owned()));
        }
        // Not before: a header whose batch is torn is cut with it, and then says nothing any more.
        self.durable = self.durable.max(header.durable);
        self.end += batch.len() as u64;
        if header.count > 0 {
            self.batches.push(Point { revision: self.next, offset: at as u64 });
            self.batches_end = self.end;
        }
        self.next = next;
        Ok(())
    }
}

fn check_line(line: &SegmentLine, ledger: &LedgerId, first: u64, len: u64) -> Result<(), String> {
    if line.ledger != *ledger {
        return Err(format!("it belongs to ledger {}", line.ledger));
    }
    if line.first != first {
        return Err(format!("its first line says that it begins at revision {}", line.first));
    }
    if line.bytes != len {
        return Err(format!(
            "it is {len} bytes long but was made with {}, and no crash changes that",
            line.bytes
        ));
    }
    Ok(())
}

fn stop(bytes: &[u8], at: usize, why: String) -> Stop {
    let rest = &bytes[at..];
    if all_zeros(rest) {
        return Stop::Zeros;
    }
    let last = rest.iter().rposition(|b| *b != 0).expect("not all of them are zeros");
    let through = (at + last + 1) as u64;
    Stop::Torn { why, through, durable_says: durable_says(bytes, at) }
}

/// The offset of a whole header after `at` that says that more than what is before `at` is durable.
fn durable_says(bytes: &[u8], at: usize) -> Option<u64> {
    let mut from = at + 1;
    while let Some(found) = bytes.get(from..)?.iter().position(|b| *b == HEADER_START[0]) {
        let place = from + found;
        if Header::parse(&bytes[place..])
            .is_some_and(|header| header.durable > at as u64 && header.durable <= place as u64)
        {
            return Some(place as u64);
        }
        from = place + 1;
    }
    None
}

/// What a ledger's folder holds.
#[derive(Debug)]
pub(super) struct Examined {
    /// Its segments, in order.
    pub segments: Vec<Segment>,
    /// The last segment; none when there are no segments.
    pub tail: Option<Tail>,
}

/// The last segment, as far as it counts.
#[derive(Debug)]
pub(super) struct Tail {
    /// The length of the file.
    pub len: u64,
    /// The revision that comes next.
    pub next: u64,
    /// Where the next batch goes.
    pub end: u64,
    /// What is whole but not known to be durable.
    pub unconfirmed: Range<u64>,
    /// What is not whole, and why.
    pub torn: Option<(Range<u64>, String)>,
}

/// Looks at a ledger's folder and changes nothing.
///
/// # Errors
/// When what was durable is damaged or missing, naming the file, the byte and the revision.
pub(super) fn examine(folder: &Path, ledger: &LedgerId) -> Result<Examined, StoreFault> {
    let firsts = list_segments(folder).map_err(|error| {
        StoreFault::caused(format!("{} cannot be listed", folder.display()), error)
    })?;
    let segments: Vec<_> = firsts.iter().map(|first| Segment::new(folder, *first)).collect();
    let Some((last, sealed)) = segments.split_last() else {
        return Ok(Examined { segments, tail: None });
    };
    let mut previous = None;
    for segment in sealed {
        look_at_sealed(segment, ledger, previous)?;
        previous = Some(segment.first);
    }
    let (bytes, scan) = scan_file(last, ledger)?;
    match &scan.line {
        Some(line) => check_previous(last, line, previous)?,
        // Its first write was torn or never came: only the segment before tells where it begins.
        None => match sealed.last() {
            Some(before) => {
                let (_, scan) = scan_file(before, ledger)?;
                check_sealed(before, &scan, last.first)?;
            }
            None if last.first == 0 => {}
            None => return Err(missing(last, None)),
        },
    }
    for batch in &scan.batches {
        last.note(*batch);
    }
    let torn = match scan.stop {
        Stop::Zeros => None,
        Stop::Torn { why, through, durable_says: None } => Some((scan.end..through, why)),
        Stop::Torn { .. } | Stop::Wrong(_) => return Err(damaged(last, &scan)),
    };
    let unconfirmed = scan.durable.min(scan.batches_end)..scan.batches_end;
    let tail = Tail { len: bytes.len() as u64, next: scan.next, end: scan.end, unconfirmed, torn };
    Ok(Examined { segments, tail: Some(tail) })
}

/// [`examine`] beside a writer that may be at work.
///
/// A file is not read at one instant: a batch may be missed and the one after it be seen. When the
/// file is read again the first is there, so what is really damaged is found twice at one place.
///
/// # Errors
/// As [`examine`].
pub(super) fn examine_beside_writer(
    folder: &Path,
    ledger: &LedgerId,
) -> Result<Examined, StoreFault> {
    let mut found = examine(folder, ledger);
    while let Err(first) = &found {
        let again = examine(folder, ledger);
        let same = matches!(&again, Err(second) if second.what == first.what);
        found = again;
        if same {
            break;
        }
    }
    found
}

/// Makes the last segment such that it can be appended to: cuts what is torn, and makes durable
/// what is whole.
pub(super) fn repair(
    segment: &Segment,
    file: &File,
    tail: &Tail,
    disk: &Disk,
) -> Result<(), StoreFault> {
    let fault = |error| {
        StoreFault::caused(format!("{} cannot be made ready", segment.path.display()), error)
    };
    if let Some((range, why)) = &tail.torn {
        tracing::warn!(
            file = %segment.path.display(),
            from = range.start,
            to = range.end,
            revision = tail.next,
            why,
            "cut an unfinished batch that was never confirmed"
        );
        disk.zero_durably(file, range.start, range.end).map_err(fault)?;
    }
    if !tail.unconfirmed.is_empty() {
        // Written again, not only synced: if a sync failed in the process before, the system may
        // take these pages for clean although they never reached the disk.
        let Range { start, end } = tail.unconfirmed;
        let len = usize::try_from(end - start).expect("it was read into memory");
        let bytes = read_up_to(file, start, len).map_err(fault)?;
        disk.write_durably(file, &bytes, start).map_err(fault)?;
    }
    Ok(())
}

/// Reads and scans a segment.
pub(super) fn scan_file(
    segment: &Segment,
    ledger: &LedgerId,
) -> Result<(Vec<u8>, Scan), StoreFault> {
    let bytes = std::fs::read(&segment.path).map_err(|error| unreadable(segment, error))?;
    if bytes.is_empty() {
        return Err(StoreFault::new(format!(
            "{} is empty, and no crash leaves it so",
            segment.path.display()
        )));
    }
    let scan = scan(&bytes, ledger, segment.first);
    Ok((bytes, scan))
}

/// The first line of a segment that is not the last, its first header, and that it follows the
/// segment before.
fn look_at_sealed(
    segment: &Segment,
    ledger: &LedgerId,
    previous: Option<u64>,
) -> Result<(), StoreFault> {
    let read = || {
        let file = File::open(&segment.path)?;
        let len = file.metadata()?.len();
        Ok((len, read_up_to(&file, 0, SEGMENT_LINE_MAX + HEADER_MAX)?))
    };
    let (len, bytes) = read().map_err(|error| unreadable(segment, error))?;
    let wrong = |at: usize, why: &str| {
        let (path, first) = (segment.path.display(), segment.first);
        StoreFault::new(format!("{path} is damaged at byte {at}, revision {first}: {why}"))
    };
    let Some((line, at)) = SegmentLine::parse(&bytes) else {
        return Err(wrong(0, "its first line is not whole"));
    };
    check_line(&line, ledger, segment.first, len).map_err(|why| wrong(0, &why))?;
    check_previous(segment, &line, previous)?;
    match Header::parse(&bytes[at..]) {
        Some(header) if header.first == segment.first => Ok(()),
        Some(_) | None => Err(wrong(at, "its first batch does not begin there")),
    }
}

/// That a segment which is not the last one is whole up to the one after it.
pub(super) fn check_sealed(segment: &Segment, scan: &Scan, next: u64) -> Result<(), StoreFault> {
    match &scan.stop {
        Stop::Zeros if scan.next == next => Ok(()),
        Stop::Zeros | Stop::Torn { .. } | Stop::Wrong(_) => Err(damaged(segment, scan)),
    }
}

/// That no segment is missing between this one and the one before.
pub(super) fn check_previous(
    segment: &Segment,
    line: &SegmentLine,
    before: Option<u64>,
) -> Result<(), StoreFault> {
    let begins = line.previous.is_none() == (segment.first == 0);
    if line.previous == before && begins { Ok(()) } else { Err(missing(segment, line.previous)) }
}

fn missing(segment: &Segment, previous: Option<u64>) -> StoreFault {
    let which = previous.map_or_else(
        || format!("the segments before revision {} are missing", segment.first),
        |first| {
            format!("the segment before it, {}, is missing", super::layout::segment_name(first))
        },
    );
    StoreFault::new(format!("{} does not follow what is there: {which}", segment.path.display()))
}

fn unreadable(segment: &Segment, error: std::io::Error) -> StoreFault {
    StoreFault::caused(format!("{} cannot be read", segment.path.display()), error)
}

/// Confirmed data is damaged where the scan stopped.
pub(super) fn damaged(segment: &Segment, scan: &Scan) -> StoreFault {
    let why = match &scan.stop {
        Stop::Zeros => "nothing follows, but later segments are there".to_owned(),
        Stop::Torn { why, durable_says: Some(at), .. } => {
            format!("{why}, but the header at byte {at} says that it was durable")
        }
        Stop::Torn { why, durable_says: None, .. } | Stop::Wrong(why) => why.clone(),
    };
    StoreFault::new(format!(
        "{} is damaged at byte {}, revision {}: {why}. Nothing was changed; restore this file",
        segment.path.display(),
        scan.end,
        scan.next,
    ))
}

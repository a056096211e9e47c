//! Every byte of a ledger's files against their checksums, without opening the ledger.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cauri_domain::{LedgerId, Revision};

use super::recovery::{check_previous, check_sealed, examine_beside_writer, scan_file};
use crate::store::{Head, StoreFault};

/// Something at the end that is not whole, and that nothing says was durable.
///
/// A writer leaves it for the moment in which it writes, a crash until the next opening, which cuts
/// it. Somebody who changes what nothing confirms yet, the last mark or the unused end, leaves the
/// same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// In which file.
    pub file: PathBuf,
    /// The bytes of it.
    pub bytes: Range<u64>,
    /// The revision that would come there.
    pub revision: Revision,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, bytes: Range { start, end }, revision, why } = self;
        let file = file.display();
        write!(f, "{file} is not whole from byte {start} to {end}, revision {revision}: {why}")
    }
}

/// What [`verify_segments`] has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentsVerified {
    /// Files.
    pub segments: u64,
    /// Batches.
    pub batches: u64,
    /// Bytes of lines, without the zeros after them.
    pub bytes: u64,
    /// The last whole event, durable or about to be.
    pub head: Head,
    /// What follows it and is not whole.
    pub unfinished: Option<Unfinished>,
}

/// Reads all segments of `ledger` under `root` from the first byte to the last and checks every
/// line of ours, every checksum, and that nothing is missing. Changes nothing and takes no lock,
/// so it may run beside a writer. It does not check the hash chain.
///
/// # Errors
/// When something durable is damaged or missing: the file, the byte, the revision.
pub fn verify_segments(root: &Path, ledger: &LedgerId) -> Result<SegmentsVerified, StoreFault> {
    let examined = examine_beside_writer(&root.join(ledger.as_str()), ledger)?;
    let torn = examined.tail.and_then(|tail| Some((tail.torn?, tail.next)));
    let last = examined.segments.last().map(|segment| segment.path.clone());
    let unfinished = last.zip(torn).map(|(file, ((bytes, why), next))| Unfinished {
        file,
        bytes,
        revision: Revision(next),
        why,
    });
    let mut seen =
        SegmentsVerified { segments: 0, batches: 0, bytes: 0, head: Head::Empty, unfinished };
    let mut previous = None;
    let mut segments = examined.segments.iter().peekable();
    while let Some(segment) = segments.next() {
        let (_, scan) = scan_file(segment, ledger)?;
        if let Some(line) = &scan.line {
            check_previous(segment, line, previous)?;
        }
        // The last one was examined above; only a batch on its way may be torn there.
        if let Some(after) = segments.peek() {
            check_sealed(segment, &scan, after.first)?;
        }
        seen.segments += 1;
        seen.batches += scan.batches.len() as u64;
        seen.bytes += scan.end;
        seen.head = Head::before(Revision(scan.next));
        previous = Some(segment.first);
    }
    Ok(seen)
}

//! Every byte of a ledger's files against their checksums, without opening the ledger.

use std::path::Path;

use cauri_domain::{LedgerId, Revision};

use super::recovery::{check_previous, check_sealed, examine_beside_writer, scan_file};
use crate::store::{Head, StoreFault};

/// What [`verify_segments`] has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentsVerified {
    /// Files.
    pub segments: u64,
    /// Batches.
    pub batches: u64,
    /// Bytes of lines, without the zeros after them.
    pub bytes: u64,
    /// The last whole event, durable or about to be.
    pub head: Head,
}

/// Reads all segments of `ledger` under `root` from the first byte to the last and checks every
/// line of ours, every checksum, and that nothing is missing. Changes nothing and takes no lock,
/// so it may run beside a writer. It does not check the hash chain.
///
/// # Errors
/// When something durable is damaged or missing: the file, the byte, the revision.
pub fn verify_segments(root: &Path, ledger: &LedgerId) -> Result<SegmentsVerified, StoreFault> {
    let examined = examine_beside_writer(&root.join(ledger.as_str()), ledger)?;
    let mut seen = SegmentsVerified { segments: 0, batches: 0, bytes: 0, head: Head::Empty };
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

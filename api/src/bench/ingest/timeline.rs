//! What it was like in each tenth of a second: a percentile says that some were slow, this says when.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;

const SLOT_US: u32 = 100_000;

/// Writes a line for each tenth of a second in which webhooks were due: how many, and in microseconds how
/// long half of them took, 99 of 100, and the longest. `each` is in the order of time.
pub(super) fn write(path: &Path, each: &[(u32, u32)]) -> anyhow::Result<()> {
    let file =
        File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
    let mut out = BufWriter::new(file);
    writeln!(out, "due_ms,answered,p50_us,p99_us,max_us")?;
    for slot in each.chunk_by(|a, b| a.0 / SLOT_US == b.0 / SLOT_US) {
        let mut took: Vec<_> = slot.iter().map(|(_, took)| *took).collect();
        took.sort_unstable();
        let at = |of_100: usize| took.get((took.len() - 1) * of_100 / 100).copied().unwrap_or(0);
        let due = slot.first().map_or(0, |(due, _)| due / SLOT_US * (SLOT_US / 1_000));
        writeln!(out, "{due},{},{},{},{}", took.len(), at(50), at(99), at(100))?;
    }
    out.flush()?;
    Ok(())
}

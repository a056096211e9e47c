//! The state file: JSON lines, each durable before its request is answered.
//!
//! A kill can only leave an unfinished last line, whose request was never answered: it is cut.
//! Any other line that cannot be read stops the start.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Serialize, de::DeserializeOwned};

/// An open, locked state file.
pub(super) struct Journal {
    file: File,
    /// Set by a failed write: what the file then ends with is not known, so nothing follows it.
    failed: bool,
}

impl Journal {
    /// Opens the file in `dir` and reads every entry.
    pub(super) fn open<E: DeserializeOwned>(dir: &Path) -> anyhow::Result<(Self, Vec<E>)> {
        std::fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
        let path = dir.join("provider.jsonl");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!("{} is in use by another process", path.display());
        }
        File::open(dir)
            .and_then(|dir| dir.sync_all())
            .with_context(|| format!("syncing {}", dir.display()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
        let mut entries = Vec::new();
        for (index, line) in bytes[..whole].split_inclusive(|&b| b == b'\n').enumerate() {
            let entry = serde_json::from_slice(line)
                .with_context(|| format!("line {} of {}", index + 1, path.display()))?;
            entries.push(entry);
        }
        if whole < bytes.len() {
            file.set_len(whole as u64).context("cutting an unfinished line")?;
            file.sync_all().context("cutting an unfinished line")?;
        }
        file.seek(SeekFrom::End(0)).context("seeking the end")?;
        Ok((Self { file, failed: false }, entries))
    }

    /// Appends an entry; it is durable when this returns.
    pub(super) fn append<E: Serialize>(&mut self, entry: &E) -> anyhow::Result<()> {
        if self.failed {
            bail!("an earlier write of the state file failed");
        }
        let mut line = serde_json::to_vec(entry).context("writing an entry as JSON")?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        self.failed = written.is_err();
        written.context("writing the state file")
    }
}

//! The tree on disk: one file for every eighth level, each a row of 32-byte hashes.
//!
//! `0.hashes` has the hash of each leaf; `1.hashes` that of each full subtree of 256 leaves,
//! `2.hashes` of 65,536, and so on: 32.13 bytes a leaf. A node between two of these levels is worked
//! out of at most 128 hashes that lie side by side, one short read; so is every node of a proof.
//!
//! What is appended is in memory until it is flushed. A tree that somebody else writes is opened to
//! read only: what is appended then stays in memory.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::error::TransparencyError;
use super::merkle::{self, Nodes};
use crate::chain::Hash;

/// Tree levels between two files.
const STEP: u32 = 8;

/// How many hashes of a file make one of the file above.
const FANOUT: u64 = 1 << STEP;

/// One more file than a tree of 2^48 leaves needs.
const FILES: usize = 7;

const HASH: usize = 32;

/// A tree that grows at the end.
#[derive(Debug)]
pub struct Levels {
    rows: Vec<Row>,
    writable: bool,
    size: u64,
}

/// One file, and what is not in it yet.
#[derive(Debug)]
struct Row {
    path: PathBuf,
    file: Option<File>,
    flushed: u64,
    memory: Vec<Hash>,
}

impl Levels {
    /// The first `size` leaves in `folder`, which holds at least as many. When it may be written,
    /// whatever is there beyond them is cut off.
    ///
    /// # Errors
    /// When a file cannot be opened, or is shorter than it must be.
    pub fn open(folder: &Path, size: u64, writable: bool) -> Result<Self, TransparencyError> {
        let mut rows = Vec::with_capacity(FILES);
        let mut count = size;
        for row in 0..FILES {
            let path = folder.join(format!("{row}.hashes"));
            rows.push(Row::open(path, count, writable)?);
            count /= FANOUT;
        }
        Ok(Self { rows, writable, size })
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf, by its hash.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn push(&mut self, leaf: Hash) -> Result<(), TransparencyError> {
        self.rows[0].memory.push(leaf);
        self.size += 1;
        let mut count = self.size;
        for row in 1..FILES {
            if !count.is_multiple_of(FANOUT) {
                break;
            }
            let hashes = self.rows[row - 1].read(count - FANOUT, FANOUT)?;
            self.rows[row].memory.push(fold(hashes));
            count /= FANOUT;
        }
        Ok(())
    }

    /// Gives what is in memory to the operating system. Nothing, when it is read only.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn flush(&mut self) -> Result<(), TransparencyError> {
        if self.writable {
            self.rows.iter_mut().try_for_each(Row::flush)?;
        }
        Ok(())
    }

    /// Flushes, and waits until it is on the disk.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn sync(&mut self) -> Result<(), TransparencyError> {
        self.flush()?;
        for row in &self.rows {
            if let Some(file) = row.file.as_ref().filter(|_| self.writable && row.flushed > 0) {
                file.sync_data().map_err(TransparencyError::file(&row.path))?;
            }
        }
        Ok(())
    }
}

impl Nodes for Levels {
    type Error = TransparencyError;

    fn full(&self, level: u32, index: u64) -> Result<Hash, TransparencyError> {
        let (row, above) = ((level / STEP) as usize, level % STEP);
        let count = 1_u64 << above;
        let row = self.rows.get(row).ok_or_else(|| TransparencyError::Damaged {
            what: format!("level {level}, which no tree has"),
        })?;
        Ok(fold(row.read(index * count, count)?))
    }
}

/// The root of a full subtree. `hashes` are a power of two.
fn fold(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes.chunks_exact(2).map(|pair| merkle::node(pair[0], pair[1])).collect();
    }
    hashes.pop().unwrap_or_else(merkle::empty)
}

impl Row {
    fn open(path: PathBuf, count: u64, writable: bool) -> Result<Self, TransparencyError> {
        let file = if writable {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            Some(options.open(&path).map_err(TransparencyError::file(&path))?)
        } else if count > 0 {
            Some(File::open(&path).map_err(TransparencyError::file(&path))?)
        } else {
            None
        };
        if let Some(file) = &file {
            let io = |cause| TransparencyError::File { path: path.clone(), cause };
            let bytes = file.metadata().map_err(io)?.len();
            if bytes < count * HASH as u64 {
                let what = format!("{}, which is too short", path.display());
                return Err(TransparencyError::Damaged { what });
            }
            if writable {
                file.set_len(count * HASH as u64).map_err(io)?;
            }
        }
        Ok(Self { path, file, flushed: count, memory: Vec::new() })
    }

    fn read(&self, start: u64, count: u64) -> Result<Vec<Hash>, TransparencyError> {
        let missing = || TransparencyError::Damaged {
            what: format!(
                "{}, which has no hash {start} to {}",
                self.path.display(),
                start + count
            ),
        };
        let from_file = self.flushed.saturating_sub(start).min(count);
        let mut hashes = Vec::with_capacity(usize::try_from(count).map_err(|_| missing())?);
        if from_file > 0 {
            let file = self.file.as_ref().ok_or_else(missing)?;
            let len = usize::try_from(from_file).map_err(|_| missing())? * HASH;
            let mut bytes = vec![0; len];
            file.read_exact_at(&mut bytes, start * HASH as u64)
                .map_err(TransparencyError::file(&self.path))?;
            let (whole, _) = bytes.as_chunks::<HASH>();
            hashes.extend(whole.iter().copied().map(Hash));
        }
        let skip = (start + from_file).checked_sub(self.flushed);
        if from_file < count {
            let at = skip.and_then(|at| usize::try_from(at).ok()).ok_or_else(missing)?;
            let left = usize::try_from(count - from_file).map_err(|_| missing())?;
            hashes.extend(self.memory.get(at..at + left).ok_or_else(missing)?);
        }
        Ok(hashes)
    }

    fn flush(&mut self) -> Result<(), TransparencyError> {
        let Some(file) = self.file.as_ref().filter(|_| !self.memory.is_empty()) else {
            return Ok(());
        };
        let bytes: Vec<u8> = self.memory.iter().flat_map(|hash| hash.0).collect();
        file.write_all_at(&bytes, self.flushed * HASH as u64)
            .map_err(TransparencyError::file(&self.path))?;
        self.flushed += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }
}

//! The few things done to the disk, each with its sync, and a door for tests to make them fail.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is about to be done to a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskStep {
    /// Bytes of a batch or a mark are written.
    Write,
    /// What was written is made durable.
    Sync,
    /// A file is written full of zeros, ahead of need or because it is needed now.
    Prepare,
}

/// Lets a test fail, delay or observe a step before it is done.
pub trait DiskFaults: fmt::Debug + Send + Sync {
    /// The step is done only when this returns `Ok`.
    ///
    /// # Errors
    /// The error that the disk shall seem to have.
    fn before(&self, step: DiskStep) -> io::Result<()>;
}

const ZEROS: [u8; 4096] = [0; 4096];

/// The disk, or what a test makes of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    faults: Option<Arc<dyn DiskFaults>>,
}

impl Disk {
    pub(super) fn new(faults: Option<Arc<dyn DiskFaults>>) -> Self {
        Self { faults }
    }

    fn before(&self, step: DiskStep) -> io::Result<()> {
        self.faults.as_ref().map_or(Ok(()), |faults| faults.before(step))
    }

    /// Writes `bytes` at `offset`; durable when this returns.
    pub(super) fn write_durably(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.before(DiskStep::Write)?;
        file.write_all_at(bytes, offset)?;
        self.before(DiskStep::Sync)?;
        file.sync_data()
    }

    /// Writes zeros over `from..to`; durable when this returns.
    pub(super) fn zero_durably(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        self.before(DiskStep::Write)?;
        write_zeros(file, from, to, None)?;
        self.before(DiskStep::Sync)?;
        file.sync_data()
    }

    /// A file of `len` zeros, its blocks allocated and written, durable but for its name.
    ///
    /// A sync of blocks that were written before need not change the file system's own data, which
    /// makes it several times cheaper than one that also grows the file. A file that is already
    /// there and right, left by a process that ended, is used. With `rest`, each slice is synced by
    /// itself and `rest` told how long it took: what others sync in between waits for one slice, not
    /// for all.
    pub(super) fn prepare(
        &self,
        path: &Path,
        len: u64,
        rest: Option<&dyn Fn(Duration)>,
    ) -> io::Result<File> {
        self.before(DiskStep::Prepare)?;
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let made = (|| {
            if !is_zeros(&file, len)? {
                file.set_len(0)?;
                write_zeros(&file, 0, len, rest)?;
            }
            file.sync_all()
        })();
        match made {
            Ok(()) => Ok(file),
            Err(error) => {
                // The room it took may be what lacks elsewhere; the first error is the one to tell.
                let _ = std::fs::remove_file(path);
                Err(error)
            }
        }
    }
}

/// Whether there is nothing but zeros.
pub(super) fn all_zeros(bytes: &[u8]) -> bool {
    bytes.chunks(ZEROS.len()).all(|chunk| chunk == &ZEROS[..chunk.len()])
}

fn is_zeros(file: &File, len: u64) -> io::Result<bool> {
    if file.metadata()?.len() != len {
        return Ok(false);
    }
    let mut buffer = vec![0_u8; 1 << 20];
    let mut at = 0;
    while at < len {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 || !all_zeros(&buffer[..read]) {
            return Ok(false);
        }
        at += read as u64;
    }
    Ok(true)
}

fn write_zeros(file: &File, from: u64, to: u64, rest: Option<&dyn Fn(Duration)>) -> io::Result<()> {
    let zeros = vec![0_u8; 1 << 20];
    let mut at = from;
    while at < to {
        let began = Instant::now();
        let step = (to - at).min(zeros.len() as u64);
        file.write_all_at(&zeros[..usize::try_from(step).expect("at most 1 MiB")], at)?;
        at += step;
        if let Some(rest) = rest {
            file.sync_data()?;
            rest(began.elapsed());
        }
    }
    Ok(())
}

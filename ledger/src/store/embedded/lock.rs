//! One writer at a time: an exclusive lock on a file in the ledger's folder.
//!
//! The operating system releases it when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use crate::store::StoreFault;

/// Held as long as this lives.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl FolderLock {
    /// Takes the lock of the ledger in `folder`.
    ///
    /// # Errors
    /// When another process, or another store of this process, holds it.
    pub(super) fn take(folder: &Path) -> Result<Self, StoreFault> {
        let path = folder.join("lock");
        let fault =
            |error| StoreFault::caused(format!("{} cannot be locked", path.display()), error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {
                // Only a courtesy for the message below: the lock itself says nothing about who.
                let _ = file.set_len(0);
                let _ = write!(file, "{}", std::process::id());
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() { "unknown" } else { &holder };
                Err(StoreFault::new(format!(
                    "the ledger in {} is already open for writing (process {holder}): \
                     only one writer at a time",
                    folder.display(),
                )))
            }
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }
}

/// Whether some process has a ledger of the store in `dir` open for writing, a server as a rule. It may
/// not be so any more when this returns.
///
/// # Errors
/// When the folder cannot be read.
pub fn is_in_use(dir: impl AsRef<Path>) -> Result<bool, StoreFault> {
    let dir = dir.as_ref();
    let look = || {
        for entry in std::fs::read_dir(dir)? {
            let file = match File::open(entry?.path().join("lock")) {
                Ok(file) => file,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(error),
            };
            match file.try_lock() {
                Ok(()) => file.unlock()?,
                Err(TryLockError::WouldBlock) => return Ok(true),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(false)
    };
    look().map_err(|error| StoreFault::caused(format!("{} cannot be read", dir.display()), error))
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Said outright, because a child that is just being started may still hold a copy of the
        // descriptor, and closing ours alone would then not release the lock.
        let _ = self.0.unlock();
    }
}

//! The folder of a backup: files written once, with their digests.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpFile {
    /// Its path in the backup.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// A backup's folder, which nobody else writes to.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held while a backup is made.
    _lock: Option<File>,
}

impl Folder {
    /// The folder to write a backup to; made where there is none.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        fs::create_dir_all(path).with_context(|| format!("{name} could not be made"))?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock"));
        let lock = lock.with_context(|| format!("{name} cannot be written to"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: Some(lock) }),
            Err(fs::TryLockError::WouldBlock) => bail!("another backup is being made into {name}"),
            Err(fs::TryLockError::Error(error)) => Err(error).context("it cannot be locked"),
        }
    }

    /// The folder of a backup that is read.
    pub(super) fn existing(path: &Path) -> anyhow::Result<Self> {
        ensure!(path.is_dir(), "{} is no folder", path.display());
        Ok(Self { path: path.to_owned(), _lock: None })
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// An empty folder in it.
    pub(super) fn make_anew(&self, name: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        if path.exists() {
            fs::remove_dir_all(&path)
                .with_context(|| format!("{} could not be removed", path.display()))?;
        }
        self.make(name)
    }

    /// A folder in it, if it is not there.
    pub(super) fn make(&self, name: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::create_dir_all(&path).with_context(|| format!("{} could not be made", path.display()))
    }

    /// Removes all of a folder but one entry. What cannot be removed is not in the way.
    pub(super) fn remove_others(&self, name: &str, kept: &str) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.path(name))? {
            let entry = entry?;
            if entry.file_name() != *kept {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("{} is left over", entry.path().display()))?;
            }
        }
        Ok(())
    }

    /// Begins a file.
    pub(super) fn write(&self, file: String) -> anyhow::Result<Writing> {
        let path = self.path(&file);
        let out = File::create(&path);
        let out = out.with_context(|| format!("{} could not be made", path.display()))?;
        let out = BufWriter::with_capacity(1 << 20, out);
        Ok(Writing { file, path, out, bytes: 0, hasher: Sha256::new() })
    }

    /// Puts a file in place at once, whole.
    pub(super) fn replace(&self, file: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (draft, path) = (self.path(&format!("{file}.new")), self.path(file));
        let put = || -> io::Result<()> {
            let mut out = File::create(&draft)?;
            out.write_all(bytes)?;
            out.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.path)?.sync_all()
        };
        put().with_context(|| format!("{} could not be written", path.display()))
    }

    /// Reads a whole file and compares it with what is known of it.
    pub(super) fn check(&self, known: &BackedUpFile) -> anyhow::Result<()> {
        let name = &known.file;
        let mut file = BufReader::with_capacity(1 << 20, self.read(name)?);
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let count = file.read(&mut buffer).with_context(|| format!("{name} is unreadable"))?;
            if count == 0 {
                break;
            }
            bytes += count as u64;
            hasher.update(&buffer[..count]);
        }
        ensure!(bytes == known.bytes, "{name} has {bytes} bytes, and should have {}", known.bytes);
        let found = hex::encode(hasher.finalize());
        ensure!(
            found == known.sha256,
            "{name} is damaged: its SHA-256 is {found}, and should be {}",
            known.sha256
        );
        Ok(())
    }

    pub(super) fn read(&self, file: &str) -> anyhow::Result<File> {
        let path = self.path(file);
        File::open(&path).with_context(|| format!("{} cannot be read", path.display()))
    }
}

/// A file that is being written.
pub(super) struct Writing {
    file: String,
    path: PathBuf,
    out: BufWriter<File>,
    bytes: u64,
    hasher: Sha256,
}

impl Writing {
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        let name = || format!("{} could not be written", self.path.display());
        self.out.write_all(bytes).with_context(name)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// On disk, and its name too.
    pub(super) fn finish(self) -> anyhow::Result<BackedUpFile> {
        let Self { file, path, out, bytes, hasher } = self;
        let sync = || -> io::Result<()> {
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        sync().with_context(|| format!("{} could not be written", path.display()))?;
        Ok(BackedUpFile { file, bytes, sha256: hex::encode(hasher.finalize()) })
    }
}

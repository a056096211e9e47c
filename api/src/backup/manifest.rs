//! `backup.json`: what a backup holds, under a digest of its own.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use cauri_domain::LedgerId;
use cauri_ledger::Hash;
use cauri_ledger::store::Head;

pub use super::files::BackedUpFile;
use super::files::Folder;

const FILE: &str = "backup.json";

/// Of files that this software can read. Another form of backup has another number.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// The software that made it.
    pub version: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Every ledger.
    pub ledgers: Vec<BackedUpLedger>,
    /// The rows of Postgres that are not built from the log.
    pub database: BackedUpDatabase,
}

/// A ledger's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUpLedger {
    /// Which.
    pub ledger: LedgerId,
    /// How many events it has.
    pub events: u64,
    /// The hash of the last one.
    pub hash: Hash,
    /// Its files, in order.
    pub files: Vec<LogFile>,
}

impl BackedUpLedger {
    /// Where it ends.
    #[must_use]
    pub fn head(&self) -> Head {
        Head::before(cauri_domain::Revision(self.events))
    }
}

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFile {
    /// The revision of its first event.
    pub first: u64,
    /// How many events it has.
    pub events: u64,
    /// Where.
    #[serde(flatten)]
    pub file: BackedUpFile,
}

/// What is durable in Postgres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUpDatabase {
    /// The how-manieth backup into this folder it is.
    pub number: u64,
    /// The last migration that its tables had.
    pub schema: i64,
    /// Every table, in the order in which they are filled.
    pub tables: Vec<BackedUpTable>,
}

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpTable {
    /// Its name with its schema's.
    pub table: String,
    /// Its columns, in the order of the file's.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// Where.
    #[serde(flatten)]
    pub file: BackedUpFile,
}

/// The file's own form.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// SHA-256 of the bytes of `backup`, in hex.
    sha256: String,
    backup: Box<RawValue>,
}

impl Manifest {
    pub(super) fn new(
        made_at: DateTime<Utc>,
        ledgers: Vec<BackedUpLedger>,
        database: BackedUpDatabase,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, version, made_at, ledgers, database }
    }

    /// Every file that it names.
    pub(super) fn files(&self) -> impl Iterator<Item = &BackedUpFile> {
        let logs = self.ledgers.iter().flat_map(|ledger| &ledger.files).map(|file| &file.file);
        logs.chain(self.database.tables.iter().map(|table| &table.file))
    }

    /// A digest of it, to know it again.
    pub(super) fn digest(&self) -> anyhow::Result<String> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(self)?)))
    }

    /// The manifest in a folder; `None` when there is no backup in it.
    pub(super) fn read(folder: &Folder) -> anyhow::Result<Option<Self>> {
        let path = folder.path(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let name = path.display();
        let bytes = std::fs::read(&path).with_context(|| format!("{name} cannot be read"))?;
        let sealed: Sealed =
            serde_json::from_slice(&bytes).with_context(|| format!("{name} is damaged"))?;
        let found = hex::encode(Sha256::digest(sealed.backup.get()));
        ensure!(found == sealed.sha256, "{name} is damaged: its digest is not that of its text");
        let manifest: Self = serde_json::from_str(sealed.backup.get())
            .with_context(|| format!("{name} is of another version"))?;
        ensure!(manifest.format == FORMAT, "{name} is of format {}", manifest.format);
        Ok(Some(manifest))
    }

    pub(super) fn write(&self, folder: &Folder) -> anyhow::Result<()> {
        let backup = serde_json::value::to_raw_value(self)?;
        let sha256 = hex::encode(Sha256::digest(backup.get()));
        let mut text = serde_json::to_vec(&Sealed { sha256, backup })?;
        text.push(b'\n');
        folder.replace(FILE, &text)
    }
}

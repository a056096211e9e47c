//! The files of reports: in `reports/{ledger}/`, `{id}.request.json`, then `{id}.{format}` or
//! `{id}.failure.txt`.
//!
//! Each is written under another name first and then renamed, so that whatever has its name is
//! whole, also after a power cut. All of this blocks.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use cauri_domain::LedgerId;

use super::book::Status;
use super::{ReportFormat, Request};

/// Where a ledger's reports are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    /// Of all ledgers, in this folder.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    fn of(&self, ledger: &LedgerId) -> PathBuf {
        self.folder.join(ledger.as_str())
    }

    /// A report's file.
    pub(super) fn report(&self, ledger: &LedgerId, id: Uuid, format: ReportFormat) -> PathBuf {
        self.of(ledger).join(format!("{id}.{}", format.as_str()))
    }

    fn failure(&self, ledger: &LedgerId, id: Uuid) -> PathBuf {
        self.of(ledger).join(format!("{id}.failure.txt"))
    }

    /// Every request that was ever kept, and where it stands.
    pub(super) fn read_all(&self) -> io::Result<Vec<(LedgerId, Request, Status)>> {
        let mut all = Vec::new();
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?;
            let ledger = folder.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(ledger) = ledger.filter(|_: &LedgerId| folder.path().is_dir()) else {
                continue;
            };
            for file in fs::read_dir(folder.path())? {
                let path = file?.path();
                if !path.to_string_lossy().ends_with(".request.json") {
                    continue;
                }
                match serde_json::from_slice::<Request>(&fs::read(&path)?) {
                    Ok(request) => {
                        let status = self.status(&ledger, &request);
                        all.push((ledger.clone(), request, status));
                    }
                    Err(error) => {
                        tracing::warn!(file = %path.display(), %error, "no request of a report");
                    }
                }
            }
        }
        Ok(all)
    }

    fn status(&self, ledger: &LedgerId, request: &Request) -> Status {
        if self.report(ledger, request.id, request.terms.format).is_file() {
            return Status::Ready;
        }
        match fs::read_to_string(self.failure(ledger, request.id)) {
            Ok(why) => Status::Failed(why),
            Err(_) => Status::Generating,
        }
    }

    /// Keeps a request.
    pub(super) fn keep(&self, ledger: &LedgerId, request: &Request) -> io::Result<()> {
        let text = serde_json::to_vec(request).map_err(io::Error::other)?;
        let folder = self.of(ledger);
        fs::create_dir_all(&folder)?;
        put(&folder.join(format!("{}.request.json", request.id)), &text)
    }

    /// Keeps a report.
    pub(super) fn finish(
        &self,
        ledger: &LedgerId,
        request: &Request,
        bytes: &[u8],
    ) -> io::Result<()> {
        put(&self.report(ledger, request.id, request.terms.format), bytes)
    }

    /// Keeps why there is none.
    pub(super) fn fail(&self, ledger: &LedgerId, id: Uuid, why: &str) -> io::Result<()> {
        put(&self.failure(ledger, id), why.as_bytes())
    }

    /// Forgets why there was none: it is tried again.
    pub(super) fn retry(&self, ledger: &LedgerId, id: Uuid) -> io::Result<()> {
        match fs::remove_file(self.failure(ledger, id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let before = folder.join(format!(".{name}.tmp"));
    let mut file = File::create(&before)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&before, path)?;
    // The name is durable with its folder.
    File::open(folder)?.sync_all()
}

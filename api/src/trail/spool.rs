//! What is administered from the command line, beside a server that alone may append to the store: left
//! as a file in the data folder, durable, and taken into the trail by the server that runs or that is
//! started next.
//!
//! At least once: a kill between the entry and the removal of its file gives two entries, with the same
//! id. Nobody is named: the command line knows no tokens, and who may run it there may do anything.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use cauri_ledger::trail::{Entry, Kind, TrailError, What};

use super::Recorder;
use crate::private_file;

/// How files are called when they are whole.
const WHOLE: &str = "json";

/// Where they are, in a data folder.
pub(super) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("audit-trail")
}

/// Leaves an act for the server to put on record. Before it is done.
///
/// # Errors
/// When it cannot be made durable: then it must not be done.
pub fn leave(data_dir: &Path, what: What) -> io::Result<()> {
    let folder = folder(data_dir);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let id = Uuid::now_v7();
    let what = What { command_id: Some(id), ..what };
    let text = SecretString::from(serde_json::to_string(&what)?);
    private_file::make(&folder, &format!("{id}.{WHOLE}"), &text)
}

impl Recorder {
    /// Takes in what was left, oldest first.
    pub(super) async fn take_in(&self, folder: &Path) -> Result<(), TrailError> {
        let Ok(files) = fs::read_dir(folder) else { return Ok(()) };
        let is_whole = |path: &PathBuf| path.extension().is_some_and(|it| it == WHOLE);
        let mut files: Vec<_> = files.flatten().map(|it| it.path()).filter(is_whole).collect();
        files.sort_unstable();
        for file in files {
            let Some(what) = read(&file) else { continue };
            let entry = Entry { kind: Kind::Administered, ledger: None, who: None, what };
            self.trail.record(entry).await?;
            if let Err(error) = fs::remove_file(&file) {
                let file = file.display();
                tracing::error!(%file, %error, "it is on record and could not be removed");
            }
        }
        Ok(())
    }
}

fn read(file: &Path) -> Option<What> {
    let what = private_file::read(file).ok();
    let what = what.and_then(|text| serde_json::from_str(text.expose_secret()).ok());
    if what.is_none() {
        // Put aside, or it would be said again every few seconds.
        let aside = file.with_extension("unreadable");
        let (moved, file) = (fs::rename(file, &aside), file.display());
        tracing::error!(%file, ?moved, "what was left for the audit trail cannot be read");
    }
    what
}

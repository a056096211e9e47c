//! Sealed files: something that can be made again, kept to save the time of making it.
//!
//! The line `cauri KIND\n`, the SHA-256 of what follows in hex, then the content in postcard. The
//! kind names the form of the content; a file of another kind, or a damaged one, is as good as
//! none. Written aside, synced and renamed: whole or not at all. Of large ones each slice is sent to
//! the disk by itself with a rest after it, so that the disk serves whoever waits for it in between.

mod unhurried;

use std::fs;
use std::io::{self, Write as _};
use std::num::NonZeroU64;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{Advice, fadvise};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::chain::{self, Hash};

/// How many bytes are sent to the disk at once.
const SLICE: usize = 1 << 18;

/// How long the disk is left to others after a slice: so it takes 50 MiB a second at most.
const REST: Duration = Duration::from_millis(5);

fn first_line(kind: &str) -> String {
    format!("cauri {kind}\n")
}

/// The content of a whole file of this kind; `None`, with a warning, for any other.
#[must_use]
pub fn load<T: DeserializeOwned>(path: &Path, kind: &str) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    let ignored = |why: &str| tracing::warn!(path = %path.display(), "ignored: {why}");
    let Some(rest) = bytes.strip_prefix(first_line(kind).as_bytes()) else {
        ignored("its version is unknown");
        return None;
    };
    let whole = rest.split_at_checked(64).filter(|(digest, content)| {
        Hash::from_ascii(digest).is_ok_and(|digest| digest == chain::digest(content))
    });
    let content = whole.and_then(|(_, content)| unhurried::from_bytes(content).ok());
    if content.is_none() {
        ignored("it is damaged");
    }
    content
}

/// Writes the file, whole or not at all.
///
/// # Errors
/// When it cannot be written; the file that was there before stays.
pub fn save<T: Serialize>(path: &Path, kind: &str, content: &T) -> io::Result<()> {
    let content = unhurried::to_vec(content).map_err(io::Error::other)?;
    fs::create_dir_all(folder(path))?;
    let digest = chain::digest(&content).to_ascii();
    replace(path, &[first_line(kind).as_bytes(), &digest, &content])
}

/// Writes a file of these parts, whole or not at all, and durable.
///
/// # Errors
/// When it cannot be written; the file that was there before stays.
pub fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = fs::File::create(&aside)?;
    let mut at = 0;
    for slice in parts.iter().flat_map(|part| part.chunks(SLICE)) {
        file.write_all(slice)?;
        if slice.len() == SLICE {
            // It begins to be written. A sync of each slice would wait for the file system's journal, and
            // all who sync meanwhile with it; so there is one, at the end, with little left to write.
            // Where that cannot be asked for, the sync at the end does it.
            let _ = fadvise(&file, at, NonZeroU64::new(slice.len() as u64), Advice::DontNeed);
            thread::sleep(REST);
        }
        at += slice.len() as u64;
    }
    file.sync_all()?;
    fs::rename(&aside, path)?;
    fs::File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

//! Sealed files: something that can be made again, kept to save the time of making it.
//!
//! The line `cauri KIND\n`, the SHA-256 of what follows in hex, then the content in postcard. The
//! kind names the form of the content; a file of another kind, or a damaged one, is as good as
//! none. Written aside, synced and renamed: whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::chain::{self, Hash};

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
    let content = whole.and_then(|(_, content)| postcard::from_bytes(content).ok());
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
    let content = postcard::to_stdvec(content).map_err(io::Error::other)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let aside = path.with_extension("new");
    let mut file = fs::File::create(&aside)?;
    file.write_all(first_line(kind).as_bytes())?;
    file.write_all(&chain::digest(&content).to_ascii())?;
    file.write_all(&content)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    fs::File::open(folder)?.sync_all()
}

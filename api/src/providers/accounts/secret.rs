//! Where secrets are, and what they may be called.

use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// The longest file that holds a secret, in bytes: a chain of certificates with its key fits.
const LONGEST: u64 = 64 * 1024;

/// Where a value is, if `text` says that it is elsewhere: `env:NAME` or `file:PATH`.
///
/// What is there is taken without the space around it: editors end files with a new line.
pub(super) fn referred(text: &str) -> Option<Result<SecretString, Problem>> {
    if let Some(name) = text.strip_prefix("env:") {
        let value = std::env::var(name).unwrap_or_default();
        return Some(not_empty(&value, || Problem::NoVariable { name: name.to_owned() }));
    }
    let path = text.strip_prefix("file:")?;
    Some(in_file(Path::new(path)))
}

/// The secret that a file holds.
pub(super) fn in_file(path: &Path) -> Result<SecretString, Problem> {
    let unreadable = |why: &str| Problem::UnreadableFile {
        path: path.display().to_string(),
        why: why.to_owned(),
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(&error.to_string()))?.len();
    if size > LONGEST {
        return Err(unreadable("it is longer than 64 KiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error.to_string()))?;
    not_empty(&text, || unreadable("it is empty"))
}

fn not_empty(text: &str, problem: impl FnOnce() -> Problem) -> Result<SecretString, Problem> {
    match text.trim() {
        "" => Err(problem()),
        text => Ok(SecretString::from(text.to_owned())),
    }
}

/// What is wrong with a field of an account. Never repeats a value that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// The file holds a secret itself.
    #[error("must be \"env:NAME\" or \"file:PATH\": this file is no place for a secret")]
    InTheOpen,
    /// The variable that it names is not set.
    #[error("names the variable {name}, which is not set")]
    NoVariable {
        /// The variable.
        name: String,
    },
    /// The file that it names cannot be read.
    #[error("names the file {path}, which cannot be read: {why}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// It is not what it must be.
    #[error("{0}")]
    Invalid(String),
}

/// What a webhook secret is called where it must not be shown: eight hexadecimal digits, the start
/// of a hash of it. Two secrets have two, as good as always, and none tells anything of its own.
#[must_use]
pub fn key_id(secret: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"cauri webhook key id v1\0");
    hash.update(secret.expose_secret().as_bytes());
    let mut id = hex::encode(hash.finalize());
    id.truncate(8);
    id
}

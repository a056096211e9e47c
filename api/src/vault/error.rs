//! Why the vault does not answer, and why there are no master keys. No message repeats what is kept.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::KeyId;

/// Why the vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database does not answer, or not as it should. Whether it was done is not known.
    #[error("the vault's database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// It was kept once and was erased, for ever.
    #[error("erased at {at}")]
    Erased {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing is kept under this reference in this ledger.
    #[error("nothing is kept under this reference")]
    NotFound,
    /// What is kept was changed, or put in another's place, by someone else than the vault.
    #[error("what is kept under this reference was tampered with, or is damaged")]
    Tampered,
    /// It is wrapped by a master key that this server was not given.
    #[error("it is kept under the master key {id}, which this server was not given")]
    UnknownMasterKey {
        /// The id of that key.
        id: KeyId,
    },
}

impl From<sqlx::Error> for VaultError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Unavailable(cause)
    }
}

/// Why there are no master keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Both places were named: which of the keys was meant first, nobody can know.
    #[error("CAURI_VAULT_KEY and CAURI_VAULT_KEY_FILE are both set: set one of them")]
    Both,
    /// A key is not 32 bytes in base64.
    #[error(
        "{place}: key {number} is not 32 bytes in base64; \
         make one with: head -c 32 /dev/urandom | base64"
    )]
    NotAKey {
        /// The variable, or the file.
        place: String,
        /// Which of those with commas between, from 1.
        number: usize,
    },
    /// There is none.
    #[error("{place} holds no key")]
    Empty {
        /// The variable, or the file.
        place: String,
    },
    /// The same key twice: a rotation that was not thought through.
    #[error("the master key {id} is given twice")]
    Twice {
        /// Its id.
        id: KeyId,
    },
    /// A file could not be read or made.
    #[error("{}: the master key cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Others on this machine could read it, so it is no secret any more.
    #[error("{} can be read by others: chmod 600 it, or replace it", path.display())]
    Exposed {
        /// The key's file.
        path: PathBuf,
    },
}

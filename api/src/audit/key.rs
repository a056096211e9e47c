//! The key that checkpoints are signed with: where it comes from.
//!
//! As the vault's master key: from the environment, from a file that the environment names, or from a
//! file in the data folder that is made where there is none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use cauri_domain::LedgerId;
use cauri_ledger::transparency::Signer;

use super::options::Origin;
use crate::private_file::{self, Unread};

/// The 32 secret bytes of an Ed25519 key, in base64.
pub const KEY_VARIABLE: &str = "CAURI_AUDIT_KEY";

/// A file with them.
pub const KEY_FILE_VARIABLE: &str = "CAURI_AUDIT_KEY_FILE";

/// The file in the data folder that is made where no key is given.
const KEY_FILE: &str = "audit.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum AuditKeyError {
    /// Both variables are set.
    #[error("{KEY_VARIABLE} and {KEY_FILE_VARIABLE} are both set")]
    Both,
    /// It is not 32 bytes in base64.
    #[error("{place} is no key: 32 bytes in base64")]
    NotAKey {
        /// The variable or the file.
        place: String,
    },
    /// Others may read it.
    #[error("{path} can be read by others than its owner: chmod 600 it")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// It could not be read or made.
    #[error("{path} could not be read or made")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// The secret half. Never shown.
pub struct AuditKey(SecretBox<[u8; 32]>);

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey")
    }
}

impl AuditKey {
    /// The key of the environment; else that of the data folder, made where there is none.
    ///
    /// # Errors
    /// What is wrong with it, naming the variable or the file.
    pub fn open(data_dir: &Path, is_dev: bool) -> Result<Self, AuditKeyError> {
        let given = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        match (given(KEY_VARIABLE).map(SecretString::from), given(KEY_FILE_VARIABLE)) {
            (Some(_), Some(_)) => Err(AuditKeyError::Both),
            (Some(key), None) => Self::parse(KEY_VARIABLE, &key),
            (None, Some(file)) => Self::read(Path::new(&file)),
            (None, None) => {
                let file = data_dir.join(KEY_FILE);
                if !file.try_exists().map_err(io_at(&file))? {
                    make(data_dir).map_err(io_at(&file))?;
                    if !is_dev {
                        tracing::warn!(
                            file = %file.display(),
                            "no key for checkpoints was given, so one was made: keep a copy with the \
                             backup; better, set {KEY_FILE_VARIABLE} to a file elsewhere"
                        );
                    }
                }
                Self::read(&file)
            }
        }
    }

    /// Who signs for a ledger's log.
    ///
    /// # Errors
    /// When the origin makes no name of a key.
    pub fn signer(&self, origin: &Origin, ledger: &LedgerId) -> anyhow::Result<Signer> {
        let name = format!("{}/{ledger}", origin.name);
        Signer::new(&name, self.0.expose_secret())
            .with_context(|| format!("{name:?} cannot name a log"))
    }

    fn read(path: &Path) -> Result<Self, AuditKeyError> {
        let text = private_file::read(path).map_err(|unread| match unread {
            Unread::Exposed => AuditKeyError::Exposed { path: path.to_owned() },
            Unread::Io(cause) => AuditKeyError::Io { path: path.to_owned(), cause },
        })?;
        Self::parse(&path.display().to_string(), &text)
    }

    fn parse(place: &str, text: &SecretString) -> Result<Self, AuditKeyError> {
        let bytes = STANDARD.decode(text.expose_secret().trim());
        let bytes = bytes.ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| AuditKeyError::NotAKey { place: place.to_owned() })?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> AuditKeyError {
    let path = path.to_owned();
    move |cause| AuditKeyError::Io { path, cause }
}

fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let bytes = SecretBox::init_with_mut(|bytes: &mut [u8; 32]| rand::fill(bytes));
    let text = SecretString::from(format!("{}\n", STANDARD.encode(bytes.expose_secret())));
    private_file::make(folder, KEY_FILE, &text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let public = |key: AuditKey| {
            let origin = Origin { name: "cauri.test".to_owned() };
            key.signer(&origin, &LedgerId::main()).unwrap().public().to_string()
        };
        let made = public(AuditKey::open(folder.path(), true).unwrap());
        assert!(made.starts_with("cauri.test/main+"), "{made}");
        assert_eq!(public(AuditKey::open(folder.path(), true).unwrap()), made);
        let file = folder.path().join(KEY_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = AuditKey::open(folder.path(), true).unwrap_err();
        assert!(matches!(refused, AuditKeyError::Exposed { .. }), "{refused}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "short").unwrap();
        let refused = AuditKey::open(folder.path(), true).unwrap_err();
        assert!(matches!(refused, AuditKeyError::NotAKey { .. }), "{refused}");
    }
}

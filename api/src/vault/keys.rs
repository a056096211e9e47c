//! Master keys: where they come from, which one wraps, which ones unwrap.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::cipher::{Key, Place};
use super::{KeyError, VaultError};
use crate::private_file::{self, Unread};

/// Keys in base64 of 32 bytes each, with commas between.
pub const KEY_VARIABLE: &str = "CAURI_VAULT_KEY";

/// Files with such keys, with commas between.
pub const KEY_FILE_VARIABLE: &str = "CAURI_VAULT_KEY_FILE";

/// The file in the data folder that is made where no key is given.
const KEY_FILE: &str = "vault.key";

/// Which master key it is: the first 16 hex digits of a hash of it. It tells nothing of the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One that was read from a row.
    #[must_use]
    pub const fn read(text: String) -> Self {
        Self(text)
    }

    fn of(key: &Key) -> Self {
        let digest = Sha256::new().chain_update("cauri.vault.key-id.v1").chain_update(key.bytes());
        Self(hex::encode(&digest.finalize()[..8]))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Master keys: the first wraps, all unwrap, so that keys can be rotated. Never shown.
pub struct MasterKeys {
    first: (KeyId, Key),
    others: Vec<(KeyId, Key)>,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

impl MasterKeys {
    /// Those of the environment; else that of the data folder, made where there is none.
    ///
    /// `is_dev` says that nothing here is of value: else a key that was made is a warning, because it
    /// lies beside what it protects and only its owner can put it where the backups are.
    ///
    /// # Errors
    /// What is wrong with them, naming the variable or the file.
    pub fn open(data_dir: &Path, is_dev: bool) -> Result<Self, KeyError> {
        if let Some(keys) = Self::given()? {
            return Ok(keys);
        }
        let file = data_dir.join(KEY_FILE);
        let is_new = !file.try_exists().map_err(io_at(&file))?;
        if is_new {
            let key = SecretString::from(format!("{}\n", STANDARD.encode(Key::random().bytes())));
            private_file::make(data_dir, KEY_FILE, &key).map_err(io_at(&file))?;
        }
        let keys = Self::read(std::slice::from_ref(&file), KEY_FILE)?;
        tell(&file, keys.first(), is_new, is_dev);
        Ok(keys)
    }

    /// Those of the environment; else that of the data folder. None is made.
    ///
    /// # Errors
    /// What is wrong with them, naming the variable or the file.
    pub fn existing(data_dir: &Path) -> Result<Self, KeyError> {
        match Self::given()? {
            Some(keys) => Ok(keys),
            None => Self::read(&[data_dir.join(KEY_FILE)], KEY_FILE),
        }
    }

    /// Those of the environment.
    fn given() -> Result<Option<Self>, KeyError> {
        let given = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        match (given(KEY_VARIABLE).map(SecretString::from), given(KEY_FILE_VARIABLE)) {
            (Some(_), Some(_)) => Err(KeyError::Both),
            (Some(keys), None) => Self::parse(KEY_VARIABLE, keys.expose_secret()).map(Some),
            (None, Some(files)) => {
                let files: Vec<_> = listed(&files).map(PathBuf::from).collect();
                Self::read(&files, KEY_FILE_VARIABLE).map(Some)
            }
            (None, None) => Ok(None),
        }
    }

    /// Keys in base64, with commas or line ends between; `place` is named where one is wrong.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`], [`KeyError::Empty`] or [`KeyError::Twice`].
    pub fn parse(place: &str, text: &str) -> Result<Self, KeyError> {
        Self::of(place, decode(place, text)?)
    }

    /// One new key, for what lives no longer than this process.
    #[must_use]
    pub fn random() -> Self {
        let key = Key::random();
        Self { first: (KeyId::of(&key), key), others: Vec::new() }
    }

    /// The ids of all of them; the first is that of the one that wraps.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        std::iter::once(&self.first).chain(&self.others).map(|(id, _)| id)
    }

    /// The id of the one that wraps.
    #[must_use]
    pub const fn first(&self) -> &KeyId {
        &self.first.0
    }

    /// Wraps a data key with the first.
    pub(super) fn wrap(&self, place: &Place, key: &Key) -> (KeyId, Vec<u8>) {
        let (id, master) = &self.first;
        (id.clone(), master.seal(place, key.bytes()))
    }

    /// Unwraps a data key.
    pub(super) fn unwrap(
        &self,
        id: &KeyId,
        place: &Place,
        wrapped: &[u8],
    ) -> Result<Key, VaultError> {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        let found = all.find(|(known, _)| known == id);
        let (_, master) = found.ok_or_else(|| VaultError::UnknownMasterKey { id: id.clone() })?;
        let bytes = master.open(place, wrapped)?;
        Key::of(bytes.expose_secret()).ok_or(VaultError::Tampered)
    }

    fn of(place: &str, keys: Vec<Key>) -> Result<Self, KeyError> {
        let mut keys = keys.into_iter().map(|key| (KeyId::of(&key), key));
        let first = keys.next().ok_or_else(|| KeyError::Empty { place: place.to_owned() })?;
        let mut others: Vec<(KeyId, Key)> = Vec::new();
        for (id, key) in keys {
            if first.0 == id || others.iter().any(|(known, _)| *known == id) {
                return Err(KeyError::Twice { id });
            }
            others.push((id, key));
        }
        Ok(Self { first, others })
    }

    fn read(files: &[PathBuf], place: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for file in files {
            let text = read_private(file)?;
            keys.extend(decode(&file.display().to_string(), text.expose_secret())?);
        }
        Self::of(place, keys)
    }
}

/// Says in the log where a key of the data folder is, as loudly as it matters.
fn tell(file: &Path, id: &KeyId, is_new: bool, is_dev: bool) {
    let file = file.display();
    match (is_new, is_dev) {
        (true, true) => tracing::info!(%file, %id, "a master key for the vault was made"),
        (true, false) => tracing::warn!(
            %file, %id,
            "no master key was given, so one was made: KEEP IT WITH THE BACKUP, without it \
             everything in the vault is lost; better, set CAURI_VAULT_KEY_FILE to a file elsewhere"
        ),
        (false, false) => tracing::warn!(
            %file, %id,
            "the vault's master key lies in the data folder, beside what it protects: keep a \
             copy with the backup"
        ),
        (false, true) => {}
    }
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

fn decode(place: &str, text: &str) -> Result<Vec<Key>, KeyError> {
    let decoded = listed(text).enumerate().map(|(index, part)| {
        let bytes = STANDARD.decode(part).or_else(|_| STANDARD_NO_PAD.decode(part));
        let key =
            bytes.ok().and_then(|bytes| Key::of(secrecy::SecretSlice::from(bytes).expose_secret()));
        key.ok_or_else(|| KeyError::NotAKey { place: place.to_owned(), number: index + 1 })
    });
    decoded.collect()
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |cause| KeyError::Io { path, cause }
}

/// A file that only its owner can read.
fn read_private(path: &Path) -> Result<SecretString, KeyError> {
    private_file::read(path).map_err(|unread| match unread {
        Unread::Exposed => KeyError::Exposed { path: path.to_owned() },
        Unread::Io(cause) => KeyError::Io { path: path.to_owned(), cause },
    })
}

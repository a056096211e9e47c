//! Rows of other tables, each sealed under a key of its own. Pure: no database is asked.

use std::sync::Arc;

use super::cipher::{Key, Place};
use super::keys::MasterKeys;
use super::{KeyId, SecretBytes, VaultError};

/// Seals and opens rows. Cheap to clone, and quick enough for thousands of rows a second.
///
/// A table that holds sealed rows has the columns `key_id text`, `wrapped_key bytea` and one for the
/// ciphertext; setting the last two to `NULL` erases the row. It is named in `rotate.rs`, so that a
/// rotation of the master key reaches it.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<MasterKeys>,
}

/// Sealed bytes, and the key that opens them, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which master key wraps the key.
    pub key_id: KeyId,
    /// The row's own key, wrapped. Without it the ciphertext is noise.
    pub wrapped_key: Vec<u8>,
    /// The bytes, sealed.
    pub ciphertext: Vec<u8>,
}

impl Sealer {
    /// One with these keys.
    #[must_use]
    pub fn new(keys: MasterKeys) -> Self {
        Self::sharing(Arc::new(keys))
    }

    pub(super) const fn sharing(keys: Arc<MasterKeys>) -> Self {
        Self { keys }
    }

    /// Seals `plain` under a key of its own. It opens with the same `context` only: whatever says
    /// which row it is, such as table, ledger and id.
    #[must_use]
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Sealed {
        let key = Key::random();
        let (key_id, wrapped_key) = self.keys.wrap(&row_key(), &key);
        Sealed { key_id, wrapped_key, ciphertext: key.seal(&row(context), plain) }
    }

    /// Opens what was sealed with this context.
    ///
    /// # Errors
    /// [`VaultError::UnknownMasterKey`], or [`VaultError::Tampered`] where anything of it is not as
    /// it was sealed.
    pub fn open(&self, context: &[u8], sealed: &Sealed) -> Result<SecretBytes, VaultError> {
        let key = self.keys.unwrap(&sealed.key_id, &row_key(), &sealed.wrapped_key)?;
        key.open(&row(context), &sealed.ciphertext)
    }
}

/// Where a row's wrapped key belongs. The context binds the ciphertext, and so the key: a rotation
/// needs to know nothing of a table's contexts.
pub(super) fn row_key() -> Place {
    Place::of("cauri.vault.row-key.v1", &[])
}

fn row(context: &[u8]) -> Place {
    Place::of("cauri.vault.row.v1", &[context])
}

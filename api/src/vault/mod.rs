//! The vault: personal data and secrets, encrypted, each erasable for ever.
//!
//! The log is for ever and holds no personal data, only opaque references. What a reference stands
//! for is here, in a Postgres schema of its own that no rebuild touches:
//!
//! ```text
//! master key (file or environment, never in the database)
//!   └─ wraps a data key for each subject of a ledger        vault.subject_key
//!        └─ seals each thing that is kept of that subject   vault.item
//! ```
//! Destroying a subject's data key erases everything of it, in every copy of the ciphertexts too. The
//! cipher is XChaCha20-Poly1305: its nonce of 192 bits may be drawn at random as often as one likes,
//! where those of AES-GCM may not, and a master key wraps a key for each row of a busy inbox. What is
//! sealed is bound to its ledger, reference and kind, so a row put in another's place does not open.
//!
//! | to find | look in |
//! | --- | --- |
//! | master keys: where from, which one wraps | [`MasterKeys`] |
//! | sealing and opening | `cipher.rs` |
//! | rows of other tables, each with a key of its own | [`Sealer`] |
//! | keeping, reading, erasing | [`Vault`], `store.rs` |
//! | what a command kept, kept once | `once.rs` |
//! | where payouts go | `destinations.rs` |
//! | what a payment's notifications name | `notify_tokens.rs` |
//! | the erasures that the log tells of | `eraser.rs` |
//! | wrapping anew after a rotation | `rotate.rs` |

mod cipher;
mod destinations;
mod eraser;
mod error;
mod kept;
mod keys;
mod notify_tokens;
mod once;
mod reference;
mod rotate;
mod sealer;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

use std::sync::Arc;

use secrecy::SecretBox;
use sqlx::postgres::PgPool;

pub use destinations::masked;
pub use error::{KeyError, VaultError};
pub use kept::{Described, Erasure, Kind, NewItem};
pub use keys::{KeyId, MasterKeys};
pub use notify_tokens::TokenKept;
pub use once::Once;
pub use reference::{NotOfVault, VaultRef};
pub use rotate::{Rewrapped, UnknownKey};
pub use sealer::{Sealed, Sealer};

/// Bytes that are overwritten when they are dropped, and shown to nobody.
pub type SecretBytes = SecretBox<Vec<u8>>;

/// Keeps personal data and secrets. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    pool: PgPool,
    keys: Arc<MasterKeys>,
}

impl Vault {
    /// The vault in a database whose migrations are done.
    #[must_use]
    pub fn new(pool: PgPool, keys: MasterKeys) -> Self {
        Self { pool, keys: Arc::new(keys) }
    }

    /// To seal rows of other tables under the same master keys, each under a key of its own.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer::sharing(Arc::clone(&self.keys))
    }
}

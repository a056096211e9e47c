//! The hash chain over the stored bytes.
//!
//! `h = SHA-256(previous h as 64 ASCII characters, followed by the exact body bytes)`; the first
//! event's previous h is 64 zeros. An auditor needs `sha256sum` and `jq`, not this software.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256 digest, printed as 64 lower-case hex characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// A text is no hash: it is not 64 lower-case hex characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 lower-case hex characters")]
pub struct NotAHash;

impl Hash {
    /// What the first event of a ledger is chained to.
    pub const ZERO: Self = Self([0; 32]);

    /// The 64 ASCII characters.
    #[must_use]
    pub fn to_ascii(self) -> [u8; 64] {
        let mut text = [0_u8; 64];
        hex::encode_to_slice(self.0, &mut text).expect("64 is twice 32");
        text
    }

    /// From the 64 ASCII characters.
    ///
    /// # Errors
    /// When they are not 64 lower-case hex characters.
    pub fn from_ascii(text: &[u8]) -> Result<Self, NotAHash> {
        let mut bytes = [0_u8; 32];
        if text.iter().any(u8::is_ascii_uppercase) {
            return Err(NotAHash);
        }
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

/// The hash of an event whose body is `body`, after an event whose hash is `previous`.
#[must_use]
pub fn link(previous: Hash, body: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous.to_ascii());
    hasher.update(body);
    Hash(hasher.finalize().into())
}

/// SHA-256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.to_ascii()).expect("hex is ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = NotAHash;
    fn from_str(text: &str) -> Result<Self, NotAHash> {
        Self::from_ascii(text.as_bytes())
    }
}

// By hand, so that no text is allocated: every event that is read has one.
impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.to_ascii()).expect("hex is ASCII"))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hex;
        impl Visitor<'_> for Hex {
            type Value = Hash;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 lower-case hex characters")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
                Hash::from_ascii(text.as_bytes()).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Hex)
    }
}

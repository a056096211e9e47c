//! References: what stands for a thing in the vault, everywhere else.

use std::fmt;
use std::str::FromStr;

use cauri_domain::Reference;

/// What every reference into the vault begins with.
const PREFIX: &str = "vlt_";

/// Characters after it: 130 bits, which nobody guesses.
const LENGTH: usize = 26;

/// Lower case and digits, without those that look like others (RFC 4648, in lower case).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A reference into the vault: `vlt_` and 26 random characters. It says nothing of what it stands
/// for, and fits wherever the domain takes a [`Reference`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultRef(Reference);

/// A text is no reference into the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no reference into the vault: vlt_ and 26 of a-z 2-7")]
pub struct NotOfVault;

impl VaultRef {
    pub(super) fn random() -> Self {
        let bytes: [u8; LENGTH] = rand::random();
        let name = bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        let text: String = PREFIX.chars().chain(name).collect();
        Self(text.parse().expect("made of letters and digits"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As the domain takes it.
    #[must_use]
    pub const fn reference(&self) -> &Reference {
        &self.0
    }

    /// Whether a text means to be a reference into the vault, well formed or not: then it is never
    /// itself what a provider should be given.
    #[must_use]
    pub fn claims(text: &str) -> bool {
        text.starts_with(PREFIX)
    }
}

impl FromStr for VaultRef {
    type Err = NotOfVault;
    fn from_str(text: &str) -> Result<Self, NotOfVault> {
        let name = text.strip_prefix(PREFIX).ok_or(NotOfVault)?;
        let fits = name.len() == LENGTH && name.bytes().all(|byte| ALPHABET.contains(&byte));
        let reference = fits.then(|| text.parse().ok()).flatten();
        reference.map(Self).ok_or(NotOfVault)
    }
}

impl From<VaultRef> for Reference {
    fn from(reference: VaultRef) -> Self {
        reference.0
    }
}

impl fmt::Display for VaultRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

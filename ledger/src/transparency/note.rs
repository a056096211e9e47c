//! Signed notes: a text and signatures under it, as <https://c2sp.org/signed-note> has them.
//!
//! ```text
//! the text, some lines
//!
//! — key-name base64(key id || Ed25519 signature of the text with its last newline)
//! ```
//! The key id is the first four bytes of SHA-256(name || 0x0A || 0x01 || public key); a key is
//! handed around as `name+key id in hex+base64(0x01 || public key)`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// What the notes' own specification calls the algorithm Ed25519.
const ED25519: u8 = 1;

/// A text is no signed note, or not one of this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The name of a key is empty or has a space or a plus sign.
    #[error("a key's name has no space and no plus sign, and is not empty: {0:?}")]
    Name(String),
    /// A text is no key.
    #[error("it is no key of the form name+id+base64")]
    Key,
    /// A text has not the form of a signed note.
    #[error("it is no signed note: {0}")]
    Form(&'static str),
    /// No signature of the key is under it, or not a good one.
    #[error("it has no good signature of {0}")]
    Signature(String),
    /// A signed text is no checkpoint.
    #[error("the signed text is no checkpoint: {0}")]
    Checkpoint(&'static str),
}

/// Who signs notes. Never shown.
pub struct NoteSigner {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NoteSigner {
    /// A signer of this name, with the 32 secret bytes of an Ed25519 key.
    ///
    /// # Errors
    /// When the name is none.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// What others need to check what it signs.
    #[must_use]
    pub fn public(&self) -> NoteKey {
        NoteKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The note of a text that ends with a newline.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signed = [&self.public().id()[..], &signature[..]].concat();
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signed))
    }
}

/// The public half: `name+id+base64` as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    key: VerifyingKey,
}

impl NoteKey {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Four bytes by which its signatures are found.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// The text of a note that has a good signature of this key.
    ///
    /// # Errors
    /// When the note has none, or is no note.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = parts(note)?;
        for line in signatures.lines() {
            let signed = line.strip_prefix("— ").and_then(|line| line.split_once(' '));
            let (name, signed) = signed.ok_or(NoteError::Form("a signature line is none"))?;
            let signed = STANDARD.decode(signed);
            let signed = signed.map_err(|_| NoteError::Form("a signature is no base64"))?;
            let Some((id, signature)) = signed.split_first_chunk::<4>() else {
                return Err(NoteError::Form("a signature is too short"));
            };
            if name != self.name || *id != self.id() {
                continue;
            }
            let good = Signature::from_slice(signature)
                .is_ok_and(|it| self.key.verify_strict(text.as_bytes(), &it).is_ok());
            return if good { Ok(text) } else { Err(NoteError::Signature(self.to_string())) };
        }
        Err(NoteError::Signature(self.to_string()))
    }
}

/// The text of a note, with its last newline, and the lines of signatures.
pub(super) fn parts(note: &str) -> Result<(&str, &str), NoteError> {
    let split = note.rfind("\n\n").ok_or(NoteError::Form("no empty line ends the text"))?;
    let (text, signatures) = (&note[..=split], &note[split + 2..]);
    if !signatures.ends_with('\n') {
        return Err(NoteError::Form("its last line does not end"));
    }
    Ok((text, signatures))
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = name.is_empty() || name.chars().any(|c| c.is_whitespace() || c == '+');
    if bad { Err(NoteError::Name(name.to_owned())) } else { Ok(()) }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(key))
    }
}

impl FromStr for NoteKey {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let mut next = || parts.next().ok_or(NoteError::Key);
        let (name, id, key) = (next()?, next()?, next()?);
        check_name(name)?;
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let bytes = bytes.strip_prefix(&[ED25519]).ok_or(NoteError::Key)?;
        let key = VerifyingKey::try_from(bytes).map_err(|_| NoteError::Key)?;
        let key = Self { name: name.to_owned(), key };
        if hex::encode(key.id()) == id { Ok(key) } else { Err(NoteError::Key) }
    }
}

//! Keys, signed notes and checkpoints: <https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::tree::{Hash, from_base64};
use crate::{Failure, refused};

/// What the specification calls Ed25519.
const ED25519: u8 = 1;

/// A public key: `name+id+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Key {
    /// Parses a key.
    ///
    /// # Errors
    /// When the text is none, or its id is not that of its name and bytes.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::Unusable("the key is not of the form name+id+base64".to_owned());
        let mut parts = text.trim().splitn(3, '+');
        let (name, id) = (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
        let bytes = STANDARD.decode(parts.next().ok_or_else(wrong)?).map_err(|_| wrong())?;
        let public = bytes.strip_prefix(&[ED25519]).ok_or_else(wrong)?;
        let key = VerifyingKey::try_from(public).map_err(|_| wrong())?;
        let digest = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(&bytes);
        let digest: Hash = digest.finalize().into();
        let own = [digest[0], digest[1], digest[2], digest[3]];
        if hex::encode(own) != id {
            return Err(Failure::Unusable("the key's id is not that of its bytes".to_owned()));
        }
        Ok(Self { name: name.to_owned(), id: own, key })
    }
}

/// What a log's keeper has signed: how many events there are, and their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl Checkpoint {
    /// Opens a signed checkpoint of the log that the key is of.
    ///
    /// # Errors
    /// When it is none, or has no good signature of the key.
    pub fn open(note: &str, key: &Key) -> Result<Self, Failure> {
        let Some(end) = note.rfind("\n\n") else {
            return refused("the checkpoint is no signed note: no empty line ends its text");
        };
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let ours = signatures.split_terminator('\n').find_map(|line| {
            let (name, signed) = line.strip_prefix("— ")?.split_once(' ')?;
            let signed = STANDARD.decode(signed).ok()?;
            let (id, signature) = signed.split_first_chunk::<4>()?;
            (name == key.name && *id == key.id).then(|| Signature::from_slice(signature).ok())?
        });
        let Some(signature) = ours else {
            return refused(format!("the checkpoint has no signature of the key {}", key.name));
        };
        if key.key.verify_strict(text.as_bytes(), &signature).is_err() {
            return refused("the checkpoint's signature is not good");
        }
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let (origin, number, root) = (line(), line(), line());
        if origin != key.name {
            return refused(format!(
                "the checkpoint is of the log {origin:?}, not of {:?}",
                key.name
            ));
        }
        let size = number.parse::<u64>().ok().filter(|size| size.to_string() == number);
        match (size, from_base64(root)) {
            (Some(size), Some(root)) => Ok(Self { origin: origin.to_owned(), size, root }),
            _ => refused("the signed text is no checkpoint"),
        }
    }
}

//! Sealing and opening: XChaCha20-Poly1305 with a random nonce, bound to where the sealed bytes
//! belong.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretBox};

use super::{SecretBytes, VaultError};

/// The form of what is sealed: the first byte, so that another form can stand beside it one day.
const FORM: u8 = 1;

/// The nonce's length in bytes, between the form and the ciphertext with its tag.
const NONCE: usize = 24;

/// A key of 32 bytes, overwritten when it is dropped.
pub(super) struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// A new one, at random.
    pub(super) fn random() -> Self {
        // The thread's generator is a cipher seeded, and seeded again, by the operating system.
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; 32]| rand::fill(bytes)))
    }

    /// One of these bytes; `None` where they are not 32.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let is_whole = bytes.len() == 32;
        is_whole.then(|| {
            Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes)))
        })
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// Seals `plain` so that only this key opens it, and only where it belongs.
    pub(super) fn seal(&self, place: &Place, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: plain, aad: &place.0 };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("only more than 256 GiB cannot be sealed");
        let mut whole = Vec::with_capacity(1 + NONCE + sealed.len());
        whole.push(FORM);
        whole.extend_from_slice(&nonce);
        whole.extend_from_slice(&sealed);
        whole
    }

    /// Opens what was sealed with this key for this place.
    pub(super) fn open(&self, place: &Place, sealed: &[u8]) -> Result<SecretBytes, VaultError> {
        let [FORM, rest @ ..] = sealed else { return Err(VaultError::Tampered) };
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Tampered)?;
        let payload = Payload { msg: sealed, aad: &place.0 };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        Ok(SecretBox::new(Box::new(plain.map_err(|_| VaultError::Tampered)?)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes().into())
    }
}

/// Where sealed bytes belong: they open nowhere else.
pub(super) struct Place(Vec<u8>);

impl Place {
    /// Of a purpose and its parts. Each part goes in with its length, so that no two places that
    /// differ are the same bytes.
    pub(super) fn of(purpose: &'static str, parts: &[&[u8]]) -> Self {
        let mut place = Vec::with_capacity(128);
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            place.extend_from_slice(&(part.len() as u64).to_be_bytes());
            place.extend_from_slice(part);
        }
        Self(place)
    }
}

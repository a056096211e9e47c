//! Tokens whose signature has been checked already.
//!
//! A signature costs more than all the rest of a small request, and a client shows the same token
//! thousands of times. Only signatures are remembered: the clock is asked again every time.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::verifier::Verified;

/// A bounded memory of verified tokens, by the SHA-256 of the whole token.
///
/// By hash, so that no token lies in memory longer than its request, and so that a look-up's time
/// says nothing about the tokens that are there.
#[derive(Debug, Default)]
pub(super) struct TokenCache {
    known: RwLock<HashMap<[u8; 32], Verified>>,
}

impl TokenCache {
    const MOST: usize = 4_096;

    pub(super) fn key(token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }

    pub(super) fn get(&self, key: &[u8; 32]) -> Option<Verified> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Remembers a token; a full memory forgets everything, which costs one signature a token.
    pub(super) fn put(&self, key: [u8; 32], verified: Verified) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, verified);
    }
}

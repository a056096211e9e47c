//! The public keys that this server takes tokens from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};

/// The algorithms there are. No shared-secret one and no `none`: they cannot even be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256, keys of 2048 bits and more.
    Rs256,
}

impl Algorithm {
    /// The algorithm with this name in a token's header.
    #[must_use]
    pub fn from_header(name: &str) -> Option<Self> {
        match name {
            "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }

    pub(super) const fn in_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

/// Why a key was not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Not a public key of a kind that is taken.
    #[error("{from}: {reason}")]
    NotTaken {
        /// The file, and for a JWKS the key's place in it.
        from: String,
        /// Why.
        reason: &'static str,
    },
    /// Two keys would have one id.
    #[error("two keys have the id {kid:?}")]
    SameId {
        /// The id.
        kid: String,
    },
    /// Nothing was found, so that no token could ever be good.
    #[error("no key in {from}")]
    None {
        /// What was looked through.
        from: String,
    },
}

/// One public key, for exactly one algorithm.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm)
    }
}

impl PublicKey {
    /// Reads a public key in PEM; its kind decides its one algorithm.
    ///
    /// # Errors
    /// Says what is wrong: a private key, an unknown kind or curve, an RSA key under 2048 bits.
    pub fn from_pem(pem: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(pem).map_err(|_| "not PEM text")?;
        if text.contains("PRIVATE KEY") {
            return Err("a private key does not belong here: give the public one");
        }
        if let Ok(key) = DecodingKey::from_ed_pem(pem) {
            return Self::checked(Algorithm::EdDsa, key);
        }
        if let Ok(key) = DecodingKey::from_ec_pem(pem) {
            return Self::checked(Algorithm::Es256, key);
        }
        match DecodingKey::from_rsa_pem(pem) {
            Ok(key) => Self::checked(Algorithm::Rs256, key),
            Err(_) => Err("not an Ed25519, P-256 or RSA public key in PEM"),
        }
    }

    /// Reads one key of a JWKS.
    ///
    /// # Errors
    /// Says what is wrong, as [`PublicKey::from_pem`] does.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, &'static str> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum is non-exhaustive")]
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDsa
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::Es256
            }
            AlgorithmParameters::RSA(_) => Algorithm::Rs256,
            AlgorithmParameters::OctetKey(_) => return Err("a shared secret is never taken"),
            AlgorithmParameters::OctetKeyPair(_) | AlgorithmParameters::EllipticCurve(_) => {
                return Err("another curve than Ed25519 and P-256");
            }
            _ => return Err("an unknown kind of key"),
        };
        let key = DecodingKey::from_jwk(jwk).map_err(|_| "its numbers cannot be read")?;
        Self::checked(algorithm, key)
    }

    /// The algorithm that this key is for, the only one.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.key
    }

    /// A key that can be read may still be no key: a short one, a point off its curve. Found here
    /// and not at the first token.
    fn checked(algorithm: Algorithm, key: DecodingKey) -> Result<Self, &'static str> {
        let fits = match (algorithm, key.kind()) {
            (Algorithm::EdDsa, DecodingKeyKind::SecretOrDer(bytes)) => bytes.len() == 32,
            (Algorithm::Es256, DecodingKeyKind::SecretOrDer(bytes)) => {
                matches!(bytes.len(), 33 | 65)
            }
            // The DER of an RSA key is its modulus with a few bytes around it.
            (Algorithm::Rs256, DecodingKeyKind::SecretOrDer(bytes)) => bytes.len() > 256,
            (Algorithm::Rs256, DecodingKeyKind::RsaModulusExponent { n, .. }) => {
                n.iter().skip_while(|byte| **byte == 0).count() >= 256
            }
            (Algorithm::EdDsa | Algorithm::Es256, DecodingKeyKind::RsaModulusExponent { .. }) => {
                false
            }
        };
        if !fits {
            return Err("its length is wrong (RSA keys need at least 2048 bits)");
        }
        // Checking an empty signature builds the verifier, which is what can fail here.
        jsonwebtoken::crypto::verify("", b"", &key, algorithm.in_library())
            .map_err(|_| "not a point or number of its kind")?;
        Ok(Self { algorithm, key })
    }
}

/// Public keys by key id (`kid`).
#[derive(Debug, Clone, Default)]
pub struct KeySet(BTreeMap<String, PublicKey>);

impl KeySet {
    /// Reads keys from `paths`: a PEM file (its name without the ending is the key id), a JWKS
    /// file ending in `.json`, or a folder of these.
    ///
    /// # Errors
    /// The first key that cannot be taken, by name. A key that is skipped in silence would be
    /// missed only when its tokens fail.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, KeyError> {
        let mut keys = Self::default();
        for path in paths {
            keys.load_path(path.as_ref())?;
        }
        if keys.0.is_empty() {
            let from: Vec<_> =
                paths.iter().map(|path| path.as_ref().display().to_string()).collect();
            return Err(KeyError::None { from: from.join(", ") });
        }
        Ok(keys)
    }

    /// Reads the comma-separated paths of `CAURI_JWT_KEYS`.
    ///
    /// # Errors
    /// As [`KeySet::load`].
    pub fn load_list(list: &str) -> Result<Self, KeyError> {
        let paths: Vec<_> =
            list.split(',').map(str::trim).filter(|path| !path.is_empty()).collect();
        Self::load(&paths)
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`KeyError::SameId`] where a key has that id already.
    pub fn insert(&mut self, kid: impl Into<String>, key: PublicKey) -> Result<(), KeyError> {
        let kid = kid.into();
        if self.0.contains_key(&kid) {
            return Err(KeyError::SameId { kid });
        }
        self.0.insert(kid, key);
        Ok(())
    }

    /// The key with this id. A token without one is checked against the only key, if it is alone.
    #[must_use]
    pub fn find(&self, kid: Option<&str>) -> Option<&PublicKey> {
        match kid {
            Some(kid) => self.0.get(kid),
            None if self.0.len() == 1 => self.0.values().next(),
            None => None,
        }
    }

    /// The ids, for a log line at the start.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn load_path(&mut self, path: &Path) -> Result<(), KeyError> {
        let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
        if path.is_dir() {
            let mut files = Vec::new();
            for entry in std::fs::read_dir(path).map_err(unreadable)? {
                let file = entry.map_err(unreadable)?.path();
                if file.extension().is_some_and(|end| end == "pem" || end == "json") {
                    files.push(file);
                }
            }
            files.sort();
            return files.iter().try_for_each(|file| self.load_path(file));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let from = path.display().to_string();
        if path.extension().is_some_and(|end| end == "json") {
            return self.load_jwks(&from, &bytes);
        }
        let key =
            PublicKey::from_pem(&bytes).map_err(|reason| KeyError::NotTaken { from, reason })?;
        let kid = path.file_stem().unwrap_or_default().to_string_lossy();
        self.insert(kid, key)
    }

    fn load_jwks(&mut self, from: &str, bytes: &[u8]) -> Result<(), KeyError> {
        let set: JwkSet = serde_json::from_slice(bytes).map_err(|_| KeyError::NotTaken {
            from: from.to_owned(),
            reason: "not a JWKS: an object with a list of keys",
        })?;
        for (place, jwk) in set.keys.iter().enumerate() {
            // A set may also hold encryption keys, which sign nothing.
            if jwk.common.public_key_use == Some(PublicKeyUse::Encryption) {
                continue;
            }
            let not_taken =
                |reason| KeyError::NotTaken { from: format!("{from}, keys[{place}]"), reason };
            let key = PublicKey::from_jwk(jwk).map_err(not_taken)?;
            let kid = jwk.common.key_id.clone().ok_or_else(|| not_taken("has no kid"))?;
            self.insert(kid, key)?;
        }
        Ok(())
    }
}

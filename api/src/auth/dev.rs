//! Keys and tokens of a development server: made at the first start, good for nothing else.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use cauri_domain::{LedgerId, Role, Subject};
use chrono::Utc;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use jsonwebtoken::{EncodingKey, Header};
use rand::TryRng as _;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{KeySet, PublicKey, TokenRules, Ttl, Verifier};
use crate::private_file::{self, Unread};

/// The file of the private key.
const PRIVATE: &str = "private.pem";

/// Why there are no development keys.
#[derive(Debug, thiserror::Error)]
pub enum DevKeyError {
    /// The file system said no.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Others on this machine could read the private key, so it is no secret any more.
    #[error("{} can be read by others: remove it, and a new one is made", path.display())]
    Exposed {
        /// The private key's file.
        path: PathBuf,
    },
    /// The file is there and holds no such key.
    #[error("{} holds no Ed25519 private key: remove it, and a new one is made", path.display())]
    Damaged {
        /// The private key's file.
        path: PathBuf,
    },
}

/// An Ed25519 key pair under `DATA_DIR/dev-keys/`, private to its owner.
pub struct DevKeys {
    kid: String,
    signing: EncodingKey,
    public: PublicKey,
    public_pem: String,
}

impl std::fmt::Debug for DevKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DevKeys({})", self.kid)
    }
}

impl DevKeys {
    /// Opens the keys of this data folder and makes them where there are none.
    ///
    /// Two processes may do so at once (`serve` and `token`): both end with the same keys.
    ///
    /// # Errors
    /// What stood in the way, and the file.
    pub fn open(data_dir: &Path) -> Result<Self, DevKeyError> {
        let folder = data_dir.join("dev-keys");
        let file = folder.join(PRIVATE);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |cause| DevKeyError::Io { path, cause }
        };
        let key = match read_private(&file)? {
            Some(key) => key,
            None => {
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(&folder)
                    .map_err(io(&folder))?;
                make_private(&folder).map_err(io(&file))?;
                read_private(&file)?.ok_or_else(|| DevKeyError::Damaged { path: file.clone() })?
            }
        };
        Ok(Self::of(&key))
    }

    fn of(key: &SigningKey) -> Self {
        let private = key.to_pkcs8_der().expect("an Ed25519 key always has a PKCS #8 form");
        let public_pem = key
            .verifying_key()
            .to_public_key_pem(LineEnding::LF)
            .expect("an Ed25519 public key always has a PEM form");
        // The id is of the key itself, so a token for another data folder is refused as such.
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        Self {
            kid: format!("dev-{}", hex::encode(&digest[..8])),
            signing: EncodingKey::from_ed_der(private.as_bytes()),
            public: PublicKey::from_pem(public_pem.as_bytes())
                .expect("what was just written as a public key reads as one"),
            public_pem,
        }
    }

    /// The key id that tokens carry.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, for a verifier that also takes other keys.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// The public half in PEM, for another service in development.
    #[must_use]
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// A verifier that takes these keys' tokens and no others.
    #[must_use]
    pub fn verifier(&self, rules: TokenRules) -> Verifier {
        let mut keys = KeySet::default();
        keys.insert(self.kid.clone(), self.public.clone()).expect("the set was empty");
        Verifier::new(keys, rules)
    }

    /// Makes a token.
    #[must_use]
    pub fn mint(
        &self,
        rules: &TokenRules,
        subject: &Subject,
        role: Role,
        ledger: &LedgerId,
        ttl: Ttl,
    ) -> String {
        let now = Utc::now();
        let claims = json!({
            "iss": rules.issuer.as_deref().unwrap_or("cauri-dev"),
            "aud": rules.audience,
            "sub": subject.as_str(),
            "role": role.as_str(),
            "ledger": ledger.as_str(),
            "iat": now.timestamp(),
            "exp": (now + ttl.duration()).timestamp(),
        });
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, &claims, &self.signing)
            .expect("an Ed25519 key signs any JSON object")
    }
}

/// The key in `file`; `None` where there is no file.
fn read_private(file: &Path) -> Result<Option<SigningKey>, DevKeyError> {
    let pem = match private_file::read(file) {
        Ok(pem) => pem,
        Err(Unread::Exposed) => return Err(DevKeyError::Exposed { path: file.to_owned() }),
        Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(Unread::Io(cause)) => return Err(DevKeyError::Io { path: file.to_owned(), cause }),
    };
    SigningKey::from_pkcs8_pem(pem.expose_secret())
        .map(Some)
        .map_err(|_| DevKeyError::Damaged { path: file.to_owned() })
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
    let pem = SigningKey::from_bytes(&seed)
        .to_pkcs8_pem(LineEnding::LF)
        .expect("an Ed25519 key always has a PEM form");
    private_file::make(folder, PRIVATE, &SecretString::from(pem.as_str()))
}

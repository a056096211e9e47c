//! What a provider told us about money, as a fact: no personal data, no free text.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::text::{ObjectId, Provider};

/// Money that a provider says it has for us or has paid out for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which provider.
    pub provider: Provider,
    /// The provider's own payment or payout.
    pub object: ObjectId,
    /// How much, as the provider says.
    pub amount: Money,
    /// SHA-256 of the raw message, in hex: the evidence is kept elsewhere.
    #[serde(rename = "sha256", skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
}

/// SHA-256 of a raw message, as 64 lower-case hex characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Evidence(pub [u8; 32]);

/// A text is no SHA-256 in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 lower-case hex characters")]
pub struct NotEvidence;

impl TryFrom<String> for Evidence {
    type Error = NotEvidence;
    fn try_from(text: String) -> Result<Self, NotEvidence> {
        let digit = |b: u8| match b {
            b'0'..=b'9' => Ok(b - b'0'),
            b'a'..=b'f' => Ok(b - b'a' + 10),
            _ => Err(NotEvidence),
        };
        let mut bytes = [0_u8; 32];
        if text.len() != 64 {
            return Err(NotEvidence);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl From<Evidence> for String {
    fn from(evidence: Evidence) -> Self {
        let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
        evidence.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

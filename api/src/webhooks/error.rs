//! Why a delivery was not taken, and why a secret was not.

/// Why a delivery was not taken. Nothing has been recorded.
///
/// A message never repeats what the delivery contained: bodies hold personal data and headers
/// hold signatures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// No provider of this name has a secret here.
    #[error("no provider of this name is configured")]
    UnknownProvider,
    /// A header the provider always sends is not there.
    #[error("the header {name} is missing")]
    MissingHeader {
        /// The header, in lower case.
        name: &'static str,
    },
    /// A header is there and cannot be read.
    #[error("the header {name} cannot be read: {reason}")]
    MalformedHeader {
        /// The header, in lower case.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Authentic, but signed too long ago, or too far in the future: perhaps a replay.
    #[error("signed at a time {distance_s} s away, where {tolerance_s} s are tolerated")]
    StaleTimestamp {
        /// Distance between the signed time and now, in seconds.
        distance_s: u64,
        /// What the scheme tolerates, in seconds.
        tolerance_s: u64,
    },
    /// No signature fits any configured secret.
    #[error("no signature fits")]
    BadSignature,
    /// The sender is who it should be, but the body is not what it should be.
    #[error("the body cannot be read: {field} {reason}")]
    UnreadableBody {
        /// Path of the field, such as `data.object.amount_received`; `body` for the whole.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl WebhookError {
    /// A stable code for logs, metrics and answers.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownProvider => "unknown_provider",
            Self::MissingHeader { .. } => "missing_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::StaleTimestamp { .. } => "stale_timestamp",
            Self::BadSignature => "bad_signature",
            Self::UnreadableBody { .. } => "unreadable_body",
        }
    }

    /// The header or the body's field at fault, where there is one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::MissingHeader { name } | Self::MalformedHeader { name, .. } => Some(name),
            Self::UnreadableBody { field, .. } => Some(field),
            Self::UnknownProvider => Some("provider"),
            Self::StaleTimestamp { .. } | Self::BadSignature => None,
        }
    }

    pub(super) fn body(field: impl Into<String>, reason: &'static str) -> Self {
        Self::UnreadableBody { field: field.into(), reason }
    }
}

/// Why a secret cannot be used. Found at the start, never at a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// An empty secret would let anyone sign.
    #[error("a webhook secret is empty")]
    Empty,
    /// The scheme wants base64, after its prefix.
    #[error("a webhook secret is not whsec_ followed by base64")]
    NotBase64,
    /// The scheme wants at least 24 random bytes.
    #[error("a webhook secret is shorter than the 24 bytes that Standard Webhooks asks for")]
    TooShort,
    /// The scheme wants an Ed25519 public key.
    #[error("a webhook key is not whpk_ followed by 32 bytes of an Ed25519 public key in base64")]
    NoPublicKey,
}

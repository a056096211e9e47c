//! Why a token was not taken.

use axum::http::{HeaderValue, StatusCode};

/// Why a token was not taken. Part of the public contract: each has a stable code.
///
/// Nothing of the token itself is repeated, except the key id, which is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is no token where one is needed.
    #[error("a bearer token is needed")]
    Missing,
    /// Not a bearer token, or not a JWT.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// Its `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// Its `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Signed by another key, or changed since.
    #[error("the token's signature does not match")]
    BadSignature,
    /// `none`, a shared-secret algorithm, or another one than its key is for.
    #[error("the token's algorithm is not allowed: use EdDSA, ES256 or RS256, as its key is")]
    AlgorithmNotAllowed,
    /// No key of this server has the token's key id.
    #[error("no key has the id {kid:?}")]
    UnknownKey {
        /// The key id in the token's header; empty where it has none.
        kid: String,
    },
    /// A claim is missing, or is not what this server takes.
    #[error("the claim {claim:?} {reason}")]
    BadClaim {
        /// The claim's name.
        claim: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl AuthError {
    /// The stable code, as in `extensions.code` of a GraphQL error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "UNAUTHENTICATED",
            Self::Malformed(_) => "TOKEN_MALFORMED",
            Self::Expired => "TOKEN_EXPIRED",
            Self::NotYetValid => "TOKEN_NOT_YET_VALID",
            Self::BadSignature => "TOKEN_BAD_SIGNATURE",
            Self::AlgorithmNotAllowed => "TOKEN_ALGORITHM_NOT_ALLOWED",
            Self::UnknownKey { .. } => "TOKEN_UNKNOWN_KEY",
            Self::BadClaim { .. } => "TOKEN_BAD_CLAIM",
        }
    }

    /// The HTTP status: every one of these is answered by showing a good token.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::UNAUTHORIZED
    }

    /// The `WWW-Authenticate` challenge of RFC 6750.
    ///
    /// Made of fixed texts only: nothing that a client sent comes back in a header.
    #[must_use]
    pub const fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Missing => r#"Bearer realm="cauri""#,
            Self::Malformed(_) => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="malformed""#
            }
            Self::Expired => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="expired""#
            }
            Self::NotYetValid => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="not valid yet""#
            }
            Self::BadSignature => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="bad signature""#
            }
            Self::AlgorithmNotAllowed => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="algorithm not allowed""#
            }
            Self::UnknownKey { .. } => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="unknown key""#
            }
            Self::BadClaim { .. } => {
                r#"Bearer realm="cauri", error="invalid_token", error_description="bad claim""#
            }
        })
    }
}
